"""What a case is worth: by stage, with the right to decide later, with a pilot run first, and shared between two
sides.

`value` gives the risk-adjusted net present value of every case, its doubt, the values at its gates and the steps
from gross to whole; `payoffs` what success is worth on its day. `pilot` and `pilot_runs` tell whether information
is worth its cost; `staged_terms` finds terms that two sides with different views both prefer to no deal.

Inside: `flows` (cash flows), `staged` (stages as arrays), `lattice`,
`simulated` (least-squares Monte Carlo), `closed` (Black and Scholes, Geske), `rights` (stop, expand, wait),
`reading` (all tables held against each other), `valuing`, `tables`, `drivers` (inputs for a tornado); `pilot`;
`sides` (how each sees a term), `bargain` (the linear program), `deals`. The option pricers are checked against
each other and against published tables.
"""

from tongtu.risk.value.bargain import Limits
from tongtu.risk.value.deals import Deal, staged_terms
from tongtu.risk.value.drivers import drivers
from tongtu.risk.value.flows import payoffs, yearly
from tongtu.risk.value.pilot import pilot, pilot_runs
from tongtu.risk.value.rights import Rights
from tongtu.risk.value.sides import Side
from tongtu.risk.value.valuing import Valuation, value

__all__ = [
    "Deal", "Limits", "Rights", "Side", "Valuation", "drivers", "payoffs", "pilot", "pilot_runs", "staged_terms",
    "value", "yearly",
]  # fmt: skip
