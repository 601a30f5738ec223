"""What binds: each factor of a platform beside the median of its nearest better peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import polars as pl

from tongtu.pilots.diagnosis.measures import FACTORS
from tongtu.terms.money import Money
from tongtu.terms.why import Quantity, Ratio, Why

FACTOR_ROWS: Mapping[str, Any] = {
    "platform": pl.String, "factor": pl.String, "figure": pl.Float64, "unit": pl.String, "median": pl.Float64,
    "peers": pl.Int64, "ratio": pl.Float64, "verdict": pl.String, "why": pl.String,
}  # fmt: skip
#: less is better
_FALLING = ("price",)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Factor:
    """`ratio`: how good the figure is beside the peers' median, 1 where equal; null where either is unknown."""

    factor: str
    figure: float | None
    median: float | None
    peers: int
    ratio: float | None
    verdict: str


def factors(weak: Row, peers: Sequence[Row], binds: float) -> list[Factor]:
    """In the order of `FACTORS`; a factor binds where it is below `binds` times the peers' median."""
    return [_factor(weak, peers, name, binds) for name in FACTORS]


def _factor(weak: Row, peers: Sequence[Row], name: str, binds: float) -> Factor:
    figure: float | None = weak[name]
    known = [peer[name] for peer in peers if peer[name] is not None]
    if figure is None or not known:
        return Factor(name, figure, median(known) if known else None, len(known), None, "unknown")
    middle = float(median(known))
    better, worse = (middle, figure) if name in _FALLING else (figure, middle)
    ratio = better / worse if worse > 0 else None
    verdict = "binds" if ratio is not None and ratio < binds else "fine"
    return Factor(name, figure, middle, len(known), ratio, verdict)


def main(found: Sequence[Factor]) -> Factor | None:
    """The factor that binds most: furthest below the peers, the earlier of equals."""
    binding = [one for one in found if one.verdict == "binds"]
    return min(binding, key=lambda one: (one.ratio or 0.0, FACTORS.index(one.factor)), default=None)


def row(platform: str, one: Factor, currency: str) -> dict[str, Any]:
    """A row of `FACTOR_ROWS`."""
    unit = {"staff": "", "equipment": currency, "opening": "h", "price": currency, "listing": "ratio", "demand": ""}
    said = {
        "platform": platform, "factor": one.factor, "figure": one.figure, "unit": unit[one.factor] or None,
        "median": one.median, "peers": one.peers, "ratio": one.ratio, "verdict": one.verdict,
    }  # fmt: skip
    return {**said, "why": why(one, currency).to_json()}


def why(one: Factor, currency: str) -> Why:
    name = Why(f"pilots_diagnosis.factor-{one.factor}")
    args = {"name": name, "figure": _shown(one.figure, one.factor, currency)}
    if one.figure is None:
        return Why("pilots_diagnosis.factor-unknown", {"name": name})
    if one.median is None:
        return Why("pilots_diagnosis.factor-alone", args)
    beside = {**args, "median": _shown(one.median, one.factor, currency), "n": one.peers}
    return Why(f"pilots_diagnosis.{one.verdict}", beside)


def _shown(value: float | None, factor: str, currency: str) -> object:
    if value is None:
        return None
    if factor == "listing":
        return Ratio(round(value, 4))
    if factor in ("equipment", "price"):
        return Money.of(round(value), currency)
    return Quantity(round(value, 2), "h" if factor == "opening" else "")
