"""Briefs as plain text: sentences with numbers, and under those numbers the words of the sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tongtu.brief.model import Brief
from tongtu.chain.briefing.shape import Edit, Field, Grid, Line, Moment, Passage, Score, Source, Told
from tongtu.chain.briefing.told import told
from tongtu.chain.briefing.wording import named, percent, said
from tongtu.chain.dossier.document import (
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Kind,
    Paragraph,
    Section,
    Table,
    cell,
    same,
)
from tongtu.chain.dossier.shell import Paint
from tongtu.chain.dossier.shell import text as drawn
from tongtu.chain.report.spoken import Pair
from tongtu.terms.words import Lang

if TYPE_CHECKING:
    from tongtu.packs import Pack


def text(
    briefs: Sequence[Brief], pack: Pack, lang: Lang, width: int = 100, paint: Paint = lambda said, tone: said
) -> str:  # fmt: skip
    """The briefs one after another as lines of at most `width` places."""
    rule = "\n\n" + "─" * min(width, 60) + "\n\n"
    return rule.join(drawn(document(told(brief, pack)), lang, width, paint) for brief in briefs)


def document(shown: Told) -> Document:
    """The brief as a dossier, which shell, PDF and workbook can print: passages are numbered and stand at the end."""
    return _Writer().brief(shown)


#: a quotation of so many characters is understood without what surrounds it
_SENTENCE = 24


class _Writer:
    """Counts passages as it writes: the same passage keeps its number."""

    def __init__(self) -> None:
        self.passages: dict[Passage, int] = {}

    def brief(self, shown: Told) -> Document:
        sections = [self.field(shown.field("summary")), self.scores(shown.scores)]
        sections += [self.field(field) for field in shown.fields if field.name != "summary"]
        sections += [self.timeline(shown.timeline), _sources(shown.sources)]
        if self.passages:
            sections.append(Section(said("passages"), [self.quoted(one, n) for one, n in self.passages.items()]))
        return Document(shown.title.text, shown.stamp, sections, shown.foot, said("brand"))

    def field(self, field: Field) -> Section:
        blocks: list[Block] = [Paragraph(said("nothing-found"), "soft")] if field.empty else []
        if field.note:
            blocks.append(Paragraph(field.note, "soft"))
        blocks += [Paragraph(self.sentence(line)) for line in field.lines]
        for grid in field.grids:
            blocks += self.grid(grid)
        return Section(field.title, blocks)

    def sentence(self, line: Line) -> Pair:
        marks = self.marked(line.passages)
        return [f"· {text} 〔{label}{marks}〕"
                for text, label in zip(line.text, said(f"label-{line.label}"), strict=True)]  # fmt: skip

    def marked(self, passages: Sequence[Passage]) -> str:
        numbers = [str(self.passages.setdefault(passage, len(self.passages) + 1)) for passage in passages]
        return " " + ",".join(numbers) if numbers else ""

    def quoted(self, passage: Passage, number: int) -> Paragraph:
        """A sentence stands by itself; a word stands marked among the words around it."""
        words = passage.quote
        if len(words) < _SENTENCE:
            words = f"{passage.before}「{words}」{passage.after}"
        place = (passage.outlet, passage.day and str(passage.day), passage.address)
        whence = " · ".join(part for part in place if part)
        return Paragraph(same(f"{number}. {words}" + (f" —— {whence}" if whence else "")))

    def scores(self, scores: Sequence[Score]) -> Section:
        rows = []
        for score in scores:
            rows.append((score.title, Cell(_figure(score.value))))
            rows += [([f"  {side}" for side in part.name], Cell(_part(part.value, part.weight, part.why), "soft"))
                     for part in score.parts]  # fmt: skip
        return Section(said("scores"), [Facts(rows)])

    def timeline(self, moments: Sequence[Moment]) -> Section:
        if not moments:
            return Section(said("timeline"), [Paragraph(said("nothing-found"), "soft")])
        rows = [[cell(one.written), cell(one.kind, "soft"), cell(self.sentence(one.line))] for one in moments]
        heads = [Column(said("col-day"), "day"), Column(said("col-kind"), "day"), Column(said("col-said"), "long")]
        return Section(said("timeline"), [Table(heads, rows)])

    def grid(self, grid: Grid) -> list[Block]:
        blocks: list[Block] = [Paragraph(grid.title)]
        edited = any(not isinstance(one, Cell) for row in grid.rows for one in row.cells)
        note = said("edits-plain", out="[-…-]", into="{+…+}") if edited else grid.note
        if note:
            blocks.append(Paragraph(note, "soft"))
        rows = [[*(_flat(one) for one in row.cells), cell(same(self.marked(row.passages).strip()), "soft")]
                for row in grid.rows[: grid.first]]  # fmt: skip
        blocks.append(Table([*grid.columns, Column(said("col-from"))], rows))
        if len(grid.rows) > grid.first:
            blocks.append(Paragraph(said("more", n=len(grid.rows) - grid.first), "soft"))
        return blocks


def _sources(sources: Sequence[Source]) -> Section:
    rows = [[cell(named("role", one.role)), cell(same(one.title or "—")), cell(same(one.outlet)),
             cell(same(str(one.day or "—"))), cell(said("official") if one.official else ["", ""], "good"),
             cell(same(one.grade), "soft")] for one in sources]  # fmt: skip
    heads = [Column(said(f"col-{name}"), kind) for name, kind in _SOURCE_HEADS]
    return Section(said("sources"), [Table(heads, rows)])


_SOURCE_HEADS: tuple[tuple[str, Kind], ...] = (
    ("role", "day"), ("title", ""), ("outlet", ""), ("published", "day"), ("official", "day"), ("grade", "day"),
)  # fmt: skip


def _figure(value: float | None) -> Pair:
    return said("unknown-score") if value is None else same(f"{value:.0f} / 100")


def _part(value: float | None, weight: float | None, why: Pair) -> Pair:
    share = said("unknown") if value is None else same(percent(value))
    return [f"{share[side]} × {1 if weight is None else weight:g}  {why[side]}" for side in (0, 1)]


def _flat(found: Cell | Sequence[Edit]) -> Cell:
    """Edits as they are written by hand: [-what went-]{+what came+}."""
    if isinstance(found, Cell):
        return found
    forms = {"keep": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}"}
    return cell(same("".join(forms[one.op].format(one.text) for one in found)))
