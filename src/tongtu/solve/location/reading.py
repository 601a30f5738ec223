"""The files of Beasley's OR-Library (1990): p-median on a graph, capacitated location, and lists of optima.

Two traps. A p-median file may name an edge twice, and its published optimum holds when the *last* length counts
(with the shorter one pmed1 would fall from 5819 to 5718). And the large capacitated files name no capacity: the
word `capacity` stands in its place, and each published optimum belongs to a capacity that the reader has to give.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

Floats = npt.NDArray[np.float64]

_MOST = 20  # faults told of one file
_WORD = "capacity"  # what stands where a file leaves the capacity open
_HEADS = {2: "cap", 3: "pmed"}  # numbers in the first line that is not empty


@dataclass(frozen=True, slots=True)
class Graph:
    """Shortest `distance` between any two vertices of a graph, and how many of them are to be medians."""

    distance: Floats
    count: int


@dataclass(frozen=True, slots=True)
class Warehouses:
    """`cost` (clients x sites) of a client's whole demand, `fixed` and `capacity` per site, `demand` per client."""

    cost: Floats
    fixed: Floats
    demand: Floats
    capacity: Floats


def kind_of(path: Path) -> str:
    """`pmed`, `cap` or, where the file does not begin as either, an empty string."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            first = next((line.split() for line in file if line.strip()), [])
    except OSError:
        return ""
    return _HEADS.get(len(first), "") if all(_number(one) is not None for one in first) else ""


def read_pmed(path: Path) -> Graph:
    """`vertices edges medians`, then `vertex vertex length` for each edge, either way. Raises DataRefused."""
    page = _Page(path)
    rows = [(line, cells) for line, text in page.lines() if (cells := text.split())]
    page.end()
    if not rows:
        page.wrong(None, "empty")
    page.end()
    head = _whole(page, *rows[0], ("vertices", "edges", "medians"))
    page.end()
    assert head is not None
    n, m, count = head
    if not 1 <= count <= n:
        page.wrong(rows[0][0], "bad-count", count=count, n=n)
    if len(rows) - 1 != m:
        page.wrong(rows[0][0], "edges-missing", told=m, found=len(rows) - 1)
    length: dict[tuple[int, int], float] = {}
    for line, cells in rows[1:]:
        edge = _edge(page, line, cells, n)
        if edge is not None:
            length[edge[0], edge[1]] = edge[2]  # the last one counts
    page.end()
    distance = _paths(length, n)
    apart = int(np.isinf(distance[0]).sum())
    if apart:
        page.wrong(None, "not-connected", n=apart)
    page.end()
    return Graph(distance, count)


def read_cap(path: Path, capacity: float | None = None) -> Warehouses:
    """`sites clients`, then `capacity fixed-cost` for each site, then for each client its demand and what all of it
    costs from each site. `capacity` is taken where the file says only `capacity`. Raises DataRefused."""
    page = _Page(path)
    cells = [(line, cell) for line, text in page.lines() for cell in text.split()]
    page.end()
    if not cells:
        page.wrong(None, "empty")
    page.end()
    head = _whole(page, cells[0][0], [cell for _, cell in cells[:2]], ("sites", "clients"))
    page.end()
    assert head is not None
    m, n = head
    wanted = 2 + 2 * m + n * (1 + m)
    if len(cells) != wanted:
        page.wrong(None, "cells-missing", told=wanted, found=len(cells))
    left_open = next((line for line, cell in cells if cell.lower() == _WORD), None)
    if left_open is not None and capacity is None:
        page.wrong(left_open, "no-capacity", cell=_WORD)
    page.end()
    values = np.array([_value(page, line, cell, capacity) for line, cell in cells[2:]])
    page.end()
    sites, clients = values[: 2 * m].reshape(m, 2), values[2 * m :].reshape(n, 1 + m)
    return Warehouses(clients[:, 1:].copy(), sites[:, 1].copy(), clients[:, 0].copy(), sites[:, 0].copy())


def read_optima(path: Path) -> dict[str, float]:
    """Published optima by instance, from `name,value` or `name … value`; where a number stands between the two it is
    the capacity, and the key is `name-capacity`. Lines that say nothing of the kind are passed over."""
    found = {}
    for _, line in _Page(path).lines():
        cells = [cell for cell in re.split(r"[\s,;()]+", line) if cell]
        numbers = [number for cell in cells[1:] if (number := _number(cell)) is not None]
        if len(cells) > 1 and _number(cells[0]) is None and len(numbers) in (1, 2):
            key = cells[0] if len(numbers) == 1 else f"{cells[0]}-{numbers[0]:g}"
            found[key.removesuffix(".txt")] = numbers[-1]
    return found


@dataclass
class _Page:
    """One file as it is read, and what is wrong with it."""

    path: Path
    faults: list[Fault] = field(default_factory=list)

    def lines(self) -> Iterator[tuple[int, str]]:
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            self.wrong(None, "not-text")
            return
        except OSError as error:
            self.wrong(None, "unreadable", problem=error.strerror or type(error).__name__)
            return
        yield from enumerate(text.split("\n"), 1)

    def wrong(self, line: int | None, what: str, **args: object) -> None:
        why, repair = Why(f"solve_location.{what}", args), Why(f"solve_location.{what}-repair", args)
        self.faults.append(Fault(why, repair, str(self.path), row=line))

    def end(self) -> None:
        """Raises DataRefused if anything was wrong."""
        if len(self.faults) > _MOST:
            more = Fault(Why("solve_location.more-faults", {"n": len(self.faults) - _MOST}), file=str(self.path))
            self.faults = [*self.faults[:_MOST], more]
        if self.faults:
            raise DataRefused(self.faults)


def _whole(page: _Page, line: int, cells: list[str], names: tuple[str, ...]) -> list[int] | None:
    """The numbers of the first line, all of them whole and at least 1 (edges and medians are judged later)."""
    numbers = [int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 10 else -1 for cell in cells]
    if len(numbers) == len(names) and min(numbers) >= 0 and numbers[0] > 0:
        return numbers
    page.wrong(line, "bad-head", names=", ".join(names))
    return None


def _edge(page: _Page, line: int, cells: list[str], n: int) -> tuple[int, int, float] | None:
    numbers = [_number(cell) for cell in cells]
    a, b, length = numbers if len(numbers) == 3 else (None, None, None)
    if a is None or b is None or length is None or a % 1 or b % 1:
        page.wrong(line, "bad-edge")
    elif min(a, b) < 1 or max(a, b) > n:
        page.wrong(line, "no-vertex", n=n)
    elif length < 0:
        page.wrong(line, "negative")
    else:
        return int(min(a, b)) - 1, int(max(a, b)) - 1, length
    return None


def _value(page: _Page, line: int, cell: str, capacity: float | None) -> float:
    number = capacity if cell.lower() == _WORD else _number(cell)
    if number is None:
        page.wrong(line, "bad-number", cell=cell[:40])
    elif number < 0:
        page.wrong(line, "negative")
    return np.nan if number is None else number


def _number(cell: str) -> float | None:
    try:
        number = float(cell) if cell.isascii() else np.nan
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _paths(length: dict[tuple[int, int], float], n: int) -> Floats:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import dijkstra  # type: ignore[import-untyped]

    pairs = np.array([pair for pair in length if pair[0] != pair[1]], np.int64).reshape(-1, 2)
    values = np.array([value for pair, value in length.items() if pair[0] != pair[1]], np.float64)
    graph = csr_array((values, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(dijkstra(graph, directed=False), np.float64)
