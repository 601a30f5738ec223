"""Whether the logs hold: every event that its case does not allow, and everything else that cannot be."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.chain.dossier.document import Document, cell, same
from tongtu.chain.network import Network
from tongtu.chain.passage.pieces import document, facts, section, table, told
from tongtu.chain.report.spoken import Pair, both
from tongtu.terms.faults import Fault


@dataclass(frozen=True)
class Checked:
    """`faults` of severity error mean that a case's state is not known."""

    network: Network
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> int:
        return sum(one.severity == "error" for one in self.faults)

    def document(self, most: int | None = None) -> Document:
        registry = self.network.registry
        head = facts(
            ("n-cases", cell(same(str(registry["cases"].height)))),
            ("events", cell(same(str(registry["events"].height)))),
            ("n-faults", cell(same(str(self.errors)), "bad" if self.errors else "good")),
            ("n-warnings", cell(same(str(len(self.faults) - self.errors)))),
        )
        rows = [[cell(_at(one)), cell(both(one.what), "bad" if one.severity == "error" else "warn"),
                 cell(both(one.repair)), cell(same(one.value or ""))] for one in self.faults]  # fmt: skip
        blocks = table(("at", "what/long", "repair/long", "written"), rows, "log-holds", most)
        return document(self.network, told("check-title"), [section("overview", [head]), section("faults", blocks)])


def _at(fault: Fault) -> Pair:
    return same(" · ".join(str(one) for one in (fault.sheet, fault.row, fault.column) if one))


def checked(network: Network) -> Checked:
    """Every fault of the events, offers and agreements of a network, at once. Raises UsageFault where no cases are."""
    from tongtu.chain.law import pathways
    from tongtu.pathway.cases import check

    network.filled("cases")
    registry = network.registry
    found = check(registry["events"], registry["cases"], pathways(network.pack), registry["evidence"],
                  as_of=network.as_of, offers=registry["offers"], agreements=registry["agreements"])  # fmt: skip
    return Checked(network, tuple(found))
