"""Who leads: shares of projects and money led, and, apart from them, those merely joined.

"Led or joined" is often quoted as if it meant led. Both stand here, and they add up differently: every project has
one lead at most, so shares led come to at most one; a project that four sectors join counts four times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tongtu.appraise.research.terms import terms
from tongtu.appraise.research.tracks import with_lead

#: what a table of leads can be split by
SPLITS = ("track", "direction", "year")


@dataclass(frozen=True)
class Leading:
    """`counts`: the splits, sector, projects (all of the group), led, led_share, joined (as lead or in any role),
    joined_share, merely (joined and not led).
    `funds`: the splits, sector, currency, total (known money of the group), led, led_share, joined, joined_share:
    state funds of the projects led, and of those joined, in minor units.

    Sectors: institute, university, soe, private, foreign, other, by `terms.toml`; null, last, stands for projects
    whose lead is unknown, so that shares led come to one.
    """

    counts: pl.DataFrame
    funds: pl.DataFrame


def leading(
    coded: pl.DataFrame, participants: pl.DataFrame, organisations: pl.DataFrame, *, by: Sequence[str] = ()
) -> Leading:
    """Of a portfolio as `coding` gives it, whole or split by some of track, direction and year."""
    roles = _roles(coded, participants, organisations)
    keyed = coded.select("project", *by, "currency", "state_funds")
    groups = [*by, "sector"]
    return Leading(_counts(keyed, roles, list(by), groups), _funds(keyed, roles, list(by), groups))


def _roles(coded: pl.DataFrame, participants: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """project, sector, leads: each sector that takes part in a project, once; null leads where nobody is known to."""
    sector = pl.col("kind").replace_strict(dict(terms().sectors), default="other").alias("sector")
    kinds = organisations.select("organisation", sector)
    leads = with_lead(coded, participants).select("project", organisation="lead", leads=pl.lit(True))
    joins = participants.select("project", "organisation", leads=pl.lit(False))
    taking = pl.concat([leads, joins.join(coded, on="project", how="semi")]).drop_nulls("organisation")
    known = taking.join(kinds, on="organisation").group_by("project", "sector").agg(pl.col("leads").any())
    nobody = coded.join(known.filter("leads"), on="project", how="anti").select(
        "project", sector=pl.lit(None, pl.String), leads=pl.lit(True)
    )
    return pl.concat([known, nobody])


def _counts(keyed: pl.DataFrame, roles: pl.DataFrame, by: list[str], groups: list[str]) -> pl.DataFrame:
    whole = keyed.group_by(by or pl.lit(0)).agg(pl.len().cast(pl.Int64).alias("projects"))
    part = (
        keyed.join(roles, on="project")
        .group_by(groups)
        .agg(pl.col("leads").sum().cast(pl.Int64).alias("led"), pl.len().cast(pl.Int64).alias("joined"))
    )
    joined = part.join(whole, on=by, how="left", nulls_equal=True) if by else part.join(whole, how="cross")
    return joined.sort(groups, nulls_last=True).select(
        *groups, "projects", "led", (pl.col("led") / pl.col("projects")).alias("led_share"), "joined",
        (pl.col("joined") / pl.col("projects")).alias("joined_share"),
        (pl.col("joined") - pl.col("led")).alias("merely"),
    )  # fmt: skip


def _funds(keyed: pl.DataFrame, roles: pl.DataFrame, by: list[str], groups: list[str]) -> pl.DataFrame:
    paid = keyed.drop_nulls(["currency", "state_funds"])
    money = pl.col("state_funds")
    whole = paid.group_by(*by, "currency").agg(money.sum().alias("total"))
    part = (
        paid.join(roles, on="project")
        .group_by(*groups, "currency")
        .agg(money.filter("leads").sum().alias("led"), money.sum().alias("joined"))
    )
    joined = part.join(whole, on=[*by, "currency"], how="left", nulls_equal=True)
    shares = [pl.when(pl.col("total") > 0).then(pl.col(name) / pl.col("total")).alias(f"{name}_share")
              for name in ("led", "joined")]  # fmt: skip
    return (
        joined.with_columns(shares)
        .sort(*groups, "currency", nulls_last=True)
        .select(*groups, "currency", "total", "led", "led_share", "joined", "joined_share")
    )
