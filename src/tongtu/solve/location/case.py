"""The problem all solvers here share: choose sites, serve every client from chosen ones, at least cost.

    minimise   sum_j fixed_j y_j + sum_ij cost_ij x_ij
    subject to sum_j x_ij = 1,  0 <= x_ij <= y_j,  y_j in {0, 1},  low <= sum_j y_j <= high,
               sum_i demand_i x_ij <= capacity_j y_j   where sites have a capacity

With low = high and no capacity this is the p-median problem, with capacities the capacitated facility location
problem, with neither the simple plant location problem.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: an answer this close to its bound, relatively, counts as proven where values have no known step
TOLERANCE = 1e-7
_WHOLE = 1e-6  # how far a bound must pass the last value below the best one


@dataclass(frozen=True, slots=True)
class Case:
    """`cost` (clients x sites) is of all a client asks for. Values are multiples of `step` (0: not known)."""

    cost: Floats
    fixed: Floats
    low: int
    high: int
    demand: Floats | None = None
    capacity: Floats | None = None
    step: float = 0.0

    def cutoff(self, value: float) -> float:
        """Where a bound is this high, nothing better than `value` is left."""
        return value - self.step + _WHOLE if self.step else value - TOLERANCE * max(1.0, abs(value))

    def least(self, sites: Ints) -> int | None:
        """How many of `sites` are needed to hold the demand; None where all of them do not."""
        if self.capacity is None or self.demand is None:
            return 1
        held = np.cumsum(np.sort(self.capacity[sites])[::-1])
        count = int(np.searchsorted(held, self.demand.sum() * (1 - TOLERANCE)))
        return None if count >= len(sites) else count + 1


@dataclass(frozen=True, slots=True)
class Node:
    """A part of all choices: only `sites` (rising) may be open, and those that `held` marks are.

    `price` per client is where the search for its bound begins; `bound` holds for all choices in it.
    """

    sites: Ints
    held: Bools
    low: int
    high: int
    price: Floats
    bound: float = -np.inf

    @property
    def decided(self) -> bool:
        """All its sites are open in any choice it holds."""
        return len(self.sites) == self.low or bool(self.held.all())

    def without(self, shut: Bools) -> Node:
        return replace(self, sites=self.sites[~shut], held=self.held[~shut])


def step_of(*values: Floats) -> float:
    """The greatest whole number that divides every value; 0 where some are not whole."""
    flat = np.concatenate([value.ravel() for value in values])
    if np.any(flat % 1) or np.abs(flat).max(initial=0.0) >= 2**40:
        return 0.0
    return float(np.gcd.reduce(flat.astype(np.int64), initial=0))
