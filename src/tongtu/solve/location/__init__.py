"""Where to open sites so that clients are served at the least cost, with proof: p-median and capacitated location.

General mathematics on arrays: what a site or a client is, the caller knows. Every answer carries its bound.
"""

from tongtu.solve.location.capacitated import capacitated
from tongtu.solve.location.located import Located
from tongtu.solve.location.pmedian import p_median
from tongtu.solve.location.reading import Graph, Warehouses, kind_of, read_cap, read_optima, read_pmed

__all__ = [
    "Graph",
    "Located",
    "Warehouses",
    "capacitated",
    "kind_of",
    "p_median",
    "read_cap",
    "read_optima",
    "read_pmed",
]
