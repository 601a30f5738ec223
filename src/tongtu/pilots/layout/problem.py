"""The layout problem as numbers: what is asked, what stands, what could be done, who could pay.

Everything the model, the preview and the answers read, with no names in it: cells, sites, links between them,
steps, pots and options are numbered from 0 in the order of their ids, so that row order never shows. Hours are
hours a year, money is whole minor units of each pot's own currency.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Links:
    """Which site reaches which cell. `worth`: of one hour served, 0..1. `most`: the part of the cell's hours that
    one site may carry (1, or less where a second supplier is asked for)."""

    site: Ints
    cell: Ints
    worth: Floats
    most: Floats


@dataclass(frozen=True, slots=True)
class Steps:
    """Things that can be done once: `hours` added at `site`; `opens` a site that serves nobody before;
    `after`: the step that must be done first, -1 for none; `extra`: what a period with the step in force is worth
    beside the hours it serves (a bonus, or the penalty on hours opened)."""

    site: Ints
    hours: Floats
    opens: Bools
    after: Ints
    extra: Floats


@dataclass(frozen=True, slots=True)
class Pots:
    """A payer's money in a period. `turn`: the order of periods, where `period` no longer tells it."""

    period: Ints
    room: Ints
    turn: Ints | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """Step paid wholly by a pot, at `cost` in the pot's currency; in force from the pot's period on."""

    step: Ints
    pot: Ints
    cost: Ints


@dataclass(frozen=True, slots=True)
class Problem:
    """`hours` cells x periods; `weight`, `area` per cell; `base`, `stands` sites x periods: hours and service that need
    no choice of ours. `least`: share of its hours that an area must reach in the last period. `fewest`: sites of
    which so many must serve in the last period. Without `limited`, sites serve whatever they reach."""

    hours: Floats
    weight: Floats
    area: Ints
    base: Floats
    stands: Bools
    links: Links
    steps: Steps
    pots: Pots
    options: Options
    least: Floats
    fewest: tuple[tuple[Ints, int], ...] = ()
    limited: bool = True
    constant: float = 0.0  # value that no choice changes

    @property
    def periods(self) -> int:
        return int(self.hours.shape[1])

    @property
    def areas(self) -> int:
        return len(self.least)

    def asked(self) -> Floats:
        """Hours asked in the last period by area."""
        return np.bincount(self.area, self.hours[:, -1], self.areas).astype(np.float64)

    def last(self) -> Problem:
        """The last period alone, paid from all the pots; what must come first still comes first."""
        pots = Pots(np.zeros_like(self.pots.period), self.pots.room, self.pots.period)
        return replace(
            self, hours=self.hours[:, -1:], base=self.base[:, -1:], stands=self.stands[:, -1:], pots=pots
        )  # fmt: skip

    def in_force(self, paid: Ints) -> Bools:
        """Steps x periods for the pot that pays each step (-1: none)."""
        period = np.where(paid < 0, self.periods, self.pots.period[paid] if len(self.pots.period) else 0)
        found: Bools = np.arange(self.periods) >= period[:, None]
        return found

    def capacity(self, done: Bools) -> Floats:
        """Hours a year that each site offers in each period."""
        total = self.base.copy()
        np.add.at(total, self.steps.site, self.steps.hours[:, None] * done)
        return total

    def serving(self, done: Bools) -> Bools:
        """Sites x periods that serve at all."""
        found = self.stands.copy()
        opening = np.flatnonzero(self.steps.opens)
        np.logical_or.at(found, self.steps.site[opening], done[opening])
        return found

    def spent(self, paid: Ints) -> Ints:
        """Money taken from each pot."""
        total = np.zeros(len(self.pots.room), np.int64)
        taken = self.options.pot == paid[self.options.step]
        np.add.at(total, self.options.pot[taken], self.options.cost[taken])
        return total

    def value(self, carried: Floats, done: Bools) -> float:
        """The objective of hours carried (links x periods) with these steps in force."""
        gain = self.links.worth * self.weight[self.links.cell]
        return float(gain @ carried.sum(axis=1) + self.steps.extra @ done.sum(axis=1)) + self.constant

    def shares(self, carried: Floats) -> Floats:
        """Share of its hours that each area is served in the last period; 1 where it asks for nothing."""
        served = np.bincount(self.area[self.links.cell], carried[:, -1], self.areas)
        asked = self.asked()
        return np.where(asked > 0, served / np.maximum(asked, 1e-12), 1.0)
