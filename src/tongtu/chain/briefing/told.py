"""A brief put into words for a printer: `told`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tongtu.brief.model import FIELDS, Brief
from tongtu.brief.watch import delay, related
from tongtu.chain.briefing import grids
from tongtu.chain.briefing.passages import Places
from tongtu.chain.briefing.shape import Field, Line, Moment, Part, Related, Score, Source, Told
from tongtu.chain.briefing.wording import named, said, when
from tongtu.chain.report.spoken import Pair, both
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

SCORES = ("hot", "quality", "impact")


def told(brief: Brief, pack: Pack, others: Sequence[Brief] = ()) -> Told:
    """The brief with every text in both languages. Pure; the pack gives names to codes, `others` what is related."""
    places = Places.of(brief)
    return Told(
        id=brief.id,
        as_of=brief.as_of,
        title=places.line(brief.headline),
        stamp=_stamp(brief, pack),
        scores=[_score(brief, name) for name in SCORES],
        fields=[_field(brief, places, pack, name) for name in FIELDS],
        timeline=_timeline(brief, places),
        sources=[_source(row, places) for row in brief.sources.iter_rows(named=True)],
        facts=grids.facts(brief, places, pack),
        foot=_foot(pack),
        related=_related(brief, others, pack) if others else (),
    )


def _stamp(brief: Brief, pack: Pack) -> list[Pair]:
    first = brief.documents[0] if brief.documents else None
    reports = sum(row["role"] != "earlier" for row in brief.sources.iter_rows(named=True))
    parts = [said("stamp-sources", n=reports), said("stamp-as-of", day=brief.as_of)]
    if first is not None and first.published is not None:
        parts.insert(0, said("stamp-published", day=first.published))
    if (days := _days(brief)) is not None:
        parts.append(said("stamp-delay", n=days))
    if first is not None and first.outlet:
        parts.insert(0, [first.outlet, first.outlet])
    return [[" · ".join(part[side] for part in parts) for side in (0, 1)]]


def _days(brief: Brief) -> int | None:
    """Days from the first report to the brief."""
    days: int | None = delay(brief, brief.as_of)["days"][-1]
    return days


def _related(brief: Brief, others: Sequence[Brief], pack: Pack) -> list[Related]:
    titles = {other.id: both(other.headline.says) for other in others}
    found = related(brief, others, directions=pack.vocabularies.get("direction"))
    return [Related(row["other"], titles[row["other"]], both(row["why"])) for row in found.iter_rows(named=True)]


def _foot(pack: Pack) -> list[Pair]:
    return [said("foot-labels"), said("foot-ours"), said("foot-pack", pack=pack.title, version=pack.version)]


def _score(brief: Brief, name: str) -> Score:
    rows = [row for row in brief.scores.iter_rows(named=True) if row["score"] == name]
    whole = next((row for row in rows if row["part"] is None), None)
    parts = [Part(named("part", row["part"]), row["value"], row["weight"], both(row["why"]))
             for row in rows if row["part"] is not None]  # fmt: skip
    value = whole["value"] if whole else None
    why = both(whole["why"]) if whole else said("score-unknown")
    return Score(name, said(f"score-{name}"), value, why, parts)


def _field(brief: Brief, places: Places, pack: Pack, name: str) -> Field:
    lines = [places.line(sentence) for sentence in brief.of(name)]
    tables = {"what_changed": grids.changes, "who_should_care": grids.audience, "implications": grids.claims}
    found = tables[name](brief, places, pack) if name in tables else []
    note = said("implications-note") if name == "implications" and (lines or found) else None
    return Field(name, said(f"field-{name.replace('_', '-')}"), lines, found, note)


def _timeline(brief: Brief, places: Places) -> list[Moment]:
    rows = sorted(brief.timeline.to_dicts(), key=lambda row: (row["day"] is None, row["day"] or brief.as_of))
    return [_moment(row, places) for row in rows]


def _moment(row: dict[str, Any], places: Places) -> Moment:
    says = Why.from_json(row["says"]) if row["says"] else None
    label = "quoted" if says is not None and "quote" in says.args else "computed"
    spans = places.of_row(row)
    line = Line("", both(says) if says is not None else _words_of(spans), label, spans,
                both(row["why"]) if row["why"] else None, row["confidence"])  # fmt: skip
    return Moment(row["day"], when(row["day"], row["last"], row["precision"]), named("kind", row["kind"]), line)


def _words_of(spans: tuple[Any, ...]) -> Pair:
    quote = spans[0].quote if spans else ""
    return [quote, quote]


def _source(row: dict[str, Any], places: Places) -> Source:
    document = places.known.get(row["document"])
    title = row.get("title") or (document.title if document else "")
    return Source(
        row["role"], title, row["outlet"] or "", row["published"], row["address"] or "",
        document.language if document else "", bool(row["official"]), str(row["grade"] or ""),
        both(row["why"]) if row["why"] else ["", ""],
    )  # fmt: skip
