"""Signals against values worked out by hand, and what holds for any market."""

from datetime import date
from math import exp
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signalling import AS_OF, codes, every, listings, one, scene, value

from tongtu import packs
from tongtu.match.signals import ALL, INDUSTRIES, Scene
from tongtu.terms.words import entries, say
from tongtu.terms.words.catalogue import missing

TABLE = pl.DataFrame(
    {
        "ipc": ["G03F7*", "H01L", "G06N3/04", "B25J"],
        "industry": ["resist", "chips", "nets", "robots"],
        "direction": [None, None, "ai", "humanoid"],
        "keywords": [["光刻胶"], ["芯片"], None, None],
    },
    schema=INDUSTRIES,
)


def test_every_word_is_there_in_both_languages() -> None:
    codes_ = [f"match_signals.{entry}" for entry in entries("match_signals")]
    assert [fault for code in codes_ for fault in missing(code)] == []
    for signal in ALL.values():
        assert say(signal.about, "en") != signal.about.code


# field


@pytest.mark.parametrize(
    ("asked", "offered", "expected"),
    [
        ({"directions": ["ai"]}, {"directions": ["ai"]}, 1.0),
        ({"directions": ["ai"]}, {"directions": ["humanoid"]}, 0.5),
        ({"directions": ["ai"]}, {"directions": ["steel"]}, 0.0),
        ({"directions": ["ai"]}, {"directions": ["steel", "ai"]}, 1.0),
        ({"directions": ["ai"]}, {}, None),
        ({"directions": []}, {"directions": ["ai"]}, None),
        ({"focus": ["x", "y"]}, {"focus": ["y"]}, 1.0),
        ({"focus": ["x"]}, {"focus": ["y"]}, 0.0),
        ({"directions": ["ai"], "focus": ["x"]}, {"directions": ["humanoid"], "focus": ["x"]}, 0.75),
        ({"directions": ["ai"], "focus": ["x"]}, {"directions": ["ai"]}, 1.0),
    ],
)
def test_directions_and_focus(asked: dict[str, Any], offered: dict[str, Any], expected: float | None) -> None:
    assert value("field", asked, offered) == expected
    assert value("field", offered, asked) == expected


@pytest.mark.parametrize(
    ("one_", "other", "expected", "prefix"),
    [
        (["G03F 7/004"], ["G03F7/004"], 1.0, "G03F7/004"),
        (["G03F 7/004"], ["G03F 7/20"], 0.8, "G03F7"),
        (["G03F 7/004"], ["G03F 1/00"], 0.6, "G03F"),
        (["G03F 7/004"], ["G03B 1/00"], 0.3, "G03"),
        (["G03F 7/004"], ["G06N 3/08"], 0.1, "G"),
        (["G03F 7/004"], ["H01L 21/027"], 0.0, ""),
        (["G03F 7/004", "H01L 21/027"], ["H01L 21/60", "A61K"], 0.8, "H01L21"),
        (["g03f"], ["G03F 7/20"], 0.6, "G03F"),
        (["不是分类号"], ["G03F 7/20"], None, None),
        (["G03F 7/20", None], [None], None, None),
    ],
)
def test_patent_classes(one_: list[str], other: list[str], expected: float | None, prefix: str | None) -> None:
    for left, right in ((one_, other), (other, one_)):
        found = one("field", {"ipc": left}, {"ipc": right})
        assert (found["field"], found["field_ipc"]) == (expected, prefix)


@pytest.mark.parametrize(
    ("asked", "offered", "industry"),
    [
        ({"keywords": ["光刻胶"]}, {"ipc": ["G03F 7/004"]}, "resist"),
        ({"keywords": ["光刻胶"]}, {"ipc": ["G03F 1/00"]}, None),  # the table says nothing of it
        ({"keywords": ["光刻胶"]}, {"ipc": ["H01L 21/027"]}, ""),
        ({"keywords": ["芯片"]}, {"ipc": ["H01L 21/027"]}, "chips"),
        ({"keywords": ["光刻膠 "]}, {"ipc": ["G03F 7/004"]}, "resist"),
        ({"directions": ["ai"]}, {"ipc": ["G06N 3/04"]}, "nets"),
        ({"directions": ["ai"]}, {"ipc": ["G06N 3/08"]}, None),  # a group named alone holds itself alone
        ({"directions": ["humanoid"]}, {"ipc": ["B25J 9/16"]}, "robots"),
        ({"directions": ["ai"]}, {"directions": ["ai"]}, None),  # that is the direction, not a second proof
        ({"keywords": ["光刻胶"]}, {}, None),
    ],
)
def test_patents_meet_keywords_in_an_industry(
    asked: dict[str, Any], offered: dict[str, Any], industry: str | None
) -> None:
    for left, right in ((asked, offered), (offered, asked)):
        found = one("field", left, right, scene(TABLE))
        assert found["field_industry"] == industry
        assert found["field_direction"] == ("ai" if "directions" in left and "directions" in right else None)


def test_a_pack_may_bring_its_industries(tmp_path: Path) -> None:
    """Made up: the pack that ships has none, since no source for them could be checked."""
    header = "ipc,industry,name,keywords,direction,direction_grade,source,grade"
    rows = ["G03F7*,resist,光刻材料,光刻胶;抗蚀剂,ic,ours,test,C", "G06N,nets,神经网络,,ai,ours,test,C"]
    (tmp_path / "industries.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    assert packs.load("cn").sheet("industries").is_empty()
    where = scene(packs.load("cn", overlay=tmp_path).sheet("industries"))
    found = one("field", {"keywords": ["抗蚀剂"]}, {"ipc": ["G03F 7/20"]}, where)
    assert (found["field"], found["field_industry"]) == (1.0, "resist")
    assert value("field", {"directions": ["ai"]}, {"ipc": ["G06N 3/08"]}, where) == 1.0


# readiness


@pytest.mark.parametrize(
    ("asked", "offered", "expected"),
    [
        ({"trl_target": 7}, {"trl": 7}, 1.0),
        ({"trl_target": 7}, {"trl": 9}, 1.0),
        ({"trl_target": 7}, {"trl": 5}, 0.75),
        ({"trl_min": 5, "trl_target": 7}, {"trl": 5}, 0.75),
        ({"trl_min": 5, "trl_target": 7}, {"trl": 4}, 0.5),  # three short, one of them below the least
        ({"trl_min": 5}, {"trl": 6}, 1.0),
        ({"trl_min": 9, "trl_target": 9}, {"trl": 1}, 0.0),
        ({"trl": 6}, {"trl_min": 7}, 0.75),  # an achievement looks for a place that takes TRL 7
        ({"trl": 6}, {"trl": 6}, None),
        ({"trl_min": 6}, {"trl_min": 6}, None),
        ({"trl": 9, "trl_min": 5}, {"trl": 4, "trl_min": 9}, 0.875),  # each wants something: 0.75 and 1
    ],
)
def test_readiness(asked: dict[str, Any], offered: dict[str, Any], expected: float | None) -> None:
    assert value("readiness", asked, offered) == expected
    assert value("readiness", offered, asked) == expected


# region


@pytest.mark.parametrize(
    ("asked", "offered", "expected", "relation"),
    [
        (["A1"], ["A1"], 1.0, "same"),
        (["A1"], ["A"], 0.8, "inside"),
        (["A1"], ["CN"], 0.8, "inside"),
        (["A1"], ["A2"], 0.6, "shared"),
        (["A1"], ["B1"], 0.3, "apart"),  # the country holds everything, so it joins nothing
        (["A"], ["B"], 0.3, "apart"),
        (["A1"], ["A0"], 1.0, "same"),  # the old code stands for its successor
        (["A0"], ["A"], 0.8, "inside"),
        (["A1", "B1"], ["B"], 0.8, "inside"),
        (["??"], ["??"], 1.0, "same"),
        (["??"], ["A"], 0.3, "apart"),
        ([], ["A"], None, None),
    ],
)
def test_region(asked: list[str], offered: list[str], expected: float | None, relation: str | None) -> None:
    for left, right in ((asked, offered), (offered, asked)):
        found = one("region", {"regions": left}, {"regions": right})
        assert (found["region"], found["region_relation"]) == (expected, relation)


# freshness


def _faded(days: int, tau: int) -> float:
    return round(exp(-days / tau), 6)


def test_age_and_kind() -> None:
    posted = date(2026, 1, 31)  # 90 days
    assert value("freshness", {}, {"posted": posted, "kind": "need"}) == _faded(90, 180)
    assert value("freshness", {}, {"posted": posted, "kind": "achievement"}) == _faded(90, 730)
    assert value("freshness", {}, {"posted": posted}) == _faded(90, 365)
    assert value("freshness", {"posted": posted}, {"kind": "need"}) is None
    assert value("freshness", {}, {"posted": date(2026, 6, 1)}) is None
    assert value("freshness", {}, {"posted": AS_OF}) == 1.0


def test_the_floor_of_strategic_items() -> None:
    old = {"posted": date(2020, 1, 1), "kind": "need"}
    now = scene(focus=[{"focus_list": "l", "entry": "ai", "name": "x", "source": "s", "grade": "A"}])
    past = scene(
        focus=[{"focus_list": "l", "entry": "ai", "name": "x", "source": "s", "grade": "A", "until": date(2020, 1, 1)}]
    )
    assert value("freshness", {}, {**old, "bottleneck": True}) == 0.5
    assert value("freshness", {}, {**old, "focus": ["ai"]}, now) == 0.5
    assert value("freshness", {}, {**old, "focus": ["ai"]}, past) < 0.01  # type: ignore[operator]
    assert value("freshness", {}, {"posted": AS_OF, "bottleneck": True}) == 1.0
    assert value("freshness", {}, {"bottleneck": True}) is None
    assert "match_signals.freshness-floored" in codes(one("freshness", {}, {**old, "bottleneck": True})["why"])


CASE = {"case": "C1", "need": "L0", "achievement": "L0", "platform": "L0", "pathway": "p", "pathway_version": "1"}
CASE |= {"state": "open", "opened": date(2024, 1, 1)}


def test_what_happens_to_a_listing_renews_it() -> None:
    events = [
        {"event": "E1", "case": "C1", "kind": "note", "on": date(2026, 4, 1)},
        {"event": "E2", "case": "C1", "kind": "note", "on": date(2026, 6, 1)},  # not yet
        {"event": "E3", "case": "C1", "kind": "note", "on": date(2026, 4, 20), "recorded_at": date(2026, 6, 1)},
    ]
    lively = scene(cases=[CASE], events=events)
    for kind, tau in (("need", 180), ("achievement", 730), ("platform", 1095)):
        found = one("freshness", {}, {"posted": date(2020, 1, 1), "kind": kind}, lively)
        assert (found["freshness"], found["freshness_since"]) == (_faded(30, tau), date(2026, 4, 1))
        assert found["why"].code == "match_signals.freshness-renewed"
    assert value("freshness", {}, {"kind": "fund"}, lively) is None


# priority


def _priority(**fields: Any) -> dict[str, Any]:
    return {"priority": "p1", "weight": 2.0, "source": "s", **fields}


def test_priorities() -> None:
    first = scene(priorities=[_priority(direction="ai")])
    assert value("priority", {"directions": ["ai"]}, {}, first) == pytest.approx(2 / 3)
    assert value("priority", {}, {"directions": ["ai"]}, first) == pytest.approx(2 / 3)
    assert value("priority", {"directions": ["steel"]}, {}, first) == 0.5
    assert value("priority", {}, {}, first) is None
    assert value("priority", {"bottleneck": True, "directions": ["ai"]}, {}, first) == 0.75
    assert value("priority", {"bottleneck": True}, {}, first) == 0.6
    assert value("priority", {"directions": ["ai"]}, {}, scene()) is None


def test_priorities_multiply_and_each_asks_all_it_names() -> None:
    where = scene(
        priorities=[
            _priority(priority="p1", direction="ai"),
            _priority(priority="p2", region="A", weight=1.5),
            _priority(priority="p3", direction="ai", region="B", weight=9.0),
            _priority(priority="p4", track="pure_basic", weight=9.0),
        ]
    )
    assert value("priority", {"directions": ["ai"], "regions": ["A1"]}, {}, where) == 0.75  # 2 × 1.5 = 3
    assert value("priority", {"regions": ["B1"]}, {"directions": ["steel"]}, where) == 0.5


def test_priorities_of_another_day_do_not_count() -> None:
    later = scene(priorities=[_priority(direction="ai", since=date(2026, 5, 2))])
    over = scene(priorities=[_priority(direction="ai", until=date(2026, 4, 30))])
    assert value("priority", {"directions": ["ai"]}, {}, later) is None
    assert value("priority", {"directions": ["ai"]}, {}, over) is None


def test_more_priorities_than_a_number_has_bits() -> None:
    rules = [_priority(priority=f"p{i:03}", direction=f"d{i}", weight=1.0 + i) for i in range(200)]
    assert value("priority", {"directions": ["d199"]}, {"directions": ["d61"]}, scene(priorities=rules)) == round(
        200 * 62 / (200 * 62 + 1), 6
    )


# what holds for any market

CODES = st.lists(st.sampled_from(["ai", "humanoid", "steel", "??"]), max_size=3)
LISTING = st.fixed_dictionaries(
    {},
    optional={
        "organisation": st.sampled_from(["O1", "O2"]),
        "directions": CODES,
        "focus": CODES,
        "regions": st.lists(st.sampled_from(["A", "A1", "A2", "B1", "CN", "??"]), max_size=3),
        "ipc": st.lists(st.sampled_from(["G03F 7/004", "G03F", "H01L 21/00", "G06N 3/04", "x", ""]), max_size=3),
        "keywords": st.lists(st.sampled_from(["光刻胶", "芯片"]), max_size=2),
        "trl": st.integers(1, 9),
        "trl_min": st.integers(1, 9),
        "trl_target": st.integers(1, 9),
        "posted": st.dates(date(2010, 1, 1), date(2030, 1, 1)),
        "bottleneck": st.booleans(),
        "kind": st.sampled_from(["need", "achievement", "platform", "team"]),
    },
)
TITLES = [{"title": "T", "organisation": "O1", "kind": "hnte", "valid_from": date(2025, 1, 1)}]


def _rich() -> Scene:
    return scene(TABLE, priorities=[_priority(direction="ai"), _priority(priority="p2", region="A")], titles=TITLES)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LISTING, min_size=1, max_size=4), st.lists(LISTING, min_size=1, max_size=4), st.randoms())
def test_any_listings(left: list[dict[str, Any]], right: list[dict[str, Any]], random: Any) -> None:
    asked, offered, where = listings(*left), listings(*right), _rich()
    found = every(asked, offered)
    order = list(range(found.height))
    random.shuffle(order)
    for name, signal in ALL.items():
        rows = signal(found, asked, offered, where)
        assert dict(rows.schema) == {k: v() if isinstance(v, type) else v for k, v in signal.schema.items()}
        assert rows.select("n", "a").equals(found)
        assert rows[name].drop_nulls().is_between(0.0, 1.0).all()
        assert not rows[name].is_nan().any()
        shuffled = signal(found[order], asked.reverse(), offered.reverse(), where)
        assert shuffled.equals(rows[order])
        measure = signal.prepare(asked, offered, where)
        assert pl.concat([measure(found[:1]), measure(found[1:])]).equals(rows.drop("n", "a"))
        for row in rows.iter_rows(named=True):
            why = signal.why(row, {})
            assert (row[name] is None) == why.code.endswith("-unknown")
            for lang in ("zh", "en"):
                said = say(why, lang)
                assert "{" not in said
                assert "match_signals" not in said
        if name in ("field", "readiness", "region", "priority"):
            back = signal(found.select(n="a", a="n"), offered, asked, where)
            assert back[name].equals(rows[name])


def test_no_pairs_and_no_listings() -> None:
    nobody = listings()
    for signal in ALL.values():
        assert signal(every(nobody, nobody), nobody, nobody, scene()).schema == signal.schema
        assert signal(every(listings({}), nobody), listings({}), nobody, scene()).height == 0
        lonely = signal(every(listings({}), listings({})), listings({}), listings({}), Scene(scene().registry, AS_OF))
        assert lonely[signal.name].to_list() == [None]


def test_columns_a_frame_lacks_are_unknown() -> None:
    bare = pl.DataFrame({"row": [0], "id": ["x"]})
    for name, signal in ALL.items():
        assert signal(every(bare, bare), bare, bare, scene())[name].to_list() == [None]
