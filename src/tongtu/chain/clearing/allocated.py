"""The market cleared at once: who gets whom and why not better, what is full and worth how much, who is short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu import match
from tongtu.chain.clearing.ground import Clearing, percent
from tongtu.chain.clearing.pieces import below, document, listed, number, section, table, tone_of, with_id
from tongtu.chain.dossier.document import Block, Cell, Document, Facts, Paragraph, Section, Tone, cell, same
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.chain.work import Options
from tongtu.match import sides
from tongtu.match.allocate import agree, declared, meeting, related, stability
from tongtu.solve import Solution
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

Row = dict[str, Any]
_TONES: dict[str, Tone] = {"optimal": "good", "feasible": "warn", "empty": "warn"}


@dataclass(frozen=True)
class Allocated:
    """An allocation with the pairs it was made from. `taken`: pairs of open cases; `stable`: what was found of
    pairs who would rather have each other; `ranked`: both sides' orders decided, not the score."""

    clearing: Clearing
    pairs: pl.DataFrame
    found: match.Allocation
    taken: pl.DataFrame
    stable: Why
    ranked: bool = False

    def document(self, most: int | None = None) -> Document:
        give = relaxed(self.found.solution, "relax-ranked" if self.ranked else "relax-or")
        full = no_place_left(self.clearing, self.found.full, most)
        sections = [self._result(), *give, self._given(most), self._unfilled(most), full, self._left_out(most)]
        return document(self.clearing, words("clearing.clear-title"), sections)

    def _result(self) -> Section:
        """How good it is, and what there was to give."""
        solution = self.found.solution
        cases = len(self.taken)
        bound, gap = ("greatest", "cost-of-orders") if self.ranked else ("bound", "gap")
        share = _lost(solution) if self.ranked else solution.gap
        facts: list[tuple[Pair, Cell]] = [
            (words("clearing.given-n"), cell(shown(self.found.allocation.height))),
            (words("clearing.unfilled-n"), cell(shown(self.found.unfilled.height))),
            (words("clearing.pairs-n"), cell(shown(self.pairs.height))),
            (words("clearing.taken-n"), cell(shown(cases))),
            (words("clearing.total"), number(solution.value)),
            (words(f"clearing.{bound}"), number(solution.bound)),
            (words(f"clearing.{gap}"), cell(same("—") if share is None else percent(share, 2))),
        ]
        blocks: list[Block] = [Facts(facts)]
        blocks += [Paragraph(both(note)) for note in self.found.notes]
        if self.found.allocation.height:
            blocks.append(Paragraph(both(self.stable), "soft"))
        return section("result", blocks, self._status())

    def _status(self) -> Cell:
        status = self.found.solution.status
        if self.ranked and status in ("optimal", "feasible"):
            return cell(words("clearing.solution-stable"), "good")
        return status_of(self.found.solution)

    def _given(self, most: int | None) -> Section:
        rows = []
        given = self.found.allocation.sort("score", "need", descending=[True, False])
        for row in given.iter_rows(named=True):
            rows.append([self._named("need", row), self._named("achievement", row),
                         cell(percent(row["score"]), tone_of(row["score"])), cell(_given(row["why"]))])  # fmt: skip
        heads = ("need", "achievement", "score/n", "because/long")
        return section("allocation", table(heads, rows, "no-allocation", most))

    def _unfilled(self, most: int | None) -> Section:
        left = dict(self.found.left_out.group_by("need").len().iter_rows())
        rows = [[self._named("need", row), cell(same(str(row["missing"]))), cell(_short(row, left))]
                for row in self.found.unfilled.iter_rows(named=True)]  # fmt: skip
        return section("unfilled", table(("need", "missing/n", "because/long"), rows, "no-unfilled", most))

    def _left_out(self, most: int | None) -> Section:
        """Conflicts and open cases one by one; pairs below the least score are only counted."""
        low = "match_allocation.below"
        left = [row for row in self.found.left_out.to_dicts() if Why.from_json(row["why"]).code != low]
        rows = [[self._named("need", row), self._named("achievement", row), cell(both(row["why"]))] for row in left]
        blocks = table(("need", "achievement", "because/long"), rows, "nothing-left-out", most)
        below_least = self.found.left_out.height - len(left)
        if below_least:
            blocks.append(Paragraph(words("clearing.below-least", n=below_least), "soft"))
        return section("left-out", blocks)

    def _named(self, kind: str, row: Row) -> Cell:
        return cell(with_id(self.clearing.name(kind, row[kind]), row[kind]))


def allocated(
    clearing: Clearing,
    *,
    top: int = Options().top,
    least: float = Options().least,
    floor: float | None = None,
    cap: float | None = None,
    seed: str | None = None,
    months: int | None = None,
    loads: pl.DataFrame | None = None,
    rankings: pl.DataFrame | None = None,
    apart: pl.DataFrame | None = None,
) -> Allocated:
    """Needs and achievements brought together under both sides' places.

    `least`, `floor`, `cap`, `seed`: see `match.allocate`. `months`: who worked together within so many months is
    in conflict (the peer-review rule); None allows it. `loads`, `rankings`, `apart`: tables of the round, as `given`
    reads them; with `rankings` both sides' orders decide, and score, floor and draw do not. Raises UsageFault as
    `match.allocate` does, where a side is empty, and for viewers who may not know of conflicts and cases.
    """
    clearing.require("restricted")  # who is bound to whom, and which cases are open
    if rankings is not None and (floor is not None or cap is not None):
        raise UsageFault.because("clearing.rankings-alone", "clearing.rankings-alone-repair")
    registry, day = clearing.registry, clearing.as_of
    pairs, refused = _ranked(clearing, rankings) if rankings is not None else (clearing.matched(top).pairs, None)
    clearing.tell("allocating")
    conflicts = in_conflict(clearing, pairs, months, apart)
    if refused is not None:
        conflicts = pl.concat([conflicts, refused])
        pairs = pl.concat([pairs, refused.select("need", "achievement", score=pl.lit(0.0))])
    taken = match.open_cases(registry)
    held: dict[str, Any] = {"loads": loads, "conflicts": conflicts, "taken": taken, "progress": clearing.progress}
    if rankings is not None:
        found = agree(rankings, pairs, registry, as_of=day, **held)
    else:
        found = match.allocate(pairs, registry, as_of=day, least=least, floor=floor, cap=cap, seed=seed, **held)
    could = pairs.join(found.left_out, on=["need", "achievement"], how="anti")
    stable = stability(found.allocation, could, registry, rankings=rankings, loads=loads, taken=taken).why
    return Allocated(clearing, pairs, found, taken, stable, rankings is not None)


def in_conflict(
    clearing: Clearing, pairs: pl.DataFrame, months: int | None, apart: pl.DataFrame | None,
    ask: str = "need", answer: str = "achievement",
) -> pl.DataFrame:  # fmt: skip
    """ask, answer, why: pairs that must not be brought together, whatever is on record or declared for the round.

    Where the two make no deal with each other, what is declared for the round alone keeps them apart.
    """
    registry, day = clearing.registry, clearing.as_of
    past: dict[str, Any] = {} if months is None else {"past": "forbidden", "window": months}
    trade = sides.kind_of(ask).trades and sides.kind_of(answer).trades
    known = related(registry, as_of=day, **past)
    known = known if trade else known.clear()
    if apart is not None:
        known = pl.concat([known, declared(apart, day)]).unique().sort(known.columns)
    return meeting(pairs, registry, known, as_of=day, ask=ask, answer=answer, itself=not trade)


def _ranked(clearing: Clearing, rankings: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """need, achievement, score of the pairs somebody ranks; and of those who are not eligible, why."""
    clearing.filled("need", "achievement")
    mine, theirs = (rankings.filter(pl.col("kind") == kind) for kind in ("need", "achievement"))
    named = pl.concat([mine.select(question="id", answer="other"), theirs.select(question="other", answer="id")])
    found = clearing.among("need", "achievement", named.unique())
    names = {"question": "need", "answer": "achievement"}
    return found.pairs.rename(names), found.refusals.rename(names)


def _lost(solution: Solution) -> float | None:
    """What share of the bound is not reached."""
    if solution.value is None or solution.bound is None:
        return None
    return 1.0 - solution.value / solution.bound if solution.bound else 0.0


def status_of(solution: Solution) -> Cell:
    """How an optimisation ended."""
    return cell(words(f"clearing.solution-{solution.status.replace('_', '-')}"), _TONES.get(solution.status, "bad"))


def relaxed(solution: Solution, hint: str) -> list[Section]:
    """What would have to give where limits cannot all be met, and what else could be done (`clearing.HINT`)."""
    rows = [[cell(both(relax.limit), "bad"), number(relax.by)] for relax in solution.relax]
    found = [*table(("limit/long", "by/n"), rows, "no-relax"), Paragraph(words(f"clearing.{hint}"), "soft")]
    return [section("relax", found)] if rows else []


def _given(stored: str) -> Pair:
    """Why a need was given this one; a first choice needs no more words."""
    why = Why.from_json(stored)
    return words("clearing.first-choice") if why.code == "match.given" and why.args["place"] == 1 else _sentences(why)


def _short(row: Row, left_out: dict[str, int]) -> Pair:
    """Why a need is short; where all it was proposed was left out, it is told so."""
    why = Why.from_json(row["why"])
    if why.code == "match.unfilled-none" and left_out.get(row["need"]):
        return listed([words("clearing.all-left-out", n=left_out[row["need"]]), below(why)])
    return _sentences(why)


def _sentences(why: Why) -> Pair:
    """A reason and its finer ones, one after another."""
    return listed([both(Why(why.code, why.args)), below(why)])


def no_place_left(
    clearing: Clearing, full: pl.DataFrame, most: int | None, called: Callable[[str], Pair] | None = None
) -> Section:  # fmt: skip
    """Where one more place would add most, first; those where it would add nothing are only counted.

    `called`: what a kind is called, where there are several.
    """
    priced = full.filter(pl.col("price").fill_null(1.0) > 0)
    priced = priced.sort("price", "kind", "id", descending=[True, False, False])
    rows = []
    for row in priced.iter_rows(named=True):
        layer = [] if called is None else [cell(called(row["kind"]))]
        name = cell(with_id(clearing.name(row["kind"], row["id"]), row["id"]))
        counts = [cell(same(str(row[count]))) for count in ("capacity", "taken")]
        rows.append([*layer, name, *counts, _worth(row["price"]), cell(same(str(row["until"] or "")))])
    blocks: list[Block] = [Paragraph(words("clearing.worth-is"), "soft")] if priced["price"].count() else []
    heads = (*(("layer", "listing") if called else ("achievement",)), "places/n", "taken/n", "worth/n", "until/day")
    if rows or not full.height:
        blocks += table(heads, rows, "nothing-full", most)
    if full.height > len(rows):
        code = "full-anywhere-for-nothing" if called else "full-for-nothing"
        blocks.append(Paragraph(words(f"clearing.{code}", n=full.height - len(rows)), "soft"))
    return section("full-anywhere" if called else "full", blocks)


def _worth(price: float | None) -> Cell:
    return cell(same("")) if price is None else cell(shown(round(price, 4)), "warn")
