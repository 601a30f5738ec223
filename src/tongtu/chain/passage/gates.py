"""The gates of a case: what each decided and why, and what the evidence says about those still to come."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.chain.dossier.document import Cell, Section, cell, same
from tongtu.chain.passage.ground import Passage
from tongtu.chain.passage.pieces import because, count, day, decision, section, table, told, verdict
from tongtu.pathway.cases import Machine
from tongtu.pathway.exchange import role

_DECIDES = ("decided", "approved", "shortlisted", "awarded", "eliminated")
_RESULTS = {"passed": "good", "failed": "bad", "withdrawn": "soft", "censored": ""}


def gates(passage: Passage, case: str) -> Section:
    """Every stay in a stage with the decision it ended with, its reason, and its days against the date it had."""
    runs = passage.told_of(case)
    ruled = _rulings(passage, case, runs)
    rows = []
    for stay in passage.of(passage.told.stays, case).sort("entered", "branch", "stage", "round").iter_rows(named=True):
        key = f"{stay['pathway']}@{stay['version']}"
        end = stay["left"] or passage.network.as_of
        event = ruled.get((stay["branch"], stay["stage"], stay["left"]), {})
        name = passage.branched(passage.stage(key, stay["stage"]), stay["branch"])
        rows.append([
            cell(name), count(stay["round"]), day(stay["entered"]),
            day(stay["due"], stay["due"] is not None and end > stay["due"]), day(stay["left"]),
            count((end - stay["entered"]).days), _ended(passage, stay),
            cell(passage.who(event.get("role"), event.get("by"))), cell(same(event.get("reason") or "")),
        ])  # fmt: skip
    heads = ("stage", "round/n", "entered/day", "due/day", "left/day", "days/n", "result", "by", "reason/long")
    return section("gates", table(heads, rows, "no-stays"))


def _ended(passage: Passage, stay: dict[str, Any]) -> Cell:
    if stay["decision"]:
        return decision(passage.network, stay["decision"])
    return cell(told(f"result-{stay['result']}"), _RESULTS[stay["result"]])  # type: ignore[arg-type]


def _rulings(passage: Passage, case: str, runs: Machine) -> dict[tuple[str, str, Any], dict[str, Any]]:
    """Decisions by branch, stage and day: what ended a stay."""
    found = {}
    for row in passage.log(case).filter(pl.col("kind").is_in(_DECIDES)).iter_rows(named=True):
        at = runs.stage_at.get(row["stage"] or "", runs.gate_at.get(row["gate"] or "", -1))
        if at >= 0:
            found[row["branch"] or "", runs.stages[at].id, row["on"]] = row
    return found


def next_gates(passage: Passage, case: str) -> Section | None:
    """What the gates of the open stages ask, and what the evidence at hand says to each criterion."""
    runs, now = passage.told_of(case), passage.state(case)
    open_ = sorted({token.stage for line in now.lines for token in line.tokens}) if now.live else []
    found: list[Section] = []
    for n in open_:
        gate = runs.gates[n]
        judged = passage.findings.judge(case, gate)
        rows = [[_answer(passage, case, gate, k), because(why)] for k, why in enumerate(judged.reasons)]
        title = told("gate-asks", gate=gate.label, owner=role(gate.owner), days=gate.decide_within)
        found.append(Section(title, table(("verdict", "because/long"), rows, "asks-nothing"), verdict(judged.verdict)))
    return section("next-gates", found) if found else None


def _answer(passage: Passage, case: str, gate: Any, k: int) -> Cell:
    """The verdict of one criterion: the gate's, were it the only one."""
    from dataclasses import replace

    return verdict(passage.findings.judge(case, replace(gate, criteria=(gate.criteria[k],))).verdict)
