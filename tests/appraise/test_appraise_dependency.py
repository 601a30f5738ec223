"""Product dependency from trade tables: the three conditions by hand, persistence, and what rounding leaves open."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise.dependency import GEODEP, Thresholds, dependency
from tongtu.appraise.dependency.concentrated import concentrated
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, missing, say

ROOT = Path(__file__).resolve().parents[2]
WORLD = ROOT.parent / "shared" / "data" / "complexity" / "world_trade_avg_1998_to_2000.rda"
Flow = tuple[str, str, str, int, float | None]


def trade(*rows: Flow) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=["product", "exporter", "importer", "year", "value"], orient="row").cast(
        {"value": pl.Float64, "year": pl.Int64}
    )


def years(*flows: tuple[str, str, str, float | None], of: tuple[int, ...] = (2022, 2023, 2024)) -> pl.DataFrame:
    """The same flows in each of these years."""
    return trade(*((p, a, b, y, v) for y in of for p, a, b, v in flows))


#: machines: nearly all from NL, which nearly all the world's come from; wafers: from three, of a wide market
MACHINES = (("machine", "NL", "CN", 80.0), ("machine", "JP", "CN", 20.0), ("machine", "NL", "US", 90.0),
            ("machine", "CN", "US", 2.0))  # fmt: skip
WAFERS = (("wafer", "JP", "CN", 40.0), ("wafer", "DE", "CN", 30.0), ("wafer", "KR", "CN", 30.0),
          ("wafer", "CN", "US", 30.0), ("wafer", "JP", "US", 40.0), ("wafer", "DE", "US", 40.0))  # fmt: skip


def of(frame: pl.DataFrame, product: str, **more: Any) -> dict[str, Any]:
    found = frame.filter(pl.col("product") == product)
    for name, value in more.items():
        found = found.filter(pl.col(name) == value)
    return found.row(0, named=True)


def test_the_three_conditions_by_hand() -> None:
    found = dependency(years(*MACHINES, *WAFERS), "CN")
    row = of(found.years, "machine", year=2024)
    assert row["hhi_imports"] == pytest.approx(0.8**2 + 0.2**2)
    assert row["hhi_exports"] == pytest.approx((170**2 + 20**2 + 2**2) / 192**2)
    assert row["ratio"] == pytest.approx(50)
    assert (row["supplier"], row["supplier_share"], row["largest"]) == ("NL", pytest.approx(0.8), "NL")
    assert (row["concentrated"], row["scarce"], row["uncovered"], row["dependent"]) == (True, True, True, True)
    assert row["single"], "NL has 170 of 192"
    assert row["spare"] == pytest.approx(20 / 80), "all that others export would not replace NL"
    wafer = of(found.years, "wafer", year=2024)
    assert not wafer["concentrated"]
    assert not wafer["dependent"]
    assert [of(found.products, p)["dependent"] for p in ("machine", "wafer")] == [True, False]


def plain(rows: list[Flow], home: str, year: int, by: Thresholds) -> dict[str, bool]:
    """The definition once more, without frames."""
    told = {}
    for product in {r[0] for r in rows}:
        flows = [(a, b, v or 0.0) for p, a, b, y, v in rows if p == product and y == year and a != b]

        def hhi(sums: dict[str, float]) -> float:
            total = sum(sums.values())
            return sum((v / total) ** 2 for v in sums.values()) if total else 0.0

        bought: dict[str, float] = {}
        world: dict[str, float] = {}
        sold = 0.0
        for a, b, v in flows:
            world[a] = world.get(a, 0.0) + v
            if b == home:
                bought[a] = bought.get(a, 0.0) + v
            if a == home:
                sold += v
        total = sum(bought.values())
        covered = total / sold > by.ratio if sold else total > 0
        told[product] = total > 0 and hhi(bought) > by.imports and hhi(world) > by.exports and covered
    return told


PLACES = ("A", "B", "C", "H")
FLOWS = st.lists(
    st.tuples(st.sampled_from(["p", "q"]), st.sampled_from(PLACES), st.sampled_from(PLACES), st.just(2024),
              st.integers(0, 60).map(float)), max_size=24,
    unique_by=lambda flow: flow[:4],
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(FLOWS, st.randoms())
def test_it_is_the_definition_whatever_the_order_of_rows(rows: list[Flow], draw: Any) -> None:
    rows = [("p", "A", "H", 2024, 5.0), *[r for r in rows if r[:3] != ("p", "A", "H")]]
    wanted = plain(rows, "H", 2024, GEODEP)
    shuffled = list(rows)
    draw.shuffle(shuffled)
    found = dependency(trade(*rows), "H", thresholds=Thresholds(years=1, least=1))
    again = dependency(trade(*shuffled), "H", thresholds=Thresholds(years=1, least=1))
    assert found.years.equals(again.years)
    assert found.products.equals(again.products)
    told = dict(found.products.select("product", "dependent").iter_rows())
    assert told == {p: v for p, v in wanted.items() if p in told}
    assert set(wanted) - set(told) == {p for p in wanted if all(a == b for q, a, b, *_ in rows if q == p)}


def test_it_must_hold_in_two_of_three_years() -> None:
    always = [f for f in MACHINES if f[1] != "CN"]
    one = trade(*((*f[:3], 2024, f[3]) for f in always), ("machine", "NL", "CN", 2023, 50.0),
                ("machine", "JP", "CN", 2023, 50.0), ("machine", "US", "CN", 2023, 50.0),
                ("machine", "NL", "CN", 2022, 50.0), ("machine", "JP", "CN", 2022, 50.0),
                ("machine", "US", "CN", 2022, 50.0))  # fmt: skip
    row = of(dependency(one, "CN").products, "machine")
    assert (row["dependent"], row["held"]) == (False, 1)
    two = pl.concat([one.filter(pl.col("year") != 2023), years(*always, of=(2023,))])
    assert of(dependency(two, "CN").products, "machine")["dependent"] is True
    assert of(dependency(two, "CN", latest=2023).products, "machine")["held"] == 1, "2024 has not come yet"
    missing_year = two.filter(pl.col("year") == 2024)
    assert of(dependency(missing_year, "CN").products, "machine")["dependent"] is None, "two years are not covered"


def test_without_exports_imports_are_uncovered_and_without_imports_nothing_is_depended_on() -> None:
    found = dependency(years(("a", "NL", "CN", 5.0), ("b", "NL", "US", 5.0), ("a", "CN", "CN", 9.0)), "cn")
    row = of(found.years, "a", year=2024)
    assert row["ratio"] == float("inf")
    assert row["dependent"]
    assert of(found.products, "b")["dependent"] is False
    assert of(found.years, "b", year=2024)["concentrated"] is None


def test_an_unknown_value_leaves_the_verdict_open_unless_another_condition_settles_it() -> None:
    open_ = dependency(years(*MACHINES, ("machine", "US", "CN", None)), "CN")
    row = of(open_.years, "machine", year=2024)
    assert (row["hhi_imports"], row["hhi_imports_low"], row["hhi_imports_high"]) == (None, 0.0, 1.0)
    assert row["dependent"] is None
    assert of(open_.products, "machine")["dependent"] is None
    # the world's exports are known and wide: whatever home buys, nobody can cut it off
    wide = [("w", place, "US", 10.0) for place in "ABCDE"]
    settled = years(*wide, ("w", "A", "CN", 10.0), ("m", "A", "CN", None))
    assert of(dependency(settled, "CN").products, "w")["dependent"] is False


def test_what_was_rounded_to_nothing_may_have_been_something() -> None:
    flows = years(("x", "A", "H", 0.0), ("x", "A", "B", 90.0), of=(2024,))
    assert of(dependency(flows, "H", thresholds=Thresholds(years=1, least=1)).years, "x")["dependent"] is False
    assert (
        of(dependency(flows, "H", rounding=0.5, thresholds=Thresholds(years=1, least=1)).years, "x")["dependent"]
        is None
    )


def test_unnamed_partners_widen_the_index_exactly() -> None:
    flows = years(("x", "A", "H", 50.0), ("x", "B", "H", 30.0), ("x", "_X", "H", 20.0), of=(2024,))
    row = of(dependency(flows, "H", unattributed=["_X"]).years, "x")
    assert row["hhi_imports"] == pytest.approx((50**2 + 30**2) / 80**2)
    assert row["hhi_imports_low"] == pytest.approx((50**2 + 30**2) / 100**2)
    assert row["hhi_imports_high"] == pytest.approx((70**2 + 30**2) / 100**2)
    assert row["concentrated"] is None, "0.34 to 0.58 lies on both sides of 0.4"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.floats(0.1, 6.0))
def test_the_interval_under_rounding_is_that_of_brute_force(values: list[int], half: float) -> None:
    rows = [{"product": "x", "year": 2024, "exporter": f"e{k}", "value": float(v), "unknown": 0, "width": half}
            for k, v in enumerate(values)]  # fmt: skip
    found = concentrated(pl.DataFrame(rows), []).row(0, named=True)
    ends = [(max(v - half, 0.0), v + half) for v in values]
    corners = [sum(v * v for v in c) / sum(c) ** 2 for c in itertools.product(*ends) if sum(c) > 0]
    assert found["high"] == pytest.approx(max(corners), abs=1e-9)
    low, high = (np.array(e) for e in zip(*ends, strict=True))
    levels = np.linspace(0, high.max(), 4001)[1:, None]
    clipped = np.clip(levels, low, high)
    least = (np.sum(clipped**2, axis=1) / np.sum(clipped, axis=1) ** 2).min()
    assert found["low"] <= least + 1e-9
    assert found["low"] == pytest.approx(least, abs=2e-5)
    assert found["low"] <= found["hhi"] <= found["high"]


@settings(max_examples=40, deadline=None)
@given(FLOWS, st.floats(0.1, 4.0), st.lists(st.floats(-1, 1), min_size=25, max_size=25))
def test_a_verdict_under_rounding_holds_for_whatever_the_truth_was(
    rows: list[Flow], half: float, shifts: list[float]
) -> None:
    """Values are moved anywhere within the step they were rounded by: what was called sure stays so."""
    rows = [("p", "A", "H", 2024, 9.0), *[r for r in rows if r[:3] != ("p", "A", "H")]]
    truth = [(*r[:4], max((r[4] or 0.0) + half * s, 0.0)) for r, s in zip(rows, shifts, strict=False)]
    printed = dependency(trade(*rows), "H", rounding=half, thresholds=Thresholds(years=1, least=1)).years
    exact = dependency(trade(*truth), "H", thresholds=Thresholds(years=1, least=1)).years
    for row in printed.iter_rows(named=True):
        true = of(exact, row["product"])
        for name in ("concentrated", "scarce", "uncovered", "dependent"):
            if row[name] is not None and true[name] is not None:
                assert row[name] == true[name], (name, row, true)
        for name in ("hhi_imports", "hhi_exports"):
            if true[name] is not None:
                assert row[f"{name}_low"] - 1e-9 <= true[name] <= row[f"{name}_high"] + 1e-9, (name, row, true)


def test_a_home_that_is_not_in_the_table_is_a_fault_that_says_which_codes_are() -> None:
    with pytest.raises(DataRefused) as refused:
        dependency(years(*MACHINES), "CHN")
    told = refused.value.say("zh")
    assert "CHN" in told
    assert "CN" in told
    assert of(dependency(years(*MACHINES), ["CHN", "CN"]).products, "machine")["dependent"] is True


def test_every_reason_is_said_in_both_languages() -> None:
    table = pl.concat([
        years(*MACHINES, *WAFERS, ("gas", "US", "CN", 3.0), ("tool", "A", "CN", None), ("far", "A", "B", 1.0)),
        years(("few", "A", "CN", 5.0), of=(2024,)), years(("x", "A", "CN", 3.0), ("x", "B", "CN", 2.0))])  # fmt: skip
    for options in ({}, {"rounding": 1.0}, {"latest": 2026}):
        for stored in dependency(table, "CN", **options).products["why"]:
            why = Why.from_json(stored)
            for part in (why, *why.parts):
                assert not missing(part.code), part.code
            for lang in LANGUAGES:
                assert "{" not in say(why, lang)
                assert "None" not in say(why, lang)


def test_concentration_of_world_exports_in_real_trade() -> None:
    """World exports 1998 to 2000: the index of 785 products by a plain loop, and by the engine."""
    if not WORLD.exists():
        pytest.skip(f"the published trade table is not at {WORLD}")
    sys.path.insert(0, str(ROOT))
    try:
        from bench._rda import read
    finally:
        sys.path.remove(str(ROOT))
    columns = next(iter(read(WORLD).values()))
    frame = pl.DataFrame({"product": columns["product"], "exporter": columns["country"], "value": columns["value"]})
    table = frame.with_columns(year=pl.lit(2000), importer=pl.lit("wld"))
    found = dependency(table, "wld", thresholds=Thresholds(years=1, least=1)).years
    assert found.height == 785
    sums: dict[str, list[float]] = {}
    for product, value in frame.select("product", "value").iter_rows():
        sums.setdefault(product, []).append(value)
    wanted = {p: sum(v * v for v in values) / sum(values) ** 2 for p, values in sums.items()}
    told = dict(found.select("product", "hhi_exports").iter_rows())
    assert all(told[p] == pytest.approx(wanted[p]) for p in wanted)
