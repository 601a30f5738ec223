"""Sentences a source says outright, found by a cue word of the pack or by the heading they stand under; quoted."""

from __future__ import annotations

import re

from tongtu.brief.document import Span
from tongtu.brief.facts.plain import plain
from tongtu.brief.model import Sentence
from tongtu.brief.writing.material import Material
from tongtu.brief.writing.passages import Passage
from tongtu.brief.writing.ranking import picked
from tongtu.terms.why import Why

_ROLES = ("says_changed", "says_matters", "says_do", "says_care")
_SIGN = re.compile(r"[:：]")
_LABEL = 24  # characters of a label, at most


def by_cue(material: Material, name: str, role: str, code: str, *, most: int, formulas: bool = True) -> list[Sentence]:
    """The best sentences that hold a cue of this role, in reading order; formulas of official letters if wanted."""
    pattern = material.lexicon.cue(role)
    inside = [
        p for document in material.told for p in material.passages[document.id]
        if pattern.search(p.folded) and (formulas or not material.is_formula(p))
    ]  # fmt: skip
    chosen = {p.span for p in picked(inside, material.worth, most=most)}
    because = Why("brief_writing.by-cue")
    return [material.quoted(name, code, p.span, because) for p in inside if p.span in chosen]


def under_heading(material: Material, name: str, role: str, *, most: int) -> list[Sentence]:
    """What stands under a heading or behind a label that says what this field says: 变化, What changed, 关注对象：…"""
    pattern = material.lexicon.cue(role)
    found: list[Sentence] = []
    for document in material.told:
        for passage in material.passages[document.id]:
            label = _label(material, passage)
            titled = label or passage.heading
            if titled and pattern.search(plain(titled)):
                start = passage.span.start + (len(label) + 1 if label else 0)
                start += len(document.text[start:]) - len(document.text[start:].lstrip())
                span = Span(document.id, start, passage.span.end)
                because = Why("brief_writing.by-heading", {"heading": titled})
                found.append(material.quoted(name, "quote", span, because))
    return found[:most]


def _label(material: Material, passage: Passage) -> str:
    """The label in front of a sentence that says which field it is of (Who should care: …); else empty."""
    label, sign, rest = re.split(r"([:：])", passage.text, maxsplit=1) if _SIGN.search(passage.text) else ("", "", "")
    known = sign and len(label) <= _LABEL and rest.strip()
    return label if known and material.lexicon.either(*_ROLES).search(plain(label)) else ""
