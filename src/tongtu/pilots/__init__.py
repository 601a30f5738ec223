"""The network of pilot platforms: strengthened (做强), activated (激活), supplemented (补齐), and used.

    evaluation   tiers of platforms from the ledger, with gates, robustness, the smallest change, appeals
    diagnosis    what holds a weak public platform back, and the cheapest plan that lifts it
    layout       where the network is to grow, with bound and gap; plans of what is to be built
    search       lines for what a process requires, and routes of several steps
    scheduling   cases over lines, repaired with few moves; calendar feeds        booking   who may hold which slot
    complexity   industrial relatedness of regions, as a prior                    coverage  demand beside capacity

Each is a door of its own (`from tongtu.pilots import layout`); what the chain asks most stands here as functions:
`coverage`, `schedule` and `search`. The packages of the last two are imported by their full names
(`from tongtu.pilots.search import prepare`).
"""

from tongtu.pilots.coverage import Norms, coverage
from tongtu.pilots.schedule import Schedule, schedule
from tongtu.pilots.search import Found, search

__all__ = ["Found", "Norms", "Schedule", "coverage", "schedule", "search"]
