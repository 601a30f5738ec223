"""Made-up firms with a known effect of a made-up title: what the tests of effects share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from tongtu import rules
from tongtu.registry import Registry, noun

AS_OF = date(2026, 11, 21)
ROUND = 2023
YUAN = 100

LAW = """
scheme: prize
name: {zh: 示例称号, en: Example title}
subject: organisations
yearly: firm_years
currency: CNY
jurisdiction: CN
measures:
  rd_share: {name: {zh: 研发占比, en: R&D share}, value: rd_spend / revenue}
versions:
  - version: "1"
    in_force: [{from: 2020-01-01, to: 2025-12-31, purposes: [new]}]
    cite: {document: 示例办法, article: 第一条, source: 示例, grade: ours}
    tiers:
      - tier: prize
        name: {zh: 示例称号, en: Example title}
        all:
          - {id: score, check: platform_score >= 60}
          - {id: staff, check: rd_staff >= 10}
          - {id: abnormal, name: {zh: 未列入异常名单, en: On no list}, check: NOT abnormal_list}
          - {id: visit, name: {zh: 现场核查, en: Visit}, manual: {zh: 核查意见, en: Report}}
          - id: size
            name: {zh: 规模, en: Size}
            any:
              - {id: revenue, check: revenue >= 2000万元}
              - {id: equity, check: equity_raised >= 1000万元}
"""

OTHER = LAW.replace("scheme: prize", "scheme: other").replace("示例称号", "别的称号").replace("Example", "Other")


@cache
def law(*more: str) -> rules.RuleBook:
    return rules.load({"prize.yaml": LAW, **{f"{i}.yaml": text for i, text in enumerate(more)}})


@dataclass(frozen=True)
class World:
    """Firms whose title follows from their score, and whose figures follow from the title by known amounts.

    effect      log change of R&D and revenue, relative change of patents, for a title gained
    gap, trend  of the firms above the cutoff, already before and year after year, with no title's doing
    share       of the firms above and below the cutoff that get the title
    moved       of the firms within 4 points below, pushed to 4 points above
    missing     of the firms above, whose figures end with the award
    later       of the firms below, that get the title a year later
    """

    firms: int = 1500
    effect: float = 0.2
    gap: float = 0.0
    trend: float = 0.0
    share: tuple[float, float] = (0.8, 0.05)
    moved: float = 0.0
    missing: float = 0.0
    later: float = 0.0
    noise: float = 0.25
    whole: bool = False
    years: tuple[int, ...] = (ROUND,)

    def registry(self, seed: int) -> Registry:
        draw = np.random.default_rng(seed)
        n = self.firms
        name = np.array([f"f{i:05d}" for i in range(n)])
        score = np.clip(draw.normal(58, 12, n), 0, 100)
        near = (score < 60) & (score > 56) & (draw.random(n) < self.moved)
        score[near] = draw.uniform(60, 64, near.sum())
        score = np.round(score / 5) * 5 if self.whole else score
        above = score >= 60
        title = draw.random(n) < np.where(above, *self.share)
        later = ~above & ~title & (draw.random(n) < self.later)
        level = draw.normal(0, 1, n) + 0.03 * (score - 60) + self.gap * above
        quality = np.clip(1 + 0.01 * (score - 60), 0.2, 2)
        gone = above & (draw.random(n) < self.missing)
        rows = []
        for year in range(ROUND - 3, ROUND + 3):
            since = np.where(year > ROUND, self.effect, 0.0) * title
            growth = 0.002 * (score - 60) * (year - ROUND) + self.trend * above * (year - ROUND)
            log = level + growth + since + draw.normal(0, self.noise, n)
            patents = draw.poisson(np.maximum(6 * quality * (1 + np.where(year > ROUND, self.effect, 0) * title), 0.1))
            frame = pl.DataFrame({
                "organisation": name, "year": year, "currency": "CNY",
                "rd_spend": np.round(5e6 * YUAN * np.exp(log)).astype(np.int64),
                "revenue": np.round(1e8 * YUAN * np.exp(0.1 * log + 0.3 * since)).astype(np.int64),
                "ip_class1_own": patents, "platform_score": score, "rd_staff": draw.integers(5, 60, n),
                "abnormal_list": draw.random(n) < 0.05, "equity_raised": np.zeros(n, np.int64),
            })  # fmt: skip
            rows.append(frame.filter(pl.Series(~gone) | (pl.col("year") <= ROUND)))
        awards = [(who, date(year, 9, 1)) for year, got in ((ROUND, title), (ROUND + 1, later)) for who in name[got]]
        titles = pl.DataFrame({
            "title": [f"t{who}" for who, _ in awards], "organisation": [who for who, _ in awards], "kind": "prize",
            "valid_from": pl.Series([day for _, day in awards], dtype=pl.Date),
        })  # fmt: skip
        firms = pl.DataFrame({"organisation": name, "name": name, "kind": "private"})
        return Registry({"organisations": firms, "firm_years": _typed(pl.concat(rows)), "titles": titles})


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    types = {c.name: c.dtype() for c in noun("firm_years").columns}
    return frame.cast({name: types[name] for name in frame.columns})
