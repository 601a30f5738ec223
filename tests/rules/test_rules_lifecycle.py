"""Where a held title stands on a day."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import EXAMPLE, table

from tongtu import rules
from tongtu.rules import lifecycle
from tongtu.terms.why import Why
from tongtu.terms.words import say

BODY = "- {id: a, check: rd_share >= 3%}\n        grants: [{id: srdi_sme, name: {zh: 专精特新, en: SRDI}, kind: title}]"
CYCLE = "{valid_years: 3, update_by: 05-31, report_change_months: 3, ban_years: 2%s}"


def book(more: str = "") -> rules.RuleBook:
    text = EXAMPLE.replace("- BODY", BODY).replace("    tiers:", f"    lifecycle: {CYCLE % more}\n    tiers:")
    return rules.load({"x.yaml": text})


def standing(since, until=None, day=date(2026, 11, 22), kind="srdi_sme", more="", failed=None):
    held = {"title": "t", "organisation": "o", "kind": kind, "valid_from": since, "valid_to": until}
    reviews = None if failed is None else pl.DataFrame({"title": ["t"], "on": [failed], "passed": [False]})
    (row,) = lifecycle.state(book(more), table("titles", [held]), day, reviews=reviews).iter_rows(named=True)
    return row


@pytest.mark.parametrize(
    ("since", "day", "state", "when", "what"),
    [
        (date(2024, 6, 1), date(2024, 12, 1), "valid", date(2025, 5, 31), "update"),  # none in the year of the award
        (date(2024, 6, 1), date(2026, 1, 1), "valid", date(2026, 5, 31), "update"),
        (date(2024, 6, 1), date(2026, 3, 2), "update_due", date(2026, 5, 31), "update"),
        (date(2024, 6, 1), date(2026, 5, 31), "update_due", date(2026, 5, 31), "update"),
        (date(2024, 6, 1), date(2026, 6, 1), "valid", date(2027, 5, 31), "update"),  # the last day of both
        (date(2024, 5, 1), date(2027, 3, 1), "review_due", date(2027, 4, 30), "expiry"),
        (date(2024, 5, 1), date(2027, 4, 30), "review_due", date(2027, 4, 30), "expiry"),
        (date(2024, 5, 1), date(2027, 5, 1), "expired", None, None),
    ],
)
def test_what_comes_next(since, day, state, when, what):
    row = standing(since, day=day)
    assert (row["state"], row["next_date"], row["next_what"]) == (state, when, what)


def test_the_recorded_end_comes_before_the_reckoned_one():
    assert standing(date(2024, 2, 29))["until"] == date(2027, 2, 27)
    assert standing(date(2024, 1, 1), date(2026, 10, 1))["state"] == "expired"


def test_a_review_is_due_on_the_last_day_of_its_years():
    row = standing(date(2022, 1, 1), date(2031, 12, 31), more=", review_every_years: 2", day=date(2027, 11, 1))
    assert (row["state"], row["next_date"], row["next_what"]) == ("review_due", date(2027, 12, 31), "review")


@pytest.mark.parametrize(
    ("then", "day", "state", "when", "what"),
    [
        ("recheck", date(2026, 1, 1), "rectifying", date(2026, 7, 1), "recheck"),
        ("recheck", date(2026, 7, 2), "review_due", date(2026, 7, 1), "recheck"),
        ("remove", date(2026, 7, 1), "rectifying", date(2026, 7, 1), "removal"),
        ("remove", date(2026, 7, 2), "removed", date(2028, 7, 1), "reapply"),
    ],
)
def test_after_a_failed_review(then, day, state, when, what):
    more = f", on_failure: {{rectify_months: 12, then: {then}}}"
    row = standing(date(2025, 1, 1), day=day, more=more, failed=date(2025, 7, 1))
    assert (row["state"], row["next_date"], row["next_what"]) == (state, when, what)


def test_a_failure_without_a_rule_is_unknown_and_a_later_pass_mends_it():
    assert standing(date(2025, 1, 1), failed=date(2026, 7, 1))["state"] == "unknown"
    titles = table("titles", [{"title": "t", "organisation": "o", "kind": "srdi_sme", "valid_from": date(2025, 1, 1)}])
    reviews = pl.DataFrame({"title": ["t", "t"], "on": [date(2026, 1, 1), date(2026, 2, 1)], "passed": [False, True]})
    assert lifecycle.state(book(), titles, date(2026, 11, 22), reviews=reviews)["state"].to_list() == ["valid"]


def test_without_reviews_the_reason_says_that_none_are_known():
    row = standing(date(2025, 1, 1), more=", on_failure: {rectify_months: 12, then: recheck}")
    assert "没有导入复核结果" in say(Why.from_json(row["why"]))


def test_a_title_no_rule_knows_lasts_as_recorded_or_unknown():
    assert standing(date(2025, 1, 1), kind="medal")["state"] == "unknown"
    assert standing(date(2025, 1, 1), date(2030, 1, 1), kind="medal")["state"] == "valid"
    assert standing(date(2010, 1, 1))["state"] == "unknown"  # before the first version there is


def test_titles_of_the_future_are_not_held():
    titles = table("titles", [{"title": "t", "organisation": "o", "kind": "medal", "valid_from": date(2027, 1, 1)}])
    assert lifecycle.state(book(), titles, date(2026, 11, 22)).is_empty()


AWARDED = st.dates(date(2015, 1, 1), date(2026, 11, 22))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(AWARDED, st.sampled_from(["srdi_sme", "medal"])), max_size=20),
    st.randoms(use_true_random=False),
)
def test_every_title_has_one_row_in_any_order_and_no_date_that_passed(held, random):
    rows = [
        {"title": f"t{i:02}", "organisation": "o", "kind": kind, "valid_from": day}
        for i, (day, kind) in enumerate(held)
    ]
    mixed = random.sample(rows, len(rows))
    day = date(2026, 11, 22)
    found = lifecycle.state(book(), table("titles", mixed), day)
    assert found.equals(lifecycle.state(book(), table("titles", rows), day))
    assert found["title"].to_list() == [row["title"] for row in rows]
    assert set(found["state"]) <= set(lifecycle.STATES)
    assert all(when >= day for when in found["next_date"].drop_nulls())
    due = found.filter(pl.col("state").is_in(["update_due", "review_due"]))["next_date"]
    assert all(when <= day + timedelta(days=90) for when in due)
    for lang in ("zh", "en"):
        assert all("{" not in say(Why.from_json(text), lang) for text in found["why"])
