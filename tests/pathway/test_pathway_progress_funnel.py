"""Funnel, days, queues, outcomes and finish on small logs worked by hand and on worlds whose truth is known."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from tongtu.chain.law import pathways
from tongtu.packs import load
from tongtu.pathway import progress
from tongtu.pathway.model import Pathway
from tongtu.registry import noun

DAY = date(2024, 1, 1)
AS_OF = date(2026, 6, 30)
STAGES = ("disclosure", "concept", "pilot", "scale_up", "first_order", "repeat_order")


@pytest.fixture(scope="module")
def known() -> dict[str, Pathway]:
    return pathways(load("cn"))


def event(case: str, kind: str, after: int, **more: Any) -> dict[str, Any]:
    return {"case": case, "kind": kind, "on": DAY + timedelta(days=after), **more}


def log(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = noun("events").schema()
    made = [{"event": f"E{i:05}", **row} for i, row in enumerate(rows)]
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in made], schema=schema, orient="row")


def cases(*ids: str, **more: Any) -> pl.DataFrame:
    rows = [{"case": one, "pathway": "standard", "pathway_version": "2026.1", "opened": DAY, "direction": "ic",
             "state": "open", **more} for one in ids]  # fmt: skip
    schema = noun("cases").schema()
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row")


def five() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two pass disclosure (one after being sent back), one fails, one withdraws, one is there still."""
    rows = []
    for one, ends in zip("ABCDE", ("go", "go", "kill", "closed", ""), strict=True):
        rows += [event(one, "opened", 0), event(one, "entered", 0, stage="disclosure")]
        if one == "B":
            rows.append(event(one, "decided", 20, gate="G1", decision="recycle", reason="补"))
        if ends == "closed":
            rows.append(event(one, "closed", 30))
        elif ends:
            rows.append(event(one, "decided", 40, gate="G1", decision=ends, reason="因"))
    return log(*rows), cases(*"ABCDE")


def test_funnel_by_hand(known: dict[str, Pathway]) -> None:
    events, table = five()
    visits = progress.stays(events, table, known, as_of=DAY + timedelta(days=60))
    row = progress.funnel(visits, table, as_of=DAY + timedelta(days=60)).row(0, named=True)
    assert (row["entered"], row["passed"], row["failed"], row["withdrawn"], row["open"]) == (5, 2, 1, 1, 1)
    assert row["conversion"] is None  # four have left: too few to tell a share
    assert "too-few" in row["why"]
    spell = progress.spells(visits, "phase", DAY + timedelta(days=60)).filter(pl.col("case") == "B").row(0, named=True)
    assert (spell["rounds"], spell["days"], spell["result"]) == (2, 40, "passed")


def test_conversion_is_of_those_that_left_and_open_ones_count_as_neither(known: dict[str, Pathway]) -> None:
    rows = []
    for i in range(30):
        rows += [event(f"K{i:02}", "entered", 0, stage="disclosure")]
        if i < 20:
            rows.append(event(f"K{i:02}", "decided", 10, gate="G1", decision="go" if i < 15 else "kill", reason="因"))
    table = cases(*(f"K{i:02}" for i in range(30)))
    visits = progress.stays(log(*rows), table, known, as_of=DAY + timedelta(days=30))
    row = progress.funnel(visits, table, as_of=DAY + timedelta(days=30)).row(0, named=True)
    assert row["conversion"] == 0.75
    assert 0.5 < row["low"] < 0.75 < row["high"] < 0.9
    assert json.loads(row["why"])["args"]["open"] == 10


def test_days_in_a_stage_keep_those_still_there(known: dict[str, Pathway]) -> None:
    """Half leave after 10 days, half are there after 100: the median is not the 10 of those that left."""
    rows = []
    for i in range(20):
        rows.append(event(f"K{i:02}", "entered", 0, stage="disclosure"))
        if i < 9:
            rows.append(event(f"K{i:02}", "decided", 10, gate="G1", decision="go"))
    table = cases(*(f"K{i:02}" for i in range(20)))
    as_of = DAY + timedelta(days=100)
    visits = progress.stays(log(*rows), table, known, as_of=as_of)
    row = progress.time_in_stage(visits, table, as_of=as_of).row(0, named=True)
    assert row["lower"] == 10
    assert row["median"] is None
    assert "median-not-reached" in row["why"]


def test_groups_add_up_to_the_whole(known: dict[str, Pathway]) -> None:
    rows = [event(f"K{i:02}", "entered", i, stage=STAGES[i % 3]) for i in range(30)]
    table = cases(*(f"K{i:02}" for i in range(30))).with_columns(
        direction=pl.Series(["ic", "steel", None] * 10), lead=pl.Series(["A", "B"] * 15)
    )
    visits = progress.stays(log(*rows), table, known, as_of=AS_OF)
    for by in progress.BY:
        found = progress.funnel(visits, table, as_of=AS_OF, by=by)
        whole = found.filter(pl.col("group").is_null())["entered"].sum()
        told = found.drop_nulls("group")["entered"].sum()
        assert whole == 30
        assert told == (20 if by == "direction" else 30)


def test_bottlenecks_are_where_the_days_of_the_last_year_went(known: dict[str, Pathway]) -> None:
    """Ten cases pass disclosure in 10 days and sit in concept for good: concept has nearly all days and a queue."""
    rows = []
    for i in range(10):
        one, at = f"K{i}", 10 * i
        rows += [event(one, "entered", at, stage="disclosure"),
                 event(one, "decided", at + 10, gate="G1", decision="go"),
                 event(one, "entered", at + 10, stage="concept")]  # fmt: skip
    table = cases(*(f"K{i}" for i in range(10)))
    as_of = DAY + timedelta(days=300)
    visits = progress.stays(log(*rows), table, known, as_of=as_of)
    found = progress.bottlenecks(visits, table, as_of=as_of)
    first, second = found.iter_rows(named=True)
    assert (first["at"], first["rank"], first["queue"], first["came"], first["went"]) == ("concept", 1, 10, 10, 0)
    assert first["clears"] is None
    assert "queue-grows" in first["why"]
    days = sum(300 - 10 - 10 * i for i in range(10))
    assert first["share"] == pytest.approx(days / (days + 100))
    assert first["low"] <= first["share"] <= first["high"]
    assert second["queue"] == 0
    assert first["share"] + second["share"] == pytest.approx(1)


def test_a_long_stay_of_years_counts_only_within_the_window(known: dict[str, Pathway]) -> None:
    rows = [event(f"K{i}", "entered", 0, stage="concept") for i in range(6)]
    visits = progress.stays(log(*rows), cases(*(f"K{i}" for i in range(6))), known, as_of=AS_OF)
    found = progress.bottlenecks(visits, cases(*(f"K{i}" for i in range(6))), as_of=AS_OF)
    assert found["days"].to_list() == [6 * 365]


def test_orders_are_first_and_repeat_by_stage_or_by_their_order() -> None:
    found = progress.reached(log(
        event("A", "ordered", 10, stage="first_order"), event("A", "ordered", 50, stage="repeat_order"),
        event("B", "ordered", 5), event("B", "ordered", 6), event("B", "ordered", 7),
        event("C", "produced", 3), event("C", "produced", 4),
        event("D", "ordered", 9, stage="again"),
    ), {"again": "repeat_order"})  # fmt: skip
    assert [(case, outcome, (on - DAY).days) for case, outcome, on in found.rows()] == [
        ("A", "first_order", 10), ("A", "repeat_order", 50), ("B", "first_order", 5), ("B", "repeat_order", 6),
        ("C", "produced", 3), ("D", "repeat_order", 9),
    ]  # fmt: skip


def test_stopped_cases_never_reach_and_stay_in_the_denominator(known: dict[str, Pathway]) -> None:
    """Of ten, four order on day 100 and six are stopped on day 50: 40 % reach it, not 100 %."""
    rows = []
    for i in range(10):
        rows.append(event(f"K{i}", "entered", 0, stage="disclosure"))
        rows.append(event(f"K{i}", "ordered", 100, stage="disclosure") if i < 4
                    else event(f"K{i}", "decided", 50, gate="G1", decision="kill", reason="因"))  # fmt: skip
    table = cases(*(f"K{i}" for i in range(10)))
    visits = progress.stays(log(*rows), table, known, as_of=AS_OF)
    past = progress.histories(log(*rows), table, visits, as_of=AS_OF, outcome="first_order")
    row = progress.told(past, table, outcome="first_order", within=365).row(0, named=True)
    assert row["share"] == pytest.approx(0.4)
    assert (row["reached"], row["stopped"], row["open"]) == (4, 6, 0)
    assert row["median"] is None
    curve = progress.reach(past, table, outcome="first_order")
    assert curve.select("reached", "stopped", "under_way").row(-1) == pytest.approx((0.4, 0.6, 0.0))


def lived(seed: int, n: int, medians: dict[str, float]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cases that pass all stages of the standard pathway in drawn days, as far as they have come by `AS_OF`."""
    rng, rows = np.random.default_rng(seed), []
    for i in range(n):
        day = int(rng.integers(0, 800))
        rows.append(event(f"K{i:03}", "opened", day))
        for stage, gate in zip(STAGES, ("G1", "G2", "G3", "G4", "G5", "G6"), strict=True):
            rows.append(event(f"K{i:03}", "entered", day, stage=stage))
            day += int(medians[stage] * rng.lognormal(0, 0.3))
            rows.append(event(f"K{i:03}", "decided", day, stage=stage, gate=gate, decision="go"))
    return log(*[row for row in rows if row["on"] <= AS_OF]), log(*rows)


def test_predicted_finishes_hold_the_truth_as_often_as_they_say(known: dict[str, Pathway]) -> None:
    medians = dict(zip(STAGES, (30.0, 60.0, 80.0, 90.0, 40.0, 50.0), strict=True))
    seen, whole = lived(4, 240, medians)
    table = cases(*(f"K{i:03}" for i in range(240)))
    visits = progress.stays(seen, table, known, as_of=AS_OF)
    found = progress.finishes(visits, table, known, as_of=AS_OF, seed=1, draws=400)
    ends = dict(whole.filter(pl.col("gate") == "G6").select("case", "on").rows())
    told = found.drop_nulls(["low", "high"])
    assert told.height >= 20
    inside = np.mean([low <= ends[case] <= high for case, low, high in told.select("case", "low", "high").rows()])
    assert 0.65 < inside < 0.95
    error = np.mean([(finish - ends[case]).days for case, finish in told.select("case", "finish").rows()])
    assert abs(error) < 25
    again = progress.finishes(visits, table, known, as_of=AS_OF, seed=1, draws=400)
    assert found.equals(again)


def test_finishes_are_unknown_where_too_few_passed_a_stage_ahead(known: dict[str, Pathway]) -> None:
    rows = [event(f"K{i}", "entered", 0, stage="pilot") for i in range(9)]
    table = cases(*(f"K{i}" for i in range(9)))
    visits = progress.stays(log(*rows), table, known, as_of=AS_OF)
    found = progress.finishes(visits, table, known, as_of=AS_OF)
    assert found["finish"].null_count() == 9
    assert all("finish-too-few" in one for one in found["why"])
    assert found["ahead"].to_list() == [4] * 9  # what was credited before the pilot is not ahead


def test_nothing_at_all_gives_empty_tables(known: dict[str, Pathway]) -> None:
    events, table = log(), cases()
    visits = progress.stays(events, table, known, as_of=AS_OF)
    for found in (progress.funnel, progress.time_in_stage, progress.bottlenecks):
        assert found(visits, table, as_of=AS_OF).is_empty()
    past = progress.histories(events, table, visits, as_of=AS_OF, outcome="produced")
    assert progress.told(past, table, outcome="produced")["share"].to_list() == [None]
    assert progress.finishes(visits, table, known, as_of=AS_OF).is_empty()
