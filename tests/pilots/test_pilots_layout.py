"""Layouts of small networks: commitments, payers, reach, faults that name themselves, and what regions are told."""

from __future__ import annotations

import random
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from pilot_network import line, network, platform

from tongtu import packs
from tongtu.pilots.layout import Layout, Period, Settings, layout, plan_frames, plans_of, preview, progress_of
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say

AS_OF = date(2026, 11, 22)
REGIONS = [
    {"region": "cn", "name": "全国"},
    {"region": "sd", "name": "山东", "parent": "cn", "latitude": 36.7, "longitude": 117.0},
    {"region": "jn", "name": "济南", "parent": "sd", "latitude": 36.65, "longitude": 117.1},
    {"region": "js", "name": "江苏", "parent": "cn", "latitude": 32.06, "longitude": 118.8},
    {"region": "xj", "name": "新疆", "parent": "cn", "latitude": 43.8, "longitude": 87.6},
]
FUNDS = [{"fund": "F1", "name": "部资金", "kind": "ministry"}, {"fund": "F2", "name": "省资金", "kind": "local"}]
MILLION = 100_000_000
Row = dict[str, Any]


def budget(id: str, amount: int, fund: str = "F1", year: int = 2027, **said: Any) -> Row:
    span = {"period_from": date(year, 1, 1), "period_to": date(year, 12, 31)}
    return {"budget": id, "fund": fund, "amount": amount * MILLION, "currency": "CNY", **span, **said}


def records(**more: Any) -> Registry:
    tables: dict[str, Any] = {
        "regions": REGIONS, "funds": FUNDS,
        "budgets": [budget("B1", 60), budget("B2", 60, year=2028)],
        "platforms": [
            platform("P1", region="jn", directions=["steel"], is_public=True, tier="key", builder="joint",
                     investment=40 * MILLION, currency="CNY", staff=20),
            platform("P2", region="js", directions=["steel", "ai"], tier="national", builder="joint",
                     organisation="O2"),
        ],
        "lines": [
            line("L1", "P1", hours_week=50.0),
            line("L2", "P2", hours_week=20.0, hourly_price=90_000, currency="CNY"),
        ],
        "usage": [{"usage": "U1", "platform": "P1", "date_from": date(2026, 3, 1), "date_to": date(2026, 3, 9),
                   "hours": 260.0}],
        "organisations": [
            {"organisation": "O1", "name": "甲所", "kind": "institute", "region": "jn"},
            {"organisation": "O2", "name": "乙厂", "kind": "local_soe", "region": "js"},
        ],
    }  # fmt: skip
    return network(**(tables | more))


def asked(*rows: tuple[str | None, str | None, float | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"direction": pl.String, "region": pl.String, "hours": pl.Float64}, orient="row")


DEMAND = asked(
    ("steel", "jn", 2000.0), ("steel", "js", 1500.0), ("steel", "xj", 3000.0), ("ai", "js", 400.0), ("ai", "sd", 900.0),
    ("ai", "sd", None), ("quantum", "xj", None), (None, "js", 50.0),
)  # fmt: skip


def laid(registry: Registry | None = None, demand: pl.DataFrame = DEMAND, **said: Any) -> Layout:
    return layout(registry or records(), demand, packs.load("cn"), AS_OF, **said)


def codes(text: str) -> set[str]:
    def under(why: Why) -> set[str]:
        return {why.code}.union(*(under(part) for part in why.parts))

    return under(Why.from_json(text))


def test_a_layout_spends_no_more_than_budgets_hold_and_says_how_sure_it_is() -> None:
    found = laid()
    assert found.feasible
    assert found.solution.status == "optimal"
    assert found.solution.gap is not None
    assert found.solution.gap <= 1e-4
    spent = found.actions.group_by("budget").agg(pl.col("cost").sum())
    assert all(cost <= 60 * MILLION for cost in spent["cost"])
    assert found.solutions[0].value <= found.solution.value + 1e-6
    assert found.periods == (Period(date(2027, 1, 1), date(2027, 12, 31)), Period(date(2028, 1, 1), date(2028, 12, 31)))


def test_weak_platforms_are_activated_before_they_are_strengthened() -> None:
    """P1 uses a tenth of its hours: only those count until it is activated."""
    found = laid()
    first = found.sites.filter(pl.col("site") == "P1:steel").row(0, named=True)
    steps = found.actions.filter(pl.col("platform") == "P1").select("period", "action").rows()
    assert ("activate" in {action for _, action in steps}) == (first["hours"] > 260.0)
    assert steps == sorted(steps)
    when = {action: period for period, action in steps}
    assert "strengthen" not in when or when["activate"] <= when["strengthen"]


def test_unknown_hours_are_stated_and_never_zero() -> None:
    found = laid()
    told = {why.code for why in found.notes}
    assert "pilots_layout.hours-unknown" in told
    assert "pilots_layout.unplaced" in told
    unknown = found.coverage.filter(pl.col("direction") == "quantum")
    assert unknown["demand"].null_count() == unknown.height == 2
    assert unknown["covered"].null_count() == 2
    assert codes(unknown["why"][0]) == {"pilots_layout.cell-unknown"}
    partly = found.coverage.filter((pl.col("direction") == "ai") & (pl.col("region") == "sd")).row(0, named=True)
    assert (partly["demand"], partly["unknown"]) == (900.0, 1)
    assumed = laid(settings=Settings(assumed_hours=100.0)).coverage
    assert assumed.filter(pl.col("direction") == "quantum")["demand"].to_list() == [100.0, 100.0]


def test_the_order_of_rows_changes_nothing() -> None:
    first = laid().tables()
    shuffled = DEMAND.sample(fraction=1.0, shuffle=True, seed=3)
    registry = Registry({name: table.reverse() for name in records() for table in [records()[name]]})
    second = laid(registry, shuffled).tables()
    for name, frame in first.items():
        assert frame.equals(second[name]), name


BUILD = {
    "build": "BP1", "name": "新疆钢铁平台", "action": "supplement", "builder": "government", "directions": ["steel"],
    "region": "xj", "hours_week": 40.0, "investment": 30 * MILLION, "currency": "CNY", "fund": "F1",
    "date_from": date(2027, 2, 1), "date_to": date(2028, 6, 1), "state": "approved",
}  # fmt: skip


def test_committed_builds_are_always_there_and_take_their_money() -> None:
    found = laid(records(builds=[BUILD]))
    mine = found.actions.filter(pl.col("committed"))
    assert mine.select("period", "action", "region", "cost", "budget", "build").rows() == [
        (2, "supplement", "xj", 30 * MILLION, "B1", "BP1")
    ]
    assert mine["covered"].to_list() == [40.0 * 52]
    assert found.actions.filter(pl.col("budget") == "B1")["cost"].sum() <= 60 * MILLION
    again = found.actions.filter((pl.col("region") == "xj") & (pl.col("direction") == "steel"))
    assert again.height == 1, "nothing is built twice in one place"


@pytest.mark.parametrize(("announced", "n"), [(False, 0), (True, 1)])
def test_announced_builds_count_only_when_asked(announced: bool, n: int) -> None:
    registry = records(builds=[BUILD | {"state": "announced"}])
    found = laid(registry, settings=Settings(announced=announced))
    assert found.actions["committed"].sum() == n


def test_commitments_beyond_a_budget_name_it_and_what_it_lacks() -> None:
    found = laid(records(builds=[BUILD | {"investment": 90 * MILLION}]))
    assert not found.feasible
    (relax,) = found.solution.relax
    assert (relax.limit.code, relax.by, relax.unit) == ("pilots_layout.limit-budget", 30e6, "CNY")
    assert found.actions["committed"].to_list() == [True]
    assert "3,000" in say(relax.limit, "zh")


def test_a_share_that_no_money_reaches_says_how_far_it_can_go() -> None:
    found = laid(shares={"xj": 1.0}, budgets=records()["budgets"].head(1).with_columns(amount=pl.lit(MILLION)))
    assert not found.feasible
    (relax,) = found.solution.relax
    assert relax.limit.code == "pilots_layout.limit-share"
    assert relax.by == pytest.approx(1.0)
    reached = laid(shares={"xj": 0.5})
    assert reached.feasible
    share = reached.fairness.filter((pl.col("area") == "xj") & (pl.col("period") == 2))["share"][0]
    assert share >= 0.5 - 1e-6


def test_redundancy_that_cannot_be_had_is_told() -> None:
    found = laid(bottlenecks=["steel"], settings=Settings(redundancy=9))
    assert not found.feasible
    assert [r.limit.code for r in found.solution.relax] == ["pilots_layout.limit-redundancy"]
    twice = laid(bottlenecks=["ai"])
    assert twice.feasible
    serving = twice.sites.filter(pl.col("direction") == "ai")
    assert serving.height >= 2
    one = twice.coverage.filter((pl.col("direction") == "ai") & (pl.col("region") == "js") & (pl.col("period") == 2))
    assert one["suppliers"][0] >= 2 or one["share"][0] <= 0.5 + 1e-9


def test_scope_of_budgets_is_respected() -> None:
    bound = [budget("B1", 60, direction="ai"), budget("B2", 60, fund="F2", region="sd")]
    found = laid(records(budgets=bound))
    for row in found.actions.iter_rows(named=True):
        assert row["direction"] == "ai" if row["budget"] == "B1" else row["region"] in ("sd", "jn")


def test_currencies_meet_only_by_a_rate() -> None:
    foreign = [budget("B1", 60, currency="EUR")]
    assert laid(records(budgets=foreign)).actions.height == 0
    assert "pilots_layout.no-payer" in {why.code for why in laid(records(budgets=foreign)).notes}
    rate = {"currency": "EUR", "quote": "CNY", "date": date(2026, 1, 1), "rate": 8.0, "source": "test"}
    found = laid(records(budgets=foreign, rates=[rate]))
    assert found.actions.height > 0
    assert set(found.actions["currency"]) == {"EUR"}
    assert found.actions["cost"].sum() <= 60 * MILLION


def test_without_coordinates_the_same_area_is_within_reach_and_that_is_said() -> None:
    bare = [{k: v for k, v in row.items() if k not in ("latitude", "longitude")} for row in REGIONS]
    found = laid(records(regions=bare), pl.concat([DEMAND, asked(("steel", "sd", 100.0))]))
    assert "pilots_layout.no-coordinates" in {why.code for why in found.notes}
    cells = {(row["direction"], row["region"]): row for row in found.coverage.filter(pl.col("period") == 2).to_dicts()}
    assert cells["steel", "sd"]["suppliers"] >= 1
    assert cells["steel", "js"]["suppliers"] == 1, "Jiangsu is not served from Shandong"


@pytest.mark.parametrize("objective", ["coverage", "p-median", "capacitated"])
def test_each_objective_is_solved_and_distances_are_to_be_small(objective: Any) -> None:
    found = laid(objective=objective)
    assert found.solution.status == "optimal"
    assert found.solution.maximise == (objective == "coverage")
    first = found.solutions[0].value
    better = found.solution.value >= first - 1e-6 if objective == "coverage" else found.solution.value <= first + 1e-6
    assert better


def test_every_reason_is_a_sentence_in_both_languages() -> None:
    found = laid(records(builds=[BUILD]), bottlenecks=["steel"], shares={"*": 0.05})
    texts = [text for frame in found.tables().values() if "why" in frame.columns for text in frame["why"]]
    assert texts
    for why in [*map(Why.from_json, texts), *found.notes]:
        for lang in ("zh", "en"):
            sentence = say(why, lang)  # type: ignore[arg-type]
            assert "pilots_layout." not in sentence
            assert "{" not in sentence


def test_alternatives_differ_and_lose_something_or_nothing() -> None:
    found = laid(settings=Settings(alternatives=3))
    lost = (
        found.alternatives.group_by("alternative").agg(pl.col("loses").first()).sort("alternative")["loses"].to_list()
    )
    assert len(lost) == 3
    assert lost == sorted(lost)
    assert all(loss >= 0 for loss in lost)


def test_what_was_not_taken_says_why() -> None:
    found = laid()
    taken = set(found.actions.select("action", "direction", "region", "platform").rows())
    not_taken = set(found.rejected.select("action", "direction", "region", "platform").rows())
    assert not_taken
    assert not taken & not_taken
    known = {f"pilots_layout.not-{reason}" for reason in ("needed", "ready", "paid", "worth")}
    assert {Why.from_json(text).code for text in found.rejected["why"]} <= known


def test_regions_build_strengthen_or_leave_it_to_a_neighbour() -> None:
    found = laid()
    rows = {(r["region"], r["direction"]): r for r in found.regions.iter_rows(named=True)}
    for action in found.actions.iter_rows(named=True):
        want = {"supplement": "build", "strengthen": "strengthen", "activate": "activate"}[action["action"]]
        assert rows[action["region"], action["direction"]]["decision"] in (want, "activate")
    for row in rows.values():
        assert row["decision"] != "neighbour" or row["neighbour_region"] not in (None, row["region"])


def test_the_preview_alone_needs_no_solver_and_proves_nothing() -> None:
    found = preview(records(), DEMAND, packs.load("cn"), AS_OF)
    assert found.solution.bound is None
    assert found.solution.value <= laid().solution.value + 1e-6
    assert found.actions.equals(laid().preview)


DENSE = pl.DataFrame({"region": ["sd"], "direction": ["ai"], "density": [1.5]})


@pytest.mark.parametrize(
    ("said", "code", "kind"),
    [
        ({"directions": ["steel", "wool"]}, "empty-direction", DataRefused),
        ({"directions": []}, "no-direction", DataRefused),
        ({"bottlenecks": ["wool"]}, "empty-direction", DataRefused),
        ({"demand": asked()}, "no-demand", DataRefused),
        ({"demand": asked(("ai", "sd", -1.0))}, "hours-negative", DataRefused),
        ({"demand": DEMAND.drop("hours")}, "demand-columns", DataRefused),
        ({"demand": DEMAND.with_columns(period=pl.lit(7))}, "no-such-period", DataRefused),
        ({"shares": {"mars": 0.1}}, "unknown-area", DataRefused),
        ({"shares": {"*": 1.1}}, "bad-share", DataRefused),
        ({"periods": 0}, "no-periods", UsageFault),
        ({"periods": [Period(date(2027, 1, 1), date(2026, 1, 1))]}, "bad-period", UsageFault),
        ({"objective": "centre"}, "not-one-of", UsageFault),
        ({"settings": Settings(redundancy=0, fairness="very")}, "out-of-range", UsageFault),  # type: ignore[arg-type]
        ({"relatedness": DENSE}, "bad-density", DataRefused),
    ],
)  # fmt: skip
def test_bad_input_says_what_and_how_to_repair_it(said: dict[str, Any], code: str, kind: type[DataRefused]) -> None:
    with pytest.raises(kind) as caught:
        laid(**said)
    assert f"pilots_layout.{code}" in {fault.what.code for fault in caught.value.faults}
    for fault in caught.value.faults:
        assert fault.repair is not None
        assert "{" not in fault.say("zh") + fault.say("en")


def test_no_money_is_an_answer_too() -> None:
    found = laid(budgets=records()["budgets"].with_columns(amount=pl.lit(0)))
    assert found.feasible
    assert found.actions.height == 0
    assert found.coverage["covered"].sum() > 0


def test_relatedness_decides_between_equals_and_never_forbids() -> None:
    """Two regions far apart ask the same; only one can be paid."""
    demand = asked(("ai", "xj", 500.0), ("ai", "sd", 500.0))
    bare = records(platforms=[], lines=[], usage=[], budgets=[budget("B1", 50)])
    for region, other in (("xj", "sd"), ("sd", "xj")):
        near = pl.DataFrame({"region": [region, other], "direction": ["ai", "ai"], "density": [0.8, 0.1]})
        found = laid(bare, demand, relatedness=near)
        assert found.actions["region"].to_list() == [region]
        assert "pilots_layout.related" in codes(found.actions["why"][0])


def test_plans_say_what_who_and_how() -> None:
    registry = records()
    found = laid(registry)
    drawn = plans_of(registry, found, packs.load("cn"), AS_OF)
    wanted = found.actions.filter((pl.col("action") == "supplement") & ~pl.col("committed"))
    assert [plan.place for plan in drawn] == wanted.sort("period", "place")["place"].to_list()
    assert drawn
    frames = plan_frames(drawn)
    assert frames["plans"].height == len(drawn)
    for plan in drawn:
        assert [section.code for section in plan.sections] == ["what", "who", "how"]
        items = {row.item for section in plan.sections for row in section.rows}
        assert {"capacity", "investment", "phase", "opens", "charging", "duty"} <= items
        phases = [row for row in plan.sections[2].rows if row.item == "phase"]
        assert all(a.date_to < b.date_from for a, b in pairwise(phases))  # type: ignore[operator]
        for section in plan.sections:
            for row in section.rows:
                assert "pilots_layout." not in say(row.text) + say(row.why, "en")
    steel = frames["plan_rows"].filter((pl.col("item") == "candidate") & pl.col("place").str.starts_with("steel@"))
    assert set(steel["organisation"]) == {"O1", "O2"}
    assert steel["score"].is_between(0, 1).all()


def test_progress_counts_platforms_beside_goals() -> None:
    goals = [
        {"goal": "G1", "name": "国家级", "measure": "platforms_national", "target": 2.0, "deadline": date(2025, 1, 1),
         "source": "test", "grade": "A"},
        {"goal": "G2", "name": "山东", "measure": "platforms_key", "scope_region": "sd", "target": 4.0,
         "source": "test", "grade": "A"},
    ]  # fmt: skip
    found = progress_of(records(goals=goals, builds=[BUILD]), packs.load("cn"), AS_OF)
    rows = {(r["group_kind"], r["group"]): r for r in found.iter_rows(named=True)}
    assert (rows["tier", "national"]["now"], rows["tier", "national"]["share"]) == (1, 0.5)
    assert "pilots_layout.goal-overdue" in codes(rows["tier", "national"]["why"])
    assert (rows["region", "sd"]["now"], rows["region", "sd"]["share"]) == (1, 0.25)
    assert rows["region", "xj"]["building"] == 1
    assert rows["builder", "joint"]["now"] == 2
    assert rows["direction", "steel"]["now"] == 2
    assert rows["field", None]["now"] == 2


def test_a_limit_in_seconds_marks_what_it_stopped_or_nothing() -> None:
    found = laid(settings=Settings(seconds=30.0))
    assert found.solution.status in ("optimal", "stopped_by_time")


def test_two_runs_are_equal_to_the_byte() -> None:
    random.seed(1)
    first, second = laid(), laid(seed=9)
    assert all(frame.write_csv() == second.tables()[name].write_csv() for name, frame in first.tables().items())
    assert first.solutions == second.solutions
