"""Vectors of words such that their sum over a text is as near as possible to what an encoder makes of the text."""

from collections import Counter

import numpy
import scipy.sparse

# How strongly the vector of a word holds on to what the word alone says: as much as a text that is this word alone.
HOLD = 0.7
# The same for the map from words alone to texts, in shares of its mean variance.
HOLD_OF_MAP = 0.01
STEPS = 20


def distil(texts, states, words, weights, alone, dimensions):
    """A vector for each word, its weight in a sum included. `texts` are lists of units, `states` what the encoder makes
    of each, `alone` what it makes of each word alone, `weights` how much a word counts before anything is learnt."""
    means = weighted_means(texts, {word: number for number, word in enumerate(words)}, weights)
    known = numpy.asarray(means.sum(1)).ravel() > 0
    means, wanted = means[known], states[known].astype("f4")
    wanted -= wanted.mean(0)
    wanted /= numpy.linalg.norm(wanted, axis=1, keepdims=True)
    wanted = (wanted @ main_directions(wanted, dimensions)).astype("f4")
    # First what words alone say, as well as a linear map can tell it; then what is amiss, word by word.
    alone = alone.astype("f4") - alone.astype("f4").mean(0)
    said = means @ alone
    square = said.T @ said
    square += HOLD_OF_MAP * numpy.trace(square) / len(square) * numpy.eye(len(square), dtype="f4")
    vectors = (alone @ numpy.linalg.solve(square, said.T @ wanted)).astype("f4")
    vectors += corrections(means, wanted - means @ vectors)
    return vectors * weights[:, None]


def weighted_means(texts, number_of, weights):
    """A row for each text: the shares of words in its weighted mean. A word that occurs again counts less."""
    ends, columns, shares = [0], [], []
    for text in texts:
        counts = Counter(number_of[unit] for unit in text if unit in number_of)
        row = [weights[word] * (1 + numpy.log(count)) for word, count in counts.items()]
        columns.extend(counts)
        shares.extend(numpy.array(row) / sum(row) if row else row)
        ends.append(len(columns))
    shape = (len(texts), len(number_of))
    return scipy.sparse.csr_matrix((numpy.array(shares, "f4"), columns, ends), shape)


def main_directions(rows, count):
    spread, directions = numpy.linalg.eigh(rows.T @ rows / len(rows))
    return directions[:, numpy.argsort(-spread)[:count]]


def corrections(means, amiss):
    """What to add to each word's vector for the least squares of what is amiss, by conjugate gradients."""
    words = means.T.tocsr()
    scale = 1 / (numpy.asarray(means.multiply(means).sum(0)).ravel() + HOLD)[:, None].astype("f4")
    rest = words @ amiss
    found = numpy.zeros_like(rest)
    direction = rest * scale
    size = (rest * direction).sum(0)
    for _ in range(STEPS):
        ahead = words @ (means @ direction) + HOLD * direction
        step = size / numpy.maximum((direction * ahead).sum(0), 1e-20)
        found += step * direction
        rest -= step * ahead
        scaled = rest * scale
        before, size = size, (rest * scaled).sum(0)
        direction = scaled + size / numpy.maximum(before, 1e-20) * direction
    return found
