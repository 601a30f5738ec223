"""All cases: where each stands, what is overdue, who is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import polars as pl

from tongtu.chain.dossier.charts import Bar, Bars, Scale, Segment
from tongtu.chain.dossier.charts.model import Colour
from tongtu.chain.dossier.document import Cell, Chart, Document, Section, cell, same
from tongtu.chain.passage.ground import Passage, label
from tongtu.chain.passage.pieces import because, count, day, document, facts, note, section, stacked, state, table, told
from tongtu.chain.report.spoken import Pair, words
from tongtu.pathway.cases import waiting
from tongtu.registry import vocabularies

_STATES = ("open", "held", "recycled", "killed", "done")
_LIVE = ("open", "held", "recycled")
_COLOURS: dict[str, Colour] = {"open": "c0", "held": "c4", "recycled": "c3"}


@dataclass(frozen=True)
class Listed:
    """Every case, or those in some states; see `listed`."""

    passage: Passage
    rows: pl.DataFrame

    def document(self, most: int | None = None) -> Document:
        sections = [self._head(), self._table(most), self._waiting(most)]
        return document(self.passage.network, told("list-title"), sections)

    def _head(self) -> Section:
        each = self.rows.unique("case", keep="first", maintain_order=True)
        of = {code: each.filter(pl.col("state") == code).height for code in _STATES}
        unknown = each["state"].null_count()
        late = self.rows.filter(pl.col("overdue"))["case"].n_unique()
        found = facts(
            ("n-cases", count(each.height)),
            *((f"n-{code}", count(n)) for code, n in of.items() if n),
            *((("n-unknown", cell(same(str(unknown)), "warn")),) if unknown else ()),
            ("n-overdue", cell(same(str(late)), "bad" if late else "good")),
        )
        return section("overview", stacked(found, self._picture()))

    def _picture(self) -> Chart | None:
        """Live cases by the phase they stand in."""
        live = self.rows.filter(pl.col("state").is_in(_LIVE) & pl.col("stage").is_not_null())
        if live.is_empty():
            return None
        counted: dict[str, dict[str, int]] = {}
        for row in live.iter_rows(named=True):
            stage = self.passage.stage_of(_key(row), row["stage"])
            of = counted.setdefault(stage.phase if stage else row["stage"], dict.fromkeys(_LIVE, 0))
            of[row["state"]] += 1
        order = [code for code in vocabularies()["stage"] if code in counted]
        used = [code for code in _LIVE if any(of[code] for of in counted.values())]
        bars = []
        for phase in [*order, *sorted(set(counted) - set(order))]:
            ends = list(accumulate((counted[phase][code] for code in used), initial=0))
            segments = [Segment(a, b, kind) for kind, (a, b) in enumerate(pairwise(ends)) if a < b]
            bars.append(Bar(self.passage.network.label("stage", phase), segments, same(str(ends[-1]))))
        legend = [(self.passage.network.label("case_state", code), _COLOURS[code]) for code in used]
        picture = Bars(Scale(told("cases"), low=0.0), bars, legend)
        return Chart(told("chart-phases"), picture, told("chart-phases-shows"))

    def _table(self, most: int | None) -> Section:
        passage, network = self.passage, self.passage.network
        rows = []
        for row in self.rows.iter_rows(named=True):
            rows.append([
                cell(_named(passage, row)), state(network, row["state"]), self._stage(row),
                day(row["since"]), day(row["due"], row["overdue"]),
                cell(passage.who(row["waits_for"], row["waits_on"])),
                because(row["why"] if row["state"] is None else None, "warn"),
            ])  # fmt: skip
        heads = ("case", "state", "stage", "since/day", "due/day", "waits-for", "because/long")
        return section("cases", table(heads, rows, "no-cases", most))

    @cached_property
    def _last(self) -> dict[str, str]:
        """The stage each case was last in."""
        return dict(self.passage.told.stays.sort("entered", "round").select("case", "stage").iter_rows())

    def _stage(self, row: dict[str, Any]) -> Cell:
        """Where the case stands; of one that was stopped, where it ended."""
        own = self._last.get(row["case"])
        if row["state"] == "killed" and row["stage"] is None and own:
            return cell(told("ended-in", stage=label(self.passage.stage(_key(row), own))), "soft")
        return cell(self.passage.stage(_key(row), row["stage"]))

    def _waiting(self, most: int | None) -> Section:
        found = waiting(self.rows, as_of=self.passage.network.as_of)
        rows = [[cell(self.passage.who(row["role"], row["organisation"])), count(row["cases"]),
                 cell(same(str(row["overdue"])), "bad" if row["overdue"] else "soft"), day(row["oldest_due"]),
                 count(row["longest"])] for row in found.iter_rows(named=True)]  # fmt: skip
        heads = ("who", "n-waiting/n", "n-late/n", "oldest-due/day", "longest/n")
        return section("waited-for", [note("waited-for-is"), *table(heads, rows, "nobody-waits", most)])


def listed(passage: Passage, states: tuple[str, ...] = (), waits_on: str | None = None) -> Listed:
    """All cases, those in some states, or those that wait for an organisation; what is overdue first."""
    rows = passage.told.states
    if states:
        rows = rows.filter(pl.col("state").is_in(states))
    if waits_on:
        rows = rows.filter(pl.col("waits_on") == passage.network.one("organisations", waits_on))
    order = pl.col("state").replace_strict({code: n for n, code in enumerate(_STATES)}, default=-1)
    late = pl.col("overdue").fill_null(False)
    return Listed(passage, rows.sort(~late, order, "due", "case", "branch", nulls_last=True))


def _key(row: dict[str, object]) -> str:
    return f"{row['pathway']}@{row['version']}"


def _named(passage: Passage, row: dict[str, str]) -> Pair:
    found = passage.titled(row["case"])
    return words("passage.branch-of", case=found[0], branch=row["branch"]) if row["branch"] else found
