"""The market cleared at once: who gets whom under loads on both sides, why, why not, and what a place is worth.

`allocate` (needs and achievements, or any two kinds), `chains` (need → achievement → platform → … as one flow),
`related`, `declared` and `meeting` (conflicts of interest as pairs to leave out), `open_cases` (places already taken),
`stability`, `accept` and `agree` (both sides' own orders), `Live` (kept optimal when something small changes).
Inside, one idea a file: `places` (capacities by id), `clear`, `told` (the reasons), `conflicts`, `chains`,
`orders`, `ranked`, `live`. The solving itself is in the solve room.
"""

from tongtu.match.allocate.chains import Chained, chains
from tongtu.match.allocate.clear import Allocation, allocate
from tongtu.match.allocate.conflicts import declared, meeting, related
from tongtu.match.allocate.live import Live
from tongtu.match.allocate.orders import Stability, accept, stability
from tongtu.match.allocate.places import open_cases
from tongtu.match.allocate.ranked import agree

__all__ = [
    "Allocation",
    "Chained",
    "Live",
    "Stability",
    "accept",
    "agree",
    "allocate",
    "chains",
    "declared",
    "meeting",
    "open_cases",
    "related",
    "stability",
]
