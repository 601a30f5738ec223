"""`Searcher`: which lines fit what a process requires, best first, and why the others fall out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tongtu.pilots.search import asked, told
from tongtu.pilots.search.asked import Request, Requirement
from tongtu.pilots.search.ground import Ground
from tongtu.pilots.search.values import HAS, MET, NEARLY, SILENT, UNMET, WORTH, Bools, Floats, Ints, statuses
from tongtu.registry import Registry

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.pilots.search.routes import Routes

MARKS = ("direction", "category", "batch", "process", "near", "price", "free")
NEAR_KM = 500.0  # a line so far away is half as near (ours)
FREE_DAYS = 30.0  # a line that waits so long is half as free (ours)
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """What `search` returns.

    `lines`: request, rank, line, service, platform (a service that names no line has no `line`), score (0..1), a
    column for each of `MARKS` (0..1, null = unknown), met, nearly, unmet, incomparable, unknown (how many
    requirements), km, start, end (the next slot for the hours asked), cost (Int64 minor units for the hours asked),
    currency, price_year, why.
    `refused`: request, reason (direction | category | batch | must), requirement (of a must), lines (how many fell out
    there), nearly (how many of them missed it by a tenth at most), why. Lines and refusals of a request add up to all.
    `requirements`: request, line, service, requirement, must, status (met | nearly | unmet | incomparable | unknown),
    why, of the lines listed.
    """

    lines: pl.DataFrame
    refused: pl.DataFrame
    requirements: pl.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """How each line answers one requirement: its status, and the claim that says so (-1: words, or nothing)."""

    requirement: Requirement
    status: Ints
    claim: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """One request held against every line: which fit, who was refused where, and what the score is made of."""

    request: Request
    fits: Bools
    refused: list[tuple[str, str | None, int, int]]
    answers: list[Answers]
    marks: dict[str, Floats]
    km: Floats
    score: Floats

    def best(self, top: int) -> Ints:
        """The best that fit, ties in the order of their ids."""
        chosen = np.flatnonzero(self.fits)
        found: Ints = chosen[np.argsort(-self.score[chosen], kind="stable")[:top]]
        return found


class Searcher:
    """An index of the lines on offer, made by `prepare`; asking it changes nothing."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def search(self, requests: pl.DataFrame, requirements: pl.DataFrame | None = None, top: int = 5) -> Found:
        """The `top` lines for each request.

        `requests` needs `request`; `direction`, `categories` (kinds of validation, any of them), `process` (words),
        `batch` with `batch_unit`, `region`, `hours` and `earliest` may be given or null. `requirements` needs
        `request`, `quantity` and `operator`; `requirement` (its id), `quantity_en`, `low`, `high`, `unit`,
        `conditions` and `must` as in the noun indicators. A requirement that must be met and is not, however nearly,
        rules a line out; silence never does.

        The score (ours) is the plain mean of the marks and of the requirements (met 1, nearly 0.7, unmet 0), each
        from 0 to 1 and a half where unknown: direction, kind of validation, batch, process in words, nearness
        (500 km count a half; the same area 1 or else 0 where no distance is known), price between the dearest (0) and
        the cheapest (1) that fit, and how soon a day is free (30 days count a half).

        Raises DataRefused for requests and requirements, UsageFault for `top`, with every fault.
        """
        asked.positive("top", top)
        weighed = [self.weigh(request) for request in self.read(requests, requirements)]
        lines: list[told.Row] = []
        shown: list[told.Row] = []
        for one in weighed:
            for rank, line in enumerate(one.best(top).tolist(), start=1):
                reasons = [told.requirement_why(self.ground, answers, line) for answers in one.answers]
                lines.append(told.line(self.ground, one, line, rank, reasons))
                shown += told.requirements(self.ground, one, line, reasons)
        refused = [row for one in weighed for row in told.refusals(one)]
        return Found(told.frame(lines, told.LINE), told.frame(refused, told.REFUSED), told.frame(shown, told.SHOWN))

    def requirements(self, texts: Sequence[str], request: str, must: bool = False) -> pl.DataFrame:
        """Requirements of a request as people write them: `温度≥1200℃`, `压力 0.1~30 MPa`, `purity ≥ 99.9 %`, `CNAS`.

        A text without a relation or a figure with a unit is a thing to have. Raises DataRefused for every text that
        has a relation and is not understood.
        """
        return asked.in_words(texts, request, must, self.ground.stated)

    def routes(
        self, steps: pl.DataFrame, requirements: pl.DataFrame | None = None, *, k: int = 5, by: str = "cost",
        region: str | None = None, width: int = 8, km_per_day: float | None = None,
    ) -> Routes:  # fmt: skip
        """The best `k` ways through several steps over several lines; see `tongtu.pilots.search.routes`."""
        from tongtu.pilots.search import routes

        days = routes.KM_PER_DAY if km_per_day is None else km_per_day
        return routes.routes(self, steps, requirements, k=k, by=by, region=region, width=width, km_per_day=days)

    def read(self, requests: pl.DataFrame, requirements: pl.DataFrame | None) -> list[Request]:
        return asked.read(requests, requirements, self.ground.stated, self.ground.batch_units)

    def weigh(self, request: Request) -> Weighed:
        """One request against every line."""
        ground = self.ground
        may, serves = ground.serves(request.direction)
        does, runs = ground.does(request.categories), ground.runs(request.batch, request.batch_unit)
        alive = may & (does != 0.0) & (runs != 0.0)
        answers = [self._answers(requirement, alive) for requirement in request.requirements]
        fits, refused = _refuse(may, does, runs, answers)
        km = ground.distance(request.region)
        marks = {
            "direction": np.where(serves, 1.0, np.nan), "category": does, "batch": runs,
            "process": ground.shares(request.process),
            "near": np.where(np.isnan(km), ground.same_area(request.region), 1.0 / (1.0 + km / NEAR_KM)),
            "price": _cheapness(ground.price, ground.currency, fits),
            "free": 1.0 / (1.0 + ground.slots.wait(request.earliest) / FREE_DAYS),
        }  # fmt: skip
        total = sum(np.where(np.isnan(marks[name]), _HALF, marks[name]) for name in MARKS)
        total = total + sum((WORTH[one.status] for one in answers), np.zeros(len(ground)))
        return Weighed(request, fits, refused, answers, marks, km, total / (len(MARKS) + len(answers)))

    def _answers(self, requirement: Requirement, alive: Bools) -> Answers:
        """The best statement of each line that is still asked; what is to be had may also be named in a text."""
        stated, n = self.ground.stated, len(self.ground)
        spoken, value = stated.of(requirement.keys).among(alive), requirement.value
        answers = stated.holds(requirement.under, spoken.at)
        found = statuses(value, stated.dimension(value.dimension), spoken.claims, answers)
        bits = len(stated.rows).bit_length()  # a status and a claim in one number: the least is the best
        none = (1 << bits) - 1
        best = np.full(n, SILENT << bits | none, np.int64)
        np.minimum.at(best, spoken.line, found << bits | spoken.at)
        status, which = best >> bits, best & none
        if value.operator == HAS:
            worded = (status == SILENT) & self.ground.names(requirement.keys)
            status = np.where(worded, MET, status)
        return Answers(requirement, status, np.where(which == none, -1, which))


def prepare(registry: Registry, as_of: date | None = None, pack: Pack | None = None) -> Searcher:
    """An index of the lines on offer, for many searches.

    With `as_of` and `pack` slots are known (the pack's calendar); the pack also brings names of units and the glossary
    by which quantities of two languages are one.
    """
    return Searcher(Ground(registry, as_of, pack))


def search(
    registry: Registry, requests: pl.DataFrame, top: int = 5, requirements: pl.DataFrame | None = None,
    as_of: date | None = None, pack: Pack | None = None,
) -> Found:  # fmt: skip
    """`prepare` and `Searcher.search` at once."""
    return prepare(registry, as_of, pack).search(requests, requirements, top)


def requirements_of(registry: Registry, kind: str = "need") -> pl.DataFrame:
    """The indicators of listings of a kind as requirements of requests named by their ids."""
    own = registry["indicators"].filter(pl.col("subject_kind") == kind)
    return own.rename({"subject": "request", "indicator": "requirement"}).select(list(asked.REQUIREMENT))


def _refuse(
    may: Bools, does: Floats, runs: Floats, answers: list[Answers]
) -> tuple[Bools, list[tuple[str, str | None, int, int]]]:
    """Which lines nothing rules out; reason, requirement, lines and near misses of each step that took lines away."""
    fits, refused = np.ones(len(may), np.bool_), []
    for reason, requirement, out, near in _steps(may, does, runs, answers):
        lost = fits & out
        if lost.any():
            refused.append((reason, requirement, int(lost.sum()), int((lost & near).sum())))
        fits = fits & ~out
    return fits, refused


def _steps(
    may: Bools, does: Floats, runs: Floats, answers: list[Answers]
) -> Iterator[tuple[str, str | None, Bools, Bools]]:
    never = np.zeros(len(may), np.bool_)
    yield "direction", None, ~may, never
    yield "category", None, does == 0.0, never
    yield "batch", None, runs == 0.0, never
    for one in answers:
        if one.requirement.must:
            near = one.status == NEARLY
            yield "must", one.requirement.id, near | (one.status == UNMET), near


def _cheapness(price: Floats, currency: Ints, fits: Bools) -> Floats:
    """Where a price lies between the dearest (0) and the cheapest (1) of those that fit, by currency."""
    found = np.full(len(price), np.nan)
    priced = fits & ~np.isnan(price)
    for name in range(int(currency.max(initial=-1)) + 1):
        among = priced & (currency == name)
        if not among.any():
            continue
        low, high = price[among].min(), price[among].max()
        if high > low:
            found[among] = (high - price[among]) / (high - low)
    return found
