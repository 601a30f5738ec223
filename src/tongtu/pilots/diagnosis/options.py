"""What each measure could do for a platform, in levels: towards better use, or towards the next tier."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from tongtu.pilots.diagnosis.cheapest import Level, Option
from tongtu.pilots.diagnosis.measures import Activation, Measure
from tongtu.pilots.evaluation.rubric import Indicator, Rubric

Row = Mapping[str, Any]
#: units of these come whole
_WHOLE = ("staff", "listing", "demand", "evidence")
#: what a unit of a factor is counted by among the peers
_COUNTED = {"staff": "people", "equipment": "value", "demand": "users", "opening": "open"}
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a measure can go for a platform, and what a unit brings in used hours a year."""

    measure: Measure
    units: float
    hours: float


def reaches(activation: Activation, weak: Row, peers: Sequence[Row], *, to_peers: bool) -> list[Reach]:
    """Of every measure in the order of the file, those that can do something. `to_peers`: none goes further than the
    peers have come; else only where open needs, services or the file's `at_most` end."""
    found = []
    for measure in activation.measures:
        gap = _gap(measure, weak, peers)
        end = gap if to_peers or measure.factor in ("demand", "price") else _end(measure, weak)
        if end is None or end <= _TINY:
            continue
        whole = math.ceil(end - _TINY) if measure.factor in _WHOLE and math.isfinite(end) else end
        units = min(float(whole), measure.at_most)
        if units > _TINY:
            found.append(Reach(measure, units, _hours(measure, weak, peers, gap)))
    return found


def _end(measure: Measure, weak: Row) -> float | None:
    """How far a measure goes where peers do not say."""
    if measure.factor == "evidence":
        return None
    if measure.factor == "listing":
        return None if weak["services"] is None else weak["services"] * (1.0 - (weak["listing"] or 0.0))
    return math.inf


def _gap(measure: Measure, weak: Row, peers: Sequence[Row]) -> float | None:
    """Units between the platform and the median of its peers; of demand, the needs that are open."""
    factor = measure.factor
    if factor == "evidence":
        return None
    if factor == "demand":
        return weak["needs"]  # type: ignore[no-any-return]
    known = [peer[factor] for peer in peers if peer[factor] is not None]
    own = weak[factor]
    if own is None or not known:
        return None
    middle = median(known)
    if factor == "price":
        return 100.0 * (own - middle) / own if own > 0 else None
    size = weak["services"] if factor == "listing" else weak["places"]
    return None if size is None else (middle - own) * size


def _hours(measure: Measure, weak: Row, peers: Sequence[Row], gap: float | None) -> float:
    """Used hours a year that one unit brings."""
    if measure.hours == "uplift":
        return (weak["used"] or 0.0) / gap * measure.share if gap is not None and gap > 0 else 0.0
    if measure.hours != "peers":
        return 0.0
    counted, used = _COUNTED.get(measure.factor), "external" if measure.factor == "demand" else "used"
    if counted is None:
        return 0.0
    rates = [peer[used] / peer[counted] for peer in peers if peer[used] is not None and (peer[counted] or 0) > 0]
    return median(rates) * measure.share if rates else 0.0


def cost(measure: Measure, units: float, weak: Row) -> float | None:
    """Major units of money; None where it is not known. A lower price costs the fee income given up."""
    if measure.fees:
        return None if weak["fees"] is None else weak["fees"] * units / 100.0
    return None if measure.unit_cost is None else measure.unit_cost * units


def steps(reach: Reach) -> list[float]:
    """The units of each level, equally spaced, whole where they come whole."""
    n = reach.measure.steps
    found = [reach.units * k / n for k in range(1, n + 1)]
    if reach.measure.factor in _WHOLE:
        found = [float(math.ceil(one - _TINY)) for one in found]
    return list(dict.fromkeys(found))


def for_use(found: Sequence[Reach], weak: Row, goal: float) -> list[Option]:
    """Gains in used hours. Hours opened also raise what is asked for, by `goal` of them."""
    options = []
    for reach in found:
        a_unit = reach.hours - (goal if reach.measure.factor == "opening" else 0.0)
        if a_unit > _TINY:
            levels = [Level(units, cost(reach.measure, units, weak), units * a_unit) for units in steps(reach)]
            options.append(Option(reach.measure.measure, tuple(levels)))
    return options


@dataclass(frozen=True, slots=True)
class Lacking:
    """A criterion that does not support the next tier: its weight of the whole, the figure, what is asked for, and
    whether the platform states enough but does not prove it."""

    indicator: Indicator
    weight: float
    value: float | None
    wanted: float
    provable: bool


def lacking(
    rubric: Rubric, figures: Mapping[str, tuple[float | None, str | None, float | None]], tier: str
) -> list[Lacking]:
    """`figures`: indicator → value, source, declared."""
    total = sum(i.weight for i in rubric.scored)
    found = []
    for indicator in rubric.scored:
        value, source, declared = figures[indicator.indicator]
        wanted = indicator.at[tier]
        if value is not None and indicator.better(value, wanted):
            continue
        provable = source == "declared" and declared is not None and indicator.better(declared, wanted)
        found.append(Lacking(indicator, indicator.weight / total, value, wanted, provable))
    return found


def for_tier(activation: Activation, found: Sequence[Reach], missing: Sequence[Lacking], weak: Row) -> list[Option]:
    """Gains in the weight that supports the next tier. A criterion is moved by proof where proof is all it lacks,
    else by the first measure that moves it."""
    options: list[Option] = []
    left = [one for one in missing if not one.provable]
    proof = activation.of("evidence")
    if proof is not None and len(left) < len(missing):
        weights = sorted((one.weight for one in missing if one.provable), reverse=True)
        levels = [Level(float(n), cost(proof, n, weak), sum(weights[:n])) for n in range(1, len(weights) + 1)]
        options.append(Option(proof.measure, tuple(levels)))
    for reach in found:
        asked = [(units_for(reach, one, weak), one) for one in left]
        moved = sorted(((units, one) for units, one in asked if units is not None), key=lambda pair: pair[0])
        left = [one for units, one in asked if units is None]
        levels, weight = [], 0.0
        for units, one in moved:
            weight += one.weight
            levels.append(Level(units, cost(reach.measure, units, weak), weight))
        if levels:
            options.append(Option(reach.measure.measure, tuple(levels)))
    return options


def units_for(reach: Reach, one: Lacking, weak: Row) -> float | None:
    """Units that bring a criterion to what is asked; None where the measure does not move it, or not so far."""
    moves = adds(reach, one.indicator.indicator, weak)
    if not moves or one.value is None:
        return None
    units = (one.wanted - one.value) / moves
    if reach.measure.factor in _WHOLE:
        units = float(math.ceil(units - _TINY))
    return units if _TINY < units <= reach.units * (1 + _TINY) else None


def adds(reach: Reach, indicator: str, weak: Row) -> float:
    """What a unit of a measure adds to an indicator."""
    said = reach.measure.moves.get(indicator, 0.0)
    if said == "hours":
        return reach.hours
    if said == "share":
        return 1.0 / weak["services"] if weak["services"] else 0.0
    return float(said)
