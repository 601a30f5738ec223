"""Numbers of a document told in one sentence: the targets it sets, in its own figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongtu.brief.dates import dates_in
from tongtu.brief.facts.plain import plain
from tongtu.brief.model import Sentence
from tongtu.brief.writing.material import Material, computed, from_facts, span_of, surest
from tongtu.brief.writing.ranking import grams, repeats
from tongtu.terms.why import Label, Why

_SHOWN = 3
_BEFORE_DATE = 4  # characters before the date that opens a measure's words: 提出到2027年…
_LONGEST = 24
"""Characters of a measure in the source's own words that still reads as a name."""


def targets(material: Material, name: str) -> list[Sentence]:
    """How many numeric targets the preferred report sets, and the first of them; nothing where it sets none."""
    rows = [row for row in material.of("figures", material.primary) if row["kind"] == "target"]
    first: dict[tuple[str, int], Mapping[str, Any]] = {}
    for row in rows:
        label = measure(material, row)
        if label is not None and not any(_same(label.zh, row, *key) for key in first):
            first[label.zh, row["horizon"] or 0] = row
    if not first:
        return []
    shown = list(first.values())[:_SHOWN]
    items = tuple(_item(material, row) for row in shown)
    code = "targets" if len(first) > len(shown) else "targets-all"
    says = Why(f"brief_writing.{code}", {"n": len(first), "items": items})
    return [computed(name, says, from_facts(shown), [span_of(row) for row in shown], surest(shown))]


def measure(material: Material, row: Mapping[str, Any]) -> Label | None:
    """What a figure measures: the listed name, else the source's words where they are short; None for no name."""
    for code in row["measures"] or ():
        if code in material.measures:
            return material.measures[code]
    words = str(row["subject"] or row["what"] or "").strip()
    for dated in dates_in(words)[:1]:
        words = words[dated.end :].strip() if dated.start <= _BEFORE_DATE else words
    return Label(words) if 0 < len(words) <= _LONGEST else None


def _same(words: str, row: Mapping[str, Any], other: str, horizon: int) -> bool:
    return horizon == (row["horizon"] or 0) and (words == other or repeats(grams(plain(words)), grams(plain(other))))


def _item(material: Material, row: Mapping[str, Any]) -> Why:
    value = " ".join(material.quote(span_of(row)).split())
    return Why("brief_writing.target-item", {"measure": measure(material, row), "value": value})
