"""The pack's local score tables, item by item: every band, line, deduction and interval as its table prints it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from rulebook import book, registry

from tongtu import rules

YUAN = 100
DAY = date(2026, 11, 21)


def points(judgement, item):
    """Lowest and highest points of an item; of the total where the item is ''."""
    chosen = pl.col("item") == item if item else pl.col("part").is_null()
    return judgement.scores.filter(chosen).select("low", "high").row(0)


def centre(scheme, marks=None, **facts):
    row = {"platform": "p", "kind": "innovation_centre", "region": "430000", "currency": "CNY", **facts}
    return rules.judge(book(), scheme, registry(platforms=[row]), DAY, marks=marks)


@pytest.mark.parametrize(
    ("staff_rd", "hunan", "acceptance"),
    [(9, 0, 0), (10, 0, 0), (30, 3.5, 3), (50, 7, 6), (51, 7, 6)],
)
def test_the_share_of_rd_staff_counts_from_a_tenth_to_a_half(staff_rd, hunan, acceptance):
    found = centre("hunan_innovation_centre", staff=100, staff_rd=staff_rd)
    assert points(found, "construction.staff") == pytest.approx((hunan, hunan))
    found = centre("provincial_innovation_centre", staff=100, staff_rd=staff_rd)
    assert points(found, "inputs.staff") == pytest.approx((acceptance, acceptance))


@pytest.mark.parametrize(("spend", "given"), [(9, 0), (10, 0), (20, 5), (30, 10), (31, 10)])
def test_the_share_of_rd_in_cost_counts_from_a_tenth_to_three(spend, given):
    found = centre("provincial_innovation_centre", rd_spend=spend * YUAN, total_cost=100 * YUAN)
    assert points(found, "inputs.rd_spend") == pytest.approx((given, given))


@pytest.mark.parametrize(
    ("spend", "given"),
    [(5_000_000, (10, 10)), (5_000_001, (10, 10)), (4_999_999, (0, 10)), (None, (0, 10))],
)
def test_below_the_only_rule_seen_every_point_is_open(spend, given):
    found = centre("hunan_innovation_centre", rd_spend_mean=None if spend is None else spend * YUAN)
    assert points(found, "operation.rd_spend") == given


def test_a_division_by_nobody_leaves_the_points_open():
    assert points(centre("hunan_innovation_centre", staff=0, staff_rd=0), "construction.staff") == (0, 7)


def test_a_reviewer_s_range_stays_a_range():
    marks = pl.DataFrame({"subject": ["p"], "path": ["positioning.diffusion"], "low": [3.0], "high": [4.0]})
    found = centre("provincial_innovation_centre", marks)
    assert points(found, "positioning.diffusion") == (3, 4)


# --- Ningbo -------------------------------------------------------------------------------------------------------


def firm(*years, titles=()):
    rows = [
        {"organisation": "o", "year": 2025 - i, "currency": "CNY"}
        | {k: v * YUAN if k in ("revenue", "total_profit", "net_profit", "rd_equipment") else v for k, v in y.items()}
        for i, y in enumerate(years)
    ]
    tables = registry(
        organisations=[{"organisation": "o", "kind": "private", "region": "330000"}],
        firm_years=rows,
        titles=list(titles),
    )
    return rules.judge(book(), "ningbo_engineering_centre", tables, DAY)


MILLION = 1_000_000


@pytest.mark.parametrize(
    ("item", "column", "steps"),
    [
        ("business.sales", "revenue", [(30 * MILLION, 2), (50 * MILLION, 3), (100 * MILLION, 5)]),
        ("research.equipment", "rd_equipment", [(MILLION, 2), (3 * MILLION, 3), (5 * MILLION, 5)]),
        ("research.staff", "rd_staff", [(20, 2), (30, 3), (40, 5)]),
        ("research.projects", "projects_3y", [(1, 2), (2, 3), (3, 5)]),
        ("results.patents", "patents_3y", [(1, 5), (2, 10), (3, 15)]),
        ("results.standards", "standards_led", [(1, 5)]),
        ("results.brands", "brands", [(1, 5)]),
    ],
)
def test_ningbo_counts_in_steps(item, column, steps):
    before = 0
    for cut, given in steps:
        assert points(firm({column: cut - 1}), item) == (before, before)
        assert points(firm({column: cut}), item) == (given, given)
        before = given
    assert points(firm({}), item) == (0, before)


@pytest.mark.parametrize(
    ("revenue", "growth", "given"),
    [
        (99 * MILLION, 0.09, 0), (99 * MILLION, 0.10, 3), (99 * MILLION, 0.25, 5), (99 * MILLION, 0.50, 10),
        (101 * MILLION, 0.04, 0), (101 * MILLION, 0.05, 3), (101 * MILLION, 0.10, 5), (101 * MILLION, 0.20, 10),
        (99 * MILLION, 0.20, 3),
    ],
)  # fmt: skip
def test_a_larger_firm_needs_less_growth(revenue, growth, given):
    start = round(revenue / (1 + growth) ** 3 - 0.5)  # a hair below, so that the growth is reached
    found = firm({"revenue": revenue}, {}, {}, {"revenue": start})
    assert points(found, "business.growth") == (given, given)


@pytest.mark.parametrize(
    ("last", "before", "taken"),
    [
        (1, -1, (0, 0)),
        (0, -1, (0, 0)),
        (-1, 0, (-5, -5)),
        (-1, -1, (-20, -20)),
        (-1, None, (-20, -5)),
        (None, 1, (-20, 0)),
    ],
)
def test_losses_are_deducted(last, before, taken):
    found = firm({"net_profit": last} if last is not None else {}, {"net_profit": before} if before is not None else {})
    losses = [points(found, f"deductions.{item}") for item in ("loss", "losses")]
    assert (sum(low for low, _ in losses), sum(high for _, high in losses)) == taken


@pytest.mark.parametrize(("level", "given"), [("national", 10), ("provincial", 10), ("municipal", 5), ("none", 0)])
def test_awards_and_a_certificate_add_points(level, given):
    assert points(firm({"award_level": level}), "bonus.award") == (given, given)


@pytest.mark.parametrize(("since", "given"), [(date(2023, 11, 22), 5), (date(2023, 11, 21), 0)])
def test_a_certificate_counts_for_three_years(since, given):
    titles = [{"title": "t", "organisation": "o", "kind": "high_tech", "valid_from": since}]
    assert points(firm({}, titles=titles), "bonus.high_tech") == (given, given)


def test_the_tables_add_up_as_printed():
    hunan, ningbo = (book()[s].versions[0].scores[0] for s in ("hunan_innovation_centre", "ningbo_engineering_centre"))
    assert {part.part: part.points for part in hunan.parts} == {"construction": 45, "operation": 50}
    assert sum(part.points for part in ningbo.parts if part.part not in ("bonus", "deductions")) == 100


# --- the evaluation of projects, before and after -------------------------------------------------------------------


def test_the_two_versions_choose_different_projects():
    scholar = {"project": "a", "title": "a", "papers": 25, "talent_titles": 3, "awards": 2, "maturity": 2,
               "autonomy": 0.5, "orders": 0, "currency": "CNY"}  # fmt: skip
    maker = {"project": "b", "title": "b", "papers": 1, "talent_titles": 0, "awards": 0, "maturity": 8, "autonomy": 0.9,
             "orders": 20 * MILLION * YUAN, "currency": "CNY"}  # fmt: skip
    projects = registry(projects=[scholar, maker])

    def chosen(version):
        frame = rules.judge(book(), "project_evaluation", projects, DAY, version=version).verdicts
        return frame.filter((pl.col("tier") == "priority") & (pl.col("verdict") == "met"))["project"].to_list()

    assert chosen("papers") == ["a"]
    assert chosen("industry") == ["b"]


@pytest.mark.parametrize(
    ("score", "grade"), [(100, "优秀"), (90, "优秀"), (89.9, "良好"), (70, "良好"), (60, "合格"), (59.9, "不合格")]
)
def test_guangdong_names_the_grade_of_the_score_given(score, grade):
    year = {"organisation": "o", "year": 2025, "currency": "CNY"}
    tables = registry(organisations=[{"organisation": "o", "kind": "sme", "region": "440000"}], firm_years=[year])
    marks = pl.DataFrame({"subject": ["o"], "path": ["total.given"], "low": [float(score)], "high": [float(score)]})
    found = rules.judge(book(), "guangdong_centre_review", tables, DAY, "review", marks=marks).grades
    assert found.select("lowest", "highest").row(0) == (grade, grade)
