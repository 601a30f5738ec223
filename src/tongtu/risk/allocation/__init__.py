"""Placing budgets on indivisible cases: the most for the money, with what the worst worlds cost kept under a cap.

Who may pay, which period holds the money of which stage, minimums and caps by direction, region, track and kind of
direction, and CVaR over scenarios in which cases succeed and fail together. Every answer comes with its bound, the
price of each budget and of risk, a reason for every case left out, and a second look on fresh scenarios.

Inside: `asked` (what is read and refused), `plans` (money by stage), `offers` (who pays from when), `rows` (limits),
`ground` (all of these), `engine`, `reasons` and `told` (tables), `fresh` (the optimiser's curse).
"""

from tongtu.risk.allocation.engine import Allocation, allocate

__all__ = ["Allocation", "allocate"]
