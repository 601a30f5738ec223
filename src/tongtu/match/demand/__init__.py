"""What the market asks for together, what it lacks, and who might fill the lack.

    common      alike open needs of many organisations, gathered and ranked
    unmet       demands nobody can meet, as proposed calls and research topics
    unasked     technologies nobody asks for, and what separates each from its nearest demand
    joint       parallel work of several owners, proposed as joint development to each owner apart
    gaps, questions, asks, suppliers
                from a thin place in a supply chain to the firms that may fill it

Inside: `seen` (what a viewer may know), `alike` (likeness and groups at national scale), `worth` (how demands
are ranked), `demanded` and `reach` (indicators of many needs, and the best claim against them), `frames` (every
column that is returned).
"""

from tongtu.match.demand.common import Demands, common
from tongtu.match.demand.joint import joint
from tongtu.match.demand.suppliers import asks, gaps, question_of, questions, suppliers
from tongtu.match.demand.unasked import unasked
from tongtu.match.demand.unmet import Unmet, unmet

__all__ = [
    "Demands",
    "Unmet",
    "asks",
    "common",
    "gaps",
    "joint",
    "question_of",
    "questions",
    "suppliers",
    "unasked",
    "unmet",
]
