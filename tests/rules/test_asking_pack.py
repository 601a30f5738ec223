"""The same questions put to the pack's own rules."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from asking_book import sayings
from rulebook import book, registry
from test_rules_judging import CROWD, DAY, YUAN, firm

from tongtu import rules
from tongtu.rules import asking

ORGANISATIONS = [name for name in book() if book()[name].subject == "organisations"]


@pytest.mark.parametrize("scheme", ["srdi", "little_giant"])
def test_the_measures_of_2022_and_2026_differ_for_reasons_that_can_be_said(scheme):
    found = asking.compare(book(), scheme, "2022", "2026", CROWD, DAY)
    assert found.changes.height
    assert sayings(found.changes)
    assert (found.changes["criteria"].list.len() > 0).all()


def test_a_firm_between_the_old_revenue_and_the_new_loses_its_way():
    small = firm(revenue=12_000_000 * YUAN, main_revenue=11_000_000 * YUAN, rd_spend=2_000_000 * YUAN)
    found = asking.compare(book(), "srdi", "2022", "2026", small, DAY)
    row = found.changes.row(0, named=True)
    assert (row["transition"], row["after"]) == ("became_unmet", "unmet")
    assert row["before"] in ("manual", "unknown")  # open before: the province's own points were a person's
    assert {"S2.revenue", "S2.equity"} <= set(row["criteria"])


def test_what_if_over_every_scheme_that_judges_firms():
    found = asking.what_if(book(), CROWD, "b", {"firm_years.2025.ip_class1": 3}, DAY)
    assert set(found["scheme"]) == set(ORGANISATIONS)
    assert found.filter(pl.col("criterion") == "S5").row(0, named=True)["change"] == "gained"


@pytest.mark.parametrize("subject", ["e", "m", None])
def test_questions_can_be_said_and_name_real_fields(subject):
    found = asking.ask_next([rules.judge(book(), name, CROWD, DAY) for name in ("srdi", "little_giant")], subject)
    assert found.height
    assert sayings(found)
    assert found.filter(pl.col("noun").is_null() & pl.col("column").is_not_null()).is_empty()


def test_batch_eight_is_in_the_calendar_until_it_closes():
    kinds = registry(organisations=[{"organisation": "f", "kind": "private"}])
    for day, expected in ((date(2026, 4, 30), [date(2026, 5, 25)]), (date(2026, 5, 26), [])):
        found = asking.calendar(book(), kinds, "f", day, date(2026, 5, 31))
        batch = found.filter((pl.col("scheme") == "little_giant") & (pl.col("batch") == "8"))
        assert batch["on"].to_list() == expected
    assert sayings(asking.calendar(book(), CROWD, None, date(2026, 1, 1), date(2028, 12, 31)))


@pytest.mark.parametrize("subject", ["a", "b", "k"])
def test_next_tier_history_and_year_of_the_crowd(subject):
    found = asking.next_tier(book(), CROWD, subject, DAY)
    assert found.tiers["verdict"].is_in(["met", "manual", "unknown", "unmet"]).all()
    assert set(found.gap["scheme"] if found.gap.width else []) <= set(found.tiers["scheme"])
    asking.history(CROWD, subject, book())
    one = asking.year(CROWD, book(), subject, 2026, DAY)
    assert sayings(one.totals)
