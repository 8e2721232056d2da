"""Which words the lexicon has, and what the lists and the annotated texts say about them."""

import gzip
import json
import math
import re
import unicodedata
from collections import Counter

import numpy

WORD = re.compile(r"[^\W_]+")
LONGEST = 24

# Letters that are no base letter with a mark.
LETTERS = str.maketrans("ßæœøðþłđħıĸŋŧŀ", "saoodtldhikntl")

# What a word can be: outside of every name, first or later word of a name of a person, a place or an organization,
# word of a product, an event, a title, a date or another name.
OUTSIDE = 0
CLASSES = {
    "PERSON": (1, 2),
    "LOCATION": (3, 4),
    "ORGANIZATION": (5, 6),
    "COMMERCIAL_ITEM": (7, 7),
    "EVENT": (8, 8),
    "TITLE": (9, 9),
    "DATE": (10, 10),
    "OTHER": (11, 11),
    "QUANTITY": (OUTSIDE, OUTSIDE),
}
CLASS_COUNT = 12

# Texts whose words are counted. A source counts only if it marks all of these labels throughout.
TEXTS = [
    "train",
    "more-docred",
    "more-litbank",
    "more-europarl-ner",
    "more-legal-ner-in",
    "more-tab",
    "more-tweebank-ner",
]
REQUIRED = {"PERSON", "LOCATION", "ORGANIZATION"}


def fold(word):
    """Lower case without marks: the form that `construe_text::fold_with` gives for Latin letters."""
    folded = []
    for c in word.lower().translate(LETTERS):
        base = unicodedata.normalize("NFD", c)[0]
        if base.isalnum():
            folded.append(base)
    return "".join(folded)


def words_of(text):
    return [fold(word) for word in WORD.findall(text)]


class Data:
    """The directories of the data."""

    def __init__(self, folder):
        self.folder = folder

    def rows(self, name):
        """Columns of the lines of a list."""
        with open(self.folder / "gazetteers" / name, encoding="utf-8") as lines:
            for line in lines:
                if not line.startswith("#"):
                    yield line.rstrip("\n").split("\t")

    def documents(self):
        for name in TEXTS:
            with gzip.open(self.folder / "ner" / "en" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
                yield from map(json.loads, lines)

    def covers(self):
        sources = json.loads((self.folder / "ner" / "SOURCES.json").read_text(encoding="utf-8"))["sources"]
        return {name: set(source["covers"]) for name, source in sources.items()}


def vocabulary(data, encoder):
    """Forms in ASCII letters: of the texts, the lists and the encoder."""
    counts = Counter(word for document in data.documents() for word in words_of(document["text"]))
    seen = {}

    def add(words):
        for word in words:
            if word.isascii() and word.isalpha() and len(word) <= LONGEST:
                seen.setdefault(word)

    def column(name):
        return sorted({word for row in data.rows(name) for word in words_of(row[0])})

    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    add(word for word in ranked if counts[word] > 1)
    add(column("words_en.tsv"))
    add(sorted(encoder.whole_words()))
    add(ranked)
    people, places = ("given_names", "surnames"), ("countries", "states", "cities_world", "places_us_ca_au_gb")
    for name in people + places:
        add(column(f"{name}.tsv"))
    return list(seen)


def counts_of_classes(data, words, without):
    """How often each word stands as each class in the texts of all sources but those `without`."""
    numbers = {word: number for number, word in enumerate(words)}
    counts = numpy.zeros((len(words), CLASS_COUNT), "f4")
    covers = data.covers()
    for document in data.documents():
        source = document["source"]
        if source in without or not REQUIRED <= covers[source]:
            continue
        spans = sorted((span["start"], span["end"], span["label"]) for span in document["spans"])
        next_span = 0
        for match in WORD.finditer(document["text"]):
            while next_span < len(spans) and spans[next_span][1] <= match.start():
                next_span += 1
            word_class = OUTSIDE
            if next_span < len(spans) and spans[next_span][0] <= match.start():
                start, _, label = spans[next_span]
                word_class = CLASSES[label][0 if start == match.start() else 1]
            number = numbers.get(fold(match.group()))
            if number is not None:
                counts[number, word_class] += 1
    return counts


def facts(data, words):
    """What the lists say about each word: a row of numbers from 0 to about 1."""
    numbers = {word: number for number, word in enumerate(words)}
    columns = []

    def column(values):
        facts_of_list = numpy.zeros(len(words), "f4")
        for word, value in values:
            number = numbers.get(word)
            if number is not None:
                facts_of_list[number] = max(facts_of_list[number], value)
        columns.append(facts_of_list)

    def members(name, wanted=lambda parts: True):
        column((word, 1) for row in data.rows(name) for parts in [words_of(row[0])] if wanted(parts) for word in parts)

    def shares(name, share, offset, scale):
        """The share of people with a name, on a logarithmic scale."""
        column(
            (parts[0], min(1, (math.log10(share(row)) + offset) / scale))
            for row in data.rows(name)
            for parts in [words_of(row[0])]
            if len(parts) == 1 and share(row) > 0
        )

    members("given_names.tsv")
    shares("given_names.tsv", lambda row: float(row[2]) + float(row[3]), 3.2, 3)
    members("surnames.tsv")
    shares("surnames.tsv", lambda row: float(row[1]), 4, 3.5)
    for name in ("cities_world.tsv", "places_us_ca_au_gb.tsv"):
        members(name, lambda parts: len(parts) == 1)
        members(name, lambda parts: len(parts) > 1)
    for name in ("countries.tsv", "nationalities.txt", "occupations.txt", "personal_titles.tsv"):
        members(name)
    for name in ("company_suffixes.tsv", "street_types.tsv", "states.tsv"):
        members(name)
    # Hundredths of a bel below one: a common word has a small number.
    column((fold(row[0]), (900 - float(row[1])) / 400) for row in data.rows("words_en.tsv"))
    return numpy.stack(columns, 1)
