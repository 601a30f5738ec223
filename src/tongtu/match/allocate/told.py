"""The reasons of an allocation: what each was given and why not better, who is short, what is full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.match.allocate.places import Places
from tongtu.solve import Relax, Solution
from tongtu.terms.why import Label, Ratio, Why

if TYPE_CHECKING:
    from tongtu.solve.market import Bools, Floats

ALLOCATION = {"ask": pl.String, "answer": pl.String, "score": pl.Float64, "why": pl.String}
UNFILLED = {"ask": pl.String, "missing": pl.Int64, "why": pl.String}
FULL = {
    "kind": pl.String, "id": pl.String, "capacity": pl.Int64, "taken": pl.Int64, "price": pl.Float64,
    "until": pl.Date, "why": pl.String,
}  # fmt: skip
_SHOWN = 3  # of the better ones that were full, how many are named

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What was chosen and what is known of it: `price` per answer, `odds` per pair where drawn by lot."""

    chosen: Bools
    solution: Solution
    price: Floats | None = None
    odds: Floats | None = None
    notes: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True)
class Frames:
    allocation: pl.DataFrame
    unfilled: pl.DataFrame
    full: pl.DataFrame


def told(pairs: pl.DataFrame, asks: Places, offers: Places, cleared: Told, wanted: pl.Series) -> Frames:
    """`pairs`: a column per kind, score; in the order of the edges of `cleared`."""
    ranked = _ranked(pairs, asks, offers, cleared)
    passed = _passed(ranked, offers, cleared)
    given = ranked.filter("chosen").select("ask", "answer", "score", "place", "odds")
    allocation = [_given(row, passed.get(row["ask"], ())) for row in given.iter_rows(named=True)]
    counts = ranked.group_by("ask").agg(pairs=pl.len(), given=pl.col("chosen").sum())
    short = asks.frame.filter(pl.col("id").is_in(wanted.implode())).select(ask="id", most="most", taken="taken")
    short = short.join(counts, on="ask", how="left", maintain_order="left").with_columns(
        pl.col("pairs", "given").fill_null(0)
    )
    short = short.with_columns(missing=pl.col("most") - pl.col("taken") - pl.col("given").cast(pl.Int64))
    rows = short.filter(pl.col("missing") > 0).iter_rows(named=True)
    stopped = cleared.solution.value is None and cleared.solution.status != "empty"
    unfilled = [
        (row["ask"], row["missing"], _short(row, passed.get(row["ask"], ()), stopped).to_json()) for row in rows
    ]
    return Frames(
        pl.DataFrame(allocation, schema=ALLOCATION, orient="row"),
        pl.DataFrame(unfilled, schema=UNFILLED, orient="row"),
        _full(ranked, offers, cleared),
    )


def _ranked(pairs: pl.DataFrame, asks: Places, offers: Places, cleared: Told) -> pl.DataFrame:
    """The pairs of each question, best first: ask, answer, score, chosen, odds, place."""
    odds = [None] * pairs.height if cleared.odds is None else cleared.odds
    ranked = pairs.select(ask=asks.kind, answer=offers.kind, score="score").with_columns(
        chosen=pl.Series(cleared.chosen, dtype=pl.Boolean), odds=pl.Series(odds, dtype=pl.Float64)
    )
    ranked = ranked.sort("ask", "score", "answer", descending=[False, True, False])
    return ranked.with_columns(place=pl.int_range(1, pl.len() + 1).over("ask"))


def _passed(ranked: pl.DataFrame, offers: Places, cleared: Told) -> dict[str, list[Row]]:
    """Per question, the best of those it was not given, with what they are."""
    facts = offers.frame.select(pl.col("id").alias("answer"), "title", "title_en", "most", "left", "until")
    price = [None] * facts.height if cleared.price is None else cleared.price
    used = ranked.filter("chosen").group_by("answer").agg(used=pl.len().cast(pl.Int64))
    facts = facts.with_columns(price=pl.Series(price, dtype=pl.Float64)).join(used, on="answer", how="left")
    facts = facts.with_columns(full=pl.col("used").fill_null(0) >= pl.col("left"))
    best = ranked.filter(~pl.col("chosen")).group_by("ask", maintain_order=True).head(_SHOWN)
    found: dict[str, list[Row]] = {}
    for row in best.join(facts, on="answer", maintain_order="left").iter_rows(named=True):
        found.setdefault(row["ask"], []).append(row)
    return found


def _given(row: Row, passed: list[Row] | tuple[()]) -> tuple[str, str, float, str]:
    """What a question was given; where it is not its first choice, which better ones were full."""
    better = [other for other in passed if other["place"] < row["place"]]
    args: dict[str, Any] = {"place": row["place"], "score": Ratio(row["score"])}
    if row["odds"] is not None:
        why = Why("match_allocation.given-by-lot", {**args, "odds": Ratio(row["odds"])})
    else:
        why = Why("match.given-instead" if better else "match.given", args, tuple(map(_why_not, better)))
    return row["ask"], row["answer"], row["score"], why.to_json()


def _short(row: Row, passed: list[Row] | tuple[()], stopped: bool) -> Why:
    """What a question is still missing, and why."""
    taken = (Why("match_allocation.taken", {"n": row["taken"]}),) if row["taken"] else ()
    if stopped:
        return Why("match_allocation.nothing-allocated", {}, taken)
    if not row["pairs"]:
        return Why("match.unfilled-none", {}, taken)
    if passed:
        others = tuple(map(_why_not, passed))
        return Why("match.unfilled-full", {"n": row["pairs"] - row["given"]}, taken + others)
    return Why("match.unfilled-few", {"n": row["pairs"]}, taken)


def _why_not(row: Row) -> Why:
    name = Label(row["title"] or row["answer"], row["title_en"] or "")
    if not row["full"]:
        return Why("match_allocation.not-chosen", {"name": name})
    return full_why(name, row["most"], row["until"], row["price"])


def full_why(name: Label, n: int, until: date | None, price: float | None) -> Why:
    """No place left, until when (if known), and what one more would add to the total (if it was asked)."""
    if until is None and price is not None:
        args = {"achievement": name, "capacity": n}
        return Why("match.full", {**args, "gain": price}) if price else Why("match.full-no-gain", args)
    worth = Why("match_allocation.worth", {"gain": price}) if price else Why("match_allocation.worth-nothing")
    parts = (worth,) if price is not None else ()
    if until is None:
        return Why("match_allocation.full", {"name": name, "n": n}, parts)
    return Why("match_allocation.full-until", {"name": name, "n": n, "until": until}, parts)


def _full(ranked: pl.DataFrame, offers: Places, cleared: Told) -> pl.DataFrame:
    price = [None] * offers.frame.height if cleared.price is None else cleared.price
    used = ranked.filter("chosen").group_by("answer").agg(used=pl.len().cast(pl.Int64))
    found = offers.frame.with_columns(price=pl.Series(price, dtype=pl.Float64))
    found = found.join(used, left_on="id", right_on="answer", how="left", maintain_order="left")
    found = found.filter(pl.col("used").fill_null(0) >= pl.col("left"))
    rows = [
        (
            offers.kind, row["id"], row["most"], row["taken"], row["price"], row["until"],
            _why_not({**row, "answer": row["id"], "full": True}).to_json(),
        )
        for row in found.iter_rows(named=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FULL, orient="row")


# --------------------------------------------------------------------------- what was not to be allocated


def left_out(
    pairs: pl.DataFrame, ask: str, answer: str, least: float, conflicts: pl.DataFrame | None, taken: pl.DataFrame | None
) -> pl.DataFrame:
    """ask, answer, why: pairs below the least score, in conflict, or already in an open case."""
    found = [pl.DataFrame(schema={ask: pl.String, answer: pl.String, "why": pl.String})]
    if conflicts is not None:
        found.append(pairs.select(ask, answer).join(conflicts.select(ask, answer, "why"), on=[ask, answer]))
    if taken is not None and {ask, answer} <= set(taken.columns):
        again = pairs.select(ask, answer).join(taken.select(ask, answer).drop_nulls(), on=[ask, answer], how="semi")
        found.append(again.with_columns(why=pl.lit(Why("match_allocation.already").to_json())))
    low = pairs.filter(pl.col("score") < least).select(ask, answer, "score")
    reasons = [
        Why("match_allocation.below", {"score": Ratio(score), "least": Ratio(least)}).to_json()
        for score in low["score"]
    ]
    found.append(low.select(ask, answer, why=pl.Series(reasons, dtype=pl.String)))
    return pl.concat(found).unique([ask, answer], keep="first", maintain_order=True).sort(ask, answer)


def limits(refused: Solution, asks: Places, offers: Places) -> tuple[Relax, ...]:
    """The same relaxation with names: whose minimum or maximum, how much it is and would have to be."""
    named = []
    for relax in refused.relax:
        side, what = relax.limit.code.removeprefix("solve.").split("-")
        of = asks if side == "left" else offers
        node = int(relax.limit.args["node"])
        args: dict[str, Any] = {"name": of.label(node)}
        if what in ("least", "most"):
            now = int(of.frame[what][node])
            args |= {"now": now, "then": now + (relax.by if what == "most" else -relax.by)}
        named.append(Relax(Why(f"match_allocation.limit-{what}", args), relax.by, relax.unit))
    return tuple(named)
