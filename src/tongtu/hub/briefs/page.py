"""A brief as its page shows it: what the chain tells of it, with the corrections that readers proposed and were given.

The chain's own shape (`chain.briefing.shape`) is what the page prints; here corrections are put beside its sentences,
and the cells of its tables into a form that a template can walk through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tongtu.hub.briefs.models import Brief, Correction, Tag, kept
from tongtu.hub.briefs.pack import directions, pack
from tongtu.hub.people.asking import Asker
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, say

if TYPE_CHECKING:
    from tongtu.brief.model import Brief as Made
    from tongtu.brief.model import Sentence
    from tongtu.chain.briefing.shape import Grid, Line, Passage, Told

#: characters of a kept piece shown on either side of a change
_KEPT = 60
#: the newest briefs looked at for what is related, and how many of them are named
_NEAR, _RELATED = 20, 5


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and what readers made of it: `past` are accepted corrections, `waiting` the number proposed."""

    origin: str  # its id as the chain wrote it, which corrections refer to
    line: Line
    places: tuple[Place, ...]
    past: tuple[Correction, ...] = ()
    waiting: int = 0

    @property
    def percent(self) -> int | None:
        return None if self.line.confidence is None else round(100 * self.line.confidence)


@dataclass(frozen=True, slots=True)
class Place:
    """A passage, with an address only where a browser may be sent there, and its language as a page writes it."""

    passage: Passage
    address: str
    lang: str


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row: cells as (kind, text pair, tone, edits), and what it rests on."""

    cells: tuple[tuple[str, Any, str, Any], ...]
    places: tuple[Place, ...]
    how: Any


# --- with what readers corrected ----------------------------------------------------------------------------


def original(row: Brief) -> Made:
    """The brief as the chain made it."""
    from tongtu.chain import briefing

    return briefing.restored(row.body)[0]


def restored(row: Brief) -> Made:
    """The brief with the corrections that were accepted."""
    return _corrected(original(row), list(row.corrections.all()))[0]


def _corrected(made: Made, changes: Sequence[Correction]) -> tuple[Made, dict[str, str]]:
    """The brief with what was accepted; id of a corrected sentence → id of the sentence as the chain wrote it."""
    from tongtu.brief.watch import Correction as Change
    from tongtu.brief.watch import correct

    accepted = sorted((c for c in changes if c.state == "accepted" and c.decided_at), key=lambda c: c.decided_at)  # type: ignore[arg-type, return-value]
    if not accepted:
        return made, {}
    latest = {c.sentence: c for c in accepted}  # what was decided last holds, also within one day
    told: list[Any] = [
        Change(c.sentence, c.number, c.decided_at.date(), c.reason, **{c.lang: c.wording})  # type: ignore[union-attr]
        for c in latest.values()
    ]
    done = correct(made, told)
    rows = done.record.select("sentence", "now").iter_rows()
    return done.brief, {now: sentence for sentence, now in rows if now}


@dataclass(frozen=True)
class Page:
    """Everything of a brief's page but what the asker may do."""

    made: Made
    told: Told
    changes: Sequence[Correction]
    first: Mapping[str, str]  # sentence as it stands -> as the chain wrote it

    def said(self, line: Line) -> Said:
        return said(line, self.first.get(line.id, line.id), self.changes)

    @property
    def title(self) -> Said:
        return self.said(self.told.title)

    @property
    def fields(self) -> Iterator[tuple[Any, list[Said], list[tuple[Grid, list[Row]]]]]:
        for field in self.told.fields:
            yield field, [self.said(line) for line in field.lines], [(g, rows(g)) for g in field.grids]

    @property
    def timeline(self) -> Iterator[tuple[Any, Said]]:
        return ((moment, self.said(moment.line)) for moment in self.told.timeline)

    @property
    def sources(self) -> Iterator[tuple[Any, Sequence[str], str]]:
        from tongtu.chain.briefing.wording import named

        return ((source, named("role", source.role), web(source.address)) for source in self.told.sources)

    @property
    def facts(self) -> list[tuple[Grid, list[Row]]]:
        return [(grid, rows(grid)) for grid in self.told.facts]


def page(row: Brief) -> Page:
    """A brief as it stands now."""
    from tongtu.chain import briefing

    changes = list(row.corrections.all())
    made, first = _corrected(original(row), changes)
    return Page(made, briefing.told(made, pack()), changes, first)


def sentence_of(row: Brief, sentence: str) -> tuple[Sentence, Said] | None:
    """A sentence of a brief as it stands now, as data and as the page shows it."""
    from tongtu.chain.briefing.passages import Places

    changes = list(row.corrections.all())
    made, first = _corrected(original(row), changes)
    found = next((one for one in (made.headline, *made.sentences) if one.id == sentence), None)
    if found is None:
        return None
    return found, said(Places.of(made).line(found), first.get(sentence, sentence), changes)


def said(line: Line, origin: str, changes: Sequence[Correction]) -> Said:
    """A sentence with what readers made of it."""
    mine = [c for c in changes if c.sentence == origin]
    past = tuple(c for c in mine if c.state == "accepted")
    return Said(origin, line, places(line.passages), past, sum(c.state == "proposed" for c in mine))


def named(made: Made) -> dict[str, Any]:
    """The columns by which lists know a brief."""
    says = made.headline.says
    return {"headline": kept(says), "heading": "\n".join(dict.fromkeys(say(says, lang) for lang in LANGUAGES))}


def related(asker: Asker, row: Brief, made: Made) -> list[tuple[Brief, Why]]:
    """Other briefs that the asker sees and that share something with this one, and what that is."""
    from tongtu.brief.watch import related as found

    shared = Tag.objects.filter(kind__in=("direction", "organisation"), value__in=row.tags.values("value"))
    others = Brief.objects.visible_to(asker).filter(pk__in=shared.values("brief")).exclude(event=row.event)
    rows = {one.event: one for one in others.order_by("-made_at", "-id")[:_NEAR]}
    frame = found(made, [original(one) for one in rows.values()], most=_RELATED, directions=directions())
    return [(rows[one["other"]], Why.from_json(one["why"])) for one in frame.to_dicts()]


# --- for the template ---------------------------------------------------------------------------------------


def places(passages: Sequence[Passage]) -> tuple[Place, ...]:
    """Passages with what a link and a quotation need."""
    langs = {"zh": "zh-Hans", "en": "en"}
    return tuple(Place(one, web(one.address), langs.get(one.language, "")) for one in passages)


def web(address: str) -> str:
    """An address that a link may lead to: one of the web, whatever a document says; else nothing."""
    return address if address.lower().startswith(("http://", "https://")) else ""


def rows(grid: Grid) -> list[Row]:
    """The rows of a table, each cell with the kind of its column."""
    kinds = [column.kind for column in grid.columns]
    return [
        Row(tuple(_cell(c, k) for c, k in zip(row.cells, kinds, strict=True)), places(row.passages), row.how)
        for row in grid.rows
    ]


def _cell(cell: Any, kind: str) -> tuple[str, Any, str, Any]:
    if hasattr(cell, "tone"):
        return kind, cell.text, cell.tone, None
    return kind, None, "", [(edit.op, edit.text if edit.op != "keep" else _shortened(edit.text)) for edit in cell]


def _shortened(text: str) -> str:
    """A long piece that stayed, without its middle."""
    return text if len(text) <= 3 * _KEPT else f"{text[:_KEPT]} … {text[-_KEPT:]}"
