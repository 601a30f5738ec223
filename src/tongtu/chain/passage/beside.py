"""Other cases of the same matter: the buyer's side, what a case is part of, and its parts."""

from __future__ import annotations

from tongtu.chain.dossier.document import Section, cell, same
from tongtu.chain.passage.ground import Passage
from tongtu.chain.passage.pieces import day, section, state, table
from tongtu.chain.report.spoken import pair


def beside(passage: Passage, case: str) -> Section | None:
    """Where each of them stands; nothing where there are none."""
    rows = []
    for own in _related(passage, case):
        for one in passage.of(passage.told.states, own).iter_rows(named=True):
            key = f"{one['pathway']}@{one['version']}"
            pathway = passage.pathways.get(key)
            rows.append([
                cell(passage.titled(own)), cell(pair(pathway.label) if pathway else same(key)),
                state(passage.network, one["state"]), cell(passage.stage(key, one["stage"])),
                day(one["due"], one["overdue"]), cell(passage.who(one["waits_for"], one["waits_on"])),
            ])  # fmt: skip
    heads = ("case", "name", "state", "stage", "due/day", "waits-for")
    return section("beside", table(heads, rows, "nothing")) if rows else None


def _related(passage: Passage, case: str) -> list[str]:
    """The case above, those beside under the same one, and those below."""
    above = passage.rows[case]["parent"]
    wanted = (case, above) if above else (case,)
    return [own for own, row in passage.rows.items() if own != case and (own == above or row["parent"] in wanted)]
