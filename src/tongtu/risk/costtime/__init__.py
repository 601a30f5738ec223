"""What the stages ahead will cost and take, each alone and both together.

`reference` fits how far past work left its plans, by readiness (band or stage) and direction; `by_stage`
applies that to a case's plan; `joint` adds the stages up and tells with what confidence a budget *and* a
date hold together: 70 % for each alone is less than 70 % for both. `curves` and `isolines` are the same as
points to draw.

Inside: `past` (results as multipliers), `reference`, `plans` (a case's plan by stage), `stages`, `sums`
(correlated sums on Sobol' points; moments as a check), `tables`.
"""

from tongtu.risk.costtime.reference import Reference, Together, reference
from tongtu.risk.costtime.stages import by_stage
from tongtu.risk.costtime.sums import expected, moment_matched, spread_of
from tongtu.risk.costtime.tables import curves, isolines, joint

__all__ = [
    "Reference", "Together", "by_stage", "curves", "expected", "isolines", "joint", "moment_matched", "reference",
    "spread_of",
]  # fmt: skip
