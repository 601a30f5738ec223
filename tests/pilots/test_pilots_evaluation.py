"""Figures that a pencil can check, statements and their caps, peers, and rubrics that do not hold together."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import polars as pl
import pytest
from pilot_network import REGIONS, Row, line, network, platform

from tongtu import packs
from tongtu.packs import Pack
from tongtu.pilots.evaluation import evaluate, read_rubric, rubric_of
from tongtu.registry import Registry
from tongtu.terms.faults import PackRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say

AS_OF = date(2026, 11, 21)
LAST, BEFORE = date(2026, 6, 1), date(2025, 6, 1)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return packs.load("cn")


def used(id: str, hours: float, user: str | None = "A", external: bool | None = True, **said: Any) -> Row:
    usual = {"line": "L1", "platform": "P1", "date_from": LAST, "recorded_at": LAST, "currency": "CNY"}
    return {"usage": id, "hours": hours, "user": user, "external": external, **usual, **said}


def firm(id: str, kind: str = "sme", region: str = "sd") -> Row:
    return {"organisation": id, "name": id, "kind": kind, "region": region}


def one(usage: list[Row], **tables: list[Row]) -> Registry:
    """One pilot platform with a line of 35 hours a week, which is 5 a day and 1,825 a year."""
    usual: dict[str, list[Row]] = {
        "platforms": [platform("P1", directions=["ai"], is_public=True, accident_3y=False)],
        "lines": [line("L1", hours_week=35.0)],
        "organisations": [firm("O1", "platform_operator"), firm("A"), firm("B", region="js"), firm("C", "private")],
        "regions": REGIONS,
    }
    return network(**{**usual, "usage": usage, **tables})


def figures(registry: Registry, pack: Pack, **options: Any) -> dict[str, Row]:
    frame = evaluate(registry, pack, AS_OF, **options)
    return {row["indicator"]: row for row in frame.filter(pl.col("platform") == "P1").iter_rows(named=True)}


def value(registry: Registry, pack: Pack, name: str, **options: Any) -> float | None:
    found: float | None = figures(registry, pack, **options)[name]["value"]
    return found


def test_use_of_open_hours_counts_overrides(pack: Pack) -> None:
    """73 days closed leave 292 days of 5 hours; 146 of 1,460 hours are a tenth."""
    closed = {"line": "L1", "date_from": date(2026, 1, 1), "date_to": date(2026, 3, 14), "hours_week": 0.0}
    registry = one([used("u1", 100.0), used("u2", 46.0, external=False)], openings=[closed])
    assert value(registry, pack, "open_hours") == pytest.approx(1460)
    assert value(registry, pack, "utilisation") == pytest.approx(0.1)
    assert value(registry, pack, "external_hours") == 100
    assert value(registry, pack, "external_share") == pytest.approx(100 / 146)


def test_of_two_overrides_the_one_that_begins_later_wins(pack: Pack) -> None:
    """100 days at 70 hours a week, of which the middle 10 are closed: 265 × 5 + 90 × 10."""
    wide = {"line": "L1", "date_from": date(2026, 1, 1), "date_to": date(2026, 4, 10), "hours_week": 70.0}
    stop = {"line": "L1", "date_from": date(2026, 2, 1), "date_to": date(2026, 2, 10), "hours_week": 0.0}
    assert value(one([], openings=[stop, wide]), pack, "open_hours") == pytest.approx(265 * 5 + 90 * 10)


def test_two_places_are_twice_as_many_hours(pack: Pack) -> None:
    registry = one([], lines=[line("L1", hours_week=35.0, parallel=2)])
    assert value(registry, pack, "open_hours") == pytest.approx(3650)


def test_smes_regions_users_and_revenue(pack: Pack) -> None:
    """A and B are SMEs, C is one by its title; C's second visit and an inside run add nobody."""
    title = {"title": "t", "organisation": "C", "kind": "srdi_sme", "valid_from": BEFORE}
    usage = [
        used("u1", 1, "A", fee=100_00), used("u2", 1, "B", fee=200_00), used("u3", 1, "C", fee=300_00),
        used("u4", 1, "C", fee=400_00), used("u5", 1, "O1", external=False, fee=999_00),
    ]  # fmt: skip
    found = figures(one(usage, titles=[title]), pack)
    assert [found[name]["value"] for name in ("smes", "regions_reached", "users", "external_runs")] == [3, 2, 3, 4]
    assert found["revenue"]["value"] == 1000
    assert found["revenue"]["n"] == 4
    assert figures(one(usage), pack)["smes"]["value"] == 2


def test_growth_compares_two_years(pack: Pack) -> None:
    usage = [used("u1", 150), used("u2", 100, date_from=BEFORE)]
    assert value(one(usage), pack, "growth") == pytest.approx(0.5)
    assert value(one(usage[:1]), pack, "growth") is None


def test_cases_that_reached_production(pack: Pack) -> None:
    cases = [{"case": c, "platform": "P1", "state": "open", "opened": BEFORE} for c in ("c1", "c2", "c3")]
    outcomes = [
        {"outcome": "o1", "case": "c1", "stage": "scale_up", "entered": BEFORE, "left": LAST, "result": "passed"},
        {"outcome": "o2", "case": "c2", "stage": "scale_up", "entered": BEFORE, "left": LAST, "result": "failed"},
    ]
    found = figures(one([], cases=cases, outcomes=outcomes), pack)["produced"]
    assert (found["value"], found["low"], found["high"], found["n"]) == (1, 1, 2, 3)  # nothing is recorded of c3


def test_rows_recorded_later_do_not_count(pack: Pack) -> None:
    registry = one([used("u1", 100), used("u2", 50, recorded_at=date(2026, 9, 1))])
    assert value(registry, pack, "external_hours") == 150
    assert value(registry, pack, "external_hours", known_at=date(2026, 8, 31)) == 100


def test_a_row_that_does_not_say_leaves_an_interval(pack: Pack) -> None:
    found = figures(one([used("u1", 100), used("u2", 40, external=None)]), pack)["external_hours"]
    assert (found["value"], found["low"], found["high"], found["source"]) == (100, 100, 140, "ledger")


@pytest.mark.parametrize(
    ("tables", "indicator", "reason"),
    [
        ({"usage": []}, "external_hours", "没有使用台账表"),
        ({"usage": [used("u", 1, platform="P9")]}, "external_hours", "没有任何记录"),
        ({"lines": [line("L1", hours_week=None)]}, "open_hours", "每周可用机时"),
        ({"platforms": [platform("P1")]}, "area", "没有填报"),
        ({"equipment": [{"equipment": "e", "platform": "P1", "currency": "USD", "value": 5}]}, "equipment_cost", "原"),
    ],
)
def test_unknown_is_null_with_a_reason(pack: Pack, tables: dict[str, Any], indicator: str, reason: str) -> None:
    found = figures(one(tables.pop("usage", [used("u", 1)]), **tables), pack)[indicator]
    assert (found["value"], found["low"], found["high"], found["source"]) == (None, None, None, None)
    assert reason in say(Why.from_json(found["why"]))


def test_no_hours_in_the_window_is_zero(pack: Pack) -> None:
    assert value(one([used("u", 9, date_from=date(2020, 1, 1))]), pack, "external_hours") == 0


def proof(grade: str, title: str = "场地面积核验") -> Row:
    about = {"subject_kind": "platform", "subject": "P1"}
    return {"evidence": "e1", **about, "kind": "audit", "grade": grade, "title": title}


@pytest.mark.parametrize(
    ("evidence", "counts", "source"),
    [
        ([], 500, "declared"),
        ([proof("E1")], 500, "declared"),
        ([proof("E2")], 3000, "evidence"),
        ([proof("E2", title="别的事项")], 500, "declared"),
        ([{**proof("E2"), "valid_to": date(2026, 1, 1)}], 500, "declared"),
        ([{**proof("E2"), "subject": "P2"}], 500, "declared"),
    ],
)
def test_a_bare_statement_counts_up_to_the_cap(pack: Pack, evidence: list[Row], counts: float, source: str) -> None:
    """The cap is what the key tier asks of floor area: 500 m²."""
    found = figures(one([], platforms=[platform("P1", area_m2=3000.0)], evidence=evidence), pack)["area"]
    assert (found["value"], found["low"], found["high"], found["source"]) == (counts, counts, 3000, source)
    assert found["declared"] == 3000


def test_an_indicator_that_cites_evidence_replaces_the_column(pack: Pack) -> None:
    claim = {"indicator": "i", "subject_kind": "platform", "subject": "P1", "quantity": "场地面积", "operator": "=",
             "low": 900.0, "evidence": ["e1"]}  # fmt: skip
    stated = [platform("P1", area_m2=3000.0)]
    registry = one([], platforms=stated, indicators=[claim], evidence=[proof("E3", title="x")])
    found = figures(registry, pack)["area"]
    assert (found["value"], found["source"], found["grade"]) == (900, "evidence", "E3")


def test_the_ledger_beats_what_the_platform_says(pack: Pack) -> None:
    found = figures(one([used("u1", 1)], platforms=[platform("P1", users_sme=80)]), pack)["smes"]
    assert (found["value"], found["declared"], found["source"]) == (1, 80, "ledger")
    assert "相差79" in say(Why.from_json(found["why"]))


def test_peers_are_counted_by_direction(pack: Pack) -> None:
    """Of ai: P1 400, P2 100, P3 unknown; P4 serves steel, P5 is a laboratory."""
    rows = [platform(f"P{n}", directions=["steel" if n == 4 else "ai"]) for n in range(1, 5)]
    areas = {"P1": 400.0, "P2": 100.0, "P4": 50.0, "P5": 10.0}
    rows.append(platform("P5", directions=["ai"], kind="laboratory"))
    rows = [{**row, "area_m2": areas.get(row["platform"])} for row in rows]
    frame = evaluate(one([], platforms=rows), pack, AS_OF).filter(pl.col("indicator") == "area")
    found = frame.select("platform", "median", "place", "peers").rows()
    assert found == [("P1", 250, 1, 2), ("P2", 250, 2, 2), ("P3", 250, None, 2), ("P4", 50, 1, 1), ("P5", 10, 1, 1)]


def test_contested_figures_take_their_place(pack: Pack) -> None:
    disputed = pl.DataFrame(
        {"platform": ["P1"] * 3, "indicator": ["external_hours", "smes", "area"], "value": [900.0, None, 3000.0],
         "grade": [None, None, "E0"]}
    )  # fmt: skip
    found = figures(one([used("u1", 100)]), pack, contested=disputed)
    assert [(found[n]["value"], found[n]["source"]) for n in ("external_hours", "smes", "area")] == [
        (900, "contested"), (None, None), (500, "contested"),
    ]  # fmt: skip


def test_contested_figures_that_cannot_be_taken_are_all_named(pack: Pack) -> None:
    disputed = pl.DataFrame(
        {"platform": ["P9", "P1", "P1", "P1"], "indicator": ["area", "nothing", "area", "area"],
         "value": ["1", "1", "many", "2"], "grade": [None, None, None, "E9"]}
    )  # fmt: skip
    with pytest.raises(UsageFault) as caught:
        evaluate(one([]), pack, AS_OF, contested=disputed)
    codes = {fault.what.code.removeprefix("pilots_evaluation.contested-") for fault in caught.value.faults}
    assert codes == {"platform", "indicator", "value", "twice", "grade"}
    with pytest.raises(UsageFault, match="columns"):
        evaluate(one([]), pack, AS_OF, contested=pl.DataFrame({"platform": ["P1"]}))


@pytest.mark.parametrize(("direction", "code"), [("nothing", "no-direction"), ("steel", "empty-direction")])
def test_a_direction_without_platforms_is_a_fault(pack: Pack, direction: str, code: str) -> None:
    with pytest.raises(UsageFault) as caught:
        evaluate(one([]), pack, AS_OF, direction=direction)
    assert caught.value.faults[0].what.code == f"pilots_evaluation.{code}"


@pytest.mark.parametrize(
    "tables", [{}, {"platforms": [platform("P1")]}, {"platforms": [platform("P1", state="draft")]}]
)
def test_almost_nothing_is_enough(pack: Pack, tables: dict[str, list[Row]]) -> None:
    frame = evaluate(network(**tables), pack, AS_OF)
    offered = [row for row in tables.get("platforms", []) if row.get("state") != "draft"]
    assert frame.height == len(offered) * len(rubric_of(pack).indicators)
    assert frame["value"].null_count() == frame.height


def test_the_order_of_rows_changes_nothing(pack: Pack) -> None:
    usage = [used(f"u{n}", float(n), "ABC"[n % 3], [True, False, None][n % 3]) for n in range(30)]
    rows = [platform(f"P{n}", directions=["ai"], area_m2=100.0 * n) for n in range(1, 6)]
    tables = {"usage": usage, "platforms": rows}
    first = evaluate(one(**tables), pack, AS_OF)
    for seed in range(3):
        mixed = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in tables.items()}
        assert evaluate(one(**mixed), pack, AS_OF).equals(first)


# rubrics


def text(pack: Pack) -> str:
    return pack.texts("pilots")["platform_tiers.yaml"]


def test_the_shipped_rubric_says_whose_it_is(pack: Pack) -> None:
    rubric = rubric_of(pack)
    assert (rubric.grade, "非官方" in rubric.name.zh, rubric.sorting.total_weight) == ("ours", True, 100)
    assert [d.dimension for d in rubric.dimensions] == list(pack.vocabularies["platform_dimension"])


ZOO = {
    "profiles-cross": ("at: {key: 500, national: 1000}", "at: {key: 500, national: 400}"),
    "weights-sum": ("weight: 25\n", "weight: 24\n"),
    "level-range": ("cutting_level: 0.65", "cutting_level: 0.3"),
    "keep-above": ("keep_level: 0.55", "keep_level: 0.8"),
    "unknown-figure": ("figure: external_hours", "figure: external_hour"),
    "unknown-item": ("item: service_effect.runs", "item: service_effect.run"),
    "unknown-declared": ("declared: users_sme", "declared: name"),
    "unknown-gate": ("national: [safety, legal]", "national: [safety, legl]"),
    "unknown-code": ("directions: [ai, humanoid", "directions: [ai, humanoidd"),
    "one-source": ("figure: growth, weight: 5", "weight: 5"),
    "indicator-twice": ("indicator: growth", "indicator: users"),
    "thresholds": ("figure: growth, weight: 5", "figure: growth, indifference: 2, preference: 1, weight: 5"),
    "negative": ("figure: growth, weight: 5", "figure: growth, weight: -5"),
    "no-scheme": ("scheme: platform_rubric", "scheme: little_giant"),
    "not-finite": ("at: {key: 500, national: 1000}", "at: {key: 500, national: .inf}"),
    "dimension-twice": ("dimension: future_potential", "dimension: service_effect"),
}


@pytest.mark.parametrize("code", ZOO)
def test_a_rubric_that_does_not_hold_together_names_the_line(pack: Pack, code: str) -> None:
    good, bad = ZOO[code]
    whole = text(pack)
    assert whole.count(good) >= 1
    broken = whole.replace(good, bad, 1)
    with pytest.raises(PackRefused) as caught:
        read_rubric(broken, pack, "mine.yaml")
    named = [fault for fault in caught.value.faults if fault.what.code == f"pilots_evaluation.{code}"]
    line_of = whole[: whole.index(good)].count("\n") + 1
    assert named
    assert named[0].file == "mine.yaml"
    assert code == "dimension-twice" or named[0].row == line_of
    assert named[0].say("zh") != named[0].say("en")


@pytest.mark.parametrize("broken", ["", "[]", "rubric: x", "{", "rubric: x\nscheme: platform_rubric\ndimensions: 3"])
def test_what_is_no_rubric_is_refused(pack: Pack, broken: str) -> None:
    with pytest.raises(PackRefused):
        read_rubric(broken, pack)
