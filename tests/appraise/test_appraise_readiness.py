"""Readiness: open is not no, what is said carries forward, evidence holds or it does not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tongtu import packs
from tongtu.appraise.readiness import answered, differences, standing
from tongtu.registry import Registry, vocabularies
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, say

DAY = date(2026, 6, 1)
PACK = packs.load("cn")
LISTS = PACK.sheet("checklists")
#: two questions a level, three levels; b of level 2 is advisable only
SMALL = pl.DataFrame(
    [("trl", level, f"q{level}{x}", "no" if (level, x) == (2, "b") else None) for level in (1, 2, 3) for x in "ab"],
    schema=["scale", "level", "question", "required"], orient="row",
).with_columns(
    pl.lit("问").alias("zh"), pl.lit("asks").alias("en"), pl.lit("test_report").alias("asks"),
    *(pl.lit(None, pl.Date).alias(name) for name in ("since", "until")),
)  # fmt: skip
LEVELS = ("claimed", "supported", "verified")


def answer(question: str, said: str = "yes", evidence: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    row = {"subject_kind": "achievement", "subject": "A1", "scale": "trl", "question": question, "said": said,
           "evidence": list(evidence), "assessor": "P1", "on": date(2026, 1, 1), **more}  # fmt: skip
    return {"answer": f"{question}-{row['assessor']}-{row['on']}-{row['subject']}", **row}


def proof(name: str, grade: str = "E1", **more: Any) -> dict[str, Any]:
    return {"evidence": name, "subject_kind": "achievement", "subject": "A1", "kind": "test_report", "grade": grade,
            "dated": date(2025, 1, 1), **more}  # fmt: skip


def records(answers: list[dict[str, Any]], evidence: tuple[dict[str, Any], ...] = (), **more: Any) -> Registry:
    tables = {"answers": answers, "evidence": list(evidence), **more}
    return Registry({k: pl.DataFrame(v, infer_schema_length=None) for k, v in tables.items() if v})


def stand(found: Registry, day: date = DAY, lists: pl.DataFrame = SMALL, **more: Any) -> dict[str, Any]:
    frame = standing(found["answers"], lists, found["evidence"], as_of=day, assessments=found["assessments"], **more)
    assert frame.height == 1
    return frame.row(0, named=True)


def levels(row: dict[str, Any]) -> tuple[int | None, ...]:
    return tuple(row[name] for name in LEVELS)


def test_levels_build_on_one_another_and_advice_does_not_gate() -> None:
    found = records([answer("q1a"), answer("q1b"), answer("q2a"), answer("q2b", "no"), answer("q3b")])
    row = stand(found)
    assert (row["claimed"], row["claimed_stop"], row["highest"]) == (2, "q3a", 3)


def test_unanswered_is_unknown_and_denied_is_zero() -> None:
    unknown, denied = stand(records([answer("q3a")])), stand(records([answer("q1a", "no")]))
    assert (unknown["claimed"], unknown["highest"], unknown["claimed_stop"]) == (None, 3, "q1a")
    assert (denied["claimed"], denied["highest"]) == (0, 0)
    assert stand(records([answer("q1a", "partly")]))["claimed"] == 0, "partly is not yes"


def test_claimed_supported_verified_by_what_stands_behind_each_yes() -> None:
    answers = [answer("q1a", evidence=("e2",)), answer("q1b", evidence=("e2",)), answer("q2a", evidence=("e1",)),
               answer("q3a", evidence=("e0",)), answer("q3b")]  # fmt: skip
    row = stand(records(answers, (proof("e0", "E0"), proof("e1"), proof("e2", "E2"))))
    assert levels(row) == (3, 2, 1)
    assert (row["supported_stop"], row["verified_stop"]) == ("q3a", "q2a")
    assert (row["evidence"], row["grade"]) == (["e1", "e2"], "E1")


def test_an_independent_assessor_verifies_what_a_document_supports() -> None:
    mine = [answer("q1a", evidence=("e1",)), answer("q1b", evidence=("e1",))]
    theirs = [answer(q, evidence=("e1",), assessor="P2", independent=True) for q in ("q1a", "q1b")]
    row = stand(records([*mine, *theirs], (proof("e1"),)))
    assert levels(row) == (1, 1, 1)
    assert (row["assessors"], row["independents"]) == (2, 1)
    silent = [row | {"evidence": []} for row in theirs]
    assert levels(stand(records([*mine, *silent], (proof("e1"),)))) == (1, 1, 1), "who confirms need not cite again"
    halves = stand(records([mine[0], theirs[1]], (proof("e1"),)))
    assert (halves["assessors"], halves["independents"]) == (2, 1), "each counts once, however questions are shared"
    alone = stand(records([answer("q1a", assessor="P2", independent=True), answer("q1b")]))
    assert levels(alone) == (1, None, None), "without evidence an independent yes is a claim as well"


def test_whoever_contradicts_stops_support_but_not_the_claim() -> None:
    answers = [answer("q1a", evidence=("e2",)), answer("q1b", evidence=("e2",)),
               answer("q1b", "no", assessor="P2", independent=True)]  # fmt: skip
    row = stand(records(answers, (proof("e2", "E2"),)))
    assert levels(row) == (1, None, None)


def test_not_applicable_needs_a_reason_and_never_makes_a_level() -> None:
    yes = [answer("q1a", evidence=("e1",)), answer("q1b", evidence=("e1",))]
    aside = [answer(q, "not_applicable") for q in ("q2a", "q2b")]
    row = stand(records([*yes, *aside], (proof("e1"),)))
    assert levels(row) == (1, 1, None), "a level on which nothing is yes is passed, not reached"
    reached = [*yes, *aside, answer("q3a", evidence=("e1",)), answer("q3b", evidence=("e1",))]
    assert levels(stand(records(reached, (proof("e1"),)))) == (3, 1, None), "no reason was given"
    reasons = [row | {"note": "无此部件"} if row["said"] == "not_applicable" else row for row in reached]
    assert levels(stand(records(reasons, (proof("e1"),)))) == (3, 3, None)


def test_answers_carry_forward_until_the_same_person_answers_anew() -> None:
    first = [answer(q, evidence=("e1",)) for q in ("q1a", "q1b")]
    later = answer("q1a", "no", on=date(2026, 3, 1))
    found = records([*first, later], (proof("e1"),))
    assert stand(found, date(2026, 2, 28))["claimed"] == 1
    assert stand(found)["claimed"] == 0
    other = records([*first, answer("q2a", assessor="P2", on=date(2026, 3, 1))], (proof("e1"),))
    assert stand(other)["claimed"] == 2, "another person's answers stand beside the first"


def test_what_was_recorded_later_was_not_known() -> None:
    rows = [answer("q1a"), answer("q1b"), answer("q1b", "no", on=date(2026, 2, 1), recorded_at=date(2026, 5, 1))]
    found = records(rows)
    assert stand(found, date(2026, 3, 1))["claimed"] == 1
    assert stand(found, date(2026, 3, 1), known_at=DAY)["claimed"] == 0


@pytest.mark.parametrize(
    ("more", "list_name"),
    [({"valid_to": date(2026, 5, 31)}, "expired"), ({"dated": date(2026, 1, 2)}, "late"),
     ({"valid_from": date(2026, 7, 1)}, "late"), ({"recorded_at": date(2026, 7, 1)}, "")],
    ids=["expired", "after the answer", "not in force", "not known"],
)  # fmt: skip
def test_evidence_that_does_not_hold_supports_nothing(more: dict[str, Any], list_name: str) -> None:
    found = records([answer(q, evidence=("e",)) for q in ("q1a", "q1b")], (proof("e", "E3", **more),))
    row = stand(found)
    assert levels(row) == (1, None, None)
    for name in ("expired", "late"):
        assert row[name] == (["e"] if name == list_name else [])


def test_a_level_said_as_such_is_a_claim_and_where_nothing_else_is_said_more() -> None:
    said = {"assessment": "S1", "subject_kind": "achievement", "subject": "A1", "scale": "trl", "level": 3,
            "status": "verified", "assessor": "P9", "independent": True, "on": date(2026, 1, 5),
            "evidence": ["e1"]}  # fmt: skip
    alone = stand(records([], (proof("e1"),), assessments=[said]))
    assert (*levels(alone), alone["basis"]) == (3, 3, 3, "assessment")
    assert levels(stand(records([], (proof("e1", "E0"),), assessments=[said]))) == (3, None, None)
    beside = stand(records([answer("q1a"), answer("q1b")], (proof("e1"),), assessments=[said]))
    assert (*levels(beside), beside["basis"], beside["assessed"]) == (3, None, None, "assessment", 3)
    both = stand(records([answer("q1a"), answer("q1b")], assessments=[said | {"level": 1}]))
    assert both["basis"] == "both"
    with pytest.raises(DataRefused, match=r"S1.*level 9.*top level 3"):
        stand(records([], assessments=[said | {"level": 9}]))


def test_bad_input_is_named_all_at_once() -> None:
    lists = pl.concat([SMALL.filter(pl.col("level") != 2), SMALL.head(1), SMALL.head(1).with_columns(
        pl.lit("mrl").alias("scale"), pl.lit("m1").alias("question"))])  # fmt: skip
    found = records([answer("nope"), answer("m1")])
    with pytest.raises(DataRefused) as refused:
        standing(found["answers"], lists, found["evidence"], as_of=DAY)
    for lang in LANGUAGES:
        told = refused.value.say(lang)
        assert all(part in told for part in ("q1a", "2", "nope", "m1", "mrl"))
        assert len(refused.value.faults) == 4


def test_a_retired_question_no_longer_counts() -> None:
    retired = SMALL.with_columns(until=pl.when(pl.col("question") == "q1b").then(pl.lit(date(2026, 1, 31))))
    found = records([answer("q1a"), answer("q1b", "no")])
    assert stand(found, date(2026, 1, 15), retired)["claimed"] == 0
    assert stand(found, lists=retired)["claimed"] == 1


def test_differences_name_the_answers_and_the_evidence_that_moved_a_level() -> None:
    answers = [answer("q1a", evidence=("e1",)), answer("q1b", evidence=("e2",)),
               answer("q2a", evidence=("e1",), on=date(2026, 3, 1))]  # fmt: skip
    found = records(answers, (proof("e1"), proof("e2", valid_to=date(2026, 4, 1))))
    moved = differences(found["answers"], SMALL, found["evidence"], before=date(2026, 2, 1), after=DAY)
    rows = {row["status"]: row for row in moved.iter_rows(named=True)}
    up, down = rows["claimed"], rows["supported"]
    assert (up["before"], up["after"], up["moved"]) == (1, 2, 1)
    assert (up["questions"], up["answers"], up["gained"]) == (["q2a"], [answers[2]["answer"]], ["e1"])
    assert (down["before"], down["after"], down["moved"]) == (1, None, None)
    assert (down["questions"], down["lost"]) == (["q1b", "q2a"], ["e2"])
    same = differences(found["answers"], SMALL, found["evidence"], before=DAY, after=DAY)
    assert same.is_empty()
    for lang in LANGUAGES:
        assert "e2" in say(Why.from_json(down["why"]), lang)


SAID = st.sampled_from(["yes", "no", "partly", "not_applicable"])
ROWS = st.lists(
    st.tuples(st.sampled_from(["q1a", "q1b", "q2a", "q2b", "q3a", "q3b"]), SAID, st.sampled_from(["P1", "P2"]),
              st.integers(0, 200), st.sampled_from(["e0", "e1", "e2"]), st.booleans()),
    max_size=14,
)  # fmt: skip


@settings(max_examples=40)
@given(ROWS, st.randoms())
def test_verified_never_exceeds_supported_nor_supported_claimed(rows: list[Any], shuffle: Any) -> None:
    answers = [
        answer(q, said, (e,), assessor=who, independent=own, on=date(2025, 12, 1) + timedelta(days))
        | {"answer": f"a{i}", "note": "x"} for i, (q, said, who, days, e, own) in enumerate(rows)
    ]  # fmt: skip
    evidence = (proof("e0", "E0"), proof("e1"), proof("e2", "E2", valid_to=date(2026, 3, 1)))
    found = records(answers, evidence)
    frame = standing(found["answers"], SMALL, found["evidence"], as_of=DAY)
    for row in frame.iter_rows(named=True):
        claimed, supported, verified = (-1 if row[name] is None else row[name] for name in LEVELS)
        assert verified <= supported <= claimed <= (-1 if row["highest"] is None else row["highest"])
    shuffle.shuffle(answers)
    mixed = records(answers, evidence)
    assert_frame_equal(frame, standing(mixed["answers"].sample(fraction=1.0, shuffle=True, seed=1), SMALL,
                                       mixed["evidence"], as_of=DAY))  # fmt: skip


@settings(max_examples=25)
@given(ROWS, st.sampled_from(["q1a", "q1b", "q2a", "q3a", "q3b"]))
def test_one_more_yes_with_evidence_never_lowers_a_claim(rows: list[Any], question: str) -> None:
    answers = [answer(q, said, assessor=who) | {"answer": f"a{i}", "on": date(2026, 1, 1) + timedelta(i)}
               for i, (q, said, who, *_) in enumerate(rows)]  # fmt: skip
    more = [*answers, answer(question, assessor="P3") | {"answer": "more"}]
    before = records(answers or [answer("q2b", "no")])
    one, two = (stand(found)["claimed"] for found in (before, records(more)))
    assert (two or 0) >= (one or 0 if answers else 0), "a contradiction may make a denied level unknown, never lower"


def test_the_shipped_checklists_ask_every_level_of_every_scale_in_both_languages() -> None:
    tops = dict(LISTS.group_by("scale").agg(pl.col("level").max()).rows())
    wanted = dict.fromkeys(("trl", "irl", "crl", "iprl", "tmrl", "frl"), 9) | {"mrl": 10, "brl": 7, "arl": 7}
    assert tops == wanted
    assert set(tops) == set(vocabularies()["readiness_scale"])
    assert LISTS["grade"].unique().to_list() == ["ours"]
    assert LISTS["question"].n_unique() == LISTS.height
    for _, rows in LISTS.group_by("scale", "level"):
        assert 2 <= rows.height <= 4
        assert (rows["required"].fill_null("yes") != "no").any()
    assert LISTS["zh"].str.contains(r"[\x{4e00}-\x{9fff}]").all()
    assert LISTS["zh"].str.contains("？").all()
    assert LISTS["en"].str.contains(r"\?").all()
    assert not LISTS["en"].str.contains(r"[\x{4e00}-\x{9fff}]").any()
    kinds = set(vocabularies()["evidence_kind"])
    assert set(LISTS["asks"].drop_nulls()) <= kinds


def test_full_evidence_reaches_the_top_of_every_shipped_scale() -> None:
    rows = [answer(q, evidence=("e2",), scale=scale) for scale, q in LISTS.select("scale", "question").rows()]
    found = records(rows, (proof("e2", "E2"),))
    frame = standing(found["answers"], LISTS, found["evidence"], as_of=DAY)
    assert (frame["verified"] == frame["top"]).all()
    assert frame["verified_stop"].null_count() == frame.height
    off = answered(found["answers"], LISTS, found["evidence"], as_of=DAY)
    assert off.filter(~pl.col("fits")).height > 0, "one kind of evidence cannot be what every question asks for"
    for why in frame["why"]:
        assert all(say(Why.from_json(why), lang) for lang in LANGUAGES)
