"""Pathways and cases as other programs read them.

bpmn               a pathway as BPMN 2.0 with its diagram
xes, ocel          the log of cases for process mining
releases, records  cases as they became known day by day, after the Open Contracting Data Standard
compiled, versioned, difference   its merge rules, both ways
reminders          what falls due as entries of a calendar
asked, clock, role, serviced, step_told   what a gate asks and how it is run, as reasons
"""

from tongtu.pathway.exchange.bpmn import bpmn
from tongtu.pathway.exchange.merging import compiled, difference, versioned
from tongtu.pathway.exchange.ocds import PREFIX, records, releases
from tongtu.pathway.exchange.ocel import ocel
from tongtu.pathway.exchange.reminders import reminders
from tongtu.pathway.exchange.said import asked, clock, role, serviced, step_told
from tongtu.pathway.exchange.xes import xes

__all__ = [
    "PREFIX", "asked", "bpmn", "clock", "compiled", "difference", "ocel", "records", "releases", "reminders", "role",
    "serviced", "step_told", "versioned", "xes",
]  # fmt: skip
