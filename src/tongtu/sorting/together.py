"""The smallest set of indicators that lifts a subject where no single one does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongtu.sorting.core import Arrays, outranking
from tongtu.sorting.cover import Item, Lift, cover
from tongtu.sorting.figures import Floats
from tongtu.sorting.moves import Moves
from tongtu.sorting.needed import agreement, least, level_asked

#: A missing figure costs more than any that is known: what it would take to show one cannot be told.
_UNKNOWN = 1e6
#: last digits by which floating point can miss a limit
_DIGITS = 4
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class Together:
    """Criteria and the figures they must reach, in the order of criteria; `proven`: no fewer suffice."""

    raised: tuple[tuple[int, float], ...]
    proven: bool


def together(values: Floats, limits: Floats, it: Arrays, can: Moves) -> Together | None:
    """For one subject; None where not even all criteria that can move suffice."""
    now = outranking(limits - values, it)
    ways, agreed = _ways(values, limits, it, can), float(now.agreed)
    free = (agreement(now.against[:, None], it) - agreed - _TIE).tolist()
    if any(math.isinf(one) and not lifts for one, lifts in zip(free, ways, strict=True)):
        return None
    items = [Item(lifts, one) for one, lifts in zip(free, ways, strict=True) if lifts]

    def sufficient(lifts: Sequence[Lift]) -> bool:
        changed = _raised(values, [lift.tag for lift in lifts])
        return bool(outranking(limits - changed, it).credibility >= it.level)

    found = cover(items, level_asked(it) - agreed, sufficient)
    if found is None:
        return None
    dearest = [lift.tag for lift in sorted(found.lifts, key=lambda lift: -lift.cost)]
    return Together(tuple(sorted(_trimmed(values, limits, it, can, dearest))), found.proven)


def _ways(values: Floats, limits: Floats, it: Arrays, can: Moves) -> list[tuple[Lift, ...]]:
    """Per criterion: up to full support, and just out of its objection. What cannot be had goes as far as it can."""
    ways: list[list[Lift]] = [[] for _ in values]
    now, unknown = outranking(limits - values, it), np.isnan(values)
    for wanted in (_full(limits, it), _unopposed(limits, it)):
        to = can.within(wanted)
        to = np.where(np.isnan(to) & (can.free > 0) & (wanted > can.best), can.best, to)
        there = outranking(limits - to, it)
        gain = (there.support - now.support) * it.weights
        useful = ~np.isnan(to) & (unknown | (to > values)) & ((gain > 0) | (there.against < now.against))
        cost = np.where(unknown, _UNKNOWN, (to - values) / can.scale)
        for j in np.flatnonzero(useful).tolist():
            ways[j].append(Lift(float(cost[j]), float(gain[j]), (j, float(to[j]))))
    return [tuple(lifts) for lifts in ways]


def _full(limits: Floats, it: Arrays) -> Floats:
    figures = limits - it.indifference
    for _ in range(_DIGITS):
        figures = np.where(limits - figures > it.indifference, np.nextafter(figures, np.inf), figures)
    return figures


def _unopposed(limits: Floats, it: Arrays) -> Floats:
    """Just without objection; NaN where a criterion has no veto."""
    if it.gradual:
        return np.where(np.isfinite(it.veto), limits - it.preference, np.nan)
    figures = np.where(np.isfinite(it.veto), limits - it.veto, np.nan)
    for _ in range(_DIGITS):
        figures = np.where(limits - figures >= it.veto, np.nextafter(figures, np.inf), figures)
    return figures


def _raised(values: Floats, raised: Sequence[tuple[int, float]]) -> Floats:
    changed = values.copy()
    for j, to in raised:
        changed[j] = to
    return changed


def _trimmed(
    values: Floats, limits: Floats, it: Arrays, can: Moves, raised: list[tuple[int, float]]
) -> list[tuple[int, float]]:
    """Each lowered as far as the others allow, the dearest first; one that supports wholly or not at all cannot be."""
    for n, (j, to) in enumerate(raised):
        if it.preference[j] == it.indifference[j] and not np.isfinite(it.veto[j]):
            continue
        others = _raised(values, raised[:n] + raised[n + 1 :])
        row = np.full(len(values), np.nan)
        row[j] = least(others[None, :], limits[None, :], it, (j,))[0, 0]
        asked = float(can.within(row)[j])
        if not np.isnan(asked) and (np.isnan(values[j]) or asked > values[j]):
            raised[n] = (j, min(to, asked))
    return raised
