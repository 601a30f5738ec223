"""What documents about cases start from: the records, the pack's pathways, and every case as its log tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.law import pathways as pathways_of
from tongtu.chain.network import Network
from tongtu.chain.report.spoken import Pair, pair, words
from tongtu.pathway.cases import Machine, Replayed, State, machine, replay
from tongtu.pathway.model import Gate, Pathway, Stage
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.pathway.evidence import Findings

Row = dict[str, Any]
#: cases a fault names at most
_NEAR = 5


@dataclass(frozen=True)
class Passage:
    """The cases of a network, replayed. See `passage`."""

    network: Network
    pathways: Mapping[str, Pathway]
    told: Replayed

    # ------------------------------------------------------------------------------------------ one case

    def one(self, said: str | None) -> str:
        """A case by its id or by the title of its need. Raises UsageFault, naming those that look like it."""
        ids = list(self.rows)
        titled = [own for own in ids if said and said in self.title(own)]
        if said in self.rows:
            return str(said)
        if len(titled) == 1:
            return titled[0]
        near = titled or get_close_matches(said or "", ids, _NEAR, 0.4) or ids
        told = {"case": said or "", "n": len(ids), "ids": tuple(near[:_NEAR])}
        code = "no-case" if said else "which-case"
        raise UsageFault.because(f"passage.{code}", f"passage.{code}-repair", **told)

    def told_of(self, case: str) -> Machine:
        """The machine a case stands on now. Raises DataRefused where its log is broken or says nothing."""
        if case not in self.told.of:
            raise DataRefused(self.faults(case))
        state = self.state(case)
        if state.opened is None:
            told = {"case": case}
            raise DataRefused([Fault(Why("passage.no-log", told), Why("passage.no-log-repair", told), sheet="events")])
        return machine(self.pathways[state.key])

    def state(self, case: str) -> State:
        return self.told.of[case]

    def pathway(self, case: str) -> Pathway | None:
        """The version a case is pinned to, as its log or its row tells; None where the pack lacks it."""
        if case in self.told.of:
            return self.pathways.get(self.state(case).key)
        row = self.rows[case]
        return self.pathways.get(f"{row['pathway']}@{row['pathway_version']}")

    def faults(self, case: str | None = None) -> list[Fault]:
        """What is wrong with the log of a case, or of all."""
        rows = self.told.faults if case is None else self.told.faults.filter(pl.col("case") == case)
        return [
            Fault(Why.from_json(row["what"]), Why.from_json(row["repair"]) if row["repair"] else None,
                  sheet=row["sheet"] or "", column=row["field"] or "", value=row["value"] or "")
            for row in rows.iter_rows(named=True)
        ]  # fmt: skip

    def of(self, frame: pl.DataFrame, case: str) -> pl.DataFrame:
        return frame.filter(pl.col("case") == case)

    def log(self, case: str) -> pl.DataFrame:
        """The case's events as known, in the order that counts."""
        recorded = pl.col("recorded_at").fill_null(pl.col("on"))
        known = (pl.col("on") <= self.network.as_of) & (recorded <= self.network.known_at)
        return self.of(self.network.registry["events"], case).filter(known).sort("on", recorded, "event")

    @cached_property
    def rows(self) -> dict[str, Row]:
        return {row["case"]: row for row in self.network.registry["cases"].iter_rows(named=True)}

    @cached_property
    def findings(self) -> Findings:
        """What the evidence says about each gate."""
        from tongtu.chain.law import rule_book
        from tongtu.pathway.evidence import Findings

        registry, pack = self.network.registry, self.network.pack
        return Findings(registry["cases"], registry, self.network.as_of, book=rule_book(pack))

    # ------------------------------------------------------------------------------------------ names

    def title(self, case: str) -> Pair:
        """What a case is about: its need, else its achievement, else its id."""
        row = self.rows[case]
        for table, key in (("needs", row["need"]), ("achievements", row["achievement"])):
            if key:
                found = self.network.name(table, key, "title")
                if found != [key, key]:
                    return found
        return [case, case]

    def titled(self, case: str) -> Pair:
        """The title with the id behind it."""
        zh, en = self.title(case)
        return [case, case] if zh == case else [f"{zh}（{case}）", f"{en} ({case})"]

    def stage(self, key: str, own: str | None) -> Pair:
        """A stage by its pathway's own words, else by the vocabulary's."""
        found = self.stage_of(key, own)
        return pair(found.label) if found else self.network.label("stage", own)

    def gate(self, key: str, own: str | None) -> Pair:
        found = self.gate_of(key, own)
        return pair(found.label) if found else [own or "", own or ""]

    def stage_of(self, key: str, own: str | None) -> Stage | None:
        pathway = self.pathways.get(key)
        return next((stage for stage in pathway.stages if stage.id == own), None) if pathway else None

    def gate_of(self, key: str, own: str | None) -> Gate | None:
        pathway = self.pathways.get(key)
        return next((stage.gate for stage in pathway.stages if stage.gate.id == own), None) if pathway else None

    def branched(self, name: Pair, branch: str | None) -> Pair:
        """A name with the answer to a call that it is about."""
        return [f"{part} · {branch}" if part else branch for part in name] if branch else name

    def kind(self, code: str, gate: str | None) -> Pair:
        """What happened: to sign at a gate is no agreement."""
        return words("passage.signs") if code == "signed" and gate else self.network.label("event_kind", code)

    def role(self, code: str | None) -> Pair:
        return self.network.label("case_role", code)

    def organisation(self, own: str | None) -> Pair:
        return self.network.name("organisations", own)

    def who(self, role: str | None, organisation: str | None) -> Pair:
        """A role with the organisation that plays it, as far as either is known."""
        parts = [self.role(role), self.organisation(organisation)]
        return [" · ".join(filter(None, side)) for side in zip(*parts, strict=True)]


def passage(network: Network) -> Passage:
    """Every case of a network as its log tells it. Raises UsageFault where there are no cases, PackRefused."""
    network.filled("cases")
    pathways = pathways_of(network.pack)
    registry = network.registry
    told = replay(registry["events"], registry["cases"], pathways, as_of=network.as_of, known_at=network.known_at)
    return Passage(network, pathways, told)


def label(said: Pair) -> Label:
    """A pair as an argument of a sentence."""
    return Label(*said)
