"""Aalen-Johansen: of all that enter, the share that has left each way, where leaving one way rules out the others.

F_r(t) is the sum over times s <= t of S(s-) d_r(s) / n(s) (Aalen and Johansen 1978). Its variance is the delta
method's (Marubini and Valsecchi 1995, section 10.2.2); without open cases it is the binomial one exactly. One minus
Kaplan-Meier of one way alone is not such a share: it says what would happen if the other ways did not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.lifetimes.counting import Counted, count, running_sum, within
from tongtu.lifetimes.special import Floats, two_sided
from tongtu.lifetimes.survival import of_counts, still


@dataclass(frozen=True, slots=True)
class Ways:
    """`share` [way, t] left that way by each time; `error` [way, t]; `stay` [t] left in no way."""

    counted: Counted
    share: Floats
    error: Floats
    stay: Floats

    def interval(self, coverage: float = 0.95) -> tuple[Floats, Floats]:
        """[way, t] Pointwise ends."""
        return interval(self.share, self.error, self._seen(), coverage)

    def _seen(self) -> Floats:
        """[t] How many had left by then or were followed to it: those a share of nothing rests on."""
        left = self.counted.all_left
        return np.asarray(self.counted.at_risk + within(self.counted, running_sum, left) - left)

    def at(self, time: float, coverage: float = 0.95) -> tuple[Floats, Floats, Floats]:
        """[way, groups] each: share by `time` and its ends (log-minus-log of 1 - F). Not numbers beyond what was
        followed, unless all had left before."""
        place = self.counted.until(time) - 1
        inside = place >= self.counted.starts[:-1]
        filled = self.counted.starts[1:] > self.counted.starts[:-1]
        last = self.stay[np.maximum(self.counted.starts[1:] - 1, 0)] if len(self.stay) else np.ones(len(place))
        told = filled & ((self.counted.followed() >= time) | (last <= 1e-12))
        if not len(self.stay):
            nothing = np.full((len(self.share), self.counted.groups), np.nan)
            return nothing, nothing, nothing
        share = np.where(inside, self.share[:, np.maximum(place, 0)], 0.0)
        error = np.where(inside, self.error[:, np.maximum(place, 0)], 0.0)
        seen = np.where(inside, self._seen()[np.maximum(place, 0)], self.counted.entered)
        low, high = interval(share, error, seen, coverage)
        return tuple(np.where(told, values, np.nan) for values in (share, low, high))  # type: ignore[return-value]


def interval(share: Floats, error: Floats, seen: Floats, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """Ends of a share that has left, within 0..1; where none has, what so many seen could still hide."""
    z = two_sided(coverage)
    stay = (1 - share).clip(0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = z * error / np.abs(stay * np.log(stay))
        low, high = 1 - stay ** np.exp(-spread), 1 - stay ** np.exp(spread)
    hidden = 1 - ((1 - coverage) / 2) ** (1 / np.maximum(seen, 1))
    low = np.where(share <= 0, 0.0, np.where(stay <= 0, share, low))
    high = np.where(share <= 0, hidden, np.where(stay <= 0, 1.0, high))
    return low, high


def ways_out(
    times: npt.ArrayLike, way: npt.ArrayLike, *, group: npt.ArrayLike | None = None,
    entry: npt.ArrayLike | None = None, groups: int | None = None, ways: int | None = None,
) -> Ways:  # fmt: skip
    """Shares by way from one row per case; arguments as in `count`. Raises ValueError."""
    return of_counts_by_way(count(times, way, group=group, entry=entry, groups=groups, ways=ways))


def of_counts_by_way(counted: Counted) -> Ways:
    curves = of_counts(counted)
    n = np.maximum(counted.at_risk, 1)
    ahead, left = still(curves), counted.left
    share = within(counted, running_sum, ahead * left / n)
    d = counted.all_left
    hazard = np.where(n > d, d / np.maximum(n * (n - d), 1), 0.0)  # zero: nothing comes after it

    def run(values: Floats) -> Floats:
        return within(counted, running_sum, values)

    # the sum over s of (F(t) - F(s))^2 h(s), opened up so that one pass serves every t
    spread = share**2 * run(np.broadcast_to(hazard, share.shape).copy()) - 2 * share * run(share * hazard)
    spread += run(share**2 * hazard)
    own = run(ahead**2 * (n - left) / n * left / n**2)
    cross = share * run(ahead * left / n**2) - run(share * ahead * left / n**2)
    variance = (spread + own - 2 * cross).clip(0)
    return Ways(counted, share, np.sqrt(variance), curves.share)
