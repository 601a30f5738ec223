"""Maturity: evidence is capped, the weakest required link gates, unknown stays unknown, more never lowers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise import maturity
from tongtu.appraise.maturity import maturity_scale
from tongtu.registry import Registry, vocabularies
from tongtu.terms.why import Why
from tongtu.terms.words import missing, say

AS_OF = date(2026, 11, 22)
CASES = pl.DataFrame({"case": ["c1"], "need": ["n1"], "achievement": ["a1"], "direction": [None], "region": [None]})
DIMENSIONS = tuple(d.code for d in maturity_scale().dimensions)
REQUIRED = tuple(d.code for d in maturity_scale().required)


def evidence(*rows: dict[str, Any]) -> pl.DataFrame:
    blank = {"subject_kind": "achievement", "subject": "a1", "kind": "document", "grade": "E4"}
    filled = [{**blank, "evidence": f"e{n}", **row} for n, row in enumerate(rows)]
    schema = Registry()["evidence"].schema
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in filled], schema=schema)


def assessments(*rows: dict[str, Any]) -> pl.DataFrame:
    blank = {"subject_kind": "achievement", "subject": "a1", "scale": "trl", "on": date(2026, 1, 1)}
    filled = [{**blank, "assessment": f"s{n}", **row} for n, row in enumerate(rows)]
    schema = Registry()["assessments"].schema
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in filled], schema=schema)


def achievement(trl: int | None = None, mrl: int | None = None) -> pl.DataFrame:
    types = {"achievement": pl.String, "trl": pl.Int64, "mrl": pl.Int64}
    return pl.DataFrame([("a1", trl, mrl)], schema=types, orient="row")


def appraised(**tables: pl.DataFrame) -> dict[str, dict[str, Any]]:
    frame = maturity(CASES, Registry(tables), AS_OF)
    return {row["dimension"]: row for row in frame.iter_rows(named=True)}


def shown(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["claimed"], row["level"], row["low"], row["high"], row["grade"], row["weakest"]


def every(level: int, grade: str = "E4") -> list[dict[str, Any]]:
    return [{"dimension": code, "level": level, "grade": grade} for code in REQUIRED]


def test_the_scale_knows_the_vocabulary_and_says_what_would_settle_each_dimension() -> None:
    assert list(vocabularies()["maturity_dimension"]) == list(DIMENSIONS)
    assert list(vocabularies()["evidence_grade"]) == list(maturity_scale().caps)
    assert [fault for code in DIMENSIONS for fault in missing(f"appraise.settle-{code}")] == []


def test_nothing_said_is_unknown_not_zero() -> None:
    rows = appraised()
    assert list(rows) == [*DIMENSIONS, "overall"]
    for code, row in rows.items():
        assert shown(row)[:5] == (None,) * 5, code
    assert "检测报告" in say(Why.from_json(rows["function"]["why"]))
    assert say(Why.from_json(rows["overall"]["why"]), "en").startswith("no level")


def test_a_claim_alone_is_an_upper_end_and_no_level() -> None:
    rows = appraised(achievements=achievement(trl=7))
    assert shown(rows["function"]) == (7, None, None, 7, None, None)
    assert shown(rows["overall"]) == (None, None, None, 7, None, False)


@pytest.mark.parametrize(("grade", "level"), [("E0", 3), ("E1", 5), ("E2", 6), ("E3", 7), ("E4", 9)])
def test_a_level_is_capped_by_the_grade_of_its_evidence(grade: str, level: int) -> None:
    row = appraised(evidence=evidence({"dimension": "pilot", "level": 9, "grade": grade}))["pilot"]
    assert (row["level"], row["grade"]) == (level, grade)
    assert ("E4" in say(Why.from_json(row["why"]))) is True
    assert ("因等级不足" in say(Why.from_json(row["why"]))) is (grade != "E4")


def test_the_grade_is_that_of_the_evidence_behind_the_level() -> None:
    low_but_sure = {"dimension": "ip", "level": 2, "grade": "E4"}
    rows = appraised(evidence=evidence({"dimension": "ip", "level": 5, "grade": "E1"}, low_but_sure))
    assert shown(rows["ip"]) == (None, 5, 5, 9, "E1", False)


def test_a_self_statement_is_also_a_claim() -> None:
    row = appraised(evidence=evidence({"dimension": "cost", "level": 8, "grade": "E0"}))["cost"]
    assert (row["claimed"], row["level"], row["high"]) == (8, 3, 8)


def test_the_weakest_required_dimension_gates_and_nothing_is_averaged() -> None:
    rows = appraised(evidence=evidence(*every(9), {"dimension": "market", "level": 4, "evidence": "x"}))
    assert rows["overall"]["level"] == 9
    gated = evidence(*[e for e in every(9) if e["dimension"] != "market"], {"dimension": "market", "level": 4})
    rows = appraised(evidence=gated)
    assert shown(rows["overall"])[1:4] == (4, None, 9), "the others may come to nothing, which secures no level"
    assert [code for code in DIMENSIONS if rows[code]["weakest"]] == ["market"]


def test_a_dimension_that_is_not_required_counts_by_its_weight() -> None:
    rows = appraised(evidence=evidence(*every(6), {"dimension": "standards", "level": 1}))
    assert rows["overall"]["level"] == 6
    assert rows["standards"]["weakest"] is False
    behind = [{"dimension": code, "level": 4} for code in ("supply_chain", "safety", "ip")]
    rows = appraised(evidence=evidence(*every(6), *behind))
    assert rows["overall"]["level"] == 4, "no gate lags, but weights 5 of 20 do, and 4 may"
    assert [code for code in DIMENSIONS if rows[code]["weakest"]] == ["supply_chain", "safety", "ip"]


def test_all_ten_known_leave_nothing_open() -> None:
    rows = appraised(evidence=evidence(*({"dimension": code, "level": 7} for code in DIMENSIONS)))
    assert shown(rows["overall"])[1:5] == (7, 7, 9, "E4")
    top = appraised(evidence=evidence(*({"dimension": code, "level": 10} for code in DIMENSIONS)))
    assert top["overall"]["level"] == 9
    assert not any(row["weakest"] for row in top.values()), "at the top nothing holds a case down"
    assert "满级" in say(Why.from_json(top["overall"]["why"]))


def test_an_unknown_required_dimension_opens_the_lower_end() -> None:
    known = [row for row in every(6) if row["dimension"] != "pilot"]
    rows = appraised(evidence=evidence(*known), achievements=achievement(trl=8, mrl=7))
    assert shown(rows["overall"])[1:4] == (6, None, 7)
    assert rows["pilot"]["weakest"] is None
    assert "中试批次" in say(Why.from_json(rows["overall"]["why"]))


def test_nobody_stands_above_a_claim() -> None:
    known = [row for row in every(6) if row["dimension"] != "manufacturing"]
    rows = appraised(evidence=evidence(*known), achievements=achievement(mrl=3))
    assert shown(rows["overall"])[1:4] == (3, None, 3)
    assert rows["manufacturing"]["weakest"] is True


@pytest.mark.parametrize(
    ("dates", "holds"),
    [
        ({}, True),
        ({"valid_from": AS_OF, "valid_to": AS_OF}, True),
        ({"valid_from": AS_OF + timedelta(1)}, False),
        ({"valid_to": AS_OF - timedelta(1)}, False),
        ({"dated": AS_OF + timedelta(1)}, False),
    ],
)
def test_evidence_counts_on_the_days_it_holds(dates: dict[str, date], holds: bool) -> None:
    row = appraised(evidence=evidence({"dimension": "safety", "level": 5, **dates}))["safety"]
    assert row["level"] == (5 if holds else None)
    assert ("当日无效" in say(Why.from_json(row["why"]))) is not holds


def test_evidence_of_the_case_counts_and_that_of_others_does_not() -> None:
    own = {"dimension": "cost", "level": 4, "subject_kind": "case", "subject": "c1"}
    other = {"dimension": "cost", "level": 9, "subject_kind": "case", "subject": "a1"}
    assert appraised(evidence=evidence(own, other))["cost"]["level"] == 4


def test_assessments_count_by_their_status_and_the_evidence_they_cite() -> None:
    claimed = {"level": 8, "status": "claimed"}
    supported = {"level": 7, "status": "supported"}
    verified = {"level": 7, "status": "verified"}
    assert shown(appraised(assessments=assessments(claimed))["function"])[:4] == (8, None, None, 8)
    assert appraised(assessments=assessments(supported))["function"]["level"] == 5
    assert appraised(assessments=assessments(verified))["function"]["level"] == 6
    cited = assessments({**verified, "evidence": ["e0"]})
    accepted = evidence({"grade": "E3"})
    assert appraised(assessments=cited, evidence=accepted)["function"]["level"] == 7
    late = evidence({"grade": "E3", "valid_to": AS_OF - timedelta(1)})
    assert appraised(assessments=cited, evidence=late)["function"]["level"] == 6


def test_the_latest_assessment_of_a_status_stands_and_the_future_is_not_seen() -> None:
    rows = [
        {"level": 6, "status": "verified", "on": date(2025, 1, 1)},
        {"level": 4, "status": "verified", "on": date(2026, 1, 1)},
        {"level": 9, "status": "verified", "on": AS_OF + timedelta(1)},
    ]
    assert appraised(assessments=assessments(*rows))["function"]["level"] == 4


def test_scales_that_are_no_dimension_are_left_alone() -> None:
    rows = appraised(assessments=assessments({"scale": "tmrl", "level": 9, "status": "verified"}))
    assert all(row["level"] is None for row in rows.values())


def test_levels_never_leave_their_scale() -> None:
    rows = appraised(evidence=evidence({"dimension": "ip", "level": 10}, {"dimension": "manufacturing", "level": 10}))
    assert (rows["ip"]["level"], rows["manufacturing"]["level"]) == (9, 10)


def test_no_cases_no_rows() -> None:
    frame = maturity(CASES.clear(), Registry(), AS_OF)
    assert frame.height == 0
    assert frame.schema == maturity(CASES, Registry(), AS_OF).schema


ROWS = st.fixed_dictionaries(
    {
        "dimension": st.sampled_from(DIMENSIONS),
        "level": st.integers(1, 10),
        "grade": st.sampled_from(list(maturity_scale().caps)),
        "valid_from": st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2027, 12, 31))),
    }
)


@settings(max_examples=12, deadline=None)
@given(st.lists(ROWS, max_size=12), ROWS, st.randoms(use_true_random=False))
def test_more_evidence_never_lowers_a_level_and_order_never_matters(rows: list[Any], more: Any, chance: Any) -> None:
    before = appraised(evidence=evidence(*rows), achievements=achievement(trl=6))
    numbered = [{**row, "evidence": f"e{n}"} for n, row in enumerate([*rows, more])]
    after = appraised(evidence=evidence(*numbered), achievements=achievement(trl=6))
    for code in DIMENSIONS:
        assert (after[code]["level"] or 0) >= (before[code]["level"] or 0)
    chance.shuffle(numbered)
    assert after == appraised(evidence=evidence(*numbered), achievements=achievement(trl=6))


@settings(max_examples=12, deadline=None)
@given(st.lists(ROWS, max_size=16), st.one_of(st.none(), st.integers(1, 9)), st.one_of(st.none(), st.integers(1, 10)))
def test_every_interval_holds_its_level_and_the_whole_obeys_its_gates(
    rows: list[Any], trl: int | None, mrl: int | None
) -> None:
    found = appraised(evidence=evidence(*rows), achievements=achievement(trl, mrl))
    for row in found.values():
        assert row["level"] is None or (row["low"] or 0) <= row["level"] <= row["high"]
    whole = found["overall"]
    known = [found[code]["level"] for code in REQUIRED if found[code]["level"] is not None]
    assert (whole["level"] is None) == (not known)
    if all(found[code]["level"] is not None for code in DIMENSIONS):
        assert whole["level"] == whole["low"]
    if known:
        assert whole["level"] <= min(known)
        assert (whole["level"] == 9) != any(found[code]["weakest"] for code in DIMENSIONS)
