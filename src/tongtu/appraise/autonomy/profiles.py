"""Rates over time as steps: what is delivered of what is needed, from 0 to 1, and what a stock makes of it.

A profile is a tuple of (day from which on, rate); before its first day the rate is 1. Days may be infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

Profile = tuple[tuple[float, float], ...]
#: always as much as is needed
FULL: Profile = ()
INF = float("inf")


def merged(profiles: Sequence[Profile], choose: Callable[[Sequence[float]], float]) -> Profile:
    """The pointwise minimum or maximum (`choose`) of profiles."""
    if len(profiles) == 1:
        return profiles[0]
    days = sorted({day for profile in profiles for day, _ in profile})
    rates = [1.0] * len(profiles)
    at = [0] * len(profiles)
    found = []
    for day in days:
        for k, profile in enumerate(profiles):
            while at[k] < len(profile) and profile[at[k]][0] <= day:
                rates[k] = profile[at[k]][1]
                at[k] += 1
        found.append((day, choose(rates)))
    return _tidy(found)


def between(start: float, end: float, rate: float) -> Profile:
    """A rate from `start` to `end`, full before and after."""
    return _tidy([(start, rate), (end, 1.0)]) if end > start else FULL


def joined(before: Profile, after: Profile, day: float) -> Profile:
    """One profile until the day, another from it on."""
    early = [step for step in before if step[0] < day]
    return _tidy([*early, (day, rate_at(after, day)), *(step for step in after if step[0] > day)])


def rate_at(profile: Profile, day: float) -> float:
    found = 1.0
    for begin, rate in profile:
        if begin > day:
            break
        found = rate
    return found


def buffered(profile: Profile, stock: float) -> Profile:
    """What users see of it: full until what is missing has used up the stock (in days of need), then as it comes.

    A stock is not filled up again within the disruption: production never exceeds need here.
    """
    left = stock
    for (day, rate), (until, _) in pairwise((*profile, (INF, 1.0))):
        short = 1.0 - rate
        if short > 0 and short * (until - day) > left:
            empty = day + left / short
            return _tidy([(empty, rate), *(step for step in profile if step[0] > empty)])
        if short > 0:
            left -= short * (until - day)
    return FULL


def missing(profile: Profile) -> float:
    """Days of full need that are not met; infinite where the profile never recovers."""
    return sum((1.0 - rate) * (until - day) for (day, rate), (until, _) in pairwise((*profile, (INF, 1.0))) if rate < 1)


def _tidy(steps: Sequence[tuple[float, float]]) -> Profile:
    """Without steps that change nothing, and without any at infinity."""
    found: list[tuple[float, float]] = []
    rate = 1.0
    for day, then in steps:
        if then != rate and day < INF:
            found.append((day, then))
            rate = then
    return tuple(found)
