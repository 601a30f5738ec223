"""The level of the whole: by the rule as it is written down, by the sorting room, and for a hundred thousand cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise.maturity import (
    GIVEN,
    lapses,
    level_texts,
    maturity,
    maturity_scale,
    readiness_readings,
    supply_readings,
    ways,
)
from tongtu.appraise.maturity.rule import Rule
from tongtu.registry import Registry, vocabularies
from tongtu.sorting import assign
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES

AS_OF = date(2026, 11, 22)
SCALE = maturity_scale()
CODES = [d.code for d in SCALE.dimensions]
LEVELS = st.lists(st.integers(0, 9), min_size=10, max_size=10)
SCALES = [SCALE, replace(SCALE, tolerance=1), replace(SCALE, tolerance=2, level=0.6), replace(SCALE, level=1.0)]


def by_hand(levels: list[int], scale: Any) -> int:
    """The rule as the scale's file words it, by counting down."""
    total = sum(d.weight for d in scale.dimensions)
    for level in range(scale.top, 0, -1):
        gates = all(at >= level - scale.tolerance for d, at in zip(scale.dimensions, levels, strict=True) if d.required)
        agreed = sum(d.weight for d, at in zip(scale.dimensions, levels, strict=True) if at >= level)
        if gates and agreed >= scale.level * total - 1e-9:
            return level
    return 0


@settings(max_examples=60, deadline=None)
@given(st.lists(LEVELS, min_size=1, max_size=6), st.sampled_from(SCALES))
def test_the_level_is_what_the_rule_says(rows: list[list[int]], scale: Any) -> None:
    found = Rule(scale).levels(np.array(rows, np.int64))
    assert found.tolist() == [by_hand(row, scale) for row in rows]


@settings(max_examples=20, deadline=None)
@given(st.lists(LEVELS, min_size=1, max_size=4), st.sampled_from(SCALES))
def test_the_sorting_room_says_the_same(rows: list[list[int]], scale: Any) -> None:
    frame = pl.DataFrame(rows, schema=CODES, orient="row").insert_column(
        0, pl.Series("case", [str(n) for n in range(len(rows))])
    )
    sorted_ = assign(scale.sorting(), frame)["pessimistic"].cast(pl.Int64).to_list()
    assert Rule(scale).levels(np.array(rows, np.int64)).tolist() == sorted_


@settings(max_examples=60, deadline=None)
@given(LEVELS, st.integers(0, 9), st.sampled_from(SCALES))
def test_raising_a_dimension_never_lowers_the_whole(levels: list[int], which: int, scale: Any) -> None:
    raised = [min(at + (n == which), 9) for n, at in enumerate(levels)]
    before, after = Rule(scale).levels(np.array([levels, raised], np.int64)).tolist()
    assert after >= before


@settings(max_examples=60, deadline=None)
@given(LEVELS, st.sampled_from(SCALES))
def test_what_binds_is_what_must_rise(levels: list[int], scale: Any) -> None:
    rule, values = Rule(scale), np.array([levels], np.int64)
    level = rule.levels(values)
    held = rule.binding(values, level)[0]
    assert held.any() == (level[0] < scale.top)
    others = np.where(held, values, 9)
    assert rule.levels(others)[0] == level[0], "while it stays, nothing else helps"


def test_many_dimensions_and_many_cases_do_not_run_together() -> None:
    """Rows are told apart by one number each; with thirty dimensions it would not fit."""
    many = tuple(replace(SCALE.dimensions[n % 10], code=f"d{n}") for n in range(30))
    scale = replace(SCALE, dimensions=many)
    rows = np.random.default_rng(1).integers(0, 10, (200, 30))
    assert Rule(scale).levels(rows).tolist() == [by_hand(row, scale) for row in rows.tolist()]


def test_every_level_says_what_must_be_seen_and_every_grade_who_shows_it() -> None:
    texts = level_texts()
    wanted = [(d.code, level) for d in SCALE.dimensions for level in range(1, d.top + 1)]
    assert texts.select("dimension", "level").rows() == wanted
    assert all(texts[lang].str.len_chars().min() >= 4 for lang in LANGUAGES)
    assert texts["zh"].is_unique().all()
    shown = ways()
    assert shown.select("dimension", "grade").rows() == [
        (d.code, grade) for d in SCALE.dimensions for grade in SCALE.caps
    ]
    assert set(shown["kind"]) <= set(vocabularies()["evidence_kind"])
    categories = {"design", "function", "process", "adaptation", "production"}
    assert set(shown["services"].explode().drop_nulls()) <= set(vocabularies()["gate_service"]) | categories


# ------------------------------------------------------------------------------------------------------------ tables

CASES = pl.DataFrame({"case": ["c1"], "achievement": ["a1"]})


def table(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = Registry()[name].schema
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)


def evidence(*rows: dict[str, Any]) -> pl.DataFrame:
    blank = {"subject_kind": "achievement", "subject": "a1", "kind": "document", "grade": "E4"}
    return table("evidence", *({**blank, "evidence": f"e{n}", **row} for n, row in enumerate(rows)))


ROWS = st.fixed_dictionaries(
    {"dimension": st.sampled_from(CODES), "level": st.integers(1, 9), "grade": st.sampled_from(list(SCALE.caps))}
)


def whole(rows: list[dict[str, Any]], scale: Any = SCALE) -> dict[str, Any]:
    return maturity(CASES, Registry({"evidence": evidence(*rows)}), AS_OF, scale=scale).row(-1, named=True)


@settings(max_examples=12, deadline=None)
@given(st.lists(ROWS, max_size=14), ROWS, st.sampled_from(SCALES))
def test_more_evidence_narrows_the_interval_and_never_lowers_it(rows: list[Any], more: Any, scale: Any) -> None:
    before, after = whole(rows, scale), whole([*rows, more], scale)
    assert (after["low"] or 0) >= (before["low"] or 0)
    known = {row["dimension"] for row in rows}
    if more["dimension"] in known:
        assert (after["level"] or 0) >= (before["level"] or 0)
    if after["level"] is not None:
        assert (after["low"] or 0) <= after["level"] <= after["high"]


@settings(max_examples=20, deadline=None)
@given(st.lists(ROWS, min_size=4, max_size=20), st.integers(0, 19))
def test_forgetting_evidence_widens_the_interval_only_downwards(rows: list[Any], which: int) -> None:
    """What is unknown secures nothing and stands in nobody's way."""
    gone = rows[which % len(rows)]["dimension"]
    left = [row for row in rows if row["dimension"] != gone]
    before, after = whole(rows), whole(left)
    assert (after["low"] or 0) <= (before["low"] or 0)
    if after["level"] is not None and before["level"] is not None:
        assert after["level"] >= before["level"]


@settings(max_examples=8, deadline=None)
@given(st.lists(ROWS, max_size=14))
def test_a_stricter_scale_never_gives_a_higher_level(rows: list[Any]) -> None:
    levels = [
        whole(rows, scale)["level"] or 0
        for scale in (replace(SCALE, tolerance=1, level=0.6), SCALE, replace(SCALE, level=1.0))
    ]
    assert levels == sorted(levels, reverse=True)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ({"dimension": "charm", "level": 3}, "dimension", "charm"),
        ({"dimension": "market", "level": 11}, "level", "11"),
        ({"dimension": "market", "level": 0}, "level", "0"),
        ({"dimension": "market", "level": 3, "grade": "E9"}, "grade", "E9"),
        ({"dimension": "market", "level": 3, "grade": None}, "grade", ""),
    ],
)
def test_a_reading_that_no_scale_holds_is_refused_by_name(row: dict[str, Any], column: str, said: str) -> None:
    with pytest.raises(DataRefused) as refused:
        whole([{"dimension": "ip", "level": 3}, row])
    (fault,) = refused.value.faults
    assert (fault.sheet, fault.column, fault.value) == ("evidence", column, said)
    for lang in LANGUAGES:
        assert "e1" in fault.say(lang)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(DataRefused) as refused:
        whole([{"dimension": "charm", "level": 99, "grade": "E7"}, {"dimension": "ip", "level": -1}])
    assert [(fault.column, fault.value) for fault in refused.value.faults] == [
        ("dimension", "charm"), ("grade", "E7"), ("level", "99"), ("level", "-1"),
    ]  # fmt: skip


def test_evidence_of_tomorrow_and_evidence_run_out_count_for_nothing() -> None:
    late = {"dimension": "market", "level": 9, "dated": AS_OF + timedelta(1)}
    gone = {"dimension": "market", "level": 9, "dated": date(2020, 1, 1), "valid_to": AS_OF - timedelta(1)}
    frame = maturity(CASES, Registry({"evidence": evidence(late, gone)}), AS_OF)
    row = frame.filter(pl.col("dimension") == "market").row(0, named=True)
    assert row["level"] is None
    assert '"n":2' in row["why"], "both are counted as evidence that does not hold"


# ---------------------------------------------------------------------------------------------------- other engines


def test_autonomy_is_a_reading_of_the_supply_chain() -> None:
    autonomy = pl.DataFrame(
        {"case": ["c1", "c2", "c3"], "item": ["i1", "i1", None], "low": [0.5, 0.001, None]},
        schema={"case": pl.String, "item": pl.String, "low": pl.Float64},
    )
    found = supply_readings(autonomy, AS_OF)
    assert found.schema == pl.Schema(GIVEN)
    assert found.select("case", "dimension", "level", "grade", "source").rows() == [
        ("c1", "supply_chain", 5, "E1", "i1")
    ]
    row = (
        maturity(CASES, Registry(), AS_OF, given=found).filter(pl.col("dimension") == "supply_chain").row(0, named=True)
    )
    assert (row["level"], row["grade"]) == (5, "E1")
    later = found.with_columns(on=pl.lit(AS_OF + timedelta(1)))
    assert maturity(CASES, Registry(), AS_OF, given=later)["level"].null_count() == 11


def test_answers_to_checklists_are_readings_of_their_dimensions() -> None:
    standing = pl.DataFrame(
        {
            "subject_kind": ["achievement", "achievement", "case"], "subject": ["a1", "a1", "c1"],
            "scale": ["trl", "crl", "tmrl"], "supported": [7, 3, 9], "verified": [4, None, 9],
            "answered": [5, 0, 4], "on": [AS_OF] * 3,
        }
    )  # fmt: skip
    found = readiness_readings(CASES, standing)
    assert found.select("dimension", "level", "grade").rows() == [("function", 7, "E1"), ("function", 4, "E2")]
    row = maturity(CASES, Registry(), AS_OF, given=found).row(0, named=True)
    assert row["level"] == 5, "seven by documents counts for five, four by a verified checklist for four"


def test_ids_with_quotes_stay_sound_reasons() -> None:
    odd = {"dimension": "function", "level": 3, "evidence": 'a"b\\c'}
    why = maturity(CASES, Registry({"evidence": evidence(odd)}), AS_OF)["why"][0]
    assert list(Why.from_json(why).args["sources"]) == ['a"b\\c']


# ----------------------------------------------------------------------------------------------------------- lapsing


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(ROWS, st.one_of(st.none(), st.integers(0, 40))), max_size=12))
def test_what_runs_out_is_told_for_the_day_after_and_never_raises_what_is_secured(rows: list[Any]) -> None:
    dated = [{**row, "valid_to": None if days is None else AS_OF + timedelta(days)} for row, days in rows]
    registry = Registry({"evidence": evidence(*dated)})
    secured = maturity(CASES, registry, AS_OF).row(-1, named=True)["low"] or 0
    found = lapses(CASES, registry, AS_OF)
    assert found["on"].to_list() == sorted({AS_OF + timedelta(days + 1) for _, days in rows if days is not None})
    for row in found.iter_rows(named=True):
        then = maturity(CASES, registry, row["on"]).row(-1, named=True)
        assert (row["level"], row["low"], row["high"]) == (then["level"], then["low"], then["high"])
        assert (row["low"] or 0) <= secured
        secured = row["low"] or 0


def test_evidence_of_tomorrow_does_not_make_up_for_what_runs_out_today() -> None:
    ends = {"dimension": "market", "level": 5, "valid_to": AS_OF}
    starts = {"dimension": "market", "level": 9, "valid_from": AS_OF + timedelta(1)}
    found = lapses(CASES, Registry({"evidence": evidence(ends, starts)}), AS_OF)
    assert found.select("level", "evidence").rows() == [(None, ["e0"])]
