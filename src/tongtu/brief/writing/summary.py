"""The headline, and the summary a person reads in thirty seconds: at most five short sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongtu.brief.facts.plain import plain
from tongtu.brief.model import Sentence
from tongtu.brief.writing import audience, changed
from tongtu.brief.writing.actions import windows
from tongtu.brief.writing.figures import targets
from tongtu.brief.writing.instrument import Instrument
from tongtu.brief.writing.material import Material, computed, from_facts, span_of, surest, title_at
from tongtu.brief.writing.ranking import picked
from tongtu.terms.why import Why

_MOST, _FULL, _ENOUGH = 5, 4, 3
"""Sentences: at most; so many that no names are added; so many beside the lead that one sentence of it will do."""
_NAME, _REPORTED = "summary", "brief_writing.reported"
_SHORT = {"zh": 110, "en": 260}
"""Characters of a quotation that is read in passing."""
_ACTORS = 4


def headline(material: Material) -> Sentence:
    """The preferred report's title as it stands there; without one its first telling words."""
    for document in material.told:
        at = title_at(document)
        if at is not None:
            return material.quoted(_NAME, "headline", at, Why("brief_writing.by-title"))
        if document.title:
            says = Why("brief_writing.titled", {"title": document.title})
            return computed(_NAME, says, Why("brief_writing.by-title-hint"))
    for document in material.told:
        for passage in material.passages[document.id][:1]:
            return material.quoted(_NAME, "headline", passage.span, Why("brief_writing.by-opening"))
    return computed(_NAME, Why("brief_writing.no-title"), Why("brief_writing.by-no-title"))


def summary(material: Material, found: Instrument) -> list[Sentence]:
    """Who issued what, the largest change, how many it concerns, by when to act, what it aims at; a report's lead."""
    issued = list(_issued(material, found))
    most, *less = [*audience.affected(material, _NAME), None]
    parts = [*changed.largest(material, _NAME), most, *windows(material, _NAME)[:1], *less, *targets(material, _NAME)]
    rest = [sentence for sentence in parts if sentence is not None]
    reports = not issued or issued[0].says.code == _REPORTED
    lead = _lead(material, reports, 1 if len(issued) + len(rest) >= _ENOUGH else 2)
    whole = [*lead, *issued, *rest] if reports else [*issued, *lead, *rest]
    return [*whole, *(_named(material) if reports and len(whole) < _FULL else ())][:_MOST]


def _issued(material: Material, found: Instrument) -> Iterator[Sentence]:
    """工业和信息化部印发《…办法》（工信部…〔2026〕3号），自2026年3月1日起施行。"""
    if found.named is None or not found.name:
        return
    number = found.number
    args: dict[str, Any] = {
        "name": found.name,
        "number": Why("brief_writing.piece-number", {"number": number["number"]}) if number else "",
        "on": Why("brief_writing.piece-on", {"day": found.issued_on}) if found.issued_on else "",
        "since": Why("brief_writing.piece-since", {"day": found.effective["day"]}) if found.effective else "",
        "until": Why("brief_writing.piece-until", {"day": found.until["day"]}) if found.until else "",
    }
    code = _REPORTED
    if found.issuer_name and (found.is_own or number):
        code, args = "brief_writing.issued", {**args, "issuer": material.name(found.issuer_name)}
    elif found.is_own:
        code = "brief_writing.issued-unsigned"
    spans = [span_of(row) for row in found.rows]
    yield computed(_NAME, Why(code, args), from_facts(found.rows), spans, surest(found.rows))


def _lead(material: Material, opens: bool, most: int) -> list[Sentence]:
    """The opening sentence of a report and its most telling ones, where they are short."""
    document = material.primary
    longest = _SHORT["en" if document.language == "en" else "zh"]
    repeal = material.lexicon.cue("repeal")  # told as a change
    short = [p for p in material.passages[document.id]
             if len(p.text) <= longest and not material.is_formula(p) and not repeal.search(p.folded)]  # fmt: skip
    opening = [p for p in short[:1] if opens and p.order == 0]
    said = [document.title, *(p.text for p in opening)]
    picks = picked(short, material.worth, most=most - len(opening), said=said)
    because = Why("brief_writing.by-rank", {"n": len(material.passages[document.id])})
    return [
        *(material.quoted(_NAME, "quote", p.span, Why("brief_writing.by-lead")) for p in opening),
        *(material.quoted(_NAME, "quote", p.span, because) for p in picks),
    ]


def _named(material: Material) -> list[Sentence]:
    """Whom a report names: listed organisations, and others that its title names or it names again."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in material.of("actors"):
        rows.setdefault(row["canonical"] or row["name"], []).append(row)
    outlets = {plain(document.outlet) for document in material.documents}
    title = material.primary.title
    shown = [
        name for name, found in rows.items()
        if plain(name) not in outlets and (found[0]["canonical"] or len(found) > 1 or name in title)
    ][:_ACTORS]  # fmt: skip
    if not shown:
        return []
    used = [rows[name][0] for name in shown]
    says = Why("brief_writing.names", {"names": tuple(material.name(name) for name in shown)})
    return [computed(_NAME, says, from_facts(used), [span_of(row) for row in used], surest(used))]
