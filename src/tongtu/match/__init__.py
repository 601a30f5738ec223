"""The clearinghouse: who can answer whom, why, and who gets whom under capacities.

`meet` lets any side of the market ask any other and gives explained pairs (`match`: needs ask for achievements);
`allocate` clears the whole market at once. Inside, one idea a file: `sides` (any noun as listings), `listings`
(a side made ready), `nearness` (vectors), `retrieve` (candidates from the
index), `indicators` (demanded against claimed), `eligible` (who may not meet), `market` (a pair
judged), `profiles` (an organisation by its best items), `pairwise` (signals of given pairs), `reasons`.

And one idea a room:
- `signals`: what listings' own fields and the record say of a pair
- `learning`: signals to a probability, and weights from judgments (`weights/` holds those shipped)
- `allocate`: loads, floors, lots, orders of both sides, chains, repair
- `standing`: `Desk`, a market that stays prepared and takes listings one by one
- `demand`: common demands, what nobody can meet or asks for, joint development, gaps of supply
- `health`: the market's vital figures
- `ranking`: any collection of texts for any questions
"""

from tongtu.match.allocate import Allocation, allocate, open_cases
from tongtu.match.engine import Matches, match, meet
from tongtu.match.listings import open_needs

__all__ = ["Allocation", "Matches", "allocate", "match", "meet", "open_cases", "open_needs"]
