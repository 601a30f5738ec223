"""Marks of state secrets in a file of somebody: such a file is refused whole and not kept.

Every cell of every sheet is looked at, also those of columns we do not know and of lines above the heading, and so are
the names of files and sheets. A fault names the place, never the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tongtu.hub.policy.secrecy import mark, suspect
from tongtu.registry.boundary import Sheet
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

REFUSED = "hub_exchange.state-secret"
_MOST = 20


def watch(path: Path, sheets: Sequence[Sheet]) -> Iterator[Fault]:
    """A fault for each mark, the first few of a file; fits `registry.loading.examine`."""
    found = 0
    for sheet, row, text in _texts(path, sheets):
        seen = mark(text)
        if seen is not None:
            yield Fault(Why(REFUSED, {"mark": seen}), Why(f"{REFUSED}-repair"), path.name, sheet, row)
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
            if suspect(c for c in cells if isinstance(c, str)):
                yield from ((sheet.name, sheet.first_row + i, c) for i, c in enumerate(cells) if isinstance(c, str))
