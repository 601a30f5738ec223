"""An independent judge, written in plain Python from the tables of the measures, not from the engine.

It works in exact fractions and knows True, False and None; the engine must agree with it on every criterion
of 20,000 random firms, whose figures sit on the thresholds more often than not.
"""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from rulebook import book, table

from tongtu import rules
from tongtu.registry import Registry

FIRMS = 20_000
DAY = date(2026, 5, 10)
WAN = 10_000 * 100  # ten thousand yuan in fen


# --- three-valued words ------------------------------------------------------------------------------------


def every(*parts):
    if any(p is False for p in parts):
        return False
    return None if any(p is None for p in parts) else True


def either(*parts):
    if any(p is True for p in parts):
        return True
    return None if any(p is None for p in parts) else False


def least(value, limit):
    return None if value is None else value >= limit


def most(value, limit):
    return None if value is None else value <= limit


def share(top, bottom):
    if top is None or bottom is None or bottom <= 0:
        return None
    return Fraction(top, bottom)


def one_of(value, allowed):
    return None if value is None else value in allowed


def total(a, b):
    return None if a is None or b is None else a + b


def yuan(row, column):
    """An amount in fen, if it is one of yuan."""
    return row.get(column) if row.get("currency") == "CNY" else None


# --- the two measures of 2026 ------------------------------------------------------------------------------


def srdi(last, before, titles, purpose):
    score = least(last.get("platform_score"), 50)
    if purpose == "review":
        score = either(score, least(before.get("platform_score"), 50))
    award = every(one_of(last.get("award_level"), ("national", "provincial")), most(last.get("award_rank"), 3))
    equity = total(yuan(last, "equity_raised"), yuan(before, "equity_raised"))
    return {
        "S1": every(held(titles, "technology_sme", "innovative_sme"), least(last.get("segment_years"), 3)),
        "S2": either(least(yuan(last, "revenue"), 1500 * WAN), least(equity, 2000 * WAN)),
        "S3": every(
            least(share(last.get("main_revenue"), last.get("revenue")), Fraction(80, 100)),
            most(share(last.get("total_debt"), last.get("total_assets")), Fraction(80, 100)),
        ),
        "S4": every(*(
            every(least(yuan(y, "rd_spend"), 100 * WAN),
                  least(share(y.get("rd_spend"), y.get("revenue")), Fraction(3, 100)))
            for y in (last, before)
        )),
        "S5": either(
            least(last.get("ip_class1"), 1), award, one_of(last.get("rd_body_level"), ("national", "provincial"))
        ),
        "S7": score,
    }  # fmt: skip


def little_giant(last, before, first, titles, purpose):
    score = least(last.get("platform_score"), 60)
    growth = grown(yuan(last, "revenue"), yuan(first, "revenue"))
    if purpose == "review":
        score, growth = either(score, least(before.get("platform_score"), 60)), True
    award = every(one_of(last.get("award_level"), ("national",)), most(last.get("award_rank"), 3))
    return {
        "G1": every(held(titles, "srdi_sme"), least(last.get("segment_years"), 3)),
        "G2": every(
            least(yuan(last, "revenue"), 5000 * WAN),
            least(share(last.get("main_revenue"), last.get("revenue")), Fraction(90, 100)),
            growth,
            most(share(last.get("total_debt"), last.get("total_assets")), Fraction(75, 100)),
        ),
        "G3": every(
            least(total(yuan(last, "rd_spend"), yuan(before, "rd_spend")), 1200 * WAN),
            *(least(share(y.get("rd_spend"), y.get("revenue")), Fraction(3, 100)) for y in (last, before)),
        ),
        "G4": either(least(last.get("ip_class1_own"), 4), award),
        "G5": either(least(last.get("segment_share"), 0.1), most(last.get("domestic_rank"), 3)),
        "G7": score,
    }


def held(titles, *kinds):
    return any(
        t["kind"] in kinds and t["valid_from"] <= DAY and (t["valid_to"] is None or t["valid_to"] >= DAY)
        for t in titles
    )


def grown(now, then):
    """Five per cent a year over two years, without a root: now / then ≥ 1.05²."""
    if now is None or then is None or then <= 0:
        return None
    return Fraction(now, then) >= Fraction(105, 100) ** 2


# --- the firms ---------------------------------------------------------------------------------------------


def figures(rng, revenue):
    def near(limit, *spread):
        return rng.choice([limit, *spread, None])

    spend = revenue and rng.choice([revenue * 3 // 100, revenue * 3 // 100 - 1, revenue // 10, 100 * WAN, 600 * WAN])
    assets = rng.choice([0, 10_000 * WAN, 20_000 * WAN])
    return {
        "currency": rng.choices(["CNY", "USD", None], [20, 1, 1])[0],
        "revenue": revenue,
        "main_revenue": revenue and rng.choice([revenue * 8 // 10, revenue * 9 // 10, revenue * 9 // 10 - 1, revenue]),
        "rd_spend": rng.choice([spend, 100 * WAN - 1, None]),
        "total_assets": assets,
        "total_debt": near(assets * 3 // 4, assets * 8 // 10, assets * 8 // 10 + 1, assets // 2),
        "equity_raised": near(1000 * WAN, 0, 1000 * WAN - 1, 2000 * WAN),
        "segment_years": near(3.0, 2.9, 5.0),
        "segment_share": near(0.1, 0.0999, 0.3),
        "domestic_rank": near(3, 4, 1),
        "ip_class1": near(1, 0, 2),
        "ip_class1_own": near(4, 3, 6),
        "award_level": rng.choice(["national", "provincial", "municipal", None]),
        "award_rank": near(3, 4, 1),
        "rd_body_level": rng.choice(["national", "provincial", "municipal", None]),
        "platform_score": near(50.0, 49.9, 60.0, 59.9, 80.0),
    }


def population(seed):
    rng = random.Random(seed)
    sizes = [1500 * WAN, 1500 * WAN - 1, 5000 * WAN, 5000 * WAN - 1, 10_000 * WAN, 11_025 * WAN, 0, None]
    firms = {}
    for i in range(FIRMS):
        years = {y: figures(rng, rng.choice(sizes)) for y in (2023, 2024, 2025) if rng.random() < 0.95}
        kinds = ["technology_sme", "innovative_sme", "srdi_sme", "high_tech"]
        ends = [None, DAY, date(2026, 5, 9), date(2028, 1, 1)]
        titles = [
            {"kind": rng.choice(kinds), "valid_from": rng.choice([date(2025, 1, 1), DAY, date(2026, 5, 11)]),
             "valid_to": rng.choice(ends)}
            for _ in range(rng.randrange(3))
        ]  # fmt: skip
        firms[f"F{i:05d}"] = (years, titles)
    return firms


@pytest.fixture(scope="module")
def firms():
    return population(20_261_121)


@pytest.fixture(scope="module")
def records(firms):
    years = [
        {"organisation": firm, "year": year, **row}
        for firm, (by_year, _) in firms.items() for year, row in by_year.items()
    ]  # fmt: skip
    titles = [
        {"title": f"{firm}-{i}", "organisation": firm, **title}
        for firm, (_, held_) in firms.items() for i, title in enumerate(held_)
    ]  # fmt: skip
    return Registry({
        "organisations": table("organisations", [{"organisation": firm, "kind": "private"} for firm in firms]),
        "firm_years": table("firm_years", years),
        "titles": table("titles", titles),
    })  # fmt: skip


@pytest.mark.parametrize("purpose", ["new", "review"])
@pytest.mark.parametrize("scheme", ["srdi", "little_giant"])
def test_the_engine_agrees_with_the_plain_judge_on_every_criterion(firms, records, scheme, purpose):
    expected = {}
    for firm, (years, titles) in firms.items():
        last, before, first = (years.get(y, {}) for y in (2025, 2024, 2023))
        if scheme == "srdi":
            found = srdi(last, before, titles, purpose)
        else:
            found = little_giant(last, before, first, titles, purpose)
        for criterion, value in found.items():
            expected[firm, criterion] = {True: "met", False: "unmet", None: "unknown"}[value]
    judgement = rules.judge(book(), scheme, records, DAY, purpose)
    paths = sorted({criterion for _, criterion in expected})
    table_ = judgement.criteria_of(why=False).filter(pl.col("criterion").is_in(paths))
    found = dict(zip(zip(table_["organisation"], table_["criterion"], strict=True), table_["verdict"], strict=True))
    assert found == expected
    assert {"met", "unmet", "unknown"} == set(expected.values())
