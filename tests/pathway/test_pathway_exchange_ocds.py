"""Releases, compiled and versioned: the standard's merge rules against another way of reckoning, and against replay."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from exchange_pathways import shipped, story
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongtu.pathway.cases import Event, frame_of, machine, moves, replay, start, step
from tongtu.pathway.exchange import compiled, difference, records, releases, versioned
from tongtu.pathway.exchange.ocds import PREFIX
from tongtu.registry import Registry

TODAY = date(2026, 11, 20)


def release(own: str, day: str, **said: Any) -> dict[str, Any]:
    return {"ocid": "ocds-x-1", "id": own, "date": f"2026-{day}T00:00:00Z", "tag": ["tender"], **said}


# ---------------------------------------------------------------------------------- another way: paths of plain values


def flat(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Every plain value by its path; an object of an array stands under its id."""
    found: dict[tuple[Any, ...], Any] = {}
    if isinstance(value, dict):
        for key, one in value.items():
            found |= flat(one, (*path, key))
    elif isinstance(value, list) and value and all(isinstance(one, dict) and "id" in one for one in value):
        for one in value:
            found |= flat(one, (*path, ("id", one["id"])))
    else:
        found[path] = value
    return found


def merged(found: list[dict[str, Any]]) -> dict[tuple[Any, ...], Any]:
    """The last value of every path; null takes it away, with all that lies below it."""
    last: dict[tuple[Any, ...], Any] = {}
    for one in sorted(found, key=lambda one: one["date"]):
        told = flat({key: value for key, value in one.items() if key not in ("id", "date", "tag")})
        for gone in (path for path, value in told.items() if value is None):
            last = {path: value for path, value in last.items() if path[: len(gone)] != gone}
        last |= {path: value for path, value in told.items() if value is not None}
    return {path: value for path, value in last.items() if value != []}


def plain(found: dict[str, Any]) -> dict[tuple[Any, ...], Any]:
    told = flat({key: value for key, value in found.items() if key not in ("id", "date", "tag")})
    return {path: value for path, value in told.items() if value != []}


# ---------------------------------------------------------------------------------- the rules on documented cases


def test_a_later_value_replaces_and_null_removes() -> None:
    found = compiled([
        release("2", "01-02", tender={"title": "B", "description": None}),
        release("1", "01-01", tender={"id": "T", "title": "A", "description": "x"}),
    ])  # fmt: skip
    assert found["tender"] == {"id": "T", "title": "B"}
    assert (found["id"], found["date"], found["tag"]) == ("2", "2026-01-02T00:00:00Z", ["compiled"])


def test_objects_of_an_array_meet_by_id() -> None:
    found = compiled([
        release("1", "01-01", awards=[{"id": "a", "title": "one"}, {"id": "b", "title": "two"}]),
        release("2", "01-02", awards=[{"id": "b", "status": "active"}, {"id": "c"}]),
    ])  # fmt: skip
    assert found["awards"] == [
        {"id": "a", "title": "one"},
        {"id": "b", "title": "two", "status": "active"},
        {"id": "c"},
    ]


def test_objects_without_an_id_are_added_and_other_arrays_replaced() -> None:
    found = compiled([
        release("1", "01-01", parties=[{"id": "p", "roles": ["buyer", "payer"]}], notes=[{"text": "x"}]),
        release("2", "01-02", parties=[{"id": "p", "roles": ["buyer"]}], notes=[{"text": "y"}]),
    ])  # fmt: skip
    assert found["parties"] == [{"id": "p", "roles": ["buyer"]}]
    assert found["notes"] == [{"text": "x"}, {"text": "y"}]


def test_an_array_that_the_schema_replaces_whole() -> None:
    found = compiled([
        release("1", "01-01", parties=[{"id": "p", "additionalIdentifiers": [{"id": "1", "a": 1}, {"id": "2"}]}]),
        release("2", "01-02", parties=[{"id": "p", "additionalIdentifiers": [{"id": "1", "b": 2}]}]),
    ])  # fmt: skip
    assert found["parties"][0]["additionalIdentifiers"] == [{"id": "1", "b": 2}]


def test_versions_tell_which_release_said_what() -> None:
    found = versioned([
        release("1", "01-01", tender={"id": "T", "method": "selective"}, awards=[{"id": "a", "title": "x"}]),
        release("2", "01-02", tender={"id": "T", "method": None}, awards=[{"id": "a", "title": "y"}]),
        release("3", "01-03", tender={"method": None}),
    ])  # fmt: skip
    first, second = ({"releaseID": own, "releaseDate": f"2026-01-0{own}T00:00:00Z", "releaseTag": ["tender"]}
                     for own in ("1", "2"))  # fmt: skip
    assert found == {
        "ocid": "ocds-x-1",
        "tender": {"id": [{**first, "value": "T"}],
                   "method": [{**first, "value": "selective"}, {**second, "value": None}]},
        "awards": [{"id": "a", "title": [{**first, "value": "x"}, {**second, "value": "y"}]}],
    }  # fmt: skip


_VALUES = st.one_of(st.integers(0, 3), st.text("ab", max_size=2), st.lists(st.integers(0, 2), max_size=2))
_PART = st.dictionaries(st.sampled_from(("x", "y")), st.one_of(_VALUES, st.none()), max_size=2)
_ARRAY = st.lists(st.tuples(st.sampled_from(("1", "2", "3")), _PART), max_size=3, unique_by=lambda pair: pair[0])


@st.composite
def _states(draw: st.DrawFn) -> dict[str, Any]:
    """A state: plain values, an object, an array of objects; no nulls."""
    bare = {key: value for key, value in draw(_PART).items() if value is not None}
    part = {key: value for key, value in draw(_PART).items() if value is not None}
    array = [{"id": own, **{k: v for k, v in more.items() if v is not None}} for own, more in draw(_ARRAY)]
    return {**({"a": bare} if bare else {}), **part, **({"list": array} if array else {})}


@settings(max_examples=150, deadline=None)
@given(st.lists(_states(), min_size=1, max_size=5))
@example([{"a": {"y": [0]}}, {"a": {"y": []}}])  # an emptied array of plain values is empty
def test_differences_merge_back_to_the_last_state(states: list[dict[str, Any]]) -> None:
    """What is gone is gone, but for the ids of objects, which the standard has no way to take out of an array."""
    before: dict[str, Any] = {}
    found = []
    for n, state in enumerate(states, 1):
        found.append(release(str(n), f"01-{n:02}", **difference(before, state)))
        before = state
    given_ = copy.deepcopy(found)
    told = compiled(found)
    assert found == given_
    assert plain(told) == merged(found)
    told["list"] = [one for one in told.get("list", []) if set(one) > {"id"} or one in states[-1].get("list", [])]
    got = plain({key: value for key, value in told.items() if key != "ocid"})
    assert {path: value for path, value in got.items() if path[0] != "list"} == {
        path: value for path, value in plain(states[-1]).items() if path[0] != "list"
    }
    mine = {one["id"]: one for one in told["list"]}
    assert all(mine.get(one["id"], {"id": one["id"]}) == one for one in states[-1].get("list", []))


# ---------------------------------------------------------------------------------- cases


def test_merged_releases_are_what_the_log_says() -> None:
    registry = story()
    found = releases(registry, shipped(), as_of=TODAY, lang="en", amounts=True)
    told = compiled(found)
    state = replay(registry["events"], registry["cases"], shipped(), as_of=TODAY).states.row(0, named=True)
    passage = told["passage"]
    assert passage["state"] == state["state"] == "open"
    assert (passage["pathway"], passage["version"]) == (state["pathway"], state["version"])
    stands = [one for one in passage["stands"] if "stage" in one]
    assert [(one["stage"], one["state"]) for one in stands] == [(state["stage"], state["state"])]
    assert [one["decision"] for one in passage["decisions"]] == ["recycle", "go", "hold", "go"]
    assert told["planning"]["rationale"] == "Superalloy blades"
    met = [(one["id"], one["status"]) for one in told["planning"]["milestones"]]
    assert met == [("disclosure#1", "notMet"), ("disclosure#2", "met"), ("concept#1", "met")]
    (signed, own) = told["contracts"]
    assert signed["value"] == {"amount": 480000.0, "currency": "CNY"}
    assert [one["kind"] for one in own["implementation"]["outcomes"]] == ["ordered", "produced"]
    assert found[0]["tag"] == ["planning"]
    assert any("contract" in one["tag"] for one in found)
    assert all(one["ocid"] == f"{PREFIX}-K1" for one in found)


def test_amounts_are_commercial_and_stay_out_unless_asked() -> None:
    found = releases(story(), shipped(), as_of=TODAY)
    assert "480000" not in json.dumps(found)
    assert "amount" not in json.dumps(found)


def test_a_release_never_knows_what_was_recorded_later() -> None:
    """The line ran from 1 September and was recorded on the 20th: the order of the 10th was published before it."""
    found = releases(story(), shipped(), as_of=TODAY)
    days = {one["date"][:10]: one for one in found}
    assert "2026-09-01" not in days
    assert "produced" not in json.dumps(days["2026-09-10"])
    assert "produced" in json.dumps(days["2026-09-20"])
    assert releases(story(), shipped(), as_of=date(2026, 9, 15)) == [one for one in found if one["date"] < "2026-09-16"]


def test_a_record_package_holds_each_process_once() -> None:
    package = records(releases(story(), shipped(), as_of=TODAY, prefix="ocds-abc123"), as_of=TODAY)
    (record,) = package["records"]
    assert record["ocid"] == "ocds-abc123-K1"
    assert record["compiledRelease"]["tag"] == ["compiled"]
    assert record["versionedRelease"]["ocid"] == record["ocid"]
    assert json.loads(json.dumps(package)) == package


@pytest.mark.parametrize("seed", range(4))
def test_random_cases_merge_to_their_replayed_state(seed: int) -> None:
    """Random legal walks on shipped pathways, some rows recorded late: compiled equals replay in what both tell."""
    import random

    rng = random.Random(seed)
    keys = sorted(key for key, one in shipped().items() if not any(stage.parallel for stage in one.stages))
    pathway = shipped()[rng.choice(keys)]
    runs, day, log = machine(pathway), date(2026, 3, 1), []
    state = start(runs)
    for n in range(30):
        able = [
            move for move in moves(runs, state) if not move.late and move.kind not in ("reverted", "closed", "extended")
        ]
        if not able:
            break
        move = rng.choice(able)
        day += timedelta(days=rng.randint(1, 9))
        late = timedelta(days=rng.choice((0, 0, 40)))
        event = Event(f"E{n:02}", "K1", move.kind, day, move.stage, move.gate, move.branch or None, move.decision,
                      role=move.role, reason="x", step=move.step, recorded_at=day + late)  # fmt: skip
        state = step(runs, state, event)
        log.append(event)
    base = story(pathway.id, pathway.version)
    registry = Registry({"cases": base["cases"], "events": frame_of(log)})
    told = compiled(releases(registry, shipped(), as_of=date(2029, 1, 1)))
    expected = replay(registry["events"], registry["cases"], shipped(), as_of=date(2029, 1, 1)).states
    got = {(one.get("branch"), one["stage"]): (one["state"], one.get("waitsFor"))
           for one in told["passage"]["stands"] if "state" in one and "stage" in one}  # fmt: skip
    want = {(row["branch"], row["stage"]): (row["state"], row["waits_for"])
            for row in expected.filter(pl.col("stage").is_not_null()).iter_rows(named=True)}  # fmt: skip
    assert got == want
    assert told["passage"]["state"] == expected["state"][0]
