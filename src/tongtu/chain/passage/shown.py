"""One case from need to industry: where it stands, its days, gates, papers and talks, and what may come next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from tongtu.chain.dossier.document import Cell, Document, Paragraph, Section, cell, joined, same
from tongtu.chain.passage import pictures
from tongtu.chain.passage.ahead import as_opened, reckoned, to_come
from tongtu.chain.passage.bargaining import bargaining
from tongtu.chain.passage.beside import beside
from tongtu.chain.passage.days import Spell, spells
from tongtu.chain.passage.gates import gates, next_gates
from tongtu.chain.passage.ground import Passage, label
from tongtu.chain.passage.holes import holes
from tongtu.chain.passage.logged import entries
from tongtu.chain.passage.nexts import nexts
from tongtu.chain.passage.pieces import (
    because,
    count,
    day,
    document,
    facts,
    note,
    section,
    stacked,
    state,
    table,
    told,
)
from tongtu.chain.report.spoken import Pair, pair, words

_OUTCOMES = ("produced", "ordered", "paid")


@dataclass(frozen=True)
class Shown:
    """See `shown`."""

    passage: Passage
    case: str

    def document(self, most: int | None = None) -> Document:
        sections = [self._head(), self._pictures(), next_gates(self.passage, self.case), nexts(self.passage, self.case),
                    gates(self.passage, self.case), self._days(), self._dues(most), self._papers(most),
                    *bargaining(self.passage, self.case), beside(self.passage, self.case),
                    holes(self.passage, self.case, most),
                    section("log", entries(self.passage, self.case, most))]  # fmt: skip
        title = told("case-title", case=label(self.passage.titled(self.case)))
        return document(self.passage.network, title, sections)

    # ------------------------------------------------------------------------------------------ where it stands

    @cached_property
    def _states(self) -> pl.DataFrame:
        return self.passage.of(self.passage.told.states, self.case)

    @cached_property
    def _spells(self) -> list[Spell]:
        return spells(self.passage, self.case)

    def _head(self) -> Section:
        passage, row, network = self.passage, self.passage.rows[self.case], self.passage.network
        runs = passage.told_of(self.case)
        main = self._states.filter(pl.col("branch") == "").row(0, named=True)
        names = {column: cell(passage.organisation(row[column]))
                 for column in ("demander", "holder", "lead", "risk_owner")}  # fmt: skip
        opened = passage.state(self.case).opened
        assert opened is not None
        spent = ((main["ended"] or network.as_of) - opened).days
        waits = [passage.who(row["waits_for"], row["waits_on"]) for row in self._states.iter_rows(named=True)]
        due, late = self._states.select(pl.col("due").min()).item(), bool(self._states["overdue"].any())
        found = facts(
            ("need", cell(network.name("needs", row["need"], "title"))),
            ("achievement", cell(network.name("achievements", row["achievement"], "title"))),
            ("demander", names["demander"]), ("holder", names["holder"]),
            ("lead", names["lead"] if row["lead"] not in (row["demander"], row["holder"]) else cell(["", ""])),
            ("platform", cell(network.name("platforms", row["platform"]))),
            ("direction", cell(network.direction(row["direction"]))),
            ("pathway", cell(words("passage.versioned", name=runs.pathway.label, version=runs.pathway.version))),
            ("lane", cell(self._lane(), "warn")), ("risk-owner", names["risk_owner"]),
            ("opened", cell(told("since-days", day=opened, n=spent))),
            ("stage", cell(self._stages())),
            ("waits-for", cell(joined(_once(waits)), "bad" if late else "")),
            ("due", _when(due, late)),
            ("finish-opened", _when(as_opened(passage, self.case))),
            ("finish-now", _when(max((one.end for one in to_come(passage, self.case)), default=None))),
            ("outcomes", self._outcomes()),
        )  # fmt: skip
        return section("overview", [found, *self._told(late)],
                       state(network, main["state"]))  # fmt: skip

    def _told(self, late: bool) -> list[Paragraph]:
        """What the case waits for, in a sentence for each stage that is open."""
        rows = self._states.drop_nulls("stage")
        found = rows if rows.height else self._states.head(1)
        return [
            Paragraph(because(why).text, "warn" if late else "") for why in found["why"].unique(maintain_order=True)
        ]

    def _lane(self) -> Pair:
        runs, own = self.passage.told_of(self.case), self.passage.state(self.case).lane
        return next((pair(lane.label) for lane in runs.pathway.lanes if lane.id == own), [own or "", own or ""])

    def _stages(self) -> Pair:
        """The stages being worked, each answer to a call by its name."""
        key = self.passage.state(self.case).key
        found = [self.passage.branched(self.passage.stage(key, row["stage"]), row["branch"])
                 for row in self._states.drop_nulls("stage").iter_rows(named=True)]  # fmt: skip
        return joined(found)

    def _outcomes(self) -> Cell:
        """What counts: a line in production, orders, payments; meetings are activity and stand in the log."""
        counted = Counter(self.passage.log(self.case)["kind"].to_list())
        found = [told("counted", what=label(self.passage.network.label("event_kind", kind)), n=counted[kind])
                 for kind in _OUTCOMES if counted[kind]]  # fmt: skip
        return cell(joined(found), "good") if found else cell(told("no-outcome"), "soft")

    def _pictures(self) -> Section:
        passage, case = self.passage, self.case
        runs = passage.told_of(case)
        road = pictures.road(passage, runs, passage.state(case))
        days = pictures.days(passage, runs, self._spells, reckoned(passage, case))
        return section("passage", stacked(road, days))

    # ------------------------------------------------------------------------------------------ days, dates, papers

    def _days(self) -> Section:
        passage, found = self.passage, self._spells
        total = sum(one.days for one in found)
        sums: dict[tuple[str, str], int] = {}
        for one in found:
            kind = pictures.kind_of(one)
            sums[one.role or "", kind] = sums.get((one.role or "", kind), 0) + one.days
        rows = [
            [cell(passage.role(role) if role else told("nobody")), cell(told(f"days-{kind}")), count(n),
             cell(same(f"{n / total:.0%}" if total else "—"))]
            for (role, kind), n in sorted(sums.items(), key=lambda item: (-item[1], item[0]))
        ]  # fmt: skip
        working = sum(n for (_, kind), n in sums.items() if kind in pictures.WORKING)
        args = {"n": total, "working": working, "waiting": total - working}
        return section("days-spent", stacked(
            Paragraph(told("days-are", **args)), pictures.whose(passage, found),
            *table(("role", "spent-on", "days/n", "share/n"), rows, "no-days"),
        ))  # fmt: skip

    def _dues(self, most: int | None) -> Section:
        passage = self.passage
        key = passage.state(self.case).key
        found = passage.of(passage.told.dues, self.case).sort("due", "on", "event", descending=[True, True, True])
        today = passage.network.as_of
        rows = [[day(row["due"], row["holds"] and row["due"] < today),
                 cell(passage.branched(passage.stage(key, row["stage"]), row["branch"])),
                 cell(passage.network.label("event_kind", row["kind"])), day(row["on"]),
                 cell(told("holds" if row["holds"] else "past"), "" if row["holds"] else "soft")]
                for row in found.iter_rows(named=True)]  # fmt: skip
        heads = ("due/day", "stage", "set-by", "set-on/day", "in-force")
        return section("dues", [note("dues-are"), *table(heads, rows, "no-dues", most)])

    def _papers(self, most: int | None) -> Section:
        passage = self.passage
        log, key = passage.log(self.case), passage.state(self.case).key
        evidence = {row["evidence"]: row for row in passage.network.registry["evidence"].iter_rows(named=True)}
        rows = []
        for row in log.filter(pl.col("documents").list.len() > 0).iter_rows(named=True):
            for own in row["documents"]:
                about = evidence.get(own, {})
                kind = passage.network.label("evidence_kind", about.get("kind"))
                grade = passage.network.label("evidence_grade", about.get("grade"))
                rows.append([cell(same(own)), cell(kind), cell(grade), cell(passage.stage(key, row["stage"])),
                             cell(passage.who(row["role"], row["by"])), day(row["on"])])  # fmt: skip
        asked = Counter(name for names in log["asked"].drop_nulls().to_list() for name in names)
        twice = [[cell(same(name)), cell(same(str(n)), "warn" if n > 1 else "")] for name, n in sorted(asked.items())]
        blocks = table(("document", "kind", "grade", "stage", "by", "on/day"), rows, "no-papers", most)
        if twice:
            again = sum(n > 1 for n in asked.values())
            blocks += [Paragraph(told("asked-of", n=sum(asked.values()), again=again), "warn" if again else "soft"),
                       *table(("asked-for", "times/n"), twice, "no-papers", most)]  # fmt: skip
        return section("papers", blocks)


def _once(found: Sequence[Pair]) -> list[Pair]:
    """Each name once, in order."""
    return [one for n, one in enumerate(found) if any(one) and one not in found[:n]]


def _when(value: date | None, late: bool | None = False) -> Cell:
    """A day of the head of the page; nothing where there is none."""
    return day(value, late) if value is not None else cell(["", ""])


def shown(passage: Passage, said: str | None) -> Shown:
    """One case, found by its id or the title of its need. Raises UsageFault where it is none of the cases, DataRefused
    where its log is empty or broken."""
    case = passage.one(said)
    passage.told_of(case)
    return Shown(passage, case)
