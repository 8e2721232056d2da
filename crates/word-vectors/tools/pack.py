"""The file that the crate reads; src/format.rs says what it looks like."""

import hashlib
import struct

import numpy

MAGIC = b"CNSTVEC\0"
VERSION = 2
# About four units share a bucket.
UNITS_OF_BUCKET = 4


def unit_hash(unit):
    """FNV-1a of 64 bits, then a mixer, since its upper bits are poor."""
    value = 0xCBF29CE484222325
    for byte in unit.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    value ^= value >> 32
    value = (value * 0xD6E8FEB86659FD93) & 0xFFFFFFFFFFFFFFFF
    return value ^ (value >> 32)


def pack(units, vectors):
    """`vectors` has no number beyond 1 and -1."""
    bits = max(1, (len(units) // UNITS_OF_BUCKET).bit_length())
    rows = {}
    for number, unit in enumerate(units):
        value = unit_hash(unit)
        # Of two units with the same fingerprint the first, more frequent one stays.
        rows.setdefault((value >> (64 - bits), value & 0xFFFF), number)
    keys = sorted(rows)
    sizes = numpy.bincount([bucket for bucket, _ in keys], minlength=1 << bits)
    if sizes.max() > 255:
        raise ValueError("a bucket is too large")
    vectors = vectors[[rows[key] for key in keys]]
    largest = numpy.abs(vectors).max(1)
    scales = numpy.maximum(numpy.rint(largest * 65535), 1)
    numbers = numpy.rint(vectors / numpy.maximum(largest, 1e-9)[:, None] * 127)
    body = b"".join(
        [
            struct.pack("<IIBB", VERSION, len(keys), vectors.shape[1], bits),
            sizes.astype("u1").tobytes(),
            numpy.array([fingerprint for _, fingerprint in keys], "<u2").tobytes(),
            scales.astype("<u2").tobytes(),
            numbers.astype("i1").tobytes(),
        ]
    )
    return MAGIC + hashlib.sha256(body).digest() + body
