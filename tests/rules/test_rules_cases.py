"""The policy experts' own tests, and that they leave no threshold untried."""

from __future__ import annotations

from functools import cache

import pytest
from rulebook import HERE, book

from tongtu import rules
from tongtu.rules.expressions import Comparison, Literal
from tongtu.rules.model import Check
from tongtu.terms.faults import RuleRefused

FILES = sorted((HERE / "cases").glob("*.yaml"))


@cache
def run(file):
    return rules.run_cases(file.read_text(encoding="utf-8"), book(), file.name)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_case_comes_out_as_expected(file):
    cases = run(file)
    assert cases
    assert {f"{c.file}:{c.line} {c.name}": c.wrong for c in cases if c.wrong} == {}


@pytest.mark.parametrize("scheme", ["srdi", "little_giant"])
def test_every_numeric_threshold_of_2026_is_tried_from_both_sides(scheme):
    tried: dict[str, set[str]] = {}
    for case in run(HERE / "cases" / f"{scheme}_2026.yaml"):
        for path, verdict in case.expected.items():
            tried.setdefault(path, set()).add(verdict)
    (version,) = (v for v in book()[scheme].versions if v.version == "2026")
    thresholds = {
        criterion.path
        for _, criterion, _ in version.criteria()
        if isinstance(criterion.body, Check)
        and isinstance(criterion.body.node, Comparison)
        and isinstance(criterion.body.node.right, Literal)
        and not criterion.skip_if  # the same score, asked at review only
    }
    assert len(thresholds) >= 9
    assert {path for path in thresholds if not {"met", "unmet"} <= tried.get(path, set())} == set()


def test_there_are_enough_of_them():
    assert sum(len(run(file)) for file in FILES) >= 100


HEAD = "scheme: srdi\nas_of: 2026-05-01\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("scheme: nobody\nfacts: {}\ncases: []", "rules.not-one-of"),
        ("scheme: srdi\nas_of: soon\nfacts: {}\ncases: [{case: a}]", "rules.wrong-type"),
        (HEAD + "facts: {patents: []}\ncases: [{case: a}]", "rules.unknown-table"),
        (HEAD + "facts: {organisations: {x: 1}}\ncases: [{case: a}]", "rules.unknown-name"),
        (HEAD + "facts: {organisations: {founded: soon}}\ncases: [{case: a}]", "rules.wrong-type"),
        (HEAD + "facts: {firm_years: {2025: {revenue: 5}}}\ncases: [{case: a}]", "rules.cut-unit"),
        (HEAD + "facts: {titles: [1]}\ncases: [{case: a}]", "rules.wrong-type"),
        (HEAD + "facts: {}\ncases: [{case: a, expect: {S1: fine}}]", "rules.not-one-of"),
        (HEAD + "facts: {}\ncases: [{case: a, set: 3}]", "rules.wrong-type"),
        (HEAD + "facts: {titles: []}\ncases: [{case: a, set: {titles.0.x: 1}}]", "rules.wrong-type"),
    ],
)
def test_a_bad_case_file_is_refused_with_its_fault(text, code):
    with pytest.raises(RuleRefused) as refused:
        rules.run_cases(text, book(), "x.yaml")
    assert code in [f.what.code for f in refused.value.faults]


def test_a_wrong_expectation_is_reported_not_hidden():
    text = "scheme: srdi\nas_of: 2026-05-01\nfacts: {}\ncases: [{case: a, expect: {S6: met, nowhere: met}}]"
    (case,) = rules.run_cases(text, book())
    assert case.wrong == {"S6": ("met", "manual"), "nowhere": ("met", "")}
