"""Texts in English for the encoder to read, without their annotations."""

import csv
import gzip
import json
import random
import re

# Where one sentence ends and another begins.
BETWEEN_SENTENCES = re.compile(r'(?<=[.!?])\s+(?=[A-Z"“(\d])|\n+')
# Words of what is taken for a sentence.
FEWEST_WORDS = 3
# Of sources that are large, or made up by rule, only so many sentences.
MOST_SENTENCES = {
    "pii:synthetic": 7000,
    "phi:synthetic-clinical": 8000,
    "medical:synthnote": 5000,
    "en:multiconer1": 9000,
    "en:multiconer2": 9000,
    "en:docred": 12000,
    "en:pmb": 6000,
}
DOCUMENTS = ["pii/train.jsonl.gz", "phi/train.jsonl.gz", "medical/train.jsonl.gz", "medical/unlabeled.jsonl.gz"]
# Those read whole; the texts of the others are long, or very many.
REQUESTS = ["banking77", "clinc150", "sib200-en"]
OTHERS = ["goemotions", "sms-spam", "cfpb-complaints"]
# Long texts are taken in pieces of so many words.
PIECE = 30


def requests(data):
    """The texts of three training sets."""
    return [text for name in REQUESTS for text in of_training_set(data, name)]


def sentences(data):
    """Sentences of documents and short texts of all kinds, in an order left to chance but always the same."""
    chance = random.Random(5)
    of_sources = {}
    for source, sentence in distinct(data):
        of_sources.setdefault(source, []).append(sentence)
    chosen = []
    for source in sorted(of_sources):
        chance.shuffle(of_sources[source])
        chosen.extend(of_sources[source][: MOST_SENTENCES.get(source)])
    chance.shuffle(chosen)
    return chosen


def distinct(data):
    """Each text once, whatever its case, and the source it was first found in."""
    found = {}
    paths = sorted((data / "ner" / "en").glob("*.jsonl.gz")) + [data / path for path in DOCUMENTS]
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for document in map(json.loads, lines):
                if document.get("lang", "en") == "en":
                    source = f"{path.parent.name}:{document.get('source', '?')}"
                    for sentence in of_document(document["text"]):
                        found.setdefault(sentence.lower(), (source, sentence))
    for name in OTHERS:
        for text in of_training_set(data, name):
            words = text.split()
            pieces = [text]
            if name == "cfpb-complaints":
                pieces = [" ".join(words[begin : begin + PIECE]) for begin in range(0, len(words), PIECE)]
            for piece in pieces:
                if len(piece.split()) > 1:
                    found.setdefault(piece.lower(), (f"cls:{name}", piece))
    return found.values()


def of_document(text):
    for sentence in BETWEEN_SENTENCES.split(text):
        words = sentence.split()
        sentence = " ".join(words)
        if len(words) >= FEWEST_WORDS and sum(c.isalpha() for c in sentence) > 0.5 * len(sentence):
            yield sentence


def of_training_set(data, name):
    with gzip.open(data / "classification" / name / "train.csv.gz", "rt", encoding="utf-8", newline="") as rows:
        return [text for _, text in csv.reader(rows)]
