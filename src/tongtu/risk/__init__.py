"""How likely, how dear, how long, what it is worth, and what to fund: for capital that must answer for it.

Real data say that a model barely beats a pooled base rate: what is offered is calibration, ranges, correlation and
allocation, not a prediction of winners.

    odds        stages as ways out over time, pooled over members and directions; no point below 20 results
    leaks       features that know the future, looked for on every fit;  fitting  odds on any table;  scores
    costtime    cost and days by stage and together;  estimates  what a case asks for;  multipliers  how plans turn out
    value       what a success brings, the right to stop, grow or wait, a pilot run's worth, terms between two sides
    book        cases with their stages as arrays, the ground of:
    simulation  losses and outcomes of a portfolio by common factors;  tranches  who bears them;  sensitivity
    allocation  which cases the budgets take under a cap on the tail, and what one more unit would bring
    share       results pooled between members who show no project;  pooling, pilot_effect, budgets, columns
"""

from tongtu.risk.estimates import estimates
from tongtu.risk.odds import odds

__all__ = ["estimates", "odds"]
