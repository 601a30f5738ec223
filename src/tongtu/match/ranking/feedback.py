"""What judgments teach: questions remembered with what they were found to need, and weights worth having.

A new question is likened to judged ones, and what those needed gains by it. How much, and how much meaning weighs,
is chosen from a few settings by five-fold cross-validation over questions: the choice is made on four folds and
measured on the fifth. Unless it is there at least as good as the untrained score and as the best single signal, the
untrained score stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from tongtu.match.ranking.shelf import Scores
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, word


@dataclass(frozen=True, slots=True)
class Weights:
    """How the untrained score is bent by judgments; as they stand, it is not.

    `meaning` multiplies what meaning weighs, `memory` is what a document gains that a question just like this one
    was judged to need, in the score's own standard deviations.
    """

    meaning: float = 1.0
    memory: float = 0.0


#: question → document → relevance, by row
Judged = Mapping[int, Mapping[int, float]]
#: nDCG@10 of each question under each setting
Measured = Mapping[Weights, Mapping[int, float]]

FOLDS = 5
LEAST = 20  # judged questions; fewer teach chance
MEANINGS, MEMORIES = (1.0, 0.5, 1.5), (0.0, 1.0, 2.0, 4.0, 8.0)
SETTINGS = tuple(Weights(meaning, memory) for meaning, memory in product(MEANINGS, MEMORIES))
_DIGITS = 4
_SHARPNESS = 2  # a question half as alike is heard a quarter as loudly


@dataclass(frozen=True, slots=True)
class Learnt:
    """The weights that hold, and nDCG@10 on held-back judgments: of the learnt, untrained and best single signal."""

    weights: Weights
    learnt: float
    untrained: float
    single: float
    signal: str

    def why(self) -> Why:
        """What was learnt, or that nothing was."""
        figures = {name: round(getattr(self, name), _DIGITS) for name in ("learnt", "untrained", "single")}
        code = "match_ranking.not-learnt" if self.weights == Weights() else "match_ranking.learnt"
        return Why(
            code, {**figures, "signal": Label(*(word(f"match_ranking.{self.signal}", lang) for lang in LANGUAGES))}
        )


def memory(alike: Scores, judged: Sequence[Mapping[int, float]], own: Sequence[int | None], size: int) -> Scores:
    """What remembered questions say of every document, 0 to 1, for each question asked.

    `alike`: question × remembered question. `judged`: what each of those needed. `own`: the document that a remembered
    question is itself, which a question like it needs too.
    """
    out = np.zeros((alike.shape[0], size))
    for n, (needed, itself) in enumerate(zip(judged, own, strict=True)):
        said = alike[:, n] ** _SHARPNESS
        most = max(needed.values(), default=0.0)
        if most <= 0:
            continue
        for document, gain in needed.items():
            out[:, document] = np.maximum(out[:, document], said * gain / most)
        if itself is not None:
            out[:, itself] = np.maximum(out[:, itself], said)
    return out


def folds(questions: Sequence[str]) -> dict[str, int]:
    """A fold for each question, dealt out in the order of hashed ids, so that neighbouring ids part."""
    from hashlib import blake2b

    order = sorted(questions, key=lambda one: (blake2b(one.encode(), digest_size=8).digest(), one))
    return {one: n % FOLDS for n, one in enumerate(order)}


def choose(measured: Measured, singles: Mapping[str, Mapping[int, float]], fold: Mapping[int, int]) -> Learnt:
    """The best setting, if choosing pays on held-back questions."""
    held: dict[int, float] = {}
    for part in sorted(set(fold.values())):
        known = [n for n, at in fold.items() if at != part]
        best = _best(measured, known)
        held |= {n: measured[best][n] for n, at in fold.items() if at == part}
    rows = sorted(fold)
    means = {name: float(np.mean([found[n] for n in rows])) for name, found in singles.items()}
    signal = max(sorted(means), key=means.__getitem__)
    learnt = float(np.mean([held[n] for n in rows]))
    untrained = float(np.mean([measured[Weights()][n] for n in rows]))
    pays = learnt >= max(untrained, means[signal])
    return Learnt(_best(measured, rows) if pays else Weights(), learnt, untrained, means[signal], signal)


def _best(measured: Measured, rows: Sequence[int]) -> Weights:
    """The setting with the best mean; the first of `SETTINGS` among equals, which is the least bent."""
    return max(SETTINGS, key=lambda setting: float(np.mean([measured[setting][n] for n in rows])) if rows else 0.0)
