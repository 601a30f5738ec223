"""`Live`: an allocation that is repaired, not recomputed, when a need comes in or a listing changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from tongtu.match.allocate.places import bound_to_give, market_of, once, places
from tongtu.registry import Registry
from tongtu.solve import Solution
from tongtu.terms.faults import UsageFault

if TYPE_CHECKING:
    from tongtu.solve.market import Ints
    from tongtu.solve.repair import Change


class Live:
    """A cleared market by ids. Every change returns what it did: ask, answer, score, given (false: taken away).

    Holds the potentials of the optimum (`solve.repair`); after each change it is an optimum again, equal in value
    to a full allocation. Which of several equal ones it is may differ from `allocate`, whose ties go to lower ids.
    """

    def __init__(
        self, pairs: pl.DataFrame, registry: Registry, *, ask: str = "need", answer: str = "achievement",
        loads: pl.DataFrame | None = None, taken: pl.DataFrame | None = None,
    ) -> None:  # fmt: skip
        """`pairs`, `loads`, `taken` as in `allocate`. Raises UsageFault where minima cannot be met."""
        from tongtu.solve.flow import best
        from tongtu.solve.repair import Clearing

        known = once(pairs, ask, answer)
        asks, offers = (
            places(registry, kind, pl.concat([known[kind], bound_to_give(loads, kind)]), loads, taken)
            for kind in (ask, answer)
        )
        found = best(market_of(known, asks, offers))
        if found.solution.status == "infeasible":
            raise UsageFault.because("match_allocation.not-standing", "match_allocation.not-standing-repair")
        self.ask, self.answer = ask, answer
        self._clearing = Clearing(found)
        self._asks = {own: row for row, own in enumerate(asks.frame["id"])}
        self._answers = {own: row for row, own in enumerate(offers.frame["id"])}
        self._pairs: list[tuple[str, str, float]] = list(known.iter_rows())
        self._edge = {(a, b): k for k, (a, b, _) in enumerate(self._pairs)}

    def allocation(self) -> pl.DataFrame:
        """ask, answer, score as they stand."""
        return self._told(self._clearing.chosen)

    def solution(self) -> Solution:
        return self._clearing.solution("allocation")

    def add(self, ask: str, pairs: pl.DataFrame, places: int = 1) -> pl.DataFrame:
        """A new question with its pairs (answer, score). Answers nobody knew yet get no place before `offer`.

        Raises UsageFault where the question is known already.
        """
        self._unknown(ask, self._asks)
        known = self._known(pairs, self.answer, self._answers)
        rows = _rows(known[self.answer], self._answers)
        self._asks[ask] = len(self._asks)
        self._more((ask, own, score) for own, score in known.select(self.answer, "score").iter_rows())
        return self._change(self._clearing.add_left(rows, known["score"].to_numpy(), places))

    def offer(self, answer: str, pairs: pl.DataFrame, places: int = 1) -> pl.DataFrame:
        """A new answer with its pairs (ask, score)."""
        self._unknown(answer, self._answers)
        known = self._known(pairs, self.ask, self._asks)
        rows = _rows(known[self.ask], self._asks)
        self._answers[answer] = len(self._answers)
        self._more((own, answer, score) for own, score in known.select(self.ask, "score").iter_rows())
        return self._change(self._clearing.add_right(rows, known["score"].to_numpy(), places))

    def remove(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Pairs that must no longer meet (a conflict came up, a listing closed); unknown ones are passed over."""
        found = [self._edge[pair] for pair in pairs.select(self.ask, self.answer).iter_rows() if pair in self._edge]
        return self._change(self._clearing.remove(found))

    def asks_for(self, ask: str, places: int) -> pl.DataFrame:
        """Another number of partners wanted; 0 closes the question."""
        return self._change(self._clearing.left_most(self._row(ask, self._asks), places))

    def offers(self, answer: str, places: int) -> pl.DataFrame:
        """Another number of places."""
        return self._change(self._clearing.right_most(self._row(answer, self._answers), places))

    def price(self, answer: str) -> float:
        """What one more place would add to the total score."""
        return self._clearing.price(self._row(answer, self._answers))

    def _more(self, pairs: Iterable[tuple[str, str, float]]) -> None:
        for ask, answer, score in pairs:
            self._edge[ask, answer] = len(self._pairs)
            self._pairs.append((ask, answer, score))

    def _change(self, change: Change) -> pl.DataFrame:
        given, taken = (self._told(edges) for edges in change)
        every = pl.concat([given.with_columns(given=pl.lit(True)), taken.with_columns(given=pl.lit(False))])
        return every.sort(self.ask, self.answer)

    def _told(self, edges: Ints) -> pl.DataFrame:
        schema = {self.ask: pl.String, self.answer: pl.String, "score": pl.Float64}
        frame = pl.DataFrame([self._pairs[k] for k in edges.tolist()], schema=schema, orient="row")
        return frame.sort(self.ask, self.answer)

    @staticmethod
    def _known(pairs: pl.DataFrame, kind: str, rows: dict[str, int]) -> pl.DataFrame:
        """Pairs with a known other side, each once at its best score."""
        best = pairs.select(kind, "score").sort(kind, "score", descending=[False, True])
        best = best.unique([kind], keep="first", maintain_order=True)
        return best.filter(pl.Series([own in rows for own in best[kind]], dtype=pl.Boolean))

    @staticmethod
    def _row(own: str, rows: dict[str, int]) -> int:
        if own not in rows:
            raise UsageFault.because("match_allocation.not-known", "match_allocation.not-known-repair", id=own)
        return rows[own]

    @staticmethod
    def _unknown(own: str, rows: dict[str, int]) -> None:
        if own in rows:
            raise UsageFault.because("match_allocation.known", "match_allocation.known-repair", id=own)


def _rows(ids: pl.Series, rows: dict[str, int]) -> Ints:
    import numpy as np

    return np.array([rows[own] for own in ids], np.int64)
