"""Calls, outlines, access, and a firm's year."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from asking_book import DAY, YUAN, firm, made_up, sayings, title
from rulebook import registry

from tongtu import rules
from tongtu.registry import Registry
from tongtu.rules import asking
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import say

CALLS = [
    {
        "call": "firm",
        "title": "企业",
        "closes": date(2026, 12, 1),
        "scheme": "middle",
        "amount": 100,
        "currency": "CNY",
    },
    {"call": "project", "title": "项目", "opens": date(2026, 11, 1), "closes": date(2026, 11, 30), "scheme": "project"},
    {"call": "draft", "title": "项目", "closes": date(2026, 11, 21), "scheme": "project"},
    {"call": "plain", "title": "无规则", "conditions": "企业牵头"},
    {"call": "lost", "title": "规则未载", "scheme": "nothing"},
    {"call": "there", "title": "外地", "regions": ["110000"], "scheme": "middle"},
    {"call": "past", "title": "过期", "closes": date(2026, 11, 20), "scheme": "middle"},
    {"call": "later", "title": "未到", "opens": date(2026, 11, 22), "scheme": "middle"},
]
PROJECTS = [
    {
        "project": "p1",
        "title": "甲",
        "lead": "f",
        "call": "project",
        "currency": "CNY",
        "state_funds": 100,
        "own_funds": 300,
    },
    {"project": "p2", "title": "乙", "lead": "f", "call": "project", "currency": "CNY", "state_funds": 100},
    {"project": "other", "title": "丙", "lead": "x", "call": "project"},
]


def world(region: str | None = "420100", **more) -> Registry:
    extra = registry(calls=CALLS, projects=PROJECTS)
    return firm(region=region, **more).replace(calls=extra["calls"], projects=extra["projects"])


def asked(one: Registry) -> asking.Calls:
    found = asking.calls(made_up(), one, "f", DAY)
    sayings(found.calls)
    return found


def test_open_calls_and_what_one_qualifies_for():
    found = asked(world()).calls
    verdicts = {(row["call"], row["subject"]): row["verdict"] for row in found.to_dicts()}
    assert verdicts == {
        ("firm", "f"): "met", ("project", "p1"): "met", ("project", "p2"): "unknown", ("draft", None): "unknown",
        ("plain", None): "manual", ("lost", None): "unknown", ("there", None): "not_applicable",
    }  # fmt: skip
    assert found["call"].to_list()[:3] == ["project", "firm", "plain"]  # met by deadline, then what a person decides
    left = dict(found.select("call", "days_left").iter_rows())
    assert (left["firm"], left["project"], left["draft"], left["plain"]) == (10, 9, 0, None)


def test_what_a_call_still_lacks():
    gaps = asked(world()).gaps
    assert gaps.filter(pl.col("subject") == "p2")["criterion"].to_list() == ["ratio"]
    draft = gaps.filter(pl.col("call") == "draft")
    assert draft["criterion"].to_list() == ["ratio"]  # who leads is known
    assert draft["verdict"].to_list() == ["unknown"]


def test_a_firm_whose_region_is_not_known():
    found = asked(world(region=None)).calls
    assert found.filter(pl.col("call") == "there")["verdict"].to_list() == ["unknown"]
    inside = asked(world(region="110101")).calls
    assert inside.filter(pl.col("call") == "there")["verdict"].to_list() == ["met"]


def test_no_calls_at_all():
    found = asked(firm())
    assert found.calls.is_empty()
    assert found.calls.columns[0] == "call"


# --- outlines ----------------------------------------------------------------------------------------------


def outlined(call: str, one: Registry | None = None, **more) -> pl.DataFrame:
    found = asking.outline(made_up(), one or world(), "f", call, DAY, **more)
    sayings(found)
    return found


def test_an_outline_is_filled_in_where_something_is_recorded():
    found = outlined("firm")
    value = dict(found.select("field", "value").iter_rows())
    assert value["organisations.name"] == "企业f"
    assert value["firm_years.2025.revenue"] == "20000000.00 CNY"
    assert value["holds.base_title"] == "base_title"
    assert found["field"].is_duplicated().sum() == 0
    assert found["part"].unique(maintain_order=True).to_list() == ["organisation", "yearly", "titles"]


def test_empty_fields_say_who_must_supply_them():
    found = outlined("draft")
    empty = {row["field"]: row["supplier"] for row in found.to_dicts() if row["value"] is None}
    assert empty["projects.own_funds"] == "applicant"
    assert empty["organisations.uscc"] == "applicant"
    assert found.filter(pl.col("value").is_not_null())["supplier"].null_count() == found["value"].drop_nulls().len()
    row = found.filter(pl.col("field") == "projects.own_funds").row(0, named=True)
    assert "申报单位" in say(Why.from_json(row["why"]), "zh")
    lacking = outlined("firm", world(kinds=()))
    assert lacking.filter(pl.col("part") == "titles")["supplier"].to_list() == ["issuer"]


def test_an_outline_of_one_project_of_several():
    value = {s: dict(outlined("project", subject=s).select("field", "value").iter_rows()) for s in ("p1", "p2")}
    assert value["p1"]["projects.own_funds"] == "3.00 CNY"
    assert value["p2"]["projects.own_funds"] is None
    assert value["p2"]["projects.title"] == "乙"


def test_an_outline_of_what_is_not_there():
    with pytest.raises(UsageFault, match="frim"):
        outlined("frim")
    with pytest.raises(UsageFault, match="other"):
        outlined("project", subject="other")
    assert "企业牵头" in str(outlined("plain")["why"].to_list())


# --- access and the year -----------------------------------------------------------------------------------


def test_access_names_resource_quota_priority_and_end():
    one = firm(kinds=("middle_title",), revenue=60_000_000 * YUAN)
    found = asking.access([rules.judge(made_up(), name, one, DAY) for name in ("middle", "top")])
    row = found.row(0, named=True)
    assert (row["subject"], row["scheme"], row["resource"], row["verdict"]) == ("f", "top", "laboratory", "met")
    assert (row["quota"], row["unit"], row["priority"]) == (200.0, "h", 1)
    assert sayings(found.select("why"))
    assert asking.access([]).columns[0] == "subject"


FUNDS = {"currency": "CNY", "state_funds": 900}
CASE = {"state": "open", "pathway": "a", "pathway_version": "1"}
YEAR = {
    "titles": [title("new", "f", "middle_title", date(2026, 3, 1)), title("old", "f", "base_title", date(2025, 3, 1))],
    "projects": [
        {"project": "own", "title": "甲", "lead": "f", "start": date(2026, 2, 1), **FUNDS},
        {"project": "third", "title": "乙", "lead": "x", "start": date(2026, 2, 2), **FUNDS},
        {"project": "some", "title": "丙", "lead": "f", "start": date(2026, 2, 3), **FUNDS},
        {"project": "next", "title": "丁", "lead": "f", "start": date(2026, 12, 1), **FUNDS},
    ],
    "participants": [
        {"project": "third", "organisation": "f", "role": "partner", "share": 0.3333},
        {"project": "some", "organisation": "x", "role": "partner"},
    ],
    "usage": [
        {"usage": "1", "platform": "p", "user": "f", "date_from": date(2026, 4, 1), "hours": 8.0},
        {"usage": "2", "platform": "p", "user": "f", "date_from": date(2026, 5, 1), "hours": 4.5},
        {"usage": "3", "platform": "p", "user": "x", "date_from": date(2026, 5, 1), "hours": 99.0},
    ],
    "cases": [
        {"case": "led", "lead": "f", "opened": date(2026, 6, 1), **CASE},
        {"case": "need", "need": "n", "opened": date(2026, 7, 1), **CASE},
        {"case": "others", "lead": "x", "opened": date(2026, 7, 1), **CASE},
    ],
    "needs": [{"need": "n", "organisation": "f", "title": "t", "text": "t"}],
    "agreements": [
        {"agreement": "a", "case": "led", "kind": "licence", "party_a": "f", "party_b": "x", "signed": date(2026, 8, 1),
         "amount": 5000, "currency": "CNY"},
    ],
    "events": [{"event": "e", "case": "led", "kind": "paid", "on": date(2026, 9, 1)}],
}  # fmt: skip


def test_what_a_year_brought_and_what_stays_unknown():
    one = firm(kinds=())
    one = one.replace(**{name: registry(**{name: rows})[name] for name, rows in YEAR.items()})
    found = asking.year(one, made_up(), "f", 2026, DAY)
    assert found.gained.select("kind", "ref").rows() == [
        ("funds", "own"), ("funds", "third"), ("funds", "some"), ("title", "new"), ("hours", "p"), ("case", "led"),
        ("case", "need"), ("agreement", "a"), ("payment", "e"),
    ]  # fmt: skip
    assert found.gained["amount"].to_list() == [900, 300, None, None, None, None, None, 5000, None]
    assert found.gained.filter(pl.col("kind") == "hours")["hours"].to_list() == [12.5]
    totals = {row["kind"]: row for row in found.totals.to_dicts()}
    assert (totals["funds"]["count"], totals["funds"]["amount"], totals["funds"]["unknown"]) == (3, 1200, 1)
    assert (totals["payment"]["count"], totals["payment"]["amount"], totals["payment"]["unknown"]) == (1, None, 1)
    assert totals["hours"]["hours"] == 12.5
    assert sayings(found.gained)
    assert sayings(found.totals)
    assert "update" in found.expected["kind"].to_list()


def test_a_table_nobody_imported_is_not_zero():
    found = asking.year(firm(), made_up(), "f", 2026, DAY)
    totals = {row["kind"]: row["count"] for row in found.totals.to_dicts()}
    assert totals == {"title": 1, "funds": None, "agreement": None, "payment": None, "hours": None, "case": None}


def test_what_a_met_tier_brings_is_expected():
    one = firm(kinds=("middle_title",), revenue=60_000_000 * YUAN)
    found = asking.year(one, made_up(), "f", 2026, DAY)
    granted = found.grants.filter(pl.col("verdict") == "met")
    assert ("top", "lab") in granted.select("scheme", "grant").rows()
    assert sayings(found.grants.filter(pl.col("kind") == "access"))
