"""How long things last, counted honestly: those that are not over yet are kept, not left out.

Ground for every room that measures times: numpy arrays in, numpy arrays out, nothing of cases or stages in it.

counting    who is at risk and who leaves, at every distinct time of every group (delayed entry allowed)
survival    Kaplan-Meier: share still there, quantiles, restricted mean, each with its interval
ways_out    Aalen-Johansen: the share that has left each way, where ways compete
comparing   log-rank test; difference of two restricted means
shares      intervals of a share and of a rate: Wilson, Jeffreys, Clopper-Pearson, Garwood
"""

from tongtu.lifetimes.comparing import Difference, LogRank, difference, log_rank
from tongtu.lifetimes.counting import Counted, count
from tongtu.lifetimes.shares import Interval, clopper_pearson, jeffreys, poisson_rate, upper_of_none, wilson
from tongtu.lifetimes.survival import Curves, Means, Quantiles, survival
from tongtu.lifetimes.ways_out import Ways, ways_out

__all__ = [
    "Counted",
    "Curves",
    "Difference",
    "Interval",
    "LogRank",
    "Means",
    "Quantiles",
    "Ways",
    "clopper_pearson",
    "count",
    "difference",
    "jeffreys",
    "log_rank",
    "poisson_rate",
    "survival",
    "upper_of_none",
    "ways_out",
    "wilson",
]
