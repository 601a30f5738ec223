"""Dual research: led is not joined, currencies stay apart, unknown is counted as unknown."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.appraise import dual_tracks
from tongtu.registry import Registry
from tongtu.terms.why import Why
from tongtu.terms.words import say

KINDS = pl.DataFrame({"organisation": ["u1", "f1"], "kind": ["university", "private"]})
TYPES = {"project": pl.String, "lead": pl.String, "track": pl.String, "currency": pl.String, "state_funds": pl.Int64}
ROLES = {"project": pl.String, "organisation": pl.String, "role": pl.String}


def counted(projects: list[tuple[Any, ...]], participants: list[tuple[str, str, str]] | None = None) -> pl.DataFrame:
    tables = {
        "projects": pl.DataFrame(projects, schema=TYPES, orient="row"),
        "participants": pl.DataFrame(participants or [], schema=ROLES, orient="row"),
        "organisations": KINDS,
    }
    records = Registry(tables)
    return dual_tracks(records["projects"], records["participants"], records["organisations"])


def test_shares_of_projects_and_money_by_track_and_kind_of_lead() -> None:
    frame = counted(
        [
            ("p1", "u1", "pure_basic", "CNY", 300),
            ("p2", "f1", "applied_basic", "CNY", 100),
            ("p3", "f1", "applied_basic", "USD", 50),
            ("p4", None, None, "CNY", None),
        ],
        [("p1", "f1", "partner")],
    )
    rows = frame.select("track", "lead_kind", "currency", "project_share", "state_funds", "funds_share").rows()
    assert rows == [
        ("applied_basic", "private", "CNY", 0.25, 100, 0.25),
        ("applied_basic", "private", "USD", 0.25, 50, 1.0),
        ("pure_basic", "university", "CNY", 0.25, 300, 0.75),
        (None, None, "CNY", 0.25, None, None),
    ]
    assert frame["funds_unknown"].to_list() == [0, 0, 0, 1]
    assert say(Why.from_json(frame["why"][3])).startswith("未知，由未知牵头")


def test_a_lead_among_the_participants_counts_if_it_is_the_only_one() -> None:
    projects = [("p1", None, "pure_basic", "CNY", 1), ("p2", None, "pure_basic", "CNY", 1)]
    leads = [("p1", "u1", "lead"), ("p1", "f1", "partner"), ("p2", "u1", "lead"), ("p2", "f1", "lead")]
    frame = counted(projects, leads)
    assert frame.select("lead_kind", "projects").rows() == [("university", 1), (None, 1)]


def test_money_without_a_currency_is_not_money() -> None:
    frame = counted([("p1", "u1", "pure_basic", None, 5), ("p2", "u1", "pure_basic", "CNY", 7)])
    assert frame.select("currency", "state_funds", "funds_unknown").rows() == [("CNY", 7, 0), (None, None, 1)]


def test_no_projects_no_rows() -> None:
    assert counted([]).height == 0
