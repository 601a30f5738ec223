"""All lines of the network with their timelines, and the pools of lines that jobs may choose from."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.pilots.opening import Days, Horizon, Hours, Opening, Span
from tongtu.pilots.sequence import Booking, Sequenced
from tongtu.pilots.timeline import Timeline
from tongtu.registry import Registry

Row = dict[str, Any]


class Pool:
    """The lines that may take one kind of job.

    `lines`: their indexes in the stock, in order. `silent`: how many more there would be if they stated
    their hours. `kinds`: which of `lines` share an opening and the days of setting up. A line with changeovers
    may need more days than its kind, never fewer.
    """

    def __init__(self, stock: Stock, lines: list[int], silent: int) -> None:
        self.lines: Days = np.array(lines, np.int64)
        self.silent = silent
        price = (stock.lines[i]["hourly_price"] for i in lines)
        self.price: Hours = np.array([math.inf if p is None else p for p in price], np.float64)
        self._areas = np.array([stock.lines[i]["area"] or "" for i in lines], dtype=object)
        kinds: dict[tuple[int, int], tuple[Opening, int, list[int]]] = {}
        for place, line in enumerate(lines):
            timeline = stock.timeline(line)
            key = (id(timeline.opening), timeline.setup)
            kinds.setdefault(key, (timeline.opening, timeline.setup, []))[2].append(place)
        self.kinds = [(opening, setup, np.array(places)) for opening, setup, places in kinds.values()]

    def __len__(self) -> int:
        return len(self.lines)

    def elsewhere(self, area: str | None) -> npt.NDArray[np.bool_]:
        """Which lines are in another area; none where the job's area is unknown, nor a line without one."""
        return np.array((self._areas != (area or "")) & (self._areas != "") & bool(area), np.bool_)

    def least_end(self, free: Days, earliest: int, hours: float) -> Hours:
        """The day on which each line would end a job if nothing else came after its first free day.

        No slot ends sooner. `free` are the first free days of all lines; infinite beyond the horizon.
        """
        starts = np.maximum(free[self.lines], earliest)
        ends = np.empty(len(self.lines))
        for opening, setup, places in self.kinds:
            found = opening.ends(opening.from_day(starts[places]), setup, hours)
            ends[places] = np.where(found < opening.days, found, math.inf)
        return ends


class Stock:
    """Lines by index in the order of their ids; `free`: the first free day of each, `free_at_first` before any
    slot was given; `given`: slots and hours given to each. `fixed`: slots that stand already (line, start, end and,
    where known, direction), beside the bookings of the registry."""

    def __init__(
        self, registry: Registry, lines: pl.DataFrame, horizon: Horizon, fixed: pl.DataFrame | None = None
    ) -> None:
        self._between: dict[str, tuple[int, int]] = _between(registry)
        self.lines: list[Row] = lines.to_dicts()
        self.horizon = horizon
        self.given: dict[int, tuple[int, float]] = {}
        self._overrides, self._bookings = _overrides(registry, horizon), _bookings(registry, horizon, fixed)
        self._timelines: dict[int, Timeline] = {}
        self._openings: dict[int, Opening] = {}
        self._pools: dict[tuple[str | None, tuple[str, ...]], Pool] = {}
        stated = [line["hours_week"] is not None for line in self.lines]
        firsts = [self.timeline(i).first_free if known else horizon.days for i, known in enumerate(stated)]
        self.free: Days = np.array(firsts, np.int64)
        self.free_at_first = self.free.copy()

    def pool(self, direction: str | None, categories: tuple[str, ...]) -> Pool:
        """The lines for such a job.

        A line without directions or kind of validation is not ruled out; nor is any by a job without them.
        """
        key = (direction, categories)
        if key not in self._pools:
            fits = [i for i, line in enumerate(self.lines) if _fits(line, direction, categories)]
            stated = [i for i in fits if self.lines[i]["hours_week"] is not None]
            self._pools[key] = Pool(self, stated, len(fits) - len(stated))
        return self._pools[key]

    def timeline(self, index: int) -> Timeline:
        if index not in self._timelines:
            self._timelines[index] = self.at_first(index)
        return self._timelines[index]

    def spare_at_first(self, index: int) -> Hours:
        """Hours a day that all places of a line together could give before any slot was given."""
        return self.at_first(index).spare_hours()

    def take(self, index: int, span: Span, hours: float, direction: str | None = None) -> int:
        """The place of the line that got it (0 where places have no numbers)."""
        timeline = self.timeline(index)
        place = timeline.take(span, direction, hours)
        self.free[index] = timeline.first_free
        slots, before = self.given.get(index, (0, 0.0))
        self.given[index] = slots + 1, before + hours
        return place

    def stand(self, index: int, span: Span, hours: float, direction: str | None, place: int) -> None:
        """A slot as another plan gave it."""
        self.timeline(index).stand(span, direction, place, hours)
        self.free[index] = self.timeline(index).first_free
        slots, before = self.given.get(index, (0, 0.0))
        self.given[index] = slots + 1, before + hours

    def emptied(self) -> Stock:
        """The same lines before any slot was given."""
        other = copy.copy(self)
        other.given, other._timelines, other.free = {}, {}, self.free_at_first.copy()
        return other

    def opening(self, index: int) -> Opening:
        line = self.lines[index]
        if index not in self._openings:
            overrides = self._overrides.get(line["line"], [])
            self._openings[index] = self.horizon.overridden(line["hours_week"], overrides)
        return self._openings[index]

    def at_first(self, index: int) -> Timeline:
        """The line with what stands already, before any slot was given."""
        line, opening = self.lines[index], self.opening(index)
        bookings = self._bookings.get(line["line"], [])
        setup = math.ceil(line["setup_days"])
        changeover, cleaning = self._between.get(line["line"], (0, 0))
        if changeover:
            return Sequenced(opening, line["parallel"], setup, bookings, cleaning, changeover)
        return Timeline(opening, line["parallel"], setup, [span for span, _ in bookings], cleaning)


def _fits(line: Row, direction: str | None, categories: tuple[str, ...]) -> bool:
    serves = direction is None or line["directions"] is None or direction in line["directions"]
    return serves and (not categories or line["category"] is None or line["category"] in categories)


def _overrides(registry: Registry, horizon: Horizon) -> dict[str, list[tuple[Span, float]]]:
    found: dict[str, list[tuple[Span, float]]] = {}
    rows = registry["openings"].select("line", "date_from", "date_to", "hours_week")
    for line, first, last, hours in rows.iter_rows():
        span = horizon.span(first, last)
        if span is not None:
            found.setdefault(line, []).append((span, hours))
    return found


def _between(registry: Registry) -> dict[str, tuple[int, int]]:
    """Days of changing over and of cleaning of each line that states any, in whole days."""
    rows = registry["lines"].select("line", "changeover_days", "cleaning_days").iter_rows()
    whole = ((line, math.ceil(changeover or 0), math.ceil(cleaning or 0)) for line, changeover, cleaning in rows)
    return {line: (changeover, cleaning) for line, changeover, cleaning in whole if changeover or cleaning}


def _bookings(registry: Registry, horizon: Horizon, fixed: pl.DataFrame | None) -> dict[str, list[Booking]]:
    found: dict[str, list[Booking]] = {}
    for frame in (_used(registry), fixed):
        for line, first, last, direction in () if frame is None else frame.iter_rows():
            span = horizon.span(first, last or first)
            if span is not None:
                found.setdefault(line, []).append((span, direction))
    return found


def _used(registry: Registry) -> pl.DataFrame:
    """Usage that names its line, with the direction of its case: the need's, or else the achievement's."""
    asked = registry["needs"].select("need", wanted="direction")
    offered = registry["achievements"].select("achievement", offered="direction")
    cases = registry["cases"].select("case", "need", "achievement")
    worked = cases.join(asked, on="need", how="left").join(offered, on="achievement", how="left")
    directed = worked.select("case", direction=pl.coalesce("wanted", "offered"))
    rows = registry["usage"].drop_nulls("line").join(directed, on="case", how="left", maintain_order="left")
    return rows.select("line", "date_from", "date_to", "direction")
