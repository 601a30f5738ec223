"""The plain judge's words: three-valued truth, five verdicts, points as intervals, exact money.

Written from the public contract of the rules (`docs/add-a-rule.md`, the counting rule of groups), in exact
fractions and without a data frame; the engine shares not a line with it.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

MET, UNMET, UNKNOWN, MANUAL, NA = "met", "unmet", "unknown", "manual", "not_applicable"
WAN = 10_000 * 100  # ten thousand yuan, in fen
YI = 10_000 * WAN  # a hundred million yuan


# --- True, False and None


def both(*truths):
    if False in truths:
        return False
    return None if None in truths else True


def either(*truths):
    if True in truths:
        return True
    return None if None in truths else False


def negated(truth):
    return None if truth is None else not truth


def least(value, limit):
    return None if value is None or limit is None else value >= limit


def most(value, limit):
    return None if value is None or limit is None else value <= limit


def above(value, limit):
    return None if value is None or limit is None else value > limit


def below(value, limit):
    return None if value is None or limit is None else value < limit


def one_of(value, *allowed):
    return None if value is None else value in allowed


def total(*values):
    return None if None in values else sum(values)


def mean(*values):
    return None if None in values else Fraction(sum(values), len(values))


def share(top, bottom):
    """A quotient over something above nothing; else it is not known."""
    if top is None or bottom is None or bottom <= 0:
        return None
    return Fraction(top, bottom)


def exact(value):
    """A figure as a person wrote it: 0.7 is seven tenths."""
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


@cache
def percent(number):
    return Fraction(number) / 100


@cache
def compound(by, years):
    """What growth of so many percent a year comes to."""
    return (1 + percent(by)) ** years


def grown(now, then, years, by):
    """Whether growth a year reached `by` percent, without a root: now / then ≥ (1 + by)^years."""
    ratio = share(now, then)
    return None if ratio is None else ratio >= compound(by, years)


def full_years(start, day):
    """Whole calendar years from a day to another."""
    if start is None:
        return None
    return day.year - start.year - ((start.month, start.day) > (day.month, day.day))


# --- verdicts


class Found(NamedTuple):
    """The verdict of one criterion, of what it is made of, and of what may stand in for it."""

    path: str
    verdict: str
    parts: tuple = ()
    counts: bool = True

    def below(self):
        yield self.path, self.verdict
        for part in self.parts:
            yield from part.below()


def word(truth):
    return UNKNOWN if truth is None else MET if truth else UNMET


def counted(verdicts, needed=None):
    """k of those that apply must be met; all of them where no k is given."""
    applying = [v for v in verdicts if v != NA]
    if not applying:
        return NA
    k = len(applying) if needed is None else needed
    if applying.count(MET) >= k:
        return MET
    if len(applying) - applying.count(UNMET) < k:
        return UNMET
    return UNKNOWN if UNKNOWN in applying else MANUAL


def fact(path, truth):
    return Found(path, word(truth))


def skipped(path):
    """Not examined for this purpose."""
    return Found(path, NA)


def all_of(path, *parts):
    return Found(path, counted([p.verdict for p in parts if p.counts]), parts)


def any_of(path, *parts):
    return Found(path, counted([p.verdict for p in parts if p.counts], 1), parts)


def none_of(path, *parts):
    found = counted([p.verdict for p in parts if p.counts], 1)
    return Found(path, {MET: UNMET, UNMET: MET}.get(found, found), parts)


def waived(found, waiver):
    """Met by itself, or by what stands in for it."""
    return Found(found.path, counted([found.verdict, waiver.verdict], 1), (*found.parts, waiver), found.counts)


def aside(found):
    """Judged and shown, but it decides nothing."""
    return found._replace(counts=False)


# --- points


class Points(NamedTuple):
    """Fewest and most points; `open` where a missing fact, not a person's judgement, keeps them apart."""

    low: object
    high: object
    open: bool = False


def steps(value, *rungs, otherwise=0):
    """Points of the first rung (limit, points) the value reaches, from the best down."""
    if value is None:
        return Points(min(otherwise, *(p for _, p in rungs)), max(otherwise, *(p for _, p in rungs)), True)
    for limit, points in rungs:
        if value >= limit:
            return Points(points, points)
    return Points(otherwise, otherwise)


def up_to(value, *rungs, otherwise=0):
    """The same where less is better: the first rung the value does not pass."""
    flipped = [(-limit, points) for limit, points in rungs]
    return steps(None if value is None else -value, *flipped, otherwise=otherwise)


def straight(value, zero, full, points):
    """Nothing up to `zero`, all points from `full`, a straight line between."""
    if value is None:
        return Points(0, points, True)
    value = exact(value)
    if value <= zero or value >= full:
        points = points if value >= full else 0
    else:
        points = points * (value - zero) / (full - zero)
    return Points(points, points)


def given(truth, points):
    """Points when something holds; negative ones are taken away."""
    if truth is None:
        return Points(min(points, 0), max(points, 0), True)
    return Points(points * truth, points * truth)


def best(cap, *options):
    low, high = min(max(o.low for o in options), cap), min(max(o.high for o in options), cap)
    return Points(low, high, any(o.open for o in options) and low < high)


class Score(NamedTuple):
    """Points of a score, of its parts and of their items, by path."""

    total: Points
    parts: dict
    items: dict


def score(**parts):
    """Parts of (cap, items by name); items summed and capped, parts summed."""
    sums, items = {}, {}
    for name, (cap, found) in parts.items():
        summed = _sum(found.values())
        sums[name] = Points(min(summed.low, cap), min(summed.high, cap), summed.open)
        items |= {f"{name}.{item}": points for item, points in found.items()}
    return Score(_sum(sums.values()), sums, items)


def _sum(points):
    points = list(points)
    return Points(sum(p.low for p in points), sum(p.high for p in points), any(p.open for p in points))


def reached(path, points, limit):
    """A threshold of points: decided when the interval lies on one side of it."""
    if points.low >= limit:
        return Found(path, MET)
    if points.high < limit:
        return Found(path, UNMET)
    return Found(path, UNKNOWN if points.open else MANUAL)


def grade(points, *names):
    """The first of (from, name) the points reach."""
    return next((name for start, name in names if points >= start), None)


# --- grants


class Grant(NamedTuple):
    """What a tier unlocks. `amount` is None, or (lowest, highest) in fen, each None where it is not known."""

    name: str
    amount: tuple | None = None
    when: str = MET
    reclaimed: str | None = None
    per: str | None = None
    quota: float | None = None
    priority: int | None = None
    until: date | None = None


def fen(amount):
    """Whole fen, halves up."""
    return None if amount is None else int(Fraction(amount) + Fraction(1, 2))


def paid(amount, cap=None, more=()):
    """(lowest, highest) of an amount, increases (whether, how much) and a cap included."""
    if amount is None:
        return None, None
    low = amount + sum(extra for holds, extra in more if holds)
    high = amount + sum(extra for holds, extra in more if holds is not False)
    if cap is not None:
        low, high = min(low, cap), min(high, cap)
    return fen(low), fen(high)


def until(day, years):
    """The last day of so many years from a day."""
    return day.replace(year=day.year + years) - timedelta(days=1)


class Sheet(NamedTuple):
    """What the plain judge says about one subject: tiers as (criteria, grants), scores, grades."""

    applies: bool | None
    tiers: dict
    scores: dict = MappingProxyType({})
    grades: dict = MappingProxyType({})
