"""The network of pilot lines: which line fits a need, when it is free, and what the network lacks.

`search` ranks lines for a request and says why the others fall out. `schedule` gives each job its days
on a line without ever exceeding what the line can run at once. `coverage` sets demand beside capacity
for every direction and region, with the four factors of a working network side by side.
"""

from tongtu.pilots.coverage import Norms, coverage
from tongtu.pilots.schedule import Schedule, schedule
from tongtu.pilots.search import Found, search

__all__ = ["Found", "Norms", "Schedule", "coverage", "schedule", "search"]
