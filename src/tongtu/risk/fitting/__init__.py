"""Rates of any table, pooled: `fit` and `predict`.

The table may hold whatever people put into tables; what is no feature is left out with its reason, what knows the
future is dropped loudly (`leaks`), and what remains is believed as far as held-out rows bear it out. Honest data say
that this is little: the product is a calibrated probability with a range that holds.

    additive   effects of levels, each column drawn around nothing as strongly as the data say
    level      the common level carried on from period to period
    choosing   what to keep, decided on held-out periods or parts; how far cells stray
    selecting  which columns can be used, tell anything, make a cell; when rows happened
    fit        all of it together;  predicting  what it says of new rows
"""

from tongtu.risk.fitting.fit import Fitted, fit
from tongtu.risk.fitting.predicting import COVERAGE, LEAST_NEW, predict

__all__ = ["COVERAGE", "LEAST_NEW", "Fitted", "fit", "predict"]
