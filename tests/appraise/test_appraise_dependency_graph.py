"""Scenarios, control lists, bottlenecks, routes and research inputs over one small graph, and over published chips."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.appraise.autonomy import graph_of, propagate
from tongtu.appraise.dependency import bottlenecks, compare, hit, research_inputs, stop
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, missing, say

CHIPS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "supply_chain" / "chips_2026"
DAY = date(2026, 11, 22)


def frame(columns: str, *rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=columns.split(), orient="row", infer_schema_length=None)


ITEMS = frame(
    "item name name_en kind hs bottleneck_since",
    ("chip", "算力芯片", "Computing chip", "product", ["8542"], None),
    ("euv", "极紫外光刻机", "EUV scanner", "equipment", ["848620"], None),
    ("duv", "浸没式光刻机", "DUV scanner", "equipment", ["8486.20"], date(2025, 6, 30)),
    ("packaging", "先进封装", "Advanced packaging", "component", [], None),
    ("eda", "设计软件", "EDA software", "software", [], None),
    ("gas", "标准气体", "Reference gas", "reagent", [], None),
)
COMPONENTS = frame(
    "item component route required",
    ("chip", "euv", "monolithic", True), ("chip", "duv", "chiplet", True), ("chip", "packaging", "chiplet", True),
    ("chip", "eda", None, True), ("packaging", "gas", None, True),
)  # fmt: skip
SUPPLIES = frame(
    "item supplier jurisdiction share lead_days year",
    ("chip", "甲", "CN", 0.6, 90.0, 2025), ("chip", "Chipco", "US", 0.4, 90.0, 2025),
    ("euv", "ASML", "NL", 1.0, 540.0, 2025),
    ("duv", "ASML", "NL", 0.7, 360.0, 2025), ("duv", "乙", "CN", 0.3, 300.0, 2025),
    ("packaging", "丙", "CN", 0.5, 60.0, 2025), ("packaging", "OSAT", "TW", 0.5, 60.0, 2025),
    ("eda", "Synopsys", "US", 0.8, 10.0, 2025), ("eda", "丁", "CN", 0.2, 10.0, 2025),
    ("gas", "戊", "CN", 0.7, 20.0, 2025),
)  # fmt: skip
NEEDS = frame("need organisation title text item", ("N1", "o", "国产算力芯片", "需要算力芯片", "chip"),
              ("N2", "o", "浸没式光刻机零部件", "双工件台", None))  # fmt: skip
ACHIEVEMENTS = frame("achievement organisation title text", ("A1", "o", "浸没式光刻机双工件台", "已验证"))
CASES = frame(
    "case need achievement pathway pathway_version state opened",
    ("K1", "N1", None, "standard", "1", "open", DAY),
              ("K2", "N2", "A1", "standard", "1", "open", DAY))  # fmt: skip


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry({"items": ITEMS, "components": COMPONENTS, "supplies": SUPPLIES, "needs": NEEDS,
                     "achievements": ACHIEVEMENTS, "cases": CASES})  # fmt: skip


def control(own: str, jurisdiction: str, *, item: str | None = None, hs: list[str] | None = None,
            against: list[str] | None = None, since: date = DAY, until: date | None = None,
            named: str = "list") -> tuple[Any, ...]:  # fmt: skip
    return (own, named, jurisdiction, against or [], item, hs or [], since, until, "made up", "ours")


def controls(*rows: tuple[Any, ...]) -> pl.DataFrame:
    texts = dict.fromkeys(("control", "list", "jurisdiction", "item", "source", "grade"), pl.String)
    schema: dict[str, Any] = dict.fromkeys(
        ("control", "list", "jurisdiction", "against", "item", "hs", "since", "until", "source", "grade"), pl.Date
    ) | texts | dict.fromkeys(("against", "hs"), pl.List(pl.String))  # fmt: skip
    return pl.DataFrame(list(rows), schema=schema, orient="row")


# ------------------------------------------------------------------------------------------------ scenarios


def test_what_remains_is_the_weakest_input_on_the_best_route(registry: Registry) -> None:
    graph = graph_of(registry, as_of=DAY)
    nothing = stop(graph)
    assert all(nothing.of(item) == (1.0, 1.0, 1.0) for item in graph.items)
    dutch = stop(graph, jurisdictions=["nl"])
    assert dutch.of("euv").point == pytest.approx(0.0)
    assert dutch.of("chip").point == pytest.approx(0.3), "by chiplets, of which the scanner is the weakest"
    american = stop(graph, jurisdictions=["US"])
    assert american.of("chip").point == pytest.approx(0.6 * 0.2)
    assert stop(graph, suppliers=["Chipco"]).of("chip").point == pytest.approx(0.6)
    gas = stop(graph, jurisdictions=["DE"]).of("gas")
    assert gas == pytest.approx((1.0, 0.7, 1.0)), "the third that nobody is named for"


def remaining(item: str, lost: dict[str, float]) -> float:
    """The rule once more, by recursion."""
    routes = {"chip": [["euv", "eda"], ["duv", "packaging", "eda"]], "packaging": [["gas"]]}
    own = 1 - lost.get(item, 0.0)
    return own * max((min(remaining(u, lost) for u in route) for route in routes[item]), default=1.0) \
        if item in routes else own  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.sets(st.sampled_from(["NL", "US", "TW", "CN"])))
def test_any_stop_is_the_rule_by_recursion(registry: Registry, places: set[str]) -> None:
    graph = graph_of(registry, as_of=DAY)
    lost: dict[str, float] = {}
    for item, _, place, share, *_ in SUPPLIES.iter_rows():
        lost[item] = lost.get(item, 0.0) + (share if place in places else 0.0)
    found = stop(graph, jurisdictions=places)
    for item in graph.items:
        assert found.of(item).point == pytest.approx(remaining(item, lost))
        share = found.of(item)
        assert share.low - 1e-9 <= (share.point or 0.0) <= share.high + 1e-9


# ------------------------------------------------------------------------------------------------ controls


def test_a_control_hits_items_cases_and_needs_with_the_path(registry: Registry) -> None:
    found = hit(controls(control("c1", "NL", item="duv")), registry, as_of=DAY, home="CN")
    row = found.items.row(0, named=True)
    assert (row["item"], row["by"], row["state"], row["lost"], row["suppliers"]) == (
        "duv",
        "item",
        "in_force",
        0.7,
        ["ASML"],
    )
    reached = {(r["kind"], r["id"]): r for r in found.reached.iter_rows(named=True)}
    assert reached.keys() == {("case", "K1"), ("need", "N1"), ("item", "chip")}
    assert reached["case", "K1"]["path"] == ["chip", "duv"]
    assert reached["case", "K1"]["after"] == pytest.approx(1.0), "the other route does without it"
    both = hit(controls(control("c1", "NL", hs=["8486"])), registry, as_of=DAY, home="CN")
    assert sorted(both.items["item"]) == ["duv", "euv"], "a heading of the tariff holds all its subheadings"
    assert both.reached["after"].to_list() == pytest.approx([0.3] * both.reached.height)
    finer = hit(controls(control("c1", "NL", hs=["8486.20.31"])), registry, as_of=DAY, home="CN")
    assert sorted(finer.items["item"]) == ["duv", "euv"], "a finer control hits part of the item"


@pytest.mark.parametrize(
    ("since", "until", "state"),
    [(DAY, None, "in_force"), (DAY + timedelta(1), None, "not_yet"), (DAY, DAY, "in_force"),
     (DAY - timedelta(9), DAY - timedelta(1), "ended")],
)  # fmt: skip
def test_dates_are_honoured_to_the_day(registry: Registry, since: date, until: date | None, state: str) -> None:
    listed = controls(control("c1", "NL", item="duv", since=since, until=until))
    found = hit(listed, registry, as_of=DAY, home="CN")
    assert found.items["state"].to_list() == [state]
    assert found.reached.is_empty() == (state != "in_force")
    assert not hit(listed, registry, as_of=DAY, home="CN", regardless=True).reached.is_empty()


def test_controls_against_others_or_by_oneself_do_not_hit(registry: Registry) -> None:
    listed = controls(control("c1", "NL", item="duv", against=["RU"]), control("c2", "CN", item="gas"),
                      control("c3", "NL", item="duv", against=["ru", "cn"]), control("c4", "DE", item="duv"),
                      control("c5", "US", item="nobody's"))  # fmt: skip
    found = hit(listed, registry, as_of=DAY, home="CN")
    states = dict(found.items.select("control", "state").iter_rows())
    assert [states[c] for c in ("c1", "c2", "c3", "c4")] == ["not_against", "not_against", "in_force", "in_force"]
    rows = {r["control"]: r for r in found.items.iter_rows(named=True)}
    assert rows["c4"]["suppliers"] == []
    assert rows["c5"]["item"] is None
    assert found.lists["unmatched"].to_list() == [1]
    assert set(found.reached["hit"]) == {"duv"}


def test_one_list_is_one_scenario(registry: Registry) -> None:
    listed = controls(control("c1", "NL", item="duv", named="one"), control("c2", "NL", item="euv", named="one"),
                      control("c3", "NL", item="duv", named="other"))  # fmt: skip
    found = hit(listed, registry, as_of=DAY, home="CN")
    after = {(r["list"], r["hit"]): r["after"] for r in found.reached.filter(pl.col("kind") == "case").to_dicts()}
    assert after == {("one", "duv"): pytest.approx(0.3), ("one", "euv"): pytest.approx(0.3), ("other", "duv"): 1.0}


# ------------------------------------------------------------------------------------------------ bottlenecks


LISTED = frame(
    "bottleneck list item name name_en status on source grade",
    ("b1", "甲", "duv", "浸没式光刻机", "", "open", date(2018, 6, 1), "s", "ours"),
    ("b2", "乙", "duv", "浸没光刻机", "", "disputed", date(2024, 6, 1), "s", "ours"),
    ("b3", "乙", None, "双工件台", "", "open", date(2024, 6, 1), "s", "ours"),
    ("b4", "乙", None, "航空轴承钢", "", "open", date(2024, 6, 1), "s", "ours"),
    ("b5", "乙", "euv", "极紫外光刻机", "", "solved", date(2027, 1, 1), "s", "ours"),
)


def test_lists_are_dated_and_their_history_kept(registry: Registry) -> None:
    found = {r["bottleneck"]: r for r in bottlenecks(registry, as_of=DAY, listed=LISTED).iter_rows(named=True)}
    assert found.keys() == {"b2", "b3", "b4"}, "b5 has not been written yet; b1 is b2's past"
    row = found["b2"]
    assert (row["status"], row["on"], row["first"]) == ("disputed", date(2024, 6, 1), date(2018, 6, 1))
    assert [h["status"] for h in row["history"]] == ["open", "disputed"]
    assert row["days_old"] == (DAY - date(2024, 6, 1)).days
    earlier = bottlenecks(registry, as_of=date(2020, 1, 1), listed=LISTED)
    assert earlier["status"].to_list() == ["open"]
    later = bottlenecks(registry, as_of=date(2027, 1, 2), listed=LISTED).filter(pl.col("item") == "euv")
    assert later["stand"].to_list() == ["solved"]


def test_entries_know_who_is_at_work_on_them(registry: Registry) -> None:
    found = {r["bottleneck"]: r for r in bottlenecks(registry, as_of=DAY, listed=LISTED).iter_rows(named=True)}
    assert (found["b3"]["needs"], found["b3"]["achievements"], found["b3"]["cases"]) == (["N2"], ["A1"], ["K2"])
    assert (found["b3"]["stand"], found["b3"]["by"]) == ("case", "text")
    assert (found["b4"]["stand"], found["b4"]["by"]) == ("nobody", None)
    alone = registry.replace(cases=CASES.clear())
    assert bottlenecks(alone, as_of=DAY, listed=LISTED.filter(pl.col("bottleneck") == "b3"))["stand"][0] == "both"
    linked = LISTED.filter(pl.col("bottleneck") == "b4").with_columns(item=pl.lit("chip"))
    mine = bottlenecks(registry, as_of=DAY, listed=linked).filter(pl.col("item") == "chip").row(0, named=True)
    assert (mine["needs"], mine["by"], mine["stand"]) == (["N1"], "item", "case")
    bare = Registry({"items": ITEMS})
    assert set(bottlenecks(bare, as_of=DAY, listed=LISTED)["stand"]) == {"unseen"}


def test_the_registers_own_marks_are_entries_and_ranks_come_from_the_graph(registry: Registry) -> None:
    critical = frame("item autonomy criticality rank rank_low rank_high", ("duv", 0.3, 9.0, 1, 1, 2))
    found = bottlenecks(registry, as_of=DAY, listed=LISTED.clear(), critical=critical)
    assert found["bottleneck"].to_list() == ["item:duv"]
    assert found.select("rank", "rank_low", "rank_high").row(0) == (1, 1, 2)
    assert bottlenecks(registry, as_of=date(2025, 1, 1), listed=LISTED.clear()).is_empty()


def test_the_pack_ships_ten_entries_of_2018_and_never_as_todays_state() -> None:
    pack = packs.load("cn")
    sheet = pack.sheet("bottlenecks")
    assert sheet.height == 10
    assert set(sheet["grade"]) == {"A"}
    assert all(on.year == 2018 for on in sheet["on"])
    assert all("2018" in note for note in sheet["note"])
    assert "光刻胶" not in sheet["name"].to_list(), "items whose order nobody checked are not shipped"
    found = bottlenecks(Registry(), as_of=DAY, listed=pack.table("bottlenecks"))
    assert found["days_old"].min() > 2500  # type: ignore[operator]


# ------------------------------------------------------------------------------------------------ routes


def test_routes_are_compared_and_never_added_up(registry: Registry) -> None:
    graph = graph_of(registry, as_of=DAY)
    found = propagate(graph, "CN")
    days = frame("item value low high", ("euv", 540.0, 500.0, 600.0), ("duv", 300.0, 300.0, 360.0),
                 ("packaging", 60.0, 60.0, 60.0), ("eda", 10.0, 10.0, 10.0))  # fmt: skip
    told = compare(graph, found, "chip", days=days)
    rows = {r["route"]: r for r in told.routes.iter_rows(named=True)}
    assert rows["monolithic"]["autonomy"] == 0.0
    assert rows["chiplet"]["autonomy"] == pytest.approx(0.2)
    assert (rows["chiplet"]["autonomy_by"], rows["monolithic"]["autonomy_by"]) == ("eda", "euv")
    assert (rows["chiplet"]["days"], rows["chiplet"]["days_high"], rows["chiplet"]["days_by"]) == (300, 360, "duv")
    assert (rows["chiplet"]["best"], rows["monolithic"]["best"]) == (True, False)
    assert rows["monolithic"]["dominated_by"] == ["chiplet"]
    assert rows["chiplet"]["unknown"] == ["maturity", "cost"]
    verdicts = {(r["route"], r["other"]): r["verdict"] for r in told.pairs.iter_rows(named=True)}
    assert verdicts["chiplet", "monolithic"] == "dominates"
    maturity = frame("item value low high", ("euv", 9.0, 9.0, 9.0), ("duv", 6.0, 5.0, 7.0),
                     ("packaging", 4.0, 4.0, 4.0), ("eda", 9.0, 9.0, 9.0))  # fmt: skip
    traded = compare(graph, found, "chip", days=days, maturity=maturity)
    assert set(traded.pairs["verdict"]) == {"trades"}
    assert traded.routes["best"].to_list() == [True, True]
    cost = frame("route value low high", ("monolithic", 5.0, 4.0, 6.0))
    open_ = compare(graph, found, "chip", days=days, cost=cost)
    assert set(open_.routes["best"]) == {None, True} or None in set(open_.routes["best"])


def test_dominance_is_a_strict_partial_order_and_sure_implies_by_points(registry: Registry) -> None:
    graph = graph_of(registry, as_of=DAY)
    found = propagate(graph, "CN")
    for a, b, width in product((1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (0.0, 0.8)):
        cost = pl.DataFrame({"route": ["monolithic", "chiplet"], "value": [a, b]}).with_columns(
            low=pl.col("value") - width, high=pl.col("value") + width
        )
        told = compare(graph, found, "chip", cost=cost)
        verdict = {(r["route"], r["other"]): r for r in told.pairs.iter_rows(named=True)}
        one, other = verdict["chiplet", "monolithic"], verdict["monolithic", "chiplet"]
        assert not (one["verdict"].startswith("dominates") and other["verdict"].startswith("dominates"))
        if one["verdict"] == "dominates":
            assert not one["worse"]
            assert b + width <= a - width or width == 0
        assert one["better"] == other["worse"]


def test_an_item_without_routes_is_a_fault_that_names_it(registry: Registry) -> None:
    graph = graph_of(registry, as_of=DAY)
    with pytest.raises(DataRefused, match="eda"):
        compare(graph, propagate(graph, "CN"), "eda")


# ------------------------------------------------------------------------------------------------ inputs and reasons


def test_research_inputs_of_cases_and_targets(registry: Registry) -> None:
    graph = graph_of(registry, as_of=DAY)
    found = research_inputs(registry, graph, propagate(graph, "CN"), targets=["packaging"])
    rows = [(r["case"], r["target"], r["item"], r["path"]) for r in found.iter_rows(named=True)]
    assert rows == [("K1", "chip", "eda", ["chip", "eda"]), ("K1", "chip", "gas", ["chip", "packaging", "gas"]),
                    (None, "packaging", "gas", ["packaging", "gas"])]  # fmt: skip
    assert found["largest"].to_list() == ["US", "CN", "CN"]


def test_every_reason_is_said_in_both_languages(registry: Registry) -> None:
    graph = graph_of(registry, as_of=DAY)
    found = propagate(graph, "CN")
    listed = controls(control("c1", "NL", item="duv"), control("c2", "CN", item="gas"), control("c3", "US", item="zz"),
                      control("c4", "DE", item="duv"), control("c5", "NL", item="euv", since=DAY + timedelta(3)),
                      control("c6", "NL", item="euv", since=DAY - timedelta(3), until=DAY - timedelta(1)))  # fmt: skip
    hits = hit(listed, registry, as_of=DAY, home="CN")
    told = compare(graph, found, "chip")
    frames = [hits.items, hits.reached, hits.lists, told.routes, told.pairs,
              bottlenecks(registry, as_of=DAY, listed=LISTED), research_inputs(registry, graph, found)]  # fmt: skip
    for table in frames:
        assert not table.is_empty()
        for stored in table["why"]:
            why = Why.from_json(stored)
            for part in (why, *why.parts):
                assert not missing(part.code), part.code
            assert all("{" not in say(why, lang) for lang in LANGUAGES)


def test_the_order_of_rows_never_matters(registry: Registry) -> None:
    turned = registry.replace(**{name: registry[name].reverse() for name in registry})
    listed = controls(control("c1", "NL", hs=["8486"]), control("c2", "US", item="eda"))
    one = hit(listed, registry, as_of=DAY, home="CN")
    other = hit(listed.reverse(), turned, as_of=DAY, home="CN")
    assert one.items.equals(other.items)
    assert one.reached.equals(other.reached)
    assert bottlenecks(registry, as_of=DAY, listed=LISTED).equals(
        bottlenecks(turned, as_of=DAY, listed=LISTED.reverse())
    )


# ------------------------------------------------------------------------------------------------ published chips


def converted(folder: Path) -> Registry:
    """The published chip graph as our tables: jurisdictions' shares in per cent, parts and kinds of tools."""
    kinds = {"process": "service", "design_resource": "component", "tool_resource": "equipment",
             "material_resource": "material", "ultimate_output": "product"}  # fmt: skip
    inputs = pl.read_csv(folder / "inputs.csv", infer_schema=False)
    items = inputs.select(
        item="input_id",
        name="input_name",
        name_en="input_name",
        kind=pl.col("type").replace_strict(kinds, default=None),
    )
    places = pl.read_csv(folder / "providers.csv", infer_schema=False).filter(pl.col("provider_type") == "country")
    provision = pl.read_csv(folder / "provision.csv", infer_schema=False)
    rows = provision.join(places.select("provider_id").unique(), on="provider_id").filter(
        pl.col("share_provided").cast(pl.Float64, strict=False).is_not_null(),
        pl.col("provided_id").is_in(items["item"].implode()),
    )
    shares = rows.group_by("provided_id", "provider_name", "year").agg(pl.col("share_provided").cast(pl.Float64).sum())
    whole = pl.max_horizontal(pl.col("share_provided").sum().over("provided_id", "year"), 100.0)
    supplies = shares.select(
        item="provided_id", supplier="provider_name", jurisdiction="provider_name",
        share=pl.col("share_provided") / whole, year=pl.col("year").cast(pl.Int64),
    )  # fmt: skip
    sequence = pl.read_csv(folder / "sequence.csv", infer_schema=False)
    known = items["item"].implode()
    parts = sequence.filter(pl.col("goes_into_id").is_in(known), pl.col("input_id").is_in(known)).select(
        item="goes_into_id", component="input_id", route=pl.lit(None, pl.String), required=pl.lit(True)
    )
    return Registry({"items": items, "supplies": supplies, "components": parts.unique()})


def test_controls_over_the_published_chip_graph() -> None:
    if not CHIPS.exists():
        pytest.skip(f"the published supply graph is not at {CHIPS}")
    registry = converted(CHIPS)
    graph = graph_of(registry, as_of=DAY)
    assert len(graph.items) == 126
    found = stop(graph, jurisdictions=["NLD"])
    names = dict(registry["items"].select("name", "item").iter_rows())
    assert found.of(names["EUV lithography tools"]).point == pytest.approx(0.0, abs=1e-9)
    listed = controls(control("c1", "NLD", item=names["EUV lithography tools"]))
    reached = hit(listed, registry, as_of=DAY, home="CHN", graph=graph).reached
    assert reached.height >= 1
    assert all(path[-1] == names["EUV lithography tools"] for path in reached["path"])
