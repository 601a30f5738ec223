"""What may happen next to a case, by whom; and what its pathway foresees for what is late."""

from __future__ import annotations

from tongtu.chain.dossier.document import Cell, Paragraph, Section, cell, same
from tongtu.chain.passage.ground import Passage, label
from tongtu.chain.passage.pieces import because, note, section, table, told
from tongtu.chain.report.spoken import Pair, pair
from tongtu.pathway.cases import Machine, Move, moves, overdue


def nexts(passage: Passage, case: str) -> Section:
    """Every move that would change the case's state, with the role that would make it."""
    runs = passage.told_of(case)
    foreseen = overdue(passage.told, passage.pathways, as_of=passage.network.as_of)
    late = [Paragraph(because(one.why).text, "bad") for one in foreseen if one.event.case == case]
    overdue_at = {(row["branch"], row["stage"])
                  for row in passage.of(passage.told.states, case).iter_rows(named=True) if row["overdue"]}  # fmt: skip
    rows = [[cell(passage.role(move.role)), _kind(passage, move), cell(_where(passage, runs, move)),
             _when(move, (move.branch, move.stage) in overdue_at)]
            for move in moves(runs, passage.state(case))]  # fmt: skip
    return section(
        "next", [*late, note("next-is"), *table(("who-acts", "move", "where", "when"), rows, "nothing-next")]
    )


def _when(move: Move, late: bool) -> Cell:
    if not move.late:
        return cell(same(""))
    return cell(told("now-late"), "bad") if late else cell(told("only-late"), "soft")


def _kind(passage: Passage, move: Move) -> Cell:
    """What happens: the kind of the event, with the decision taken."""
    kind = passage.kind(move.kind, move.gate)
    if not move.decision:
        return cell(kind)
    return cell(told("decides", what=label(kind), decision=label(passage.network.label("decision", move.decision))))


def _where(passage: Passage, runs: Machine, move: Move) -> Pair:
    """The statutory step, the gate or the stage it is about."""
    step = next((one for one in runs.steps if move.step and one.id == move.step), None)
    if step is not None:
        found = pair(step.label)
    elif move.gate:
        found = passage.gate(runs.key, move.gate)
    else:
        found = passage.stage(runs.key, move.stage) if move.stage else ["", ""]
    return told("new-answer", what=label(found)) if move.branch == "*" else passage.branched(found, move.branch)
