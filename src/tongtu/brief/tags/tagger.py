"""The signals of all tags weighed by one logistic regression, and the threshold at which tags are given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.brief.tags import signals
from tongtu.brief.tags.bags import Floats
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Ratio, Why

LEAST = 10  # examples
_PENALTY, _STEPS = 1.0, 25
_SHOWN = 4  # words that a reason names

SCHEMA: Mapping[str, pl.DataType] = {
    "document": pl.String(), "tag": pl.String(), "score": pl.Float64(), "chosen": pl.Boolean(), "why": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tagger:
    """Made by `fit`. A score is a probability as far as the examples are like what is tagged.

    tags       those of the examples and of the concepts, in order
    weights    of the signals, the last one the constant
    threshold  the score from which a tag is given
    """

    tags: tuple[str, ...]
    weights: Floats
    threshold: float
    _likeness: signals.Likeness
    _concepts: signals.Concepts
    _marked: Floats

    def scores(self, texts: Sequence[str]) -> Floats:
        """Text × tag, in 0..1."""
        if not texts:
            return np.empty((0, len(self.tags)))
        learnt = self._likeness.of(texts)
        usual = np.broadcast_to(signals.log_odds(self._marked)[0], learnt[0].shape)
        return _scored(_table(usual, learnt, self._marked, self._concepts.of(texts)), self.weights)

    def tagged(self, texts: Mapping[str, str]) -> pl.DataFrame:
        """Every tag of every document with its score, documents by id, the best tag first: columns of SCHEMA."""
        rows = []
        names = sorted(texts)
        for name, scores in zip(names, self.scores([texts[name] for name in names]), strict=True):
            for at in np.lexsort((np.arange(len(scores)), -scores)):
                score = float(scores[at])
                why = self._why(int(at), texts[name], score).to_json() if score >= self.threshold else ""
                rows.append((name, self.tags[at], score, score >= self.threshold, why))
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")

    def chosen(self, text: str) -> tuple[str, ...]:
        """The tags of one text, in their order."""
        (scores,) = self.scores([text])
        return tuple(tag for tag, score in zip(self.tags, scores, strict=True) if score >= self.threshold)

    def _why(self, at: int, text: str, score: float) -> Why:
        """How many examples had the tag, which words spoke for it, and which of its own words stand in the text."""
        args = {"score": Ratio(round(score, 4)), "n": int(self._marked[:, at].sum()), "of": len(self._marked)}
        kinds = {"telling": self._likeness.telling(at, text), "own": self._concepts.held(at, text)}
        parts = (Why(f"brief_tags.{kind}", {"names": tuple(held[:_SHOWN])}) for kind, held in kinds.items() if held)
        return Why("brief_tags.learnt", args, tuple(parts))


def fit(
    texts: Sequence[str], tags: Sequence[Collection[str]], *, concepts: Mapping[str, Sequence[str]] | None = None
) -> Tagger:
    """Learns from examples; `concepts` names words by which a tag is spoken of, beside those of its own name.

    The same examples give the same tagger, in whatever order. Weighing out-of-sample signals by a second regression is
    stacked generalisation (Wolpert 1992); we pool it over all tags. Raises DataRefused for fewer than ten examples,
    lists of different lengths, or examples without any tag.
    """
    _check(texts, tags)
    named = concepts or {}
    names = tuple(sorted({tag for one in tags for tag in one} | named.keys()))
    order = sorted(range(len(texts)), key=lambda at: (texts[at], sorted(tags[at])))
    texts, tags = [texts[at] for at in order], [tags[at] for at in order]
    marked = np.array([[float(name in one) for name in names] for one in tags])
    likeness, unseen = signals.likeness(texts, marked)
    words = signals.concepts(names, named, texts)
    table = _table(signals.log_odds(marked)[1], unseen, marked, words.of(texts))
    weights = _weighed(table.reshape(-1, table.shape[-1]), marked.ravel())
    threshold = _threshold(_scored(table, weights).ravel(), marked.ravel())
    return Tagger(names, weights, threshold, likeness, words, marked)


def _table(usual: Floats, learnt: Sequence[Floats], marked: Floats, held: Sequence[Floats]) -> Floats:
    """Text × tag × signal."""
    return np.stack([usual, *learnt, signals.together(marked, learnt[0]), *held], axis=-1)


def _scored(table: Floats, weights: Floats) -> Floats:
    return _logistic(table @ weights[:-1] + weights[-1])


def _check(texts: Sequence[str], tags: Sequence[Collection[str]]) -> None:
    faults = []
    if len(texts) != len(tags):
        faults.append(("lengths", {"n": len(texts), "of": len(tags)}))
    if len(texts) < LEAST:
        faults.append(("few", {"n": len(texts), "least": LEAST}))
    if not any(tags):
        faults.append(("none", {}))
    if faults:
        raise DataRefused(Fault(Why(f"brief_tags.{c}", a), Why(f"brief_tags.{c}-repair", a)) for c, a in faults)


def _logistic(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def _weighed(table: Floats, wanted: Floats) -> Floats:
    """Penalised logistic regression by Newton's steps; signals are scaled within, so one penalty suits all."""
    scale = np.maximum(table.std(axis=0), 1e-9)
    rows = np.column_stack([table / scale, np.ones(len(table))])
    penalty = np.append(np.full(table.shape[1], _PENALTY), 1e-6)
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        scores = _logistic(rows @ weights)
        slope = rows.T @ (scores - wanted) + penalty * weights
        curve = (rows * (scores * (1 - scores))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return np.append(weights[:-1] / scale, weights[-1])


def _threshold(scores: Floats, wanted: Floats) -> float:
    """Where the F-measure over all pairs of the examples is highest, half-way to the next lower score."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(wanted[order])
    measure = 2 * hits / (np.arange(1, len(order) + 1) + wanted.sum())
    best = int(np.argmax(measure))
    following = scores[order[min(best + 1, len(order) - 1)]]
    return float((scores[order[best]] + following) / 2)
