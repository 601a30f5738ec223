"""What only whole tables can tell: constraints, unique keys, and keys of other nouns that must exist."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tongtu.registry.blocks import Block
from tongtu.registry.columns import Column, Noun, noun
from tongtu.registry.findings import Explain, Findings, Problem
from tongtu.terms.faults import Severity
from tongtu.terms.why import Label, Ratio, Why

if TYPE_CHECKING:
    import polars as pl

#: where a subject of each kind lives
SUBJECTS = {
    "need": "needs", "achievement": "achievements", "scenario": "scenarios", "platform": "platforms",
    "line": "lines", "service": "services", "organisation": "organisations", "person": "people",
    "case": "cases", "item": "items", "project": "projects",
}  # fmt: skip

_BLOCK, _INDEX = "_block", "_index"


@dataclass(slots=True)
class Table:
    """A noun's rows from all its blocks; `frame` has two more columns that tell block and row."""

    noun: Noun
    blocks: Sequence[Block]
    frame: pl.DataFrame

    @classmethod
    def of(cls, parts: Sequence[tuple[Block, pl.DataFrame]]) -> Table:
        import polars as pl

        frames = [
            frame.with_columns(pl.lit(i, pl.Int32).alias(_BLOCK)).with_row_index(_INDEX)
            for i, (_, frame) in enumerate(parts)
        ]
        return cls(parts[0][0].noun, [block for block, _ in parts], pl.concat(frames))

    def values(self) -> pl.DataFrame:
        return self.frame.drop(_BLOCK, _INDEX)

    def report(
        self, findings: Findings, column: Column, wrong: pl.Series, explain: Explain, severity: Severity = "error"
    ) -> None:
        """A finding for each row of the table where the mask is true, in its own block."""
        import polars as pl

        wrong = wrong.fill_null(False)
        if not wrong.any():
            return
        places = self.frame.filter(wrong).select(_BLOCK, _INDEX).with_row_index("_nth")
        for i, block in enumerate(self.blocks):
            here = places.filter(pl.col(_BLOCK) == i)
            if here.height:
                mask = pl.repeat(False, len(block.rows), eager=True).scatter(here[_INDEX], True)
                own = [explain[n] for n in here["_nth"]] if isinstance(explain, Sequence) else explain
                findings.cells(block, column, mask, own, severity)


def validate(tables: Mapping[str, Table], *, references: bool = True) -> Findings:
    """Every fault between cells, rows and tables; keys of other nouns are looked up where `references` says so."""
    findings = Findings()
    for table in tables.values():
        for column in table.noun.columns:
            _constraint(table, column, findings)
        _unique(table, findings)
    keys = _Keys(tables)
    for table in tables.values() if references else ():
        _references(table, keys, findings)
    return findings


def _constraint(table: Table, column: Column, findings: Findings) -> None:
    rule, values = column.constraint, table.frame[column.name]
    if not rule:
        return
    if between := re.fullmatch(r"(-?[\d.]+)\.\.(-?[\d.]+)", rule):
        low, high = float(between[1]), float(between[2])
        problem = Problem.of("registry.range", low=_limit(column, low), high=_limit(column, high))
        table.report(findings, column, ~values.is_between(low, high), problem)
    elif bound := re.fullmatch(r"(>=?)(-?[\d.]+)", rule):
        limit = float(bound[2])
        below = values < limit if bound[1] == ">=" else values <= limit
        code = "registry.at-least" if bound[1] == ">=" else "registry.above"
        table.report(findings, column, below, Problem.of(code, limit=_limit(column, limit)))
    else:
        other = table.noun.column(rule.removeprefix(">="))
        label = Label(other.zh, other.en)
        table.report(findings, column, values < table.frame[other.name], Problem.of("registry.before", other=label))


def _limit(column: Column, limit: float) -> object:
    if column.kind == "ratio":
        return Ratio(limit)
    return int(limit) if limit == int(limit) else limit


def _unique(table: Table, findings: Findings) -> None:
    """Later rows that repeat a key are faults that name the first one."""
    import polars as pl

    key = list(table.noun.key)
    if not key:
        return
    required = [k for k in key if table.noun.column(k).required]
    whole = table.frame.filter(pl.all_horizontal(pl.col(required).is_not_null()))
    if not whole.select(key).is_duplicated().any():
        return
    again = table.frame.select(
        pl.all_horizontal(pl.col(required).is_not_null()) & ~pl.struct(key).is_first_distinct()
    ).to_series()
    names = [Label(c.zh, c.en) for c in map(table.noun.column, key)]
    problems = [
        Problem.of("registry.duplicate", key=names, file=file, row=row)
        for file, row in _first_places(table, key, again)
    ]
    table.report(findings, table.noun.column(key[0]), again, problems)


def _first_places(table: Table, key: list[str], again: pl.Series) -> list[tuple[str, int]]:
    """File and row where the key of each repeated row stands first."""
    import polars as pl

    first = table.frame.group_by(key, maintain_order=True).agg(pl.first(_BLOCK), pl.first(_INDEX))
    found = table.frame.filter(again).select(key).join(first, on=key, nulls_equal=True, maintain_order="left")
    places = []
    for block, index in found.select(_BLOCK, _INDEX).iter_rows():
        source = table.blocks[block]
        places.append((source.file, int(source.rows[index])))
    return places


def _references(table: Table, keys: _Keys, findings: Findings) -> None:
    for column in table.noun.columns:
        if column.kind in ("ref", "refs"):
            _keys_exist(table, column, column.of, table.frame[column.name], keys, findings)
        elif column.kind == "subject":
            kinds = table.frame[f"{column.name}_kind"]
            for kind, target in SUBJECTS.items():
                of_kind = table.frame[column.name].set((kinds != kind).fill_null(True), None)
                _keys_exist(table, column, target, of_kind, keys, findings)


def _keys_exist(table: Table, column: Column, target: str, values: pl.Series, keys: _Keys, findings: Findings) -> None:
    """Keys that a present table lacks are errors; an absent table is a warning for the column."""
    if values.null_count() == len(values):
        return
    label = Label(noun(target).zh, noun(target).en)
    known = keys.of(target)
    if known is None:
        absent = Problem.of("registry.table-absent", table=label)
        for block in table.blocks:
            findings.column(block, column, absent, "warning")
        return
    missing = _missing_many(values, known) if column.many else ~values.is_in(known)
    if not missing.any():
        return
    names = keys.names(target)

    def explain(shown: str) -> Problem:
        what = Why("registry.reference", {"table": label})
        if (meant := names.get(shown.strip())) is not None:
            return Problem(what, Why("registry.reference-by-name", {"id": meant}))
        return Problem(what, Why("registry.reference-repair", {"table": label}))

    table.report(findings, column, missing, explain)


def _missing_many(values: pl.Series, known: pl.Series) -> pl.Series:
    """True for a list with any key that is unknown."""
    import polars as pl

    rows = pl.DataFrame({"row": pl.int_range(len(values), eager=True), "key": values}).explode("key")
    lost = rows.filter(pl.col("key").is_not_null() & ~pl.col("key").is_in(known))["row"]
    return pl.repeat(False, len(values), eager=True).scatter(lost.unique(), True)


class _Keys:
    """The keys of every table, gathered once where they are asked for."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._known: dict[str, pl.Series] = {}

    def of(self, target: str) -> pl.Series | None:
        """The keys as one list to look in; None where the table is absent or has no rows."""
        if target in self._tables and target not in self._known and self._tables[target].frame.height:
            found = self._tables[target].frame[noun(target).key[0]]
            self._known[target] = found.drop_nulls().unique().implode()
        return self._known.get(target)

    def names(self, target: str) -> dict[str, str]:
        """Name → key, so that a reference by name can be answered with the key that was meant."""
        frame, key = self._tables[target].frame, noun(target).key[0]
        if "name" not in frame.columns:
            return {}
        return dict(frame.select("name", key).drop_nulls().iter_rows())
