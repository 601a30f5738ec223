"""Leads a case through stages and gates, from disclosure to repeat orders.

A pathway is versioned data of a pack, not code: `load` reads and checks it, `choose` says which one suits a pair,
`lay_out` finds where a case enters it on the evidence at hand, dates the stages that are left in working days, and
names the services each gate needs, who offers them, and where nobody does (`holes_of`); `jobs` reads off the pilot runs
that the planned stages need.

    agreements  templates with permitted positions per clause
    cases       the log of a case and the state that is read off it: migration, offers, who waits for whom
    progress    what many logs say: funnel, time, compression, burden, bypass, outcomes
    exchange    pathways and cases as other programs read them: BPMN, OCDS, XES, OCEL, iCalendar
"""

from tongtu.pathway.choose import choose
from tongtu.pathway.evidence import Findings, Judged
from tongtu.pathway.jobs import jobs
from tongtu.pathway.layout import Layout, lay_out
from tongtu.pathway.model import (
    Ask,
    Evidence,
    Gate,
    Holds,
    Lane,
    Level,
    Missed,
    Parallel,
    Pathway,
    Rule,
    Stage,
    StageLines,
    StatutoryStep,
)
from tongtu.pathway.reading import load
from tongtu.pathway.services import holes_of

__all__ = [
    "Ask", "Evidence", "Findings", "Gate", "Holds", "Judged", "Lane", "Layout", "Level", "Missed", "Parallel",
    "Pathway", "Rule", "Stage", "StageLines", "StatutoryStep", "choose", "holes_of", "jobs", "lay_out", "load",
]  # fmt: skip
