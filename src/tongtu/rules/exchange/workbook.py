"""A version as a workbook to fill in: what to fill in and what it is for, and the tables of the import template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tongtu.registry import Vocabularies, noun, vocabularies
from tongtu.rules import units
from tongtu.rules.exchange.changes import remarks
from tongtu.rules.exchange.criteria_table import basis, common
from tongtu.rules.exchange.fields import Figure, figures, tables
from tongtu.rules.exchange.plain import Speaker
from tongtu.rules.expressions import Comparison, Literal
from tongtu.rules.model import Check, Criterion, Group, Scheme, Total, Version
from tongtu.terms.money import Money
from tongtu.terms.words import Lang

if TYPE_CHECKING:
    from tongtu.registry.workbooks import Book

Row = Sequence[str | float | None]
_FIGURES = {"figure": 30, "key": 20, "unit": 14, "years": 22, "table": 20, "for": 34, "about": 46}
_CRITERIA = {"number": 8, "criterion": 30, "requirement": 50, "threshold": 14, "unit": 10, "basis": 26, "grade": 14,
             "evidence": 40}  # fmt: skip


def to_workbook(
    scheme: Scheme,
    version: Version,
    path: Path | str,
    *,
    lang: Lang = "zh",
    codes: Vocabularies | None = None,
    as_of: date | None = None,
) -> Path:
    """An .xlsx with a sheet of the figures needed, a sheet of the criteria with a column for evidence, and a sheet for
    each table to fill in. Filled in, `registry.load` reads it and `judge` judges it.

    The tables are the import template's own, cut down to required columns and those the version needs, with its
    drop-downs and notes. `codes` are the closed lists of the later import; `as_of` names the years in figures.
    Raises OSError where the path cannot be written.
    """
    from tongtu.registry.codes import Codes
    from tongtu.registry.templates import write_sheets
    from tongtu.registry.workbooks import Book

    path = Path(path)
    known = {**vocabularies(), **(codes or {})}
    said = Speaker(lang, scheme.currency, version.scores, known)
    with Book(path, lang) as book:
        _sheet(book, said.word("sheet-figures"), _FIGURES, said, _figure_rows(scheme, version, said, as_of))
        _sheet(book, said.word("sheet-criteria"), _CRITERIA, said, _criteria_rows(version, said))
        write_sheets(book, tables(scheme, version), Codes(known), lang)
    return path


def _sheet(book: Book, name: str, columns: dict[str, int], said: Speaker, rows: Iterable[Row]) -> None:
    """A sheet to read: header, rows, wrapped text; the first column to fill in is the last."""
    sheet, formats = book.workbook.add_worksheet(name), book.formats
    for i, (column, width) in enumerate(columns.items()):
        sheet.set_column(i, i, width)
        sheet.write_string(0, i, said.word(f"col-{column}"), formats["header"])
    for number, row in enumerate(rows, 1):
        for i, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, i, value, formats["note"])
            elif value is not None:
                sheet.write_number(number, i, value, formats["note"])
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


# what to fill in


def _figure_rows(scheme: Scheme, version: Version, said: Speaker, as_of: date | None) -> Iterator[Row]:
    for figure in figures(scheme, version):
        column = noun(figure.noun).column(figure.column)
        note = column.note_zh if said.lang == "zh" else column.note_en
        yield (
            column.label(said.lang),
            figure.column,
            _unit(figure, said),
            _years(figure, said, as_of),
            noun(figure.noun).label(said.lang),
            said.listed(path or said.word("who") for path in figure.asked),
            note,
        )


def _unit(figure: Figure, said: Speaker) -> str:
    return said.unit(figure.unit) if figure.unit != units.TEXT else said.word("entry")


def _years(figure: Figure, said: Speaker, as_of: date | None) -> str:
    """The years a figure is needed of, last year first: 2025、2024, or year 1, year 2 before the day of judging."""
    if not figure.years:
        return said.word("of-now")
    if as_of is not None:
        return said.listed(str(as_of.year - back) for back in sorted(figure.years))
    return said.listed(said.word("of-year", n=back) for back in sorted(figure.years))


# what is asked


def _criteria_rows(version: Version, said: Speaker) -> Iterator[Row]:
    shared = common(version)
    for i, criterion in enumerate(shared, 1):
        yield from _criterion(criterion, str(i), version, said)
    for tier in version.tiers:
        if len(version.tiers) > 1:
            yield ("", said.label(tier.label))
        for i, criterion in enumerate(tier.root.parts()[len(shared) :], len(shared) + 1):
            yield from _criterion(criterion, str(i), version, said)


def _criterion(criterion: Criterion, number: str, version: Version, said: Speaker) -> Iterator[Row]:
    threshold, unit = _threshold(criterion, said)
    yield (
        number,
        f"{said.label(criterion.label)} {criterion.path}".strip(),
        said.criterion(criterion) + "".join(remarks(criterion, said)),
        threshold,
        unit,
        basis(criterion.cite, version.cite, said),
        said.word(f"grade-{criterion.cite.grade.lower()}"),
    )
    if isinstance(criterion.body, Group):
        for i, part in enumerate(criterion.body.parts, 1):
            yield from _criterion(part, f"{number}.{i}", version, said)
    if criterion.waiver is not None:
        yield from _criterion(criterion.waiver, f"{number}*", version, said)


def _threshold(criterion: Criterion, said: Speaker) -> tuple[float | None, str]:
    """A threshold as a number with its unit, money in major units; none where there is no single one."""
    match criterion.body:
        case Total(at_least=least):
            return least, said.unit("points")
        case Check(Comparison(left=left, right=Literal(value=int() | float() as value) as limit)):
            if limit.unit == units.MONEY:
                return float(Money(int(value), limit.currency).major), limit.currency
            return float(value), said.unit(left.unit)
    return None, ""
