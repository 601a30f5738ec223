"""Working days against published dates, an independent count, and a day-by-day oracle."""

from __future__ import annotations

import time
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label
from tongtu.terms.words import say

#: working days by month as the PyPI package chinesecalendar 1.11.0 counts them
MONTHS = {
    2024: [22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22],
    2025: [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23],
    2026: [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23],
}
DAYS = st.dates(date(2023, 1, 1), date(2036, 12, 31))


@pytest.fixture(scope="module")
def cn() -> WorkCalendar:
    return packs.load("cn").calendar


def test_published_deadline(cn: WorkCalendar) -> None:
    """Fifteen working days from 25 September 2026, over Mid-Autumn and National Day with its make-up day."""
    assert cn.add_working_days(date(2026, 9, 25), 15) == date(2026, 10, 22)


def test_months_agree_with_an_independent_calendar(cn: WorkCalendar) -> None:
    for year, wanted in MONTHS.items():
        ends = [date(year, month, 1) - timedelta(1) for month in range(1, 13)] + [date(year, 12, 31)]
        assert [cn.working_days_between(a, b) for a, b in pairwise(ends)] == wanted


def test_days_of_the_notices(cn: WorkCalendar) -> None:
    assert cn.is_working(date(2024, 2, 18)), "a Sunday worked for the Spring Festival"
    assert cn.is_working(date(2024, 2, 9)), "New Year's Eve of 2024 was no holiday"
    assert not cn.is_working(date(2025, 1, 28)), "New Year's Eve of 2025 was"
    assert cn.holidays[date(2025, 10, 6)] == Label("国庆节、中秋节", "National Day and Mid-Autumn Festival")
    assert cn.next_working(date(2026, 2, 15)) == date(2026, 2, 24)
    assert cn.next_working(date(2026, 2, 14)) == date(2026, 2, 14)


def test_unannounced_years_are_provisional(cn: WorkCalendar) -> None:
    assert not cn.provisional(date(2026, 12, 31))
    assert cn.provisional(date(2027, 1, 1))
    assert cn.provisional(date(2026, 12, 1), date(2027, 1, 4))
    assert cn.provisional(date(2023, 12, 31))
    assert cn.provisional(date(2060, 1, 1))
    assert say(cn.why_provisional(date(2027, 2, 5))) == "2027 年的放假安排尚未公布，日期为暂定"
    sheet = packs.load("cn").sheet("calendar")
    later = sheet.filter(pl.col("first").dt.year() > 2026)
    assert later.height > 0
    assert set(later["grade"]) == {"ours"}


def test_provisional_years_have_thirteen_statutory_days_off(cn: WorkCalendar) -> None:
    for year in range(2027, 2036):
        plain = WorkCalendar()
        edge = date(year, 1, 1) - timedelta(1), date(year, 12, 31)
        assert plain.working_days_between(*edge) - cn.working_days_between(*edge) == 13


def naive(calendar: WorkCalendar, day: date, n: int) -> date:
    step = timedelta(1 if n > 0 else -1)
    while n:
        day += step
        if calendar.is_working(day):
            n -= 1 if n > 0 else -1
    return day


@settings(deadline=None)
@given(DAYS, st.integers(-120, 120))
def test_adding_is_walking(day: date, n: int) -> None:
    calendar = packs.load("cn").calendar
    end = calendar.add_working_days(day, n)
    assert end == naive(calendar, day, n)
    if n:
        assert calendar.is_working(end)
        assert calendar.working_days_between(day, end) == n


@settings(deadline=None, max_examples=60)
@given(
    st.sets(st.dates(date(2030, 1, 1), date(2030, 3, 31)), max_size=20),
    st.sets(st.dates(date(2030, 1, 1), date(2030, 3, 31)), max_size=20),
    st.sets(st.integers(1, 7), max_size=6),
    st.dates(date(2030, 1, 1), date(2030, 3, 31)),
    st.integers(-20, 20),
)
def test_any_calendar(off: set[date], on: set[date], weekend: set[int], day: date, n: int) -> None:
    calendar = WorkCalendar(dict.fromkeys(off, Label("假")), frozenset(on), frozenset(), frozenset(weekend))
    assert calendar.add_working_days(day, n) == naive(calendar, day, n)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.none() | DAYS, st.none() | st.integers(-60, 60), st.none() | DAYS), max_size=30))
def test_frames_agree_with_single_days(rows: list[tuple[date | None, int | None, date | None]]) -> None:
    calendar = packs.load("cn").calendar
    schema = {"day": pl.Date, "n": pl.Int64, "end": pl.Date}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    day, n, end = frame["day"], frame["n"], frame["end"]
    moved = [None if a is None or b is None else calendar.add_working_days(a, b) for a, b, _ in rows]
    between = [None if a is None or c is None else calendar.working_days_between(a, c) for a, _, c in rows]
    assert calendar.add_each(day, n).to_list() == moved
    assert calendar.add_each(day, n).dtype == pl.Date
    assert calendar.add_each(day, 3).to_list() == [a and calendar.add_working_days(a, 3) for a, _, _ in rows]
    assert calendar.between_each(day, end).to_list() == between
    assert calendar.is_working_each(day).to_list() == [a and calendar.is_working(a) for a, _, _ in rows]
    assert calendar.provisional_each(day).to_list() == [a and calendar.provisional(a) for a, _, _ in rows]


def test_beyond_the_calendar_is_said(cn: WorkCalendar) -> None:
    for call in (
        lambda: cn.add_working_days(date(2150, 12, 1), 100),
        lambda: cn.add_working_days(date(1, 1, 1), 1),
        lambda: cn.working_days_between(date(2026, 1, 1), date(3000, 1, 1)),
        lambda: cn.add_each(pl.Series([date(2026, 1, 1), date(2150, 12, 30)]), 9),
        lambda: cn.between_each(pl.Series([date(2026, 1, 1)]), pl.Series([date(1900, 1, 1)])),
        lambda: cn.is_working_each(pl.Series([date(1900, 1, 1)])),
    ):
        with pytest.raises(UsageFault) as caught:
            call()
        assert "1950" in caught.value.say("en")


def test_a_million_deadlines_at_once(cn: WorkCalendar) -> None:
    days = pl.Series("day", [date(2024, 1, 1) + timedelta(i % 1000) for i in range(1000)])
    days = pl.concat([days] * 1000, rechunk=True)
    begin = time.perf_counter()
    moved = cn.add_each(days, 15)
    assert time.perf_counter() - begin < 2
    assert moved[0] == cn.add_working_days(days[0], 15)
