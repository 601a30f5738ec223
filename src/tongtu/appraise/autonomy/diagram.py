"""Ordered binary decision diagrams of monotone functions: what an exact probability is read from.

Bryant, "Graph-Based Algorithms for Boolean Function Manipulation", IEEE Trans. Computers 35 (1986). Variables are
asked in the order of their numbers; equal parts are held once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

FALSE, TRUE = 0, 1


class TooLarge(Exception):
    """The diagram has grown beyond its limit."""


class Diagram:
    """Functions by number; 0 and 1 are the constants."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        #: variable, function when it is false, function when it is true
        self._nodes: list[tuple[int, int, int]] = [(1 << 60, 0, 0), (1 << 60, 1, 1)]
        self._known: dict[tuple[int, int, int], int] = {}
        self._done: dict[tuple[bool, int, int], int] = {}

    def variable(self, number: int) -> int:
        return self._node(number, FALSE, TRUE)

    def all_of(self, functions: Iterable[int]) -> int:
        found = TRUE
        for function in functions:
            found = self._join(True, found, function)
        return found

    def any_of(self, functions: Iterable[int]) -> int:
        found = FALSE
        for function in functions:
            found = self._join(False, found, function)
        return found

    def probability(self, function: int, chance: Sequence[float]) -> float:
        """Probability that it holds, each variable true independently with its chance."""
        known = {FALSE: 0.0, TRUE: 1.0}
        reached, waiting = {function}, [function]
        while waiting:
            for below in self._nodes[waiting.pop()][1:]:
                if below not in reached:
                    reached.add(below)
                    waiting.append(below)
        for number in sorted(reached - {FALSE, TRUE}):  # parts were made before what they are part of
            variable, low, high = self._nodes[number]
            known[number] = (1 - chance[variable]) * known[low] + chance[variable] * known[high]
        return known[function]

    def _node(self, variable: int, low: int, high: int) -> int:
        if low == high:
            return low
        key = (variable, low, high)
        found = self._known.get(key)
        if found is None:
            if len(self._nodes) >= self._limit:
                raise TooLarge
            found = self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return found

    def _join(self, both: bool, a: int, b: int) -> int:
        """a AND b, or a OR b."""
        if a > b:
            a, b = b, a
        if a in (b, FALSE):
            return a if both or a == b else b
        if a == TRUE:
            return b if both else TRUE
        key = (both, a, b)
        found = self._done.get(key)
        if found is None:
            (u, a0, a1), (v, b0, b1) = self._nodes[a], self._nodes[b]
            if u > v:
                (a0, a1), variable = (a, a), v
            elif v > u:
                (b0, b1), variable = (b, b), u
            else:
                variable = u
            found = self._done[key] = self._node(variable, self._join(both, a0, b0), self._join(both, a1, b1))
        return found
