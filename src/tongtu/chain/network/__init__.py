"""The pilot network as documents: pilots, complexity, pathway and a pack composed for a secretariat's questions.

ground     whose records, which day, what things are called    pieces     what the documents are put together from
tiered     tiers with gates, figures, changes, appeals         learned    weights from a committee's examples
diagnosed  what binds weak platforms, the cheapest plan        searched   lines for a process, routes (asking: words)
laid       the layout, by region too                           planned    plans of the platforms to be built
budgeted   a budget in a few words                             scheduled  cases over lines, replanning, calendar feeds
work       what asks for lines                                 given      tables given for one question
"""

from tongtu.chain.network.diagnosed import diagnosed
from tongtu.chain.network.ground import Network, network
from tongtu.chain.network.laid import laid
from tongtu.chain.network.scheduled import scheduled
from tongtu.chain.network.searched import routed, searched
from tongtu.chain.network.tiered import rubric, tiered

__all__ = ["Network", "diagnosed", "laid", "network", "routed", "rubric", "scheduled", "searched", "tiered"]
