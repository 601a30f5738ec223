"""Supply-chain autonomy: what depends on whom, how far it is one's own, and what happens when somebody stops.

    graph          items, suppliers, components and substitutes, compiled once to an AND/OR graph in arrays
    concentration  of each item's supply by supplier and jurisdiction, exact between the bounds of the shares
    propagate      autonomy carried up, with its interval and weakest path; `autonomy` is the chain's table of it
    cuts           whose loss, alone or in twos, ends every way of having an item
    reliability    the probability of having it, when suppliers and jurisdictions fail
    endurance      time to survive against time to recover
    disrupt        an outage day by day: who runs short when, and until when
    percolate      taking out one after another until nothing is left
    criticality    which items matter most, with the interval of their ranks
    persists       a flag holds once it was true in two of three years

The formulas of `propagate` and `criticality` are ours, there being no published ones, and their reasons say so; the
others name their sources in their own modules. Inside: `shares` (rows in force), `net` (levels of arrays), `cycles`,
`states` (scenarios in bits), `diagram` (decision diagrams), `profiles` (rates over time).
"""

from tongtu.appraise.autonomy.compiled import SupplyGraph, graph, graph_of
from tongtu.appraise.autonomy.concentration import concentration
from tongtu.appraise.autonomy.criticality import criticality
from tongtu.appraise.autonomy.cuts import cuts
from tongtu.appraise.autonomy.disruption import disrupt
from tongtu.appraise.autonomy.endurance import endurance
from tongtu.appraise.autonomy.percolation import collapse, percolate
from tongtu.appraise.autonomy.persistence import persists
from tongtu.appraise.autonomy.propagation import UNKNOWN, Autonomy, Node, Share, propagate
from tongtu.appraise.autonomy.reliability import reliability
from tongtu.appraise.autonomy.shares import holdings
from tongtu.appraise.autonomy.table import autonomy

__all__ = [
    "UNKNOWN", "Autonomy", "Node", "Share", "SupplyGraph", "autonomy", "collapse", "concentration", "criticality",
    "cuts", "disrupt", "endurance", "graph", "graph_of", "holdings", "percolate", "persists", "propagate",
    "reliability",
]  # fmt: skip
