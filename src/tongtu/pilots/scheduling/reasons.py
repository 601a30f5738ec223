"""Why a task has its slot: what it waited for, what the line needs before and after, and what else there was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tongtu.pilots.opening import Span
from tongtu.pilots.scheduling.placing import Given, Outcome
from tongtu.pilots.scheduling.tasks import Network, Row
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Why

Neighbours = dict[int, list[tuple[Span, Row]]]


def neighbours(outcomes: Iterable[Outcome]) -> Neighbours:
    """The slots of each line, in order."""
    found: Neighbours = {}
    for given in outcomes:
        if isinstance(given, Given):
            found.setdefault(given.line, []).append((given.span, given.task.job))
    return {line: sorted(slots, key=lambda one: one[0]) for line, slots in found.items()}


def why_slot(network: Network, given: Given, before: Sequence[Outcome], beside: Neighbours) -> Why:
    line, day = network.stock.lines[given.line], network.horizon.day
    args = {**names(line), "n": len(given.task.pool), "start": day(given.span.start), "end": day(given.span.end)}
    parts = (*_waiting(network, given, before, beside), *_line(network, given), *_else(network, given))
    end = day(given.span.end)
    late = (network.calendar.why_provisional(end),) if network.calendar.provisional(end) else ()
    return Why("pilots.slot-placed", args, (*parts, *late))


def names(line: Row) -> dict[str, Label]:
    platform = Label(line["platform_name"], line["platform_name_en"] or "")
    return {"line": Label(line["name"], line["name_en"] or ""), "platform": platform}


def _waiting(network: Network, given: Given, before: Sequence[Outcome], beside: Neighbours) -> Iterator[Why]:
    """Whether it starts at once, what it comes after, and which job has the line until then."""
    job, day = given.task.job, network.horizon.day
    opens = network.stock.timeline(given.line).open_from(given.ready)
    waited = given.span.start - opens
    if given.ready > given.task.earliest:
        last = max((before[n] for n in given.task.after), key=_end)
        assert isinstance(last, Given)
        yield Why("pilots_scheduling.after", {"stage": last.task.job["stage"], "end": day(last.span.end)})
    earliest = day(given.ready) if given.ready > given.task.earliest else job["earliest"]
    args: dict[str, Any] = {"earliest": earliest, "n": waited}
    yield Why("pilots.waited", args) if waited > 0 else Why("pilots.at-once", {"earliest": earliest})
    behind = [one for one in beside.get(given.line, ()) if opens <= one[0].end < given.span.start]
    if waited > 0 and behind:
        span, other = max(behind, key=lambda one: one[0].end)
        binds = {"case": other["case"], "stage": other["stage"], "end": day(span.end)}
        yield Why("pilots_scheduling.behind", binds)
    elif waited > 0:
        yield Why("pilots_scheduling.behind-booking")
    if given.away:
        yield Why("pilots.away", {"days": network.away})


def _end(outcome: Outcome) -> int:
    return outcome.span.end if isinstance(outcome, Given) else -1


def _line(network: Network, given: Given) -> Iterator[Why]:
    """Days of setting up and changing over within the slot, and of cleaning behind it."""
    timeline = network.stock.timeline(given.line)
    opening, span = timeline.opening, given.span
    ready = opening.ends(opening.from_day(_day(span.start)), timeline.setup, given.task.hours)
    changeover = timeline.changeover if int(ready[0]) < span.end else 0
    if timeline.setup or changeover or timeline.cleaning:
        args = {"setup": timeline.setup, "changeover": changeover, "cleaning": timeline.cleaning}
        yield Why("pilots_scheduling.around", args)


def _else(network: Network, given: Given) -> Iterator[Why]:
    """The next best line, and what both would cost."""
    line, other = network.stock.lines[given.line], given.other
    cost = _cost(line, given.task.hours)
    if cost is not None:
        yield Why("pilots_scheduling.cost", {"cost": cost})
    if other is not None:
        instead = network.stock.lines[other.line]
        price = _cost(instead, given.task.hours)
        parts = () if price is None else (Why("pilots_scheduling.cost", {"cost": price}),)
        yield Why("pilots.otherwise", {**names(instead), "start": network.horizon.day(other.span.start)}, parts)
    if len(given.task.pool) == 1:
        yield Why("pilots.only-line")


def _cost(line: Row, hours: float) -> Money | None:
    if line["hourly_price"] is None or not line["currency"]:
        return None
    return Money(round(line["hourly_price"] * hours), line["currency"])


def _day(day: int) -> Any:
    import numpy as np

    return np.array([day])
