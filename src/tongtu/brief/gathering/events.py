"""Reports of one event over outlets and languages: the primary one, the first, what corroborates it, what copies it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.facts import Facts
from tongtu.brief.gathering.clusters import clusters
from tongtu.brief.gathering.compared import Compared, Pair
from tongtu.brief.gathering.copies import near_duplicates
from tongtu.brief.gathering.evidence import Shared
from tongtu.brief.gathering.known import body, known
from tongtu.terms.why import Label, Ratio, Why

EVENTS = {
    "event": pl.String, "document": pl.String, "role": pl.String, "copy_of": pl.String, "order": pl.Int64,
    "why": pl.String,
}  # fmt: skip
_REASONS = 5


def events(documents: Sequence[Document], facts: Mapping[str, Facts]) -> pl.DataFrame:
    """Every document in exactly one event. `facts` by document id; a document without is grouped by its words alone.

    Columns: event (id of its primary document), document, role, copy_of (null unless a copy), order (1 is the primary
    one, the rest by day: the order to read in), why. Events stand by the day they were first reported, unknown last.

    primary        official if any is, else the first reported; without days the longest
    first          the first reported, where that is not the primary one
    corroborating  says it in its own words, or in another language
    copy           repeats another one of the event nearly word for word; says nothing more about what is true

    Documents are compared where they share a thing that tells, or words of their leads; what that tells is
    `evidence`, and an event is a group whose members agree on average. A document given twice counts once.
    """
    given = [document for _, document in sorted({d.id: d for d in documents}.items())]
    told = Compared([known(document, facts.get(document.id)) for document in given])
    repeated = near_duplicates({document.id: body(document) for document in given})
    alike = {(one, other): share for one, other, _, share in repeated.iter_rows()}
    told.compare(alike)
    place = {document.id: at for at, document in enumerate(given)}
    links = sorted((place[one], place[other]) for one, other in told.likely())
    groups = clusters(len(given), links, lambda i, j: told.odds(given[i].id, given[j].id))
    found = [_event([given[at] for at in group], alike, told) for group in groups]
    found.sort(key=lambda event: (min(_day(document) for document, _ in event), event[0][0].id))
    return pl.DataFrame([row for event in found for _, row in event], schema=EVENTS)


_Row = dict[str, Any]


def _event(group: list[Document], alike: Mapping[Pair, float], told: Compared) -> list[tuple[Document, _Row]]:
    """The rows of one event in reading order."""
    first = min(group, key=_reported)
    primary = min(group, key=lambda d: (not d.official, *_reported(d)))
    copies = _copies(sorted(group, key=lambda d: (d is not primary, d is not first, *_reported(d))), alike)
    rows = []
    for document in group:
        copied = copies.get(document.id)
        role = "copy" if copied else "primary" if document is primary else "first" if document is first else ""
        why = _why(role, document, primary, group, copied, told)
        rows.append((document, {"event": primary.id, "document": document.id, "role": role or "corroborating",
                                "copy_of": copied.id if copied else None, "why": why.to_json()}))  # fmt: skip
    rows.sort(key=lambda row: (row[0] is not primary, *_reported(row[0])))
    return [(document, row | {"order": order}) for order, (document, row) in enumerate(rows, 1)]


def _reported(document: Document) -> tuple[date, int, str]:
    """First reported first; of one day, or of none, the one that says most."""
    return _day(document), -len(document.text), document.id


def _day(document: Document) -> date:
    return document.published or date.max


def _copies(ranked: Sequence[Document], alike: Mapping[Pair, float]) -> dict[str, Document]:
    """Document → the one it repeats, which is no copy itself and did not come later. What is kept stands in front."""
    copies: dict[str, Document] = {}
    for at, document in enumerate(ranked):
        near = [
            (-share, place, other) for place, other in enumerate(ranked[:at])
            if other.id not in copies and not _later(other, document)
            if (share := alike.get((min(document.id, other.id), max(document.id, other.id)))) is not None
        ]  # fmt: skip
        if near:
            copies[document.id] = min(near)[2]
    return copies


def _later(one: Document, other: Document) -> bool:
    return bool(one.published and other.published and one.published > other.published)


def _why(
    role: str, document: Document, primary: Document, group: Sequence[Document], copied: Document | None,
    told: Compared,
) -> Why:  # fmt: skip
    if len(group) == 1:
        return Why("brief_gathering.alone")
    if document is primary:
        by = "official" if primary.official else "first" if primary.published else "longest"
        return Why(f"brief_gathering.primary-{by}", {"reports": len(group)})
    with_primary = told.shared(document.id, primary.id)
    if copied is not None:
        return Why("brief_gathering.copy", {"of": _called(copied)}, _parts(told.shared(document.id, copied.id)))
    of = primary
    if told.odds(document.id, primary.id) <= 0:  # it belongs here through another report
        others = [other for other in group if other is not document]
        of = min(others, key=lambda other: (-told.odds(document.id, other.id), other.id))
        with_primary = told.shared(document.id, of.id)
    return Why(f"brief_gathering.{role or 'corroborating'}", {"of": _called(of)}, _parts(with_primary))


def _called(document: Document) -> Label:
    """How a report is called: its outlet, else its title."""
    return Label(document.outlet or document.title or document.id)


def _parts(shared: Sequence[Shared]) -> tuple[Why, ...]:
    return tuple(
        Why("brief_gathering.shared-text", {"share": Ratio(round(one.told, 2))}) if one.kind == "text"
        else Why(f"brief_gathering.shared-{_SAID.get(one.kind, one.kind)}", {"what": one.told})
        for one in shared[:_REASONS]
    )  # fmt: skip


_SAID = {"round": "figure", "body": "name", "ministry": "name", "term": "name"}
