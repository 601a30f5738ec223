"""Tiers that a pencil can check, gates, what is kept, appeals, and what must hold for any network."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from pilot_network import Row, network, platform

from tongtu import packs, registry, samples
from tongtu.packs import Pack
from tongtu.pilots.evaluation import Rubric, read_rubric, rubric_of, tiers
from tongtu.registry import Registry
from tongtu.terms.faults import PackRefused
from tongtu.terms.why import Why
from tongtu.terms.words import say

AS_OF, LAST = date(2026, 11, 21), date(2026, 6, 1)

#: area weighs 5, hours 3, SMEs 2 of 10; 6 reach a tier, 5 keep it
MINI = """
rubric: mini
version: "1"
name: {zh: 小表, en: Mini}
since: 2026-01-01
source: test
grade: ours
scheme: platform_rubric
tiers: [reserve, key, national]
stands_for: {provincial: reserve}
cutting_level: 0.6
keep_level: 0.5
caps: {none: key}
sme: {kinds: [sme]}
gates: {reserve: [safety], national: [safety, legal]}
tie_break: {mark: gap, directions: [quantum], source: test, grade: ours, short_times: 100}
total: 10
dimensions:
  - dimension: basic_capability
    weight: 5
    indicators:
      - {indicator: area, item: basic_capability.area, weight: 5, unit: m², at: {key: 500, national: 1000}}
  - dimension: service_effect
    weight: 5
    indicators:
      - indicator: hours
        name: {zh: 对外机时, en: Hours}
        figure: external_hours
        weight: 3
        unit: h
        at: {key: 100, national: 200}
      - {indicator: smes, name: {zh: 中小企业, en: SMEs}, figure: smes, weight: 2, unit: 家, at: {key: 1, national: 2}}
"""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return packs.load("cn")


@pytest.fixture(scope="module")
def mini(pack: Pack) -> Rubric:
    return read_rubric(MINI, pack)


@pytest.fixture(scope="module")
def sample(pack: Pack) -> Registry:
    words = {**registry.vocabularies(), **pack.vocabularies}
    return Registry(samples.make("demo", 3, glossary=pack.glossary, vocabularies=words, as_of=AS_OF).tables)


def world(*rows: tuple[dict[str, Any], float, list[str]], **tables: list[Row]) -> Registry:
    """Platforms P1, P2 … by what their row says, hours for outside users, and who these are."""
    platforms, usage = [], []
    for n, (said, hours, users) in enumerate(rows, start=1):
        usual = {"accident_3y": False, "legal_person": True, "directions": ["steel"]}
        platforms.append(platform(f"P{n}", **{**usual, **said}))
        usage += [
            {"usage": f"u{n}{user}", "platform": f"P{n}", "user": user, "external": True, "hours": hours / len(users),
             "date_from": LAST} for user in users
        ]  # fmt: skip
    firms = [{"organisation": name, "name": name, "kind": kind} for name, kind in
             (("O1", "platform_operator"), ("A", "sme"), ("B", "sme"), ("C", "private"))]  # fmt: skip
    return network(platforms=platforms, usage=usage, organisations=firms, **tables)


def proof(platform: str) -> Row:
    return {"evidence": f"e{platform}", "subject_kind": "platform", "subject": platform, "kind": "audit", "grade": "E2",
            "title": "场地面积"}  # fmt: skip


def row(found: pl.DataFrame, platform: str = "P1") -> Row:
    return found.row(by_predicate=pl.col("platform") == platform, named=True)


TOP: dict[str, Any] = {"area_m2": 2000.0}
NATIONAL = (TOP, 300.0, ["A", "B"])


def test_a_tier_by_pencil(pack: Pack, mini: Rubric) -> None:
    """800 m² stated counts as 500: area and hours weigh 0.8 for key, nothing for national."""
    answer = tiers(world(({"area_m2": 800.0}, 150.0, ["C"])), pack, AS_OF, rubric=mini, draws=64)
    found = row(answer.tiers)
    assert (found["tier"], found["strict"], found["lenient"], found["gate"]) == ("key", "key", "key", "met")
    assert (found["level_low"], found["level_high"]) == (0.5, pytest.approx(0.8))
    assert (found["support"], found["missing"], found["change"]) == (0, 0, "new")
    assert found["share_reserve"] + found["share_key"] + found["share_national"] == pytest.approx(1)
    change = answer.changes.filter(pl.col("goal") == "next").select("indicator", "value", "wanted", "how").rows()
    assert change == [("area", 500, 1000, "raise"), ("hours", 150, 200, "raise")]
    assert answer.without.select("dimension", "strict", "shift").rows() == [
        ("basic_capability", "key", 0), ("service_effect", "key", 0)
    ]  # fmt: skip


def test_a_statement_without_evidence_does_not_reach_national(pack: Pack, mini: Rubric) -> None:
    bare = tiers(world(NATIONAL), pack, AS_OF, rubric=mini, draws=16)
    assert row(bare.tiers)["tier"] == "key"
    assert bare.changes.filter(pl.col("goal") == "next").select("indicator", "how").rows() == [("area", "prove")]
    proved = tiers(world(NATIONAL, evidence=[proof("P1")]), pack, AS_OF, rubric=mini, draws=16)
    assert row(proved.tiers)["tier"] == "national"
    assert proved.changes.is_empty()


@pytest.mark.parametrize(
    ("said", "tier", "gate"),
    [
        ({"accident_3y": True}, None, "unmet"),
        ({"accident_3y": None}, None, "unknown"),
        ({"legal_person": False}, "key", "unmet"),
        ({"legal_person": None}, "key", "unknown"),
        ({"kind": "laboratory"}, None, "not_applicable"),
    ],
)
def test_hard_gates(pack: Pack, mini: Rubric, said: dict[str, Any], tier: str | None, gate: str) -> None:
    registry = world(({**TOP, **said}, 300.0, ["A", "B"]), evidence=[proof("P1")])
    answer = tiers(registry, pack, AS_OF, rubric=mini, draws=16)
    found = row(answer.tiers)
    assert (found["tier"], found["gate"]) == (tier, gate)
    if gate == "not_applicable":
        assert answer.gates.is_empty()
        return
    failed = answer.gates.filter(pl.col("verdict") == gate)
    assert all("示例评价表" in cited for cited in failed["citation"])
    assert ("近三年无重大事故" if tier is None else "独立法人") in say(Why.from_json(found["why"]))


def test_a_held_tier_is_kept_down_to_the_lower_level(pack: Pack, mini: Rubric) -> None:
    """Area alone weighs 0.5: too little to rise to key, enough to stay there; provincial counts as reserve."""
    registry = world(*(({"area_m2": 800.0, "tier": held}, 10.0, ["C"]) for held in ("key", "reserve", "provincial")))
    found = tiers(registry, pack, AS_OF, rubric=mini, draws=16).tiers
    assert found.select("held", "tier", "strict", "change").rows() == [
        ("key", "key", "reserve", "kept"),
        ("reserve", "reserve", "reserve", "kept"),
        ("reserve", "reserve", "reserve", "kept"),
    ]


def test_a_tier_is_lost_below_it(pack: Pack, mini: Rubric) -> None:
    registry = world(({"area_m2": 100.0, "tier": "national"}, 150.0, ["C"]))
    found = row(tiers(registry, pack, AS_OF, rubric=mini, draws=16).tiers)
    assert (found["held"], found["tier"], found["change"]) == ("national", "reserve", "demoted")


def test_the_tie_break_orders_equals_and_moves_nobody(pack: Pack, mini: Rubric) -> None:
    same = ({"area_m2": 800.0}, 150.0, ["C"])
    gap = ({"area_m2": 800.0, "directions": ["quantum"]}, 150.0, ["C"])
    registry = world(same, gap, same)
    found = tiers(registry, pack, AS_OF, rubric=mini, draws=16).tiers
    assert found.select("tier", "fills", "order").rows() == [("key", False, 2), ("key", True, 1), ("key", False, 2)]
    marks = pl.DataFrame({"subject": ["P1", "P2"], "path": ["gap"] * 2, "low": [1.0, 0.0], "high": [1.0, 0.0]})
    stated = tiers(registry, pack, AS_OF, rubric=mini, draws=16, marks=marks).tiers
    assert stated.select("statement", "fills", "order").rows() == [
        ("met", True, 1), ("unmet", False, 2), ("manual", False, 2)
    ]  # fmt: skip


def test_a_direction_short_of_platforms_is_a_gap(pack: Pack) -> None:
    """Nine open needs for the one platform of steel, one for each of the other two directions."""
    needs = [{"need": f"n{n}", "organisation": "O1", "title": "t", "text": "t", "direction": d, "state": "published"}
             for n, d in enumerate(["steel"] * 9 + ["petrochem", "ic"])]  # fmt: skip
    rows = [({"directions": [d]}, 1.0, ["C"]) for d in ("steel", "petrochem", "ic")]
    found = tiers(world(*rows, needs=needs), pack, AS_OF, draws=16).tiers
    assert found["gap"].to_list() == [True, False, False]


def test_an_appeal_shows_what_it_changes(pack: Pack, mini: Rubric) -> None:
    registry = world(({"area_m2": 800.0}, 50.0, ["C"]), ({"area_m2": 800.0}, 50.0, ["C"]))
    disputed = pl.DataFrame({"platform": ["P2"], "indicator": ["hours"], "value": [150.0]})
    answer = tiers(registry, pack, AS_OF, rubric=mini, draws=16, contested=disputed)
    assert answer.tiers["tier"].to_list() == ["reserve", "key"]
    assert answer.appeal is not None
    assert answer.appeal.before["tier"].to_list() == ["reserve", "reserve"]
    assert answer.appeal.rows.drop("why").rows() == [("P2", "hours", 50, 150, "reserve", "key")]
    assert answer.appeal.difference.categories["platform"].to_list() == ["P2"]
    assert "储备" in say(Why.from_json(answer.appeal.rows["why"][0]))
    struck = disputed.with_columns(value=pl.lit(None, pl.Float64))
    again = tiers(registry, pack, AS_OF, rubric=mini, draws=16, contested=struck)
    assert row(again.tiers, "P2")["missing"] == 1


def test_open_figures_enter_the_shares(pack: Pack, mini: Rubric) -> None:
    """Between 50 and 150 hours a row leaves open; half of that is enough."""
    registry = world(({"area_m2": 800.0}, 50.0, ["C"]))
    unsure = {"usage": "x", "platform": "P1", "user": "C", "external": None, "hours": 100.0, "date_from": LAST}
    usage = pl.concat([registry["usage"], pl.DataFrame([unsure], schema=registry["usage"].schema)])
    found = row(tiers(registry.replace(usage=usage), pack, AS_OF, rubric=mini, draws=512).tiers)
    assert found["strict"] == "reserve"
    assert 0.4 < found["share_key"] < 0.6
    assert found["share_low"] < found["share_reserve"] < found["share_high"]


@pytest.mark.parametrize("tables", [{}, {"platforms": [platform("P1")]}])
def test_almost_nothing_is_enough(pack: Pack, tables: dict[str, list[Row]]) -> None:
    answer = tiers(network(**tables), pack, AS_OF, draws=16)
    assert answer.tiers["tier"].to_list() == [None] * answer.tiers.height
    assert answer.evaluation.height == answer.tiers.height * len(answer.rubric.indicators)


def test_before_any_version_nothing_is_decided(pack: Pack, mini: Rubric) -> None:
    found = row(tiers(world(NATIONAL), pack, date(2020, 1, 1), rubric=mini, draws=16).tiers)
    assert (found["tier"], found["gate"]) == (None, "unknown")


# what must hold for any network


def placed(rubric: Rubric, frame: pl.DataFrame, column: str = "strict") -> dict[str, int]:
    names = [tier.name for tier in rubric.tiers]
    return {p: -1 if tier is None else names.index(tier) for p, tier in frame.select("platform", column).iter_rows()}


def test_more_outside_hours_never_lower_a_tier(pack: Pack, sample: Registry) -> None:
    rubric = rubric_of(pack)
    recent = pl.col("external").fill_null(False) & (pl.col("date_from") > date(2025, 11, 22))
    before = placed(rubric, tiers(sample, pack, AS_OF, draws=8).tiers)
    for times in (1.5, 20.0, 500.0):
        usage = sample["usage"].with_columns(hours=pl.when(recent).then(pl.col("hours") * times).otherwise("hours"))
        after = placed(rubric, tiers(sample.replace(usage=usage), pack, AS_OF, draws=8).tiers)
        assert all(after[p] >= before[p] for p in before)
        before = after


def test_a_cap_never_raises(pack: Pack, sample: Registry) -> None:
    text = pack.texts("pilots")["platform_tiers.yaml"]
    uncapped = read_rubric(text.replace("caps: {none: key, E0: key, E1: key}", "caps: {}"), pack)
    capped, free = (tiers(sample, pack, AS_OF, rubric=r, draws=8) for r in (rubric_of(pack), uncapped))
    both = capped.evaluation.join(free.evaluation, on=["platform", "indicator"])
    assert both.filter(pl.col("value") > pl.col("value_right")).is_empty()
    assert both.filter(pl.col("value") < pl.col("value_right")).height > 0
    assert all(placed(uncapped, free.tiers)[p] >= place for p, place in placed(rubric_of(pack), capped.tiers).items())


def test_a_tier_does_not_depend_on_who_else_is_there(pack: Pack, sample: Registry) -> None:
    whole = tiers(sample, pack, AS_OF, draws=32).tiers
    half = sample.replace(platforms=sample["platforms"].gather_every(2))
    alone = tiers(half, pack, AS_OF, draws=32).tiers
    same = ["platform", "held", "tier", "strict", "lenient", "support", "share_key", "level_low", "level_high"]
    kept = whole.filter(pl.col("platform").is_in(alone["platform"].implode()))
    assert kept.select(same).equals(alone.select(same))


def test_the_order_of_rows_changes_nothing(pack: Pack, sample: Registry) -> None:
    mixed = Registry({name: sample[name].sample(fraction=1.0, shuffle=True, seed=7) for name in sample})
    one, other = (tiers(r, pack, AS_OF, draws=32) for r in (sample, mixed))
    for name in ("tiers", "gates", "changes", "without", "evaluation"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert one.tiers["why"].null_count() == 0


def test_less_may_be_better(pack: Pack) -> None:
    """5 people stated count as the 20 that key allows; of outside hours the upper end is certain."""
    falling = MINI.replace("item: basic_capability.area", "item: basic_capability.staff, less_is_better: true")
    falling = falling.replace("at: {key: 500, national: 1000}", "at: {key: 20, national: 10}")
    falling = falling.replace("figure: external_hours", "figure: external_hours\n        less_is_better: true")
    falling = falling.replace("at: {key: 100, national: 200}", "at: {key: 200, national: 100}")
    rubric = read_rubric(falling, pack)
    registry = world(({"staff_full_time": 5}, 50.0, ["C"]))
    unsure = {"usage": "x", "platform": "P1", "user": "C", "external": None, "hours": 70.0, "date_from": LAST}
    usage = pl.concat([registry["usage"], pl.DataFrame([unsure], schema=registry["usage"].schema)])
    answer = tiers(registry.replace(usage=usage), pack, AS_OF, rubric=rubric, draws=16)
    found = answer.evaluation.select("indicator", "value", "low", "high").rows()
    assert found[:2] == [("area", 20, 5, 20), ("hours", 120, 50, 120)]
    assert row(answer.tiers)["strict"] == "key"
    crossing = falling.replace("at: {key: 20, national: 10}", "at: {key: 10, national: 20}")
    with pytest.raises(PackRefused):
        read_rubric(crossing, pack)


def test_thresholds_make_support_gradual(pack: Pack, mini: Rubric) -> None:
    """90 of 100 hours, with indifference 5 and preference 15, support key half: 0.5 + 0.15 reach 0.6."""
    registry = world(({"area_m2": 800.0}, 90.0, ["C"]))
    assert row(tiers(registry, pack, AS_OF, rubric=mini, draws=16).tiers)["strict"] == "reserve"
    gradual = read_rubric(MINI.replace("unit: h\n", "unit: h\n        indifference: 5\n        preference: 15\n"), pack)
    found = row(tiers(registry, pack, AS_OF, rubric=gradual, draws=16).tiers)
    assert (found["strict"], found["level_high"]) == ("key", pytest.approx(0.65))
