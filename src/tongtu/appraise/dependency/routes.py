"""Technology routes to one function beside one another: monolithic lithography, or chiplets with advanced packaging.

Each route is judged by four criteria that are never added up: autonomy (from the graph), maturity, cost and time
(handed in, per route or per input). An input's figures make a route's as the criterion does: the least mature input
gates, costs add, and the slowest delivery is waited for. Which input decides is told of each. One route dominates
another where it is nowhere worse and somewhere better: surely, if that holds for all values in the intervals; by the
points otherwise. Where a criterion is unknown of either, nothing is said of it, and neither dominates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, NamedTuple

import polars as pl

from tongtu.appraise.autonomy import Autonomy, SupplyGraph
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

Row = dict[str, Any]
#: criteria, and whether more is better
CRITERIA = {"autonomy": True, "maturity": True, "cost": False, "days": False}
_FIGURES = {f"{name}{end}": pl.Float64 for name in CRITERIA for end in ("", "_low", "_high")}
_ROUTES: Mapping[str, Any] = {
    "item": pl.String, "route": pl.String, "inputs": pl.List(pl.String), **_FIGURES,
    **{f"{name}_by": pl.String for name in CRITERIA}, "unknown": pl.List(pl.String), "best": pl.Boolean,
    "dominated_by": pl.List(pl.String), "why": pl.String,
}  # fmt: skip
_PAIRS: Mapping[str, Any] = {
    "route": pl.String, "other": pl.String, "verdict": pl.String, "better": pl.List(pl.String),
    "worse": pl.List(pl.String), "unknown": pl.List(pl.String), "why": pl.String,
}  # fmt: skip


class Span(NamedTuple):
    """A figure with its ends; all null where nothing is known."""

    point: float | None
    low: float | None
    high: float | None


_NOTHING = Span(None, None, None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`routes`: item, route, inputs, then autonomy, maturity, cost, days each with _low, _high and _by (the input
    that decides; null where the route's own figure was given), unknown (criteria nothing is known of), best (nobody
    dominates it; null where something unknown leaves that open), dominated_by, why; by route.

    `pairs`: for every ordered pair of routes: route, other, verdict (dominates, dominates_by_points, trades, unknown),
    better, worse, unknown (lists of criteria), why.
    """

    routes: pl.DataFrame
    pairs: pl.DataFrame


def compare(
    graph: SupplyGraph,
    found: Autonomy,
    item: str,
    *,
    maturity: pl.DataFrame | None = None,
    cost: pl.DataFrame | None = None,
    days: pl.DataFrame | None = None,
) -> Comparison:
    """The routes to an item. Raises DataRefused for an item the graph does not hold, and for one without routes.

    The frames have either `route` or `item` (an input), and value, low, high: levels, money of one currency, days. A
    route's own row goes before what its inputs would make of it. Missing ends are the value.
    """
    routes = graph.routes(item)
    if not routes:
        args = {"item": item}
        raise DataRefused(Fault(Why("appraise_dependency.no-routes", args), Why("appraise_dependency.no-routes-repair",
                                args), sheet="components", column="route", value=item))  # fmt: skip
    given = {"maturity": _given(maturity), "cost": _given(cost), "days": _given(days)}
    rows = [_route(item, name, inputs, found, given) for name, inputs in routes]
    pairs = [_pair(a, b) for a, b in permutations(rows, 2)]
    rows = [row | _standing(row, pairs) for row in rows]
    return Comparison(pl.DataFrame(rows, schema=_ROUTES), pl.DataFrame(pairs, schema=_PAIRS))


Given = Mapping[tuple[str, str], Span]


def _given(frame: pl.DataFrame | None) -> Given:
    """Figures by ("route" or "item", its name)."""
    if frame is None:
        return {}
    found: dict[tuple[str, str], Span] = {}
    for kind in ("item", "route"):
        if kind in frame.columns:
            for row in frame.drop_nulls(kind).sort(kind).iter_rows(named=True):
                point = row.get("value")
                low, high = row.get("low"), row.get("high")
                found[kind, row[kind]] = Span(point, point if low is None else low, point if high is None else high)
    return found


def _route(item: str, name: str, inputs: Sequence[str], found: Autonomy, given: Mapping[str, Given]) -> Row:
    row: Row = {"item": item, "route": name, "inputs": list(inputs)}
    for criterion, (span, by) in _figures(name, inputs, found, given):
        row |= {criterion: span.point, f"{criterion}_low": span.low, f"{criterion}_high": span.high,
                f"{criterion}_by": by}  # fmt: skip
    row["unknown"] = [c for c in CRITERIA if row[c] is None and row[f"{c}_low"] is None]
    return row


def _figures(
    name: str, inputs: Sequence[str], found: Autonomy, given: Mapping[str, Given]
) -> Iterator[tuple[str, tuple[Span, str | None]]]:  # fmt: skip
    own = {u: Span(*found.of(u).autonomy) for u in inputs}
    span, by = _extreme(own, least=True)
    yield "autonomy", (span, _deepest(found, by))
    for criterion, combine in (("maturity", True), ("cost", None), ("days", False)):
        mine = given[criterion]
        if ("route", name) in mine:
            yield criterion, (mine["route", name], None)
            continue
        parts = {u: mine.get(("item", u), _NOTHING) for u in inputs}
        yield criterion, (_summed(parts) if combine is None else _extreme(parts, least=combine))


def _deepest(found: Autonomy, item: str | None) -> str | None:
    """The weakest item beneath the input that binds."""
    return None if item is None else found.of(item).weakest or item


def _extreme(parts: Mapping[str, Span], *, least: bool) -> tuple[Span, str | None]:
    """The least (or greatest) of the inputs and which it is. One unknown input leaves the point to the others and
    that end open on which it could matter."""
    known = {u: s for u, s in parts.items() if s.point is not None}
    if not any(s.low is not None for s in parts.values()):
        return _NOTHING, None
    pick = min if least else max
    by = pick(sorted(known), key=lambda u: known[u].point or 0.0) if known else None
    point = known[by].point if by is not None else None
    lows, highs = [s.low for s in parts.values()], [s.high for s in parts.values()]
    low = _ended(lows, pick, must_all=least)
    high = _ended(highs, pick, must_all=not least)
    return Span(point, low, high), by


def _ended(ends: Sequence[float | None], pick: Any, *, must_all: bool) -> float | None:
    known = [end for end in ends if end is not None]
    if not known or (must_all and len(known) < len(ends)):
        return None
    return float(pick(known))


def _summed(parts: Mapping[str, Span]) -> tuple[Span, str | None]:
    """The sum of the inputs and the largest among them; unknown where one is."""
    known = {u: s for u, s in parts.items() if s.point is not None}
    if len(known) < len(parts) or not parts:
        return _NOTHING, None
    by = max(sorted(known), key=lambda u: known[u].point or 0.0)
    sums = [sum(getattr(s, name) or 0.0 for s in known.values()) for name in ("point", "low", "high")]
    return Span(*sums), by


def _pair(one: Row, other: Row) -> Row:
    """How one route stands to another."""
    better = [c for c in CRITERIA if _points(one, other, c) == 1]
    worse = [c for c in CRITERIA if _points(one, other, c) == -1]
    both = [c for c in CRITERIA if not (c in one["unknown"] and c in other["unknown"])]
    unknown = [c for c in both if _points(one, other, c) is None]
    sure = all(_surely(one, other, c) for c in both) and any(_surely(one, other, c, strictly=True) for c in both)
    if sure:
        verdict = "dominates"
    elif better and not worse and not unknown:
        verdict = "dominates_by_points"
    else:
        verdict = "unknown" if not worse and unknown else "trades"
    args = {"route": one["route"], "other": other["route"], "better": _named(better), "worse": _named(worse),
            "unknown": _named(unknown)}  # fmt: skip
    why = Why(_pair_code(verdict, better, worse), args).to_json()
    return {"route": one["route"], "other": other["route"], "verdict": verdict, "better": better, "worse": worse,
            "unknown": unknown, "why": why}  # fmt: skip


def _pair_code(verdict: str, better: Sequence[str], worse: Sequence[str]) -> str:
    code = verdict.replace("_", "-")
    if verdict == "trades" and not better:
        code = "trades-worse" if worse else "trades-equal"
    return f"appraise_dependency.{code}"


def _named(criteria: Sequence[str]) -> tuple[Why, ...]:
    return tuple(Why(f"appraise_dependency.criterion-{criterion}") for criterion in criteria)


def _points(one: Row, other: Row, criterion: str) -> int | None:
    """1 better, −1 worse, 0 equal by the points; null where either has none."""
    a, b = one[criterion], other[criterion]
    if a is None or b is None:
        return None
    sign = 1 if CRITERIA[criterion] else -1
    return int(sign * a > sign * b) - int(sign * a < sign * b)


def _surely(one: Row, other: Row, criterion: str, *, strictly: bool = False) -> bool:
    """Whether the worst of the one is no worse (strictly: better) than the best of the other."""
    up = CRITERIA[criterion]
    worst, best = (one[f"{criterion}_low"], other[f"{criterion}_high"]) if up else (
        other[f"{criterion}_low"], one[f"{criterion}_high"])  # fmt: skip
    if worst is None or best is None:
        return False
    return bool(worst > best if strictly else worst >= best)


def _standing(row: Row, pairs: Sequence[Row]) -> Row:
    """Who dominates it; whether it is among those nobody dominates."""
    beaten = [p["route"] for p in pairs if p["other"] == row["route"] and p["verdict"].startswith("dominates")]
    open_ = any(p["verdict"] == "unknown" and p["other"] == row["route"] for p in pairs)
    best = False if beaten else None if open_ else True
    code = {False: "route-dominated", True: "route-best", None: "route-open"}[best]
    why = Why(f"appraise_dependency.{code}", {"route": row["route"], "by": tuple(beaten)}).to_json()
    return {"dominated_by": beaten, "best": best, "why": why}
