"""Concentration between its bounds, faults all at once, substitutes, the mean beside the weakest link, persistence."""

from __future__ import annotations

import itertools
import random
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise.autonomy import concentration, criticality, graph, persists, propagate
from tongtu.appraise.autonomy.concentration import largest_squares
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why
from tongtu.terms.words import entries, missing, say

AS_OF = date(2026, 11, 22)
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "supply_chain"
SUPPLY = {"item": pl.String, "supplier": pl.String, "jurisdiction": pl.String, "share": pl.Float64,
          "share_low": pl.Float64, "share_high": pl.Float64}  # fmt: skip
PART = {"item": pl.String, "component": pl.String, "route": pl.String, "required": pl.Boolean}
SWAP = {"item": pl.String, "substitute": pl.String, "performance": pl.Float64, "switch_days": pl.Float64,
        "qualified": pl.Boolean}  # fmt: skip


def supplies(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame([(*row, None, None, None)[:6] for row in rows], SUPPLY, orient="row")


def parts(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame([(*row, None, None)[:4] for row in rows], PART, orient="row")


def swaps(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, SWAP, orient="row")


# --- published figures ---


def countries(year: int) -> pl.DataFrame:
    """Country shares as printed in the release of 2026 for a year, in the columns of `supplies`."""
    folder = DATA / "chips_2026"
    providers = pl.read_csv(folder / "providers.csv").filter(pl.col("provider_type") == "country")
    provision = pl.read_csv(folder / "provision.csv", infer_schema_length=None)
    rows = provision.join(providers.select("provider_id").unique(), on="provider_id", how="semi")
    return rows.filter(pl.col("share_provided").is_not_null() & (pl.col("year") == year)).select(
        pl.col("provided_id").alias("item"), pl.col("provider_name").alias("supplier"),
        pl.col("provider_name").alias("jurisdiction"), pl.col("share_provided") / 100, "year",
    ).rename({"share_provided": "share"})  # fmt: skip


@pytest.mark.skipif(not DATA.exists(), reason="the chips data is not on this machine")
def test_the_chip_inputs_are_as_concentrated_as_published() -> None:
    """Country rows of the release of August 2026, shares of 2025 as printed (they add up to 0.99 to 1.02)."""
    made = graph(countries(2025), parts(), as_of=AS_OF)
    found = concentration(made)
    hhi = dict(found.select("item", "hhi").iter_rows())
    assert (found.height, round(hhi["N19"], 4), hhi["N20"]) == (84, 0.6871, 1.0)
    assert round(found["hhi"].median(), 3) == 0.580  # type: ignore[arg-type]
    assert (found["hhi"] > 0.25).sum() == 81
    assert found["single"].sum() == 47
    assert found["single"].null_count() == 0
    assert ((found["share"] >= 0.5).sum(), (found["share"] >= 0.995).sum()) == (73, 7)
    leaders = dict(found.filter(pl.col("share") >= 0.5)["largest"].value_counts().iter_rows())
    assert [leaders[place] for place in ("USA", "JPN", "NLD", "SGP")] == [33, 20, 6, 6]
    home = propagate(made, "CHN").own
    assert (round(float(home.mean()), 4), int((home == 0).sum())) == (0.0518, 33)
    trio = made.supplies.filter(pl.col("jurisdiction").is_in(["USA", "JPN", "NLD"]))
    assert (trio.group_by("item").agg(pl.col("share").sum().round(9))["share"] >= 0.9).sum() == 28


@pytest.mark.skipif(not DATA.exists(), reason="the chips data is not on this machine")
def test_the_older_release_is_less_complete() -> None:
    """Release of January 2025: whole per cents, so every index is an interval."""
    folder = DATA / "chips_2025"
    places = pl.read_csv(folder / "providers.csv").filter(pl.col("provider_type") == "country")
    shares = pl.read_csv(folder / "provision.csv").join(places.select("provider_id"), on="provider_id", how="semi")
    rows = shares.select(
        pl.col("provided_id").alias("item"), pl.col("provider_name").alias("supplier"),
        pl.col("provider_name").alias("jurisdiction"),
        (pl.col("share_provided").str.strip_chars("%").cast(pl.Float64, strict=False) / 100).alias("share"),
    ).drop_nulls("share")  # fmt: skip
    found = concentration(graph(rows, parts(), as_of=AS_OF, rounding=0.005))
    assert (found["hhi_low"] <= found["hhi"]).all()
    assert (found["hhi"] <= found["hhi_high"]).all()
    assert (found.height, round(found["hhi"].median(), 3)) == (43, 0.549)  # type: ignore[arg-type]
    half = found.filter(pl.col("share") >= 0.5)
    leaders = dict(half["largest"].value_counts().iter_rows())
    assert (half.height, leaders["USA"], leaders["JPN"]) == (34, 14, 11)


# --- concentration ---


def corners(low: list[float], high: list[float]) -> float:
    """Σ x² at every corner: all on a bound but one."""
    best = 0.0
    for between in range(len(low)):
        others = [k for k in range(len(low)) if k != between]
        for ends in itertools.product(*[(low[k], high[k]) for k in others]):
            rest = 1.0 - sum(ends)
            if low[between] - 1e-12 <= rest <= high[between] + 1e-12:
                best = max(best, sum(x * x for x in ends) + rest * rest)
    return best


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_the_largest_index_is_that_of_the_best_corner(seed: int, n: int) -> None:
    chance = random.Random(seed)
    low = [chance.random() / (2 * n) for _ in range(n)]
    high = [x + chance.choice([0.0, 0.1, 0.4, 1.0]) * chance.random() for x in low]
    low, high = [*low, 0.0], [*high, 1.0]
    assert largest_squares(low, high) == pytest.approx(corners(low, high), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["supplier", "jurisdiction"]))
def test_any_truth_within_the_shares_has_an_index_within_the_bounds(seed: int, by: Any) -> None:
    chance = random.Random(seed)
    weights = [chance.random() for _ in range(6)]
    truth = [w / sum(weights) for w in weights]
    places = [chance.choice("ABC") for _ in truth]
    named = chance.randint(1, 6)
    rows = []
    for k in range(named):
        less, more = (chance.choice([0.0, 0.05]) * chance.random() for _ in range(2))
        place = places[k] if chance.random() < 0.8 else None
        rows.append(("v", f"s{k}", place, None, max(0.0, truth[k] - less), min(1.0, truth[k] + more)))
    found = concentration(graph(supplies(*rows), parts(), as_of=AS_OF), by=by).row(0, named=True)
    keys = [f"s{k}" for k in range(6)] if by == "supplier" else places
    index = sum(sum(s for s, x in zip(truth, keys, strict=True) if x == key) ** 2 for key in set(keys))
    assert found["hhi_low"] - 1e-9 <= index <= found["hhi_high"] + 1e-9
    assert found["hhi_normalised"] is None or 1 / found["n"] - 1e-9 <= found["hhi_normalised"] <= 1.0


def test_what_nobody_is_named_for_may_be_one_holders() -> None:
    made = graph(supplies(("v", "a", "X", 0.5), ("v", "b", "Y", 0.2)), parts(), as_of=AS_OF)
    by_firm = concentration(made, by="supplier").row(0, named=True)
    by_place = concentration(made).row(0, named=True)
    assert (by_firm["hhi"], by_firm["hhi_low"], by_firm["hhi_high"]) == pytest.approx((0.29, 0.29, 0.38))
    assert by_place["hhi_high"] == pytest.approx(0.8**2 + 0.2**2)
    assert (by_firm["single"], by_place["single"]) == (False, None)
    assert by_firm["effective"] == pytest.approx(0.49 / 0.29)


# --- what cannot be ---


def test_all_faults_of_a_graph_are_named_at_once() -> None:
    with pytest.raises(DataRefused) as refused:
        graph(
            supplies(
                ("v", "a", "X", 0.9), ("v", "b", "X", 0.9), ("w", "a", "X", 0.5, 0.6, 0.7), ("ghost", "a", "X", 1)
            ),
            parts(("v", "w", "r"), ("w", "v", "r"), ("u", "u", None), ("v", "x", "bare", False), ("spectre", "v")),
            substitutes=swaps(("v", "phantom", 1.0, 1.0, True)),
            items=pl.DataFrame({"item": ["u", "v", "w", "x"]}),
            as_of=AS_OF,
        )
    said = "\n".join(fault.say("en") for fault in refused.value.faults)
    assert len(refused.value.faults) == 8
    for words in ("item v", "180%", "supplier a", "v → w → v", "u → u", "'bare'", "ghost", "spectre", "phantom"):
        assert words in said
    assert all(fault.say("zh") for fault in refused.value.faults)


def test_a_substitute_made_of_what_it_replaces_is_a_circle_and_mutual_ones_are_none() -> None:
    with pytest.raises(DataRefused, match="s → v → s"):
        graph(supplies(), parts(("s", "v")), substitutes=swaps(("v", "s", 1.0, 1.0, True)), as_of=AS_OF)
    both = swaps(("a", "b", 0.5, 1.0, True), ("b", "a", 0.5, 1.0, True))
    made = graph(supplies(("a", "x", "CN", 0.2), ("b", "x", "CN", 0.8)), parts(), substitutes=both, as_of=AS_OF)
    assert propagate(made, "CN").frame()["autonomy"].to_list() == [0.4, 0.8]


def test_every_word_is_there_in_both_languages() -> None:
    assert [fault for code in entries("appraise_autonomy") for fault in missing(f"appraise_autonomy.{code}")] == []


# --- substitutes and the mean ---


def test_a_qualified_substitute_is_another_way_and_an_unqualified_one_is_none() -> None:
    bought = supplies(("v", "x", "CN", 1.0), ("u", "x", "CN", 0.1), ("s", "x", "CN", 0.9), ("t", "x", "CN", 1.0))
    stand_in = swaps(("u", "s", 0.8, 30.0, True), ("u", "t", 1.0, 1.0, None))
    made = graph(bought, parts(("v", "u")), substitutes=stand_in, as_of=AS_OF)
    found = propagate(made, "CN")
    rows = {row["item"]: row for row in found.frame().iter_rows(named=True)}
    assert rows["v"]["autonomy"] == pytest.approx(0.72)
    assert (rows["u"]["substitute"], rows["v"]["weakest"], rows["v"]["below"]) == ("s", "s", "u")
    assert (found.path("v"), found.path("u"), found.of("u").substitute) == (("v", "u", "s"), ("u", "s"), "s")
    assert made.substitutes("u") == (("s", 0.8, 30.0),)
    assert made.edges.filter(pl.col("kind") == "substitute").height == 2


def test_a_substitute_of_unknown_performance_opens_the_upper_end_alone() -> None:
    bought = supplies(("u", "x", "CN", 0.1), ("u", "y", "US", 0.9), ("s", "x", "CN", 0.9), ("s", "y", "US", 0.1))
    made = graph(bought, parts(), substitutes=swaps(("u", "s", None, None, True)), as_of=AS_OF)
    row = propagate(made, "CN").frame().row(1, named=True)
    assert (row["item"], row["autonomy"], row["low"], row["high"]) == ("u", 0.1, 0.1, 0.9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_the_mean_never_lies_below_the_weakest_link(seed: int) -> None:
    chance = random.Random(seed)
    bought = [(f"i{k}", "x", "CN", chance.random()) for k in range(8) if chance.random() < 0.8]
    made = {(f"i{k}", f"i{chance.randrange(k)}", chance.choice("xy")) for k in range(1, 8) for _ in range(3)}
    found = propagate(graph(supplies(*bought), parts(*sorted(made)), as_of=AS_OF), "CN").frame().drop_nulls("autonomy")
    assert (found["mean"] >= found["autonomy"] - 1e-12).all()
    assert (found["low"] - 1e-12 <= found["autonomy"]).all()


def test_several_jurisdictions_can_count_as_ones_own() -> None:
    made = graph(supplies(("v", "a", "CN", 0.2), ("v", "b", "HK", 0.3), ("v", "c", "US", 0.5)), parts(), as_of=AS_OF)
    assert propagate(made, ["cn", "HK"]).frame()["autonomy"].to_list() == [0.5]


# --- persistence ---


@pytest.mark.parametrize(
    ("seen", "holds"),
    [
        ({2023: True, 2024: True, 2025: True}, True),
        ({2023: False, 2024: True, 2025: True}, True),
        ({2023: True, 2024: False, 2025: False}, False),
        ({2025: True}, None),
        ({2024: True, 2025: None}, None),
        ({2023: False, 2024: False}, False),
        ({2020: True, 2021: True, 2025: True}, None),
        ({2020: True}, None),
    ],
)
def test_a_flag_holds_once_true_in_two_of_three_years(seen: dict[int, bool | None], holds: bool | None) -> None:
    rows = [("v", year, flag) for year, flag in seen.items()]
    flags = pl.DataFrame(rows, {"item": pl.String, "year": pl.Int64, "flag": pl.Boolean}, orient="row")
    assert persists(flags, latest=2025).select("item", "holds").rows() == [("v", holds)]


# --- criticality ---


def test_criticality_is_the_product_and_its_ranks_have_intervals() -> None:
    bought = supplies(
        ("a", "x", "CN", 0.5, 0.1, 0.9), ("b", "x", "CN", 0.6, 0.2, 1.0), ("c", "x", "CN", 0.0, 0.0, 0.0),
        ("c", "y", "US", 1.0, 1.0, 1.0), ("d", "x", "CN", 0.5, 0.5, 0.5),
    )  # fmt: skip
    items = pl.DataFrame(
        {"item": list("abcd"), "value_share": [0.5, 0.5, 0.9, None], "substitute_days": [100.0, 100.0, None, 50.0]}
    )
    made = graph(bought, parts(), items=items, substitutes=swaps(("c", "a", 1.0, 200.0, False)), as_of=AS_OF)
    found = criticality(made, "CN", seed=3)
    assert found["item"].to_list() == ["c", "a", "b", "d"]
    assert found["criticality"].to_list() == pytest.approx([180.0, 25.0, 20.0, None])
    assert found.select("rank", "rank_low", "rank_high").rows() == [(1, 1, 1), (2, 2, 3), (3, 2, 3), (None, None, None)]
    assert found.equals(criticality(made, "CN", seed=3))
    assert "产值占比未知" in say(Why.from_json(found["why"][3]))


def test_the_value_that_passes_through_comes_from_the_shares_of_components() -> None:
    rows = [("v", "a", 0.4), ("v", "b", 0.5), ("a", "c", 0.5), ("b", "c", 0.2)]
    made = pl.DataFrame(rows, {"item": pl.String, "component": pl.String, "value_share": pl.Float64}, orient="row")
    bought = supplies(*((i, "x", "US", 1.0) for i in "abcv"))
    items = pl.DataFrame({"item": list("abcv"), "substitute_days": [10.0] * 4})
    found = criticality(graph(bought, made, items=items, as_of=AS_OF), "CN", target="v", draws=10)
    assert dict(found.select("item", "value_share").iter_rows()) == pytest.approx(
        {"a": 0.4, "b": 0.5, "c": 0.3, "v": 1.0}
    )
