"""Listings that look like copies of one another, proposed for merging; nothing is merged here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tongtu.chain.clearing.ground import Clearing, percent
from tongtu.chain.clearing.pieces import document, label, section, table, with_id
from tongtu.chain.dossier.document import Cell, Document, Paragraph, cell, joined
from tongtu.chain.report.spoken import words
from tongtu.match import listings, sides
from tongtu.match.eligible import roots
from tongtu.terms.faults import UsageFault
from tongtu.text import duplicates

#: kinds whose texts their owners write; those of services and calls follow a pattern and look alike anyway
KINDS = ("need", "achievement", "scenario", "project")


@dataclass(frozen=True)
class Doubled:
    """`found`: kind → pairs that look like copies. `counted`: kind → listings looked at."""

    clearing: Clearing
    found: dict[str, list[duplicates.Pair]]
    counted: dict[str, int]

    def document(self, most: int | None = None) -> Document:
        heads = ("listing/long", "copy/long", "alike/n", "contained/n", "advice")
        root = roots(self.clearing.registry)
        sections = [
            section("copies", table(heads, [self._row(kind, pair, root) for pair in pairs], "no-copies", most),
                    side=label(self.clearing.ask_of(kind)), n=self.counted[kind])
            for kind, pairs in self.found.items()
        ]  # fmt: skip
        note = section("copies-are", [Paragraph(words("clearing.copies-note"), "soft")])
        return document(self.clearing, words("clearing.duplicates-title"), [*sections, note], scored=False)

    def _row(self, kind: str, pair: duplicates.Pair, root: dict[str, str]) -> list[Cell]:
        names = [cell(joined([with_id(self.clearing.name(kind, own), own), self.clearing.owner(kind, own)], "，"))
                 for own in (pair.one, pair.other)]  # fmt: skip
        owners = (self._holders[kind].get(own) or own for own in (pair.one, pair.other))
        groups = {root.get(who, who) for who in owners}
        advice = "one-holder" if len(groups) == 1 else "two-holders"
        return [*names, cell(percent(pair.exact, 0)), cell(percent(pair.contained, 0)),
                cell(words(f"clearing.advice-{advice}"))]  # fmt: skip

    @cached_property
    def _holders(self) -> dict[str, dict[str, str | None]]:
        return {k: dict(self.clearing.listings(k).select("id", "organisation").iter_rows()) for k in self.found}


def doubled(clearing: Clearing, kind: str | None = None) -> Doubled:
    """Near-duplicates among the listings of a kind, or of every kind that is entered by hand.

    Raises UsageFault for a kind that does not exist, and where there is nothing to look at.
    """
    if kind is not None:
        clearing.filled(kind)
    kinds = (kind,) if kind is not None else tuple(k for k in KINDS if clearing.listings(k).height)
    if not kinds:
        names = tuple(sides.KINDS[k].noun for k in KINDS)
        raise UsageFault.because("clearing.no-listings", "clearing.no-listings-repair", tables=names)
    found, counted = {}, {}
    for one in kinds:
        frame = clearing.listings(one)
        texts = [(row["id"], "\n".join(listings.written(row))) for row in frame.iter_rows(named=True)]
        found[one], counted[one] = duplicates.pairs(texts), frame.height
    return Doubled(clearing, found, counted)
