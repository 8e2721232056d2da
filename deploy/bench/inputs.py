"""Input for the benchmark: the sample documents' text, varied, at any size. The same seed gives the same bytes."""

import itertools
import random
import re
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "docs" / "samples" / "en"
BLOCK_BYTES = 1 << 20
# Distinct blocks; beyond them, blocks come again with their digits exchanged.
BLOCKS = 48
_WORD = re.compile(r"\b[a-z]{4,12}\b")
_NUMBER = re.compile(r"\d+")


def write_files(directory, size, files=4, seed=1):
    """Writes `files` line files of `size` bytes in all; gives their paths."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    lines = _sample_lines()
    words = sorted({word for line in lines for word in _WORD.findall(line)})
    blocks = [_block(rng, lines, words) for _ in range(min(BLOCKS, max(1, size // BLOCK_BYTES)))]
    paths = []
    for number in range(files):
        path = directory / f"bench-{number}.txt"
        left = size // files
        with open(path, "wb") as out:
            while left > 0:
                block = rng.choice(blocks)
                if rng.random() < 0.5:
                    block = block.translate(_digits_exchanged(rng))
                if len(block) > left:
                    block = block[:left].rpartition(b"\n")[0] + b"\n"
                    left = len(block)
                out.write(block)
                left -= len(block)
        paths.append(path)
    return paths


def notes(count, seed=1):
    """(name, bytes) of `count` small files in folders of a thousand: a line or two of the samples each."""
    rng = random.Random(seed)
    lines = _sample_lines()
    for number in range(count):
        body = "".join(f"{rng.choice(lines)}\n" for _ in range(rng.randint(1, 2)))
        yield f"{number // 1000:05}/{number:08}.txt", body.encode()


def training_file(path, size, labels=10, seed=1):
    """Writes about `size` bytes of training data: a label and 20 to 120 made-up words, half of which tell the label.
    Words are as unevenly frequent as those of a language (Zipf's law), and one in fifty is new."""
    rng = random.Random(seed)
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    word = lambda: "".join(rng.choices(alphabet, k=rng.randint(3, 10)))  # noqa: E731
    words = [word() for _ in range(60_000)]
    own = [[word() for _ in range(3_000)] for _ in range(labels)]
    frequency = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    of_own = frequency[: len(own[0])]
    written = 0
    with open(path, "wb") as out:
        while written < size:
            label, half = rng.randrange(labels), rng.randint(10, 60)
            text = rng.choices(words, cum_weights=frequency, k=half)
            text += rng.choices(own[label], cum_weights=of_own, k=half)
            rng.shuffle(text)
            for place in range(0, len(text), 50):
                text[place] = word()
            written += out.write(f"label{label},{' '.join(text)}\n".encode())


def _sample_lines():
    paths = sorted(SAMPLES.iterdir())
    return [line for path in paths for line in path.read_text("utf-8").splitlines() if line.strip()]


def _block(rng, lines, words):
    """Lines of the samples in a random order; in half of them some words and numbers are others, so
    valid numbers stand beside near misses."""
    made, size = [], 0
    while size < BLOCK_BYTES:
        line = rng.choice(lines)
        if rng.random() < 0.5:
            line = _WORD.sub(lambda match: rng.choice(words) if rng.random() < 0.2 else match[0], line)
            line = _NUMBER.sub(lambda match: _number_like(rng, match[0]) if rng.random() < 0.4 else match[0], line)
        made.append(line)
        size += len(line.encode()) + 1
    return ("\n".join(made) + "\n").encode()


def _number_like(rng, digits):
    return "".join(str(rng.randint(0, 9)) for _ in digits)


def _digits_exchanged(rng):
    shuffled = list(b"0123456789")
    rng.shuffle(shuffled)
    return bytes.maketrans(b"0123456789", bytes(shuffled))
