"""A structure of layers, read from a table and refused with everything that is wrong with it.

Columns (absent ones are blank): `name`, `kind` (insurance, guarantee, equity, mezzanine, senior), `order` (within its
kind, lowest bears first), `amount` (minor units) or `share`, `attach` and `detach` (shares of the capital, instead of
an amount), `basis` (of a guarantee: share, first_loss or per_case), `deductible` and `cap` (minor units; of an
insurance or a guarantee per case they are for each case), `cases` (list of ids covered; blank: all), `price` (what is
paid for it once, as a share of its amount: premium, fee, coupon).

Losses run through it in this order: insurance and guarantees of single cases, guarantees of the whole (a share of every
loss, or the first of it), then equity, mezzanine and senior until all are used up; what is left is `beyond`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.book import Book
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

Bools = npt.NDArray[np.bool_]

COVERS = ("insurance", "guarantee")
#: the tranches, from the first that bears a loss to the last
TRANCHES = ("equity", "mezzanine", "senior")
KINDS = (*COVERS, *TRANCHES)
BASES = ("share", "first_loss", "per_case")

_SLACK = 1e-6
_SCHEMA: dict[str, Any] = {
    "name": pl.String(), "kind": pl.String(), "order": pl.Int64(), "amount": pl.Float64(), "share": pl.Float64(),
    "attach": pl.Float64(), "detach": pl.Float64(), "basis": pl.String(), "deductible": pl.Float64(),
    "cap": pl.Float64(), "cases": pl.List(pl.String()), "price": pl.Float64(),
}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One who bears. `amount`: the most a tranche can lose or a cover can pay (infinite: no limit). `share`: of each
    loss that a cover bears. `cases`: mask over the book; `each`: the cover looks at single cases. `exposure`: what its
    price is a share of: the amount, or for a cover without one what it could pay if all were lost."""

    name: str
    kind: str
    amount: float
    share: float
    deductible: float
    cap: float
    cases: Bools
    each: bool
    first: bool
    price: float | None
    exposure: float


@dataclass(frozen=True)
class Structure:
    """Layers in the order in which they bear; `capital` is what the tranches fund."""

    layers: tuple[Layer, ...]
    capital: float

    @property
    def tranches(self) -> tuple[Layer, ...]:
        return tuple(layer for layer in self.layers if layer.kind in TRANCHES)


def structure(book: Book, table: pl.DataFrame, *, capital: float | None = None) -> Structure:
    """The structure of this table over this book. `capital` defaults to the mean cost of all stages of all cases.

    Raises DataRefused naming every fault: kinds, bases or cases that do not exist, names twice, sizes missing, given
    twice or negative, tranches that do not add up to the capital or overlap, and no tranche that bears the first loss.
    """
    whole = float(book.cost_mean.sum()) if capital is None else float(capital)
    faults: list[Fault] = []
    if not (np.isfinite(whole) and whole > 0):
        raise DataRefused(_fault("capital", capital=whole))
    rows = _typed(table)
    _names(rows, faults)
    for row in rows:
        _numbers(row, faults)
        _size(row, faults)
        _cases(row, book, faults)
    _stacked([row for row in rows if row["kind"] in TRANCHES], whole, faults)
    if faults:
        raise DataRefused(faults)
    layers = sorted((_layer(row, book, whole) for row in rows), key=lambda layer: _place(layer, rows))
    return Structure(tuple(layers), whole)


def _typed(table: pl.DataFrame) -> list[dict[str, Any]]:
    absent = [name for name in ("name", "kind") if name not in table.columns]
    if absent:
        raise DataRefused(_fault("column-missing", column=", ".join(absent)))
    faults, columns = [], []
    for name, kind in _SCHEMA.items():
        column = table[name] if name in table.columns else pl.Series(name, [None] * table.height)
        try:
            columns.append(column.cast(kind).alias(name))
        except pl.exceptions.PolarsError:
            faults.append(_fault("unreadable", column=name))
    if faults:
        raise DataRefused(faults)
    if not table.height:
        raise DataRefused(_fault("no-first-loss"))
    return list(pl.DataFrame(columns).rows(named=True))


def _names(rows: list[dict[str, Any]], faults: list[Fault]) -> None:
    names = [row["name"] for row in rows]
    for row in rows:
        if not row["name"]:
            faults.append(_fault("nameless", kind=row["kind"]))
        if row["kind"] not in KINDS:
            faults.append(_fault("kind-unknown", name=row["name"], kind=row["kind"], known=KINDS))
    faults += [_fault("name-twice", name=name) for name in sorted({n for n in names if n and names.count(n) > 1})]


def _numbers(row: Mapping[str, Any], faults: list[Fault]) -> None:
    for column in ("amount", "deductible", "cap", "price"):
        value = row[column]
        if value is not None and not (np.isfinite(value) and value >= 0):
            faults.append(_fault("below-zero", name=row["name"], column=column, value=value))
    for column in ("share", "attach", "detach"):
        value = row[column]
        if value is not None and not 0 <= value <= 1:
            faults.append(_fault("share-outside", name=row["name"], column=column, value=value))


def _size(row: Mapping[str, Any], faults: list[Fault]) -> None:
    """Each kind states its size in one way."""
    name, kind = row["name"], row["kind"]
    given = [c for c in ("amount", "share", "detach") if row[c] is not None]
    if kind in TRANCHES and len(given) != 1:
        faults.append(_fault("size-missing" if not given else "size-twice", name=name, given=tuple(given)))
    if kind in TRANCHES and row["detach"] is not None and (row["attach"] or 0.0) >= row["detach"]:
        faults.append(_fault("layer-inverted", name=name, attach=row["attach"] or 0.0, detach=row["detach"]))
    if kind in TRANCHES and row["attach"] is not None and row["detach"] is None:
        faults.append(_fault("no-detach", name=name))
    if kind == "guarantee" and row["basis"] not in BASES:
        faults.append(_fault("basis-unknown", name=name, basis=row["basis"], known=BASES))
    if kind == "guarantee" and row["basis"] == "first_loss" and (row["amount"] is None) == (row["share"] is None):
        faults.append(_fault("first-loss-size", name=name))
    if kind == "guarantee" and row["basis"] in ("share", "per_case") and row["share"] is None:
        faults.append(_fault("guarantee-share", name=name))


def _cases(row: Mapping[str, Any], book: Book, faults: list[Fault]) -> None:
    strangers = sorted(set(row["cases"] or ()) - set(book.cases))
    if strangers:
        faults.append(_fault("case-unknown", name=row["name"], cases=tuple(strangers[:5])))
    looks_at_cases = row["kind"] == "insurance" or row["basis"] == "per_case"
    if row["cases"] is not None and not looks_at_cases:
        faults.append(_fault("cases-ignored", name=row["name"]))


def _stacked(rows: list[dict[str, Any]], capital: float, faults: list[Fault]) -> None:
    """The tranches must cover the capital once, from the first loss on."""
    if not any(row["kind"] == "equity" for row in rows):
        faults.append(_fault("no-first-loss"))
    if any(row["detach"] is not None for row in rows):
        spans = sorted((row["attach"] or 0.0, row["detach"], row["name"]) for row in rows if row["detach"] is not None)
        if len(spans) < len(rows):
            faults.append(_fault("mixed-sizes"))
            return
        at = 0.0
        for attach, detach, name in spans:
            if attach > at + _SLACK:
                faults.append(_fault("layers-gap", name=name, attach=attach, reached=round(at, 6)))
            if attach < at - _SLACK:
                faults.append(_fault("layers-overlap", name=name, attach=attach, reached=round(at, 6)))
            at = max(at, detach)
        if abs(at - 1) > _SLACK and spans:
            faults.append(_fault("layers-end", reached=round(at, 6)))
        return
    sizes = [row["share"] * capital if row["share"] is not None else row["amount"] for row in rows]
    if rows and all(size is not None for size in sizes) and abs(sum(sizes) - capital) > max(_SLACK * capital, 1.0):
        total = round(sum(sizes) / capital, 6)
        faults.append(_fault("not-adding-up", total=total, capital=round(capital), sum=round(sum(sizes))))


def _layer(row: Mapping[str, Any], book: Book, capital: float) -> Layer:
    kind, basis = row["kind"], row["basis"]
    each = kind == "insurance" or basis == "per_case"
    wanted = set(row["cases"]) if row["cases"] is not None else None
    cases = np.array([wanted is None or case in wanted for case in book.cases], bool)
    cap = np.inf if row["cap"] is None else float(row["cap"])
    share = 1.0 if row["share"] is None else float(row["share"])
    first = basis == "first_loss"
    if kind in TRANCHES:
        if row["detach"] is not None:
            amount = (row["detach"] - (row["attach"] or 0.0)) * capital
        else:
            amount = row["amount"] if row["amount"] is not None else row["share"] * capital
        share = 1.0
    elif first:
        amount, share = row["amount"] if row["amount"] is not None else row["share"] * capital, 1.0
    else:
        amount = np.inf if row["amount"] is None else float(row["amount"])
    if kind == "guarantee" and not each:
        amount, cap = min(float(amount), cap), np.inf
    deductible = float(row["deductible"] or 0.0)
    whole = (
        np.minimum(np.maximum(book.total_cost - deductible, 0.0) * share, cap)[cases].sum() if each else share * capital
    )
    return Layer(row["name"], kind, float(amount), share, deductible, cap, cases, each, first, row["price"],
                 float(amount) if kind in TRANCHES else min(float(amount), float(whole)))  # fmt: skip


def _place(layer: Layer, rows: list[dict[str, Any]]) -> tuple[int, int, float, int, str]:
    """Covers of single cases, covers of the whole (shares before the first loss), tranches upwards."""
    row = next(row for row in rows if row["name"] == layer.name)
    group = 2 + TRANCHES.index(layer.kind) if layer.kind in TRANCHES else int(not layer.each)
    within = COVERS.index(layer.kind) if layer.each else int(layer.first)
    return group, within, float(row["attach"] or 0.0), row["order"] or 0, layer.name


def _fault(code: str, /, **args: Any) -> Fault:
    code = f"risk_tranches.{code}"
    return Fault(Why(code, args), Why(f"{code}-repair", args), file="structure")
