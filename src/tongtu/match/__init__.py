"""The clearinghouse: who can answer whom, why, and who gets whom under capacities.

`meet` lets any side of the market ask any other and gives explained pairs (`match`: needs ask for achievements);
`allocate` clears the whole market at once. Inside, one idea a file: `sides` (any noun as listings), `listings`
(a side made ready), `concepts` (the glossary at work), `nearness` (vectors), `retrieve` (candidates from the
index), `indicators` (demanded against claimed), `eligible` (who may not meet), `score`, `reasons`.
"""

from tongtu.match.allocate import Allocation, allocate, open_cases
from tongtu.match.engine import Matches, match, meet
from tongtu.match.listings import open_needs

__all__ = ["Allocation", "Matches", "allocate", "match", "meet", "open_cases", "open_needs"]
