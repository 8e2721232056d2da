"""Short messages of two kinds for classifiers to learn apart, made up by rules."""

import csv
import io
import random

SPAM = [
    "WINNER!! You have won a {prize} worth {n} pounds. Call 0906{n} now to claim.",
    "Free entry in our weekly draw for a {prize}! Text WIN to {n}. T&Cs apply.",
    "URGENT! Your mobile number was awarded a {prize}. Claim code {n}, call today.",
    "Congratulations, a cash prize of {n} pounds is waiting. Reply CLAIM, txt rate 150p.",
]
HAM = [
    "hey, are you coming to {place} at {n}? I am already there",
    "Ok, I will pick up some milk on the way home from {place}. See you later",
    "sorry, can't talk now, still in a meeting at {place}. call you back in {n} min",
    "Did you finish the homework? We have to hand it in on page {n}, love you",
]
PRIZES = ["holiday", "camera", "ringtone", "mobile phone", "shopping voucher"]
PLACES = ["the station", "work", "Anna's house", "the library", "the café"]


def message(label, number):
    """The message of a kind with this number."""
    random_ = random.Random(f"{label} {number}")
    template = random_.choice(SPAM if label == "spam" else HAM)
    return template.format(prize=random_.choice(PRIZES), place=random_.choice(PLACES), n=random_.randrange(10, 9999))


def messages(count, first=0):
    """`count` pairs of a label and its message; two in five are spam."""
    labels = ("spam", "ham", "spam", "ham", "ham")
    return [(labels[number % 5], message(labels[number % 5], number)) for number in range(first, first + count)]


def training_file(rows, delimiter="|"):
    """Rows of a label (or several) and a text as a training file: CSV without a header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for labels, document in rows:
        writer.writerow([labels if isinstance(labels, str) else delimiter.join(labels), document])
    return text.getvalue().encode()
