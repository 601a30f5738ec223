"""A claim held against what was published since: where the figure stands, what pace it would need, and whether it held.

A claim is decided by the figure of the year it is due in, as known on the day (the last vintage), never before that
figure is out: a number that is already past the bound may fall back. Yearly figures cannot decide what is due inside a
year. Nothing measurable, no day, no published figure in a comparable unit: undecidable, and the reason says which.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tongtu.brief.claims.tables import CLAIMS, FALSE, FOLLOWED, OPEN, TRUE, UNDECIDABLE
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Quantity, Ratio, Why

_BACK = 5  # years before the last figure over which the pace so far is taken, at most
_MONEY = frozenset(("CNY", "USD", "EUR", "HKD"))
_EXTRACTED = "brief_claims.forecast"


@dataclass(frozen=True, slots=True)
class _Point:
    year: int
    value: float  # in the claim's unit
    published: date
    source: str


@dataclass(frozen=True, slots=True)
class _Band:
    """The numbers that make a claim true, in its own unit; ends within its tolerance, strict where it says so."""

    low: float
    high: float
    strict: bool

    def holds(self, value: float) -> bool:
        return self.side(value) == 0

    def side(self, value: float) -> int:
        """0 inside, 1 where the value must rise, -1 where it must fall."""
        for end, sign in ((self.low, 1), (self.high, -1)):
            at_end = math.isclose(value, end, rel_tol=1e-9)
            if (at_end and self.strict) or (not at_end and sign * (end - value) > 0):
                return sign
        return 0

    def distance(self, value: float) -> float:
        side = self.side(value)
        return 0.0 if side == 0 else (self.low if side > 0 else self.high) - value


def follow(claims: pl.DataFrame, observations: pl.DataFrame, as_of: date, *, scope: str | None = None) -> pl.DataFrame:
    """Every claim with its state on a day, by due day and id.

    `observations` has the columns of the registry's `statistics`: measure, scope, year, published, value, unit, source.
    A claim without a scope is held against those of `scope`, or of the only scope its measure has.

    Columns (`FOLLOWED`): those of `claims`, with state open, true, false or undecidable and its why (the extraction's
    is its part); first_year, first_value, last_year, last_value, pace (change a year between them), needed (change a
    year from the last figure to the nearest bound by the due year), on_pace (null where it cannot be said), trajectory
    (year, value, published, source). Values stand in the claim's unit.
    """
    series = _series(observations, as_of)
    rows = [_followed(row, series, as_of, scope) for row in claims.select(*_claim_columns(claims)).to_dicts()]
    return pl.DataFrame(rows, schema=FOLLOWED).sort("due", "claim", "document", nulls_last=True)


def _claim_columns(claims: pl.DataFrame) -> list[str]:
    return [name for name in CLAIMS if name in claims.columns]


def _series(observations: pl.DataFrame, as_of: date) -> dict[str, list[dict[str, Any]]]:
    """The last vintage of every year known on the day, by measure."""
    keys = ["measure", "scope", "unit", "year"]
    known = observations.filter(
        (pl.col("published") <= as_of) & pl.col("value").is_not_null() & pl.col("value").is_finite()
    )
    last = known.sort(*keys, "published", "source", "value").group_by(keys, maintain_order=True).last()
    found: dict[str, list[dict[str, Any]]] = {}
    for row in last.iter_rows(named=True):
        found.setdefault(row["measure"], []).append(row)
    return found


def _followed(
    claim: dict[str, Any], series: Mapping[str, list[dict[str, Any]]], as_of: date, scope: str | None
) -> dict[str, Any]:
    known = Why.from_json(claim["why"])
    extracted = known if known.code == _EXTRACTED else known.parts[-1] if known.parts else known
    row: dict[str, Any] = dict.fromkeys(FOLLOWED) | claim | {"trajectory": []}
    points: list[_Point] = []
    reason = _unmeasured(claim)
    if reason is None:
        points, reason = _points(claim, series.get(claim["measure"], []), scope)
    if points:
        row |= _trajectory(points)
    if reason is None:
        row |= _course(claim, points)
        row["state"], reason = _decided(claim, points, row, as_of)
    else:
        row["state"] = UNDECIDABLE
    row["why"] = Why(reason.code, reason.args, (*reason.parts, extracted)).to_json()
    return row


def _unmeasured(claim: Mapping[str, Any]) -> Why | None:
    """Why a claim can never be decided by yearly figures; null where it can."""
    if claim["low"] is None and claim["high"] is None:
        return Why("brief_claims.undecidable-figure")
    if claim["measure"] is None or claim["observed_factor"] is None:
        return Why("brief_claims.undecidable-measure", {"what": claim["what"] or ""})
    if claim["form"] == "by":
        return Why("brief_claims.undecidable-step")
    if claim["due"] is None:
        return Why("brief_claims.undecidable-date")
    if claim["due"].month != 12:
        return Why("brief_claims.undecidable-inside-year", {"due": claim["due"]})
    return None


def _points(
    claim: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], scope: str | None
) -> tuple[list[_Point], Why | None]:
    """The comparable figures by year, or why there are none."""
    asked = claim["scope"] or scope
    scopes = sorted({row["scope"] for row in rows})
    if asked is None and len(scopes) > 1:
        return [], Why("brief_claims.undecidable-scope", {"measure": _named(claim), "n": len(scopes)})
    mine = [row for row in rows if asked is None or row["scope"] == asked]
    if not mine:
        return [], Why("brief_claims.undecidable-unobserved", {"measure": _named(claim)})
    same = [row for row in mine if row["unit"] == claim["observed_unit"]]
    if not same:
        return [], Why(
            "brief_claims.undecidable-unit", {"unit": claim["observed_unit"] or "", "found": mine[0]["unit"]}
        )
    factor = claim["observed_factor"]
    return [
        _Point(row["year"], row["value"] / factor, row["published"], row["source"] or "")
        for row in sorted(same, key=lambda row: int(row["year"]))
    ], None


def _trajectory(points: Sequence[_Point]) -> dict[str, Any]:
    last = points[-1]
    first = next(point for point in points if point.year >= last.year - _BACK)
    years = last.year - first.year
    return {
        "first_year": first.year, "first_value": first.value, "last_year": last.year, "last_value": last.value,
        "pace": (last.value - first.value) / years if years else None,
        "trajectory": [
            {"year": p.year, "value": p.value, "published": p.published, "source": p.source} for p in points
        ],
    }  # fmt: skip


def _band(claim: Mapping[str, Any]) -> _Band:
    low = -math.inf if claim["low"] is None else claim["low"]
    high = math.inf if claim["high"] is None else claim["high"]
    slack = claim["tolerance"] or 0.0
    return _Band(low - abs(low) * slack if slack else low, high + abs(high) * slack if slack else high,
                 claim["operator"] in ("gt", "lt"))  # fmt: skip


def _course(claim: Mapping[str, Any], points: Sequence[_Point]) -> dict[str, Any]:
    """The pace a claim still needs, and whether the pace so far is enough."""
    band, last = _band(claim), points[-1]
    left = claim["due"].year - last.year
    if left <= 0:
        return {}
    needed = band.distance(last.value) / left
    pace = _trajectory(points)["pace"]
    if band.holds(last.value):
        return {"needed": 0.0, "on_pace": True}
    if pace is None:
        return {"needed": needed, "on_pace": None}
    side = band.side(last.value)
    return {"needed": needed, "on_pace": side * pace > 0 and side * pace >= side * needed}


def _decided(
    claim: Mapping[str, Any], points: Sequence[_Point], row: Mapping[str, Any], as_of: date
) -> tuple[str, Why]:
    year, unit = claim["due"].year, claim["unit"]
    bound = _bound(claim)
    decisive = next((point for point in points if point.year == year), None)
    if decisive is not None:
        state = TRUE if _band(claim).holds(decisive.value) else FALSE
        args = {"year": str(year), "value": _shown(decisive.value, unit), "bound": bound}
        return state, Why(f"brief_claims.{state}", args)
    last = points[-1]
    args = {"year": str(last.year), "value": _shown(last.value, unit), "bound": bound, "due": claim["due"]}
    if as_of > claim["due"]:
        return OPEN, Why("brief_claims.open-unpublished", args)
    if row["needed"] is None:
        return OPEN, Why("brief_claims.open-later", args)
    if _band(claim).holds(last.value):
        return OPEN, Why("brief_claims.open-there", args)
    if row["pace"] is None:
        return OPEN, Why("brief_claims.open-once", args | {"needed": _shown(row["needed"], unit, step=True)})
    paces = {"pace": _shown(row["pace"], unit, step=True), "needed": _shown(row["needed"], unit, step=True)}
    return OPEN, Why("brief_claims.open-ahead" if row["on_pace"] else "brief_claims.open-behind", args | paces)


def _bound(claim: Mapping[str, Any]) -> Why:
    low, high = (None if claim[end] is None else _shown(claim[end], claim["unit"]) for end in ("low", "high"))
    operator = claim["operator"]
    if operator == "range":
        return Why("brief_claims.bound-range", {"low": low, "high": high})
    return Why(f"brief_claims.bound-{operator}", {"value": low if low is not None else high})


def _named(claim: Mapping[str, Any]) -> Label:
    return Label(claim["measure_zh"] or claim["measure"], claim["measure_en"] or "")


def _rounded(value: float) -> float:
    """Four digits that count: a pace is no exact amount."""
    return float(f"{value:.4g}")


def _shown(value: float, unit: str, *, step: bool = False) -> Any:
    if unit == "percent":
        return Why("brief_claims.points", {"value": round(value, 2)}) if step else Ratio(value / 100)
    value = _rounded(value) if step else value
    return Money.of(round(value), unit) if unit in _MONEY else Quantity(value, unit)
