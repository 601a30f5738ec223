"""Offers, counter-offers and agreements of a case."""

from __future__ import annotations

from collections.abc import Iterator

from tongtu.chain.dossier.document import Block, Paragraph, Section, cell, same
from tongtu.chain.law import templates
from tongtu.chain.network.pieces import cost, share
from tongtu.chain.passage.ground import Passage, label
from tongtu.chain.passage.pieces import because, count, day, section, table
from tongtu.chain.report.spoken import Pair, pair
from tongtu.pathway.agreements import Template
from tongtu.pathway.cases import negotiation
from tongtu.terms.why import Why

_TONES = {"open": "warn", "accepted": "good", "refused": "bad", "countered": "", "expired": "bad"}


def bargaining(passage: Passage, case: str) -> Iterator[Section]:
    """The talks and what was signed; nothing where there is neither."""
    network = passage.network
    offers = passage.of(network.registry["offers"], case)
    blocks: list[Block] = []
    if offers.height:
        template = _template(passage, offers["template"].drop_nulls().to_list())
        found = negotiation(offers, passage.log(case), template, as_of=network.as_of, case=case)
        rows = [[cell(same(row["offer"])), day(row["made"]), cell(passage.organisation(row["by"])),
                 cell(passage.organisation(row["to"])), cost(row["amount"], row["currency"]),
                 cell(same("") if row["royalty"] is None else share(row["royalty"], 2)),
                 cell(network.label("offer_state", row["state"]), _TONES.get(row["state"], "")),  # type: ignore[arg-type]
                 day(row["answered"]), count(row["days"]), day(row["expires"])]
                for row in found.rounds.iter_rows(named=True)]  # fmt: skip
        heads = ("offer", "made/day", "offered-by", "offered-to", "amount/n", "royalty/n", "state", "answered/day",
                 "waited/n", "expires/day")  # fmt: skip
        blocks += table(heads, rows, "no-offers")
        apart = [[cell([row["label_zh"] or row["clause"], row["label_en"] or row["clause"]]),
                  *(cell(_position(template, row["clause"], row[side])) for side in ("a", "b"))]
                 for row in found.differences.iter_rows(named=True)]  # fmt: skip
        blocks += table(("clause", "position-a/long", "position-b/long"), apart, "agreed") if apart else []
        blocks.insert(0, _paragraph(passage, found.why))
    signed = passage.of(network.registry["agreements"], case)
    rows = [[cell(same(row["agreement"])), cell(network.label("cooperation", row["kind"])), day(row["signed"]),
             cell(passage.organisation(row["party_a"])), cell(passage.organisation(row["party_b"])),
             cost(row["amount"], row["currency"]), cell(same(row["registration"] or ""))]
            for row in signed.sort("signed", "agreement", nulls_last=True).iter_rows(named=True)]  # fmt: skip
    if rows:
        columns = ("agreement", "cooperation", "signed/day", "party-a", "party-b", "amount/n", "registration")
        blocks += table(columns, rows, "no-agreements")
    if blocks:
        yield section("talks", blocks)


def _template(passage: Passage, named: list[str]) -> Template | None:
    """The pack's template that the talks are about, if it holds it."""
    return templates(passage.network.pack).get(named[-1].partition("@")[0]) if named else None


def _position(template: Template | None, clause: str, own: str | None) -> Pair:
    """A position in the template's words, else by its code."""
    clauses = template.clauses if template else ()
    texts = {one.id: one.text for each in clauses if each.id == clause for one in each.positions}
    return pair(texts[own]) if own in texts else same(own or "—")


def _paragraph(passage: Passage, why: Why) -> Block:
    """How the talks stand, organisations by their names."""
    args = {name: label(passage.organisation(given)) if name in ("by", "to") else given
            for name, given in why.args.items()}  # fmt: skip
    return Paragraph(because(Why(why.code, args)).text)
