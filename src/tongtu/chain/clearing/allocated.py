"""The market cleared at once: who gets whom and why not better, what is full and worth how much, who is short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu import match
from tongtu.chain.clearing.ground import Clearing, percent
from tongtu.chain.clearing.pieces import below, document, listed, number, section, table, tone_of, with_id
from tongtu.chain.dossier.document import Block, Cell, Document, Facts, Paragraph, Section, Tone, cell, same
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.chain.work import Options
from tongtu.match.allocate import meeting, related, stability
from tongtu.terms.why import Why

Row = dict[str, Any]
_TONES: dict[str, Tone] = {"optimal": "good", "feasible": "warn", "empty": "warn"}


@dataclass(frozen=True)
class Allocated:
    """An allocation with the pairs it was made from. `taken`: pairs of open cases; `stable`: what was found of
    pairs who would rather have each other."""

    clearing: Clearing
    pairs: pl.DataFrame
    found: match.Allocation
    taken: pl.DataFrame
    stable: Why

    def document(self, most: int | None = None) -> Document:
        sections = [self._result(), *self._relaxed(), self._given(most), self._unfilled(most), self._full(most),
                    self._left_out(most)]  # fmt: skip
        return document(self.clearing, words("clearing.clear-title"), sections)

    def _result(self) -> Section:
        """How good it is, and what there was to give."""
        solution = self.found.solution
        cases = len(self.taken)
        facts: list[tuple[Pair, Cell]] = [
            (words("clearing.given-n"), cell(shown(self.found.allocation.height))),
            (words("clearing.unfilled-n"), cell(shown(self.found.unfilled.height))),
            (words("clearing.pairs-n"), cell(shown(self.pairs.height))),
            (words("clearing.taken-n"), cell(shown(cases))),
            (words("clearing.total"), number(solution.value)),
            (words("clearing.bound"), number(solution.bound)),
            (words("clearing.gap"), cell(same("—") if solution.gap is None else percent(solution.gap, 2))),
        ]
        blocks: list[Block] = [Facts(facts)]
        blocks += [Paragraph(both(note)) for note in self.found.notes]
        if self.found.allocation.height:
            blocks.append(Paragraph(both(self.stable), "soft"))
        status = cell(
            words(f"clearing.solution-{solution.status.replace('_', '-')}"), _TONES.get(solution.status, "bad")
        )
        return section("result", blocks, status)

    def _relaxed(self) -> list[Section]:
        """What would have to give where the limits cannot all be met."""
        rows = [[cell(both(relax.limit), "bad"), number(relax.by)] for relax in self.found.solution.relax]
        return [section("relax", table(("limit/long", "by/n"), rows, "no-relax"))] if rows else []

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

    def _full(self, most: int | None) -> Section:
        """Where one more place would add most, first; those where it would add nothing are only counted."""
        full = self.found.full
        priced = full.filter(pl.col("price").fill_null(1.0) > 0).sort("price", "id", descending=[True, False])
        rows = [
            [cell(with_id(self.clearing.name(row["kind"], row["id"]), row["id"])), cell(same(str(row["capacity"]))),
             cell(same(str(row["taken"]))), _worth(row["price"]), cell(same(str(row["until"] or "")))]
            for row in priced.iter_rows(named=True)
        ]  # fmt: skip
        blocks: list[Block] = [Paragraph(words("clearing.worth-is"), "soft")] if priced["price"].count() else []
        heads = ("achievement", "places/n", "taken/n", "worth/n", "until/day")
        if rows or not full.height:
            blocks += table(heads, rows, "nothing-full", most)
        if full.height > len(rows):
            blocks.append(Paragraph(words("clearing.full-for-nothing", n=full.height - len(rows)), "soft"))
        return section("full", blocks)

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
) -> Allocated:
    """Needs and achievements brought together under both sides' places.

    `least`, `floor`, `cap`, `seed`: see `match.allocate`. `months`: who worked together within so many months is
    in conflict (the peer-review rule); None allows it. Raises UsageFault as `match.allocate` does, where a side
    is empty, and for viewers who may not know of conflicts and cases.
    """
    clearing.require("restricted")  # who is bound to whom, and which cases are open
    pairs = clearing.matched(top).pairs
    clearing.tell("allocating")
    registry, day = clearing.registry, clearing.as_of
    past = {} if months is None else {"past": "forbidden", "window": months}
    conflicts = meeting(pairs, registry, related(registry, as_of=day, **past), as_of=day)  # type: ignore[arg-type]
    taken = match.open_cases(registry)
    found = match.allocate(pairs, registry, as_of=day, least=least, conflicts=conflicts, taken=taken, floor=floor,
                           cap=cap, seed=seed, progress=clearing.progress)  # fmt: skip
    could = pairs.join(found.left_out, on=["need", "achievement"], how="anti")
    return Allocated(clearing, pairs, found, taken, stability(found.allocation, could, registry, taken=taken).why)


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


def _worth(price: float | None) -> Cell:
    return cell(same("")) if price is None else cell(shown(round(price, 4)), "warn")
