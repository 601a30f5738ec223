"""The least figure on one criterion that makes a subject outrank a profile, all else as it is.

σ never falls when a figure rises. While the criterion still objects (between veto and preference) only its own
objection changes, and σ is linear in the figure; from there on it adds to the agreement C, and C must reach what
the others' objections ask for (see `agreement`). Either way the figure follows in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tongtu.sorting.core import ROUNDING, Arrays, outranking, weakened
from tongtu.sorting.figures import Floats, Ints

_HALVINGS = 60
_NUDGES = 30
#: two sums of the same weights are equal within this
_TIE = 1e-12


def level_asked(it: Arrays) -> float:
    """A figure must carry σ clear of the level that counts as reached, by less than anybody can see."""
    return it.level + ROUNDING / 2


def agreement(against: Floats, it: Arrays) -> Floats:
    """The least C for which σ reaches the level against these objections (last axis); infinite where none does.

    Objections up to C do nothing. Of those above the level, one gives C in closed form, several by halving.
    """
    level = level_asked(it)
    worst = against.max(axis=-1, initial=0.0)
    asked = np.where(worst >= 1, np.inf, level)
    graver = (worst > level) & (worst < 1)
    if graver.any():
        objections = against[graver]
        low, high = np.full(len(objections), level), worst[graver]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            enough = weakened(middle, objections) >= level
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        asked[graver] = high
    return asked


def least(values: Floats, limits: Floats, it: Arrays, criteria: Sequence[int] | None = None) -> Floats:
    """Per subject (row of `values`, its profile the same row of `limits`) and criterion: the least figure on that
    criterion alone with which it outranks the profile; NaN where none does. Better is always greater."""
    found = outranking(limits - values, it)
    m = values.shape[1]
    which = np.arange(m) if criteria is None else np.asarray(criteria)
    own = _Own(it, which)
    others = np.where(np.eye(m, dtype=bool)[which], 0.0, found.against[:, None, :])
    rest = found.agreed[:, None] - found.support[:, which] * own.weight
    asked = agreement(others.reshape(-1, m), it).reshape(rest.shape)
    enough = rest >= asked - _TIE
    behind = np.where(enough, _objecting(rest, others, it, own), _supporting(rest, asked, own))
    return _cleared(values, limits, limits[:, which] - behind, it, which)


class _Own:
    """What the model says of the criteria asked about."""

    def __init__(self, it: Arrays, which: Ints) -> None:
        self.weight, self.indifference = it.weights[which], it.indifference[which]
        self.preference, self.veto = it.preference[which], it.veto[which]


def _supporting(rest: Floats, asked: Floats, own: _Own) -> Floats:
    """How far behind one may be when the criterion must still add to the agreement."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (asked - rest) / own.weight
    possible = share <= 1 + _TIE
    behind = own.preference - np.where(possible, np.minimum(share, 1.0), 1.0) * (own.preference - own.indifference)
    return np.where(possible, behind, np.nan)


def _objecting(rest: Floats, others: Floats, it: Arrays, own: _Own) -> Floats:
    """How far behind one may be when the others agree enough and only this objection stands in the way."""
    if not it.gradual:
        return np.broadcast_to(own.veto, rest.shape)
    held = weakened(rest, others)
    with np.errstate(divide="ignore", invalid="ignore"):
        against = 1 - (1 - rest) * level_asked(it) / held
    width = np.where(np.isfinite(own.veto), own.veto - own.preference, 0.0)
    return own.preference + np.clip(against, 0, 1) * width


def _cleared(values: Floats, limits: Floats, figures: Floats, it: Arrays, which: Ints) -> Floats:
    """Figures moved up by the few last digits that floating point, or a limit that must be passed, asks for."""
    rows, columns = np.nonzero(~np.isnan(figures))
    changed, here = values[rows], np.arange(len(rows))
    given = figures[rows, columns]
    step = np.spacing(np.maximum(np.abs(given), np.abs(limits[rows, which[columns]])))
    short = np.ones(len(rows), bool)
    for n in range(_NUDGES):
        changed[here, which[columns]] = given
        short[short] = outranking((limits[rows] - changed)[short], it).credibility < it.level
        if not short.any():
            break
        given = np.where(short, given + step * 2.0**n, given)
    result = np.full_like(figures, np.nan)
    result[rows[~short], columns[~short]] = given[~short]
    return result
