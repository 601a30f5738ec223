"""What a case leaves behind by how far it comes: loss, outcome and value, mean and square.

Terminal k < K: it failed at its stage k; K: all stages passed. `loss` is what was spent up to and including the failed
stage, 0 where all were passed. `outcome` is the case's weight where all were passed. `value` is the payoff less
everything spent, or minus what was spent. Costs are lognormal; within a case overruns move together (one normal for
all its stages), between cases they are independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tongtu.risk.book import Book

Floats = npt.NDArray[np.float64]
Measure = Literal["loss", "outcome", "value", "count"]
MEASURES: tuple[Measure, ...] = ("loss", "outcome", "value")


@dataclass(frozen=True)
class Worth:
    """Of a book, with costs uncertain or taken at their mean."""

    book: Book
    costs: bool = True

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Value only where some payoff is known."""
        return MEASURES if self.valued.any() else MEASURES[:2]

    @cached_property
    def summed(self) -> tuple[Measure, ...]:
        """What is added up: the measures, and where weights differ the plain number of cases industrialised."""
        return self.measures if (self.book.weight == 1).all() else (*self.measures, "count")

    @cached_property
    def valued(self) -> npt.NDArray[np.bool_]:
        return ~np.isnan(self.book.payoff)

    @cached_property
    def unit(self) -> float:
        """One unit of money in the computations: the dearest case, so that single precision has room."""
        return float(max(self._spent.max(initial=0.0), np.nan_to_num(np.abs(self.book.payoff)).max(initial=0.0), 1.0))

    @cached_property
    def _costs(self) -> tuple[Floats, Floats]:
        """Median and spread of every stage's cost: cases × most stages, 0 beyond the last."""
        book = self.book
        width = int(book.count.max(initial=0))
        inside = np.arange(width) < book.count[:, None]
        cost, sigma = np.zeros((2, len(book), width))
        cost[inside] = book.cost if self.costs else book.cost_mean
        if self.costs:
            sigma[inside] = book.cost_sigma
        return cost, sigma

    @cached_property
    def _spent(self) -> Floats:
        """Mean of what is spent up to each stage."""
        cost, sigma = self._costs
        return np.cumsum(cost * np.exp(sigma**2 / 2), axis=1)

    @cached_property
    def _spent_square(self) -> Floats:
        """Its mean square; the cost of one stage is tied to the other stages' of the case."""
        cost, sigma = self._costs
        if not sigma.any():
            return np.asarray(self._spent**2)
        square = np.zeros_like(cost)
        for k in range(cost.shape[1]):
            pair = cost[:, : k + 1, None] * cost[:, None, : k + 1]
            together = np.exp((sigma[:, : k + 1, None] + sigma[:, None, : k + 1]) ** 2 / 2)
            square[:, k] = (pair * together).sum(axis=(1, 2))
        return square

    def terminal(self, measure: Measure, cases: npt.NDArray[Any]) -> tuple[Floats, Floats]:
        """Mean and mean square by terminal, for cases with equally many stages: cases × (stages + 1), money in `unit`.

        A case whose payoff is unknown counts 0 to the value.
        """
        count = int(self.book.count[cases[0]])
        mean, square = self._tables[measure]
        return mean[cases, : count + 1], square[cases, : count + 1]

    @cached_property
    def _tables(self) -> dict[Measure, tuple[Floats, Floats]]:
        return {measure: (self._mean(measure), self._square(measure)) for measure in self.summed}

    def _mean(self, measure: Measure) -> Floats:
        """Cases × (most stages + 1); what stands beyond a case's own terminals means nothing."""
        book, (everyone, last) = self.book, (np.arange(len(self.book)), self.book.count)
        mean = np.zeros((len(book), self._spent.shape[1] + 1))
        if measure in ("outcome", "count"):
            mean[everyone, last] = book.weight if measure == "outcome" else 1.0
            return mean
        mean[:, :-1] = self._spent / self.unit
        whole = mean[everyone, last - 1]
        if measure == "loss":
            mean[everyone, last] = 0.0
            return mean
        mean *= -1
        mean[everyone, last] = np.nan_to_num(book.payoff) / self.unit - whole
        return np.asarray(mean * self.valued[:, None])

    def _square(self, measure: Measure) -> Floats:
        book, (everyone, last) = self.book, (np.arange(len(self.book)), self.book.count)
        if measure in ("outcome", "count"):
            return np.asarray(self._mean(measure) ** 2)
        square = np.zeros((len(book), self._spent.shape[1] + 1))
        square[:, :-1] = self._spent_square / self.unit**2
        if measure == "loss":
            square[everyone, last] = 0.0
            return square
        payoff, spread = np.nan_to_num(book.payoff) / self.unit, book.payoff_sd / self.unit
        whole, whole2 = self._spent[everyone, last - 1] / self.unit, square[everyone, last - 1]
        square[everyone, last] = payoff**2 + spread**2 - 2 * payoff * whole + whole2
        return np.asarray(square * self.valued[:, None])

    @cached_property
    def stage_costs(self) -> Floats:
        """Mean cost of each stage: cases × most stages, money in `unit`."""
        return np.asarray(np.diff(self._spent, axis=1, prepend=0.0) / self.unit)

    def linear(self, measure: Measure, cases: npt.NDArray[Any]) -> tuple[Floats, Floats]:
        """The mean of a measure is `of_spent` times what is spent plus `of_success` times whether all was passed."""
        book, none = self.book, np.zeros(len(cases))
        if measure in ("outcome", "count"):
            return none, book.weight[cases] if measure == "outcome" else none + 1
        if measure == "loss":
            return none + 1, -self._spent[cases, book.count[cases] - 1] / self.unit
        valued = self.valued[cases]
        return np.where(valued, -1.0, 0.0), np.nan_to_num(book.payoff[cases]) / self.unit

    def in_money(self, measure: Measure) -> float:
        return 1.0 if measure in ("outcome", "count") else self.unit

    def gains(self, measure: Measure) -> Floats:
        """What passing stage k adds to the mean: cases × most stages."""
        found = np.diff(self._mean(measure), axis=1)
        found[np.arange(found.shape[1]) >= self.book.count[:, None]] = 0.0
        return found
