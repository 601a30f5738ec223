"""Titles over time, the ladder the rules make of them, and the next step up."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from asking_book import DAY, YUAN, firm, made_up, sayings, title
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import registry

from tongtu import rules
from tongtu.registry import Registry
from tongtu.rules import asking
from tongtu.rules.asking.titles import rungs


def awarded(*rows: dict[str, object]) -> Registry:
    return registry(organisations=[{"organisation": "f", "kind": "private"}], titles=list(rows))


def told(*rows: dict[str, object]) -> list[tuple[object, ...]]:
    found = asking.history(awarded(*rows), "f", made_up())
    sayings(found)
    return found.select("title", "followed", "by", "days").rows()


# --- history -----------------------------------------------------------------------------------------------


def test_a_break_an_overlap_and_a_renewal():
    first = title("1", "f", "middle_title", date(2016, 1, 1), date(2018, 12, 31))
    assert told(first, title("2", "f", "middle_title", date(2019, 1, 1), date(2021, 12, 31))) == [
        ("1", "renewed", "2", None), ("2", "ends", None, None),
    ]  # fmt: skip
    later = title("2", "f", "middle_title", date(2019, 3, 2), date(2021, 12, 31))
    assert told(first, later)[0] == ("1", "gap", "2", 60)
    assert told(first, title("2", "f", "middle_title", date(2018, 12, 1)))[0] == ("1", "overlap", "2", 31)


def test_what_a_rule_says_about_the_end_is_reckoned_and_said():
    found = asking.history(awarded(title("1", "f", "middle_title", date(2020, 2, 29))), "f", made_up()).row(
        0, named=True
    )
    assert (found["valid_to"], found["until"], found["reckoned"]) == (None, date(2023, 2, 27), True)
    assert (found["scheme"], found["tier"]) == ("middle", "middle")
    unknown = asking.history(awarded(title("1", "f", "other", date(2020, 1, 1))), "f", made_up()).row(0, named=True)
    assert (unknown["until"], unknown["scheme"], unknown["followed"]) == (None, None, "open")


def test_a_title_that_led_to_a_higher_one():
    rows = told(
        title("1", "f", "base_title", date(2020, 1, 1), date(2020, 12, 31)),
        title("2", "f", "middle_title", date(2020, 6, 1), date(2023, 5, 31)),
        title("3", "f", "top", date(2024, 1, 1), date(2029, 12, 31)),
    )
    assert [row[1] for row in rows] == ["raised", "ends", "ends"]  # the last came after a break of half a year


def test_levels_and_numbers_are_kept_and_another_level_is_another_title():
    rows = [
        title("1", "f", "other", date(2020, 1, 1), date(2020, 12, 31), level="provincial", number="A1", issuer="省厅"),
        title("2", "f", "other", date(2021, 6, 1), date(2021, 12, 31), level="national", number="N1", issuer="部"),
    ]
    found = asking.history(awarded(*rows), "f", made_up())
    assert found["level"].to_list() == ["provincial", "national"]
    assert found["number"].to_list() == ["A1", "N1"]
    assert found["followed"].to_list() == ["ends", "ends"]


def test_nobody_without_titles():
    found = asking.history(firm(kinds=()), "f", made_up())
    assert found.is_empty()
    assert found.columns[:3] == ["title", "kind", "level"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 1200)), min_size=1, max_size=6))
def test_gaps_and_overlaps_add_up_to_the_calendar(spans):
    rows = [
        title(f"{i}", "f", "other", date(2015, 1, 1) + timedelta(days=a), date(2015, 1, 1) + timedelta(days=a + n))
        for i, (a, n) in enumerate(spans)
    ]
    found = asking.history(awarded(*rows), "f", made_up())
    assert found.height == len(rows)
    assert found["valid_from"].is_sorted()
    for one, following in zip(found.to_dicts(), found.to_dicts()[1:], strict=False):
        days = (following["valid_from"] - one["until"]).days - 1
        assert one["followed"] == ("renewed" if days == 0 else "gap" if days > 0 else "overlap")
        assert (one["days"] or 0) == abs(days)


# --- the ladder and the next tier --------------------------------------------------------------------------


def test_the_ladder_is_what_the_rules_require_and_exclude():
    ladder = rungs(made_up())
    order = sorted((r for r in ladder.values() if r.ladder), key=lambda r: r.height)
    assert [r.scheme.scheme for r in order] == ["base", "middle", "top", "crown"]
    assert ladder["crown:crown"].below == ("top:top",)  # top excludes those who are crowned
    assert ladder["support:any"].ladder == ""


def step(one: Registry, **more) -> asking.NextTier:
    return asking.next_tier(made_up(), one, "f", DAY, **more)


@pytest.mark.parametrize(
    ("kinds", "following"),
    [((), ["base"]), (("base_title",), ["middle"]), (("middle_title",), ["top"]), (("top",), ["crown"]),
     (("base_title", "top"), ["crown"]), (("crown",), [])],
)  # fmt: skip
def test_the_next_tier_above_what_is_held(kinds, following):
    assert step(firm(kinds=kinds)).tiers["scheme"].to_list() == following


def test_what_is_still_missing_stands_in_order_of_effort_with_the_next_intake():
    poor = firm(revenue=14_900_000 * YUAN, rd_spend=200_000 * YUAN, ip_class1=None)
    found = step(poor)
    row = found.tiers.row(0, named=True)
    assert (row["verdict"], row["unmet"], row["unknown"], row["manual"]) == ("unmet", 3, 1, 0)
    assert found.gap["criterion"].to_list() == ["size.revenue", "rd", "size.equity", "ip"]
    assert row["effort"] == pytest.approx(1.0)  # no equity at all
    assert sayings(found.tiers)
    before = asking.next_tier(made_up(), poor, "f", date(2026, 4, 1))
    assert before.gap["next_opens"].unique().to_list() == [date(2026, 4, 25)]
    assert before.tiers.row(0, named=True)["next_closes"] == date(2026, 5, 25)
    assert step(firm()).tiers.row(0, named=True)["next_opens"] == date(2027, 6, 1)  # known although nothing is missing


def test_who_is_not_covered_has_no_next_tier():
    one = firm()
    school = one.replace(organisations=one["organisations"].with_columns(pl.lit("university").alias("kind")))
    assert step(school).tiers.is_empty()
    assert step(one, schemes=["support"]).tiers.is_empty()
    assert step(one, schemes=["crown"]).tiers["scheme"].to_list() == ["middle"]


def test_an_ended_title_is_not_held():
    one = firm(kinds=()).replace(
        titles=registry(titles=[title("1", "f", "base_title", date(2025, 1, 1), date(2025, 12, 31))])["titles"]
    )
    assert step(one).tiers["scheme"].to_list() == ["base"]


# --- gap ---------------------------------------------------------------------------------------------------


def test_a_gap_names_the_next_intake_or_none():
    for scheme, opens in (("middle", date(2027, 6, 1)), ("top", None)):
        found = rules.gap(rules.judge(made_up(), scheme, firm(ip_class1=0, kinds=()), DAY), "f")
        assert found["next_opens"].unique().to_list() == [opens]
    assert rules.gap(rules.judge(made_up(), "middle", firm(), DAY), "f").columns[-2:] == ["next_opens", "next_closes"]
