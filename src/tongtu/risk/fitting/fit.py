"""Fitting any table with a yes-or-no target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu.risk import leaks as scanning
from tongtu.risk.columns.encoding import Crossing, Encoder
from tongtu.risk.columns.reading import Column, clock, columns, target
from tongtu.risk.fitting import selecting
from tongtu.risk.fitting.choosing import Choice, Data, Model, choose
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Ratio, Why

#: columns beyond the cells, at most
_MOST = 12


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted table: what was used and why, what was left out and why, and how it did on held-out rows."""

    target: str
    rows: int
    rate: float
    blocks: tuple[Encoder | Crossing, ...]  # those used
    cells: Crossing | None
    model: Model
    choice: Choice
    time: str | None
    periods: tuple[float, ...]
    unit: float  # of the column of time, one period
    counts: tuple[tuple[int, int], ...]  # rows and successes by cell
    leaks: tuple[scanning.Leak, ...]
    left_out: tuple[Why, ...]
    why: Why


def fit(
    table: pl.DataFrame, of: str, *, cells: Sequence[str] = (), drop: Sequence[str] = (), keep: Sequence[str] = (),
    time: str | None = None, declared: Sequence[str] = (), threshold: float = scanning.THRESHOLD,
    new: pl.DataFrame | None = None,
) -> Fitted:  # fmt: skip
    """Pooled rates of `of` (0/1, true/false, yes/no, 是/否) by cells and further columns, never worse by design than
    the shrunken base rate: effects are kept only as far as they help on held-out rows.

    `cells`: columns whose combination is a row's cell (default: chosen). `drop`: columns not to use. `keep`: columns to
    use although they look like leaks. `time`: the column that tells when (default: chosen among years and dates);
    days and years are never features, and the level is carried on from period to period, not drawn on as a line.
    `declared`: columns written after the result. `threshold`: see `leaks`. `new`: the rows to be predicted, of which
    only the columns that are there and their dates are looked at. Raises DataRefused with every fault.
    """
    _check(table, of, {"cells": cells, "drop": drop, "keep": keep, "time": [time] if time else []}, new)
    y = target(table, of).to_numpy()
    here = table.filter(~np.isnan(y)).drop(of)
    y = y[~np.isnan(y)]
    known = columns(here)
    time = _clock(known, time, new, [*drop, *cells])
    found = [leak for leak in scanning.among(known, y, time=time, declared=declared, threshold=threshold)
             if leak.column not in keep and leak.column not in drop]  # fmt: skip
    barred = {leak.column for leak in found} | set(drop) | {time}
    names, left_out = selecting.usable(known, cells, keep, barred, new)
    encoders = {name: Encoder.of(known[name]) for name in names}
    codes = {name: encoder.codes(known[name].values) for name, encoder in encoders.items()}
    period, times, unit = selecting.periods(known.get(time or ""), len(y))
    base = np.bincount(period, y) / np.bincount(period)
    worth = selecting.excess(y - base[period], base[period], encoders, codes)
    of_cells = [name for name in cells if name in encoders] or selecting.cell_of(worth, known, encoders, codes)
    further = [name for name in worth if name not in of_cells][:_MOST]
    apart = selecting.other_draw(encoders, codes, new) if new is not None and len(times) < 2 else []
    if apart:  # nothing to hold out by what would tell whether more than the cells holds there as well
        further = []
        left_out.append(Why("risk_fit.other-draw", {"columns": apart}))
    crossing = Crossing.of(tuple(encoders[name] for name in of_cells), here) if of_cells else None
    blocks: list[Encoder | Crossing] = [encoders[name] for name in of_cells]
    blocks += [crossing] if crossing is not None and len(of_cells) > 1 else []
    cell = crossing.codes(here) if crossing is not None else np.zeros(len(y), np.int64)
    every = [*(cell if isinstance(one, Crossing) else codes[one.name] for one in blocks), *(codes[n] for n in further)]
    own, blocks = range(len(blocks)), [*blocks, *(encoders[name] for name in further)]
    data = Data(y, period, times, tuple(every), tuple(block.size for block in blocks), cell)
    data = data.of(np.lexsort([*reversed(every), y, period]))  # the order of rows is nobody's
    choice = choose(data, own, range(len(own), len(blocks)), another=bool(apart))
    model = Model.of(data.of(np.arange(len(y)), choice.blocks), choice.memory, another=bool(apart))
    counts = zip(np.bincount(data.cell).tolist(), np.bincount(data.cell, data.y).astype(int).tolist(), strict=True)
    used = tuple(blocks[k] for k in choice.blocks)
    rate = float(y.mean())
    return Fitted(of, len(y), rate, used, crossing, model, choice, time, tuple(times), unit, tuple(counts),
                  tuple(found), tuple(left_out), _told(of, len(y), rate, used, choice, time))  # fmt: skip


def _clock(known: dict[str, Column], time: str | None, new: pl.DataFrame | None, without: Sequence[str]) -> str | None:
    """The column of time that is asked for, or the best there is. Raises DataRefused where it tells none."""
    if time is None:
        shared = None
        if new is not None:
            times = [name for name in new.columns if name in known and known[name].kind == "time"]
            shared = columns(new.select(times))
            known = {name: one for name, one in known.items() if name in new.columns}
        return clock(known, shared, without)
    if known[time].values.dtype != pl.Float64 or known[time].kind == "constant":
        raise DataRefused(fault("no-time", column=time))
    return time


def _check(table: pl.DataFrame, of: str, asked: dict[str, Sequence[str]], new: pl.DataFrame | None) -> None:
    faults = []
    if of not in table.columns:
        faults.append(fault("no-target", target=of, columns=table.columns[:20]))
    if not table.height:
        faults.append(fault("no-rows"))
    for option, names in asked.items():
        for name in names:
            if name not in table.columns or name == of:
                faults.append(fault("no-column", option=f"--{option}", column=name, columns=table.columns[:20]))
            elif option in ("cells", "time") and new is not None and name not in new.columns:
                faults.append(fault("column-missing", column=name))
    if faults:
        raise DataRefused(faults)


def _told(of: str, n: int, rate: float, used: Sequence[Encoder | Crossing], choice: Choice, time: str | None) -> Why:
    parts = []
    if choice.tried:
        base, best = choice.tried[0], min(choice.tried, key=lambda one: (one.blocks != choice.blocks, one.loss))
        held = {"base": round(base.loss, 4), "loss": round(best.loss, 4), "gain": round(best.gain, 4),
                "error": round(best.error, 4)}  # fmt: skip
        parts.append(Why("risk_fit.held-time" if choice.by_time else "risk_fit.held-parts", held))
    else:
        parts.append(Why("risk_fit.held-none"))
    if time is not None:
        parts.append(Why("risk_fit.clock", {"column": time}))
    told = {"target": of, "n": n, "rate": Ratio(rate)}
    if not used or not choice.keep:
        return Why("risk_fit.base", told, tuple(parts))
    return Why(
        "risk_fit.columns", {**told, "columns": [b.name for b in used], "keep": Ratio(choice.keep)}, tuple(parts)
    )


def fault(code: str, **args: object) -> Fault:
    return Fault(Why(f"risk_fit.{code}", args), Why(f"risk_fit.{code}-repair", args))
