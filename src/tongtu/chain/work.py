"""What travels along the chain: the inputs, the tables filled so far, and how each link went."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from tongtu.chain.tables import tables
from tongtu.registry import Registry
from tongtu.solve import Progress, Solution
from tongtu.terms.faults import PackRefused
from tongtu.terms.why import Why

if TYPE_CHECKING:
    import polars as pl

    from tongtu.packs import Pack


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose. `least`: a pair less likely to be useful than this opens no case, 0..1;
    `confidence`: share of cost outcomes that the amount asked covers, 0..1; `home`: the jurisdiction
    (ISO 3166-1) whose supply counts as one's own."""

    top: int = 10
    least: float = 0.1
    confidence: float = 0.7
    home: str = "CN"

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Work:
    """The state of one run. Links read `registry`, `pack` and earlier frames; they write through `Outcome`."""

    registry: Registry
    pack: Pack
    as_of: date
    seed: int
    options: Options
    progress: Progress
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """A plan table filled by an earlier link, or empty with its columns."""
        found = self.frames.get(name)
        return found if found is not None else tables()[name].empty()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a link gives back. `rows_in`/`rows_out` are the counts a person follows through the chain."""

    frames: Mapping[str, pl.DataFrame]
    rows_in: int
    rows_out: int
    why: Why
    solutions: tuple[Solution, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One step: its name (`chain.link-<name>` in the catalogue), the tables it cannot do without, its work."""

    name: str
    needs: tuple[str, ...]
    run: Callable[[Work], Outcome]

    def absent(self, work: Work) -> list[str]:
        """Tables this link needs that have no rows, in the registry or among earlier links' answers."""
        planned = tables()
        return [
            t
            for t in self.needs
            if (work[t].height == 0 if t in planned and t not in work.registry else t not in work.registry)
        ]


def travel(work: Work, links: Iterable[Link]) -> dict[str, float]:
    """Runs the links in order, filling `work.frames` with their tables, `links` and `solutions`; seconds per link.

    A link whose tables are absent is noted as not possible, with what is missing, and the chain goes on.
    """
    import polars as pl

    links = tuple(links)
    rows, answers, seconds = [], [], {}
    for position, link in enumerate(links):
        work.progress(position, len(links), Why(f"chain.link-{link.name}"))
        begun = time.perf_counter()
        row, solutions = _run(work, link)
        rows.append({"link": link.name, **row})
        answers += [_answer(link.name, s) for s in solutions]
        seconds[link.name] = round(time.perf_counter() - begun, 3)
    work.progress(len(links), len(links))
    work.frames["links"] = pl.DataFrame(rows, schema=tables()["links"].schema())
    work.frames["solutions"] = pl.DataFrame(answers, schema=tables()["solutions"].schema())
    return seconds


def _run(work: Work, link: Link) -> tuple[dict[str, Any], tuple[Solution, ...]]:
    """One link's row of the table `links`, and what its solvers said.

    A pack with nothing in force on the day makes a link impossible, as an absent table does; faults in the
    person's data stop the whole plan, because half a plan would hide them.
    """
    absent = link.absent(work)
    try:
        if absent:
            why = Why("chain.not-possible", {"tables": tuple(_name(t) for t in absent)})
            return {"status": "not_possible", "why": why.to_json()}, ()
        outcome = link.run(work)
    except PackRefused as refused:
        why = Why("chain.not-in-force", {}, tuple(f.what for f in refused.faults))
        return {"status": "not_possible", "why": why.to_json()}, ()
    work.frames.update(outcome.frames)
    status = "done" if outcome.rows_out else "nothing"
    counts = {"rows_in": outcome.rows_in, "rows_out": outcome.rows_out}
    return {"status": status, "why": outcome.why.to_json(), **counts}, outcome.solutions


def _name(table: str) -> Any:
    from tongtu.registry import nouns
    from tongtu.terms.why import Label

    found = nouns().get(table) or tables()[table]
    return Label(found.zh, found.en)


def _answer(problem: str, solution: Solution) -> dict[str, Any]:
    relax = tuple(Why("chain.relax", {"limit": r.limit, "by": r.by, "unit": r.unit}) for r in solution.relax)
    plain = {name: getattr(solution, name) for name in ("status", "value", "bound", "gap", "unit")}
    return {**plain, "problem": problem, "why": Why(f"chain.solution-{problem}", {}, relax).to_json()}
