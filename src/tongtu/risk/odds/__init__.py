"""How likely a case passes the stages before it, by when, and how sure that is.

A case enters a stage and leaves it in one of three ways that exclude each other: passed, failed, withdrawn. A case
that is still there is followed for as long as it has been (censored). From such records:

    counting    which records were known on the day, and how long each was followed
    competing   Aalen–Johansen: the share that has left each way by each day, and how sure that is
    incidence   those shares and the hazards as tables, by direction and month
    beliefs     a Beta per case and stage: prior → consortium cell → member, each borrowing from the one above
    covariates  figures of a case that move its odds within its cell
    table       the public table: no point where the effective sample is below 20, a range instead
    graph       stages and what may follow which, without cycles
    passage     by when a case that enters here has come through there
"""

from tongtu.risk.odds.beliefs import LEAST, beliefs
from tongtu.risk.odds.graph import StageGraph
from tongtu.risk.odds.incidence import hazards, incidence
from tongtu.risk.odds.passage import passage
from tongtu.risk.odds.table import COVERAGE, odds

__all__ = ["COVERAGE", "LEAST", "StageGraph", "beliefs", "hazards", "incidence", "odds", "passage"]
