"""Pathways drawn by hypothesis, and a case told on one: what the tests of exchange share."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from hypothesis import strategies as st

from tongtu import packs
from tongtu.chain.law import pathways
from tongtu.pathway.model import Gate, Missed, Pathway, Stage, StatutoryStep
from tongtu.registry import Registry, noun
from tongtu.terms.why import Label

DECISIONS = ("go", "hold", "recycle", "kill")
MISSED = (Missed("escalate", "secretariat"), Missed("approve", "demander"), Missed("hold"))


def shipped() -> dict[str, Pathway]:
    return pathways(packs.load("cn"))


@st.composite
def drawn(draw: st.DrawFn) -> Pathway:
    """Up to five stages in any order of waiting; a gate may hold, send back, stop; some ask for signatures or steps."""
    stages = []
    for n in range(draw(st.integers(1, 5))):
        after = tuple(f"s{k}" for k in range(n) if draw(st.booleans())) or ((f"s{n - 1}",) if n else ())
        stages.append(_stage(draw, n, after if draw(st.integers(0, 9)) or not n else ()))
    return Pathway("drawn", "1", Label("抽样", "drawn"), date(2020, 1, 1), None, "x", "ours", False, (), tuple(stages))


def _stage(draw: st.DrawFn, n: int, after: tuple[str, ...]) -> Stage:
    keeps = [one for one in DECISIONS if one == "go" or draw(st.booleans())]
    signs = tuple(draw(st.lists(st.sampled_from(("platform", "capital")), max_size=2, unique=True)))
    gate = Gate(f"g{n}", Label(f"关{n}", f"gate {n}"), "demander", 5, draw(st.sampled_from(MISSED)), (), (),
                tuple(keeps), approvals=signs)  # fmt: skip
    steps = tuple(
        StatutoryStep(f"t{n}{k}", Label(f"步{k}", f"step {k}"), 3, "holder", draw(st.booleans()), (), "x", "ours")
        for k in range(draw(st.integers(0, 2)))
    )
    optional = bool(n) and draw(st.integers(0, 4)) == 0
    return Stage(f"s{n}", after, ((1, 20),), gate, steps, label=Label(f"段{n}", f"stage {n}"), optional=optional)


def table(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = noun(name).schema()
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema, orient="row")


def story(pathway: str = "standard", version: str = "2026.1") -> Registry:
    """One case told in full: sent back once, held once, offers, an agreement, an order; a late record."""
    d = date
    case = {"case": "K1", "need": "N1", "achievement": "A1", "pathway": pathway, "pathway_version": version,
            "state": "open", "lead": "O1", "demander": "O2", "holder": "O1", "opened": d(2026, 1, 5)}  # fmt: skip
    told: list[tuple[str, date, dict[str, Any]]] = [
        ("opened", d(2026, 1, 5), {"by": "O1"}),
        ("entered", d(2026, 1, 6), {"stage": "disclosure", "due": d(2026, 3, 2), "by": "O1"}),
        ("submitted", d(2026, 2, 2), {"stage": "disclosure", "documents": ["V1"], "by": "O1"}),
        ("decided", d(2026, 2, 9), {"gate": "G1", "decision": "recycle", "reason": "缺检测<&>报告", "by": "O1",
                                    "due": d(2026, 3, 20)}),
        ("submitted", d(2026, 2, 23), {"stage": "disclosure", "by": "O1", "role": "holder"}),
        ("decided", d(2026, 3, 2), {"gate": "G1", "decision": "go", "by": "O1", "role": "holder"}),
        ("entered", d(2026, 3, 3), {"stage": "concept", "due": d(2026, 8, 3), "by": "O1"}),
        ("offered", d(2026, 3, 9), {"offer": "F1", "by": "O1"}),
        ("asked", d(2026, 4, 1), {"stage": "concept", "asked": ["检测报告", "查新报告"], "by": "O3",
                                  "role": "secretariat"}),
        ("submitted", d(2026, 5, 6), {"stage": "concept", "by": "O1"}),
        ("decided", d(2026, 5, 11), {"gate": "G2", "decision": "hold", "reason": "预算待批", "by": "O2",
                                     "role": "demander"}),
        ("resumed", d(2026, 6, 1), {"stage": "concept", "by": "O2"}),
        ("decided", d(2026, 6, 3), {"gate": "G2", "decision": "go", "by": "O2", "role": "demander"}),
        ("signed", d(2026, 6, 10), {"agreement": "R1", "by": "O2"}),
        ("completed", d(2026, 6, 20), {"stage": "concept", "step": "contract_registration", "by": "O1"}),
        ("entered", d(2026, 6, 22), {"stage": "pilot", "due": d(2026, 12, 1), "by": "O1"}),
        ("met", d(2026, 7, 1), {"stage": "pilot", "by": "O3", "note": "例会"}),
        ("produced", d(2026, 9, 1), {"by": "O1", "recorded_at": d(2026, 9, 20)}),
        ("ordered", d(2026, 9, 10), {"by": "O2"}),
    ]  # fmt: skip
    events = [{"event": f"E{n:02}", "case": "K1", "kind": kind, "on": on, "recorded_at": on, **more}
              for n, (kind, on, more) in enumerate(told)]  # fmt: skip
    offer = {"offer": "F1", "case": "K1", "by": "O1", "to": "O2", "amount": 500_000_00, "currency": "CNY",
             "made": d(2026, 3, 9), "expires": d(2026, 4, 9), "state": "accepted"}  # fmt: skip
    agreement = {"agreement": "R1", "case": "K1", "kind": "licence", "party_a": "O1", "party_b": "O2",
                 "signed": d(2026, 6, 10), "amount": 480_000_00, "currency": "CNY"}  # fmt: skip
    people = [{"organisation": own, "name": name, "name_en": en, "kind": kind, "region": "110000"}
              for own, name, en, kind in (("O1", "甲研究所", "Institute A", "institute"),
                                          ("O2", "乙公司", "Firm B", "private"),
                                          ("O3", "丙秘书处", "Office C", "association"))]  # fmt: skip
    return Registry({
        "cases": table("cases", case), "events": table("events", *events), "offers": table("offers", offer),
        "agreements": table("agreements", agreement), "organisations": table("organisations", *people),
        "evidence": table("evidence", {"evidence": "V1", "subject": "A1", "subject_kind": "achievement",
                                       "kind": "test_report", "dimension": "function", "grade": "E2"}),
        "needs": table("needs", {"need": "N1", "organisation": "O2", "title": "高温合金叶片",
                                 "title_en": "Superalloy blades", "text": "耐 1100 ℃ 的单晶叶片"}),
        "achievements": table("achievements", {"achievement": "A1", "organisation": "O1", "title": "单晶铸造工艺",
                                               "text": "定向凝固", "trl": 6}),
    })  # fmt: skip


def contest() -> Registry:
    """A call with three answers: one is out, one goes on, one waits for the decision."""
    base = story("challenge", "2026.1")
    d = date
    told: list[tuple[str, date, dict[str, Any]]] = [
        ("opened", d(2026, 1, 5), {"by": "O3"}),
        ("entered", d(2026, 1, 6), {"stage": "call", "due": d(2026, 2, 27), "by": "O3"}),
        ("submitted", d(2026, 1, 20), {"stage": "call", "by": "O3"}),
        ("signed", d(2026, 1, 27), {"gate": "H1", "by": "O2", "role": "demander"}),
        ("decided", d(2026, 2, 2), {"gate": "H1", "decision": "go", "by": "O3", "role": "secretariat"}),
        *(("entered", d(2026, 3, 2 + n), {"stage": "answers", "branch": name, "by": by, "due": d(2026, 5, 29)})
          for n, (name, by) in enumerate((("甲队", "O1"), ("乙队", "O2"), ("丙队", "O3")))),
        *(("submitted", d(2026, 4, 1 + n), {"stage": "answers", "branch": name, "by": "O1"})
          for n, name in enumerate(("甲队", "乙队", "丙队"))),
        *(("signed", d(2026, 4, 20), {"gate": "H2", "branch": name, "by": "O2", "role": "demander"})
          for name in ("甲队", "乙队")),
        ("shortlisted", d(2026, 5, 6), {"gate": "H2", "branch": "甲队", "by": "O3"}),
        ("eliminated", d(2026, 5, 6), {"gate": "H2", "branch": "乙队", "by": "O3", "reason": "指标不足"}),
        ("entered", d(2026, 5, 11), {"stage": "race", "branch": "甲队", "by": "O1", "due": d(2027, 3, 1)}),
    ]  # fmt: skip
    events = [{"event": f"E{n:02}", "case": "K1", "kind": kind, "on": on, "recorded_at": on, **more}
              for n, (kind, on, more) in enumerate(told)]  # fmt: skip
    return base.replace(events=table("events", *events))
