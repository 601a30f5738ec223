"""Schedules: projects under scarce resources, cases on pilot lines, repairs with few moves, and calendars for others.

`schedule` gives jobs their days on lines, `replan` puts a plan right, `solve` finds the shortest plan of any project
with scarce resources (`read_sm` reads the PSPLIB's), `feed` writes slots as iCalendar. OR-Tools is imported when the
first model is solved.
"""

from tongtu.pilots.scheduling.exact import ProjectPlan, solve
from tongtu.pilots.scheduling.feed import Event, feed, slot_events
from tongtu.pilots.scheduling.project import Project
from tongtu.pilots.scheduling.psplib import read_sm
from tongtu.pilots.scheduling.replan import Replanned, replan
from tongtu.pilots.scheduling.sgs import first_answer
from tongtu.pilots.scheduling.slots import Schedule, schedule

__all__ = [
    "Event", "Project", "ProjectPlan", "Replanned", "Schedule", "feed", "first_answer", "read_sm", "replan",
    "schedule", "slot_events", "solve",
]  # fmt: skip
