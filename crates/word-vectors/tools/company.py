"""Vectors from the company that units keep: which others occur near them more often than chance has it."""

from collections import Counter

import numpy
import scipy.sparse
import scipy.sparse.linalg

# How many units on each side are company: about a sentence, since what matters is what texts are about.
NEAR = 15
# Rare company counts less than its number says (Levy et al., 2015).
SMOOTHING = 0.75


def vectors(texts, least, dimensions):
    """Units that occur at least so often, their frequencies, and their vectors: the main directions of the positive
    logarithms of how much more often than by chance each is met by each other."""
    counts = Counter(unit for text in texts for unit in text)
    units = sorted((unit for unit, count in counts.items() if count >= least), key=lambda unit: (-counts[unit], unit))
    number_of = {unit: number for number, unit in enumerate(units)}
    met = meetings([[number_of[unit] for unit in text if unit in number_of] for text in texts], len(units))
    total = numpy.asarray(met.sum(1)).ravel() + 1e-9
    chance = total**SMOOTHING
    chance /= chance.sum()
    met = met.tocoo()
    surprise = numpy.log(met.data / total[met.row] / chance[met.col])
    kept = surprise > 0
    matrix = scipy.sparse.csr_matrix((surprise[kept], (met.row[kept], met.col[kept])), met.shape)
    # A start of its own choosing would be another one each time.
    start = numpy.ones(len(units)) / numpy.sqrt(len(units))
    directions, sizes, _ = scipy.sparse.linalg.svds(matrix, k=dimensions, v0=start)
    largest_first = numpy.argsort(-sizes)
    directions, sizes = directions[:, largest_first], sizes[largest_first]
    frequency = numpy.array([counts[unit] for unit in units]) / sum(counts.values())
    return units, frequency, directions * numpy.sqrt(sizes)


def meetings(texts, count):
    """How often each unit is near each other."""
    first, second = [], []
    for text in texts:
        for place, unit in enumerate(text):
            near = text[place + 1 : place + 1 + NEAR]
            first.extend([unit] * len(near))
            second.extend(near)
    first, second = numpy.array(first, "i4"), numpy.array(second, "i4")
    different = first != second
    first, second = first[different], second[different]
    met = scipy.sparse.coo_matrix((numpy.ones(len(first)), (first, second)), (count, count)).tocsr()
    return (met + met.T).tocsr()
