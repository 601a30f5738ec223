"""Why it matters, as far as it can be computed: the instrument's force, what of the pack it touches, how much moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tongtu.brief.model import Sentence
from tongtu.brief.writing import changed
from tongtu.brief.writing.instrument import Instrument
from tongtu.brief.writing.material import Material, computed, from_facts, span_of, surest
from tongtu.brief.writing.said import under_heading
from tongtu.terms.why import Label, Why

_NAME = "why_it_matters"
_DIRECTIONS = 5
_SAID = 1


def why_it_matters(material: Material, found: Instrument) -> list[Sentence]:
    """Nothing here is an opinion of ours; where a source gives one under such a heading, it is quoted."""
    told = [*_force(found), *_moves(material), *_directions(material), *_lists(material), *_sources(material)]
    return [*told, *under_heading(material, _NAME, "says_matters", most=_SAID)]


def _force(found: Instrument) -> Iterator[Sentence]:
    if found.named is None or not found.name:
        return
    row = found.named
    says = Why("brief_writing.force", {"name": found.name, "kind": Why(f"brief_writing.kind-{row['kind']}"),
                                       "strength": row["strength"]})  # fmt: skip
    yield computed(_NAME, says, from_facts([row], "from-strength"), [span_of(row)], row["confidence"])


def _moves(material: Material) -> Iterator[Sentence]:
    counts = changed.size(material)
    shown = [Why(f"brief_writing.count-{change}", {"n": counts[change]}) for change in sorted(counts)]
    if shown:
        yield computed(_NAME, Why("brief_writing.moves", {"counts": tuple(shown)}), Why("brief_writing.from-changes"))


def _directions(material: Material) -> Iterator[Sentence]:
    """Directions of the pack in order of how often they are named."""
    rows = material.of("directions")
    counts = Counter(row["direction"] for row in rows)
    if not counts:
        return
    ordered = sorted(counts, key=lambda code: (-counts[code], code))
    names = material.lexicon.vocabularies.get("direction", {})
    labels = tuple(names.get(code, Label(code, code)) for code in ordered[:_DIRECTIONS])
    used = [next(row for row in rows if row["direction"] == code) for code in ordered[:_DIRECTIONS]]
    says = Why("brief_writing.directions", {"n": len(counts), "names": labels})
    yield computed(_NAME, says, from_facts(used), [span_of(row) for row in used], surest(used))


def _lists(material: Material) -> Iterator[Sentence]:
    """Which dated lists of the pack (focus, priorities) hold what it speaks of on the day."""
    if material.touched.is_empty():
        return
    rows = [row for row in material.touched.iter_rows(named=True)
            if row["kind"] in ("focus", "priority") and row["in_force"] is not False]  # fmt: skip
    first = {(row["kind"], row["code"]): row for row in rows[::-1]}
    used = sorted(first.values(), key=lambda row: (-row["mentions"], row["kind"], row["code"]))[:_DIRECTIONS]
    if used:
        names = tuple(Label(row["label_zh"] or "", row["label_en"] or "") for row in used)
        says = Why("brief_writing.lists", {"n": len(first), "names": names})
        spans = [span_of(row) for row in used if row["document"] in material.titles and row["start"] is not None]
        yield computed(_NAME, says, from_facts(used), spans, surest(used))


def _sources(material: Material) -> Iterator[Sentence]:
    """How many outlets report it, official ones among them."""
    outlets = {document.outlet for document in material.told if document.outlet}
    official = {document.outlet for document in material.told if document.official and document.outlet}
    if len(outlets) > 1:
        says = Why("brief_writing.outlets", {"n": len(outlets), "official": len(official)})
        yield computed(_NAME, says, Why("brief_writing.from-sources"))
