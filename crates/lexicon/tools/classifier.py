"""From vectors and facts to kinds of words.

A small network learns from the annotated texts which classes a word has, given its vectors and what the lists say of
it, but not the word itself. What it says of a word always comes from training without that word and all others that
begin alike, so that a word of the texts looks as it would had it never been seen there. Words with similar answers
make a kind.
"""

import zlib

import numpy

FOLDS = 4
# Words that begin with the same letters, such as plurals, are in the same fold.
STEM = 5
# Of each vector that many principal components. Small numbers, against those of the facts, keep the network simple:
# the loss is 0.904 with a scale of 8, 0.900 with 5, 0.895 with 2.
COMPONENTS = 128
SCALE = 2
# The components are fitted to the first words of the vocabulary, which are the frequent ones.
FITTED_TO = 40000

# The answers of several networks are averaged: one has a loss of 0.904, three together have 0.896.
NETWORKS = 3
HIDDEN = 128
EPOCHS = 10
BATCH = 256
RATE = 2e-3
DECAY = 1e-5
DROPPED_TENTHS = 3
# A word that stands in a text more often than this weighs no more.
MOST_WEIGHT = 30

# Kinds, and ever coarser groups of them.
LEVELS = (512, 128, 32, 12)
# Kinds are fitted to that many words, the frequent first.
CLUSTERED = 50000
ROUNDS = 20


def inputs(vectors, facts):
    return numpy.concatenate([components(vector) * SCALE for vector in vectors] + [facts], 1).astype("f4")


def components(vectors):
    """Rows of length one, reduced to their principal components."""
    vectors = vectors.astype("f4")
    vectors = unit(vectors - vectors.mean(0))
    fitted = vectors[:FITTED_TO]
    _, directions = numpy.linalg.eigh(fitted.T @ fitted)
    return unit(vectors @ directions[:, ::-1][:, :COMPONENTS])


def unit(rows):
    return rows / numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def distributions(x, words, counts):
    """The classes of each word as networks say that have not seen it, and how well they say it."""
    total = counts.sum(1)
    known = total > 0
    shares = counts / numpy.maximum(total, 1)[:, None]
    weights = numpy.sqrt(numpy.minimum(total, MOST_WEIGHT)).astype("f4")
    folds = numpy.array([zlib.crc32(word[:STEM].encode()) % FOLDS for word in words])
    answers = numpy.zeros_like(shares)
    loss = 0
    for fold in range(FOLDS):
        rows = numpy.flatnonzero(known & (folds != fold))
        left_out = folds == fold
        for number in range(NETWORKS):
            network = train(x[rows], shares[rows], weights[rows], NETWORKS * fold + number)
            answers[left_out] += predict(network, x[left_out]) / NETWORKS
        judged = left_out & known
        entropy = -(shares[judged] * numpy.log(answers[judged] + 1e-6)).sum(1)
        loss += (weights[judged] * entropy).sum()
    return answers, loss / weights[known].sum()


def train(x, shares, weights, seed):
    """A network with one hidden layer, fitted by Adam with a rate that falls to zero."""
    random = numpy.random.RandomState(seed)
    rows, width = x.shape
    network = [
        random.randn(width, HIDDEN).astype("f4") * numpy.float32(numpy.sqrt(2 / width)),
        numpy.zeros(HIDDEN, "f4"),
        random.randn(HIDDEN, shares.shape[1]).astype("f4") * numpy.float32(0.1),
        numpy.zeros(shares.shape[1], "f4"),
    ]
    means = [numpy.zeros_like(part) for part in network]
    squares = [numpy.zeros_like(part) for part in network]
    steps = EPOCHS * -(-rows // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = random.permutation(rows)
        for begin in range(0, rows, BATCH):
            batch = order[begin : begin + BATCH]
            before = x[batch] @ network[0] + network[1]
            kept = (random.randint(0, 10, before.shape) >= DROPPED_TENTHS).astype("f4")
            kept *= numpy.float32(10 / (10 - DROPPED_TENTHS))
            hidden = numpy.maximum(before, 0) * kept
            error = softmax(hidden @ network[2] + network[3]) - shares[batch]
            error *= weights[batch][:, None] / weights[batch].sum()
            back = (error @ network[2].T) * kept * (before > 0)
            gradients = [x[batch].T @ back, back.sum(0), hidden.T @ error, error.sum(0)]
            step += 1
            rate = numpy.float32(RATE * (1 - step / steps) + 1e-5)
            for part, gradient, mean, square in zip(network, gradients, means, squares):
                if part.ndim > 1:
                    gradient = gradient + DECAY * part
                mean *= 0.9
                mean += 0.1 * gradient
                square *= 0.999
                square += 0.001 * gradient * gradient
                scaled = (mean / (1 - 0.9**step)) / (numpy.sqrt(square / (1 - 0.999**step)) + 1e-8)
                part -= rate * scaled.astype("f4")
    return network


def predict(network, x):
    answers = [
        softmax(numpy.maximum(x[begin : begin + 8192] @ network[0] + network[1], 0) @ network[2] + network[3])
        for begin in range(0, len(x), 8192)
    ]
    return numpy.concatenate(answers)


def softmax(scores):
    scores = numpy.exp(scores - scores.max(1, keepdims=True))
    return scores / scores.sum(1, keepdims=True)


def kinds(answers, counts):
    """The kind of each word, and for each kind its groups, from fine to coarse.

    Clusters of the square roots, whose distance is Hellinger's. Each level clusters the centres of the one before."""
    rows = numpy.sqrt(answers)
    frequent = numpy.argsort(-counts.sum(1), kind="stable")[:CLUSTERED]
    _, centres = k_means(rows[frequent], LEVELS[0])
    kind = nearest(rows, centres)
    groups = []
    chain = numpy.arange(LEVELS[0])
    for count in LEVELS[1:]:
        group, centres = k_means(centres, count)
        chain = group[chain]
        groups.append(chain)
    return kind, numpy.stack(groups, 1)


def k_means(rows, count):
    random = numpy.random.RandomState(0)
    centres = rows[random.choice(len(rows), count, replace=False)].copy()
    for _ in range(ROUNDS):
        group = nearest(rows, centres)
        sums = numpy.zeros_like(centres)
        numpy.add.at(sums, group, rows)
        sizes = numpy.bincount(group, minlength=count)
        filled = sizes > 0
        centres[filled] = sums[filled] / sizes[filled, None].astype("f4")
    return nearest(rows, centres), centres


def nearest(rows, centres):
    norms = (centres * centres).sum(1)
    parts = [(norms - 2 * rows[begin : begin + 8192] @ centres.T).argmin(1) for begin in range(0, len(rows), 8192)]
    return numpy.concatenate(parts)
