"""A table of any columns, as it stands in a person's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tongtu.cli.reading import asked
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    import polars as pl

    from tongtu.registry.boundary import Sheet


def table(path: Path) -> pl.DataFrame:
    """The first sheet that holds anything; its first row names the columns, cells are text (numbers of workbooks are
    numbers). A name that stands twice is numbered, one that is left out is called by its place. Raises FileRefused and
    DataRefused."""
    import polars as pl

    from tongtu.registry import boundary

    sheets = [sheet for sheet in boundary.read(path, asked()["limits"]) if sheet.columns]
    if not sheets:
        raise DataRefused(Fault(Why("risk_fit.no-rows"), Why("risk_fit.no-rows-repair"), path.name))
    sheet = sheets[0]
    columns = [_series(name, cells[1:]) for name, cells in zip(_names(sheet), sheet.columns, strict=True)]
    return pl.DataFrame(columns)


def _series(name: str, cells: list[str | int | float | bool | None]) -> pl.Series:
    import polars as pl

    kinds = set(map(type, cells))
    if kinds <= {int, float, type(None)} and kinds != {type(None)}:
        return pl.Series(name, cells, pl.Float64, strict=False)
    texts = [str(cell).lower() if type(cell) is bool else cell if type(cell) is str else _text(cell) for cell in cells]
    return pl.Series(name, texts, pl.String)


def _text(cell: str | int | float | None) -> str | None:
    return None if cell is None else str(cell)


def _names(sheet: Sheet) -> list[str]:
    found: list[str] = []
    for k, cells in enumerate(sheet.columns, 1):
        name = str(cells[0] if cells[0] is not None else "").strip() or f"#{k}"
        again = 2
        while name in found:
            name, again = f"{name.rsplit(' (', 1)[0] if again > 2 else name} ({again})", again + 1
        found.append(name)
    return found
