"""A published annex of directions from a file: 序号 | 行业 | 重点方向 [| 建设要点]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tongtu import packs
from tongtu.packs.annex import is_annex
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.why import Why

if TYPE_CHECKING:
    import polars as pl

    from tongtu.packs import Pack
    from tongtu.registry.boundary import Sheet


def read_annex(
    given: Path | str | pl.DataFrame | Iterable[Sequence[object]],
    pack: Pack,
    *,
    source: str,
    since: date,
    grade: str = "A",
) -> pl.DataFrame:
    """The pack's sheet `directions` with the annex taken over; `packs.as_csv` writes it out for the pack.

    `given` is the path of a workbook, CSV or text file, read through the import boundary, or the table itself as a
    frame or rows. What the table may look like: `tongtu.packs.annex`. `source`, `since` and `grade` are what the
    directions will say of themselves. Raises PackRefused with every fault, in the file's own rows, and FileRefused
    where the file cannot be read at all.
    """
    if not isinstance(given, Path | str):
        return packs.import_directions(given, pack, source=source, since=since, grade=grade)
    path = Path(given)
    sheet = _sheet(path)
    rows = list(zip(*sheet.columns, strict=True))
    try:
        return packs.import_directions(rows, pack, source=source, since=since, grade=grade)
    except PackRefused as refusal:
        raise PackRefused([_placed(f, path, sheet) for f in refusal.faults]) from None


def _sheet(path: Path) -> Sheet:
    """The one sheet that holds an annex."""
    from tongtu.registry import boundary

    found = boundary.read(path, boundary.Limits.own_folder())
    annexes = [sheet for sheet in found if is_annex(list(zip(*sheet.columns, strict=True)))]
    if len(annexes) == 1:
        return annexes[0]
    code = "list-sheets" if annexes else "list-no-header"
    args = {"n": len(annexes), "value": tuple(sheet.name for sheet in annexes)}
    raise PackRefused(Fault(Why(f"packs.{code}", args), Why(f"packs.{code}-repair", args), path.name))


def _placed(fault: Fault, path: Path, sheet: Sheet) -> Fault:
    row = None if fault.row is None else fault.row + sheet.first_row - 1
    return replace(fault, file=path.name, sheet=sheet.name, row=row)
