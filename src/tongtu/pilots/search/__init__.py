"""Search: which lines can run what a process requires, across platforms, and the way through several of them.

`prepare` makes an index of the lines on offer; `Searcher.search` answers requests with their requirements in
milliseconds, `Searcher.routes` finds ways of several steps over several sites. `search` prepares and searches at once.

    values     what is required held against what is stated     stated    what lines state, by quantity
    asked      requests, checked
    ground     the lines as arrays, their slots                 places    distances
    searcher   the search                                       told      its answers with reasons
    labels     the best ways through layers                     routes    the steps of a process
"""

from tongtu.pilots.search.routes import Routes
from tongtu.pilots.search.searcher import MARKS, Found, Searcher, prepare, requirements_of, search

__all__ = ["MARKS", "Found", "Routes", "Searcher", "prepare", "requirements_of", "search"]
