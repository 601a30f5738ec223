"""The learnt score of a pair: the probability that people find it useful, and what each signal adds to it.

model        signals → score, contributions; kept as JSON
linear       weights moved from a prior as far as judgments warrant
trees        for signals that matter together, beyond 400 judged questions
calibration  from sums to probabilities
crowd        what the size of a market does to a probability
measures     how good an order and a probability are
learn        a candidate from judged pairs, measured on questions it did not see
guard        a candidate is used only where it is no worse
feedback     what people judged, from the registry
shipped      the models that come with the program; `planted` makes the default
"""

from tongtu.match.learning.feedback import feedback
from tongtu.match.learning.guard import Deployed, deploy
from tongtu.match.learning.judged import SIGNALS, USEFUL_FROM
from tongtu.match.learning.learn import Learned, Report, learn
from tongtu.match.learning.model import Figure, Model
from tongtu.match.learning.shipped import default, prior

__all__ = [
    "SIGNALS",
    "USEFUL_FROM",
    "Deployed",
    "Figure",
    "Learned",
    "Model",
    "Report",
    "default",
    "deploy",
    "feedback",
    "learn",
    "prior",
]
