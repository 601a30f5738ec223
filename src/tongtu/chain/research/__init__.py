"""Dual research as a document: published shares against targets, who leads, what became of the projects.

ground    what the engines find, and the order it is told in
national  published figures: targets with their vintages, effort beside results
projects  the projects: shares, leads, conversion, checks, contradictions, originality
pictures  the figures drawn          pieces  what the document is put together from
"""

from tongtu.chain.research.ground import Researched, researched

__all__ = ["Researched", "researched"]
