"""How likely, how dear, how long, and what to fund: odds, estimates and choice for capital that must answer for it.

`odds` pools stage results over directions and refuses a point where the sample is small; `estimates` tells
cost and time by how past plans turned out; `choose` places budgets on cases with a proven bound and a
reason for every case left out. Real data say that a model barely beats a pooled base rate: what is offered
is calibration, intervals and allocation, not a prediction of winners.

Inside: `pooling` (hierarchical rates), `odds`; `multipliers` (reference classes), `estimates`; `budgets`
(which money, for whom), `funding`; `special` (scipy's functions, typed).
"""

from tongtu.risk.estimates import estimates
from tongtu.risk.funding import Choice, choose
from tongtu.risk.odds import odds

__all__ = ["Choice", "choose", "estimates", "odds"]
