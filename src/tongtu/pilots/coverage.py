"""What the network lacks, by direction and area, and what would help: strengthen, activate, supplement.

Four factors stand side by side for each cell, each from 0 to 1 by a formula of ours that a person can
check with a pencil, or unknown where its table is absent:

- scenarios   open test places per open need
- capability  machine hours a year offered per hour asked
- talent      projects that people (or teams, where they say more) can carry, per case or need
- mechanisms  kinds of mechanism in force, of all kinds there are

The weakest known factor is named. The action follows from demand, platforms, use and capacity, in that
order, and carries its reason; capacity far above demand at several platforms is marked as duplication.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tongtu.pilots.factors import figures, mechanism_kinds
from tongtu.registry import Registry
from tongtu.terms.why import Quantity, Ratio, Why

FACTORS = ("scenarios", "capability", "talent", "mechanisms")
_COVERAGE: Mapping[str, Any] = {
    "direction": pl.String, "region": pl.String, "demand": pl.Float64, "capacity": pl.Float64,
    "platforms": pl.Int64, "scenarios": pl.Float64, "capability": pl.Float64, "talent": pl.Float64,
    "mechanisms": pl.Float64, "weakest": pl.String, "action": pl.String, "why": pl.String,
}  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Norms:
    """Where the factors and actions change over. All ours: pass others to replace them.

    `people_per_case`: people who carry one case; `idle`: use below which a public platform is to be
    activated; `surplus`: capacity over demand beyond which several platforms duplicate each other.
    """

    people_per_case: float = 5.0
    idle: float = 0.3
    surplus: float = 3.0


def coverage(registry: Registry, demand: pl.DataFrame, as_of: date, norms: Norms | None = None) -> pl.DataFrame:
    """The chain's table `coverage`, sorted by direction and region (nulls last).

    `demand` needs `direction`, `region` and `hours` (nulls allowed in each), a row per job. Regions are
    pooled to the level below a single root, or to the roots. `action` is null where the platforms are
    unknown, `none` where nothing is to be done.
    """
    norms = norms or Norms()
    rows = [_row(cell, norms) for cell in figures(registry, demand, as_of).iter_rows(named=True)]
    return pl.DataFrame(rows, schema=_COVERAGE)


def _row(cell: Row, norms: Norms) -> Row:
    factors = {
        "scenarios": _share(cell["places"], cell["needs"]),
        "capability": _share(cell["capacity"], cell["demand"]),
        "talent": _share(_carried(cell, norms), max(cell["jobs"], cell["needs"] or 0)),
        "mechanisms": _share(cell["kinds"], len(mechanism_kinds())),
    }
    known = {name: value for name, value in factors.items() if value is not None}
    weakest = min(known, key=lambda name: (known[name], FACTORS.index(name)), default=None)
    action, reason = _action(cell, norms)
    parts = (*_warnings(cell, norms), *(_factor(name, factors[name], cell, norms) for name in FACTORS))
    args = {"demand": _hours(cell["demand"]), "capacity": _hours(cell["capacity"]), "n": cell["platforms"]}
    why = Why(f"pilots.cover-{reason}", args, parts)
    figures = {name: cell[name] for name in ("direction", "region", "demand", "capacity", "platforms")}
    return {**figures, **factors, "weakest": weakest, "action": action, "why": why.to_json()}


def _share(has: float | None, asked: float | None) -> float | None:
    """What there is of what is asked, at most 1; None where either is unknown or nothing is asked."""
    return None if has is None or not asked else min(1.0, has / asked)


def _carried(cell: Row, norms: Norms) -> float | None:
    """Projects that people could carry, or that teams say they can, whichever is more."""
    said = [] if cell["people"] is None else [cell["people"] / norms.people_per_case]
    said += [] if cell["teams"] is None else [cell["teams"]]
    return max(said, default=None)


def _action(cell: Row, norms: Norms) -> tuple[str | None, str]:
    """The action and the code of its reason."""
    wanted = cell["jobs"] + (cell["needs"] or 0) > 0
    use = _use(cell)
    if cell["platforms"] is None:
        return None, "unknown"
    if not wanted:
        return "none", "no-demand"
    if cell["platforms"] == 0:
        return "supplement", "supplement"
    if use is not None and use < norms.idle:
        return "activate", "activate"
    if cell["capacity"] is None or cell["demand"] is None:
        return "none", "unmeasured"
    return ("strengthen", "strengthen") if cell["capacity"] < cell["demand"] else ("none", "enough")


def _use(cell: Row) -> float | None:
    """Share of the public platforms' hours used in the year before; None where unknown or there are none."""
    if cell["public_used"] is None or not cell["public_capacity"]:
        return None
    return round(float(cell["public_used"] / cell["public_capacity"]), 9)  # hours are summed in no fixed order


def _warnings(cell: Row, norms: Norms) -> Iterator[Why]:
    use = _use(cell)
    if use is not None:
        yield Why("pilots.public-use", {"share": Ratio(use), "idle": Ratio(norms.idle)})
    measured = cell["capacity"] is not None and cell["demand"] is not None
    if (cell["platforms"] or 0) > 1 and measured and cell["capacity"] > norms.surplus * cell["demand"]:
        yield Why("pilots.duplication", {"n": cell["platforms"], "times": norms.surplus})


def _factor(name: str, value: float | None, cell: Row, norms: Norms) -> Why:
    if value is None:
        return Why(f"pilots.factor-{name}-unknown")
    args: Mapping[str, object] = {
        "scenarios": {"places": cell["places"], "needs": cell["needs"]},
        "capability": {"equipment": cell["equipment"]},
        "talent": {"people": cell["people"], "teams": cell["teams"], "each": norms.people_per_case},
        "mechanisms": {"kinds": cell["kinds"], "all": len(mechanism_kinds())},
    }[name]
    return Why(f"pilots.factor-{name}", {"value": Ratio(value), **args})


def _hours(value: float | None) -> Quantity | None:
    return None if value is None else Quantity(value, "h")
