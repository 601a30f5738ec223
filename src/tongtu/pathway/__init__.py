"""Leads a case through stages and gates, from disclosure to repeat orders.

A pathway is versioned data of a pack, not code: `load` reads and checks it, `choose` says which one
suits a pair, `lay_out` finds where a case enters it on the evidence at hand, dates the stages that are
left in working days, and names the services each gate needs, who offers them, and where nobody does;
`jobs` reads off the pilot runs that the planned stages need.
"""

from tongtu.pathway.choose import choose
from tongtu.pathway.jobs import jobs
from tongtu.pathway.layout import Layout, lay_out
from tongtu.pathway.model import (
    Ask,
    Evidence,
    Gate,
    Level,
    Missed,
    Pathway,
    Stage,
    StageLines,
    StatutoryStep,
)
from tongtu.pathway.reading import load

__all__ = [
    "Ask",
    "Evidence",
    "Gate",
    "Layout",
    "Level",
    "Missed",
    "Pathway",
    "Stage",
    "StageLines",
    "StatutoryStep",
    "choose",
    "jobs",
    "lay_out",
    "load",
]
