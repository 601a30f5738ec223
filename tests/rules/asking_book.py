"""A small book of made-up titles, supports and calls, and small registries, for the questions people ask."""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl
from rulebook import registry

from tongtu import rules
from tongtu.registry import Registry
from tongtu.terms.why import Why
from tongtu.terms.words import say

DAY = date(2026, 11, 21)
YUAN = 100
CITE = "cite: {document: 示例办法, article: 第一条, source: 示例, grade: ours}"

HEAD = """
scheme: NAME
name: {zh: 规则NAME, en: Scheme NAME}
subject: organisations
yearly: firm_years
currency: CNY
jurisdiction: CN
applies: kind IN ('sme', 'private')
measures:
  rd_share: {name: {zh: 研发占比, en: R&D share}, value: rd_spend / revenue}
versions:
"""

BASE = (
    HEAD.replace("NAME", "base")
    + f"""
  - version: "1"
    in_force: [{{from: 2015-01-01, purposes: [new, review]}}]
    {CITE}
    lifecycle: {{valid_years: 1}}
    tiers:
      - tier: base
        name: {{zh: 基础, en: Base}}
        grants: [{{id: base_title, name: {{zh: 基础称号, en: Base title}}, kind: title}}]
        all: [{{id: a, check: employees >= 10}}]
"""
)

MIDDLE = (
    HEAD.replace("NAME", "middle")
    + f"""
  - version: "2022"
    in_force: [{{from: 2015-01-01, to: 2026-03-31, purposes: [new, review]}}]
    {CITE}
    lifecycle: {{valid_years: 3, update_by: 05-31}}
    tiers:
      - tier: middle
        name: {{zh: 中坚, en: Middle}}
        grants: [{{id: middle_title, name: {{zh: 中坚称号, en: Middle title}}, kind: title}}]
        all:
          - {{id: title, name: {{zh: 基础称号, en: Base title}}, holds: [base_title]}}
          - {{id: size, check: revenue >= 1000万元}}
          - {{id: judged, name: {{zh: 市场地位, en: Position}}, manual: {{zh: 说明, en: Statement}}}}
  - version: "2026"
    in_force: [{{from: 2026-04-01, purposes: [new, review]}}]
    {CITE}
    lifecycle: {{valid_years: 3, update_by: 05-31}}
    windows:
      - {{id: yearly, name: {{zh: 年度申报, en: Yearly intake}}, opens: 06-01, closes: 08-31}}
      - id: batch
        name: {{zh: 第八批, en: Batch 8}}
        opens: 2026-04-25
        closes: 2026-05-25
        purposes: [new]
        batch: "8"
    tiers:
      - tier: middle
        name: {{zh: 中坚, en: Middle}}
        grants: [{{id: middle_title, name: {{zh: 中坚称号, en: Middle title}}, kind: title}}]
        all:
          - {{id: title, name: {{zh: 基础称号, en: Base title}}, holds: [base_title]}}
          - id: size
            name: {{zh: 规模, en: Size}}
            any:
              - {{id: revenue, check: revenue >= 1500万元}}
              - {{id: equity, check: equity_raised >= 2000万元}}
          - {{id: rd, each_year: 2, check: rd_share >= 3%}}
          - id: ip
            name: {{zh: 知识产权, en: IP}}
            check: ip_class1 >= 1
            waived_if: {{name: {{zh: 奖励, en: Award}}, check: award_level = 'national' AND award_rank <= 3}}
"""
)

TOP = (
    HEAD.replace("NAME", "top")
    + f"""
  - version: "1"
    in_force: [{{from: 2018-01-01, purposes: [new, review]}}]
    {CITE}
    lifecycle: {{valid_years: 6, review_every_years: 3}}
    tiers:
      - tier: top
        name: {{zh: 顶尖, en: Top}}
        grants:
          - id: lab
            name: {{zh: 实验室机时, en: Laboratory hours}}
            kind: access
            resource: laboratory
            quota: {{value: 200, unit: h}}
            priority: 1
        all:
          - {{id: title, name: {{zh: 中坚称号, en: Middle title}}, holds: [middle_title]}}
          - {{id: size, check: revenue >= 5000万元}}
          - id: other
            name: {{zh: 未戴冠, en: Not crowned}}
            none: [{{id: crown, name: {{zh: 冠军, en: Crown}}, holds: [crown]}}]
"""
)

CROWN = (
    HEAD.replace("NAME", "crown")
    + f"""
  - version: "1"
    in_force: [{{from: 2018-01-01, purposes: [new]}}]
    {CITE}
    tiers:
      - tier: crown
        name: {{zh: 冠军, en: Crown}}
        all:
          - id: size
            name: {{zh: 规模, en: Size}}
            any:
              - {{id: large, check: revenue >= 4亿元}}
              - id: small
                name: {{zh: 中坚企业, en: Middle firm}}
                all:
                  - {{id: title, name: {{zh: 中坚, en: Middle}}, holds: [middle_title]}}
                  - {{id: sum, check: revenue >= 2亿元}}
"""
)

SUPPORT = (
    HEAD.replace("NAME", "support")
    + f"""
  - version: nation
    in_force: [{{from: 2026-01-01, purposes: [new]}}]
    {CITE}
    windows: [{{id: yearly, name: {{zh: 年度, en: Yearly}}, opens: 09-01, closes: 09-30}}]
    tiers: [{{tier: any, name: {{zh: 支持, en: Support}}, all: [{{id: a, check: revenue >= 100万元}}]}}]
  - version: city
    jurisdiction: "420100"
    in_force: [{{from: 2026-01-01, purposes: [new]}}]
    {CITE}
    windows: [{{id: yearly, name: {{zh: 本市年度, en: City}}, opens: 03-01, closes: 03-31}}]
    tiers: [{{tier: any, name: {{zh: 支持, en: Support}}, all: [{{id: a, check: revenue >= 100万元}}]}}]
"""
)

PROJECT = f"""
scheme: project
name: {{zh: 项目条件, en: Project conditions}}
subject: projects
holder: lead
currency: CNY
jurisdiction: CN
measures:
  own_ratio: {{name: {{zh: 自筹比, en: Own to state funds}}, value: own_funds / state_funds}}
versions:
  - version: "1"
    in_force: [{{from: 2020-01-01, purposes: [new]}}]
    {CITE}
    tiers:
      - tier: eligible
        name: {{zh: 可申报, en: Eligible}}
        all:
          - {{id: lead, name: {{zh: 企业牵头, en: A firm leads}}, check: "lead.kind IN ('sme', 'private')"}}
          - {{id: ratio, check: own_ratio >= 3}}
"""


@cache
def made_up() -> rules.RuleBook:
    texts = {"base": BASE, "middle": MIDDLE, "top": TOP, "crown": CROWN, "support": SUPPORT, "project": PROJECT}
    return rules.load({f"{name}.yaml": text for name, text in texts.items()})


def firm(name: str = "f", kinds: tuple[str, ...] = ("base_title",), region: str | None = None, **figures) -> Registry:
    """A firm that meets the middle tier of 2026, with titles awarded in 2026; figures go into both years."""
    good = {"currency": "CNY", "revenue": 20_000_000 * YUAN, "rd_spend": 1_000_000 * YUAN, "equity_raised": 0,
            "ip_class1": 2, "award_level": "none", "award_rank": 1, "employees": 50}  # fmt: skip
    titles = [title(f"{name}-{kind}", name, kind, date(2026, 1, 10)) for kind in kinds]
    nobody = [title("x-other", "x", "other", date(2026, 1, 10))]
    return registry(
        organisations=[{"organisation": name, "kind": "private", "region": region, "name": f"企业{name}"}],
        firm_years=[{"organisation": name, "year": y, **good, **figures} for y in (2024, 2025)],
        titles=titles + nobody,
    )


def title(record: str, organisation: str, kind: str, start: date, end: date | None = None, **more) -> dict[str, object]:
    return {"title": record, "organisation": organisation, "kind": kind, "valid_from": start, "valid_to": end, **more}


def sayings(frame: pl.DataFrame, column: str = "why") -> list[str]:
    """Every reason of a frame, said in both languages without a hole or an unknown code."""
    said = []
    for text in frame[column]:
        for lang in ("zh", "en"):
            sentence = say(Why.from_json(text), lang)  # type: ignore[arg-type]
            assert sentence
            assert not set("{}") & set(sentence), sentence
            assert "asking." not in sentence
            assert "rules." not in sentence
            said.append(sentence)
    return said
