"""What a portfolio of cases may lose and bring about, when they succeed and fail together.

The odds of single cases say little about the whole: 150 cases of 5 % each bring at least five successes in 87 % of
worlds if they are independent, in 64 % at a correlation of 0.1. So results always stand beside a stress of the
correlation.

Inside: `factors` (what is common), `latent` (thresholds that keep the odds true), `copula` (the book in groups),
`passing` (fast chances), `worth` (loss, outcome, value by terminal), `points` (Sobol', turned), `moments`, `drawn`
(large cases), `mixture`, `portfolio`, `engine`; `scenarios` (one by one, for allocation), `counts`, `one_factor`
(closed forms).
"""

from tongtu.risk.simulation.engine import Simulated, simulate
from tongtu.risk.simulation.factors import RHOS, Factors, nearest_correlation
from tongtu.risk.simulation.one_factor import hit_counts, hits, vasicek_quantile
from tongtu.risk.simulation.scenarios import Scenarios, scenarios

__all__ = [
    "RHOS", "Factors", "Scenarios", "Simulated", "hit_counts", "hits", "nearest_correlation", "scenarios", "simulate",
    "vasicek_quantile",
]  # fmt: skip
