"""What the consortium publishes: the total with noise, once per round."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from tongtu.risk.share.budget import Entry, Ledger
from tongtu.risk.share.noise import Plan, Sampler, discrete_laplace, plan
from tongtu.risk.share.refusal import refused
from tongtu.risk.share.shares import LEAST_MEMBERS, Total
from tongtu.risk.share.taxonomy import CELL, RESULTS, Taxonomy


@dataclass(frozen=True, slots=True)
class Release:
    """Noisy results, cell by cell: `CELL`, the four results and, where days were paid for, `timed` and `days`; Int64,
    below 0 where the noise took them there. `again`: this round was released before, and these are its figures.
    `whole`: nothing had been held back, so ε holds without reservation. `root` is the ledger's after it."""

    round: str
    taxonomy: str
    members: int
    frame: pl.DataFrame
    plan: Plan
    whole: bool
    on: str
    root: str
    again: bool = False


def release(
    total: Total, taxonomy: Taxonomy, *, epsilon: float, ledger: Ledger, on: date, days: float = 0.0,
    sampler: Sampler = discrete_laplace,
) -> Release:  # fmt: skip
    """Draws the noise, writes it into the ledger, and gives it back; asked again, gives the ledger's figures.

    `days` is the share of ε for how long projects take (0: not released). Raises DataRefused where ε or the share
    cannot be, the total is of another taxonomy or of fewer than 3 members, the round was released otherwise, or a
    member's budget does not reach; nothing is then drawn.
    """
    spending = plan(epsilon, taxonomy.rows_per_project, days=days, days_cap=taxonomy.days_cap)
    if total.taxonomy != taxonomy.digest:
        raise refused("risk_share.taxonomy-other", digest=total.taxonomy, expected=taxonomy.digest)
    if len(set(total.members)) < LEAST_MEMBERS or len(set(total.members)) != len(total.members):
        raise refused("risk_share.few-members", n=len(set(total.members)), least=LEAST_MEMBERS)
    asked = Entry(total.round, total.taxonomy, total.members, total.whole, epsilon, days, on.isoformat(), {})
    kept = ledger.earlier(asked)
    again = kept is not None
    if kept is None:
        ledger.afford(asked)
        kept = replace(asked, figures=_drawn(total, spending, sampler))
        ledger.charge(kept)
    paid = [name for name in (*RESULTS, "timed", "days") if name in kept.figures]
    columns = [pl.Series(name, list(kept.figures[name]), pl.Int64) for name in paid]
    frame = taxonomy.cells.with_columns(columns)
    root = ledger.root_of(kept)
    members = len(kept.members)
    return Release(kept.round, kept.taxonomy, members, frame, spending, kept.whole, kept.on, root, again)


def _drawn(total: Total, spending: Plan, sampler: Sampler) -> dict[str, list[int]]:
    """Every figure with its own draw."""
    exact = total.frame.select(RESULTS).to_numpy().astype(np.int64).ravel(order="F")
    noisy = sampler(exact, spending.results).reshape(len(RESULTS), -1)
    found = {name: row.tolist() for name, row in zip(RESULTS, noisy, strict=True)}
    for name, scale in (("timed", spending.timed), ("days", spending.days)):
        if np.isfinite(scale):
            found[name] = sampler(total.frame[name].to_numpy().astype(np.int64), scale).tolist()
    return found


def published(release: Release) -> pl.DataFrame:
    """The release as the table members read: one row per cell, with what they must know to use it in every row."""
    told = {"round": release.round, "taxonomy": release.taxonomy, "members": release.members, "whole": release.whole,
            "epsilon": release.plan.epsilon, "scale": release.plan.results, "ledger": release.root}  # fmt: skip
    return release.frame.select(*(pl.lit(value).alias(name) for name, value in told.items()), *CELL, pl.exclude(CELL))
