"""Where a supply chain is thin, and which firms might fill the gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.chain.clearing.ground import Clearing, percent
from tongtu.chain.clearing.pieces import below, document, label, listed, section, table, tone_of, with_id
from tongtu.chain.clearing.worded import in_words, understood
from tongtu.chain.dossier.document import Block, Cell, Document, Section, cell, joined, same
from tongtu.chain.report.spoken import Pair, names, words
from tongtu.chain.work import Options
from tongtu.match import demand
from tongtu.registry.written import Written
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

Row = dict[str, Any]


@dataclass(frozen=True)
class Supplied:
    """`gaps`: see `demand.gaps`, empty where the question was asked in words. `firms`: see `demand.suppliers`."""

    clearing: Clearing
    asker: str | None
    gaps: pl.DataFrame
    firms: pl.DataFrame
    text: str | None
    read: Written | None = None

    def document(self, most: int | None = None) -> Document:
        asker = [] if self.asker is None else [
            words("clearing.for-asker", name=label(self.clearing.name("organisation", self.asker)))
        ]  # fmt: skip
        if self.text is not None:
            found = section("firms", self._firms(self.firms["question"].to_list()[:1], None))
            title = words("clearing.suppliers-of", text=self.text.strip().split("\n", 1)[0])
            return document(self.clearing, title, [*understood(self.read), found], *asker)
        items = names(self.clearing.registry, "items")
        rows = [self._gap(row, items) for row in self.gaps.iter_rows(named=True)]
        heads = ("place/n", "item", "cause/long", "largest/n", "home/n", "goes-into")
        each = [self._candidates(row, items) for row in self.gaps.to_dicts()[:most]]
        sections = [section("gaps", table(heads, rows, "no-gaps", None)), section("candidates", each)]
        return document(self.clearing, words("clearing.suppliers-title"), sections if each else sections[:1], *asker)

    def _gap(self, row: Row, items: dict[str, Pair]) -> list[Cell]:
        into = joined([items.get(item, same(item)) for item in row["goes_into"] or ()])
        causes = below(Why.from_json(row["why"]), "match_demand.gap-largest")
        return [cell(same(str(row["rank"]))), cell(items.get(row["item"], same(row["item"]))),
                cell(causes, "bad" if row["bottleneck"] else "warn"), cell(percent(row["largest"], 0)),
                cell(percent(row["home"], 0)), cell(into)]  # fmt: skip

    def _candidates(self, row: Row, items: dict[str, Pair]) -> Section:
        name = items.get(row["item"], same(row["item"]))
        return Section(name, self._firms([demand.question_of(row["item"])], None))

    def _firms(self, questions: list[str], most: int | None) -> list[Block]:
        mine = self.firms.filter(pl.col("question").is_in(questions))
        rows = [self._firm(row) for row in mine.iter_rows(named=True)]
        heads = ("rank/n", "firm", "score/n", "relation/day", "group", "region/day", "merits/long")
        return table(heads, rows, "no-firms", most)

    def _firm(self, row: Row) -> list[Cell]:
        why = Why.from_json(row["why"])
        relation = cell(words(f"clearing.relation-{row['relation']}"), "warn") if row["relation"] else cell(same(""))
        scored = ("match.pair", "match.profile")
        merits = listed([*_closest(why), below(why, *scored, f"match_demand.firm-{row['relation']}")])
        group = row["owner_group"]
        return [cell(same(str(row["rank"]))),
                cell(with_id(self.clearing.name("organisation", row["organisation"]), row["organisation"])),
                cell(percent(row["score"]), tone_of(row["score"])), relation,
                cell(self.clearing.name("organisation", group) if group else same("")),
                cell(self.clearing.regions.get(row["region"] or "", ["", ""])),
                cell(merits)]  # fmt: skip


def supplied(
    clearing: Clearing, *, asker: str | None = None, text: str | None = None, top: int = 5, home: str = Options().home
) -> Supplied:
    """The `top` firms for each thin place of the supply chain, or for a capability in words.

    Raises UsageFault for an asker that is no organisation, an empty text, or where there are no organisations.
    """
    clearing.filled("organisation")
    who = None if asker is None else clearing.listing("organisation", asker)
    registry, day = clearing.registry, clearing.as_of
    read = None
    if text is not None:
        clearing, questions, read = in_words(clearing, text, "need", "organisation")
        gaps = pl.DataFrame(schema={"item": pl.String})
    else:
        if registry["supplies"].is_empty():
            raise UsageFault.because("clearing.no-supplies", "clearing.no-supplies-repair")
        gaps = demand.gaps(registry, day, home=home, see=clearing.see)
        questions = demand.questions(gaps, registry, day, see=clearing.see)
    answers = clearing.meet("need", "organisation", top, questions).pairs
    firms = demand.suppliers(answers, registry, day, asker=who, asked=None if text is not None else gaps,
                             see=clearing.see, vocabularies=clearing.vocabularies)  # fmt: skip
    return Supplied(clearing, who, gaps, firms, text, read)


def _closest(why: Why) -> list[Pair]:
    """The listing of a firm that speaks most for it."""
    items = [item for part in why.parts if part.code == "match.profile" for item in part.parts]
    return [words("clearing.closest", item=items[0].args["item"])] if items else []
