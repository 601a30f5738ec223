"""Track records: counts, shrinkage, who is credited, and nothing from the future."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signalling import AS_OF, codes, every, listings, one, scene, value

from tongtu.match.signals import ALL, Scene
from tongtu.match.signals.record import usual
from tongtu.match.signals.results import results
from tongtu.registry import Registry

HOLDER = {"organisation": "O1", "kind": "achievement"}
ACHIEVEMENT = {"achievement": "A1", "organisation": "O1", "title": "x", "text": "x", "direction": "ai", "team": "T1"}


def outcome(key: int, result: str, **more: Any) -> dict[str, Any]:
    entered = date(2024, 1, 1)
    return {
        "outcome": f"R{key}", "member": "O1", "stage": "pilot", "entered": entered, "left": date(2025, 1, 1),
        "result": result, "direction": None, "case": None, "achievement": None, "recorded_at": None, **more,
    }  # fmt: skip


def case(key: str, **more: Any) -> dict[str, Any]:
    return {
        "case": key, "pathway": "p", "pathway_version": "1", "state": "done", "opened": date(2024, 1, 1),
        "closed": date(2025, 1, 1), "lead": None, "platform": None, "achievement": None, **more,
    }  # fmt: skip


def test_the_share_is_drawn_towards_the_usual() -> None:
    """Two of three passed; with so few holders the prior, (2 + ½) / (3 + 1), is worth four results."""
    where = scene(outcomes=[outcome(1, "passed"), outcome(2, "passed"), outcome(3, "failed")])
    found = one("record", {}, HOLDER, where)
    assert found["record_usual"] == 0.625
    assert found["record"] == round((2 + 4 * 0.625) / (3 + 4), 6)
    assert (found["record_results"], found["record_passed"], found["record_of"]) == (3, 2, "organisation")
    assert value("record", {}, {"organisation": "O2"}, where) is None
    assert value("record", {}, {}, where) is None


def test_open_withdrawn_and_later_results_say_nothing() -> None:
    rows = [
        outcome(1, "censored"),
        outcome(2, "withdrawn"),
        outcome(3, "passed", left=AS_OF + timedelta(1)),
        outcome(4, "passed", entered=AS_OF + timedelta(1), left=None),
        outcome(5, "passed", recorded_at=AS_OF + timedelta(1)),
    ]
    assert value("record", {}, HOLDER, scene(outcomes=rows)) is None


def test_a_case_counts_once_and_for_all_who_took_part() -> None:
    tables: dict[str, list[dict[str, Any]]] = {
        "achievements": [ACHIEVEMENT],
        "needs": [{"need": "N1", "organisation": "O3", "title": "x", "text": "x"}],
        "platforms": [{"platform": "P1", "organisation": "O4", "name": "x", "kind": "pilot"}],
        "cases": [
            case("C1", need="N1", achievement="A1", lead="O5", partners=["O6"], platform="P1"),
            case("C2", need="N1", achievement="A1", lead="O5", partners=["O6"], platform="P1", state="killed"),
            case("C3", need=None, lead="O5", partners=None, closed=AS_OF + timedelta(1)),
            case("C4", need=None, lead="O5", partners=None, closed=None),
        ],
        "outcomes": [outcome(1, "passed", case="C1", achievement="A1", member="O2")],
    }
    found = results(scene(**tables))
    took_part = {("organisation", f"O{i}") for i in (1, 3, 4, 5, 6)} | {("team", "T1"), ("platform", "P1")}
    by_result = {
        result: set(zip(rows["kind"], rows["id"], strict=True)) for (result,), rows in found.group_by("result")
    }
    assert by_result == {"s:R1": took_part | {("organisation", "O2")}, "c:C2": took_part}
    assert set(found["direction"]) == {"ai"}
    assert found.filter(result="c:C2")["passed"].to_list() == [False] * 7
    where = scene(**tables)
    usual_ = 1.5 / 3
    assert value("record", {}, {"organisation": "O5"}, where) == round((1 + 4 * usual_) / 6, 6)
    holder = (1 + 4 * usual_) / 6
    team = one("record", {}, {"organisation": "O1", "kind": "team", "id": "T1"}, where)
    assert (team["record"], team["record_of"]) == (round((1 + 4 * holder) / 6, 6), "team")


def test_directions_speak_for_themselves_where_there_is_enough() -> None:
    rows = [outcome(i, "failed", direction="ai") for i in range(5)]
    rows += [outcome(10 + i, "passed", direction="steel") for i in range(4)]
    where = scene(outcomes=rows)
    all_of_it = (4 + 4 * 0.45) / 13
    in_ai = one("record", {"directions": ["ai"]}, HOLDER, where)
    assert (in_ai["record_of"], in_ai["record_results"], in_ai["record_passed"]) == ("direction", 5, 0)
    assert in_ai["record"] == round(4 * all_of_it / 9, 6)
    assert value("record", {"directions": ["steel"]}, HOLDER, where) == round(all_of_it, 6)
    assert value("record", {}, HOLDER, where) == round(all_of_it, 6)
    both = one("record", {"directions": ["steel", "ai"]}, HOLDER, where)
    assert (both["record_results"], both["record_passed"]) == (9, 4)


def test_titles_and_deliveries_only_add() -> None:
    titles = [
        {"title": "T1", "organisation": "O1", "kind": "hnte", "valid_from": date(2025, 1, 1), "valid_to": None},
        {
            "title": "T2",
            "organisation": "O1",
            "kind": "srdi",
            "valid_from": date(2020, 1, 1),
            "valid_to": date(2023, 1, 1),
        },
        {"title": "T3", "organisation": "O1", "kind": "srdi", "valid_from": date(2027, 1, 1), "valid_to": None},
    ]
    titled = one("record", {}, HOLDER, scene(titles=titles))
    assert titled["record_titles"] == 1
    assert titled["record"] == round(1 - 0.5 * (1 - 0.1), 6)
    assert codes(titled["why"]) == ["match_signals.record-no-results", "match_signals.record-titles"]
    platforms = [{"platform": "P1", "organisation": "O1", "name": "x", "kind": "pilot"}]
    usage = [
        {"usage": f"U{i}", "platform": "P1", "service": "S1", "date_from": day, "hours": 1.0, "external": external}
        for i, (day, external) in enumerate(
            [(date(2025, 1, 1), True), (date(2025, 1, 2), False), (date(2027, 1, 1), True)]
        )
    ]
    busy = scene(platforms=platforms, usage=usage)
    expected = round(1 - 0.5 * (1 - 0.3 / 21), 6)
    assert value("record", {}, {"organisation": "O1", "kind": "organisation"}, busy) == expected
    assert value("record", {}, {"id": "P1", "kind": "platform"}, busy) == expected
    assert value("record", {}, {"id": "S1", "kind": "service"}, busy) == expected


def test_what_a_viewer_may_not_see_is_no_record() -> None:
    rows = [outcome(1, "passed")]
    assert value("record", {}, HOLDER, scene(outcomes=rows)) is not None
    assert value("record", {}, HOLDER, scene(see="public", outcomes=rows)) is None


@pytest.mark.parametrize("strength", [5.0, 20.0])
def test_the_spread_between_holders_is_found_again(strength: float) -> None:
    """Beta-binomial holders of a known mean and spread; the moments recover both within sampling error."""
    import numpy as np

    rng = np.random.default_rng(7)
    shares = rng.beta(0.3 * strength, 0.7 * strength, 3000)
    counts = rng.integers(5, 30, 3000)
    passed = rng.binomial(counts, shares)
    rows = pl.DataFrame({"id": [f"O{i}" for i in range(3000)], "n": counts, "s": passed})
    every_ = rows.select("id", passed=pl.int_ranges(0, "n")).explode("passed").join(rows, on="id")
    every_ = every_.with_columns(passed=pl.col("passed") < pl.col("s"), kind=pl.lit("organisation"))
    found = usual(every_.with_row_index("result"))
    assert found.share == pytest.approx(0.3, abs=0.01)
    assert found.strength == pytest.approx(strength, rel=0.15)


DAYS = st.dates(date(2024, 1, 1), date(2028, 1, 1))
NO_DAY = st.none() | DAYS


@st.composite
def _later(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Rows all of which happen, are recorded or begin after the day."""
    day = AS_OF + timedelta(draw(st.integers(1, 400)))
    kind = draw(st.integers(0, 4))
    outcomes, usage, titles, events, cases = [], [], [], [], []
    if kind == 0:
        outcomes = [
            outcome(90, "failed", **draw(st.sampled_from([{"left": day}, {"recorded_at": day}, {"entered": day}])))
        ]
    elif kind == 1:
        usage = [{"usage": "U9", "platform": "L0", "service": "L0", "date_from": day, "hours": 1.0, "external": True}]
    elif kind == 2:
        titles = [{"title": "T9", "organisation": "O1", "kind": "srdi", "valid_from": day}]
    elif kind == 3:
        events = [{"event": "E9", "case": "C1", "kind": "note", "on": day}]
    else:
        cases = [case("C9", lead="O1", state="killed", closed=day)]
    return {"outcomes": outcomes, "usage": usage, "titles": titles, "events": events, "cases": cases}


@settings(max_examples=12, deadline=None)
@given(_later())
def test_the_future_changes_nothing(later: dict[str, list[dict[str, Any]]]) -> None:
    past: dict[str, list[dict[str, Any]]] = {
        "outcomes": [outcome(1, "passed", direction="ai"), outcome(2, "failed")],
        "usage": [
            {"usage": "U1", "platform": "L0", "service": "L0", "date_from": date(2025, 1, 1), "hours": 1.0}
        ],
        "titles": [{"title": "T1", "organisation": "O1", "kind": "hnte", "valid_from": date(2025, 1, 1)}],
        "events": [{"event": "E1", "case": "C1", "kind": "note", "on": date(2025, 1, 1)}],
        "cases": [case("C1", need="L0", achievement="L0", lead="O1", state="open", closed=None)],
    }  # fmt: skip
    sides = [
        listings({"directions": ["ai"]}),
        listings({**HOLDER, "posted": date(2024, 1, 1)}, {"id": "L0", "kind": "platform"}),
    ]
    both = {name: rows + later[name] for name, rows in past.items()}
    for signal in ALL.values():
        then, now = (signal(every(*sides), *sides, scene(**tables)) for tables in (past, both))
        assert then.equals(now), signal.name


def test_a_registry_as_known_and_as_recorded_since_agree() -> None:
    rows = [outcome(1, "passed"), outcome(2, "failed", recorded_at=AS_OF + timedelta(9))]
    whole = Registry({"outcomes": pl.DataFrame(rows, infer_schema_length=None)})
    sides = [listings({}), listings(HOLDER)]
    found = [ALL["record"](every(*sides), *sides, Scene(r, AS_OF)) for r in (whole, whole.known(AS_OF))]
    assert found[0].equals(found[1])
