"""Who bears what: guarantees, first-set insurance, senior, mezzanine and equity over one book of cases.

Tranching redistributes a loss, it does not make it smaller; how safe the upper layers are depends on the correlation
more than on anything else, so every answer is given for correlations from 0 to 0.5 beside the factor model.

Inside: `structure` (the layers as a table, validated), `waterfall` (one world's loss through all of them), `engine`.
"""

from tongtu.risk.tranches.engine import RHOS, Tranched, tranches
from tongtu.risk.tranches.structure import Structure, structure

__all__ = ["RHOS", "Structure", "Tranched", "structure", "tranches"]
