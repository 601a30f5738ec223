"""Where cases enter, what is dated, who helps: checked on cases counted by hand and on random ones."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from importlib import resources
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import pathway
from tongtu.pathway.evidence import PRECEDENCE
from tongtu.registry import Registry
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.faults import PackRefused
from tongtu.terms.why import Why
from tongtu.terms.words import missing, say

AS_OF = date(2026, 11, 21)
Pathways = dict[str, pathway.Pathway]


def standard_alone() -> str:
    text = (resources.files("tongtu.packs") / "cn/pathways/standard.yaml").read_text(encoding="utf-8")
    return text.replace("buyer: buyer\n", "")


def whys(frame: pl.DataFrame) -> list[Why]:
    return [Why.from_json(text) for text in frame["why"]]


def codes(why: Why) -> set[str]:
    return {why.code, *(code for part in why.parts for code in codes(part))}


def step(layout: pathway.Layout, case: str, gate: str) -> Mapping[str, Any]:
    (row,) = layout.steps.filter(pl.col("case") == case, pl.col("gate") == gate).to_dicts()
    return row


@pytest.fixture
def layout(cases: pl.DataFrame, registry: Registry, pathways: Pathways, calendar: WorkCalendar) -> pathway.Layout:
    return pathway.lay_out(cases, registry, pathways, calendar, AS_OF)


def test_columns_are_those_of_the_chain(layout: pathway.Layout) -> None:
    file = resources.files("tongtu.chain") / "tables.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = [list(row.values()) for row in csv.DictReader(stream)]
    for name in ("cases", "steps"):
        assert getattr(layout, name).columns == [column for table, column, *_ in rows if table == name and column]


def test_evidence_places_a_case(layout: pathway.Layout) -> None:
    """A1 has TRL 6, third-party tests of its function, but only a document from a pilot run."""
    assert [step(layout, "C1", gate)["verdict"] for gate in ("G1", "G2", "G3", "G4")] == [
        "met", "met", "unmet", "unknown",
    ]  # fmt: skip
    met = step(layout, "C1", "G2")
    assert (met["start"], met["due"], met["services"]) == (None, None, [])
    assert "pathway.evidence-unmet" in codes(Why.from_json(step(layout, "C1", "G3")["why"]))


def test_days_counted_by_hand(layout: pathway.Layout) -> None:
    """As of a Saturday: from Monday 23 November 120 working days of pilot, then 15 to decide."""
    pilot = step(layout, "C1", "G3")
    assert pilot["start"] == date(2026, 11, 23)
    assert Why.from_json(pilot["why"]).args["submit"] == date(2027, 5, 10)  # 24 weeks later
    assert pilot["due"] == date(2027, 5, 31)  # three more
    assert step(layout, "C1", "G4")["start"] == pilot["due"]


def test_the_law_has_its_own_step(layout: pathway.Layout) -> None:
    decided, registered = step(layout, "C2", "G2"), step(layout, "C2", "contract_registration")
    assert registered["start"] == decided["due"]
    assert WorkCalendar().working_days_between(registered["start"], registered["due"]) == 15
    assert registered["verdict"] == "manual"
    assert step(layout, "C2", "G3")["start"] == decided["due"], "nobody waits for the registration"


def test_lack_of_data_is_unknown_with_a_reason(registry: Registry, pathways: Pathways, calendar: WorkCalendar) -> None:
    cases = pl.DataFrame({"case": ["C1", "C2", "C3"], "need": ["N1"] * 3, "achievement": ["A2", None, "gone"]})
    layout = pathway.lay_out(cases, registry, pathways, calendar, AS_OF)
    gates = layout.steps.filter(pl.col("gate").str.starts_with("G"))
    assert set(gates["verdict"]) == {"unknown"}
    for case, code in (("C2", "achievement-unsaid"), ("C3", "no-achievement"), ("C1", "level-unknown")):
        assert f"pathway.{code}" in codes(Why.from_json(step(layout, case, "G1")["why"]))
    assert "pathway.trl-unknown" in codes(Why.from_json(step(layout, "C1", "G1")["why"]))


def test_an_empty_registry_still_lays_out(pathways: Pathways, calendar: WorkCalendar) -> None:
    cases = pl.DataFrame({"case": ["C1"], "need": ["N1"], "achievement": ["A1"]})
    layout = pathway.lay_out(cases, Registry(), pathways, calendar, AS_OF)
    assert layout.steps.height == 7
    assert layout.holes.height == 0, "no directory loaded: supply is unknown, not a hole"
    empty = pathway.lay_out(cases.clear(), Registry(), pathways, calendar, AS_OF)
    assert (empty.cases.height, empty.steps.height) == (0, 0)
    assert pathway.jobs(empty.cases, empty.steps, pathways).height == 0


def test_provisional_years_are_said(layout: pathway.Layout) -> None:
    for row in layout.steps.drop_nulls("due").to_dicts():
        assert ("pathway.provisional" in codes(Why.from_json(row["why"]))) == (row["due"].year > 2026)


def test_holes_and_who_serves(
    registry: Registry, cases: pl.DataFrame, pathways: Pathways, calendar: WorkCalendar
) -> None:
    full = registry.replace(
        organisations=pl.DataFrame(
            {"organisation": ["O5"], "name": ["泉城检测"], "name_en": ["Test House"], "kind": ["provider"]}
        ),
        providers=pl.DataFrame(
            {
                "provider": ["P1"], "organisation": ["O5"], "kind": ["testing"], "region": ["sd"],
                "directions": [["d1"]],
            }
        ),
        provider_services=pl.DataFrame(
            {"provider_service": ["S1"], "provider": ["P1"], "gate_service": ["certification"]}
        ),
        platforms=pl.DataFrame(
            {
                "platform": ["L1"], "organisation": ["O5"], "name": ["中试线"], "kind": ["pilot"],
                "region": ["js"], "directions": [["d1", "d2"]],
            }
        ),
    )  # fmt: skip
    layout = pathway.lay_out(cases, full, pathways, calendar, AS_OF)
    assert "pathway.served" in codes(Why.from_json(step(layout, "C1", "G5")["why"]))
    assert "pathway.served-elsewhere" in codes(Why.from_json(step(layout, "C1", "G3")["why"]))
    holes = {(row["service"], row["direction"]): row["cases"] for row in layout.holes.to_dicts()}
    assert ("certification", "d1") not in holes
    assert holes["certification", "d2"] == 1, "the certifier serves d1 alone"
    assert ("pilot_run", "d1") not in holes
    assert holes["market", "d1"] == 1


def test_jobs_for_the_pilot_lines(layout: pathway.Layout, pathways: Pathways) -> None:
    found = pathway.jobs(layout.cases, layout.steps, pathways)
    assert found.select("case", "stage").rows() == [("C1", "pilot"), ("C2", "concept"), ("C2", "pilot")]
    pilot = found.row(0, named=True)
    assert (pilot["stage"], pilot["direction"], pilot["region"]) == ("pilot", "d1", "sd")
    assert (pilot["earliest"], pilot["hours"]) == (date(2026, 11, 23), 240.0)
    assert pilot["categories"] == ["process", "production"]
    assert found["after"].to_list() == [None, None, ["concept"]], "a case's stages follow one another"


def test_choice_follows_what_both_accept(pathways: Pathways) -> None:
    (standard,) = pathways.values()

    def accept(need: list[str] | None, achievement: list[str] | None) -> str:
        cases = pl.DataFrame(
            {"case": ["C"], "need_cooperation": [need], "achievement_cooperation": [achievement]},
            schema={
                "case": pl.String, "need_cooperation": pl.List(pl.String),
                "achievement_cooperation": pl.List(pl.String),
            },
        )  # fmt: skip
        (why,) = whys(pathway.choose(cases, pathways, AS_OF))
        return why.code

    assert accept(["licence", "equity"], ["licence"]) == "pathway.chosen-for"
    assert accept(["licence"], None) == "pathway.chosen-for"
    assert accept(None, None) == "pathway.chosen-unsaid"
    assert accept(["licence"], ["equity"]) == "pathway.no-common-way"
    assert accept(["spin_out"], ["spin_out"]) == "pathway.chosen-default"
    assert "spin_out" not in standard.cooperation


def test_no_pathway_in_force(
    cases: pl.DataFrame, registry: Registry, pathways: Pathways, calendar: WorkCalendar
) -> None:
    with pytest.raises(PackRefused, match="1999"):
        pathway.lay_out(cases, registry, pathways, calendar, date(1999, 1, 1))


def test_evidence_counts_only_on_its_days(
    registry: Registry, cases: pl.DataFrame, pathways: Pathways, calendar: WorkCalendar
) -> None:
    later, before = date(2027, 1, 1), date(2026, 1, 1)
    for column, day in (("valid_from", later), ("recorded_at", later), ("valid_to", before)):
        table = registry["evidence"].with_columns(pl.lit(day).alias(column))
        layout = pathway.lay_out(cases, registry.replace(evidence=table), pathways, calendar, AS_OF)
        assert step(layout, "C1", "G1")["verdict"] == "unknown", column


def test_a_verified_level_counts_as_supported_and_a_claim_does_not(calendar: WorkCalendar) -> None:
    strict = pathway.load({"s": standard_alone().replace("at_least: 4}", "at_least: 4, status: supported}")})

    def verdict(level: int, status: str) -> str:
        one = Registry(
            {
                "achievements": pl.DataFrame(
                    {"achievement": ["A"], "organisation": ["O"], "title": ["t"], "text": ["t"], "trl": [5]}
                ),
                "evidence": pl.DataFrame(
                    {
                        "evidence": ["E"], "subject_kind": ["case"], "subject": ["C"], "kind": ["document"],
                        "dimension": ["function"], "grade": ["E1"],
                    }
                ),
                "assessments": pl.DataFrame(
                    {
                        "assessment": ["S"], "subject_kind": ["achievement"], "subject": ["A"],
                        "scale": ["trl"], "level": [level], "status": [status],
                    }
                ),
            }
        )  # fmt: skip
        cases = pl.DataFrame({"case": ["C"], "need": ["N"], "achievement": ["A"]})
        return str(step(pathway.lay_out(cases, one, strict, calendar, AS_OF), "C", "G2")["verdict"])

    assert verdict(4, "verified") == "met"
    assert verdict(4, "claimed") == "unknown"
    assert verdict(3, "claimed") == "unmet"


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_cases(random: Any) -> None:
    """Row order never matters; a planned stage starts when the one before is decided; every reason speaks."""
    n = 12
    pathways = pathway.load({"s": standard_alone()})
    grades = [f"E{i}" for i in range(5)]
    dimensions = ["ip", "function", "pilot", "manufacturing", "safety", "standards", "cost"]
    achievements = pl.DataFrame(
        {
            "achievement": [f"A{i}" for i in range(n)], "organisation": ["O"] * n, "title": ["t"] * n,
            "text": ["t"] * n, "trl": [random.choice([None, *range(1, 10)]) for _ in range(n)],
            "mrl": [random.choice([None, 5, 9]) for _ in range(n)],
        },
        schema_overrides={"trl": pl.Int64, "mrl": pl.Int64},
    )  # fmt: skip
    evidence = pl.DataFrame(
        {
            "evidence": [f"E{i}" for i in range(5 * n)], "subject_kind": ["achievement"] * 5 * n,
            "subject": [f"A{random.randrange(n)}" for _ in range(5 * n)],
            "kind": [random.choice(["order", "acceptance", "test_report"]) for _ in range(5 * n)],
            "dimension": [random.choice(dimensions) for _ in range(5 * n)],
            "grade": [random.choice(grades) for _ in range(5 * n)],
        }
    )  # fmt: skip
    cases = pl.DataFrame(
        {"case": [f"C{i}" for i in range(n)], "need": ["N"] * n, "achievement": [f"A{i}" for i in range(n)]}
    )
    registry = Registry({"achievements": achievements, "evidence": evidence})
    layout = pathway.lay_out(cases, registry, pathways, WorkCalendar(), AS_OF)
    mixed = registry.replace(achievements=achievements.reverse(), evidence=evidence.reverse())
    again = pathway.lay_out(cases.reverse(), mixed, pathways, WorkCalendar(), AS_OF)
    assert layout.cases.equals(again.cases)
    assert layout.steps.equals(again.steps)
    (standard,) = pathways.values()
    for case, rows in layout.steps.group_by("case"):
        due = {row["stage"]: row["due"] for row in rows.to_dicts() if row["gate"].startswith("G")}
        ready = date(2026, 11, 23)
        for stage in standard.stages:
            row = step(layout, str(case[0]), stage.gate.id)
            assert (row["verdict"] == "met") == (row["start"] is None)
            assert row["start"] in (None, ready)
            ready = due[stage.id] or ready
    for why in [*whys(layout.steps), *whys(layout.cases)]:
        assert [wrong for code in codes(why) for wrong in missing(code)] == []
        assert "{" not in say(why, "zh") + say(why, "en")


@given(st.lists(st.sampled_from(PRECEDENCE), min_size=1))
def test_a_gate_is_the_kleene_conjunction_of_its_criteria(verdicts: list[str]) -> None:
    """Against the three-valued AND of the truth tables, with `manual` between unknown and met."""
    expected = "met"
    for verdict in verdicts:
        if "unmet" in (expected, verdict):
            expected = "unmet"
        elif "unknown" in (expected, verdict):
            expected = "unknown"
        elif "manual" in (expected, verdict):
            expected = "manual"
    assert min(verdicts, key=PRECEDENCE.index) == expected
