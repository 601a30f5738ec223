"""Scenarios: what happens to every single case in equally likely worlds, for whoever must choose among cases.

The worlds lie on scrambled Sobol' points of factor space. In each world a case needs one uniform number: it passes
exactly the stages whose chance of being reached and passed lies above it, which has the same distribution as a fresh
draw at every stage that stops at the first failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.risk.book import Book
from tongtu.risk.simulation.copula import Copula, Group
from tongtu.risk.simulation.factors import Factors
from tongtu.risk.simulation.passing import Passing
from tongtu.risk.simulation.points import points
from tongtu.risk.simulation.usable import drawable
from tongtu.risk.simulation.worth import Measure, Worth
from tongtu.solve.progress import Progress, check

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

_CASES = 384
_BLOCK = 65_536
_ALIKE = 2e-3  # spreads of cost closer than this come from rounding to whole units of money
_TOLERANCE = 3e-6  # of a chance: a hundredth of what a hundred million draws could tell


@dataclass(frozen=True)
class Scenarios:
    """Rows are the book's cases in their order, columns equally likely worlds.

    `loss`: minor units spent on a case that failed, 0 where it was industrialised (float32). `outcome`: whether all
    stages were passed (bool). `value`: payoff less what was spent (float32; NaN rows where the payoff is unknown), only
    where it was asked for.
    """

    cases: tuple[str, ...]
    loss: Singles
    outcome: npt.NDArray[np.bool_]
    value: Singles | None
    seed: int

    def __len__(self) -> int:
        return int(self.loss.shape[1])


def scenarios(
    book: Book, n: int, *, factors: Factors | None = None, seed: int = 0, costs: bool = True, doubt: bool = True,
    value: bool = False, progress: Progress | None = None,
) -> Scenarios:  # fmt: skip
    """`n` worlds. Memory is 5 bytes for a case and world (9 with `value`), all else is made in blocks.

    The same seed gives the same worlds; different seeds give independent ones. Raises UsageFault for n < 1 or a seed
    below 0.
    """
    return Worlds(book, factors, costs=costs, doubt=doubt).draw(n, seed=seed, value=value, progress=progress)


class Worlds:
    """A book and its model of dependence, made ready once, from which worlds can be drawn again and again."""

    def __init__(self, book: Book, factors: Factors | None = None, *, costs: bool = True, doubt: bool = True) -> None:
        self.book, self.worth = book, Worth(book, costs)
        self.copula = Copula(book, factors or Factors(), doubt=doubt)
        measures: tuple[Measure, ...] = ("outcome", "loss")
        self._towards = self.copula.slopes([self.worth.gains(m) for m in measures]) if len(book) else []

    def draw(
        self, n: int, *, seed: int = 0, value: bool = False, progress: Progress | None = None
    ) -> Scenarios:  # fmt: skip
        """As `scenarios`."""
        drawable(n, seed, "n")
        tell, cases = check(progress), len(self.book)
        z = points(n, 1, self.copula.dimensions, 0, seed, self._towards, wider=1.0).z[:n]
        if not self.copula.dimensions:
            z = np.zeros((n, 0))
        loss, outcome = np.empty((cases, n), np.float32), np.empty((cases, n), np.bool_)
        worths = np.empty((cases, n), np.float32) if value else None
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, 1])))
        done = 0
        for group in self.copula.groups:
            x = self.copula.shifts(group, z)
            for first in range(0, len(group.cases), _CASES):
                block = _Block(self.copula, self.worth, group, slice(first, first + _CASES), x)
                block.draw(rng, loss, outcome, worths)
            done += len(group.cases)
            tell(done, cases)
        return Scenarios(self.book.cases, loss, outcome, worths, seed)


class _Block:
    """Some cases of a group in all worlds, some worlds at a time."""

    def __init__(self, copula: Copula, worth: Worth, group: Group, part: slice, x: Floats) -> None:
        book, rows = copula.book, group.rows[part]
        self.worth, self.cases, self.worlds = worth, group.cases[part], x.shape[1]
        self.passing = [
            Passing(copula.threshold[rows[:, k]], x[k], group.scale, np.float32, _TOLERANCE)
            for k in range(rows.shape[1])
        ]
        self.sigma = book.cost_sigma[rows].astype(np.float32)
        self.cost = (book.cost if worth.costs else book.cost_mean)[rows].astype(np.float32)
        whole = np.cumsum(self.cost, axis=1)
        #: by stages passed, what is spent and what of it is lost
        self.spent, self.lost = np.c_[whole, whole[:, -1]], np.c_[whole, np.zeros(len(whole), np.float32)]
        self.known = not worth.costs or not self.sigma.any()
        #: all stages of a case overrun by (all but) the same factor
        self.alike = self.known or bool((np.ptp(self.sigma, axis=1) < _ALIKE).all())

    def draw(
        self, rng: np.random.Generator, loss: Singles, outcome: npt.NDArray[np.bool_], value: Singles | None
    ) -> None:
        step = min(max(64, _BLOCK // len(self.cases)), self.worlds)
        room = _Room(len(self.cases), step)
        for first in range(0, self.worlds, step):
            at = slice(first, min(first + step, self.worlds))
            if at.stop - first < step:
                room = _Room(len(self.cases), at.stop - first)
            self._pass(rng, at, room)
            outcome[self.cases, at] = success = np.equal(room.passed, self.cost.shape[1], out=room.mask)
            if value is None and self.known:
                loss[self.cases, at] = room.looked_up(self.lost)
                continue
            spent = self._spent(rng, room)
            if value is not None:
                value[self.cases, at] = self._payoff(rng, success) - spent
            spent[success] = 0
            loss[self.cases, at] = spent

    def _pass(self, rng: np.random.Generator, at: slice, room: _Room) -> None:
        """How many stages each case passes, into `room.passed`."""
        alive = self.passing[0].at(at, room.alive)
        chance = room.uniform(rng)
        np.less(chance, alive, out=room.passed.view(np.bool_))
        for passing in self.passing[1:]:
            np.multiply(alive, passing.at(at, room.each), out=alive)
            np.less(chance, alive, out=room.mask)
            room.passed += room.mask.view(np.int8)

    def _spent(self, rng: np.random.Generator, room: _Room) -> Singles:
        """On every stage entered; written over `room.alive`."""
        passed = room.passed
        if self.alike:
            spent = room.looked_up(self.spent)
            if not self.known:
                over = rng.standard_normal(out=room.each, dtype=np.float32)
                over *= self.sigma[:, :1]
                spent *= np.exp(over, out=over)
            return spent
        over = rng.standard_normal(passed.shape, np.float32)
        spent = room.alive
        spent[:] = 0
        for k in range(self.cost.shape[1]):
            spent += self.cost[:, k : k + 1] * np.exp(over * self.sigma[:, k : k + 1]) * (passed >= k)
        return spent

    def _payoff(self, rng: np.random.Generator, success: npt.NDArray[np.bool_]) -> Any:
        book = self.worth.book
        payoff, spread = book.payoff[self.cases, None], book.payoff_sd[self.cases, None]
        if spread.any():
            payoff = payoff + spread * rng.standard_normal(success.shape, np.float32)
        return np.where(success, payoff, np.where(np.isnan(payoff), np.nan, 0.0)).astype(np.float32)


class _Room:
    """Memory for a block of cases and worlds, used again and again: fresh memory would cost more than the work."""

    def __init__(self, cases: int, worlds: int) -> None:
        shape = (cases, worlds)
        self.alive, self.each, self.chance = (np.empty(shape, np.float32) for _ in range(3))
        self.passed, self.mask = np.empty(shape, np.int8), np.empty(shape, np.bool_)
        self._at = np.empty(shape, np.intp)

    def uniform(self, rng: np.random.Generator) -> Singles:
        """A number in 0..1 for each, from 32 raw bits: quicker than the generator's own way to single precision."""
        size = self.chance.size
        bits = rng.bit_generator.random_raw((size + 1) // 2).view(np.uint32)[:size]
        return np.multiply(
            bits.reshape(self.chance.shape), np.float32(2.0**-32), out=self.chance, casting="unsafe", dtype=np.float32
        )

    def looked_up(self, table: Singles) -> Singles:
        """The entry of each case's row of `table` by stages passed; written over `alive`."""
        first = np.arange(len(table)) * table.shape[1]
        np.add(self.passed, first[:, None], out=self._at)
        return np.take(table.ravel(), self._at, mode="clip", out=self.alive)
