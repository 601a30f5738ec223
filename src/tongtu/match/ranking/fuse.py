"""Signals made one score, for every question by itself and with no judgments needed.

    score = (1 - v) · words + v · (0.65 · meaning + 0.35 · cosine),      v = n² / (n² + 40²)

each signal in standard deviations from its mean over all documents; `words` is BM25 on plain counts (0.7) and on
openings (0.3). A short question of n terms is precise and its latent vector noise; the longer it is, the more its
meaning can be trusted. Across languages words say little (names and numbers), so there meaning is that of the joint
space, and cosine keeps a tenth. Last, documents near the best are compared with one another: what is said of a
document is said, in part, of its neighbours (the cluster hypothesis; Diaz, 2005), a larger part the more meaning is
trusted. Such scores order the documents of one question. Where questions are compared too, as when a profile is asked
which of two it knows more about, `absolute` gives a score on one scale.

The constants are ours, one set for every collection, chosen where four public sets of judgments are flat: settings
around them change nDCG@10 by about 0.005.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tongtu.match.ranking.shelf import Asked, Scores
from tongtu.text.vectors import Floats

_HALF = 40.0  # terms of a question at which meaning weighs as much as words
_OPENINGS = 0.3  # of what words weigh
_COSINE = 0.35  # of what meaning weighs
_SHARED = 0.1  # of what meaning weighs across languages: names and numbers in common
_LENT, _LENT_MORE = 0.15, 0.2  # share of a score that comes from the neighbours, and what trust in meaning adds
_NOISE = 1e-6  # scores that differ by less are alike; vectors are kept in single precision
_NEAR, _NEIGHBOURS = 200, 20


def standard(scores: Scores, known: NDArray[np.bool_] | None = None) -> Scores:
    """Standard deviations above the mean of what is known of each question; 0 where all is alike or unknown."""
    seen = np.ones(scores.shape, bool) if known is None else known
    size = np.maximum(seen.sum(axis=1, keepdims=True), 1)
    apart = np.where(seen, scores - (scores * seen).sum(axis=1, keepdims=True) / size, 0.0)
    spread = np.sqrt((apart**2).sum(axis=1, keepdims=True) / size)
    found: Scores = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > _NOISE)
    return found


def trust(asked: Asked, meaning: float = 1.0) -> Scores:
    """What meaning weighs for each question, 0 to 1; `meaning` multiplies it."""
    square = asked.terms.astype(np.float64) ** 2
    found: Scores = np.minimum(meaning * square / (square + _HALF**2), 1.0)
    return found


def fused(asked: Asked, meaning: float = 1.0) -> Scores:
    """The score of every document, before neighbours are heard."""
    known, part = asked.comparable, trust(asked, meaning)[:, None]
    words, openings, cosine = (standard(asked.signals[name], known) for name in ("words", "openings", "cosine"))
    latent = standard(asked.signals["meaning"])
    named = (1 - _OPENINGS) * words + _OPENINGS * openings
    both = (1 - part) * named + part * ((1 - _COSINE) * latent + _COSINE * cosine)
    if known.all():
        return both
    across = standard(asked.signals.get("across", asked.signals["meaning"]), ~known)
    shared = standard(asked.signals["cosine"], ~known)
    return np.where(known, both, (1 - _SHARED) * across + _SHARED * shared)


def absolute(asked: Asked) -> Scores:
    """Scores that can be compared between questions: cosine, and with it meaning as far as it is trusted."""
    part = trust(asked)[:, None] / 2
    known = (1 - part) * asked.signals["cosine"] + part * asked.signals["meaning"]
    across = (asked.signals["cosine"] + asked.signals.get("across", asked.signals["meaning"])) / 2
    return np.where(asked.comparable, known, across)


def lent(scores: Scores, latent: Floats, asked: Asked) -> Scores:
    """Scores of which a part comes from each document's nearest neighbours among the best of the same question.

    Only documents in the language of the question lend and borrow; what is minus infinity stays so and is not heard.
    """
    size = scores.shape[1]
    out = scores.copy()
    if size <= _NEIGHBOURS:
        return out
    for row, heard, known, trusted in zip(scores, out, asked.comparable, trust(asked), strict=True):
        best = np.sort(np.argpartition(-row, min(_NEAR, size) - 1)[:_NEAR])
        best = best[np.isfinite(row[best]) & known[best]]
        if len(best) > _NEIGHBOURS:
            share = _LENT + _LENT_MORE * trusted**2
            heard[best] += share * (_from_neighbours(row[best], latent[best]) - row[best])
    return out


def _from_neighbours(scores: Scores, latent: Floats) -> Scores:
    """The mean of each document's neighbours by nearness, spread as the scores themselves are."""
    near = np.maximum(latent @ latent.T, 0.0).astype(np.float64)
    np.fill_diagonal(near, 0.0)
    least = -np.partition(-near, _NEIGHBOURS - 1, axis=1)[:, _NEIGHBOURS - 1 : _NEIGHBOURS]
    near[near < least] = 0.0
    mean = near @ scores / np.maximum(near.sum(axis=1), 1e-9)
    heard: Scores = standard(mean[None, :])[0] * scores.std() + scores.mean()
    return heard
