"""The file that the crate reads; src/format.rs says what it looks like."""

import hashlib
import struct

import numpy

MAGIC = b"CNSTLEX\0"
VERSION = 1
# About four words share a bucket.
WORDS_OF_BUCKET = 4


def word_hash(word):
    """FNV-1a of 64 bits, then a mixer, since its upper bits are poor."""
    value = 0xCBF29CE484222325
    for byte in word.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    value ^= value >> 32
    value = (value * 0xD6E8FEB86659FD93) & 0xFFFFFFFFFFFFFFFF
    return value ^ (value >> 32)


def pack(words, kinds, groups):
    bits = max(1, (len(words) // WORDS_OF_BUCKET).bit_length())
    entries = {}
    for word, kind in zip(words, kinds):
        value = word_hash(word)
        # Of two words with the same fingerprint the first, more frequent one stays.
        entries.setdefault((value >> (64 - bits), value & 0xFFFF), int(kind))
    keys = sorted(entries)
    sizes = numpy.bincount([bucket for bucket, _ in keys], minlength=1 << bits)
    if sizes.max() > 255:
        raise ValueError("a bucket is too large")
    body = b"".join(
        [
            struct.pack("<IIHBB", VERSION, len(keys), len(groups), groups.shape[1], bits),
            groups.astype("u1").tobytes(),
            sizes.astype("u1").tobytes(),
            numpy.array([fingerprint for _, fingerprint in keys], "<u2").tobytes(),
            numpy.array([entries[key] for key in keys], "<u2").tobytes(),
        ]
    )
    return MAGIC + hashlib.sha256(body).digest() + body
