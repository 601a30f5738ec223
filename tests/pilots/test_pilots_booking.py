"""Bookings: never two at once whatever is tried, every reason at once, and a book that follows a naive one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tongtu.pilots.booking import (
    Asked,
    Block,
    Book,
    Cancel,
    Command,
    Confirm,
    Decision,
    Finish,
    Held,
    Hold,
    Leave,
    Left,
    Lift,
    Line,
    Policy,
    Quota,
    Rule,
    Start,
    Tick,
    Wait,
    Weekly,
    decide,
    series,
)
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Label
from tongtu.terms.words import entries, missing, say

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # a Monday, 08:00 in Shanghai
HOUR = timedelta(hours=1)


def asked(booking: str, start: float, hours: float = 2, user: str = "u1", **more: Any) -> Asked:
    begin = NOW + start * HOUR
    return Asked(booking, user, begin, begin + hours * HOUR, **more)


def codes(decision: Decision) -> list[str]:
    for lang in ("zh", "en"):
        assert not any("{" in say(why, lang) for why in decision.why)  # type: ignore[arg-type]
    return [why.code.removeprefix("pilots_booking.") for why in decision.why]


def told(book: Book, command: Command, now: datetime = NOW) -> list[str]:
    """Decides and applies."""
    decision = decide(book, command, now)
    for event in decision.events:
        book.apply(event)
    return codes(decision)


def confirmed(book: Book, *wanted: Asked) -> None:
    for one in wanted:
        assert told(book, Hold(one, confirm=True)) == ["booked"]


# ---------------------------------------------------------------------- never two at once


def test_a_hundred_thousand_attempts_never_overlap() -> None:
    draw = random.Random(6)
    line = Line("L", units=3, setup=timedelta(minutes=15), cleanup=timedelta(minutes=30))
    book, given = Book(line), 0
    for i in range(100_000):
        start = NOW + timedelta(minutes=15 * draw.randrange(4 * 24 * 365 * 3))
        one = Asked(f"b{i}", f"u{i % 50}", start, start + timedelta(minutes=15 * draw.randint(1, 16)))
        decision = decide(book, Hold(one, confirm=draw.random() < 0.8), NOW)
        for event in decision.events:
            book.apply(event)
        given += decision.allowed
        if draw.random() < 0.1 and book.reservations:
            for event in decide(book, Cancel(one.booking), NOW).events:
                book.apply(event)
    for unit in range(1, 4):
        stands = sorted(
            (r.takes_from, r.takes_until) for r in book.reservations.values() if r.stands(NOW) and r.unit == unit
        )
        assert all(end <= start for (_, end), (start, _) in pairwise(stands))
    assert 20_000 < given < 100_000


class Against(RuleBasedStateMachine):
    """The book beside a list that is walked from end to end."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line("L", units=2, setup=HOUR, policy=Policy(hold=timedelta(hours=3)))
        self.book, self.now, self.n = Book(self.line), NOW, 0
        self.naive: list[dict[str, Any]] = []
        self.blocks: list[tuple[datetime, datetime]] = []
        self.events: list[Any] = []

    def _tell(self, command: Command) -> Decision:
        decision = decide(self.book, command, self.now)
        for event in decision.events:
            self.book.apply(event)
            self.events.append(event)
        return decision

    def _stands(self) -> list[dict[str, Any]]:
        return [o for o in self.naive if o["live"] and not (o["hold"] and o["expires"] <= self.now)]

    @rule(start=st.integers(-2, 30), hours=st.integers(1, 5), confirm=st.booleans())
    def hold(self, start: int, hours: int, confirm: bool) -> None:
        self.n += 1
        begin = self.now + start * HOUR
        one = Asked(f"b{self.n}", "u", begin, begin + hours * HOUR)
        first, after = one.start - HOUR, one.end
        free = [
            unit
            for unit in (1, 2)
            if not any(o["unit"] == unit and o["first"] < after and first < o["after"] for o in self._stands())
            and not any(s < after and first < e for s, e in self.blocks)
        ]
        decision = self._tell(Hold(one, confirm=confirm))
        assert decision.allowed == bool(free and start >= 0)
        if decision.allowed:
            expires = min(self.now + timedelta(hours=3), one.start)
            self.naive.append(
                {"id": one.booking, "unit": free[0], "first": first, "after": after, "live": True,
                 "hold": not confirm, "expires": expires, "start": one.start}
            )  # fmt: skip

    @rule(pick=st.integers(0, 100))
    def cancel(self, pick: int) -> None:
        stands = self._stands()
        if stands:
            one = stands[pick % len(stands)]
            allowed = self._tell(Cancel(one["id"])).allowed
            assert allowed == (one["start"] > self.now)
            one["live"] = not allowed

    @rule(pick=st.integers(0, 100))
    def confirm(self, pick: int) -> None:
        holds = [o for o in self.naive if o["live"] and o["hold"]]
        if holds:
            one = holds[pick % len(holds)]
            known = self.book.reservations[one["id"]].status == "hold"
            allowed = self._tell(Confirm(one["id"])).allowed
            assert allowed == (one["expires"] > self.now) or not known
            one["hold"] = one["hold"] and not allowed

    @rule(start=st.integers(0, 30), hours=st.integers(1, 3), outage=st.booleans())
    def block(self, start: int, hours: int, outage: bool) -> None:
        self.n += 1
        first, after = self.now + start * HOUR, self.now + (start + hours) * HOUR
        hit = [o for o in self._stands() if o["first"] < after and first < o["after"]]
        assert self._tell(Block(f"x{self.n}", first, after, outage=outage)).allowed == (outage or not hit)
        if outage or not hit:
            self.blocks.append((first, after))
            for one in hit:
                one["live"] = False

    @rule(hours=st.integers(1, 6), tick=st.booleans())
    def pass_time(self, hours: int, tick: bool) -> None:
        self.now += hours * HOUR
        if tick:
            self._tell(Tick())

    @invariant()
    def the_same_stand_and_the_history_tells_all(self) -> None:
        mine = {b for b, one in self.book.reservations.items() if one.stands(self.now)}
        assert mine == {o["id"] for o in self._stands()}
        again = Book.of(self.line, self.events)
        assert again.reservations == self.book.reservations


TestAgainst = Against.TestCase
TestAgainst.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_a_history_that_books_twice_is_refused() -> None:
    book = Book(Line("L"))
    held = decide(book, Hold(asked("a", 1)), NOW).events
    other = decide(book, Hold(asked("b", 2)), NOW).events
    with pytest.raises(DataRefused, match="overlaps"):
        Book.of(Line("L"), [*held, *other])
    with pytest.raises(DataRefused, match="does not follow"):
        Book.of(Line("L"), [*held, *held])


# ---------------------------------------------------------------------- policy


def test_every_reason_at_once() -> None:
    policy = Policy(
        reservation_horizon=timedelta(days=1), minimum_usage_block=4 * HOUR, maximum_future_reservations=1,
        minimum_time_between_reservations=100 * HOUR,
    )  # fmt: skip
    book = Book(Line("L", policy=policy))
    confirmed(book, asked("a", 10, 4))
    decision = decide(book, Hold(asked("b", 30, 2)), NOW)
    assert codes(decision) == ["horizon", "too-short", "future", "between"]
    assert decision.events == ()
    assert told(book, Hold(asked("c", 30, 2), staff=True)) == ["held"], "staff are not held to it"


@pytest.mark.parametrize(
    ("policy", "wanted", "code"),
    [
        ({"notice": 3 * HOUR}, asked("b", 2), "notice"),
        ({"maximum_usage_block": HOUR}, asked("b", 20), "too-long"),
        ({"maximum_reservations_per_day": 1}, asked("b", 5), "per-day"),
        ({"maximum_future_reservation_time": 2 * HOUR}, asked("b", 20), "future-time"),
        ({"open": (Weekly(frozenset({1}), 480, 720),)}, asked("b", 3), "closed"),
    ],
)
def test_each_limit(policy: dict[str, Any], wanted: Asked, code: str) -> None:
    book = Book(Line("L", policy=Policy(**policy)))
    confirmed_before = Hold(asked("a", 1, 1, user="u1"), confirm=True, staff=True)
    assert told(book, confirmed_before) == ["booked"]
    assert told(book, Hold(wanted)) == [code]
    off = replace(book.line, policy=replace(book.line.policy, policy_off=(Weekly(frozenset(range(1, 8))),)))
    calm = Book(off)
    told(calm, confirmed_before)
    assert told(calm, Hold(wanted)) == (["closed"] if code == "closed" else ["held"])


def test_local_days_and_windows_follow_the_zone() -> None:
    line = Line("L", policy=Policy(open=(Weekly(frozenset({1, 2}), 480, 1440), Weekly(frozenset({2}), 0, 480))))
    book = Book(line)
    assert told(book, Hold(asked("a", 0, 16))) == ["held"], "Monday 08:00 to midnight"
    assert told(book, Hold(asked("b", 16, 24))) == ["held"], "all of Tuesday, over two windows"
    assert told(book, Hold(asked("c", 40, 1))) == ["closed"], "Wednesday"


def test_nonsense_is_refused_not_raised() -> None:
    book = Book(Line("L"))
    naive = Asked("a", "u", datetime(2026, 11, 24), datetime(2026, 11, 25))  # noqa: DTZ001
    assert told(book, Hold(naive)) == ["no-zone"]
    assert told(book, Hold(asked("a", 2, 0))) == ["backwards"]
    assert told(book, Hold(asked("a", -2))) == ["past"]
    assert told(book, Hold(asked("a", 2), unit=7)) == ["no-unit"]
    assert told(book, Confirm("zz")) == ["unknown"]
    assert told(book, Leave("zz")) == ["not-waiting"]
    assert told(book, Lift("zz")) == ["unknown"]
    assert told(book, Hold(asked("a", 2))) == ["held"]
    assert told(book, Hold(asked("a", 9))) == ["known"]
    assert told(book, Start("a")) == ["status"]
    with pytest.raises(UsageFault) as refused:
        Book(Line("L", zone="Mars", units=0, setup=-HOUR, quota=Quota(2, 1)))
    assert len(refused.value.faults) == 4


# ---------------------------------------------------------------------- holds, wait lists, use


def test_holds_expire_and_can_be_overtaken() -> None:
    book = Book(Line("L", policy=Policy(hold=HOUR)))
    assert told(book, Hold(asked("a", 10))) == ["held"]
    assert told(book, Hold(asked("b", 11, user="u2"))) == ["taken"]
    later = NOW + 2 * HOUR
    assert told(book, Hold(asked("b", 11, user="u2")), later) == ["held"], "nobody had noticed the first was overdue"
    assert book.reservations["a"].status == "expired"
    assert told(book, Confirm("a"), later) == ["status"]
    assert told(book, Confirm("b"), later) == ["booked"]


def test_the_wait_list_moves_in_order() -> None:
    book = Book(Line("L"))
    confirmed(book, asked("a", 10, 4))
    assert told(book, Wait(asked("w1", 10, 4, "u2"))) == ["waiting"]
    assert told(book, Wait(asked("w2", 10, 2, "u3"))) == ["waiting"]
    assert told(book, Wait(asked("w3", 12, 2, "u4"))) == ["waiting"]
    assert told(book, Wait(asked("w4", 30))) == ["free"]
    assert told(book, Leave("w1")) == ["left"]
    decision = decide(book, Cancel("a"), NOW)
    held = [event.asked.booking for event in decision.events if isinstance(event, Held)]
    assert held == ["w2", "w3"], "both fit once the first has left"
    for event in decision.events:
        book.apply(event)
    assert not book.waiting
    assert book.reservations["w2"].status == "hold"


def test_waiting_lapses_when_its_time_comes() -> None:
    book = Book(Line("L"))
    confirmed(book, asked("a", 5, 4))
    told(book, Wait(asked("w", 6, 1, "u2")))
    events = decide(book, Tick(), NOW + 7 * HOUR).events
    assert [event for event in events if isinstance(event, Left)] == [Left(NOW + 7 * HOUR, "w", lapsed=True)]


def test_a_booking_nobody_came_to_is_missed_and_early_ends_free_the_rest() -> None:
    book = Book(Line("L", cleanup=HOUR, policy=Policy(missed_reservation_threshold=HOUR)))
    confirmed(book, asked("a", 1, 8), asked("b", 20, 8))
    assert told(book, Start("a"), NOW + 1.5 * HOUR) == ["started"]
    assert told(book, Cancel("a"), NOW + 2 * HOUR) == ["status"]
    assert told(book, Finish("a"), NOW + 3 * HOUR) == ["finished"]
    assert told(book, Hold(asked("c", 3.5, 1)), NOW + 3 * HOUR) == ["taken"], "it is being cleaned"
    assert told(book, Hold(asked("c", 4, 1)), NOW + 3 * HOUR) == ["held"]
    told(book, Tick(), NOW + 21 * HOUR)
    assert book.reservations["b"].status == "missed"


def test_late_cancellations_are_marked() -> None:
    book = Book(Line("L", policy=Policy(cancellation_notice=24 * HOUR)))
    confirmed(book, asked("a", 30), asked("b", 40))
    assert told(book, Cancel("a"), NOW + 10 * HOUR) == ["cancelled-late"]
    assert told(book, Cancel("b"), NOW + 10 * HOUR) == ["cancelled"]
    assert book.reservations["a"].late


def test_blackouts_give_way_and_outages_do_not() -> None:
    book = Book(Line("L", units=2))
    confirmed(book, asked("a", 10))
    assert told(book, Block("x", NOW + 9 * HOUR, NOW + 11 * HOUR)) == ["block-hits"]
    assert told(book, Block("x", NOW + 9 * HOUR, NOW + 11 * HOUR, unit=2)) == ["blocked"]
    assert told(book, Hold(asked("b", 10))) == ["taken"], "one unit is booked, the other blocked"
    assert told(book, Block("y", NOW + 9 * HOUR, NOW + 11 * HOUR, outage=True)) == ["blocked-cancels"]
    assert book.reservations["a"].status == "cancelled"
    assert told(book, Hold(asked("c", 10))) == ["outage"]
    assert told(book, Lift("y")) == ["lifted"]
    assert told(book, Hold(asked("c", 10))) == ["held"]


# ---------------------------------------------------------------------- quota and series


def test_hours_of_small_firms_are_kept_until_they_are_near() -> None:
    book = Book(Line("L", quota=Quota(0.5, 40.0, release=timedelta(days=7))))
    next_week = 7 * 24 + 5 * 24  # Saturday of the week after
    confirmed(book, asked("a", next_week, 15))
    assert told(book, Hold(asked("b", next_week + 15, 8, "u2"))) == ["quota"], "15 + 8 of 20 hours"
    assert told(book, Hold(asked("s", next_week + 15, 8, "u3", sme=True))) == ["held"]
    near = NOW + timedelta(days=6)
    assert told(book, Hold(asked("c", next_week + 23, 1, "u2")), near) == ["held"]
    assert told(book, Hold(asked("d", next_week - 24, 9, "u2")), near) == ["held"], "released: within seven days"


def test_a_series_skips_and_says_what() -> None:
    book = Book(Line("L"))
    confirmed(book, asked("x", 24 * 7, 3, "u9"))
    holiday = WorkCalendar({date(2026, 12, 2): Label("假日")}, settled=frozenset({2026}))
    rule_ = Rule("week", weekdays=frozenset({1, 3}), until=date(2026, 12, 7))
    found = series(book, Hold(asked("s", 0), confirm=True), rule_, NOW, calendar=holiday)
    assert found.allowed
    assert found.held == ("s-1", "s-2", "s-5")
    assert [(one.start.date(), one.why[0].code) for one in found.skipped] == [
        (date(2026, 11, 30), "pilots_booking.taken"), (date(2026, 12, 2), "pilots_booking.series-day-off"),
    ]  # fmt: skip
    strict = series(book, Hold(asked("s", 0)), rule_, NOW, skip=False, calendar=holiday)
    assert (strict.allowed, strict.events, len(strict.skipped)) == (False, (), 2)


def test_a_series_keeps_the_local_time_over_a_change_of_clocks() -> None:
    line, first = Line("L", zone="Europe/Berlin"), datetime(2027, 3, 27, 1, 30, tzinfo=UTC)  # 02:30 local
    one = Hold(Asked("s", "u", first, first + HOUR))
    found = series(Book(line), one, Rule("day", count=3), NOW)
    assert found.held == ("s-1", "s-3")
    assert found.skipped[0].why[0].code == "pilots_booking.series-clock"
    starts = [event.asked.start.hour for event in found.events if isinstance(event, Held)]
    assert starts == [1, 0], "02:30 in winter and in summer"


@pytest.mark.parametrize(
    ("rule_", "code"),
    [
        (Rule("day"), "series-endless"),
        (Rule("day", count=1000), "series-endless"),
        (Rule("day", 0, count=2), "series-rule"),
        (Rule("week", weekdays=frozenset({8}), count=2), "series-rule"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be(rule_: Rule, code: str) -> None:
    found = series(Book(Line("L")), Hold(asked("s", 1)), rule_, NOW)
    assert (found.allowed, found.why[0].code) == (False, f"pilots_booking.{code}")


def test_every_word_stands_in_both_languages() -> None:
    assert [wrong for name in entries("pilots_booking") for wrong in missing(f"pilots_booking.{name}")] == []
