"""Cases over lines: who runs where and when, why, what moved since last time, and how near the best it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.dossier.charts import Gantt, Lane, Span
from tongtu.chain.dossier.charts.model import PALETTE
from tongtu.chain.dossier.document import Block, Cell, Chart, Document, Section, Tone, cell, same
from tongtu.chain.network.ground import Network
from tongtu.chain.network.pieces import (
    DASH,
    because,
    day,
    document,
    facts,
    hours,
    number,
    optima,
    section,
    share,
    state,
    table,
    with_id,
)
from tongtu.chain.report.spoken import Pair, words
from tongtu.solve import Solution
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang

if TYPE_CHECKING:
    from tongtu.pilots.scheduling import Replanned

Row = dict[str, Any]
_STATUS: dict[str, Tone] = {"placed": "good", "no_line": "bad", "full_until": "warn", "unknown": "warn"}
_CHANGES: dict[str, Tone] = {"kept": "soft", "begun": "soft", "moved": "warn", "added": "good", "dropped": "bad",
                             "unplaced": "bad"}  # fmt: skip
#: lanes of the picture on a page; the table has them all
_LANES = 60
#: what `--csv` writes and `--previous` reads
KEPT = ("case", "stage", "status", "platform", "line", "start", "end", "hours")


@dataclass(frozen=True)
class Scheduled:
    """`slots`: see the chain's table; `moves`: what changed against an earlier schedule, where one was given."""

    network: Network
    jobs: pl.DataFrame
    slots: pl.DataFrame
    lines: pl.DataFrame
    solution: Solution
    moves: pl.DataFrame | None = None

    def document(self, most: int | None = None) -> Document:
        sections = [self._result(), *self._moved(most), self._slots(most), self._missing(most), self._loads(most)]
        return document(self.network, words("network.schedule-title"), sections)

    def _result(self) -> Section:
        counted = dict(self.slots.group_by("status").len().iter_rows())
        named = [
            (f"slot-{name.replace('_', '-')}", cell(same(str(counted.get(name, 0))), tone if counted.get(name) else ""))
            for name, tone in _STATUS.items()
        ]
        ends = self.slots["end"].drop_nulls()
        last = ends.max() if len(ends) else None
        told = facts(("jobs", number(self.jobs.height)), *named, ("last-day", day(last)))
        return section("result", [told, *optima([self.solution])])

    def _moved(self, most: int | None) -> list[Section]:
        if self.moves is None:
            return []
        counted = dict(self.moves.group_by("change").len().iter_rows())
        told = facts(*((f"change-{name}", cell(same(str(counted[name])))) for name in _CHANGES if name in counted))
        shown = self.moves.filter(~pl.col("change").is_in(["kept", "begun"]))
        rows = [self._move(row) for row in shown.iter_rows(named=True)]
        heads = ("case", "stage", "change/day", "line-before", "line", "start-before/day", "start/day", "days/n",
                 "because/long")  # fmt: skip
        return [section("moves", [told, *table(heads, rows, "nothing-moved", most)])]

    def _move(self, row: Row) -> list[Cell]:
        return [self._case(row["case"]), self._stage(row["stage"]), state("change", row["change"], _CHANGES),
                self._line(row["line_before"]), self._line(row["line"]), day(row["start_before"]), day(row["start"]),
                number(row["days"]), because(row["why"])]  # fmt: skip

    def _slots(self, most: int | None) -> Section:
        placed = self.slots.filter(pl.col("status") == "placed").sort("start", "case", "stage")
        rows = [[self._case(row["case"]), self._stage(row["stage"]), self._platform(row["platform"]),
                 self._line(row["line"]), day(row["start"]), day(row["end"]), hours(row["hours"]), because(row["why"])]
                for row in placed.iter_rows(named=True)]  # fmt: skip
        heads = ("case", "stage", "platform", "line", "start/day", "end/day", "hours/n", "because/long")
        return section("slots", [*self._picture(placed, most), *table(heads, rows, "no-slots", most)])

    def _picture(self, placed: pl.DataFrame, most: int | None) -> list[Block]:
        """The slots over lines and days, those lines first that are used most."""
        if placed.is_empty():
            return []
        stages = placed["stage"].unique().sort().to_list()
        shown = _LANES if most is None else most
        busy = placed.group_by("line").agg(n=pl.col("hours").sum()).sort("n", "line", descending=[True, False])
        lines = busy["line"].head(shown).to_list()
        kinds = {stage: i % len(PALETTE) for i, stage in enumerate(stages)}
        spans: dict[str, list[Span]] = {line: [] for line in lines}
        for row in placed.filter(pl.col("line").is_in(lines)).iter_rows(named=True):
            name = self._case(row["case"]).text
            spans[row["line"]].append(Span(row["start"], row["end"], name, kinds[row["stage"]]))
        lanes = [Lane(self._line(line).text, found) for line, found in spans.items()]
        legend = [(self._stage(stage).text, PALETTE[kinds[stage]]) for stage in stages]
        picture = Gantt(lanes, legend, self.network.as_of, words("network.col-line"))
        left = busy.height - len(lines)
        told = words("network.gantt-more", n=left) if left else same("")
        return [Chart(words("network.gantt"), picture, told)]

    def _missing(self, most: int | None) -> Section:
        left = self.slots.filter(pl.col("status") != "placed").sort("case", "stage")
        rows = [[self._case(row["case"]), self._stage(row["stage"]), state("slot", row["status"], _STATUS),
                 hours(row["hours"]), because(row["why"])] for row in left.iter_rows(named=True)]  # fmt: skip
        return section(
            "not-placed", table(("case", "stage", "status", "hours/n", "because/long"), rows, "all-placed", most)
        )

    def _loads(self, most: int | None) -> Section:
        busy = self.lines.sort("share", "line", descending=[True, False], nulls_last=True)
        rows = [[self._line(row["line"]), self._platform(row["platform"]), number(row["slots"]), hours(row["hours"]),
                 hours(row["open"]), cell(share(row["share"], 0))] for row in busy.iter_rows(named=True)]  # fmt: skip
        heads = ("line", "platform", "slots/n", "hours/n", "open-hours/n", "use/n")
        return section("loads", table(heads, rows, "no-slots", most))

    # ------------------------------------------------------------------------------------------ files

    def calendar(self, lang: Lang) -> str:
        """The slots as an iCalendar feed."""
        from tongtu.pilots import scheduling

        placed = self.slots.filter(pl.col("status") == "placed")
        events = scheduling.slot_events(self.network.registry, placed, lang)
        name = words("network.schedule-title")[0 if lang == "zh" else 1]
        return scheduling.feed(events, name=name, stamp=datetime.combine(self.network.as_of, time(), UTC))

    def kept(self, lang: Lang) -> pl.DataFrame:
        """The schedule as `--previous` reads it again, its headings in this language."""
        from tongtu.chain.tables import tables

        heads = {c.name: c.label(lang) for c in tables()["slots"].columns}
        return self.slots.select(KEPT).rename({name: heads[name] for name in KEPT})

    # ------------------------------------------------------------------------------------------ names

    def _case(self, own: str) -> Cell:
        need = self.network.registry["cases"].filter(pl.col("case") == own)["need"].to_list() or own.split("+")[:1]
        title = self.network.name("needs", need[0], "title")
        return cell(with_id(title, own)) if title[0] != need[0] and title[0] else cell(same(own))

    def _stage(self, own: str) -> Cell:
        return cell(self.network.label("stage", own))

    def _line(self, own: str | None) -> Cell:
        return cell(DASH, "soft") if own is None else cell(with_id(self.network.name("lines", own), own))

    def _platform(self, own: str | None) -> Cell:
        return cell(DASH, "soft") if own is None else cell(self._home(own))

    def _home(self, own: str) -> Pair:
        return self.network.name("platforms", own)


def scheduled(
    network: Network,
    jobs: pl.DataFrame,
    *,
    improve: float = 0.0,
    previous: pl.DataFrame | None = None,
) -> Scheduled:
    """Slots for jobs. `improve`: deterministic work, about seconds; `previous`: an earlier schedule, moved as little as
    possible. Raises UsageFault where there are no lines or nothing to schedule."""
    from tongtu import pilots
    from tongtu.pilots import scheduling

    network.filled("platforms", "lines")
    if jobs.is_empty():
        raise UsageFault.because("network.no-jobs", "network.no-jobs-repair")
    network.tell("scheduling")
    calendar, day_of = network.pack.calendar, network.as_of
    told: dict[str, Any] = {"seed": network.seed, "progress": network.progress}
    if previous is not None:
        moved: Replanned = scheduling.replan(network.registry, jobs, previous, calendar, day_of, **told)
        return Scheduled(network, jobs, moved.slots, moved.lines, moved.solution, moved.moves)
    found = pilots.schedule(network.registry, jobs, calendar, day_of, improve=improve, **told)
    return Scheduled(network, jobs, found.slots, found.lines, found.solution)
