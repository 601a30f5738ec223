"""What is expected to come back once a need is met: yearly revenue and operating cost, for the needs that say."""

from __future__ import annotations

import numpy as np
import polars as pl

from tongtu.samples.draw import Floats, dates, ids, take
from tongtu.samples.ground import Ground, constant, money, priced
from tongtu.samples.needs import Needs

_SHARE = 0.3  # of needs, those whose poster states it
_RAMP = np.array([0.3, 0.7, 1.0, 1.0, 0.9])  # of full sales, by year of operation
_KINDS = ("revenue", "operating")
_SOURCE = "需求方测算（合成）"


def cashflows(ground: Ground, needs: Needs) -> pl.DataFrame:
    """The noun: five years of operation, a row for each year and kind; full sales are one to four budgets a year."""
    draw = ground.draw("cashflows")
    stated = np.flatnonzero(draw.chance(_SHARE, len(needs.budget)))
    n, years = len(stated), len(_RAMP)
    full = needs.budget[stated] * draw.uniform(1.0, 4.0, n)
    spent = full * draw.uniform(0.5, 0.8, n)
    likely = (np.stack([full, spent], axis=1)[:, :, None] * _RAMP).ravel()  # need, kind, year
    down, up = draw.uniform(0.4, 0.8, n), draw.uniform(1.1, 1.6, n)
    rows = np.arange(len(likely))
    whose, kind, year = rows // (2 * years), rows // years % 2, rows % years
    return pl.DataFrame(
        {
            "cashflow": ids("CF", len(rows)),
            "organisation": needs.frame["organisation"].gather(stated[whose]),
            "need": needs.frame["need"].gather(stated[whose]),
            "kind": take(list(_KINDS), kind),
            "year": year + 1,
            "low": _rounded(likely * np.where(kind == 0, down[whose], 0.9)),
            "likely": _rounded(likely),
            "high": _rounded(likely * np.where(kind == 0, up[whose], 1.2)),
            **priced(ground, len(rows)),
            "source": constant(_SOURCE, len(rows)),
            "recorded_at": dates(ground.as_of, np.full(len(rows), -30)),
        }
    )


def _rounded(yuan: Floats) -> pl.Series:
    return money(np.round(yuan / 1_000).astype(np.int64) * 1_000)
