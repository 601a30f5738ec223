"""The calendar: what is still to come, for whom, and nothing that has passed."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from asking_book import DAY, firm, made_up, sayings, title
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import registry

from tongtu.registry import Registry
from tongtu.rules import asking
from tongtu.rules.intakes import Places, openings
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.why import Label

SPRING = date(2026, 4, 1)


def days(one: Registry, subject: str | None, first: date, last: date, **more) -> pl.DataFrame:
    found = asking.calendar(made_up(), one, subject, first, last, **more)
    sayings(found)
    return found


def shown(found: pl.DataFrame) -> list[tuple[object, ...]]:
    return found.select("on", "kind", "scheme", "name").rows()


def test_intakes_open_and_close():
    found = days(firm(kinds=()), "f", SPRING, date(2026, 8, 31))
    assert shown(found) == [
        (date(2026, 4, 25), "opens", "middle", "batch"), (date(2026, 5, 25), "closes", "middle", "batch"),
        (date(2026, 6, 1), "opens", "middle", "yearly"), (date(2026, 8, 31), "closes", "middle", "yearly"),
    ]  # fmt: skip
    assert found["days_left"].to_list() == [24, 54, 61, 152]
    assert set(found["state"]) == {"coming"}
    assert found["batch"].to_list() == ["8", "8", None, None]
    assert found["document"].unique().to_list() == ["示例办法"]


def test_an_open_intake_shows_when_it_closes_and_a_closed_one_nothing():
    open_ = days(firm(kinds=()), "f", date(2026, 5, 1), date(2026, 5, 31))
    assert shown(open_) == [(date(2026, 5, 25), "closes", "middle", "batch")]
    assert open_["state"].to_list() == ["open"]
    assert days(firm(kinds=()), "f", date(2026, 5, 26), date(2026, 5, 31)).is_empty()
    last = days(firm(kinds=()), "f", date(2026, 5, 25), date(2026, 5, 31))
    assert last["days_left"].to_list() == [0]


def test_a_narrower_jurisdiction_takes_the_place_of_the_wider_one():
    for region, opens in (("420100", [date(2027, 3, 1)]), ("420000", [date(2027, 9, 1)]), (None, [date(2027, 9, 1)])):
        found = days(firm(kinds=(), region=region), "f", date(2027, 1, 1), date(2027, 12, 31))
        support = found.filter((pl.col("scheme") == "support") & (pl.col("kind") == "opens"))
        assert support["on"].to_list() == opens, region
    everybody = days(firm(), None, date(2027, 1, 1), date(2027, 12, 31)).filter(pl.col("scheme") == "support")
    assert set(everybody["jurisdiction"]) == {"CN", "420100"}


def test_a_local_intake_that_has_closed_does_not_bring_the_wider_one_back():
    found = days(firm(kinds=(), region="420100"), "f", SPRING, date(2026, 12, 31))
    assert found.filter(pl.col("scheme") == "support").is_empty()


def test_regions_lie_in_one_another():
    places = Places({"a1": "a", "a": ""})
    assert places.chain("a1") == ["a1", "a"]
    assert places.chain("420106") == ["420106", "420100", "420000"]
    assert places.depth("CN", "420106") == 3
    assert places.depth("420000", "420106") == 2
    assert places.depth("110000", "420106") is None
    assert places.depth("420100", None) is None
    assert Places({"a": "b", "b": "a"}).chain("a") == ["a", "b"]


def test_versions_not_in_force_have_no_intakes():
    middle = made_up()["middle"]
    assert openings(middle, date(2020, 1, 1), date(2025, 12, 31)) == []
    assert [o.opens.year for o in openings(middle, date(2027, 1, 1), date(2028, 12, 31))] == [2027, 2028]


def test_who_is_not_covered_is_not_called():
    one = firm(kinds=())
    school = one.replace(organisations=one["organisations"].with_columns(pl.lit("university").alias("kind")))
    assert days(school, "f", SPRING, date(2027, 12, 31)).is_empty()


def test_what_holders_owe():
    one = firm(kinds=()).replace(
        titles=registry(
            titles=[
                title("m", "f", "middle_title", date(2025, 3, 1)),
                title("t", "f", "top", date(2024, 7, 1), date(2030, 6, 30)),
                title("o", "f", "other", date(2024, 7, 1), date(2027, 6, 30)),
                title("gone", "f", "middle_title", date(2020, 1, 1)),
            ]
        )["titles"]
    )
    found = days(one, "f", DAY, date(2028, 12, 31)).filter(pl.col("subject").is_not_null())
    assert shown(found) == [
        (date(2027, 5, 31), "update", "middle", "m"),
        (date(2027, 6, 30), "review", "top", "t"),
        (date(2027, 6, 30), "expires", None, "o"),
        (date(2028, 2, 29), "expires", "middle", "m"),
    ]  # fmt: skip
    assert days(one, None, DAY, date(2028, 12, 31)).filter(pl.col("subject").is_not_null()).height == 4


def test_no_update_is_owed_in_the_year_of_the_award():
    one = firm(kinds=("middle_title",))  # awarded in January 2026
    found = days(one, "f", SPRING, date(2026, 12, 31)).filter(pl.col("kind") == "update")
    assert found.is_empty()


def test_working_days_and_holidays_not_yet_announced():
    work = WorkCalendar({date(2026, 5, 1): Label("劳动节")}, frozenset(), frozenset({2026}))
    found = days(firm(kinds=()), "f", date(2026, 4, 30), date(2027, 8, 31), days=work)
    first = found.row(0, named=True)
    assert (first["on"], first["working_days_left"], first["provisional"]) == (date(2026, 5, 25), 16, False)
    assert found["provisional"][-1] is True
    assert days(firm(kinds=()), "f", SPRING, date(2026, 8, 31))["working_days_left"].null_count() == 4


def test_calls_close_too():
    one = firm(kinds=(), region="110000").replace(
        calls=registry(
            calls=[
                {
                    "call": "c",
                    "title": "指南",
                    "issuer": "科技厅",
                    "opens": date(2026, 12, 1),
                    "closes": date(2026, 12, 20),
                },
                {"call": "old", "title": "指南", "closes": date(2026, 11, 20)},
                {"call": "far", "title": "指南", "closes": date(2026, 12, 5), "regions": ["420000"]},
                {"call": "near", "title": "指南", "closes": date(2026, 12, 5), "regions": ["110000"]},
            ]
        )["calls"]
    )
    found = days(one, "f", DAY, date(2026, 12, 31))
    assert [(row[0].day, row[1], row[3]) for row in shown(found)] == [
        (1, "call_opens", "c"), (5, "call_closes", "near"), (20, "call_closes", "c"),
    ]  # fmt: skip
    assert found["state"].to_list() == ["coming", "open", "coming"]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1500), st.integers(0, 900), st.sampled_from([None, "f"]), st.sampled_from([None, "420100"]))
def test_nothing_has_passed_and_nothing_lies_beyond(start, length, subject, region):
    first = date(2025, 1, 1) + timedelta(days=start)
    last = first + timedelta(days=length)
    one = firm(kinds=("base_title", "middle_title", "top"), region=region)
    found = asking.calendar(made_up(), one, subject, first, last)
    assert found["on"].is_sorted()
    assert found.filter((pl.col("on") < first) | (pl.col("on") > last)).is_empty()
    assert found.filter(pl.col("closes") < first).is_empty()
    open_ = found.filter(pl.col("state") == "open")
    assert open_.filter(pl.col("opens") > first).is_empty()
    assert (found["days_left"] >= 0).all()


@pytest.mark.parametrize("subject", ["f", None, "nobody"])
def test_an_empty_span_and_a_stranger(subject):
    found = asking.calendar(made_up(), firm(), subject, date(2026, 1, 1), date(2026, 1, 1))
    assert found.is_empty()
    assert found.columns[:2] == ["on", "days_left"]
