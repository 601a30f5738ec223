"""One story, told twice: a private start-up's material enters an aerospace project of a state-owned group.

`FAST` goes by the green lane, `SLOW` is the same case as it goes without it: papers asked for twice, handed on, sent
back, held. Each line is (day, kind, fields); day 0 is the day the case was opened. Everything is invented.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from tongtu.registry import Registry

OPENED = date(2023, 2, 6)
STARTUP, GROUP, PILOT, OFFICE, TESTER = "STARTUP", "GROUP", "PILOT", "OFFICE", "TESTER"
PATHWAY = "standard"
Line = tuple[int, str, dict[str, Any]]


def _stage(stage: str, entered: int, due: int, submitted: int) -> list[Line]:
    return [(entered, "entered", {"stage": stage, "due": due}), (submitted, "submitted", {"stage": stage})]


def _go(day: int, stage: str, gate: str, by: str = GROUP, **more: Any) -> Line:
    return day, "decided", {"stage": stage, "gate": gate, "decision": "go", "by": by, **more}


FAST: list[Line] = [
    (0, "opened", {"by": OFFICE, "lane": "green"}),
    *_stage("disclosure", 0, 21, 12), _go(15, "disclosure", "G1", STARTUP),
    *_stage("concept", 15, 71, 60), _go(64, "concept", "G2"),
    (66, "offered", {"by": STARTUP, "offer": "F1"}), (73, "answered", {"by": GROUP, "offer": "F2"}),
    (80, "signed", {"by": GROUP, "agreement": "FA"}),
    *_stage("pilot", 64, 190, 170), _go(175, "pilot", "G3"),
    *_stage("scale_up", 175, 340, 322), (326, "produced", {"by": STARTUP}), _go(327, "scale_up", "G4"),
    *_stage("first_order", 327, 420, 402), (407, "ordered", {"by": GROUP}), _go(407, "first_order", "G5"),
    *_stage("repeat_order", 407, 560, 540), (545, "ordered", {"by": GROUP}), _go(545, "repeat_order", "G6"),
    (545, "closed", {"by": OFFICE}),
]  # fmt: skip

SLOW: list[Line] = [
    (0, "opened", {"by": OFFICE}),
    *_stage("disclosure", 0, 45, 30), (40, "asked", {"stage": "disclosure", "asked": ["检测报告"], "by": OFFICE}),
    (58, "submitted", {"stage": "disclosure"}), _go(75, "disclosure", "G1", STARTUP),
    *_stage("concept", 75, 200, 160), (175, "handed", {"stage": "concept", "by": GROUP, "to": TESTER}),
    (205, "asked", {"stage": "concept", "asked": ["检测报告", "成本测算"], "by": GROUP}),
    (240, "submitted", {"stage": "concept"}), _go(265, "concept", "G2"),
    (270, "offered", {"by": STARTUP, "offer": "S1"}), (330, "answered", {"by": GROUP, "offer": "S2"}),
    (360, "signed", {"by": GROUP, "agreement": "SA"}),
    *_stage("pilot", 265, 480, 450),
    (475, "decided", {"stage": "pilot", "gate": "G3", "decision": "recycle", "by": GROUP, "reason": "批次不足"}),
    (560, "submitted", {"stage": "pilot"}), _go(590, "pilot", "G3"),
    *_stage("scale_up", 590, 800, 790),
    (800, "decided", {"stage": "scale_up", "gate": "G4", "decision": "hold", "by": GROUP, "reason": "等待年度预算"}),
    (880, "resumed", {"stage": "scale_up", "by": GROUP}), (900, "produced", {"by": STARTUP}),
    _go(905, "scale_up", "G4"),
    *_stage("first_order", 905, 1050, 1010), (1025, "handed", {"stage": "first_order", "by": GROUP, "to": TESTER}),
    (1060, "ordered", {"by": GROUP}), _go(1060, "first_order", "G5"),
    *_stage("repeat_order", 1060, 1230, 1220), (1240, "ordered", {"by": GROUP}), _go(1240, "repeat_order", "G6"),
    (1240, "closed", {"by": OFFICE}),
]  # fmt: skip

#: the buyer's own passage beside the fast case
BUYER: list[Line] = [
    (300, "opened", {"by": GROUP}),
    *_stage("qualification", 300, 380, 350), _go(360, "qualification", "Y1"),
    *_stage("first_purchase", 360, 420, 395),
    _go(405, "first_purchase", "Y2"), (407, "ordered", {"by": GROUP}),
    *_stage("integration", 405, 500, 480), _go(495, "integration", "Y3"),
    *_stage("repeat_order", 495, 560, 540), (545, "ordered", {"by": GROUP}), _go(545, "repeat_order", "Y4"),
    (546, "closed", {"by": GROUP}),
]  # fmt: skip
STORIES = {"FAST": FAST, "SLOW": SLOW, "BUYER": BUYER}
#: evidence as it comes in on the fast way: day, dimension, kind, grade, level
PROOF = [
    (0, "ip", "patent", "E1", 5), (10, "function", "document", "E1", 4), (58, "function", "test_report", "E2", 6),
    (60, "standards", "document", "E1", 3), (165, "pilot", "batch_record", "E2", 6),
    (168, "manufacturing", "document", "E1", 5), (320, "manufacturing", "batch_record", "E3", 7),
    (320, "safety", "certificate", "E2", 6), (330, "supply_chain", "document", "E1", 5),
    (398, "interfaces", "user_report", "E3", 7), (400, "standards", "certificate", "E2", 6),
    (402, "function", "acceptance", "E3", 7), (403, "pilot", "acceptance", "E3", 7), (404, "market", "order", "E3", 7),
    (538, "cost", "user_report", "E3", 7), (541, "ip", "audit", "E4", 8), (541, "market", "order", "E4", 8),
    (541, "function", "audit", "E4", 8), (541, "manufacturing", "audit", "E4", 8), (541, "pilot", "audit", "E4", 8),
    (541, "interfaces", "audit", "E4", 8), (541, "standards", "audit", "E4", 8), (541, "safety", "audit", "E4", 8),
]  # fmt: skip


def day(n: int) -> date:
    return OPENED + timedelta(days=n)


def events() -> pl.DataFrame:
    """The three logs as one table."""
    rows = []
    for case, lines in STORIES.items():
        for n, (on, kind, more) in enumerate(sorted(lines, key=lambda line: line[0]), start=1):
            due = {"due": day(more["due"])} if "due" in more else {}
            by = {"by": more.get("by", STARTUP)}
            rows.append({"event": f"{case}-{n:03}", "case": case, "kind": kind, "on": day(on), "recorded_at": day(on),
                         **more, **due, **by})  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def registry() -> Registry:
    """Everything the story stands on."""
    case = {"need": "N1", "achievement": "A1", "pathway": PATHWAY, "pathway_version": "2026.1", "lead": STARTUP,
            "holder": STARTUP, "demander": GROUP, "state": "done", "track": "industrialisation"}  # fmt: skip
    cases = [
        {"case": "FAST", **case, "opened": day(0), "closed": day(545), "lane": "green", "risk_owner": GROUP},
        {"case": "SLOW", **case, "opened": day(0), "closed": day(1240)},
        {"case": "BUYER", **case, "pathway": "buyer", "opened": day(300), "closed": day(546), "parent": "FAST"},
    ]  # fmt: skip
    organisations = [
        (STARTUP, "星澜新材料有限公司（虚构）", "sme"), (GROUP, "天衡航空集团（虚构）", "central_soe"),
        (PILOT, "临江复合材料中试中心（虚构）", "platform_operator"), (OFFICE, "联合体秘书处（虚构）", "association"),
        (TESTER, "方圆检测（虚构）", "provider"), ("ABROAD", "Foreign Prepreg（虚构）", "foreign"),
    ]  # fmt: skip
    proof = [
        {"evidence": f"E{n:02}", "subject_kind": "achievement", "subject": "A1", "dimension": dimension, "kind": kind,
         "grade": grade, "level": level, "dated": day(on), "valid_from": day(on), "recorded_at": day(on)}
        for n, (on, dimension, kind, grade, level) in enumerate(PROOF, start=1)
    ]  # fmt: skip
    offers = [(f"{w}{n}", c, *sides, f"{w}{n - 1}" if n > 1 else None, amount, day(made), day(made + 60), state)
              for w, c, first, gap in (("F", "FAST", 66, 7), ("S", "SLOW", 270, 60))
              for n, sides, amount, made, state in (
                  (1, (STARTUP, GROUP), 500_000_000, first, "countered"),
                  (2, (GROUP, STARTUP), 420_000_000, first + gap, "accepted"))]  # fmt: skip
    agreed = [("FA", "FAST", day(80)), ("SA", "SLOW", day(360))]
    return Registry({
        "organisations": pl.DataFrame(organisations, schema=["organisation", "name", "kind"], orient="row"),
        "needs": pl.DataFrame([{
            "need": "N1", "organisation": GROUP, "title": "发动机短舱用耐高温复合材料预浸料", "item": "PREPREG",
            "text": "长期使用温度 350 摄氏度，层间剪切强度不低于 60 MPa", "trl_min": 4}]),
        "achievements": pl.DataFrame([{
            "achievement": "A1", "organisation": STARTUP, "title": "耐高温聚酰亚胺预浸料", "trl": 6, "mrl": 5,
            "text": "350 摄氏度长期使用的聚酰亚胺树脂基复合材料预浸料"}]),
        "cases": pl.DataFrame(cases, infer_schema_length=None),
        "events": events(),
        "evidence": pl.DataFrame(proof),
        "offers": pl.DataFrame(offers, orient="row", schema=[
            "offer", "case", "by", "to", "answers", "amount", "made", "expires", "state"]).with_columns(
                currency=pl.lit("CNY"), price_year=2023),
        "agreements": pl.DataFrame(agreed, schema=["agreement", "case", "signed"], orient="row").with_columns(
            kind=pl.lit("purchase"), party_a=pl.lit(STARTUP), party_b=pl.lit(GROUP)),
        "items": pl.DataFrame([("NACELLE", "发动机短舱", 40.0, 400.0), ("PREPREG", "耐高温预浸料", 60.0, 500.0),
                               ("FIBRE", "碳纤维", 90.0, 200.0)],
                              schema=["item", "name", "stock_days", "recovery_days"], orient="row"),
        "components": pl.DataFrame({"item": ["NACELLE", "PREPREG"], "component": ["PREPREG", "FIBRE"]}),
        "supplies": supplies(before=True),
    })  # fmt: skip


def supplies(*, before: bool) -> pl.DataFrame:
    """Who supplied the material before, and once the start-up's line produced."""
    home = 0.05 if before else 0.65
    rows = [
        ("PREPREG", "ABROAD", "US", 1 - home), ("PREPREG", STARTUP, "CN", home), ("FIBRE", "HOME", "CN", 0.8),
        ("FIBRE", "ABROAD", "JP", 0.2), ("NACELLE", GROUP, "CN", 1.0),
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=["item", "supplier", "jurisdiction", "share"], orient="row").with_columns(
        year=2023 if before else 2025, qualified=1.0
    )
