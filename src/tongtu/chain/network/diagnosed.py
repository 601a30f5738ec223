"""Weak public platforms: what binds each, beside its nearest better peers, and the cheapest plan that lifts it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.dossier.document import Block, Cell, Document, Paragraph, Section, Tone, cell, joined, lean, same
from tongtu.chain.dossier.document import Table as Plain
from tongtu.chain.network.ground import Network
from tongtu.chain.network.pieces import (
    DASH,
    IN_DEPTH,
    because,
    columns,
    cost,
    document,
    facts,
    hours,
    label,
    note,
    number,
    optima,
    quantity,
    section,
    share,
    state,
    table,
    with_id,
)
from tongtu.chain.report.spoken import Pair, pair, words

if TYPE_CHECKING:
    from tongtu.pilots.diagnosis import Diagnosis
    from tongtu.pilots.diagnosis.diagnose import Target

Row = dict[str, Any]
_VERDICTS: dict[str, Tone] = {"binds": "bad", "fine": "good", "unknown": "warn"}


@dataclass(frozen=True)
class Diagnosed:
    network: Network
    found: Diagnosis
    one: str | None = None
    _parts: dict[str, dict[str, list[Row]]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def document(self, most: int | None = None) -> Document:
        rows = self._weak()
        if self.one is not None:
            title = words("network.diagnose-of", name=label(self.network.name("platforms", self.one)))
            if not rows:
                fine = section("result", [Paragraph(words("network.not-weak"), "good")])
                return document(self.network, title, [fine], same(self.one))
            return document(self.network, title, [Section(*self._deep(rows[0]))], same(self.one))
        sections = [self._overview(rows, most)]
        if most is None and len(rows) <= IN_DEPTH:
            sections.append(section("in-depth", [Section(*self._deep(row)) for row in rows]))
        return document(self.network, words("network.diagnose-title"), sections)

    def sheets(self) -> Document:
        """The same as flat tables, a sheet each."""
        sections = [self._overview(self._weak(), None)]
        for name, heads, row in _TABLES:
            rows = [[self._platform(own), *row(self, line)] for own, lines in self._of(name).items() for line in lines]
            sections.append(section(name, table(("platform", *heads), rows, "nothing")))
        return document(self.network, words("network.diagnose-title"), sections)

    def _weak(self) -> list[Row]:
        frame = self.found.weak
        return frame.filter(pl.col("platform") == self.one).to_dicts() if self.one is not None else frame.to_dicts()

    def _overview(self, rows: list[Row], most: int | None) -> Section:
        counted = Counter(row["binds"] or "unknown" for row in rows)
        binding = facts(*((f"factor-{name}", number(n)) for name, n in counted.most_common()))
        heads = (
            "platform",
            "direction",
            "region/day",
            "use/n",
            "used/n",
            "open-hours/n",
            "binds/day",
            "lifts/day",
            "cost/n",
            "because/long",
        )
        lines = [self._line(row) for row in rows]
        rules = self.found.activation
        blocks: list[Block] = [note("weak-is", idle=f"{rules.idle:.0%}"), note("by-measures", name=rules.name)]
        blocks += [binding] if rows else []
        return section("weak", [*blocks, *table(heads, lines, "nobody-weak", most)])

    def _line(self, row: Row) -> list[Cell]:
        directions = joined([self.network.direction(one) for one in row["directions"] or ()])
        return [
            self._platform(row["platform"]),
            cell(directions),
            cell(self.network.place(row["area"])),
            cell(share(row["use"], 0)),
            hours(row["used"]),
            hours(row["open"]),
            self._binds(row),
            self._lifts(row),
            cost(row["cost"], row["currency"]) if row["lifts"] else cell(DASH, "soft"),
            because(row["why"]),
        ]

    def _binds(self, row: Row) -> Cell:
        return state("factor", row["binds"], {row["binds"] or "": "bad"})

    def _lifts(self, row: Row) -> Cell:
        if row["lifts"] is None:
            return cell(DASH, "soft")
        return cell(words("terms.yes"), "good") if row["lifts"] else cell(words("terms.no"), "bad")

    def _deep(self, row: Row) -> tuple[Pair, list[Block], Cell | None]:
        own = row["platform"]
        names = [self.network.name("platforms", peer) for peer in row["peers"] or ()]
        head = facts(
            ("use", cell(share(row["use"], 0))),
            ("goal", quantity(row["goal"], "ratio") if row["target"] != "tier" else cell(same(""))),
            ("used", hours(row["used"])),
            ("open-hours", hours(row["open"])),
            ("binds", self._binds(row)),
            ("peers", cell(joined(names))),
            ("lifts", self._lifts(row)),
            ("plan-cost", cost(row["cost"], row["currency"]) if own in self._of("plan") else cell(same(""))),
            ("because", because(row["why"])),
        )
        blocks: list[Block] = [head]
        for name, heads, cells in _TABLES:
            lines = [cells(self, line) for line in self._of(name).get(own, [])]
            if lines:
                blocks += [Paragraph(words(f"network.{name}")), lean(Plain(columns(*heads), lines))]
        solution = self.found.solutions.get(own)
        blocks += optima([solution]) if solution is not None else []
        return with_id(self.network.name("platforms", own), own), blocks, self._binds(row) if row["binds"] else None

    def factor(self, row: Row) -> list[Cell]:
        return [state("factor", row["factor"]), quantity(row["figure"], row["unit"]),
                quantity(row["median"], row["unit"]), number(row["peers"]), cell(share(row["ratio"], 0)),
                state("binding", row["verdict"], _VERDICTS), because(row["why"])]  # fmt: skip

    def peer(self, row: Row) -> list[Cell]:
        return [
            number(row["place"]),
            self._peer(row["peer"]),
            cell(share(row["use"], 0)),
            number(row["times"], digits=2),
            because(row["why"]),
        ]

    def step(self, row: Row) -> list[Cell]:
        named = next((one.label for one in self.found.activation.measures if one.measure == row["measure"]), None)
        return [number(row["step"]), cell(same(row["measure"]) if named is None else pair(named)),
                quantity(row["units"], row["unit"]), quantity(row["gain"], row["gain_unit"]),
                cost(row["cost"], row["currency"]), because(row["why"])]  # fmt: skip

    def person(self, row: Row) -> list[Cell]:
        who = self.network.name("people" if row["kind"] == "person" else "teams", row["candidate"])
        home = self.network.name("organisations", row["organisation"])
        shared = joined([self.network.direction(one) for one in row["directions"] or ()])
        return [number(row["place"]), state("who", row["kind"]), cell(with_id(who, row["candidate"])), cell(home),
                cell(shared), because(row["why"])]  # fmt: skip

    def _peer(self, own: str) -> Cell:
        return cell(self.network.name("platforms", own))

    def _platform(self, own: str) -> Cell:
        return cell(with_id(self.network.name("platforms", own), own))

    def _of(self, name: str) -> dict[str, list[Row]]:
        """Platform → its rows of one of the frames."""
        if name not in self._parts:
            found: dict[str, list[Row]] = {}
            frame: pl.DataFrame = getattr(self.found, name)
            for row in frame.iter_rows(named=True):
                found.setdefault(row["platform"], []).append(row)
            self._parts[name] = found
        return self._parts[name]


_TABLES = (
    ("factors", ("factor/day", "figure/n", "peers-figure/n", "rows/n", "of-peers/n", "verdict/day", "because/long"),
     Diagnosed.factor),
    ("near", ("rank/n", "peer", "use/n", "size/n", "because/long"), Diagnosed.peer),
    ("plan", ("step/n", "measure", "amount/n", "gain/n", "cost/n", "because/long"), Diagnosed.step),
    ("people", ("rank/n", "kind/day", "name", "organisation", "shared", "because/long"), Diagnosed.person),
)  # fmt: skip


def diagnosed(
    network: Network, *, platform: str | None = None, direction: str | None = None, limit: int | None = None,
    target: Target = "idle",
) -> Diagnosed:  # fmt: skip
    """What holds back the weak public platforms of the folder, or one of them.

    `limit`: at most so many, those used least. `target`: what the plan lifts to, see `diagnosis.diagnose`.
    Raises UsageFault.
    """
    from tongtu.pilots import diagnosis

    network.filled("platforms", "lines")
    one = None if platform is None else network.one("platforms", platform)
    network.tell("diagnosing")
    found = diagnosis.diagnose(
        network.registry, network.pack, network.as_of, known_at=network.known_at, direction=direction, limit=limit,
        target=target, progress=network.progress,
    )  # fmt: skip
    return Diagnosed(network, found, one)
