"""The clearinghouse as documents: match, text, rules and a pack composed for a secretariat's questions.

ground     whose eyes, which day, which weights          pieces    what the documents are put together from
asked      any side asks any other (reasoned: why;       demanded  common demands, topics, leftovers, joint work
           worded: asked in words)
supplied   thin supply and the firms that may fill it    measured  the market's health
allocated  the market cleared at once                    chained   need → … → capital as one flow
given      tables given for one round                    doubled   listings entered twice
learnt     weights from judgments, guarded
"""

from tongtu.chain.clearing.allocated import allocated
from tongtu.chain.clearing.asked import ask
from tongtu.chain.clearing.chained import chained
from tongtu.chain.clearing.demanded import demanded
from tongtu.chain.clearing.doubled import doubled
from tongtu.chain.clearing.ground import Clearing, clearing
from tongtu.chain.clearing.learnt import learnt
from tongtu.chain.clearing.measured import measured
from tongtu.chain.clearing.supplied import supplied

__all__ = [
    "Clearing",
    "allocated",
    "ask",
    "chained",
    "clearing",
    "demanded",
    "doubled",
    "learnt",
    "measured",
    "supplied",
]
