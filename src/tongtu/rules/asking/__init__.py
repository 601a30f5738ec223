"""What people ask of the rules: about one subject, about everybody, about the days to come.

    diffs       diff, compare: who gains and who loses when the rule or the day changes, and by which criteria
    supposing   what_if: some figures changed          (changes, values: what may be supposed)
    questions   ask_next: the missing fact that settles most          (lacking: what a criterion waits for)
    rising      next_tier: the next tier up and what is missing to it
    histories   history: titles held, and what followed each          (titles: which tier awards which)
    calendars   calendar: intakes, updates, reviews, ends of titles, calls          (dues)
    funding     calls: open calls judged;  outlines   outline: an application as far as it fills itself in
    unlocking   access: resources one may use;  years   year: what a year brought

Each answer is a frame, or a few in a dataclass, with its reasons in a column `why`. Nothing is guessed: what is not
recorded stays unknown. `trees` holds what some of them share about criteria, `subjects` how to look at one subject
alone.
"""

from tongtu.rules.asking.calendars import calendar
from tongtu.rules.asking.diffs import Diff, compare, diff
from tongtu.rules.asking.funding import Calls, calls
from tongtu.rules.asking.histories import history
from tongtu.rules.asking.outlines import outline
from tongtu.rules.asking.questions import ask_next
from tongtu.rules.asking.rising import NextTier, next_tier
from tongtu.rules.asking.supposing import what_if
from tongtu.rules.asking.unlocking import access
from tongtu.rules.asking.years import Year, year

__all__ = [
    "Calls", "Diff", "NextTier", "Year", "access", "ask_next", "calendar", "calls", "compare", "diff", "history",
    "next_tier", "outline", "what_if", "year",
]  # fmt: skip
