"""Marks of state secrets in a file of somebody: such a file is refused whole and not kept.

The marks are data (`secrecy_marks.csv`). Every cell of every sheet is looked at, also those of columns we do not
know and of lines above the heading, and so are the names of files and sheets. A fault names the place, never the text.
Commercial secrets (商密) are another matter: they have disclosure classes of their own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from tongtu.registry.boundary import Cell, Sheet
from tongtu.terms.faults import Fault
from tongtu.terms.why import Label, Why

REFUSED = "hub_exchange.state-secret"
_MOST = 20


def watch(path: Path, sheets: Sequence[Sheet]) -> Iterator[Fault]:
    """A fault for each mark, the first few of a file; fits `registry.loading.examine`."""
    found = 0
    for sheet, row, text in _texts(path, sheets):
        mark = _mark(text)
        if mark is not None:
            yield Fault(Why(REFUSED, {"mark": mark}), Why(f"{REFUSED}-repair"), path.name, sheet, row)
            found += 1
        if found == _MOST:
            return


def marked(faults: Iterable[Fault]) -> list[Fault]:
    """The faults that are marks of state secrets: where there is one, nothing else of the file is repeated."""
    return [fault for fault in faults if fault.what.code == REFUSED]


def _texts(path: Path, sheets: Sequence[Sheet]) -> Iterator[tuple[str, int | None, str]]:
    """Names first, then the cells of columns that hold a mark at all: those are few, so the rest is passed over."""
    yield "", None, path.stem
    for sheet in sheets:
        yield sheet.name, None, sheet.name
        for cells in sheet.columns:
            if _suspect(cells):
                yield from ((sheet.name, sheet.first_row + i, c) for i, c in enumerate(cells) if isinstance(c, str))


def _suspect(cells: Sequence[Cell]) -> bool:
    """Whether any of a column's cells may hold a mark, seen in one pass over all of them."""
    return any(pattern.search("\n".join(c for c in cells if isinstance(c, str))) for pattern, _ in _marks())


def _mark(text: str) -> Label | None:
    return next((label for pattern, label in _marks() if pattern.search(text)), None)


@cache
def _marks() -> tuple[tuple[re.Pattern[str], Label], ...]:
    with (resources.files(__package__) / "secrecy_marks.csv").open(encoding="utf-8") as stream:
        return tuple((re.compile(r["pattern"], re.M), Label(r["zh"], r["en"])) for r in csv.DictReader(stream))
