"""Dual research: which share of the projects, and of the state's money, is led by whom on each track."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Ratio, Why

_KEY = ["track", "lead_kind", "currency"]
_TRACKS: Mapping[str, Any] = {
    "track": pl.String, "lead_kind": pl.String, "currency": pl.String, "projects": pl.Int64,
    "project_share": pl.Float64, "state_funds": pl.Int64, "funds_share": pl.Float64, "funds_unknown": pl.Int64,
    "why": pl.String,
}  # fmt: skip


def dual_tracks(projects: pl.DataFrame, participants: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """Shares by track, kind of the leading organisation, and currency, in that order; unknown (null) last.

    track, lead_kind, currency, projects, project_share (of all projects), state_funds (minor units, as
    booked; null where no project says both amount and currency), funds_share (of the known state funds in
    that currency), funds_unknown (projects that do not), why. Currencies are never added up.

    Led, not joined: the lead is the project's, else its one participant in the role `lead`. A project with
    neither, or several leads and none named, has an unknown lead; a project without a track an unknown one.
    """
    known = projects.select("project", "lead", "track", "currency", "state_funds").sort("project")
    kinds = organisations.select(lead="organisation", lead_kind="kind")
    led = with_lead(known, participants).join(kinds, on="lead", how="left")
    funds = pl.when(pl.col("currency").is_not_null()).then("state_funds")
    counted = led.group_by(_KEY).agg(
        pl.len().cast(pl.Int64).alias("projects"),
        pl.when(funds.count() > 0).then(funds.sum()).alias("state_funds"),
        funds.null_count().cast(pl.Int64).alias("funds_unknown"),
    )
    shared = counted.sort(_KEY, nulls_last=True).with_columns(
        (pl.col("projects") / pl.col("projects").sum()).alias("project_share"),
        _part("state_funds").over("currency").alias("funds_share"),
    )
    why = [_why(row).to_json() for row in shared.iter_rows(named=True)]
    return shared.with_columns(pl.Series("why", why, pl.String)).select(
        pl.col(name).cast(kind) for name, kind in _TRACKS.items()
    )


def with_lead(projects: pl.DataFrame, participants: pl.DataFrame) -> pl.DataFrame:
    """The projects with their leads: the one named, else the one participant in that role, else null."""
    found = projects.join(_sole_leads(participants), on="project", how="left")
    return found.with_columns(pl.coalesce("lead", "named").alias("lead")).drop("named")


def _sole_leads(participants: pl.DataFrame) -> pl.DataFrame:
    """project, named: the leading participant where there is exactly one."""
    leads = participants.filter(pl.col("role") == "lead").select("project", "organisation").unique()
    sole = leads.group_by("project").agg(pl.len(), named=pl.col("organisation").first())
    return sole.filter(pl.col("len") == 1).select("project", "named")


def _part(name: str) -> pl.Expr:
    """A share of the whole; null where the whole is nothing."""
    whole = pl.col(name).sum()
    return pl.when(whole > 0).then(pl.col(name) / whole)


def _why(row: dict[str, Any]) -> Why:
    funds, currency = row["state_funds"], row["currency"]
    args = {
        "track": _name("track", row["track"]),
        "kind": _name("organisation_kind", row["lead_kind"]),
        "n": row["projects"],
        "share": Ratio(row["project_share"]),
    }
    parts = []
    if funds is not None and currency is not None and row["funds_share"] is not None:
        amount = {"amount": Money(funds, currency), "share": Ratio(row["funds_share"]), "currency": currency}
        parts.append(Why("appraise.track-funds", amount))
    if row["funds_unknown"]:
        parts.append(Why("appraise.track-funds-unknown", {"n": row["funds_unknown"]}))
    return Why("appraise.track", args, tuple(parts))


def _name(vocabulary: str, code: str | None) -> Label | None:
    return None if code is None else vocabularies()[vocabulary].get(code) or Label(code)
