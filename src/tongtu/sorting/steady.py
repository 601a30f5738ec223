"""Categories that do not flutter: one level to rise, a lower one to stay, and a least time before falling.

A subject rises where it reaches a better category at the level for rising, and falls only where it does not even
reach its own at the level for staying. What rises at the higher level also stays at the lower, so with unchanged
figures the second look changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from tongtu.sorting.core import ROUNDING, arrays, places
from tongtu.sorting.figures import id_faults, read
from tongtu.sorting.model import Sorting, label
from tongtu.sorting.sound import fault, number
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Ratio, Why

_SCHEMA: Mapping[str, Any] = {
    "previous": pl.String, "up": pl.String, "down": pl.String, "category": pl.String, "change": pl.String,
    "since": pl.Date, "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Steady:
    """Cutting levels to rise (`up`) and to stay (`down`, at most `up`); no fall for `least_days` after a change."""

    up: float
    down: float
    least_days: int = 0


def hold(
    model: Sorting, performance: pl.DataFrame, previous: pl.DataFrame, *, steady: Steady, as_of: date
) -> pl.DataFrame:
    """Each subject's category, given the one it had, by the pessimistic rule; the model's own level is not used.

    `previous` has the subject column, `category` (null: none yet) and `since` (null: long ago). Who is not in
    it is new; who is in it and not in `performance` has no row. Columns, ordered by id: the subject, `previous`,
    `up` and `down` (its category at either level), `category`, `change` (`new`, `promoted`, `kept`, `held`: would
    fall, but not yet, `demoted`), `since`, `why`. Raises UsageFault.
    """
    figures, it = read(model, performance), arrays(model)
    found = list(_faults(model, figures.key, previous, steady))
    if found:
        raise UsageFault(found)
    had = {row[0]: row[1:] for row in previous.select(figures.key, "category", "since").iter_rows()}
    up, _ = places(figures.values, it, steady.up - ROUNDING)
    down, _ = places(figures.values, it, steady.down - ROUNDING)
    order = {c.name: n for n, c in enumerate(model.categories)}
    rows = []
    for subject, rises, stays in zip(figures.ids, up.tolist(), down.tolist(), strict=True):
        category, since = had.get(subject, (None, None))
        case = _Case(model, steady, as_of, None if category is None else order[category], since, rises, stays)
        rows.append({figures.key: subject, **case.told()})
    return pl.DataFrame(rows, schema={figures.key: figures.ids.dtype, **_SCHEMA})


@dataclass(frozen=True, slots=True)
class _Case:
    model: Sorting
    steady: Steady
    as_of: date
    had: int | None
    since: date | None
    up: int
    down: int

    def told(self) -> dict[str, Any]:
        change, place = self._settled()
        names = [c.name for c in self.model.categories]
        since = self.since if change in ("kept", "held") else self.as_of
        return {
            "previous": None if self.had is None else names[self.had], "up": names[self.up], "down": names[self.down],
            "category": names[place], "change": change, "since": since, "why": self._why(change, place).to_json(),
        }  # fmt: skip

    def _settled(self) -> tuple[str, int]:
        if self.had is None:
            return "new", self.up
        if self.up > self.had:
            return "promoted", self.up
        if self.down >= self.had:
            return "kept", self.had
        return ("held", self.had) if self.free_from > self.as_of else ("demoted", self.down)

    @property
    def free_from(self) -> date:
        return date.min if self.since is None else self.since + timedelta(days=self.steady.least_days)

    def _why(self, change: str, place: int) -> Why:
        shown = [label(c) for c in self.model.categories]
        args: dict[str, Any] = {"category": shown[place]}
        if change in ("new", "promoted"):
            args["level"] = Ratio(self.steady.up)
        if change in ("promoted", "demoted") and self.had is not None:
            args["previous"] = shown[self.had]
        if change in ("kept", "demoted"):
            args["level"] = Ratio(self.steady.down)
        if change == "kept" and self.had is not None and self.up < self.had:
            return Why("sorting.change-kept-between", {**args, "up": Ratio(self.steady.up)})
        if change == "held":
            args |= {"down": shown[self.down], "until": self.free_from}
        return Why(f"sorting.change-{change}", args)


def _faults(model: Sorting, key: str, previous: pl.DataFrame, steady: Steady) -> Iterator[Fault]:
    if not (number(steady.up) and number(steady.down) and 0.5 <= steady.down <= steady.up <= 1):
        yield fault("steady-levels", up=str(steady.up), down=str(steady.down))
    if not number(steady.least_days) or steady.least_days < 0:
        yield fault("least-days", value=str(steady.least_days))
    absent = [name for name in (key, "category", "since") if name not in previous.columns]
    if absent:
        yield fault("previous-columns", names=absent)
        return
    yield from id_faults(previous.select(key))
    unknown = sorted({str(one) for one in previous["category"].drop_nulls()} - {c.name for c in model.categories})
    if unknown:
        yield fault("category-unknown", names=unknown)
    if previous["since"].dtype not in (pl.Date, pl.Null):
        yield fault("since-date", kind=str(previous["since"].dtype))
