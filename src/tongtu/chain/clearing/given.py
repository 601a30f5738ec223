"""Tables a person gives beside the folder, for one round: loads, rankings, who is to be kept apart.

They pass the same boundary and converters as the folder's own tables, their columns stand in `given.csv`, and their
faults name file, sheet, row and column. An id is known by the listings of the market itself; which side it is of
need not be said where only one side has it. A column nobody knows is refused and not passed over: a misspelt
`least` would be a minimum that is quietly ignored.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tongtu.chain.clearing.ground import Clearing
from tongtu.match import sides
from tongtu.match.allocate.places import facts
from tongtu.registry import Column, Noun, noun
from tongtu.registry import names as spelt
from tongtu.registry.blocks import Block, Cells
from tongtu.registry.codes import Codes
from tongtu.registry.convert import convert_rows
from tongtu.registry.findings import Findings, Problem, in_order
from tongtu.registry.validate import Table, validate
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Label

if TYPE_CHECKING:
    from tongtu.registry.boundary import Limits, Sheet

Places = Mapping[str, int]

_LOOK = 12  # rows among which the header is looked for
_ALIKE = 3  # ids that a fault names at most
_KEYS = {"loads": ("id", "kind"), "rankings": ("id", "other", "kind"), "apart": ("a", "b", "kind", "since", "until")}


def loads(
    market: Clearing, path: Path, kinds: Sequence[str], limits: Limits | None = None, places: Places | None = None
) -> pl.DataFrame:  # fmt: skip
    """kind, id, least, most, until: for `allocate` and `chains`. Raises DataRefused with every fault.

    `places`: of listings of a kind that state none themselves (default 1).
    """
    table = _Given(market, "loads", path, kinds, limits)
    table.resolve("id", "kind", kinds)
    table.fill("least", pl.col("least").fill_null(0))
    table.wrong("least", *_above_capacity(market, table.frame, kinds, places or {}))
    return table.done().select("kind", "id", "least", "most", "until")


def rankings(
    market: Clearing, path: Path, limits: Limits | None = None, kinds: tuple[str, str] = ("need", "achievement")
) -> pl.DataFrame:  # fmt: skip
    """kind, id, other, rank: for `agree`; `other` is of the side that `kind` is not. Raises DataRefused."""
    table = _Given(market, "rankings", path, kinds, limits)
    table.resolve("id", "kind", kinds)
    table.fill("other_kind", pl.col("kind").replace(dict(zip(kinds, kinds[::-1], strict=True))))
    table.resolve("other", "other_kind", kinds)
    return table.done().select("kind", "id", "other", "rank")


def apart(market: Clearing, path: Path, limits: Limits | None = None) -> pl.DataFrame:
    """a_kind, a, b_kind, b, kind, since, until: organisations or listings, for `declared`. Raises DataRefused."""
    kinds = [kind for kind in sides.KINDS if market.listings(kind).height]
    table = _Given(market, "apart", path, kinds, limits)
    for name in ("a", "b"):
        table.fill(f"{name}_kind", pl.lit(None, pl.String))
        table.resolve(name, f"{name}_kind", kinds)
    table.wrong("b", table.frame["a"] == table.frame["b"], Problem.of("clearing.given-itself"))
    return table.done().select("a_kind", "a", "b_kind", "b", "kind", "since", "until")


def _above_capacity(
    market: Clearing, rows: pl.DataFrame, kinds: Sequence[str], places: Places
) -> tuple[pl.Series, list[Problem]]:  # fmt: skip
    """Rows whose minimum is above the listing's own places, where the row itself gives no most."""
    own = [
        facts(market.registry, kind).select(
            pl.lit(kind).alias("kind"), "id", pl.col("capacity").fill_null(places.get(kind, 1))
        )
        for kind in kinds
    ]
    known = rows.join(pl.concat(own), on=["kind", "id"], how="left", maintain_order="left")
    capacity = known["capacity"].fill_null(1)
    over = (rows["most"].is_null() & rows["id"].is_not_null() & (rows["least"] > capacity)).fill_null(False)
    return over, [Problem.of("clearing.given-above-capacity", n=n) for n in capacity.filter(over)]


class _Given:
    """One table on its way: its rows, and what is wrong with them."""

    def __init__(
        self, market: Clearing, name: str, path: Path, kinds: Sequence[str], limits: Limits | None
    ) -> None:  # fmt: skip
        self.market, self.noun, self.findings = market, tables()[name], Findings()
        self.block = self._read(path, limits)
        self._stop()  # without its columns there is nothing to look at row by row
        self.frame, more = convert_rows(self.block, _codes(market, kinds), "CNY")
        self.findings.merge([more])

    def _read(self, path: Path, limits: Limits | None) -> Block:
        from tongtu.registry import boundary

        sheets = [s for s in boundary.read(path, limits) if s.columns and not spelt.is_our_note(s.name)]
        read = [(sheet, *found) for sheet in sheets if (found := _heading(self.noun, sheet)) is not None]
        if not read:
            args = {"table": Label(self.noun.zh, self.noun.en), "columns": _required(self.noun)}
            problem = Problem.of("clearing.given-no-header", **args)
            raise DataRefused(Fault(problem.what, problem.repair, path.name))
        sheet, after, headers = max(read, key=lambda found: len(found[2]))
        rows = pl.int_range(sheet.first_row + after, sheet.first_row + len(sheet.columns[0]), eager=True)
        block = Block(self.noun, path.name, sheet.name, rows)
        for i, column in headers.items():
            block.cells[column.name] = Cells.of(sheet.columns[i][after:])
            block.headers[column.name] = str(sheet.columns[i][after - 1])
        self._missing(block, sheet, after, headers)
        return block.without_blank_rows()

    def _missing(self, block: Block, sheet: Sheet, after: int, headers: Mapping[int, Column]) -> None:
        """Columns that have to be there, and columns nobody knows."""
        for column in self.noun.columns:
            if column.required and column.name not in block.cells:
                label = Label(column.zh, column.en)
                self.findings.column(block, column, Problem.of("registry.column-missing", column=label))
        every = [Label(c.zh, c.en) for c in self.noun.columns]
        for i, cells in enumerate(sheet.columns):
            said = any(c is not None and str(c).strip() for c in cells[after:])
            if said and i not in headers:
                header = str(cells[after - 1] or "").strip()
                self.findings.column(block, header, Problem.of("clearing.given-column", columns=every))
        if not len(block.rows) or not any(c.said().any() for c in block.cells.values()):
            self.findings.column(block, "", Problem.of("clearing.given-nothing"))

    def fill(self, name: str, value: pl.Expr) -> None:
        self.frame = self.frame.with_columns(value.alias(name))

    def resolve(self, name: str, side: str, kinds: Sequence[str]) -> None:
        """Finds the side of each id; an id that no side has, or several have, is a fault."""
        known: dict[str, list[str]] = {}
        for kind in kinds:
            for own in self.market.listings(kind)["id"]:
                known.setdefault(own, []).append(kind)
        found, wrong, problems = [], [], []
        for own, said in self.frame.select(name, side).iter_rows():
            fits = [kind for kind in known.get(own, ()) if said in (None, kind)]
            found.append(fits[0] if len(fits) == 1 else said)
            wrong.append(own is not None and len(fits) != 1)
            if wrong[-1]:
                problems.append(self._unfit(own, said, fits, known))
        self.frame = self.frame.with_columns(pl.Series(side, found, dtype=pl.String))
        self.wrong(name, pl.Series(wrong, dtype=pl.Boolean), problems)

    def _unfit(self, own: str, said: str | None, fits: Sequence[str], known: Mapping[str, Sequence[str]]) -> Problem:
        if fits:
            return Problem.of("clearing.given-both", sides=[_label(kind) for kind in fits])
        if said is not None and own in known:
            return Problem.of("clearing.given-other-side", side=_label(said), found=[_label(k) for k in known[own]])
        among = [other for other, held in known.items() if said is None or said in held]
        alike = tuple(get_close_matches(own, among, _ALIKE, 0.5)) or tuple(sorted(among)[:_ALIKE])
        return Problem.of("clearing.given-unknown", ids=alike)

    def wrong(self, name: str, mask: pl.Series, problems: Problem | list[Problem]) -> None:
        column = self.noun.column(name)
        self.findings.cells(self.block, column, mask, problems)

    def done(self) -> pl.DataFrame:
        """The rows, once nothing is wrong with any of them."""
        table = Table.of([(self.block, self.frame)])
        self.findings.merge([validate({self.noun.name: table})])
        self._stop()
        return table.values()

    def _stop(self) -> None:
        errors = [fault for fault in self.findings.faults if fault.severity == "error"]
        if errors:
            raise DataRefused(in_order(errors))


@cache
def tables() -> dict[str, Noun]:
    """The tables of `given.csv` by name."""
    heads: dict[str, tuple[str, str]] = {}
    columns: dict[str, list[Column]] = {}
    for row in _rows():
        if not row["name"]:
            heads[row["table"]] = (row["zh"], row["en"])
            continue
        kind, _, of = row["type"].partition(":")
        column = Column(row["table"], row["name"], kind, of, row["required"] == "yes", row["zh"], row["en"],
                        row["constraint"], "restricted")  # fmt: skip
        columns.setdefault(row["table"], []).append(column)
    return {name: Noun(name, zh, en, _KEYS[name], "given", tuple(columns[name])) for name, (zh, en) in heads.items()}


@cache
def _spellings(table: str) -> dict[str, Column]:
    """Compared header → column, by machine key, label or another name it goes by."""
    made = tables()[table]
    found: dict[str, Column] = {}
    for row in _rows():
        if row["table"] == table and row["name"]:
            for name in (row["name"], row["zh"], row["en"], *filter(None, row["also"].split("|"))):
                found.setdefault(spelt.key(name), made.column(row["name"]))
    return found


def _rows() -> list[dict[str, str]]:
    with (resources.files(__package__) / "given.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _heading(made: Noun, sheet: Sheet) -> tuple[int, dict[int, Column]] | None:
    """Number of rows up to and with the header, and the column under each place; the row that names most decides."""
    known = _spellings(made.name)
    best: tuple[int, dict[int, Column]] | None = None
    for row in range(min(_LOOK, len(sheet.columns[0]))):
        texts = [str(cells[row]) if cells[row] is not None else "" for cells in sheet.columns]
        named: dict[int, Column] = {}
        for i, text in enumerate(texts):
            column = known.get(spelt.key(spelt.unit_in(text)[0])) if text.strip() else None
            if column is not None and column not in named.values():
                named[i] = column
        if named and (best is None or len(named) > len(best[1])):
            best = row + 1, named
    return best


def _required(made: Noun) -> list[Label]:
    return [Label(c.zh, c.en) for c in made.columns if c.required]


def _codes(market: Clearing, kinds: Sequence[str]) -> Codes:
    return Codes({**market.vocabularies, "side": {kind: _label(kind) for kind in kinds}})


def _label(kind: str) -> Label:
    made = noun(sides.kind_of(kind).noun)
    return Label(made.zh, made.en)
