"""What binds by pencil, the nearest better peers, plans against brute force, people without conflicts."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilot_network import Row, line, network, platform

from tongtu import packs
from tongtu.packs import Pack
from tongtu.pilots.coverage import Norms
from tongtu.pilots.diagnosis import Activation, Diagnosis, activation_of, diagnose, read_activation
from tongtu.pilots.diagnosis.cheapest import Level, Option, cheapest
from tongtu.registry import Registry
from tongtu.terms.faults import PackRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say

AS_OF, LAST = date(2026, 11, 21), date(2026, 6, 1)
YEAR = 1825.0  # hours a year of a line open 35 hours a week

#: staff and opening alone, at prices of our own
MINI = """
activation: mini
version: "1"
name: {zh: 小表, en: Mini}
since: 2026-01-01
source: test
grade: ours
currency: CNY
idle: 0.3
binds: 0.8
better: 1.25
neighbours: 2
measures:
  - measure: hire
    factor: staff
    name: {zh: 增聘, en: Hire}
    unit: 人
    steps: 5
    unit_cost: 100
    hours: peers
    share: 0.5
  - {measure: users, factor: demand, name: {zh: 找用户, en: Users}, unit: 家, steps: 4, unit_cost: 90, hours: peers}
"""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return packs.load("cn")


@pytest.fixture(scope="module")
def mini() -> Activation:
    return read_activation(MINI)


def pilot(id: str, use: float, **said: Any) -> tuple[Row, Row, Row]:
    """A public platform of ai with one line, used so much by A."""
    usual = {"directions": ["ai"], "is_public": True, "region": "sd", "staff_full_time": 10}
    row = platform(id, **{**usual, **said})
    hours = {"usage": f"u{id}", "platform": id, "user": "A", "external": True, "hours": use * YEAR, "date_from": LAST}
    return row, line(f"L{id}", id, hours_week=35.0), hours


def world(*pilots: tuple[Row, Row, Row], **tables: list[Row]) -> Registry:
    platforms, lines, usage = (list(rows) for rows in zip(*pilots, strict=True))
    firms = [{"organisation": o, "name": o, "kind": "private"} for o in ("O1", "O2", "O3", "A")]
    return network(**{"platforms": platforms, "lines": lines, "usage": usage, "organisations": firms, **tables})


def row(frame: pl.DataFrame, **where: str) -> Row:
    found = frame.filter(*(pl.col(name) == value for name, value in where.items()))
    assert found.height == 1
    return found.row(0, named=True)


def needs(n: int, direction: str = "ai", region: str = "sd") -> list[Row]:
    rows = {"organisation": "A", "title": "t", "text": "t", "direction": direction, "region": region}
    return [{"need": f"n{i}", "state": "published", **rows} for i in range(n)]


def test_what_binds_and_the_cheapest_plan_by_pencil(pack: Pack, mini: Activation) -> None:
    """P1 has 5 full-time people and is used 0.2; its peers have 15 and are used 0.5. 0.1 of 1,825 hours are missing:
    182.5. A person brings half of 0.5 × 1,825 / 15 = 30.4 hours, so 6.0 people, whole: 6 of the 10 in fifths of 2."""
    weak, peers = pilot("P1", 0.2, staff_full_time=5), [pilot(p, 0.5, staff_full_time=15) for p in ("P2", "P3", "P4")]
    found = diagnose(world(weak, *peers), pack, AS_OF, activation=mini)
    one = row(found.weak, platform="P1")
    assert (one["state"], one["binds"], one["peers"]) == ("weak", "staff", ["P2", "P3"])
    assert one["need"] == pytest.approx(182.5)
    assert row(found.factors, factor="staff")["ratio"] == pytest.approx(1 / 3)
    assert row(found.factors, factor="opening")["verdict"] == "fine"
    assert row(found.factors, factor="price")["verdict"] == "unknown"
    step = row(found.plan, platform="P1")
    assert (step["measure"], step["units"], step["cost"]) == ("hire", 6, 60_000)
    assert step["gain"] == pytest.approx(6 * 0.5 * 0.5 * YEAR / 15)
    assert (one["status"], one["cost"], one["lifts"]) == ("optimal", 60_000, True)
    assert one["after"] == pytest.approx(0.3)
    solution = found.solutions["P1"]
    assert (solution.value, solution.bound, solution.gap) == (600, 600, 0)


def test_the_cheaper_of_two_measures_is_taken(pack: Pack, mini: Activation) -> None:
    """A user brings the peers 912.5 hours: one of them, at 90, does what six people at 100 each would."""
    weak, peers = pilot("P1", 0.2, staff_full_time=5), [pilot(p, 0.5, staff_full_time=15) for p in ("P2", "P3")]
    found = diagnose(world(weak, *peers, needs=needs(4)), pack, AS_OF, activation=mini)
    step = row(found.plan, platform="P1")
    assert (step["measure"], step["units"], step["cost"]) == ("users", 1, 9_000)


def test_an_unknown_cost_leaves_the_plan_without_a_total(pack: Pack) -> None:
    weak, peers = pilot("P1", 0.2, staff_full_time=5), [pilot(p, 0.5, staff_full_time=15) for p in ("P2", "P3")]
    blank = read_activation(MINI.replace("unit_cost: 100\n", "unit_cost:\n"))
    one = row(diagnose(world(weak, *peers), pack, AS_OF, activation=blank).weak, platform="P1")
    assert (one["status"], one["cost"], one["lifts"]) == ("optimal", None, True)
    assert "费用未知" in say(Why.from_json(one["why"]))
    both = diagnose(world(weak, *peers, needs=needs(4)), pack, AS_OF, activation=blank)
    assert row(both.plan, platform="P1")["measure"] == "users"  # its cost is known


def test_a_plan_that_does_not_suffice_says_by_how_much(pack: Pack, mini: Activation) -> None:
    weak, peers = pilot("P1", 0.01, staff_full_time=9), [pilot(p, 0.4, staff_full_time=10) for p in ("P2", "P3")]
    found = diagnose(world(weak, *peers), pack, AS_OF, activation=mini)
    one = row(found.weak, platform="P1")
    assert (one["status"], one["lifts"]) == ("infeasible", False)
    short = found.solutions["P1"].relax[0]
    assert short.by == pytest.approx(one["need"] - one["gain"])
    assert short.by == pytest.approx(0.29 * YEAR - 0.5 * 0.4 * YEAR / 10)


def test_peers_share_a_direction_and_are_near_in_size(pack: Pack, mini: Activation) -> None:
    """P5 is best used but of steel, P6 no pilot platform, P2 ten times as large; P3 and P4 remain, P4 nearer."""
    staff = {"P1": (0.1, 10), "P2": (0.5, 100), "P3": (0.5, 20), "P4": (0.4, 11)}
    pilots = [pilot(name, use, staff_full_time=people) for name, (use, people) in staff.items()]
    pilots += [pilot("P5", 0.9, directions=["steel"]), pilot("P6", 0.9, kind="test_site")]
    found = diagnose(world(*pilots), pack, AS_OF, activation=mini)
    assert row(found.weak, platform="P1")["peers"] == ["P4", "P3"]
    near = found.near.filter(pl.col("platform") == "P1")
    assert near["times"].to_list() == [pytest.approx(1.1**0.5), pytest.approx(2**0.5)]  # of places 1 and staff
    assert all("同在本地区" in say(Why.from_json(why)) for why in near["why"])


def test_who_is_weak(pack: Pack, mini: Activation) -> None:
    silent = pilot("P5", 0.0)
    pilots = [pilot("P1", 0.1), pilot("P2", 0.3), pilot("P3", 0.1, is_public=False), pilot("P4", 0.1, state="draft")]
    registry = world(*pilots, silent)
    registry = registry.replace(usage=registry["usage"].filter(pl.col("platform") != "P5"))
    found = diagnose(registry, pack, AS_OF, activation=mini).weak
    assert found.select("platform", "state").rows() == [("P1", "weak"), ("P5", "unknown")]
    assert "没有任何记录" in say(Why.from_json(row(found, platform="P5")["why"]))
    assert diagnose(registry, pack, AS_OF, activation=mini, limit=1).weak["platform"].to_list() == ["P1"]


def test_rows_recorded_later_do_not_count(pack: Pack, mini: Activation) -> None:
    pilots = [pilot("P1", 0.5)]
    pilots[0][2]["recorded_at"] = date(2026, 9, 1)
    early = {"usage": "x", "platform": "P1", "hours": 1.0, "date_from": LAST}
    registry = world(*pilots)
    registry = registry.replace(
        usage=pl.concat([registry["usage"], pl.DataFrame([early], schema=registry["usage"].schema)])
    )
    assert diagnose(registry, pack, AS_OF, activation=mini).weak.is_empty()
    assert diagnose(registry, pack, AS_OF, activation=mini, known_at=date(2026, 8, 1)).weak.height == 1


def test_people_for_a_gap_in_staff(pack: Pack, mini: Activation) -> None:
    """O1 is the operator's own house, O2 in conflict with it, P_steel of another direction, P_boss no engineer."""

    def person(id: str, **said: Any) -> Row:
        return {"person": id, "name": id, "organisation": "O3", "role": "engineer", "directions": ["ai"], **said}

    people = [
        person("P_a", expertise="高分子合成放大"), person("P_b", expertise="会计"), person("P_own", organisation="O1"),
        person("P_rival", organisation="O2"), person("P_steel", directions=["steel"]), person("P_boss", role="manager"),
    ]  # fmt: skip
    conflicts = [
        {"conflict": "c1", "a": "O2", "b": "O1", "kind": "rivalry"},
        {"conflict": "c2", "a": "O3", "b": "O1", "kind": "rivalry", "until": date(2026, 1, 1)},
    ]
    weak = pilot("P1", 0.2, staff_full_time=5, capability="高分子合成放大与中试")
    peers = [pilot(p, 0.5, staff_full_time=15) for p in ("P2", "P3")]
    team = {"team": "T1", "name": "T1", "organisation": "O3", "directions": ["ai"], "capability": "合成"}
    registry = world(weak, *peers, people=people, conflicts=conflicts, teams=[team])
    found = diagnose(registry, pack, AS_OF, activation=mini).people
    assert found["candidate"].to_list() == ["P_a", "T1", "P_b"]
    assert found["overlap"].to_list()[:2] == [1.0, 1.0]


@pytest.mark.parametrize("target", ["idle", "peers", "tier"])
@pytest.mark.parametrize("tables", [{}, {"platforms": [platform("P1", is_public=True)]}])
def test_almost_nothing_is_enough(pack: Pack, target: Any, tables: dict[str, list[Row]]) -> None:
    found = diagnose(network(**tables), pack, AS_OF, target=target)
    assert found.weak["state"].to_list() == ["unknown"] * len(tables.get("platforms", []))
    assert found.near.is_empty()


def test_towards_the_next_tier(pack: Pack) -> None:
    """Whatever the plan claims is checked by sorting again with the figures moved."""
    registry = world(*[pilot(f"P{n}", 0.05 * n, area_m2=400.0 * n, staff=20) for n in range(1, 9)], needs=needs(9))
    found: Diagnosis = diagnose(registry, pack, AS_OF, target="tier")
    assert found.weak["target"].to_list() == ["tier"] * found.weak.height
    reached = found.weak.filter(pl.col("status") == "optimal")
    assert reached["lifts"].all()
    assert found.weak.filter(pl.col("status") == "infeasible")["lifts"].any() is False


def test_the_order_of_rows_changes_nothing(pack: Pack) -> None:
    pilots = [pilot(f"P{n}", 0.07 * n, staff_full_time=3 + n * n % 7) for n in range(1, 9)]
    one = diagnose(world(*pilots, needs=needs(3)), pack, AS_OF)
    other = diagnose(world(*reversed(pilots), needs=list(reversed(needs(3)))), pack, AS_OF)
    for name in ("weak", "factors", "near", "plan", "people"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert one.solutions == other.solutions


LEVELS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: Level(1.0, float(pair[0]), float(pair[1]))),
    min_size=1,
    max_size=3,
)


@given(st.lists(LEVELS, max_size=4), st.integers(1, 20))
def test_the_cheapest_choice_is_that_of_brute_force(levels: list[list[Level]], need: int) -> None:
    options = [Option(f"m{n}", tuple(one)) for n, one in enumerate(levels)]
    found = cheapest(options, need, problem="p", unit="CNY", limit=Why("pilots_diagnosis.limit-use"), gain_unit="h")
    every = list(itertools.product(*[[Level(0.0, 0.0, 0.0), *one] for one in levels]))
    enough = [sum(x.cost or 0 for x in pick) for pick in every if sum(x.gain for x in pick) >= need]
    if enough:
        assert (found.solution.status, found.cost) == ("optimal", min(enough))
    else:
        assert found.solution.status == "infeasible"
        assert found.gain == max(sum(x.gain for x in pick) for pick in every)


ZOO = {
    "pilots_diagnosis.out-of-range": ("idle: 0.3", "idle: 30"),
    "pilots_diagnosis.measure-twice": ("measure: users", "measure: hire"),
    "pilots_diagnosis.too-many-steps": ("steps: 5", "steps: 500"),
    "rules.not-one-of": ("factor: staff", "factor: luck"),
    "rules.unknown-key": ("neighbours: 2", "neighbour: 2"),
    "rules.wrong-type": ("unit_cost: 100", "unit_cost: much"),
}


@pytest.mark.parametrize("code", ZOO)
def test_measures_that_cannot_be_taken_name_the_line(code: str) -> None:
    good, bad = ZOO[code]
    with pytest.raises(PackRefused) as caught:
        read_activation(MINI.replace(good, bad, 1), "mine.yaml")
    named = [fault for fault in caught.value.faults if fault.what.code == code]
    assert named
    assert (named[0].file, named[0].row) == ("mine.yaml", MINI[: MINI.index(good)].count("\n") + 1)


@pytest.mark.parametrize("options", [{"target": "moon"}, {"limit": 0}, {"direction": "steel"}, {"direction": "x"}])
def test_questions_that_cannot_be_answered(pack: Pack, options: dict[str, Any]) -> None:
    with pytest.raises(UsageFault):
        diagnose(world(pilot("P1", 0.1)), pack, AS_OF, **options)


def test_the_shipped_measures_say_whose_they_are(pack: Pack) -> None:
    shipped = activation_of(pack)
    assert (shipped.grade, "非官方" in shipped.name.zh) == ("ours", True)
    assert shipped.idle == Norms().idle
