"""Options, rows and the tail: a 0/1 choice under a cap on CVaR, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongtu.solve.tail.losses import Floats, Ints, Losses, cvar
from tongtu.terms.why import Why

#: How far a sum of amounts that are not whole may be off a limit, and a CVaR off its cap, relatively.
TOLERANCE = 1e-9
#: An answer this close to its bound, relatively, is called optimal.
PROVEN = 1e-6


@dataclass(frozen=True, slots=True)
class Options:
    """Ways to take an item, those of one item side by side: `item` ascends. Of an item at most one is taken."""

    item: Ints
    value: Floats


@dataclass(frozen=True, slots=True)
class Row:
    """`least <= Σ amount over the options taken <= most`; options not named have amount 0. Whole amounts (below
    2^53 in sum) are kept to the unit."""

    limit: Why
    option: Ints
    amount: Floats
    least: float = -np.inf
    most: float = np.inf
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Tail:
    """The mean of the worst (1 - level) of the scenarios of what is taken loses at most `cap`."""

    losses: Losses
    level: float
    cap: float


class Case:
    """The data, with the entries of all rows in the order of options, and the tail's shape without its cap."""

    def __init__(
        self, n: int, options: Options, rows: Sequence[Row], losses: Losses | None = None, level: float = 0.0
    ) -> None:  # fmt: skip
        self.n, self.item, self.value = n, options.item, np.asarray(options.value, np.float64)
        self.rows, self.losses, self.level = tuple(rows), losses, level
        self.start: Ints = np.searchsorted(self.item, np.arange(n + 1))
        self.several = np.diff(self.start) > 1
        row = np.repeat(np.arange(len(rows)), [len(r.option) for r in rows])
        option = np.concatenate([np.zeros(0, np.int64), *(r.option for r in rows)])
        amount = np.concatenate([np.zeros(0), *(np.asarray(r.amount, np.float64) for r in rows)])
        order = np.lexsort((row, option))
        self.row, self.option, self.amount = row[order], option[order], amount[order]
        self.entry: Ints = np.searchsorted(self.option, np.arange(len(self.item) + 1))
        self.least, self.most = np.array([r.least for r in rows]), np.array([r.most for r in rows])
        self.size = np.ones(len(rows))
        np.maximum.at(self.size, self.row, np.abs(self.amount))
        loose = np.zeros(len(rows), bool)
        np.logical_or.at(loose, self.row, self.amount != np.round(self.amount))
        ends = np.where(np.isfinite(self.least), np.abs(self.least), 0) + np.where(
            np.isfinite(self.most), np.abs(self.most), 0
        )
        self.give = np.where(loose, TOLERANCE * np.maximum(self.size, ends), 0.0)

    def entries(self, options: Ints) -> Ints:
        """The places in `row`, `option`, `amount` of these options, in their order."""
        count = self.entry[options + 1] - self.entry[options]
        before = np.repeat(self.entry[options] - np.r_[0, np.cumsum(count)[:-1]], count)
        return np.asarray(np.arange(int(count.sum())) + before)

    def used(self, share: Floats) -> Floats:
        """Per row, the sum of amounts for these shares of the options."""
        return np.asarray(np.bincount(self.row, self.amount * share[self.option], len(self.rows)), np.float64)

    def priced(self, price: Floats) -> Floats:
        """Per option, its amounts at these prices of the rows."""
        return np.asarray(np.bincount(self.option, self.amount * price[self.row], len(self.item)), np.float64)

    def loss(self, share: Floats) -> Floats:
        """Per scenario, what these shares of the options lose."""
        if self.losses is None:
            return np.zeros(1)
        taken = np.flatnonzero(share)
        return self.losses.along(self.item[taken], share[taken])

    def tail(self, loss: Floats) -> float:
        return cvar(loss, self.level) if self.losses is not None else -np.inf

    def short(self, used: Floats) -> Floats:
        """Per row, how far below its least; 0 where it is kept."""
        return np.where(used < self.least - self.give, self.least - used, 0.0)

    def over(self, used: Floats) -> Floats:
        return np.where(used > self.most + self.give, used - self.most, 0.0)

    def keeps_rows(self, used: Floats) -> bool:
        return not (self.short(used).any() or self.over(used).any())

    def keeps_cap(self, tail: float, cap: float) -> bool:
        return tail <= cap + TOLERANCE * max(1.0, abs(cap))
