"""What each research track is meant to be, checked project by project. Our own rules; figures in `terms.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tongtu.appraise.research.terms import Terms, terms
from tongtu.appraise.research.tracks import with_lead
from tongtu.terms.why import Ratio, Why

_ROOM = "appraise_research"
_CHECKED: Mapping[str, Any] = {
    "project": pl.String, "track": pl.String, "check": pl.String, "verdict": pl.String, "why": pl.String,
}  # fmt: skip


def track_checks(projects: pl.DataFrame, participants: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """project, track, check, verdict (met, unmet, unknown, manual), why; by project, in the order of the checks.

    Pure basic: reviews far enough apart, no yearly indicators (nothing records these: manual). Applied basic: led by
    an enterprise, own funds that match the state's, milestones (a case whose gates are its milestones). Other tracks
    have none.
    """
    kinds = organisations.select(lead="organisation", kind="kind")
    rows = with_lead(projects.sort("project"), participants).join(kinds, on="lead", how="left", maintain_order="left")
    found = [
        (row["project"], row["track"], check, verdict, why.to_json())
        for row in rows.iter_rows(named=True)
        for check, verdict, why in _checks(row, terms())
    ]
    return pl.DataFrame(found, _CHECKED, orient="row")


def _checks(row: Mapping[str, Any], given: Terms) -> list[tuple[str, str, Why]]:
    if row["track"] == "pure_basic":
        return [_review(row["review_years"], given.review_years), ("no_yearly_indicators", "manual",
                                                                     Why(f"{_ROOM}.check-indicators"))]  # fmt: skip
    if row["track"] == "applied_basic":
        return [_enterprise(row["kind"], given), _matched(row, given.matched), _milestones(row["case"])]
    return []


def _review(years: float | None, least: float) -> tuple[str, str, Why]:
    told = {"years": years, "least": least}
    return _told("review_years", None if years is None else years >= least, "check-review", told)


def _enterprise(kind: str | None, given: Terms) -> tuple[str, str, Why]:
    return _told("enterprise_led", None if kind is None else kind in given.enterprises, "check-enterprise", {})


def _matched(row: Mapping[str, Any], least: float) -> tuple[str, str, Why]:
    own, state = row["own_funds"], row["state_funds"]
    if own is None or state is None:
        return _told("matched_funds", None, "check-matched", {"share": None, "least": Ratio(least)})
    share = Ratio(own / state) if state else None
    return _told("matched_funds", own >= least * state, "check-matched", {"share": share, "least": Ratio(least)})


def _milestones(case: str | None) -> tuple[str, str, Why]:
    return _told("milestones", True if case is not None else None, "check-milestones", {"case": case})


def _told(check: str, holds: bool | None, code: str, args: dict[str, Any]) -> tuple[str, str, Why]:
    verdict = "unknown" if holds is None else "met" if holds else "unmet"
    return check, verdict, Why(f"{_ROOM}.{code}-{verdict}", args)
