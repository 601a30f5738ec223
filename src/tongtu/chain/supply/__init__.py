"""Supply-chain autonomy as a document: what depends on whom, where it breaks, what could stand in.

ground     the graph, what propagates through it, which item    pieces   what sections are put together from
pictured   the graph as a picture with its weakest path      shares   autonomy, concentration, research
shocks     cut sets, stocks, disruption, percolation         choices  routes, bottlenecks, controls, imports
given      control lists given for one question             located  faults at the rows they come from
told       all of it as one document
"""

from tongtu.chain.supply.given import announced
from tongtu.chain.supply.ground import Supply, supply
from tongtu.chain.supply.located import located
from tongtu.chain.supply.told import Told

__all__ = ["Supply", "Told", "announced", "located", "supply"]
