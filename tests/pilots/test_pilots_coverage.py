"""Four factors side by side, the weakest named, and the action that follows: checked on counted networks."""

from __future__ import annotations

import csv
from datetime import date
from importlib import resources
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_network import REGIONS, line, network, platform

from tongtu import pilots
from tongtu.pilots.coverage import FACTORS
from tongtu.pilots.factors import figures
from tongtu.registry import Registry
from tongtu.terms.why import Why
from tongtu.terms.words import missing, say

AS_OF = date(2026, 11, 21)
BEFORE = date(2025, 1, 1)
Row = dict[str, Any]


def demand(*rows: tuple[str | None, str | None, float | None]) -> pl.DataFrame:
    kinds = {"direction": pl.String, "region": pl.String, "hours": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def cell(found: pl.DataFrame, direction: str | None = "d1", region: str | None = "sd") -> Row:
    here = pl.col("direction").eq_missing(pl.lit(direction)) & pl.col("region").eq_missing(pl.lit(region))
    (row,) = found.filter(here).to_dicts()
    return row


def codes(row: Row) -> set[str]:
    why = Why.from_json(row["why"])
    return {why.code, *(part.code for part in why.parts)}


def one_line(**said: Any) -> Registry:
    """A public platform in Jinan with one line of 40 hours a week: 2,080 a year."""
    tables = {
        "regions": REGIONS,
        "platforms": [platform(region="jn", directions=["d1"], is_public=True)],
        "lines": [line("L1")],
    }
    return network(**{**tables, **said})


def test_columns_are_those_of_the_chain() -> None:
    file = resources.files("tongtu.chain") / "tables.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = [list(row.values()) for row in csv.DictReader(stream)]
    wanted = [column for name, column, *_ in rows if name == "coverage" and column]
    assert pilots.coverage(one_line(), demand(), AS_OF).columns == wanted


def test_the_four_factors_by_hand() -> None:
    registry = one_line(
        needs=[
            {"need": f"N{i}", "organisation": "O1", "title": "t", "direction": "d1", "region": "sd"}
            for i in range(4)
        ],
        scenarios=[
            {"scenario": "S1", "organisation": "O1", "direction": "d1", "region": "jn", "capacity": 2},
            {"scenario": "S2", "organisation": "O1", "direction": "d1", "region": "jn",
             "open_to": date(2026, 1, 1)},
        ],
        organisations=[{"organisation": "O1", "name": "院", "kind": "institute", "region": "jn"}],
        people=[
            {"person": f"H{i}", "name": "h", "organisation": "O1", "role": "engineer", "directions": ["d1"]}
            for i in range(5)
        ],
        mechanisms=[
            {"mechanism": "M1", "kind": "subsidy", "region": "cn", "valid_from": BEFORE},
            {"mechanism": "M2", "kind": "insurance", "region": "jn", "valid_from": BEFORE},
            {"mechanism": "M3", "kind": "liability", "region": "js", "valid_from": BEFORE},
            {"mechanism": "M4", "kind": "standards", "valid_from": date(2027, 1, 1)},
            {"mechanism": "M5", "kind": "ip_reform", "valid_from": BEFORE,
             "directions": ["d2"]},
        ],
    )  # fmt: skip
    row = cell(pilots.coverage(registry, demand(("d1", "jn", 4160.0)), AS_OF))
    assert (row["demand"], row["capacity"], row["platforms"]) == (4160.0, 2080.0, 1)
    assert row["scenarios"] == 0.5  # 2 places for 4 needs
    assert row["capability"] == 0.5
    assert row["talent"] == 0.25  # 5 people carry one project of 4
    assert row["mechanisms"] == 0.25  # subsidy and insurance, of 8 kinds
    assert row["weakest"] == "talent"
    assert row["action"] == "strengthen"


def used(hours: float) -> list[Row]:
    return [{"usage": "U1", "platform": "P1", "line": "L1", "date_from": date(2026, 6, 1), "hours": hours}]


@pytest.mark.parametrize(
    ("registry", "hours", "action", "reason"),
    [
        (one_line(usage=used(200.0)), 5000.0, "activate", "activate"),
        (one_line(usage=used(2000.0)), 5000.0, "strengthen", "strengthen"),
        (one_line(usage=used(2000.0)), 1000.0, "none", "enough"),
        (one_line(), 5000.0, "strengthen", "strengthen"),
        (one_line(lines=[line("L1", hours_week=None)]), 5000.0, "none", "unmeasured"),
        (one_line(), None, "none", "unmeasured"),
        (one_line(platforms=[platform(region="js", directions=["d1"])]), 5000.0, "supplement", "supplement"),
        (one_line(platforms=[platform(region="jn", directions=["d2"])]), None, "supplement", "supplement"),
        (network(regions=REGIONS), 5000.0, None, "unknown"),
    ],
)
def test_the_action_and_its_reason(registry: Registry, hours: float | None, action: str | None, reason: str) -> None:
    row = cell(pilots.coverage(registry, demand(("d1", "sd", hours)), AS_OF))
    assert row["action"] == action
    assert f"pilots.cover-{reason}" in codes(row)


def test_no_demand_asks_for_nothing_and_many_platforms_are_a_warning() -> None:
    platforms = [platform(f"P{i}", region="jn", directions=["d1"]) for i in range(3)]
    lines = [line(f"L{i}", f"P{i}") for i in range(3)]
    registry = one_line(platforms=platforms, lines=lines)
    row = cell(pilots.coverage(registry, demand(), AS_OF))
    assert (row["action"], row["demand"]) == ("none", 0.0)
    assert "pilots.duplication" in codes(row)
    busy = cell(pilots.coverage(registry, demand(("d1", "sd", 3000.0)), AS_OF))
    assert "pilots.duplication" not in codes(busy)


def test_absent_tables_are_unknown_never_zero() -> None:
    row = cell(pilots.coverage(network(regions=REGIONS), demand(("d1", "sd", 10.0)), AS_OF))
    assert [row[name] for name in ("capacity", "platforms", *FACTORS, "weakest")] == [None] * 7


def test_a_region_of_one_province_is_shown_by_its_cities() -> None:
    registry = one_line(regions=[{"region": "sd", "name": "山东"}, {"region": "jn", "name": "济南", "parent": "sd"}])
    assert cell(pilots.coverage(registry, demand(("d1", "jn", 1.0)), AS_OF), region="jn")["platforms"] == 1


def test_work_outside_every_direction_has_its_own_cell() -> None:
    row = cell(pilots.coverage(one_line(), demand((None, "sd", 10.0)), AS_OF), direction=None)
    assert (row["demand"], row["platforms"], row["action"]) == (10.0, 0, "supplement")


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_cells_add_up_to_the_network(random: Any) -> None:
    """Capacity, use and demand are shared out, never lost or counted twice; order never matters."""
    directions = ["d1", "d2", "d3"]
    platforms = [
        platform(
            f"P{i}", region=random.choice(["sd", "jn", "js", None]),
            is_public=random.choice([True, False, None]),
            directions=random.choice([None, [], random.sample(directions, 2)]),
        )
        for i in range(5)
    ]  # fmt: skip
    lines = [
        line(
            f"L{i}",
            f"P{random.randrange(5)}",
            parallel=random.randint(1, 3),
            hours_week=float(random.randint(1, 168)),
        )
        for i in range(12)
    ]
    usage = [
        {"usage": f"U{i}", "platform": f"P{random.randrange(5)}", "date_from": AS_OF, "hours": 1.0} for i in range(9)
    ]
    registry = network(regions=REGIONS, platforms=platforms, lines=lines, usage=usage)
    asked = demand(*((random.choice([*directions, None]), random.choice(["sd", "js"]), 5.0) for _ in range(8)))
    raw = figures(registry, asked, AS_OF)
    total = sum(row["hours_week"] * row["parallel"] * 52 for row in lines)
    placed = {row["platform"] for row in lines}
    nowhere = {row["platform"] for row in platforms if row["region"] is None and not row["directions"]}
    lost = sum(row["hours_week"] * row["parallel"] * 52 for row in lines if row["platform"] in nowhere)
    assert raw["capacity"].sum() == pytest.approx(total - lost)
    assert raw["demand"].sum() == 40.0
    expected = sum(1.0 for row in usage if row["platform"] in placed - nowhere)
    assert raw["used"].sum() == pytest.approx(expected)
    found = pilots.coverage(registry, asked, AS_OF)
    mixed = registry.replace(platforms=registry["platforms"].reverse(), lines=registry["lines"].reverse())
    assert found.equals(pilots.coverage(mixed, asked.reverse(), AS_OF))
    for row in found.to_dicts():
        assert [wrong for code in codes(row) for wrong in missing(code)] == []
        assert "{" not in say(Why.from_json(row["why"]), "zh") + say(Why.from_json(row["why"]), "en")
