"""The clearinghouse: which achievements answer which needs, why, and who gets whom under capacities.

`match` proposes explained pairs, `allocate` clears the whole market at once. Inside, one idea a file:
`listings` (both sides), `concepts` (the glossary at work), `retrieve` (candidates from the index),
`indicators` (demanded against claimed), `eligible` (who may not meet), `score`, `reasons`.
"""

from tongtu.match.allocate import Allocation, allocate
from tongtu.match.engine import Matches, match
from tongtu.match.listings import open_needs

__all__ = ["Allocation", "Matches", "allocate", "match", "open_needs"]
