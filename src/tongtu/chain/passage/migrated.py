"""What putting a case on another version of its pathway would change, before anybody decides it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tongtu.chain.dossier.document import Cell, Document, Paragraph, Tone, cell, same
from tongtu.chain.passage.ground import Passage
from tongtu.chain.passage.pieces import because, document, facts, section, table, told
from tongtu.pathway.cases import CaseRefused, Event, Preview, frame_of, migrate, preview
from tongtu.pathway.model import Pathway
from tongtu.terms.faults import DataRefused, UsageFault

_TONES: dict[str, Tone] = {"removed": "bad", "refused": "bad", "changed": "warn", "again": "warn", "added": "good",
                           "credited": "good"}  # fmt: skip


@dataclass(frozen=True)
class Migrated:
    passage: Passage
    case: str
    old: Pathway
    new: Pathway
    found: Preview

    def document(self, most: int | None = None) -> Document:
        rows = [[cell(told(f"part-{row['part']}")), cell(same(row["item"] or "")), cell(same(row["before"] or "—")),
                 cell(same(row["after"] or "—")), cell(told(f"effect-{row['effect']}"), _TONES.get(row["effect"], "")),
                 because(row["why"])] for row in self._changes().iter_rows(named=True)]  # fmt: skip
        head = facts(
            ("from", cell(told("versioned", name=self.old.label, version=self.old.version))),
            ("to-version", cell(told("versioned", name=self.new.label, version=self.new.version))),
        )
        said = Paragraph(because(self.found.why).text, "good" if self.found.possible else "bad")
        heads = ("part", "item", "before", "after", "effect", "because/long")
        sections = [section("overview", [said, head], _badge(self.found)),
                    section("changes", table(heads, rows, "nothing-changes", most))]  # fmt: skip
        title = told("migrate-title", case=self.case)
        return document(self.passage.network, title, sections, self.passage.titled(self.case))

    def _changes(self) -> pl.DataFrame:
        """What stays as it is need not be told."""
        return self.found.rows.filter(pl.col("effect") != "kept")

    def event(self) -> pl.DataFrame:
        """The row to append to the log. Raises DataRefused, with every hindrance, where the case may not migrate."""
        on = self.passage.network.as_of
        state = self.passage.state(self.case)
        own = f"{self.case}-migrated-{on:%Y%m%d}"
        try:
            made: Event = migrate(state, self.case, self.old, self.new, on=on, event=own)
        except CaseRefused as refused:
            raise DataRefused(refused.faults) from None
        return frame_of([made._replace(recorded_at=on)])


def _badge(found: Preview) -> Cell:
    return cell(told("possible" if found.possible else "impossible"), "good" if found.possible else "bad")


def migrated(passage: Passage, said: str | None, version: str) -> Migrated:
    """The preview of a migration. Raises UsageFault for a version that the pack does not hold, DataRefused for a log
    that is broken."""
    case = passage.one(said)
    runs = passage.told_of(case)
    old = runs.pathway
    new = passage.pathways.get(version if "@" in version else f"{old.id}@{version}")
    if new is None or new.key == old.key:
        known = tuple(one.version for one in passage.pathways.values() if one.id == old.id and one.key != old.key)
        code = "no-version" if known else "no-other-version"
        args = {"version": version, "known": known, "pathway": old.label}
        raise UsageFault.because(f"passage.{code}", f"passage.{code}-repair", **args)
    row = passage.rows[case]
    found = preview(passage.log(case), row, old, new, as_of=passage.network.as_of, pathways=passage.pathways)
    return Migrated(passage, case, old, new, found)
