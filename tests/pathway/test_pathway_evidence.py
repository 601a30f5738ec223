"""What the rules room says at a gate: a tier of the demander, the holder or the project; a condition of the case."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import rules
from tongtu.pathway import conditions
from tongtu.pathway.evidence import Findings
from tongtu.pathway.model import Criterion, Gate, Holds, Missed, Rule
from tongtu.registry import Registry
from tongtu.terms.why import Label
from tongtu.terms.words import say

DAY = date(2026, 11, 21)
SCHEME = """
scheme: firm
name: {zh: 企业, en: Firm}
subject: organisations
jurisdiction: CN
applies: kind <> 'university'
versions:
  - version: "1"
    in_force: [{from: 2020-01-01, purposes: [new]}]
    cite: {document: d, article: a, source: s, grade: ours}
    tiers:
      - tier: sme
        name: {zh: 中小企业, en: SME}
        all: [{id: kind, name: {zh: 类型, en: Kind}, check: "kind = 'sme'"}]
"""
BOOK = rules.load({"firm.yaml": SCHEME, "led.yaml": SCHEME.replace("scheme: firm", "scheme: led")
                   .replace("organisations", "projects").replace("applies: kind <> 'university'", "holder: lead")
                   .replace("kind = 'sme'", "lead.kind = 'sme'")})  # fmt: skip


def gate(*criteria: Criterion) -> Gate:
    return Gate("G1", Label("关", "Gate"), "holder", 5, Missed("hold"), criteria, ())


@pytest.fixture(scope="module")
def registry() -> Registry:
    kinds = {"S": "sme", "U": "university", "C": "central_soe", "N": None}
    return Registry(
        {
            "organisations": pl.DataFrame(
                {"organisation": list(kinds), "name": list(kinds), "kind": list(kinds.values())}
            ),
            "projects": pl.DataFrame(
                {"project": ["R1", "R2"], "title": ["t", "t"], "lead": ["S", "C"], "case": ["C1", "C2"]}
            ),
        }
    )


@pytest.fixture(scope="module")
def cases() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "case": ["C1", "C2", "C3", "C4", "C5"],
            "achievement": [None] * 5,
            "demander": ["S", "C", "U", "N", None],
            "holder": ["U", "S", "S", "S", "S"],
        },
        schema_overrides={"achievement": pl.String},
    )


@pytest.mark.parametrize(
    ("of", "verdicts", "codes"),
    [
        (
            "demander",
            ["met", "unmet", "manual", "unknown", "unknown"],
            ["rule-met", "rule-unmet", "rule-not_applicable", "rule-unknown", "rule-nobody"],
        ),
        ("holder", ["manual", "met", "met", "met", "met"], ["rule-not_applicable", *["rule-met"] * 4]),
    ],
)
def test_a_tier_of_an_organisation(
    of: str, verdicts: list[str], codes: list[str], cases: pl.DataFrame, registry: Registry
) -> None:
    findings = Findings(cases, registry, DAY, BOOK)
    judged = [findings.judge(case, gate(Rule("firm", "sme", of))) for case in cases["case"]]
    assert [one.verdict for one in judged] == verdicts
    assert [one.reasons[0].code for one in judged] == [f"pathway.{code}" for code in codes]
    assert all(say(why, lang) for one in judged for why in one.reasons for lang in ("zh", "en"))


def test_a_tier_of_the_project_behind_the_case(cases: pl.DataFrame, registry: Registry) -> None:
    findings = Findings(cases, registry, DAY, BOOK)
    asked = gate(Rule("led", "sme", "project"))
    assert [findings.judge(case, asked).verdict for case in ("C1", "C2", "C3")] == ["met", "unmet", "unknown"]


def test_without_a_book_a_rule_is_unknown(cases: pl.DataFrame, registry: Registry) -> None:
    judged = Findings(cases, registry, DAY).judge("C1", gate(Rule("firm", "sme", "demander")))
    assert (judged.verdict, judged.reasons[0].code) == ("unknown", "pathway.rule-no-book")


def test_one_unmet_condition_decides_a_gate(cases: pl.DataFrame, registry: Registry) -> None:
    yes, no = (Holds(f"demander IS {word}NULL", Label("有", "has")) for word in ("NOT ", ""))
    unknown = Holds("lead.kind = 'sme'", Label("牵头", "led"))
    findings = Findings(cases, registry, DAY)
    assert findings.judge("C1", gate(yes)).verdict == "met"
    assert findings.judge("C1", gate(yes, unknown)).verdict == "unknown"
    assert findings.judge("C1", gate(yes, unknown, no)).verdict == "unmet"


def test_what_a_case_leaves_unsaid_is_taken_from_the_record(registry: Registry) -> None:
    recorded = pl.DataFrame(
        {"case": ["C1", "C2"], "pathway": ["p"] * 2, "pathway_version": ["1"] * 2, "state": ["open"] * 2,
         "opened": [DAY] * 2, "track": ["pure_basic", "applied_basic"], "lead": ["S", "S"]}
    )  # fmt: skip
    known = registry.replace(cases=recorded)
    given = pl.DataFrame({"case": ["C2", "C1", "C9"], "achievement": [None] * 3, "lead": ["U", None, None]},
                         schema_overrides={"achievement": pl.String})  # fmt: skip
    found = conditions.judged("track = 'pure_basic' AND lead.kind = 'sme'", Label("甲", "a"), given, known, DAY)
    assert {case: verdict for case, (verdict, _) in found.items()} == {"C1": "met", "C2": "unmet", "C9": "unknown"}


KINDS: list[str | None] = ["sme", "university", "central_soe", None]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(["green", "slow", None])), min_size=1, max_size=8))
def test_conditions_follow_kleene_logic(rows: list[tuple[str | None, str | None]]) -> None:
    """`kind = 'sme' OR NOT lane = 'green'` on random rows, against three-valued logic written out by hand."""
    ids = [f"O{i}" for i in range(len(rows))]
    registry = Registry(
        {"organisations": pl.DataFrame({"organisation": ids, "name": ids, "kind": [kind for kind, _ in rows]},
                                       schema_overrides={"kind": pl.String})}
    )  # fmt: skip
    cases = pl.DataFrame(
        {"case": [f"C{i}" for i in range(len(rows))], "demander": ids, "lane": [lane for _, lane in rows]},
        schema_overrides={"lane": pl.String},
    )
    expression = "demander.kind = 'sme' OR NOT lane = 'green'"
    found = conditions.judged(expression, Label("甲", "a"), cases.reverse(), registry, DAY)

    def verdict(kind: str | None, lane: str | None) -> str:
        parts: list[Any] = [None if kind is None else kind == "sme", None if lane is None else lane != "green"]
        return "met" if True in parts else "unknown" if None in parts else "unmet"

    assert [found[f"C{i}"][0] for i in range(len(rows))] == [verdict(*row) for row in rows]
