"""Columns that know the future, found before they are believed.

A registry filled in afterwards tells the result: a text that is blanked once a project went on, a rating given at
its end. Such a column predicts splendidly and is worth nothing. Five looks, each finding a figure and a reason:

    declared      the column is known to be written after the result (given as data)
    power         alone it tells results apart better than an honest one does (area under the ROC curve, held-out rows)
    certain       one of its values, in many rows, goes with one result and never with the other
    missing       whether it is filled in tells the result
    recorded      it holds days after the day of decision

Nothing here can prove a leak, and a leak that is as weak as an honest column passes: whoever knows better keeps or
drops a column by name. The threshold of 0.75 is ours: on real project outcomes honest columns reached 0.60, leaks 0.84.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.columns.encoding import Encoder
from tongtu.risk.columns.reading import Column, columns, target
from tongtu.risk.scores import auc
from tongtu.terms.why import Ratio, Why

Kind = Literal["declared", "power", "certain", "missing", "recorded"]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: area under the curve from which a single column is not believed
THRESHOLD = 0.75
#: and how many standard errors it must lie above chance
_SURE = 4.0
_RECORDED = 0.01  # share of rows dated after the decision
#: a value is certain where so many of the rarer result were to be expected and hardly any is there; rows it must hold
_EXPECTED, _HARDLY, _ROWS = 20.0, 0.01, 0.05
_WORTH = 4.0  # results' worth of the base rate in a level's rate
#: columns of the noun `outcomes` that are written when a stage has ended
AFTER = ("left", "result", "cost_actual", "value_added", "yield", "price_against_incumbent")


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that is not believed: how it was found, the figure, and the reason."""

    column: str
    kind: Kind
    figure: float | None
    why: Why


def scan(
    table: pl.DataFrame, of: str, *, time: str | None = None, declared: Sequence[str] = (),
    decided: str | None = None, recorded: Mapping[str, str] | None = None, threshold: float = THRESHOLD,
) -> list[Leak]:  # fmt: skip
    """Leaks among all columns but the target `of`, in the table's order; one finding for each column.

    `time` names the column held-out rows are told by (the later third; every third row else). `declared`: columns known
    to be written later. `decided` names a column of days by which each row was decided; other columns of days that
    lie after it are leaks, and so are columns whose own day of record, by `recorded`, does. Raises DataRefused.
    """
    known = {name: one for name, one in columns(table).items() if name != of}
    return among(known, target(table, of).to_numpy(), time=time, declared=declared, decided=decided,
                 recorded=recorded, threshold=threshold)  # fmt: skip


def among(
    known: Mapping[str, Column], y: Floats, *, time: str | None = None, declared: Sequence[str] = (),
    decided: str | None = None, recorded: Mapping[str, str] | None = None, threshold: float = THRESHOLD,
) -> list[Leak]:  # fmt: skip
    """`scan` over columns that were read already; `y` is NaN where the result is not known."""
    told = ~np.isnan(y)
    later = _later(known, time, told)
    found = []
    for name, one in known.items():
        if name in (time, decided):
            continue
        leak = (
            _declared(name, declared)
            or _recorded(one, known, decided, recorded or {})
            or _power(one, y, told, later, threshold)
            or _certain(one, y, told)
            or _missing(one, y, told, threshold)
        )
        if leak is not None:
            found.append(leak)
    return found


def _declared(name: str, declared: Sequence[str]) -> Leak | None:
    hit = name in declared or name in AFTER
    return Leak(name, "declared", None, Why("risk_fit.leak-declared", {"column": name})) if hit else None


def _recorded(
    one: Column, known: Mapping[str, Column], decided: str | None, recorded: Mapping[str, str]
) -> Leak | None:
    day = known.get(recorded.get(one.name, ""), one)
    by = known.get(decided or "")
    if by is None or day.kind != "time" or by.values.dtype != pl.Float64:
        return None
    late = (day.values > by.values).fill_null(False)
    share = float(late.mean() or 0.0)  # type: ignore[arg-type]
    if share <= _RECORDED:
        return None
    told = {"column": one.name, "decided": by.name, "share": Ratio(share)}
    return Leak(one.name, "recorded", share, Why("risk_fit.leak-recorded", told))


def _power(one: Column, y: Floats, told: Mask, later: Mask, threshold: float) -> Leak | None:
    if one.kind not in ("number", "level", "time") and one.values.dtype == pl.String:
        return None  # texts and names of rows are no features
    score = _strength(one, y, told, later)
    if score is None or score < threshold:
        return None
    why = Why("risk_fit.leak-power", {"column": one.name, "auc": round(score, 3), "threshold": threshold})
    return Leak(one.name, "power", score, why)


def _strength(one: Column, y: Floats, told: Mask, later: Mask) -> float | None:
    """The better of the plain figure and of the rates of its levels, both ways, if it is surely above chance."""
    encoder = Encoder.of(one)
    codes = encoder.codes(one.values)
    fit, look = told & ~later, told & later
    if not fit.any() or not look.any():
        return None
    size = encoder.size + 1
    base = y[fit].mean()
    n, k = np.bincount(codes[fit], minlength=size), np.bincount(codes[fit], y[fit], size)
    scores = [auc(((k + _WORTH * base) / (n + _WORTH))[codes[look]], y[look])]
    if one.values.dtype == pl.Float64:
        filled = look & one.values.is_not_null().to_numpy()
        plain = auc(one.values.fill_null(0.0).to_numpy()[filled], y[filled]) if filled.sum() > look.sum() / 2 else None
        scores.append(None if plain is None else max(plain, 1 - plain))
    best = max((s for s in scores if s is not None), default=None)
    return best if best is not None and _sure(best, y[look]) else None


def _certain(one: Column, y: Floats, told: Mask) -> Leak | None:
    """Values that tell the result for sure. Chance leaves a few of the other result in any honest value."""
    if one.kind in ("identifier", "text", "constant"):
        return None
    encoder = Encoder.of(one)
    codes = encoder.codes(one.values)[told]
    n = np.bincount(codes, minlength=encoder.size + 1).astype(np.float64)
    ones = np.bincount(codes, y[told], encoder.size + 1)
    base = float(y[told].mean())
    sure = np.zeros(len(n), bool)
    for seen, share in ((ones, base), (n - ones, 1 - base)):
        sure |= (n * share >= _EXPECTED) & (seen <= _HARDLY * n * share)
    rows = float(n[sure].sum() / n.sum())
    if rows < _ROWS:
        return None
    why = Why("risk_fit.leak-certain", {"column": one.name, "share": Ratio(rows)})
    return Leak(one.name, "certain", rows, why)


def _missing(one: Column, y: Floats, told: Mask, threshold: float) -> Leak | None:
    """Half the way from chance is enough here: to be filled in or not is one bit, and hardly ever an honest one."""
    blank = one.values.is_null().to_numpy()[told].astype(np.float64)
    score = auc(blank, y[told])
    if score is None or not _sure(max(score, 1 - score), y[told]):
        return None
    score = max(score, 1 - score)
    if score < (threshold + 0.5) / 2:
        return None
    why = Why("risk_fit.leak-missing", {"column": one.name, "auc": round(score, 3)})
    return Leak(one.name, "missing", score, why)


def _sure(score: float, y: Floats) -> bool:
    ones = float(y.sum())
    zeros = len(y) - ones
    error = np.sqrt((ones + zeros + 1) / (12 * ones * zeros)) if ones and zeros else np.inf
    return bool(score - 0.5 > _SURE * error)


def _later(known: Mapping[str, Column], time: str | None, told: Mask) -> Mask:
    """The rows to look at: the later third by time, or every third."""
    clock = known.get(time or "")
    if clock is not None and clock.values.dtype == pl.Float64 and clock.values.null_count() < len(told) / 2:
        values = clock.values.to_numpy()
        cut = np.nanquantile(values[told], 2 / 3)
        late = np.nan_to_num(values, nan=-np.inf) >= cut
        if (told & late).any() and (told & ~late).any():
            return np.asarray(late)
    rows = pl.DataFrame([one.values.alias(str(k)) for k, one in enumerate(known.values())])
    return np.asarray((rows.hash_rows(seed=1) % 3 == 2).to_numpy())  # by what a row says, not where it stands
