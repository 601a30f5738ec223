"""Which instrument the reports speak of: its name, number, issuer and days, each with the fact that says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongtu.brief.document import Document
from tongtu.brief.facts.plain import plain
from tongtu.brief.writing.material import Material, span_of

Row = Mapping[str, Any]
_HEAD, _TAIL = 600, 200
"""Characters at the beginning and end of a document in which it speaks of itself."""
_ALONE = 30  # characters beside a number on a line of its own, at most
_CITED = 12  # characters before a number in which it is said to be another's
_OFFICES = ("ministry", "local")
_NO_INSTRUMENT = frozenset(("news", "speech"))


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the preferred report issues or reports; a row of facts for whatever it says of it."""

    document: Document
    named: Row | None = None
    number: Row | None = None
    issuer: Row | None = None
    issued: Row | None = None
    effective: Row | None = None
    until: Row | None = None

    @property
    def name(self) -> str:
        """Without its issuer in front, which a sentence says before it."""
        name = str(self.named["name"]) if self.named else ""
        for said in filter(None, (self.issuer_name, str(self.issuer["name"]) if self.issuer else "")):
            name = name.removeprefix(said)
        return name

    @property
    def issuer_name(self) -> str:
        if self.number and self.number["issuer"]:
            return str(self.number["issuer"])
        return str(self.issuer["canonical"] or self.issuer["name"]) if self.issuer else ""

    @property
    def issued_on(self) -> date | None:
        if self.is_own and self.document.published:
            return self.document.published
        return self.issued["day"] if self.issued else None

    @property
    def is_own(self) -> bool:
        """Whether the document is the instrument itself, not a report about it: by its title, and an office's hand."""
        named = self.named is not None and plain(self.named["name"]) in plain(self.document.title)
        return named and (self.document.official or self.number is not None)

    @property
    def rows(self) -> list[Row]:
        """The facts it rests on."""
        found = (self.named, self.number, self.issuer, self.issued, self.effective, self.until)
        return [row for row in found if row is not None]


def instrument(material: Material) -> Instrument:
    """The instrument of the preferred report, or of the first other one that names any."""
    for document in material.told:
        found = _of(material, document)
        if found.named is not None:
            return found
    return _of(material, material.primary)


def _of(material: Material, document: Document) -> Instrument:
    named = _named(material, document)
    number = _number(material, document)
    dates = material.of("dates", document)
    whole = [row for row in dates if row["precision"] == "day" and not _of_another(material, row)]
    issued = _first(whole, "issued", limit=_HEAD)
    return Instrument(document, named, number, _issuer(material, document, number), issued,
                      _first(dates, "effective"), _first(whole, "until"))  # fmt: skip


def _named(material: Material, document: Document) -> Row | None:
    """The instrument the title names; else the marked one that the opening names first."""
    rows = [row for row in material.of("instruments", document) if row["kind"] not in _NO_INSTRUMENT]
    title = plain(document.title)
    inside = [row for row in rows if plain(row["name"]) in title]
    marked = [row for row in inside if len(row["name"]) < len(document.title)]
    return next(iter(marked or inside), None) or next((row for row in rows if row["start"] < _HEAD), None)


def _number(material: Material, document: Document) -> Row | None:
    """The document's own number: on a line of its own near the top, else the only one that is not cited."""
    rows = material.of("numbers", document)
    if (row := _number_line(document, rows)) is not None:
        return row
    text, cites = material.folded[document.id], material.lexicon.cue("cites")
    own = [row for row in rows if not cites.search(text, max(row["start"] - _CITED, 0), row["start"])]
    return own[0] if len({row["number"] for row in own}) == 1 else None


def _number_line(document: Document, rows: Iterable[Row]) -> Row | None:
    """The number that stands on a line of its own below the title."""
    for row in rows:
        block = document.block_at(row["start"])
        if row["start"] < _HEAD and block and block.end - block.start <= row["end"] - row["start"] + _ALONE:
            return row
    return None


def speaker(material: Material, document: Document) -> str:
    """Who speaks in a document that names no outlet: the listed office whose number it bears; empty where none is."""
    row = _number_line(document, material.of("numbers", document))
    return str(row["issuer"] or "") if row else ""


def _issuer(material: Material, document: Document, number: Row | None) -> Row | None:
    """The office that the title, the opening or the signature names."""
    rows = [row for row in material.of("actors", document) if row["kind"] in _OFFICES]
    if number and number["issuer"]:
        return next((row for row in rows if row["canonical"] == number["issuer"]), None)
    title = plain(document.title)
    in_title = [row for row in rows if title and plain(row["name"]) in title]
    ends = [row for row in rows if row["start"] < _HEAD or row["end"] > len(document.text) - _TAIL]
    return next(iter(in_title or ends), None)


def _of_another(material: Material, row: Row) -> bool:
    """Whether a day is that of an instrument which this one repeals."""
    passage = material.passage_at(span_of(row))
    return passage is not None and material.lexicon.cue("repeal").search(passage.folded) is not None


def _first(rows: Iterable[Row], kind: str, limit: int | None = None) -> Row | None:
    return next((row for row in rows if row["kind"] == kind and (limit is None or row["start"] < limit)), None)
