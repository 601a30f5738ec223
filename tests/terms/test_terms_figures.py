"""Dates, numbers and money as people type them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.terms.dates import SERIAL_FIRST, SERIAL_LAST, from_serial, parse_date
from tongtu.terms.money import Money
from tongtu.terms.numbers import money_unit, parse_money, parse_number, parse_ratio


@given(st.dates(date(1000, 1, 1)))
def test_every_way_of_writing_a_day_is_that_day(day: date) -> None:
    y, m, d = f"{day.year:04}", day.month, day.day
    english = f"{day:%B} {d}, {y}"
    for typed in (day.isoformat(), f"{y}.{m}.{d}", f"{y}/{m:02}/{d:02}", f"{y}年{m}月{d}日", f"{y}{m:02}{d:02}",
        english,
                  f"{d} {day:%b} {y}", f"{day.isoformat()} 10:30:00", f"{day.isoformat()}T00:00:00"):  # fmt: skip
        assert parse_date(typed).value == day, typed


@given(st.dates(date(1906, 1, 9), date(2199, 12, 31)))
def test_excel_s_count_of_days(day: date) -> None:
    number = (day - date(1899, 12, 30)) / timedelta(days=1)
    assert SERIAL_FIRST <= number <= SERIAL_LAST
    assert from_serial(number + 0.75).value == day or number + 0.75 > SERIAL_LAST


@pytest.mark.parametrize(
    ("typed", "code"),
    [("03/04/2012", "ids.date-ambiguous"), ("2026-02-30", "ids.date-impossible"), ("26.11.21", "ids.date"),
     ("长期", "ids.date"), ("", "ids.date"), ("Smarch 3, 2012", "ids.date"), ("2026-13", "ids.date-impossible")],
)  # fmt: skip
def test_what_is_no_day(typed: str, code: str) -> None:
    fault = parse_date(typed).fault
    assert fault is not None
    assert fault.code == code


def test_months_and_years_count_from_their_first_day() -> None:
    assert parse_date("2026年11月").value == parse_date("2026-11").value == date(2026, 11, 1)
    year = parse_date("2026年")
    assert (year.value, [w.code for w in year.warnings]) == (date(2026, 1, 1), ["ids.date-year-only"])
    assert not from_serial(2026.11).ok  # typed 2026.11, kept by Excel as a number: October or November?


@given(st.integers(-(10**15), 10**15))
def test_money_as_we_say_it_is_read_as_we_meant_it(minor: int) -> None:
    """Below ten thousand we say every fen; above, two decimals of the unit."""
    money = Money(minor)
    for lang in ("zh", "en"):
        amount = parse_money(money.say(lang)).value
        assert amount is not None
        assert abs(amount.value - money.major) <= abs(money.major) * Decimal("0.006") + Decimal("0.005")


@pytest.mark.parametrize(
    ("typed", "major", "currencies"),
    [("１，２００", 1200, ()), ("350万元", 3_500_000, ()), ("1.2亿", 120_000_000, ()), ("￥5", 5, ("CNY", "JPY")),
     ("US$ 5k", 5000, ("USD",)), ("5亿美元", 500_000_000, ("USD",)), ("EUR 1.5 bn", 1_500_000_000, ("EUR",)),
     ("(1,200)", -1200, ()), ("-3", -3, ()), ("人民币100万元", 1_000_000, ("CNY",)), ("5 million USD",
     5_000_000, ("USD",))],
)  # fmt: skip
def test_amounts(typed: str, major: int, currencies: tuple[str, ...]) -> None:
    amount = parse_money(typed).value
    assert amount is not None
    assert (amount.value, amount.currencies) == (major, currencies)


@pytest.mark.parametrize(
    "typed", ["100-200万", "约300", "12人", "3,5", "五百万", "1,2000", "--", "USD", "1.2.3", "5 万 亿 x"]
)
def test_what_is_no_amount(typed: str) -> None:
    assert not parse_money(typed).ok
    assert not parse_number(typed).ok


def test_shares() -> None:
    assert [parse_ratio(t).value for t in ("35%", "0.35", "35 ％", "350‰")] == [Decimal("0.35")] * 4
    assert not parse_ratio("三成").ok


def test_units_of_money() -> None:
    units = {t: money_unit(t) for t in ("万元", "亿美元", "USD m", "k EUR", "元", "箱")}
    assert {t: u and (u.value, u.currencies) for t, u in units.items()} == {
        "万元": (10_000, ()), "亿美元": (10**8, ("USD",)), "USD m": (10**6, ("USD",)), "k EUR": (1000, ("EUR",)),
        "元": (1, ()), "箱": None}  # fmt: skip


@given(st.text(max_size=30))
def test_any_text_is_answered_without_an_exception(text: str) -> None:
    for parse in (parse_date, parse_number, parse_ratio, parse_money):
        checked = parse(text)
        assert checked.ok == (checked.value is not None)


@given(st.floats())
def test_any_number_as_a_day_is_answered_without_an_exception(number: float) -> None:
    checked = from_serial(number)
    assert checked.ok == (checked.value is not None)


def test_the_examples_in_the_docstrings() -> None:
    import doctest
    from importlib import import_module

    for name in ("terms.checked", "terms.ids", "terms.dates", "terms.numbers", "registry.codes", "registry.names"):
        assert doctest.testmod(import_module(f"tongtu.{name}")).failed == 0
