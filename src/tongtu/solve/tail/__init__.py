"""Choosing indivisible items under budgets, floors and a cap on the tail of the loss (CVaR).

At most one option of each item is taken; rows limit sums over the options taken; the mean loss of the worst scenarios
stays within a cap. Cutting planes replace the thousands of scenario rows of the textbook program (Rockafellar and
Uryasev 2000; Künzi-Bay and Mayer 2006), prices prove a bound; rounding, exchanges and, where there are not too many
options, branch and cut give the choice.

Inside: `losses` (the matrix and its tail), `problem`, `master` and `relax` (the relaxation), `picked` (rounding),
`swaps`, `branch`, `floors` (what cannot be kept), `search`.
"""

from tongtu.solve.tail.floors import Least
from tongtu.solve.tail.losses import Losses, cvar, worst
from tongtu.solve.tail.problem import Options, Row, Tail
from tongtu.solve.tail.search import Effort, Selected, frontier, least, select

__all__ = [
    "Effort",
    "Least",
    "Losses",
    "Options",
    "Row",
    "Selected",
    "Tail",
    "cvar",
    "frontier",
    "least",
    "select",
    "worst",
]
