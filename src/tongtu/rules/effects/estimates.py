"""One outcome: what the data say about the title's effect on it, or why they cannot say.

The figure compared is the change since before the title, so that whatever set firms apart at the cutoff already then,
another rule at the same place for instance, is taken out: a difference in discontinuities (Grembi, Nannicini &
Troiano 2016). What remains to be believed is that nothing else began at this cutoff with the title; the same
comparison made within the years before it must show nothing (`early`), and records must not go missing more on one
side than on the other (`lost`). Both are told from nothing at 5 %, so that one outcome in ten is refused without
need; a fault too small for them to see passes (Roth 2022), which is why their own figures are shown.

Whatever is found holds for firms at the cutoff that have the title because of it, and for no others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np

from tongtu.rules.effects.local import DISTINCT, Flags, Floats, Groups, Jumps, jumps, optimal
from tongtu.rules.effects.ratio import Ratio, Z, apart, ratio
from tongtu.rules.effects.sample import Scale

Verdict = Literal[
    "estimated", "no_title", "no_cutoff", "not_recorded", "too_few", "coarse", "bunched", "no_jump", "uneven_records",
    "uneven_before",
]  # fmt: skip

#: Firms wanted on each side of the cutoff within the bandwidth.
FIRMS = 30
#: A change worth seeing, and the chance wanted of seeing it, for saying how many firms that takes.
WORTH_SEEING, POWER = 0.10, 0.80
_SEEN = Z + NormalDist().inv_cdf(POWER)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Firms around the cutoff: distance, side, who they are, who got the title in the round, who only later.

    Firms are small whole numbers; one that is seen in two rounds stands twice.
    """

    x: Floats
    right: Flags
    firm: Groups
    title: Flags
    later: Flags

    def where(self, chosen: Flags) -> Crowd:
        return Crowd(self.x[chosen], self.right[chosen], self.firm[chosen], self.title[chosen], self.later[chosen])

    def count(self, within: float = math.inf) -> tuple[int, int]:
        """Firms on the left and on the right within a distance."""
        near = np.abs(self.x) < within
        left, right = (int(np.count_nonzero(np.bincount(self.firm[near & side]))) for side in (~self.right, self.right))
        return left, right

    def judged(self, within: float = math.inf) -> Verdict | None:
        """What forbids an estimate from these firms, if anything."""
        if min(self.count(within)) < FIRMS:
            return "too_few"
        near = np.abs(self.x) < within
        distinct = min(len(np.unique(self.x[near & side])) for side in (~self.right, self.right))
        return "coarse" if distinct < DISTINCT else None


@dataclass(frozen=True, slots=True)
class Finding:
    """An outcome's verdict with its figures; those that could not be had are None.

    effect, early   relative change for each title gained at the cutoff, after it and, as a check, before it
    jump            of the share of firms with the title · lost: of the share whose outcome is not recorded
    later           share of firms just below that get the title while its effect is measured
    wanted          firms near the cutoff that it would take to see a change worth seeing
    """

    verdict: Verdict
    n_left: int = 0
    n_right: int = 0
    bandwidth: float | None = None
    effect: Ratio | None = None
    early: Ratio | None = None
    jump: float | None = None
    lost: float | None = None
    later: float | None = None
    wanted: int | None = None


def find(crowd: Crowd, scale: Scale, post: Floats, change: Floats, early: Floats) -> Finding:
    """What becomes of an outcome at the cutoff; figures are NaN where not recorded."""
    known = np.isfinite(change)
    seen = crowd.where(known)
    left, right = seen.count()
    blocked: Verdict | None = seen.judged() if known.any() else "not_recorded"
    if blocked:
        return Finding(blocked, left, right)
    reach = optimal(seen.x, seen.right, change[known])
    left, right = seen.count(reach)
    found = Finding("estimated", left, right, reach, later=_later(seen, reach))
    blocked = seen.judged(reach)
    if blocked:
        return replace(found, verdict=blocked)
    base = _base(seen.title, scale, post[known])
    after = _jumps(seen, np.column_stack((change[known], base, seen.title)), reach)
    gone = _jumps(crowd, (~known)[:, None].astype(np.float64), reach)
    found = replace(found, jump=float(after.values[2]), lost=float(gone.values[0]))
    if not (after.values[2] > 0 and apart(after, 2)):
        return replace(found, verdict="no_jump")
    effect = ratio(after, 0, 1)
    if effect is None:
        return replace(found, verdict="too_few")
    before, parted = _before(crowd, scale, post, early, reach)
    found = replace(found, effect=_share(effect, scale), early=before, wanted=_wanted(effect, left + right))
    if apart(gone, 0):
        return replace(found, verdict="uneven_records")
    return replace(found, verdict="uneven_before") if parted else found


def title_jump(crowd: Crowd) -> Ratio | None:
    """The jump of the share of firms with the title at the cutoff, with its interval; None where it cannot be had."""
    if crowd.judged():
        return None
    title = crowd.title.astype(np.float64)
    reach = optimal(crowd.x, crowd.right, title)
    if crowd.judged(reach):
        return None
    found = _jumps(crowd, title[:, None], reach)
    value, error = float(found.values[0]), math.sqrt(found.covariance[0, 0])
    return Ratio(value, value - Z * error, value + Z * error)


def _jumps(crowd: Crowd, y: Floats, reach: float) -> Jumps:
    return jumps(crowd.x, crowd.right, y, reach, crowd.firm)


def _base(title: Flags, scale: Scale, post: Floats) -> Floats:
    """The figure whose jump an effect is counted against.

    In logarithms, the title itself. For levels, minus what firms have without the title: its jump is the mean that
    firms decided by the cutoff would have without it (Abadie 2002, here at the cutoff), so that the ratio is their
    relative change.
    """
    return title.astype(np.float64) if scale == "log" else -post * ~title


def _before(crowd: Crowd, scale: Scale, post: Floats, early: Floats, reach: float) -> tuple[Ratio | None, bool]:
    """The effect on the years before the title, and whether it is told from none."""
    known = np.isfinite(early) & np.isfinite(post)
    seen = crowd.where(known)
    if seen.judged(reach):
        return None, False
    found = _jumps(seen, np.column_stack((early[known], _base(seen.title, scale, post[known]))), reach)
    effect = ratio(found, 0, 1)
    return (None if effect is None else _share(effect, scale)), apart(found, 0)


def _later(crowd: Crowd, reach: float) -> float:
    below = ~crowd.right & (np.abs(crowd.x) < reach)
    return float(crowd.later[below].mean()) if below.any() else 0.0


def _share(effect: Ratio, scale: Scale) -> Ratio:
    """As a relative change, which cannot be below -100 %."""
    if scale == "log":
        return Ratio(*(math.expm1(min(v, 700.0)) for v in (effect.value, effect.low, effect.high)))
    return Ratio(*(max(v, -1.0) for v in (effect.value, effect.low, effect.high)))


def _wanted(effect: Ratio, firms: int) -> int:
    """Firms near the cutoff at which a change worth seeing would be seen; errors shrink with their square root."""
    error = (effect.high - effect.low) / (2 * Z)
    return math.ceil(firms * (_SEEN * error / math.log1p(WORTH_SEEING)) ** 2)
