"""The cheapest choice of levels, one of each measure, whose effects together reach what is needed.

Exact: choices are put together measure by measure, and one is dropped only where another costs no more and does no
less (G. L. Nemhauser and Z. Ullmann, *Discrete dynamic programming and capital allocation*, Management Science 15,
1969). What remains at the end holds an optimum, so the value is its own bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongtu.solve import Relax, Solution
from tongtu.terms.why import Why

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Level:
    """So many units of a measure: what they cost (None: not known) and what they add."""

    units: float
    cost: float | None
    gain: float


@dataclass(frozen=True, slots=True)
class Option:
    """A measure with the levels it can have; level none is understood."""

    measure: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class _State:
    """A partial choice: how many of its costs are unknown, what the others sum to, what it adds, its levels."""

    unpriced: int
    cost: float
    taken: int
    gain: float
    levels: tuple[int, ...]

    @property
    def price(self) -> tuple[int, float, int, tuple[int, ...]]:
        """Cheaper first: fewer unknown costs, less money, fewer measures, earlier ones."""
        return self.unpriced, self.cost, self.taken, tuple(-level for level in self.levels)


@dataclass(frozen=True, slots=True)
class Choice:
    """Level chosen per option (0: none, n: its n-th); `cost` is None where a chosen measure has no known cost."""

    levels: tuple[int, ...]
    gain: float
    cost: float | None
    solution: Solution


def cheapest(
    options: Sequence[Option], need: float, *, problem: str, unit: str, limit: Why, gain_unit: str
) -> Choice:  # fmt: skip
    """Least cost to add `need`. Measures whose cost is not known are used only where the others do not suffice; the
    fewest of them then. Where all together do not suffice, the status is `infeasible`, everything that adds something
    is chosen, and `relax` says by how much `limit` is missed.
    """
    if need <= _TINY:
        return Choice((0,) * len(options), 0.0, 0.0, Solution(problem, "empty", 0.0, 0.0, unit, maximise=False))
    states = [_State(0, 0.0, 0, 0.0, ())]
    for option in options:
        states = _undominated([_with(state, n, option) for state in states for n in range(len(option.levels) + 1)])
    enough = [state for state in states if state.gain >= need - _TINY]
    if not enough:
        best = max(states, key=lambda state: state.gain)
        short = (Relax(limit, need - best.gain, gain_unit),)
        return Choice(
            best.levels, best.gain, _known(best), Solution(problem, "infeasible", None, None, unit, False, short)
        )
    best = min(enough, key=lambda state: state.price)
    cost = _known(best)
    return Choice(best.levels, best.gain, cost, Solution(problem, "optimal", cost, cost, unit, maximise=False))


def _known(state: _State) -> float | None:
    return None if state.unpriced else state.cost


def _with(state: _State, n: int, option: Option) -> _State:
    if n == 0:
        return _State(state.unpriced, state.cost, state.taken, state.gain, (*state.levels, 0))
    level = option.levels[n - 1]
    unpriced = state.unpriced + (level.cost is None)
    cost, gain = state.cost + (level.cost or 0.0), state.gain + level.gain
    return _State(unpriced, cost, state.taken + 1, gain, (*state.levels, n))


def _undominated(states: list[_State]) -> list[_State]:
    """Cheapest first, each adding more than every cheaper one."""
    kept: list[_State] = []
    reached = -1.0
    for state in sorted(states, key=lambda state: (state.price, -state.gain)):
        if state.gain > reached + _TINY:
            kept.append(state)
            reached = state.gain
    return kept
