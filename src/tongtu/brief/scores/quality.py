"""Quality: how good the source is, how many others say it, how specific it is, less what nothing supports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.facts import Facts
from tongtu.brief.model import QUOTED, Sentence, quoted_in
from tongtu.brief.scores.curves import most, product, saturated
from tongtu.brief.scores.outlets import counted, outlets
from tongtu.brief.scores.tables import QUALITY, Part, Score, shown
from tongtu.brief.scores.weights import DETAILS, Weights
from tongtu.terms.why import Ratio, Why

#: kind of detail → columns that make two mentions one
_SAME = {
    "figures": ("unit", "low", "high", "what"), "numbers": ("number",), "dates": ("day", "precision"),
    "instruments": ("name",), "actors": ("name",),
}  # fmt: skip
_TELLING = ("day", "month")


def quality(
    sources: pl.DataFrame, facts: Mapping[str, Facts], as_of: date, weights: Weights, unsupported: float | None
) -> Score:
    """Parts: grade, corroboration, specificity (multiplied) and unsupported (taken off)."""
    rows = counted(sources)
    parts = (_grade(rows, weights), _corroboration(rows, as_of, weights), _specificity(rows, facts, weights))
    off = _unsupported(unsupported, weights)
    notes = tuple(part.why for part in (*parts, off) if part.value is None)
    whole = product(parts)
    if whole is None:
        return Score(QUALITY, None, (*parts, off), Why("brief_scores.quality-unknown", {}, notes))
    minus = (off.value or 0.0) * off.weight
    score = 100 * max(0.0, whole + minus)
    args = {"score": round(score), **shown(parts), "unsupported": None if off.value is None else Ratio(-minus)}
    if any(part.value is None for part in parts):
        best = 100 * max(0.0, most(parts) + minus)
        notes = (Why("brief_scores.partly-known", {"known": len(parts) - _missing(parts), "n": len(parts),
                                                   "low": 0, "high": round(best)}), *notes)  # fmt: skip
    return Score(QUALITY, score, (*parts, off), Why("brief_scores.quality", args, notes))


def _missing(parts: Sequence[Part]) -> int:
    return sum(part.value is None for part in parts)


def _grade(rows: Sequence[Mapping[str, Any]], weights: Weights) -> Part:
    """Of the best source that reports it."""
    weight = weights(QUALITY, "weight", "grade")
    graded = [(weights(QUALITY, "grade", row["grade"]), row["grade"]) for row in rows
              if (QUALITY, "grade", row["grade"]) in weights.values]  # fmt: skip
    if not graded:
        return Part("grade", None, weight, Why("brief_scores.no-grade"))
    value, grade = max(graded)
    return Part("grade", value, weight, Why("brief_scores.grade", {"grade": grade, "value": value}))


def _corroboration(rows: Sequence[Mapping[str, Any]], as_of: date, weights: Weights) -> Part:
    """From what one outlet alone is worth, each further one halves what is missing to 1 (at `half` = 1)."""
    weight, found = weights(QUALITY, "weight", "corroboration"), [one for one in outlets(rows, as_of) if not one.later]
    if not found:
        return Part("corroboration", None, weight, Why("brief_scores.no-source"))
    official = any(outlet.official for outlet in found)
    kind = "official" if official else "media"
    alone, half = weights(QUALITY, "corroboration", kind), weights(QUALITY, "corroboration", "half")
    value = alone + (1 - alone) * saturated(len(found) - 1, half)
    args = {"n": len(found), "value": round(value, 3)}
    return Part("corroboration", value, weight, Why(f"brief_scores.corroboration-{kind}", args))


def _specificity(rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Facts], weights: Weights) -> Part:
    """Figures, document numbers, dates, instruments and names: each kind by its share, more of a kind counting less."""
    weight, mine = (
        weights(QUALITY, "weight", "specificity"),
        [facts[r["document"]] for r in rows if r["document"] in facts],
    )
    if not mine:
        return Part("specificity", None, weight, Why("brief_scores.no-facts"))
    floor = weights(QUALITY, "specificity", "floor")
    counts = {name: _count(mine, name) for name in DETAILS}
    shares = {name: weights(QUALITY, "detail", name) for name in DETAILS}
    earned = sum(shares[name] * saturated(n, weights(QUALITY, "half", name)) for name, n in counts.items())
    value = floor + (1 - floor) * earned / (sum(shares.values()) or 1.0)
    args = {**counts, "value": round(value, 3)}
    return Part("specificity", value, weight, Why("brief_scores.specificity", args))


def _count(facts: Sequence[Facts], name: str) -> int:
    """How many different ones there are; what several reports say counts once."""
    frames = [getattr(one, name) for one in facts]
    if name == "dates":
        frames = [frame.filter(pl.col("precision").is_in(_TELLING)) for frame in frames]
    return pl.concat([frame.select(_SAME[name]) for frame in frames]).n_unique() if frames else 0


def _unsupported(share: float | None, weights: Weights) -> Part:
    weight = weights(QUALITY, "weight", "unsupported")
    if share is None:
        return Part("unsupported", None, weight, Why("brief_scores.no-sentences"))
    return Part("unsupported", share, weight, Why("brief_scores.unsupported", {"share": Ratio(share)}))


def unsupported_share(
    sentences: Iterable[Sentence], documents: Iterable[Document], *, weights: Weights
) -> float | None:
    """The share of a brief's sentences that nothing supports; null where there is no sentence.

    One is supported if all its spans lie in a document at hand, its quotation stands there word for word, and its own
    confidence is not below the pack's bound.
    """
    known = {document.id: document for document in documents}
    bound = weights(QUALITY, "unsupported", "confidence")
    judged = [_supported(sentence, known, bound) for sentence in sentences]
    return judged.count(False) / len(judged) if judged else None


def _supported(sentence: Sentence, known: Mapping[str, Document], bound: float) -> bool:
    if sentence.confidence is not None and sentence.confidence < bound:
        return False
    try:
        quotes = [known[span.document].quote(span) for span in sentence.spans]
    except (KeyError, ValueError):
        return False
    return sentence.label != QUOTED or quoted_in(sentence.says.args) == quotes[0]
