"""A brief as HTML without a frame: `body`. Every sentence opens to its source; nothing needs a script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from tongtu.brief.model import LABELS
from tongtu.chain.briefing.shape import Edit, Field, Grid, Line, Moment, Passage, Related, Row, Score, Source, Told
from tongtu.chain.briefing.wording import named, percent, said
from tongtu.chain.dossier.document import Cell
from tongtu.chain.report.spoken import Pair
from tongtu.rules.exchange.markup import Inside, Markup, joined, row, tag
from tongtu.terms.why import Label
from tongtu.terms.words import LANGUAGES, Lang

_CODES = {"zh": "zh-CN", "en": "en"}
#: of quotations, which both languages show: the style of the page hides only the codes above
_QUOTES = {"zh": "zh-Hans", "en": "en-001"}
#: characters of a kept piece shown on either side of a change
_KEPT = 60


def body(told: Told, lang: Lang | None = None) -> Markup:
    """The inside of a page about one brief: in both languages, of which the style shows one, or in `lang` alone."""
    return _Writer(lang).brief(told)


def contents(told: Sequence[Told], lang: Lang | None = None) -> Markup:
    """A list of several briefs: title, what it stands on, scores."""
    return _Writer(lang).contents(told)


@dataclass(frozen=True, slots=True)
class _Writer:
    lang: Lang | None

    def say(self, text: Pair) -> Markup:
        if self.lang is not None:
            return joined(text[LANGUAGES.index(self.lang)])
        if text[0] == text[1]:
            return joined(text[0])
        return joined([tag("span", side, lang=_CODES[lang]) for side, lang in zip(text, LANGUAGES, strict=True)])

    # --- the whole -----------------------------------------------------------------------------------------

    def brief(self, told: Told) -> Markup:
        summary = told.field("summary")
        gist = tag("section", tag("h2", self.say(summary.title)), self.lines(summary), class_="gist")
        scores = tag("section", tag("h2", self.say(said("scores"))), [self.score(one) for one in told.scores],
                     class_="scores")  # fmt: skip
        others = [self.field(one, told.id) for one in told.fields if one.name != "summary"]
        return joined([
            self.head(told),
            tag("div", gist, scores, class_="top"),
            tag("div", tag("div", others), tag("aside", self.timeline(told.timeline), self.sources(told.sources),
                                              self.related(told.related)),
                class_="columns"),
            [self.tables(one, told.id) for one in told.fields if one.grids],
            self.facts(told.facts),
            tag("footer", [tag("p", self.say(line)) for line in told.foot]),
        ])  # fmt: skip

    def head(self, told: Told) -> Markup:
        marks = [tag("li", self.mark(label), " ", self.say(said(f"means-{label}"))) for label in LABELS]
        return joined([
            tag("h1", self.say(told.title.text), id=f"brief-{told.id}"),
            [tag("p", self.say(line), class_="stamp") for line in told.stamp],
            tag("ul", marks, class_="legend"),
        ])  # fmt: skip

    def contents(self, told: Sequence[Told]) -> Markup:
        items = [
            tag("li", tag("a", self.say(one.title.text), href=f"#brief-{one.id}"),
                tag("span", self.say(one.stamp[0]) if one.stamp else None, class_="soft"),
                tag("span", [tag("b", self.say(score.title), " ", self.figure(score.value)) for score in one.scores]))
            for one in told
        ]  # fmt: skip
        return joined([tag("h1", self.say(said("contents", n=len(told)))), tag("ol", items, class_="contents")])

    # --- sentences -----------------------------------------------------------------------------------------

    def field(self, field: Field, brief: str) -> Markup:
        """The sentences; tables stand below all of them, where there is room."""
        note = tag("p", self.say(field.note), class_="note") if field.note else None
        rows = sum(len(grid.rows) for grid in field.grids)
        below = tag("p", tag("a", self.say(said("tables-below", n=rows)), href=f"#{brief}-{field.name}"),
                    class_="below") if rows else None  # fmt: skip
        return tag("section", tag("h2", self.say(field.title)), note, self.lines(field), below,
                   class_=f"field {field.name}")  # fmt: skip

    def tables(self, field: Field, brief: str) -> Markup:
        title = tag("h2", self.say(said("tables-of", field=Label(*field.title))))
        return tag("section", title, [self.grid(one) for one in field.grids], id=f"{brief}-{field.name}",
                   class_="tables")  # fmt: skip

    def lines(self, field: Field) -> Markup:
        if field.empty:
            return self.nothing()
        items = [tag("li", self.line(line), id=f"s-{line.id}") for line in field.lines]
        return tag("ul", items, class_="lines") if items else Markup()

    def line(self, line: Line) -> Markup:
        """A sentence that opens to where it comes from."""
        head = tag("summary", tag("span", self.say(line.text), class_="said"), " ", self.mark(line.label))
        return tag("details", head, self.ground(line.passages, line.how, line.confidence))

    def mark(self, label: str) -> Markup:
        return tag("span", self.say(said(f"label-{label}")), class_=f"mark {label}")

    def ground(self, passages: Iterable[Passage], how: Pair | None, confidence: float | None = None) -> Markup:
        reason = None
        if how is not None or confidence is not None:
            sure = self.say(said("confidence", share=percent(confidence))) if confidence is not None else None
            reason = tag("p", tag("b", self.say(said("derivation"))), " ", self.say(how) if how else None, " ", sure,
                         class_="how")  # fmt: skip
        found = groupby(passages, key=lambda one: (one.outlet, one.source, one.day, one.address))
        return tag("div", [self.passage(place, list(of)) for place, of in found], reason, class_="ground")

    def passage(self, place: tuple[str, str, date | None, str], passages: Sequence[Passage]) -> Markup:
        """Passages of one source, which is named once."""
        quotes = [tag("blockquote", tag("span", one.before), tag("mark", one.quote), tag("span", one.after),
                      lang=_QUOTES.get(one.language)) for one in passages]  # fmt: skip
        return tag("figure", quotes, tag("figcaption", self.place(*place)), class_="passage")

    def place(self, outlet: str, title: str, day: date | None, address: str) -> Markup:
        """Outlet, title and day of a source; the title leads to its address where that is one of the web."""
        name: Inside = title or address or said("untitled")[0]
        if address.startswith(("http://", "https://")):
            name = tag("a", name, href=address, rel="noreferrer noopener")
        parts = [tag("b", outlet) if outlet and outlet != title else None, name, str(day) if day else None]
        return joined([[" · ", part] if at else part for at, part in enumerate(part for part in parts if part)])

    # --- scores --------------------------------------------------------------------------------------------

    def figure(self, value: float | None) -> Markup:
        return self.say(said("unknown-score")) if value is None else joined(str(round(value)))

    def score(self, score: Score) -> Markup:
        value = score.value
        bar = tag("span", class_="none")
        if value is not None:
            bar = tag("meter", min="0", max="100", value=f"{value:.0f}", aria_label=" / ".join(score.title))
        head = tag("summary", tag("b", self.figure(value)), tag("span", self.say(score.title)), bar)
        parts = [row(tag("td", self.say(part.name)), tag("td", self.share(part.value), class_="n"),
                     tag("td", self.weight(part.weight), class_="n"), tag("td", self.say(part.why)))
                 for part in score.parts]  # fmt: skip
        heads = [tag("th", self.say(said(f"col-{name}")), scope="col") for name in ("part", "value", "weight", "why")]
        inside = tag("div", tag("table", tag("thead", tag("tr", heads)), tag("tbody", parts)), class_="scroll")
        return tag("details", head, tag("p", self.say(score.why)), inside if score.parts else None,
                   class_=f"score {score.name}")  # fmt: skip

    def share(self, value: float | None) -> Markup:
        return self.say(said("unknown")) if value is None else joined(percent(value))

    def weight(self, weight: float | None) -> Markup:
        return Markup() if weight is None else joined(f"{weight:g}".replace("-", "−"))

    # --- timeline and sources ------------------------------------------------------------------------------

    def timeline(self, moments: Sequence[Moment]) -> Markup:
        items = [tag("li", self.moment(one)) for one in moments]
        found = tag("ol", items, class_="time") if items else self.nothing()
        return tag("section", tag("h2", self.say(said("timeline"))), found)

    def moment(self, moment: Moment) -> Markup:
        day = str(moment.day) if moment.day else None
        kind = tag("span", self.say(moment.kind), class_="kind")
        return joined([tag("time", self.say(moment.written), datetime=day), " ", kind, self.line(moment.line)])

    def nothing(self) -> Markup:
        return tag("p", self.say(said("nothing-found")), class_="nothing")

    def sources(self, sources: Sequence[Source]) -> Markup:
        return tag("section", tag("h2", self.say(said("sources"))),
                   tag("ol", [tag("li", self.source(one)) for one in sources], class_="sources"))  # fmt: skip

    def source(self, source: Source) -> Markup:
        badges = [tag("span", self.say(named("role", source.role)), class_="kind")]
        if source.official:
            badges.append(tag("span", self.say(said("official")), class_="kind good"))
        if source.grade:
            badges.append(tag("span", self.say(said("grade", grade=source.grade)), class_="kind"))
        why = tag("p", self.say(source.why), class_="soft") if any(source.why) else None
        return joined([tag("div", self.place(source.outlet, source.title, source.day, source.address)),
                       tag("div", [[badge, " "] for badge in badges]), why])  # fmt: skip

    def related(self, related: Sequence[Related]) -> Markup | None:
        if not related:
            return None
        items = [tag("li", tag("a", self.say(one.title), href=f"#brief-{one.id}"), tag("p", self.say(one.why),
                     class_="soft")) for one in related]  # fmt: skip
        return tag("section", tag("h2", self.say(said("related"))), tag("ul", items, class_="sources"))

    # --- tables --------------------------------------------------------------------------------------------

    def facts(self, grids: Sequence[Grid]) -> Markup:
        if not grids:
            return Markup()
        head = tag("summary", tag("h2", self.say(said("facts"))), tag("span", self.say(said("facts-note"))))
        return tag("section", tag("details", head, [self.grid(one) for one in grids], class_="facts"))

    def grid(self, grid: Grid) -> Markup:
        heads = [tag("th", self.say(column.head), scope="col") for column in grid.columns]
        heads.append(tag("th", self.say(said("col-from")), scope="col"))
        kinds = [column.kind for column in grid.columns]
        rows = [self.row(one, kinds) for one in grid.rows]
        note = tag("p", self.say(grid.note), class_="note") if grid.note else None
        shown, others = self.table(heads, rows[: grid.first]), None
        if len(rows) > grid.first:
            head = tag("summary", self.say(said("show-more", n=len(rows) - grid.first)))
            others = tag("details", head, self.table(heads, rows[grid.first :]), class_="others")
        return joined([tag("h3", self.say(grid.title)), note, shown, others])

    def table(self, heads: Sequence[Markup], rows: Sequence[Markup]) -> Markup:
        table = tag("table", tag("thead", tag("tr", heads)), tag("tbody", rows))
        return tag("div", table, class_="scroll")

    def row(self, line: Row, kinds: Sequence[str]) -> Markup:
        """A row, and below it what it rests on, which the style shows once the row's mark is opened."""
        cells = [tag("td", self.cell(one), class_=kind or None) for one, kind in zip(line.cells, kinds, strict=True)]
        if not line.passages and line.how is None:
            return row(*cells, tag("td"))
        opener = tag("details", tag("summary", tag("span", self.say(said("open-source")))), class_="opens")
        under = tag("tr", tag("td", self.ground(line.passages, line.how), colspan=len(cells) + 1),
                    class_="under" if line.passages else "under bare")  # fmt: skip
        return joined([row(*cells, tag("td", opener)), under])

    def cell(self, found: Cell | Sequence[Edit]) -> Inside:
        if isinstance(found, Cell):
            return tag("span", self.say(found.text), class_=found.tone) if found.tone else self.say(found.text)
        marks = {"delete": "del", "insert": "ins"}
        return [tag(marks[one.op], one.text) if one.op in marks else _shortened(one.text) for one in found]


def _shortened(text: str) -> str:
    """A long piece that stayed, without its middle."""
    return text if len(text) <= 3 * _KEPT else f"{text[:_KEPT]} … {text[-_KEPT:]}"
