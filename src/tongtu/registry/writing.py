"""`write`: a Registry as files that load back equal, one for each noun that has rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tongtu.registry.cells import as_text, for_sheet, written
from tongtu.registry.codes import Codes
from tongtu.registry.columns import Noun, noun
from tongtu.registry.findings import Problem
from tongtu.registry.frames import Registry
from tongtu.registry.names import written_header
from tongtu.registry.parquet import FORMAT, MARK
from tongtu.registry.vocabularies import Vocabularies
from tongtu.registry.workbooks import FRUGAL, MOST_ROWS, MOST_TEXT, Book
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.words import Lang

if TYPE_CHECKING:
    import polars as pl

Form = Literal["xlsx", "csv", "parquet"]


def write(
    registry: Registry,
    folder: Path | str,
    *,
    form: Form = "xlsx",
    lang: Lang = "zh",
    vocabularies: Vocabularies | None = None,
) -> list[Path]:
    """`needs.xlsx`, `achievements.xlsx` … in a folder, which is made where it is absent.

    xlsx and csv carry headers and labels of codes in `lang` and money in major units; parquet our own types.
    `vocabularies` must be those of the next import, or codes are written as they stand.
    Each file appears whole or not at all. Raises DataRefused where a workbook cannot hold a table (32,767
    characters a cell, a million rows): csv and parquet can.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    codes = Codes(vocabularies)
    if form == "xlsx":
        _fits(registry)
    paths = []
    for name in registry:
        with _whole(folder / f"{name}.{form}") as path:
            _FORMS[form](registry[name], noun(name), path, lang, codes)
        paths.append(folder / f"{name}.{form}")
    return paths


def _xlsx(frame: pl.DataFrame, found: Noun, path: Path, lang: Lang, codes: Codes) -> None:
    columns = written(frame, found, lang, codes)
    with Book(path, lang, frugal=frame.height * frame.width > FRUGAL) as book:
        sheet = book.table(found)
        sheet.rows(zip(*(map(for_sheet, cells) for cells in columns.values()), strict=True))


def _csv(frame: pl.DataFrame, found: Noun, path: Path, lang: Lang, codes: Codes) -> None:
    import polars as pl

    columns = written(frame, found, lang, codes)
    texts = {
        written_header(column, lang): pl.Series([as_text(v) for v in columns[column.name]], dtype=pl.String)
        for column in found.columns
    }
    pl.DataFrame(texts).write_csv(path, include_bom=True)  # Excel needs the mark to see Chinese


def _parquet(frame: pl.DataFrame, found: Noun, path: Path, lang: Lang, codes: Codes) -> None:
    frame.write_parquet(path, metadata={MARK: FORMAT})


_FORMS: dict[str, Callable[[Any, Noun, Path, Lang, Codes], None]] = {
    "xlsx": _xlsx, "csv": _csv, "parquet": _parquet,
}  # fmt: skip


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A place beside the goal to write to, moved there at the end, so that nobody meets half a file."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _fits(registry: Registry) -> None:
    """Raises DataRefused, with every reason, where a sheet could not hold a table."""
    import polars as pl

    faults: list[Fault] = []
    for name in registry:
        frame, file = registry[name], f"{name}.xlsx"
        if frame.height > MOST_ROWS:
            faults.append(_fault("registry.sheet-rows", file, n=frame.height, limit=MOST_ROWS))
        for column in (c for c in noun(name).columns if frame.schema[c.name] == pl.String):
            longest = frame[column.name].str.len_chars().max()
            if isinstance(longest, int) and longest > MOST_TEXT:
                faults.append(_fault("registry.cell-length", file, column.zh, n=longest, limit=MOST_TEXT))
    if faults:
        raise DataRefused(faults)


def _fault(code: str, file: str, column: str = "", **args: object) -> Fault:
    problem = Problem.of(code, **args)
    return Fault(problem.what, problem.repair, file, column=column)
