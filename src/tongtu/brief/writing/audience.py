"""Who should care: named groups with counts out of the registry; else whom the text itself says it holds for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongtu.brief.document import Span
from tongtu.brief.facts import clauses
from tongtu.brief.facts.plain import plain
from tongtu.brief.model import Sentence
from tongtu.brief.writing.material import Material, computed, span_of
from tongtu.brief.writing.said import by_cue, under_heading
from tongtu.terms.why import Why

_NAME = "who_should_care"
_GROUPS, _SUBJECTS, _SAID, _TOLD = 6, 3, 2, 2
_SUMMED = ("gains", "loses", "opens", "closes")
_WORKS, _PARTS = "works", 3
_NOUNS = ("organisations", "needs", "achievements")


def who_should_care(material: Material) -> list[Sentence]:
    """Groups by what happens to them; then, quoted, for whom the text says it is meant."""
    found = list(_groups(material))
    quoted = [*_subjects(material), *by_cue(material, _NAME, "applies", "applies", most=_SAID, formulas=False)]
    quoted += under_heading(material, _NAME, "says_care", most=_SAID)
    first = {sentence.spans[0]: sentence for sentence in reversed(quoted)}
    return [*found, *[sentence for sentence in quoted if first[sentence.spans[0]] is sentence][:_SUBJECTS]]


def affected(material: Material, name: str) -> list[Sentence]:
    """How many of all are affected, for the summary: of each effect its largest count, at most two of them."""
    rows = [row for row in _rows(material) if row["group_by"] == "all" and row["effect"] in _SUMMED]
    rows.sort(key=lambda row: -(row["subjects"] or 0))
    largest = {row["effect"]: row for row in reversed(rows)}
    return [_group(material, name, row) for row in rows if largest[row["effect"]] is row][:_TOLD]


def _rows(material: Material) -> list[Mapping[str, Any]]:
    return [] if material.groups.is_empty() else list(material.groups.iter_rows(named=True))


def _groups(material: Material) -> Iterator[Sentence]:
    """What rules do to everybody first, then to the largest groups; then who works in what the reports touch."""
    rows = [row for row in _rows(material) if row["effect"] != "other"]
    judged = [row for row in rows if row["effect"] != _WORKS]
    for row in sorted(judged, key=_is_part)[:_GROUPS]:
        yield _group(material, _NAME, row)
    working = sorted((row for row in rows if row["effect"] == _WORKS and row["noun"] in _NOUNS), key=_is_part)
    whole = [row for row in working if not _is_part(row)]
    parts = sorted((row for row in working if _is_part(row)), key=lambda row: -(row["subjects"] or 0))
    for row in [*whole, *parts[:_PARTS]]:
        yield _group(material, _NAME, row)


def _is_part(row: Mapping[str, Any]) -> bool:
    return bool(row["group_by"] != "all")


def _group(material: Material, name: str, row: Mapping[str, Any]) -> Sentence:
    scheme = material.title_of(row["scheme"] or "", [row["tier"] or ""]) or row["scheme"]
    because = Why("brief_writing.from-registry", {"scheme": scheme, "of": row["of"]})
    if row["effect"] == _WORKS:
        because = Why("brief_writing.from-records", {"of": row["of"]})
    return computed(name, Why.from_json(row["why"]), because)


def _subjects(material: Material) -> Iterator[Sentence]:
    """Sentences that limit to whom something applies."""
    seen: set[Span] = set()
    for row in material.of("conditions", material.primary):
        whole = row["role"] == "subject" and not clauses.parted(plain(row["written"]))
        passage = material.passage_at(span_of(row)) if whole else None
        if passage is not None and passage.span not in seen:
            seen.add(passage.span)
            yield material.quoted(_NAME, "applies", passage.span, Why.from_json(row["why"]))
