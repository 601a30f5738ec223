"""Figures a person supposes, put into one subject's rows of a registry: typed and checked, every fault at once.

    organisations.legal_person   a column of the subject
    firm_years.2025.revenue      a yearly figure, in a row of its own where that year has none
    equipment.E7.value           a column of one of its rows in another table, by the row's key
    titles                       all its rows of a table: the list given stands in their place
    titles+                      more rows beside those there are

Anything else is a fault; so is a value of another type than its column's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Column, Registry, noun, nouns, vocabularies
from tongtu.rules.asking.subjects import owner
from tongtu.rules.asking.values import Codes, near, read
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Why


def changed(
    registry: Registry,
    subject_noun: str,
    subject: str,
    changes: Mapping[str, Any],
    as_of: date,
    *,
    currency: str = "",
    codes: Codes | None = None,
) -> Registry:
    """The registry as it would be. `currency` is that of amounts in rows that name none.

    Raises UsageFault with every path or value that cannot be taken.
    """
    work = _Work(registry, subject_noun, subject, as_of, currency, {**vocabularies(), **(codes or {})})
    for path, value in changes.items():
        work.put(path, value)
    if work.faults:
        raise UsageFault(work.faults)
    return registry.replace(**work.tables)


@dataclass(slots=True)
class _Work:
    registry: Registry
    noun: str
    subject: str
    as_of: date
    currency: str
    codes: Codes
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def put(self, path: str, value: Any) -> None:
        table, *steps = path.split(".")
        name = table.removesuffix("+")
        if name not in self._tables():
            self._fault(path, "no-table", name=name, subject=_named(self.noun), names=near(name, self._tables()))
        elif not steps and name != self.noun:
            self._rows(path, name, value, more=table.endswith("+"))
        elif len(steps) == (1 if name == self.noun else 2) and not table.endswith("+"):
            self._cell(path, name, steps[:-1], steps[-1], value)
        else:
            self._fault(path, "bad-path", form=self._form(name))

    def _cell(self, path: str, name: str, where: list[str], column: str, value: Any) -> None:
        frame = self._row_of(path, name, where)
        known = self._column(path, name, column)
        if frame is None or known is None:
            return
        mine = frame.select(self._chosen(name, where).fill_null(False)).to_series()
        given = self._read(path, known, value, self._currency(frame.filter(mine)))
        self.tables[name] = frame.with_columns(
            pl.when(mine).then(pl.lit(v, frame.schema[c])).otherwise(pl.col(c)).alias(c) for c, v in given.items()
        )

    def _row_of(self, path: str, name: str, where: list[str]) -> pl.DataFrame | None:
        """The table with the row a path speaks of in it, or None after a fault."""
        frame = self.tables.get(name, self.registry[name])
        if where and _yearly(name) and not where[0].isdigit():
            self._fault(path, "bad-path", form=self._form(name))
            return None
        if not frame.filter(self._chosen(name, where)).is_empty():
            return frame
        if where and _yearly(name):
            row = {self._owner(name): [self.subject], "year": [int(where[0])]}
            return pl.concat([frame, pl.DataFrame(row, schema_overrides=frame.schema)], how="diagonal")
        known = frame.filter(self._owned(name))[noun(name).key[0]]
        self._fault(path, "no-row", key=where[0], table=_named(name), names=near(where[0], known))
        return None

    def _rows(self, path: str, name: str, value: Any, *, more: bool) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(v, Mapping) for v in value):
            self._fault(path, "bad-rows", form=self._form(name))
            return
        frame = self.tables.get(name, self.registry[name])
        kept = frame if more else frame.filter(~self._owned(name).fill_null(False))
        rows = [self._row(f"{path}[{i}]", name, f"{self.subject}+{i}", given) for i, given in enumerate(value)]
        if kept.is_empty() and not rows:  # none at all is not the same as nothing known: a row of nobody's says so
            rows = [{noun(name).key[0]: f"{self.subject}+none"}]
        added = [pl.DataFrame([row], schema={c: frame.schema[c] for c in row}) for row in rows]
        self.tables[name] = pl.concat([kept, *added], how="diagonal")

    def _row(self, path: str, name: str, key: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """A new row: its key, owner, first valid day and currency are filled in where they are left out."""
        row: dict[str, Any] = {noun(name).key[0]: key, self._owner(name): self.subject}
        if "valid_from" in noun(name).schema():
            row["valid_from"] = self.as_of
        for column, value in given.items():
            known = self._column(path, name, column)
            if known is not None:
                row |= self._read(f"{path}.{column}", known, value, str(given.get("currency") or ""))
        return row

    def _read(self, path: str, column: Column, value: Any, currency: str) -> dict[str, Any]:
        """What is to be stored, by column: an amount brings its currency along."""
        bare = currency or ("" if isinstance(value, Money) else self.currency)
        found = read(column, value, bare, self.codes)
        if found.fault is not None:
            self.faults.append(Fault(found.fault, found.repair, column=path, value=str(value)))
            return {}
        if isinstance(found.value, Money):
            return {column.name: found.value.minor, "currency": found.value.currency}
        return {column.name: found.value}

    def _column(self, path: str, name: str, column: str) -> Column | None:
        fixed = {*noun(name).key, self._owner(name)}
        known = {c.name: c for c in noun(name).columns if c.name not in fixed}
        if column not in known:
            self._fault(path, "no-column", name=column, table=_named(name), names=near(column, known))
        return known.get(column)

    def _chosen(self, name: str, where: list[str]) -> pl.Expr:
        if not where:
            return self._owned(name)
        key = pl.col("year") == int(where[0]) if _yearly(name) else pl.col(noun(name).key[0]) == where[0]
        return self._owned(name) & key

    def _owner(self, name: str) -> str:
        found = owner(name, self.noun)
        assert found is not None
        return found

    def _owned(self, name: str) -> pl.Expr:
        return pl.col(self._owner(name)) == self.subject

    def _currency(self, rows: pl.DataFrame) -> str:
        named = rows["currency"].drop_nulls() if "currency" in rows.columns else None
        return str(named[0]) if named is not None and len(named) else ""

    def _tables(self) -> list[str]:
        """Tables with rows about the subject."""
        return [self.noun, *(name for name in nouns() if name != self.noun and owner(name, self.noun))]

    def _form(self, name: str) -> str:
        """How a path into a table is written."""
        if name == self.noun:
            return f"{name}.COLUMN"
        return f"{name}.YEAR.COLUMN" if _yearly(name) else f"{name}.KEY.COLUMN, {name}, {name}+"

    def _fault(self, path: str, code: str, /, **args: object) -> None:
        self.faults.append(Fault(Why(f"asking.{code}", args), Why(f"asking.{code}-repair", args), column=path))


def _yearly(name: str) -> bool:
    """Whether a table's rows are told apart by year."""
    return "year" in noun(name).key


def _named(name: str) -> Label:
    return Label(noun(name).zh, noun(name).en)
