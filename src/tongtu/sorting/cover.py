"""The fewest criteria that must rise together, and among these sets the one that costs least.

A depth-first search. Sets grow by one until some suffice. A branch ends where even the best that is left cannot give
the support that lacks, where what it leaves as it is would still object, or where it cannot cost less than the best
found: bounded by Lagrange's multiplier on the support, so that little is looked at. Exact, unless it has to look at
more than `_MOST` branches of one size; then it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_STEPS = 16
_MOST = 3_000


@dataclass(frozen=True, slots=True)
class Lift:
    """One way to raise a criterion: its `cost`, the `gain` in agreement, and `tag`, what the caller knows it by."""

    cost: float
    gain: float
    tag: Any


@dataclass(frozen=True, slots=True)
class Item:
    """A criterion with its lifts. Left as it is, it stands in the way of every set that gains less than `free`."""

    lifts: tuple[Lift, ...]
    free: float = float("-inf")

    @property
    def gain(self) -> float:
        return max(lift.gain for lift in self.lifts)


@dataclass(frozen=True, slots=True)
class Cover:
    lifts: tuple[Lift, ...]
    proven: bool


Sufficient = Callable[[Sequence[Lift]], bool]


def cover(items: Sequence[Item], need: float, sufficient: Sufficient, least: int = 1) -> Cover | None:
    """A smallest set of lifts, one per item at most, that gains `need` and is `sufficient`; None: there is none.

    Among sets of that size the cheapest; of equally cheap ones always the same.
    """
    gains = sorted((item.gain for item in items), reverse=True)
    proven = True
    for size in range(least, len(items) + 1):
        most = sum(gains[:size])
        if most >= need and sum(item.free > most for item in items) <= size:
            search = _Search(items, need, size, most, sufficient)
            proven &= search.proven
            if search.best is not None:
                return Cover(search.best, proven)
    return None


class _Search:
    def __init__(self, items: Sequence[Item], need: float, size: int, most: float, sufficient: Sufficient) -> None:
        self.need, self.size, self.sufficient = need, size, sufficient
        self.price = _price(items, need, size)
        self.items = sorted(items, key=lambda item: (item.free <= most, self._reduced(item)))
        self.cheapest = _suffixes([-self._reduced(item) for item in self.items], size)
        self.greatest = _suffixes([item.gain for item in self.items], size)
        self.best: tuple[Lift, ...] | None = None
        self.least = float("inf")
        self.left = _MOST
        self._from(0, (), 0.0, 0.0)

    @property
    def proven(self) -> bool:
        return self.left > 0

    def _reduced(self, item: Item) -> float:
        return min(lift.cost - self.price * lift.gain for lift in item.lifts)

    def _from(self, n: int, taken: tuple[Lift, ...], cost: float, gain: float) -> None:
        open_ = self.size - len(taken)
        self.left -= 1
        if self.left <= 0 or (open_ and self._hopeless(n, open_, cost, gain)):
            return
        if not open_:
            free = all(item.free <= gain for item in self.items[n:])
            if free and gain >= self.need and cost < self.least and self.sufficient(taken):
                self.best, self.least = taken, cost
            return
        item = self.items[n]
        for lift in item.lifts:
            self._from(n + 1, (*taken, lift), cost + lift.cost, gain + lift.gain)
        if item.free <= gain + self.greatest[n + 1][open_]:
            self._from(n + 1, taken, cost, gain)

    def _hopeless(self, n: int, open_: int, cost: float, gain: float) -> bool:
        if len(self.items) - n < open_ or gain + self.greatest[n][open_] < self.need:
            return True
        bound = cost - self.cheapest[n][open_] + self.price * (self.need - gain)
        return bound >= self.least - 1e-12 * max(1.0, abs(self.least))


def _price(items: Sequence[Item], need: float, size: int) -> float:
    """A multiplier that makes the bound good, by ternary search (the bound is concave in it)."""

    def bound(price: float) -> float:
        reduced = sorted(min(lift.cost - price * lift.gain for lift in item.lifts) for item in items)
        return sum(reduced[:size]) + price * need

    ratios = [lift.cost / lift.gain for item in items for lift in item.lifts if lift.gain > 0]
    low, high = 0.0, max(ratios, default=0.0)
    for _ in range(_STEPS):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (left, high) if bound(left) < bound(right) else (low, right)
    return (low + high) / 2


def _suffixes(gains: Sequence[float], size: int) -> list[list[float]]:
    """`[n][r]`: the sum of the r greatest gains from the n-th on."""
    tables = []
    for n in range(len(gains) + 1):
        best = sorted(gains[n:], reverse=True)[:size]
        sums = [0.0]
        for one in best:
            sums.append(sums[-1] + one)
        tables.append(sums + [sums[-1]] * (size + 1 - len(sums)))
    return tables
