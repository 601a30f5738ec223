"""`allocate`: the whole market cleared at once under capacities on both sides, and what capacity is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.match.listings import open_needs
from tongtu.registry import Registry
from tongtu.solve import Progress, Solution
from tongtu.terms.why import Label, Ratio, Why

if TYPE_CHECKING:
    from tongtu.solve.flow import Assignment, Ints

_ALLOCATION = {"need": pl.String, "achievement": pl.String, "score": pl.Float64, "why": pl.String}
_UNFILLED = {"need": pl.String, "missing": pl.Int64, "why": pl.String}
_SHOWN = 3  # of the better ones that were full, how many are named

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Allocation:
    """Frames of the chain's tables `allocation` and `unfilled`, and the optimum's proof."""

    allocation: pl.DataFrame
    unfilled: pl.DataFrame
    solution: Solution


def allocate(pairs: pl.DataFrame, registry: Registry, *, as_of: date, progress: Progress | None = None) -> Allocation:
    """Choose pairs of greatest total score; no need and no achievement beyond its `capacity` (null is 1).

    `pairs`: need, achievement, score as `match` returns them; a pair that is not there is never chosen, so
    refused pairs cannot come back, whatever the scores. `allocation`: need, achievement, score, why.
    `unfilled`: need, missing, why, for open needs that got fewer partners than they want. The reasons name
    what was full and what one more place there would add to the total.
    """
    from tongtu.solve.flow import assign

    pairs = pairs.select("need", "achievement", "score").unique().sort("need", "achievement")
    needs = _side(registry, "needs", "need", pairs)
    offers = _side(registry, "achievements", "achievement", pairs)
    answer = assign(
        _rows(pairs, needs, "need"), _rows(pairs, offers, "achievement"), pairs["score"].to_numpy(),
        needs["capacity"].to_numpy(), offers["capacity"].to_numpy(),
        problem="allocation", progress=progress,
    )  # fmt: skip
    by_need = _by_need(pairs, offers, answer)
    given = [row for rows in by_need.values() for row in _given(rows)]
    wanted = open_needs(registry, as_of).select("need", pl.col("capacity").fill_null(1)).sort("need")
    short = [row for need, wants in wanted.iter_rows() for row in _short(need, wants, by_need.get(need, []))]
    return Allocation(
        pl.DataFrame(given, schema=_ALLOCATION, orient="row"),
        pl.DataFrame(short, schema=_UNFILLED, orient="row"),
        answer.solution,
    )


def _side(registry: Registry, noun: str, key: str, pairs: pl.DataFrame) -> pl.DataFrame:
    """Listings that stand in a pair, with their capacity, numbered in the order of their ids."""
    own = registry[noun].select(key, "title", "title_en", "capacity")
    asked = pairs.select(key).unique().join(own, on=key, how="left").sort(key)
    return asked.with_columns(pl.col("capacity").fill_null(1)).with_row_index("row")


def _rows(pairs: pl.DataFrame, side: pl.DataFrame, key: str) -> Ints:
    joined = pairs.select(key).join(side.select(key, "row"), on=key, maintain_order="left")
    return joined["row"].cast(pl.Int64).to_numpy()


def _by_need(pairs: pl.DataFrame, offers: pl.DataFrame, answer: Assignment) -> dict[str, list[Row]]:
    """The pairs of each need, best first, with `chosen`, `place` among them and the achievement's price."""
    facts = offers.select("achievement", "title", "title_en", "capacity", price=pl.Series(answer.price))
    told = pairs.with_columns(chosen=pl.Series(answer.chosen, dtype=pl.Boolean))
    told = told.join(facts, on="achievement", maintain_order="left")
    told = told.sort("need", "score", "achievement", descending=[False, True, False])
    told = told.with_columns(place=pl.int_range(1, pl.len() + 1).over("need"))
    return {need: list(rows) for need, rows in groupby(told.iter_rows(named=True), key=itemgetter("need"))}


def _given(rows: list[Row]) -> Iterator[tuple[str, str, float, str]]:
    """What a need was given: and where it is not its first choice, which better ones were full."""
    for row in rows:
        if row["chosen"]:
            full = [better for better in rows[: row["place"] - 1] if not better["chosen"]]
            code = "match.given-instead" if full else "match.given"
            why = Why(code, {"place": row["place"], "score": Ratio(row["score"])}, _full(full))
            yield row["need"], row["achievement"], row["score"], why.to_json()


def _short(need: str, wants: int, rows: list[Row]) -> Iterator[tuple[str, int, str]]:
    """What a need is still missing, and why."""
    missing = wants - sum(row["chosen"] for row in rows)
    if missing <= 0:
        return
    full = [row for row in rows if not row["chosen"]]
    if not rows:
        why = Why("match.unfilled-none")
    elif full:
        why = Why("match.unfilled-full", {"n": len(full)}, _full(full))
    else:
        why = Why("match.unfilled-few", {"n": len(rows)})
    yield need, missing, why.to_json()


def _full(rows: list[Row]) -> tuple[Why, ...]:
    """The best of those that had no place left; what one more place would add to the total score."""
    return tuple(
        Why(
            "match.full" if row["price"] else "match.full-no-gain",
            {
                "achievement": Label(row["title"] or row["achievement"], row["title_en"] or ""),
                "capacity": row["capacity"],
                **({"gain": row["price"]} if row["price"] else {}),
            },
        )
        for row in rows[:_SHOWN]
    )
