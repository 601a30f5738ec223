"""Risk and capital as documents: odds, cost, time, value, allocation and layers composed for those who place money.

terms      what is assumed where nobody says otherwise: factors, stress, rate, level, layers; each with its source
ground     the cases that ask for money, with what the engines believe of each of them, as one book
given      tables given for one question: stages, correlations, layers, limits; amounts said in a few words
pieces     what the documents are put together from;  pictures  the figures as charts
portfolio  which cases the money takes, why not the others, what a tighter cap costs
case       one case: believed (odds), cost and date together, worth (value, options, terms), swings (tornado)
layered    who bears which part of the losses, by correlation;  tables  the same for a plan
"""

from tongtu.chain.capital.case import case
from tongtu.chain.capital.ground import Capital, capital
from tongtu.chain.capital.layered import layered
from tongtu.chain.capital.portfolio import portfolio
from tongtu.chain.capital.tables import of_work, risk, values
from tongtu.chain.capital.terms import Terms, terms
from tongtu.chain.capital.worth import Sides

__all__ = [
    "Capital", "Sides", "Terms", "capital", "case", "layered", "of_work", "portfolio", "risk", "terms", "values",
]  # fmt: skip
