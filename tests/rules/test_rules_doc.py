"""The page for those who add a rule says what the code does."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from rulebook import registry

from tongtu import rules
from tongtu.rules.reading import criteria, cycles, grants, measures, schemes, scores

PAGE = Path(__file__).resolve().parents[2] / "docs" / "add-a-rule.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = {language: re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL) for language in ("yaml", "python")}


def test_the_example_loads_and_its_tests_pass():
    scheme, cases = BLOCKS["yaml"]
    run = rules.run_cases(cases, rules.load({"example.yaml": scheme}))
    assert len(run) == 7
    assert {case.name: case.wrong for case in run if case.wrong} == {}


def test_the_python_lines_run():
    (lines,) = BLOCKS["python"]
    firm = registry(organisations=[{"organisation": "f", "kind": "sme"}])
    given = {"text": BLOCKS["yaml"][0], "registry": firm, "as_of": date(2026, 11, 21), "subject": "f"}
    exec(compile(lines, str(PAGE), "exec"), given)
    assert given["judgement"].criteria.height


@pytest.mark.parametrize(
    "keys",
    [
        schemes._SCHEME, schemes._VERSION, criteria._BODIES, criteria._BESIDE, measures._SIMPLE, measures._ROWS,
        scores._SCALES, scores._BESIDE[3:], tuple(scores._CUTS), schemes._TIER, cycles._WINDOW, cycles._LIFECYCLE,
        grants._GRANT, grants._MONEY, grants._ACCESS,
        ("in", "where", "dated", "years", "absent", "unit", "table", "from", "to", "purposes", "batches"),
    ],
)  # fmt: skip
def test_every_key_is_on_the_page(keys):
    said = set(re.findall(r"`([a-z_]+)", TEXT))
    assert [key for key in keys if key not in said] == []
