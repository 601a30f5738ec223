"""Routes: a process of several steps through several lines, by cost, time and distance.

For each step the candidates are the lines that fit it (as in `search`), the `width` best by score, by price and by
first free day each. Among all ways through them the `k` best by one thing are found exactly (see `labels`), and beside
them ways that are better in another. A step begins when the one before is over and the goods are there: the same
platform at once, another after a day for every `km_per_day` begun, at least one; where no distance is known one day
is assumed within an area and three to another. Slots are the next free ones of each
line, asked as if this route were the only newcomer; transport itself is not priced. A step whose price, slot or
distance nobody knows counts as nothing there, makes the total unknown (null), and ranks after every known one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from math import ceil, isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tongtu.pilots.search import told
from tongtu.pilots.search.asked import Request, option_fault
from tongtu.pilots.search.labels import Label, Step, best, front
from tongtu.solve import Solution
from tongtu.terms.faults import UsageFault
from tongtu.terms.money import Money
from tongtu.terms.why import Quantity, Why

if TYPE_CHECKING:
    from tongtu.pilots.search.ground import Ground
    from tongtu.pilots.search.searcher import Searcher, Weighed

KM_PER_DAY = 500.0  # what a transport makes in a day (ours)
AFAR_DAYS = 3  # assumed to another area where no distance is known (ours)
BY = ("cost", "days", "km")
_UNITS = {"days": "d", "km": "km"}
_ROUTE: Mapping[str, Any] = {
    "route": pl.Int64, "rank": pl.Int64, "pareto": pl.Boolean, "cost": pl.Int64, "currency": pl.String,
    "days": pl.Int64, "end": pl.Date, "km": pl.Float64, "sites": pl.Int64, "why": pl.String,
}  # fmt: skip
_LEG: Mapping[str, Any] = {
    "route": pl.Int64, "step": pl.Int64,
    **dict.fromkeys(("request", "line", "service", "platform"), pl.String), "start": pl.Date, "end": pl.Date,
    "cost": pl.Int64, "currency": pl.String, "km": pl.Float64,
    "transport_days": pl.Int64, "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Routes:
    """What `routes` returns.

    `routes`: route (its number), rank (1..k by what was asked; null for an alternative that is better in another
    thing), pareto (nothing is at least as good in cost, time and distance and better in one), cost (Int64 minor
    units), currency, days (from the first day asked to the last day of work, both counted), end, km, sites, why.
    `legs`: route, step, request, line, service, platform, start, end, cost, currency, km and transport_days (to get
    there), why. `refused`: as of `Found`, for each step, and `full` for
    candidates without a slot within two years. `solution`: the best total, proven among the candidates.
    """

    routes: pl.DataFrame
    legs: pl.DataFrame
    refused: pl.DataFrame
    solution: Solution


def routes(
    searcher: Searcher, steps: pl.DataFrame, requirements: pl.DataFrame | None, *, k: int, by: str,
    region: str | None, width: int, km_per_day: float,
) -> Routes:  # fmt: skip
    """`steps` are requests with `step`, a whole number that orders them; `region` is where the goods are at first.

    Raises DataRefused for steps and requirements, UsageFault for options, with every fault.
    """
    asked = searcher.read(steps, requirements)
    _check(asked, k, by, width, km_per_day)
    way = _Way(searcher.ground, sorted(asked, key=lambda one: one.step or 0), region, km_per_day)
    weighed = [searcher.weigh(request) for request in way.requests]
    layers = [_candidates(searcher.ground, one, width) for one in weighed]
    way.settle(layers)
    found = best(way.start, layers, way.steps(), k)
    chosen, rank, pareto = _chosen(found, k, by)
    listed = [way.route(number, label, rank.get(label), label in pareto) for number, label in enumerate(chosen, 1)]
    legs = [leg for number, label in enumerate(chosen, 1) for leg in way.legs(number, label, weighed)]
    refused = [row for place, one in enumerate(weighed) for row in (*told.refusals(one), *way.full(place))]
    solution = _solution(listed, by, way.currency)
    return Routes(told.frame(listed, _ROUTE), told.frame(legs, _LEG), told.frame(refused, told.REFUSED), solution)


def _check(asked: Sequence[Request], k: int, by: str, width: int, km_per_day: float) -> None:
    wrong = [("k", k < 1, k), ("by", by not in BY, by), ("width", width < 1, width)]
    wrong += [("km_per_day", not km_per_day > 0, km_per_day)]
    steps = [one.step for one in asked]
    wrong += [("step", None in steps or len(set(steps)) < len(steps), "—")]
    faults = [option_fault(name, value) for name, bad, value in wrong if bad]
    if faults:
        raise UsageFault(faults)


def _candidates(ground: Ground, weighed: Weighed, width: int) -> list[int]:
    """The best by score, by price and by first free day, in the order of their ids."""
    fits = np.flatnonzero(weighed.fits)
    by_price = fits[np.lexsort((fits, np.nan_to_num(ground.price[fits], nan=np.inf)))]
    by_day = fits[np.lexsort((fits, np.nan_to_num(ground.slots.first[fits], nan=np.inf)))]
    return sorted({*weighed.best(width).tolist(), *by_price[:width].tolist(), *by_day[:width].tolist()})


def _chosen(found: Sequence[Label], k: int, by: str) -> tuple[list[Label], dict[Label, int], set[Label]]:
    """The k best, then at most as many alternatives: the best by each of the other things, and so on in turn."""
    pareto = front(found)
    ranked = _sorted(found, by)[:k]
    others = [_sorted(pareto - set(ranked), name) for name in BY if name != by]
    more = list(dict.fromkeys(one for pair in zip(*others, strict=True) for one in pair))[:k]
    return ranked + more, {label: rank for rank, label in enumerate(ranked, 1)}, pareto


def _sorted(labels: Iterable[Label], by: str) -> list[Label]:
    return sorted(labels, key=lambda one: one.ranked(by))


def _solution(listed: Sequence[Mapping[str, Any]], by: str, currency: str | None) -> Solution:
    if not listed:
        return Solution("pilots_search.routes", "infeasible", unit=_UNITS.get(by, currency or ""), maximise=False)
    value = listed[0][by]
    total = None if value is None else float(value)
    return Solution("pilots_search.routes", "optimal", total, total, _UNITS.get(by, currency or ""), maximise=False)


def _transported(km: float | None, days: int) -> Why:
    taken = Why("pilots_search.day-count", {"n": days})
    if km is None:
        return Why("pilots_search.transport-assumed", {"days": taken})
    return Why("pilots_search.transport", {"km": round(km), "days": taken})


class _Way:
    """The steps of one process, and how a label goes on from one to the next."""

    def __init__(self, ground: Ground, requests: list[Request], region: str | None, km_per_day: float) -> None:
        self.requests = requests
        self.currency: str | None = None
        self._ground, self._per_day = ground, km_per_day
        self._region = region
        slots = ground.slots
        first = requests[0].earliest
        self._begin = slots.index(first) if slots.known and first is not None else 0
        self.start = Label(0, 0.0, 0, self._begin - 1, 0, 0.0, ())
        self._km: dict[int, np.ndarray[Any, np.dtype[np.float64]]] = {}
        self._tried: list[dict[int, bool]] = [{} for _ in requests]
        self._moves = cache(self._moved)

    def settle(self, layers: Sequence[Sequence[int]]) -> None:
        """Totals are in the currency most candidates ask for; a price in another is unknown."""
        seen = Counter(self._ground.lines[line]["currency"] for layer in layers for line in layer)
        named = sorted((-n, name) for name, n in seen.items() if name)
        self.currency = str(named[0][1]) if named else None

    def steps(self) -> list[Step]:
        return [partial(self.onward, place) for place in range(len(self.requests))]

    def onward(self, place: int, label: Label, line: int) -> Label | None:
        """The label after one more step on a line; None where no slot ends within the horizon."""
        request = self.requests[place]
        km, days = self._transport(label, line)
        arrival = self._arrival(label, days, request)
        end, untimed = arrival - 1, 1
        if self._timed(line, request):
            slot = self._ground.slots.find(line, arrival, request.hours, request.direction)
            self._tried[place][line] = slot is not None or self._tried[place].get(line, False)
            if slot is None:
                return None
            end, untimed = slot.end, 0
        cost = self._cost(line, request)
        return Label(
            label.unpriced + (cost is None), label.cost + (cost or 0), label.untimed + untimed, end,
            label.unplaced + (km is None), label.km + (km or 0.0), (*label.path, line),
        )  # fmt: skip

    def _arrival(self, label: Label, days: int, request: Request) -> int:
        """The first day on which a step may begin."""
        arrival = label.end + 1 + days
        if request.earliest is None or not self._ground.slots.known:
            return arrival
        return max(arrival, self._ground.slots.index(request.earliest))

    def _timed(self, line: int, request: Request) -> bool:
        return request.hours is not None and self._ground.slots.known and bool(self._ground.slots.stated[line])

    def _cost(self, line: int, request: Request) -> int | None:
        row = self._ground.lines[line]
        return told.cost(row, request.hours) if row["currency"] == self.currency else None

    def _transport(self, label: Label, line: int) -> tuple[float | None, int]:
        """Kilometres (None where nobody can tell) and days to a line."""
        return self._moves(label.path[-1] if label.path else None, line)

    def _moved(self, before: int | None, line: int) -> tuple[float | None, int]:
        ground = self._ground
        if before is not None:
            if ground.lines[before]["platform"] == ground.lines[line]["platform"]:
                return 0.0, 0
            region, area = int(ground.region[before]), ground.lines[before]["area"]
        elif self._region is None:
            return 0.0, 0
        else:
            region, area = ground.places.index.get(self._region, -1), ground.tops.get(self._region, self._region)
        km = self._between(region, line)
        if km is None:
            return None, 1 if area is not None and area == ground.lines[line]["area"] else AFAR_DAYS
        return km, max(1, ceil(km / self._per_day))

    def _between(self, region: int, line: int) -> float | None:
        if region not in self._km:
            self._km[region] = self._ground.places.distance(region, self._ground.region)
        km = float(self._km[region][line])
        return None if isnan(km) else km

    def full(self, place: int) -> list[told.Row]:
        """Lines that fit a step and gave it no slot, as a row of refusals."""
        n = sum(not found for found in self._tried[place].values())
        why = Why("pilots_search.refused-full", {"n": n}).to_json()
        row = {"request": self.requests[place].request, "reason": "full", "requirement": None, "lines": n, "nearly": 0}
        return [{**row, "why": why}] if n else []

    def route(self, number: int, label: Label, rank: int | None, pareto: bool) -> dict[str, Any]:
        lines = [self._ground.lines[line] for line in label.path]
        cost = None if label.unpriced else int(label.cost)
        days = None if label.untimed else label.end - self._begin + 1
        km = None if label.unplaced else round(label.km, 1)
        sites = len({line["platform"] for line in lines})
        code = "route" if rank is not None else "alternative"
        args = {
            "cost": None if cost is None or self.currency is None else Money(cost, self.currency), "sites": sites,
            "days": None if days is None else Why("pilots_search.day-count", {"n": days}),
            "km": None if km is None else Quantity(round(km), "km"),
        }  # fmt: skip
        why = Why(f"pilots_search.{code}", {**args, "rank": rank} if rank is not None else args, self._open(label))
        return {
            "route": number, "rank": rank, "pareto": pareto, "cost": cost, "currency": self.currency, "days": days,
            "end": None if days is None else self._ground.slots.day(label.end), "km": km, "sites": sites,
            "why": why.to_json(),
        }  # fmt: skip

    @staticmethod
    def _open(label: Label) -> tuple[Why, ...]:
        """What is not known of a route."""
        unknown = (("unpriced", label.unpriced), ("untimed", label.untimed), ("unplaced", label.unplaced))
        return tuple(Why(f"pilots_search.{name}", {"n": n}) for name, n in unknown if n)

    def legs(self, number: int, label: Label, weighed: Sequence[Weighed]) -> list[dict[str, Any]]:
        found, here = [], self.start
        for place, line in enumerate(label.path):
            request, row = self.requests[place], self._ground.lines[line]
            km, days = self._transport(here, line)
            reached = self.onward(place, here, line)
            assert reached is not None  # the label came this way
            timed = self._timed(line, request)
            start = self._start(here, line, place, days) if timed else None
            end = self._ground.slots.day(reached.end) if timed else None
            cost = self._cost(line, request)
            parts = [_transported(km, days)] if days else []
            parts += [Why("pilots_search.slot", {"start": start, "end": end})] if timed else []
            parts += [told.requirement_why(self._ground, one, line) for one in weighed[place].answers]
            why = Why("pilots_search.leg", {"step": request.step, **told.named(row)}, tuple(parts))
            found.append({
                "route": number, "step": request.step, "request": request.request, "line": row["line"],
                "service": row["service"], "platform": row["platform"], "start": start, "end": end, "cost": cost,
                "currency": self.currency if cost is not None else None, "km": None if km is None else round(km, 1),
                "transport_days": days, "why": why.to_json(),
            })  # fmt: skip
            here = reached
        return found

    def _start(self, label: Label, line: int, place: int, days: int) -> date | None:
        request, slots = self.requests[place], self._ground.slots
        slot = slots.find(line, self._arrival(label, days, request), request.hours, request.direction)
        return None if slot is None else slots.day(slot.start)
