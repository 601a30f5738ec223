"""What the tests of this room share: the pack's book, and small registries."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

from tongtu import packs, rules
from tongtu.registry import Registry, noun

HERE = Path(__file__).parent


@cache
def texts() -> dict[str, str]:
    return dict(packs.load("cn").texts("rules"))


@cache
def book() -> rules.RuleBook:
    return rules.load(texts(), codes=packs.load("cn").vocabularies)


def table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of a noun, with its own types."""
    wanted = [c for c in noun(name).columns if any(c.name in row for row in rows)]
    return pl.DataFrame(rows, schema={c.name: c.dtype() for c in wanted})


def registry(**tables: list[dict[str, object]]) -> Registry:
    return Registry({name: table(name, rows) for name, rows in tables.items() if rows})


EXAMPLE = """
scheme: example
name: {zh: 示例, en: Example}
subject: organisations
yearly: firm_years
currency: CNY
jurisdiction: CN
measures:
  rd_share: {name: {zh: 研发占比, en: R&D share}, value: rd_spend / revenue}
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


def example(body: str) -> rules.RuleBook:
    """A book with one scheme of one criterion."""
    return rules.load({"example.yaml": EXAMPLE.replace("BODY", body)})
