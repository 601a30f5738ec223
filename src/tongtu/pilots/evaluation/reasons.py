"""Reasons for figures, in words' codes and typed arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongtu.pilots.evaluation.rubric import Indicator, Rubric
from tongtu.registry import noun, nouns, vocabularies
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Quantity, Ratio, Why

Row = Mapping[str, Any]
_RATIO, _BOOL = "ratio", "bool"


def shown(value: float | None, indicator: Indicator) -> object:
    """A figure as people read it: a share, an amount of money, yes or no, or a number with its unit."""
    if value is None:
        return None
    if indicator.unit == _RATIO:
        return Ratio(round(value, 6))
    if indicator.unit == _BOOL:
        return value >= 1
    if len(indicator.unit) == 3 and indicator.unit.isupper():  # an ISO 4217 currency
        return Money.of(round(value), indicator.unit)
    return Quantity(round(value, 4), indicator.unit)


def figure(rubric: Rubric, indicator: Indicator, row: Row) -> Why:
    """Why an indicator of a platform has the value it has."""
    source = row["source"]
    args: dict[str, object] = {"name": indicator.label, "value": shown(row["value"], indicator)}
    parts = tuple(_parts(rubric, indicator, row))
    if source is None:
        because = Why("pilots_evaluation.struck") if row["struck"] else gap(row["gap"])
        return Why("pilots_evaluation.unknown", {"name": indicator.label, "because": because}, parts)
    if source == "ledger":
        return Why("pilots_evaluation.ledger", {**args, "n": row["n"]}, parts)
    if source == "contested":
        return Why("pilots_evaluation.contested", {**args, "before": shown(row["shown"], indicator)}, parts)
    grade = vocabularies()["evidence_grade"].get(row["grade"] or "")
    capped = row["value"] != row["declared"]
    if grade is None:
        code = "declared-capped" if capped else "declared"
        return Why(f"pilots_evaluation.{code}", {**args, "said": shown(row["declared"], indicator)}, parts)
    code = "graded-capped" if capped else "graded"
    return Why(f"pilots_evaluation.{code}", {**args, "said": shown(row["declared"], indicator), "grade": grade}, parts)


def _parts(rubric: Rubric, indicator: Indicator, row: Row) -> Iterator[Why]:
    if row["source"] == "ledger":
        if row["unsure"]:
            ends = {"low": shown(row["low"], indicator), "high": shown(row["high"], indicator)}
            yield Why("pilots_evaluation.interval", ends)
        if row["declared"] is not None and not _close(row["declared"], row["value"]):
            said = {
                "said": shown(row["declared"], indicator),
                "by": shown(row["declared"] - row["value"], _plain(indicator)),
            }
            yield Why("pilots_evaluation.conflict", said)
    if row["peers"]:
        place = {"median": shown(row["median"], indicator), "n": row["peers"]}
        if row["place"] is None:
            yield Why("pilots_evaluation.peers", place)
        else:
            yield Why("pilots_evaluation.placed", {**place, "place": row["place"]})
    else:
        yield Why("pilots_evaluation.no-peers")


def _plain(indicator: Indicator) -> Indicator:
    """A difference of yes and no is a number."""
    from dataclasses import replace

    return replace(indicator, unit="") if indicator.unit == _BOOL else indicator


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))


def gap(code: str | None) -> Why:
    """Why a figure is unknown: `no-TABLE`, `silent-TABLE`, or a code of its own."""
    kind, _, table = (code or "blank").partition("-")
    if kind in ("no", "silent") and table in nouns():
        return Why(f"pilots_evaluation.gap-{kind}-table", {"table": Label(noun(table).zh, noun(table).en)})
    return Why(f"pilots_evaluation.gap-{code or 'blank'}")
