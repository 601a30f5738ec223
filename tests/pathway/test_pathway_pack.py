"""The pathways and templates that ship: they load together, are served or show their holes, and claim no more than
their sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from tongtu import packs, pathway, rules
from tongtu.pathway import agreements, gates, reading
from tongtu.pathway.evidence import PRECEDENCE
from tongtu.pathway.model import DECISIONS, Pathway
from tongtu.pathway.services import holes_of
from tongtu.registry import Registry
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.why import Why
from tongtu.terms.words import say

DAY = date(2026, 11, 21)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "pathways.md"
PATHWAYS = [
    "standard", "licence", "assignment", "equity", "joint_development", "use_first", "spin_out", "internal",
    "acquisition", "secondment", "platform_building", "challenge", "basic_research", "applied_research", "buyer",
]  # fmt: skip


@cache
def pack() -> packs.Pack:
    return packs.load("cn")


@cache
def book() -> rules.RuleBook:
    return rules.load(pack().texts("rules"), pack().vocabularies)


@cache
def templates() -> dict[str, agreements.Template]:
    return agreements.load(pack().texts("agreements"), pack().vocabularies)


@cache
def shipped() -> dict[str, Pathway]:
    return pathway.load(pack().texts("pathways"), pack().vocabularies, templates=templates(), book=book())


@pytest.fixture(scope="module", params=PATHWAYS)
def one(request: pytest.FixtureRequest) -> Pathway:
    return shipped()[f"{request.param}@2026.1"]


def test_every_pathway_of_the_issue_ships_and_one_default_at_a_time() -> None:
    assert {path.id for path in shipped().values()} == set(PATHWAYS)
    for day in (DAY, date(2027, 6, 1)):
        assert [path.id for path in shipped().values() if path.default and path.in_force(day)] == ["standard"]


def test_the_order_of_files_changes_nothing() -> None:
    files = list(pack().texts("pathways").items())
    Random(8).shuffle(files)
    assert pathway.load(dict(files)) == pathway.load(dict(sorted(files)))
    assert list(pathway.load(dict(files))) == list(shipped())


def test_working_order_owners_and_words(one: Pathway) -> None:
    place = {stage.id: at for at, stage in enumerate(one.stages)}
    phases = list(vocabularies()["stage"])
    for stage in one.stages:
        assert all(place[before] < place[stage.id] for before in stage.after)
        assert stage.phase in phases
        gate = stage.gate
        assert all((gate.owner, gate.criteria, gate.services))
        assert set(gate.decisions) <= set(DECISIONS)
        assert gate.missed.then != "approve" or gate.missed.to
        for label in (stage.label, gate.label):
            assert all((label.zh, label.en))
    for lane in one.lanes:
        assert all((lane.risk_owner, lane.conditions))
        assert lane.grade == "ours"


def test_one_stage_id_has_one_name_everywhere() -> None:
    names = {(stage.id, stage.label) for path in shipped().values() for stage in path.stages}
    assert len(names) == len({id for id, _ in names})
    for id, label in names:
        assert label == vocabularies()["stage"].get(id, label)


def test_claims_have_their_source(one: Pathway) -> None:
    """Days and roles are ours; the only statutory step with a grade is the registration of technology contracts."""
    assert one.grade == "ours"
    for stage in one.stages:
        for step in stage.statutory:
            assert step.source
            if step.grade != "ours":
                assert (step.id, step.days, step.grade, step.since) == (
                    "contract_registration", 15, "C", date(2026, 1, 23),
                )  # fmt: skip
            else:
                assert step.source.startswith("通途自拟")


def test_what_was_not_found_says_so() -> None:
    assert "没有找到" in shipped()["use_first@2026.1"].source
    assert "没有找到" in (pack().texts("pathways")["use_first.yaml"])


def test_the_challenge_is_the_tournament_of_the_call() -> None:
    """One lead and four partners at most, five shortlisted, a third party's test, two years."""
    path = shipped()["challenge@2026.1"]
    assert (path.side, path.cooperation) == ("call", ("challenge",))
    shortlist, race, test = (path.stage(id).parallel for id in ("answers", "race", "third_party_test"))
    assert shortlist is not None
    assert race is not None
    assert test is not None
    assert (shortlist.partners, shortlist.keep, race.most, race.partners) == (4, 5, 5, 4)
    (independent,) = (c for c in path.stage("third_party_test").gate.criteria if getattr(c, "independent", False))
    assert "evidence" in independent.name
    days = sum(stage.days_at(1) + stage.gate.decide_within for stage in path.stages)
    start = date(2027, 1, 1)
    assert WorkCalendar().add_working_days(start, days) <= start + timedelta(days=730)


def test_the_two_tracks_of_research() -> None:
    basic, applied = shipped()["basic_research@2026.1"], shipped()["applied_research@2026.1"]
    assert (basic.track, applied.track) == ("pure_basic", "applied_basic")
    start = date(2027, 1, 1)
    assert WorkCalendar().add_working_days(start, basic.stage("enquiry").days_at(1)) >= date(2031, 9, 1)
    assert any("lead.kind" in criterion.name for criterion in applied.stages[0].gate.criteria)
    assert sum(stage.id.startswith("milestone") for stage in applied.stages) == 2


def test_branches_run_side_by_side_and_join() -> None:
    path = shipped()["acquisition@2026.1"]
    assert path.stage("decision").after == ("technical_diligence", "legal_diligence")
    laid = _laid(path, _cases(1))
    gates = laid.steps.filter(pl.col("gate").is_in([stage.gate.id for stage in path.stages]))
    start = dict(gates.select("stage", "start").iter_rows())
    assert start["technical_diligence"] == start["legal_diligence"]
    due = dict(laid.steps.group_by("stage").agg(pl.col("due").max()).iter_rows())
    assert start["decision"] == max(due["technical_diligence"], due["legal_diligence"])


def test_the_next_version_of_the_standard_pathway_takes_over_its_cases() -> None:
    old, new = shipped()["standard@2026.1"], shipped()["standard@2027.1"]
    assert [path.in_force(date(2027, 1, 1)) for path in (old, new)] == [False, True]
    assert [new.migrated(old.version, stage.id) for stage in old.stages] == [stage.id for stage in old.stages]
    assert all(
        new.stage(stage.id).gate.decide_within <= stage.gate.decide_within
        and new.stage(stage.id).gate.criteria == stage.gate.criteria
        for stage in old.stages
    )


def _cases(n: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"case": [f"C{i}" for i in range(n)], "need": ["N"] * n, "achievement": ["A"] * n},
        schema_overrides={"lane": pl.String},
    )


def _laid(path: Pathway, cases: pl.DataFrame) -> pathway.Layout:
    alone = {path.key: replace(path, default=True, side="seller")}
    registry = Registry(
        {
            "achievements": pl.DataFrame(
                {"achievement": ["A"], "organisation": ["O"], "title": ["t"], "text": ["t"], "trl": [3]}
            )
        }
    )
    return pathway.lay_out(cases, registry, alone, pack().calendar, DAY, book=book())


def test_every_pathway_can_be_laid_out(one: Pathway) -> None:
    laid = _laid(one, _cases(2))
    assert set(laid.steps["stage"]) == {stage.id for stage in one.stages}
    assert set(laid.steps["verdict"]) <= set(PRECEDENCE)
    assert dict(laid.steps.select("stage", "phase").iter_rows()) == {stage.id: stage.phase for stage in one.stages}
    for text in laid.steps["why"]:
        for lang in ("zh", "en"):
            assert "pathway." not in say(Why.from_json(text), lang)


def test_what_nobody_serves_is_shown(one: Pathway) -> None:
    """Where nobody serves a direction every service is a hole; where one provider does everything there is none."""
    services = {service for stage in one.stages for service in stage.gate.services}
    network = _one_provider_of_everything("d1")
    nobody = holes_of(one, network, "d2")
    assert set(nobody["service"]) >= services
    assert nobody["supply"].unique().to_list() == ["none"]
    assert nobody["whole"].all()
    assert set(nobody["stage"]) == {stage.id for stage in one.stages}
    assert holes_of(one, network, "d1").is_empty()
    assert holes_of(one, Registry())["supply"].unique().to_list() == ["unknown"], "no directory, no hole"


def _one_provider_of_everything(direction: str) -> Registry:
    services = list(vocabularies()["gate_service"])
    tables = {
        "organisations": pl.DataFrame({"organisation": ["O"], "name": ["机构"]}),
        "providers": pl.DataFrame({"provider": ["P"], "organisation": ["O"], "directions": [[direction]]}),
        "provider_services": pl.DataFrame({"provider": ["P"] * len(services), "gate_service": services}),
        "platforms": pl.DataFrame({"platform": ["F"], "name": ["平台"], "kind": ["transfer_centre"]}),
    }
    return Registry(tables)


def test_the_page_on_pathways_shows_what_ships() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for key, path in shipped().items():
        stages, lanes = " → ".join(stage.id for stage in path.stages), ", ".join(lane.id for lane in path.lanes)
        if key != "standard@2027.1":
            assert f"| `{path.id}` | {path.label.zh} | {path.side} | {stages} | {lanes} |" in text


def test_the_example_of_the_page_loads_and_the_python_runs() -> None:
    text = DOCS.read_text(encoding="utf-8")
    yaml, python = (text.split(f"```{lang}\n")[1].split("```")[0] for lang in ("yaml", "python"))
    example = pathway.load({"e": yaml}, pack().vocabularies, templates=templates(), book=book())["example@2027.1"]
    assert example.stage("trial_use").parallel is not None
    assert {type(criterion).__name__ for stage in example.stages for criterion in stage.gate.criteria} == {
        "Level", "Evidence", "Ask", "Rule", "Holds",
    }  # fmt: skip
    names: dict[str, Any] = {}
    exec(python, names)
    licence, ours, theirs = names["licence"], names["ours"], names["theirs"]
    assert len(agreements.permitted(licence, theirs, {"royalty": 0.35})) == 1
    assert [one.clause for one in agreements.differences(licence, ours, theirs)] == ["scope", "fee"]


def test_the_page_names_every_key() -> None:
    text = DOCS.read_text(encoding="utf-8")
    optional = {*reading._HEAD_FREE, *reading._STAGE_FREE, *gates._GATE_FREE, *gates._LANE_FREE} - {"note"}
    assert [key for key in sorted(optional) if f"{key}:" not in text and f"`{key}`" not in text] == []
