"""What is asked for, read and checked: the cases' attributes, minimums and caps. All faults at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

import numpy as np
import polars as pl

from tongtu.risk.book import Book
from tongtu.risk.simulation import Scenarios
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.why import Why

#: What picks the cases that a minimum or a cap is about.
DIMENSIONS = ("direction", "region", "track", "kind")
_ATTRIBUTES = {
    "case": pl.String(), **dict.fromkeys(DIMENSIONS, pl.String()), "start_stage": pl.String(),
    "currency": pl.String(),
}  # fmt: skip
_LIMITS = {
    **dict.fromkeys(DIMENSIONS, pl.String()), "cases": pl.Float64(), "amount": pl.Float64(),
    "currency": pl.String(), "share": pl.Float64(), "each_year": pl.Boolean(),
}  # fmt: skip
Kind = Literal["minimum", "cap"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At least (minimum) or at most (cap) `size` cases, money of a currency, or share of all money held, among the
    cases that match `match`; with `each_year`, in every year by itself."""

    name: str
    kind: Kind
    match: tuple[tuple[str, str], ...]
    unit: Literal["cases", "amount", "share"]
    size: float
    currency: str = ""
    each_year: bool = False


def attributes(frame: pl.DataFrame, book: Book) -> pl.DataFrame:
    """One row per case in the order of ids; every case of the book must be among them."""
    if "case" not in frame.columns:
        raise DataRefused(_fault("no-case-column"))
    table = frame.select(
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
        for name, kind in _ATTRIBUTES.items()
    ).sort("case")
    twice = table.filter(pl.col("case").is_duplicated() | pl.col("case").is_null())["case"].unique(maintain_order=True)
    faults = [Fault(Why("risk.case-twice", {"case": case}), Why("risk.case-twice-repair")) for case in twice]
    known = set(table["case"])
    faults += [_fault("case-missing", case=case) for case in book.cases if case not in known]
    if faults:
        raise DataRefused(faults)
    return table


def limits(frame: pl.DataFrame | None, kind: Kind, currencies: Iterable[str]) -> list[Limit]:
    """The rows of `minimums` or `caps`, by name; `currencies` are those that every budget's money converts to."""
    if frame is None:
        return []
    wrong = [name for name in frame.columns if name not in _LIMITS and name != kind]
    if kind not in frame.columns or wrong:
        column = ", ".join(wrong) if wrong else kind
        raise DataRefused(_fault("limit-columns", kind=kind, column=column, known=(kind, *_LIMITS)))
    table = frame.select(
        pl.col(kind).cast(pl.String()),
        *(pl.col(n).cast(t) if n in frame.columns else pl.lit(None, t).alias(n) for n, t in _LIMITS.items()),
    ).sort(kind, maintain_order=True)
    names = table[kind].to_list()
    known = set(currencies)
    faults: list[Fault] = []
    found = []
    for row in table.rows(named=True):
        name = row[kind]
        if name is None or names.count(name) > 1:
            faults.append(_fault("limit-name", name=name or ""))
            continue
        units = [unit for unit in ("cases", "amount", "share") if row[unit] is not None]
        fault = _faulty(row, units, known, name)
        if fault is not None:
            faults.append(fault)
            continue
        match = tuple((d, row[d]) for d in DIMENSIONS if row[d] is not None)
        unit: Any = units[0]
        found.append(Limit(name, kind, match, unit, row[unit], row["currency"] or "", bool(row["each_year"])))
    if faults:
        raise DataRefused(faults)
    return found


def _faulty(row: dict[str, Any], units: list[str], currencies: set[str], name: str) -> Fault | None:
    if len(units) != 1:
        return _fault("limit-unit", name=name)
    size, currency = row[units[0]], row["currency"]
    if not np.isfinite(size) or size < 0 or (units == ["share"] and size > 1):
        return _fault("limit-size", name=name, value=size)
    if units == ["amount"] and currency is None:
        return _fault("limit-currency", name=name)
    if units == ["amount"] and currency not in currencies:
        return _fault("limit-no-rate", name=name, currency=currency)
    return None


def scenarios(book: Book, given: Scenarios, level: float) -> None:
    """Raises UsageFault where they are not of this book, or too few for a tail at this level."""
    if given.cases != book.cases:
        raise UsageFault.because("risk_allocation.scenarios-other", "risk_allocation.scenarios-other-repair")
    least = ceil(1 / (1 - level) - 1e-9)
    if len(given) < least:
        raise UsageFault.because(
            "risk_allocation.scenarios-few", "risk_allocation.scenarios-few-repair", n=len(given), least=least
        )
    for first in range(0, len(book), 4096):
        if not np.isfinite(given.loss[first : first + 4096].sum(dtype=np.float64)):
            raise UsageFault.because("risk_allocation.scenarios-unknown", "risk_allocation.scenarios-unknown-repair")


def options(*, level: float, confidence: float, loss_cap: float | None, objective: str, rate: float | None) -> None:
    """Raises UsageFault naming every setting that cannot be taken."""
    faults = [
        _fault("out-of-range", name=name, value=value, low=0, high=1)
        for name, value in (("level", level), ("confidence", confidence))
        if not 0 < value < 1
    ]
    if loss_cap is not None and not (np.isfinite(loss_cap) and loss_cap >= 0):
        faults.append(_fault("cap-negative", value=loss_cap))
    if rate is not None and not (np.isfinite(rate) and rate > -1):
        faults.append(_fault("rate-wrong", value=rate))
    if objective == "value" and rate is None:
        faults.append(_fault("rate-missing"))
    if faults:
        raise UsageFault(faults)


def _fault(code: str, **args: Any) -> Fault:
    return Fault(Why(f"risk_allocation.{code}", args), Why(f"risk_allocation.{code}-repair", args))
