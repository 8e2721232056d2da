"""Seeded test documents whose findings are known.

Every sentence is our own; names and numbers are made up (numbers carry valid checksums). A line knows
where its findings of the exact types are, in code points.
"""

import random
import re
from dataclasses import dataclass, field

# Types with an unmistakable surface: what a test claims of them is exact, both ways.
EXACT_TYPES = (
    "EMAIL",
    "SSN",
    "CREDIT_DEBIT_NUMBER",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "IP_ADDRESS",
    "MAC_ADDRESS",
)

_WORDS = "amber birch cobalt delta ember fjord garnet harbor indigo juniper kestrel lumen".split()
_PEOPLE = ["Mary Thompson", "James Whitfield", "Laura Benson", "Robert Ellison", "Sarah Whitaker", "Daniel Harper"]
# Characters that move offsets measured in bytes, UTF-16 units or graphemes, and separators that end no line.
_TRAPS = ["👍", "👩‍👩‍👧‍👦", "é", "e\u0301", "ñ", "漢字", "🇪🇸", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "—", "ﬁ"]

LF, CR, CRLF = b"\n", b"\r", b"\r\n"


def luhn_digit(digits):
    """The digit that completes `digits` (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def card_number(rng):
    digits = "4" + "".join(str(rng.randint(0, 9)) for _ in range(14))
    digits += luhn_digit(digits)
    return rng.choice(
        [
            digits,
            " ".join(digits[i : i + 4] for i in range(0, 16, 4)),
            "-".join(digits[i : i + 4] for i in range(0, 16, 4)),
        ]
    )


def social_security_number(rng):
    area = rng.choice([n for n in range(101, 660) if n not in (123, 219)])
    return f"{area:03d}-{rng.randint(11, 98):02d}-{rng.randint(1001, 9899):04d}"


def iban(rng):
    """A German account number: check digits by ISO 13616 (mod 97)."""
    account = "".join(str(rng.randint(1, 9)) for _ in range(18))
    check = 98 - int(account + "131400") % 97  # D=13, E=14, then 00
    return f"DE{check:02d}{account}"


def email(rng):
    return (
        f"{rng.choice(_WORDS)}.{rng.choice(_WORDS)}{rng.randint(10, 99)}@{rng.choice(_WORDS)}-{rng.choice(_WORDS)}.com"
    )


def ip_address(rng):
    return f"{rng.choice([81, 93, 151, 185, 203])}.{rng.randint(1, 250)}.{rng.randint(1, 250)}.{rng.randint(1, 250)}"


def mac_address(rng):
    return ":".join(f"{byte:02x}" for byte in [0x3C, *(rng.randint(16, 255) for _ in range(5))])


_SENTENCES = [
    ("EMAIL", email, ["Please write to ", " before the end of the week."]),
    ("EMAIL", email, ["The invoice was sent to ", ", as agreed on the phone."]),
    ("SSN", social_security_number, ["Her social security number is ", " according to the form."]),
    ("SSN", social_security_number, ["SSN: ", " (checked by the clerk)."]),
    ("CREDIT_DEBIT_NUMBER", card_number, ["He paid with the credit card ", " at the counter."]),
    ("INTERNATIONAL_BANK_ACCOUNT_NUMBER", iban, ["Refund the amount to IBAN ", " without delay."]),
    ("IP_ADDRESS", ip_address, ["The login came from IP address ", " late at night."]),
    ("MAC_ADDRESS", mac_address, ["The device with MAC address ", " was blocked."]),
]
_PLAIN = [
    "The parcel arrived on time and the box was dry.",
    "Nobody answered the door, so the driver left a note.",
    "We changed the filter and the noise went away.",
    "The second lamp flickers when the kettle is on.",
]


@dataclass
class Line:
    text: str = ""
    # (type, begin, end) in code points, end exclusive, in order.
    findings: list = field(default_factory=list)

    def add(self, text, kind=None):
        if kind:
            self.findings.append((kind, len(self.text), len(self.text) + len(text)))
        self.text += text


def line(rng):
    made = Line()
    for number in range(rng.randint(1, 3)):
        if number:
            made.add(" ")
        if rng.random() < 0.3:
            made.add(rng.choice(_TRAPS) + " ")
        kind, value, (before, after) = rng.choice(_SENTENCES)
        roll = rng.random()
        if roll < 0.2:
            made.add(rng.choice(_PLAIN))
        elif roll < 0.35:
            made.add(f"{rng.choice(_PEOPLE)} called again. ")
        else:
            made.add(before)
            made.add(value(rng), kind)
            made.add(after)
    return made


@dataclass
class File:
    """An input object: its bytes, and what is in it line by line."""

    body: bytes
    lines: list


def line_file(seed, count, terminators=(LF,), last_terminated=True, blank_every=0):
    rng = random.Random(seed)
    lines, body = [], bytearray()
    for number in range(count):
        made = Line() if blank_every and number % blank_every == blank_every - 1 else line(rng)
        lines.append(made)
        body += made.text.encode()
        if number + 1 < count or last_terminated:
            terminator = rng.choice(terminators)
            if not made.text and body.endswith(CR) and terminator == LF:
                terminator = CR  # An empty line between CR and LF would not be one: the two read as CRLF.
            body += terminator
    return File(bytes(body), lines)


def split_lines(body):
    """The rule of the service, written a second time: LF, CR and CRLF each end a line, nothing else
    does, and a last line without an end counts. Gives (line, terminator) pairs of bytes."""
    pieces = re.split(rb"(\r\n|\r|\n)", body)
    pairs = list(zip(pieces[0::2], [*pieces[1::2], b""], strict=True))
    if pairs and pairs[-1] == (b"", b""):
        pairs.pop()
    return pairs
