"""Two schemes of project evaluation over one portfolio: which projects rise, which fall, and why.

    facts      what a scheme may know of a project: computed from its case where it can be, else as stated
    ranking    points as intervals, ranks with ties, what became of each
    portfolio  `portfolio`: both versions of a scheme on the same projects

The schemes themselves are law as data (a pack's rules) and are judged by the rules room; nothing is counted here.
"""

from tongtu.appraise.evaluation.facts import Facts, computed
from tongtu.appraise.evaluation.portfolio import Portfolio, portfolio, versions

__all__ = ["Facts", "Portfolio", "computed", "portfolio", "versions"]
