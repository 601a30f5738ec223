"""Every scheme and version of the pack against a plain judge typed from the policy tables (`oracle`).

Subjects sit on the thresholds more often than not; every verdict, point, grade and amount must be the same. More
subjects: `python -m oracle.agreement 100000`, from this folder.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from oracle import population
from oracle.agreement import SAYS_LESS, asked, compare_singly, run_case
from oracle.schemes import CASES
from oracle.subjects import Subject
from rulebook import book, registry

from tongtu import rules

SUBJECTS = 2000
SEED = 20_261_122


def _nobody(case):
    """Somebody about whom nothing is known."""
    subject = Subject("nobody", {"currency": "CNY"}, rows=dict.fromkeys(case.kind.rows, ()))
    subject.day, subject.purpose = case.day, case.purposes[0]
    return subject


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_engine_agrees_with_the_plain_judge(case):
    done = run_case(case, SUBJECTS, SEED)
    assert not done.differing, done.examples
    assert done.less == 0 or case.scheme in SAYS_LESS
    assert {"met", "unmet", "unknown"} <= set(done.verdicts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_subject_alone_is_judged_the_same(case):
    drawn = population.subjects(case.kind, asked(case), 30, SEED, case.day)
    done = compare_singly(case, drawn)
    assert not done.differing, done.examples


def test_no_version_or_purpose_is_left_out():
    judged = {(case.scheme, case.version): set(case.purposes) for case in CASES}
    pack = {
        (name, version.version): {purpose for span in version.spans for purpose in span.purposes}
        for name in book() for version in book()[name].versions
    }  # fmt: skip
    assert judged == pack


@pytest.mark.parametrize(
    ("scheme", "day", "purpose", "batch", "version"),
    [
        ("srdi", date(2022, 7, 31), "new", None, None),
        ("srdi", date(2022, 8, 1), "new", None, "2022"),
        ("srdi", date(2026, 3, 31), "review", None, "2022"),
        ("srdi", date(2026, 4, 1), "new", None, "2026"),
        ("little_giant", date(2026, 4, 25), "new", "8", "2026"),
        ("little_giant", date(2026, 6, 1), "review", "5", "2022"),  # 117号: batch 5 and batch 2 reviewed again
        ("little_giant", date(2026, 6, 1), "review", "2-rereviewed", "2022"),
        ("little_giant", date(2026, 6, 1), "review", "4", "2026"),
        ("little_giant", date(2026, 6, 1), "review", None, "2026"),
        ("little_giant", date(2027, 1, 1), "review", "5", "2026"),
        ("innovative_sme", date(2026, 4, 1), "new", None, "2022"),  # article 30 keeps it
        ("technology_sme", date(2026, 8, 31), "new", None, "2026"),
        ("key_little_giant", date(2026, 3, 31), "new", None, "2024"),
        ("key_little_giant", date(2026, 4, 1), "new", None, None),
        ("key_little_giant", date(2026, 4, 1), "review", None, "2024"),
        ("rd_deduction", date(2027, 12, 31), "new", None, "2023"),
        ("rd_deduction", date(2028, 1, 1), "new", None, "2028"),
    ],
)
def test_which_version_judges_a_day(scheme, day, purpose, batch, version):
    tables = registry(organisations=[{"organisation": "o", "kind": "sme"}])
    judged = rules.judge(book(), scheme, tables, day, purpose, batch)
    assert (judged.version.version if judged.version else None) == version


@pytest.mark.parametrize("case", [c for c in CASES if c.judge(_nobody(c)).scores], ids=lambda case: case.name)
def test_every_item_has_the_points_of_its_table(case):
    """Of somebody about whom nothing is known every item may still bring, or cost, all it has."""
    nobody = _nobody(case)
    tables = population.registry(case.kind, [nobody])
    judged = rules.judge(book(), case.scheme, tables, case.day, case.purposes[0], version=case.version)
    points = judged.scores.filter(pl.col("item").is_not_null()).select("item", "points").rows()
    items = {path: p for score in case.judge(nobody).scores.values() for path, p in score.items.items()}
    found = {path: p.high or p.low for path, p in items.items() if p.low < p.high}
    assert {path: most for path, most in points if path in found} == found
    assert len(found) >= len(points) - 1  # of titles something is known: there is none


def test_the_answers_experts_may_give_are_those_of_their_tables():
    """1.10 for 高企; Ningbo: 一般 3, 较好 5; the diffusion of an innovation centre: 4, 3–4, 1–2, none."""
    marks = {
        "hnte": {
            "ip.advance": [(7, 8), (5, 6), (3, 4), (1, 2), (0, 0)],
            "ip.support": [(7, 8), (5, 6), (3, 4), (1, 2), (0, 0)],
            "ip.origin": [(1, 6), (1, 3), (0, 0)],
            "ip.standards": [(1, 2), (0, 0)],
        },
        "ningbo_engineering_centre": {
            "research.spend": [(10, 10), (5, 5), (3, 3), (0, 0)],
            **{f"management.{name}": [(5, 5), (3, 3), (0, 0)]
               for name in ("projects", "staff", "accounts", "cooperation", "report", "need")},
        },
        "provincial_innovation_centre": {
            "positioning.diffusion": [(4, 4), (3, 4), (1, 2), (0, 0)],
            "positioning.members": [(2, 2), (1, 1), (0, 0)],
        },
    }  # fmt: skip
    for scheme, expected in marks.items():
        (version,) = book()[scheme].versions
        items = [item for score in version.scores for part in score.parts for item in part.items]
        found = {i.path: [level.points for level in i.scale.levels] for i in items if getattr(i.scale, "levels", ())}
        assert found == expected


# --- found by the plain judge and not settled yet; the mark goes when they are


def test_points_that_come_out_at_a_threshold_reach_it():
    """30 points for maturity; autonomy and orders bring the other 30 exactly, on 3,000 projects."""
    projects = []
    for tenth in range(5000, 9001):
        orders = (30 - 30 * (Fraction(tenth, 10_000) - Fraction(1, 2)) / Fraction(2, 5)) / 30 * 1_000_000_000
        if orders.denominator == 1:
            projects.append({"project": f"{tenth}", "maturity": 6, "autonomy": tenth / 10_000, "orders": int(orders),
                             "currency": "CNY"})  # fmt: skip
    judged = rules.judge(book(), "project_evaluation", registry(projects=projects), date(2026, 6, 1))
    support = judged.verdicts.filter(pl.col("tier") == "support")
    assert support.filter(pl.col("verdict") != "met")["project"].to_list() == []


@pytest.mark.xfail(strict=False, reason="a year is counted by the calendar, the rule says 365 days")
def test_a_year_of_registration_is_365_days():
    """国科发火〔2016〕195号; 2024 has 366."""
    firm = {"organisation": "o", "kind": "sme", "founded": date(2023, 11, 22)}
    judged = rules.judge(book(), "hnte", registry(organisations=[firm]), date(2024, 11, 21))
    assert judged.criteria.filter(pl.col("criterion") == "H1")["verdict"].to_list() == ["met"]


@pytest.mark.parametrize("three_years", [None, False])
def test_an_accident_within_a_year_ends_it(three_years):
    centre = {"platform": "p", "kind": "transfer_centre", "region": "420000", "accident_1y": True,
              "accident_3y": three_years}  # fmt: skip
    judged = rules.judge(book(), "wuhan_transfer_centre", registry(platforms=[centre]), date(2026, 5, 10))
    assert judged.criteria.filter(pl.col("criterion") == "accident")["verdict"].to_list() == ["unmet"]


@pytest.mark.xfail(strict=False, reason="losses of two years are a sum less the last year, unknown where that is")
def test_a_profit_the_year_before_rules_out_losses_in_both():
    years = [{"organisation": "o", "year": 2024, "net_profit": 1, "currency": "CNY"}]
    tables = registry(organisations=[{"organisation": "o", "kind": "sme", "region": "330000"}], firm_years=years)
    judged = rules.judge(book(), "ningbo_engineering_centre", tables, date(2026, 5, 10))
    losses = judged.scores.filter(pl.col("item") == "deductions.losses")
    assert losses.select("low", "high").row(0) == (0, 0)
