"""Fast lanes, approvals and branches in a plan, on dates counted by hand; and which pathway a pair gets."""

from __future__ import annotations

from datetime import date
from importlib import resources
from typing import Any

import polars as pl
import pytest

from tongtu import pathway
from tongtu.registry import Registry
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.why import Why
from tongtu.terms.words import say

MONDAY = date(2026, 11, 23)
TEXT = """
id: p
version: "1"
zh: 路径
en: Pathway
since: 2026-01-01
source: ours
grade: ours
default: true
stages:
  - {stage: disclosure, days: {1: 10}, gate: {id: G1, zh: 评审, en: Review, owner: holder,
     approvals: [capital, demander],
     decide_within: 5, missed: {then: hold}, criteria: [{scale: trl, at_least: 2}]}}
  - {stage: pilot, after: [disclosure], days: {1: 15}, optional: true,
     parallel: {least: 1, most: 5, partners: 4, keep: 2},
     gate: {id: G2, zh: 中试, en: Pilot, owner: demander, decide_within: 5, missed: {then: hold},
     criteria: [{scale: trl, at_least: 6}]}}
lanes:
  - {lane: green, zh: 绿色通道, en: Green lane, risk_owner: demander, waives: [G1], days_factor: 0.5, decide_within: 2,
     conditions: [{scale: trl, at_least: 4}], source: ours, grade: ours}
"""


def laid(lane: str | None) -> pathway.Layout:
    cases = pl.DataFrame(
        {"case": ["C"], "need": ["N"], "achievement": ["A"], "lane": [lane]}, schema_overrides={"lane": pl.String}
    )
    registry = Registry(
        {"achievements": pl.DataFrame({"achievement": ["A"], "organisation": ["O"], "title": ["t"], "text": ["t"]})}
    )
    return pathway.lay_out(cases, registry, pathway.load({"p": TEXT}), WorkCalendar(), MONDAY)


def dates(found: pathway.Layout) -> list[tuple[date, date]]:
    return [(row["start"], row["due"]) for row in found.steps.to_dicts()]


def codes(found: pathway.Layout) -> list[set[str]]:
    return [{part.code for part in Why.from_json(text).parts} for text in found.steps["why"]]


def test_without_a_lane_one_stage_follows_the_other() -> None:
    found = laid(None)
    assert dates(found) == [(MONDAY, date(2026, 12, 14)), (date(2026, 12, 14), date(2027, 1, 11))]
    first, second = codes(found)
    assert "pathway.approvals" in first
    assert {"pathway.in-branches", "pathway.optional"} <= second
    for text in found.steps["why"]:
        assert all(say(Why.from_json(text), lang) for lang in ("zh", "en"))


def test_a_lane_halves_the_work_and_a_waived_gate_holds_nothing_up() -> None:
    found = laid("green")
    # 5 working days of 10, decided within 2; the pilot's 15 become 8, beside it from the same Monday
    assert dates(found) == [(MONDAY, date(2026, 12, 2)), (MONDAY, date(2026, 12, 7))]
    first, second = codes(found)
    assert "pathway.waived" in first
    assert "pathway.on-lane" in second
    assert found.cases["finish"].to_list() == [date(2026, 12, 7)]
    assert "需求方" in say(Why.from_json(found.steps["why"][0]), "zh"), "the reason names who carries the risk"


def test_a_lane_that_the_pathway_lacks_changes_no_date() -> None:
    assert dates(laid("blue")) == dates(laid(None))
    assert all("pathway.no-such-lane" in found for found in codes(laid("blue")))


def test_every_step_says_what_it_is_comparable_to() -> None:
    found = pathway.load({"p": TEXT.replace("stage: pilot", "stage: trial_use, phase: pilot, zh: 试用, en: Trial use")})
    cases = pl.DataFrame({"case": ["C"], "need": ["N"], "achievement": ["A"]})
    steps = pathway.lay_out(cases, Registry(), found, WorkCalendar(), MONDAY).steps
    assert steps.columns[2:4] == ["stage", "phase"]
    assert steps.select("stage", "phase").rows() == [("disclosure", "disclosure"), ("trial_use", "pilot")]
    assert "试用" in say(Why.from_json(steps["why"][1]), "zh")


@pytest.mark.parametrize(
    ("ways", "chosen"),
    [
        (["licence"], "standard"),
        (["licence", "spin_out"], "standard"),
        (["spin_out"], "spin_out"),
        (["challenge"], "challenge"),
        (["research"], "applied_research"),
        (["secondment", "platform"], "platform_building"),
        (None, "standard"),
    ],
)
def test_the_default_keeps_a_pair_unless_another_is_written_for_its_ways(ways: list[str] | None, chosen: str) -> None:
    folder = resources.files("tongtu.packs") / "cn/pathways"
    found = pathway.load({file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()})
    schema: dict[str, Any] = {
        "case": pl.String,
        **dict.fromkeys(("need_cooperation", "achievement_cooperation"), pl.List(pl.String)),
    }
    cases = pl.DataFrame([("C", ways, ways)], schema=schema, orient="row")
    key = pathway.choose(cases, found, date(2026, 11, 21))["pathway"][0]
    assert key == f"{chosen}@2026.1"
    assert found[key].side != "buyer"
