"""The log of a case as rows, in the order that counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tongtu.chain.dossier.document import Block, Document, cell, joined, same
from tongtu.chain.passage.ground import Passage
from tongtu.chain.passage.pieces import decision, document, facts, section, table, told
from tongtu.chain.report.spoken import Pair


@dataclass(frozen=True)
class Logged:
    passage: Passage
    case: str

    def document(self, most: int | None = None) -> Document:
        log = self.passage.log(self.case)
        head = facts(("events", cell(same(str(log.height)))), ("first", cell(same(str(log["on"].min() or "—")))),
                     ("last", cell(same(str(log["on"].max() or "—")))))  # fmt: skip
        title = told("log-title", case=self.case)
        sections = [section("overview", [head]), section("log", entries(self.passage, self.case, most))]
        return document(self.passage.network, title, sections, self.passage.titled(self.case))


def entries(passage: Passage, case: str, most: int | None) -> list[Block]:
    """Every event of a case as a table."""
    pathway = passage.pathway(case)
    key = pathway.key if pathway else ""
    rows = [
        [cell(same(row["on"].isoformat())), cell(passage.kind(row["kind"], row["gate"])),
         cell(_where(passage, key, row)),
         decision(passage.network, row["decision"]) if row["decision"] else cell(same("")),
         cell(passage.who(row["role"], row["by"])), cell(same("" if row["due"] is None else row["due"].isoformat())),
         cell(_more(passage, row))]
        for row in passage.log(case).iter_rows(named=True)
    ]  # fmt: skip
    return table(("on/day", "kind/day", "where", "decision/day", "by", "due/day", "more/long"), rows, "no-events", most)


def _where(passage: Passage, key: str, row: dict[str, Any]) -> Pair:
    parts = [same(row["branch"] or ""), passage.stage(key, row["stage"]) if row["stage"] else same(""),
             passage.gate(key, row["gate"]) if row["gate"] else same("")]  # fmt: skip
    return joined([part for part in parts if any(part)], " · ", " · ")


def _more(passage: Passage, row: dict[str, Any]) -> Pair:
    """What else the event says, each with what it is."""
    found: list[Pair] = []
    if row["to"]:
        found.append(told("to", who=_label(passage.organisation(row["to"]))))
    for name in ("documents", "asked"):
        if row[name]:
            found.append(told(name, what=tuple(row[name])))
    for name in ("step", "version", "lane", "offer", "agreement"):
        if row[name]:
            found.append(told(f"with-{name}", what=row[name]))
    found += [same(row[name]) for name in ("reason", "note") if row[name]]
    recorded = row["recorded_at"]
    if recorded is not None and recorded != row["on"]:
        found.append(told("recorded", day=recorded))
    return joined(found, "；", "; ")


def _label(said: Pair) -> Any:
    from tongtu.chain.passage.ground import label

    return label(said)


def logged(passage: Passage, said: str | None) -> Logged:
    """The log of one case. Raises UsageFault."""
    return Logged(passage, passage.one(said))
