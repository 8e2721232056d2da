"""Texts about spare parts and who makes them, made up by rules, with where both stand."""

import csv
import io
import json
import random

PARTS = ["pressure valve", "drive belt", "fuel pump", "gear box", "oil filter", "brake disc"]
MAKERS = ["Halden & Söhne", "Orbis Tools", "Kestrel Works", "Vantor Industries", "Müller Antriebe"]
TEMPLATES = [
    "We ordered a {part} from {maker} in March and it has not come yet.",
    "The {part} by {maker} was broken 😀 when we opened the box.",
    "{maker} told us that the {part} is no longer made.",
    "Please send another {part}, the one of {maker} leaks.",
    "Nothing to complain about this week, all machines ran well.",
]


def remark(number):
    """A text and its entities: begin, end (in characters), type."""
    random_ = random.Random(f"remark {number}")
    template = TEMPLATES[number % len(TEMPLATES)]
    part = f"{random_.choice(PARTS)} {random_.choice('ABCX')}{random_.randrange(100, 999)}"
    maker = random_.choice(MAKERS)
    text = template.format(part=part, maker=maker)
    found = [(text.find(name), text.find(name) + len(name), kind) for name, kind in ((part, "PART"), (maker, "MAKER"))]
    return text, sorted(entity for entity in found if entity[0] >= 0)


def remarks(count, first=0):
    return [remark(number) for number in range(first, first + count)]


def lines(rows):
    return "".join(text + "\n" for text, _ in rows).encode()


def annotations(rows, file):
    """CSV of where in the lines of a file entities are."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["File", "Line", "Begin Offset", "End Offset", "Type"])
    for number, (_, entities) in enumerate(rows):
        for begin, end, kind in entities:
            writer.writerow([file, number, begin, end, kind])
    return text.getvalue().encode()


def entity_list(rows):
    """CSV of what is named in texts."""
    names = {(text[begin:end], kind) for text, entities in rows for begin, end, kind in entities}
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["Text", "Type"])
    writer.writerows(sorted(names))
    return text.getvalue().encode()


def manifest(rows, attribute):
    """Texts and entities as Ground Truth writes them."""

    def line(text, entities):
        marked = [{"startOffset": begin, "endOffset": end, "label": kind} for begin, end, kind in entities]
        return json.dumps(
            {
                "source": text,
                attribute: {"annotations": {"entities": marked, "labels": [{"label": "PART"}, {"label": "MAKER"}]}},
                f"{attribute}-metadata": {"type": "groundtruth/text-span", "human-annotated": "yes"},
            }
        )

    return "".join(line(*row) + "\n" for row in rows).encode()
