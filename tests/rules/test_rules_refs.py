"""Names one step away: columns of the row a subject refers to, and the titles of who holds it."""

from __future__ import annotations

from datetime import date

import pytest
from rulebook import registry

from tongtu import rules
from tongtu.terms.faults import RuleRefused

DAY = date(2026, 11, 22)
TEXT = """
scheme: projects
name: {zh: 示例, en: Example}
subject: projects
holder: lead
currency: CNY
jurisdiction: CN
versions:
  - version: "1"
    in_force: [{from: 2020-01-01, purposes: [new]}]
    cite: {document: 示例办法, article: 第一条, source: 示例, grade: ours}
    tiers:
      - tier: only
        name: {zh: 示例, en: Example}
        all:
          - BODY
"""
KINDS = {"firm": "sme", "lab": "institute", "x": None}
ORGANISATIONS = [{"organisation": name, "kind": kind} for name, kind in KINDS.items()]
CALLS = [{"call": "c", "amount": 500, "currency": "CNY"}, {"call": "usd", "amount": 500, "currency": "USD"}]
TITLES = [{"title": "t", "organisation": "firm", "kind": "srdi_sme", "valid_from": date(2025, 1, 1)}]


def verdicts(body: str, projects: list[dict[str, object]], **tables: list[dict[str, object]]) -> list[str]:
    rows = [{"project": f"p{i}", **project} for i, project in enumerate(projects)]
    given = {"organisations": ORGANISATIONS, "calls": CALLS, "titles": TITLES, **tables}
    book = rules.load({"x.yaml": TEXT.replace("BODY", body)})
    return rules.judge(book, "projects", registry(projects=rows, **given), DAY).verdicts["verdict"].to_list()


def test_a_column_of_the_row_referred_to():
    leads = [{"lead": lead} for lead in ("firm", "lab", "x", None, "nobody")]
    assert verdicts("{id: a, check: \"lead.kind = 'sme'\"}", leads) == ["met", "unmet", "unknown", "unknown", "unknown"]


def test_money_of_the_row_referred_to_keeps_its_currency():
    rows = [{"call": call, "state_funds": 400, "currency": "CNY"} for call in ("c", "usd", None)]
    for check in ("state_funds <= call.amount", "call.amount >= 1元"):
        assert verdicts(f"{{id: a, check: {check}}}", rows) == ["met", "unknown", "unknown"]


def test_titles_are_those_of_the_holder():
    leads = [{"lead": lead} for lead in ("firm", "lab", None)]
    holds = "{id: a, name: {zh: 甲, en: A}, holds: [srdi_sme]}"
    assert verdicts(holds, leads) == ["met", "unmet", "unknown"]
    assert verdicts(holds, leads, titles=[]) == ["unknown"] * 3


def test_a_name_may_begin_with_a_word_of_sql():
    assert verdicts("{id: a, name: {zh: 甲, en: A}, check: call.kind IS NULL}", [{"call": "c"}]) == ["met"]


CASES = """
scheme: projects
as_of: 2026-11-22
facts:
  organisations: [{organisation: one, kind: sme}, {organisation: two, kind: institute}]
  projects: {state_funds: 100元}
  titles: {kind: srdi_sme, valid_from: 2025-01-01}
cases:
  - {case: 默认牵头的是第一家, expect: {kind: met, title: met}}
  - {case: 另一家牵头, set: {projects.lead: two}, expect: {kind: unmet, title: unmet}}
  - case: 另一案中的同名单位
    set: {organisations: [{organisation: two, kind: sme}], projects.lead: two}
    expect: {kind: met, title: met}
  - {case: 无人牵头, set: {projects.lead: null}, expect: {kind: unknown, title: unknown}}
"""


def test_cases_name_who_holds_and_keep_their_rows_to_themselves():
    body = """{id: kind, check: "lead.kind = 'sme'"}
          - {id: title, name: {zh: 称号, en: Title}, holds: [srdi_sme]}"""
    run = rules.run_cases(CASES, rules.load({"x.yaml": TEXT.replace("BODY", body)}))
    assert {case.name: case.wrong for case in run if case.wrong} == {}
    assert len(run) == 4


@pytest.mark.parametrize(
    "name", ["lead.lead", "lead.organisation", "funder.kind", "lead.owner_group.kind", "nothing.kind"]
)
def test_what_is_no_single_step_to_a_column_is_no_name(name):
    with pytest.raises(RuleRefused, match=name):
        rules.load({"x.yaml": TEXT.replace("BODY", f"{{id: a, check: {name} IS NULL}}")})
