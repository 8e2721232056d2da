"""Input for the benchmark: the sample documents' text, varied, at any size. The same seed gives the same bytes."""

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
    """Writes about `size` bytes of training data: a label and a line of made-up words, half of which tell the label."""
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 10))) for _ in range(60_000)]
    share = len(words) // labels
    with open(path, "w", encoding="utf-8") as out:
        while out.tell() < size:
            label = rng.randrange(labels)
            own = words[label * share : (label + 1) * share]
            text = " ".join(rng.choice(own if rng.random() < 0.5 else words) for _ in range(rng.randint(20, 120)))
            out.write(f"label{label},{text}\n")


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
