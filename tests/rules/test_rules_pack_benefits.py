"""What the pack's schemes pay and take back, in yuan: every rate, cap, increase and claw-back from both sides."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from rulebook import book, registry

from tongtu import rules
from tongtu.terms.why import Why
from tongtu.terms.words import say

YUAN = 100
DAY = date(2026, 11, 21)


def grant(scheme, tables, tier, name, *, day=DAY, purpose="new", marks=None):
    """One subject's grant: verdict, lowest and highest amount in yuan, claw-back."""
    frame = rules.judge(book(), scheme, tables, day, purpose, marks=marks).grants
    row = frame.filter((pl.col("tier") == tier) & (pl.col("grant") == name)).row(0, named=True)
    for language in ("zh", "en"):
        assert say(Why.from_json(row["why"]), language)
    low, high = (None if row[end] is None else row[end] / YUAN for end in ("amount_low", "amount_high"))
    return row["verdict"], low, high, row["reclaimed"]


# --- Beijing: 35 or 25 % of the investment, ten points more for a legal person --------------------------------


def beijing(focus, investment, legal_person):
    facts = {
        "platform": "p", "kind": "pilot", "region": "110000", "build_type": "new", "currency": "CNY",
        "main_focus": focus, "legal_person": legal_person,
        "investment": None if investment is None else investment * YUAN,
    }  # fmt: skip
    return registry(platforms=[facts])


@pytest.mark.parametrize(
    ("focus", "tier", "investment", "legal_person", "low", "high"),
    [
        ("ai", "first", 100_000_000, False, 35_000_000, 35_000_000),
        ("ai", "first", 100_000_000, True, 45_000_000, 45_000_000),
        ("ic", "first", 100_000_000, None, 35_000_000, 45_000_000),  # not known: an interval
        ("biopharma", "first", 285_714_285, False, 99_999_999.75, 99_999_999.75),  # just below the cap
        ("biopharma", "first", 285_714_286, False, 100_000_000, 100_000_000),  # just above it
        ("humanoid", "first", 1_000_000_000, True, 100_000_000, 100_000_000),
        ("ai", "first", 250_000_000, None, 87_500_000, 100_000_000),  # the cap ends the interval
        ("nev", "second", 100_000_000, False, 25_000_000, 25_000_000),
        ("nev", "second", 100_000_000, True, 35_000_000, 35_000_000),
        ("new_it", "second", 200_000_000, False, 50_000_000, 50_000_000),  # at the cap
        ("new_it", "second", 200_000_001, False, 50_000_000, 50_000_000),
        ("new_it", "second", 199_999_996, False, 49_999_999, 49_999_999),
    ],
)
def test_beijing_pays_a_share_of_the_investment_up_to_a_cap(focus, tier, investment, legal_person, low, high):
    found = grant("beijing_platform_subsidy", beijing(focus, investment, legal_person), tier, "subsidy")
    assert found[:3] == ("met", low, high)


def test_beijing_pays_nothing_known_for_an_unknown_investment():
    assert grant("beijing_platform_subsidy", beijing("ai", None, True), "first", "subsidy")[:3] == ("met", None, None)


def test_beijing_pays_one_class_of_fields_alone():
    assert grant("beijing_platform_subsidy", beijing("ai", 1, True), "second", "subsidy")[0] == "unmet"
    assert grant("beijing_platform_subsidy", beijing("aerospace", 1, True), "second", "subsidy")[0] == "manual"


@pytest.mark.parametrize(("fee", "paid"), [(300_000, 300_000), (500_000, 500_000), (500_001, 500_000), (None, None)])
def test_the_beijing_voucher_covers_half_a_million_a_year(fee, paid):
    usage = {"usage": "u", "platform": "p", "user": "o", "date_from": date(2026, 3, 1), "hours": 1.0, "currency": "CNY",
             "fee": None if fee is None else fee * YUAN}  # fmt: skip
    tables = registry(organisations=[{"organisation": "o", "kind": "sme", "region": "110000"}], usage=[usage])
    assert grant("beijing_voucher", tables, "voucher", "voucher")[1:3] == (paid, paid)


# --- Zhejiang: 90, 80 or 70 % of the premium, counted at a rate of 2 % at most ------------------------------------


def insured(level, premium, liability=10_000_000, region="330000"):
    project = {
        "project": "p", "lead": "o", "currency": "CNY", "first_set_level": level, "premium": premium * YUAN,
        "liability": liability * YUAN, "product_value": 10_000_000 * YUAN, "insured_as": "sets", "insured_units": 1,
        "other_support": False,
    }  # fmt: skip
    return registry(organisations=[{"organisation": "o", "kind": "sme", "region": region}], projects=[project])


@pytest.mark.parametrize(
    ("level", "premium", "paid"),
    [
        ("international", 100_000, 90_000),
        ("national", 100_000, 80_000),
        ("provincial", 100_000, 70_000),
        ("national", 200_000, 160_000),  # a rate of exactly 2 %
        ("national", 200_001, 160_000),
        ("national", 199_999, 159_999.2),
        ("international", 900_000, 180_000),
    ],
)
def test_zhejiang_pays_by_level_and_counts_two_percent_at_most(level, premium, paid):
    found = grant("zhejiang_first_set_insurance", insured(level, premium), "compensation", "premium")
    assert found[:3] == ("manual", paid, paid)


def test_a_reviewer_who_finds_the_product_in_the_catalogue_settles_it():
    marks = pl.DataFrame({"subject": ["p"], "path": ["catalogue"], "low": [1.0], "high": [1.0]})
    tables = insured("national", 100_000)
    found = grant("zhejiang_first_set_insurance", tables, "compensation", "premium", marks=marks)
    assert found[:3] == ("met", 80_000, 80_000)


def test_the_national_subsidy_is_four_fifths_of_the_premium_at_most():
    tables = insured("national", 100_000, region="310000")
    assert grant("first_set_insurance", tables, "claim", "premium")[:3] == ("manual", 80_000, 80_000)


# --- key little giants: 6 m over three years, and its claw-back -----------------------------------------------------


def supported(plan, goals_met):
    titles = [
        {"title": "1", "organisation": "o", "kind": "little_giant", "valid_from": date(2024, 1, 1)},
        {"title": "2", "organisation": "o", "kind": "key_little_giant", "valid_from": date(2024, 10, 1)},
    ]
    project = {"project": "p", "lead": "o", "scheme": "key_little_giant", "currency": "CNY", "goals_met": goals_met,
               "plan_investment": None if plan is None else plan * YUAN}  # fmt: skip
    return registry(organisations=[{"organisation": "o", "kind": "sme"}], titles=titles, projects=[project])


@pytest.mark.parametrize(
    ("plan", "goals_met", "reclaimed"),
    [
        (20_000_000, True, "unmet"),  # at the threshold and the goals met: nothing
        (20_000_001, True, "unmet"),
        (19_999_999, True, "met"),  # too small a plan: reclaimed, goals or not
        (19_999_999, None, "met"),
        (20_000_000, False, "met"),  # goals missed: the rest is withheld
        (20_000_000, None, "unknown"),
        (None, True, "unknown"),
    ],
)
def test_a_small_plan_is_reclaimed_and_missed_goals_cost_the_rest(plan, goals_met, reclaimed):
    found = grant("key_little_giant", supported(plan, goals_met), "key_little_giant", "award", purpose="review")
    assert found == ("met", 6_000_000, 6_000_000, reclaimed)


@pytest.mark.parametrize(("plan", "goals_met", "share"), [(19_999_999, False, 1.0), (20_000_000, False, 0.5)])
def test_the_share_reclaimed_depends_on_why(plan, goals_met, share):
    tables = supported(plan, goals_met)
    why = rules.judge(book(), "key_little_giant", tables, DAY, "review").grants["why"][0]
    assert f"{share:.0%}" in say(Why.from_json(why), "en").split("reclaim")[-1]


# --- R&D super-deduction ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "tier", "expensed", "amortised"),
    [
        (date(2026, 11, 21), "general", 10_000_000, 1_000_000),
        (date(2027, 12, 31), "chips_and_machine_tools", 12_000_000, 1_200_000),
        (date(2028, 1, 1), "general", 10_000_000, 1_000_000),
    ],
)
def test_the_deduction_is_the_spend_once_more_or_a_fifth_more_than_that(day, tier, expensed, amortised):
    year = {"organisation": "o", "year": day.year - 1, "currency": "CNY", "rd_spend": 10_000_000 * YUAN,
            "rd_amortised": 1_000_000 * YUAN}  # fmt: skip
    tables = registry(organisations=[{"organisation": "o", "kind": "sme"}], firm_years=[year])
    assert grant("rd_deduction", tables, tier, "expensed", day=day)[1] == expensed
    assert grant("rd_deduction", tables, tier, "amortised", day=day)[1] == amortised


def test_the_higher_rate_ends_with_2027():
    (version,) = (v for v in book()["rd_deduction"].versions if v.version == "2028")
    assert [tier.tier for tier in version.tiers] == ["general"]


# --- the rest -----------------------------------------------------------------------------------------------------


def test_no_amount_is_invented_where_the_source_gives_none():
    facts = {"platform": "p", "kind": "pilot", "region": "420000", "division": "420100"}
    assert grant("wuhan_pilot_subsidy", registry(platforms=[facts]), "eligible", "subsidy")[1:3] == (None, None)


def test_a_call_pays_what_is_asked_for_up_to_its_amount():
    def asked(amount):
        call = {"call": "c", "title": "c", "amount": 3_000_000 * YUAN, "currency": "CNY"}
        project = {"project": "p", "title": "p", "call": "c", "state_funds": amount * YUAN, "currency": "CNY"}
        return grant("call_conditions", registry(calls=[call], projects=[project]), "eligible", "funding")

    assert asked(2_000_000)[1:3] == (2_000_000, 2_000_000)
    assert asked(3_000_001)[1:3] == (3_000_000, 3_000_000)


def test_good_standing_opens_hours_and_data_for_a_year():
    tables = registry(
        organisations=[{"organisation": "o", "kind": "central_soe"}],
        memberships=[{"organisation": "o", "member_class": "central_soe", "role": "member", "since": date(2026, 6, 1)}],
    )
    frame = rules.judge(book(), "consortium_charter", tables, DAY).grants.filter(pl.col("tier") == "standing")
    assert frame["resource"].to_list() == ["platform", "data"]
    assert frame["quota"].to_list() == [200, None]
    assert frame["until"].to_list() == [date(2027, 11, 20)] * 2
