"""Key takeaways: the most telling sentences of the reports, as they stand there, and none twice."""

from __future__ import annotations

from collections.abc import Iterable

from tongtu.brief.document import Span
from tongtu.brief.model import QUOTED, Sentence
from tongtu.brief.writing.material import Material
from tongtu.brief.writing.passages import Passage
from tongtu.brief.writing.ranking import picked
from tongtu.terms.why import Why

_NAME = "takeaways"
_MOST, _ENOUGH = 5, 3


def takeaways(material: Material, others: Iterable[Sentence]) -> list[Sentence]:
    """At most five, from the preferred report first; forecasts stay out, and what is quoted elsewhere.

    A short text is soon used up: then what other fields quote is a takeaway too, but never what the summary does.
    """
    quoted = [s for s in others if s.label == QUOTED]
    titles = [document.title for document in material.documents]
    found = _picked(material, _MOST, [*titles, *(str(s.says.args["quote"]) for s in quoted)])
    if len(found) < _ENOUGH:
        said = [str(s.says.args["quote"]) for s in quoted if s.field == "summary"]
        found += _picked(material, _ENOUGH - len(found), [*said, *(p.text for p in found)])
    order = {span: n for n, span in enumerate(material.worth)}
    found.sort(key=lambda p: (-round(material.worth[p.span], 9), order[p.span]))
    return [material.quoted(_NAME, "quote", p.span, _by_rank(material, p)) for p in found]


def _by_rank(material: Material, passage: Passage) -> Why:
    return Why("brief_writing.by-rank", {"n": len(material.passages[passage.span.document])})


def _picked(material: Material, most: int, said: list[str]) -> list[Passage]:
    forecast = _forecasts(material)
    found: list[Passage] = []
    for document in material.told:
        given = [p for p in material.passages[document.id] if not _inside(p.span, forecast)]
        own = [p for p in given if not material.is_formula(p)]
        best = picked(own, material.worth, most=most - len(found), said=[*said, *(p.text for p in found)])
        found += best
    return found


def _forecasts(material: Material) -> set[Span]:
    if material.claims.is_empty():
        return set()
    rows = material.claims.select("document", "start", "end").iter_rows()
    return {Span(document, start, end) for document, start, end in rows}


def _inside(span: Span, others: set[Span]) -> bool:
    return any(o.document == span.document and o.start < span.end and span.start < o.end for o in others)
