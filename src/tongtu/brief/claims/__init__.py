"""The claims register: what somebody says will be, kept apart from targets, and held against what came of it.

cues        words of a forecast, of a target, of who says it
measured    what a forecast figure can be held against, by which day, within what bounds
finding     claims      forward-looking statements of a document; no target of an official instrument is among them
following   follow      trajectory so far, pace needed, open, true, false or undecidable
standing    by_source   how often a source was right, with an interval, once enough of its claims are decided
"""

from tongtu.brief.claims.finding import claims
from tongtu.brief.claims.following import follow
from tongtu.brief.claims.standing import by_source
from tongtu.brief.claims.tables import CLAIMS, FOLLOWED, SOURCES

__all__ = ["CLAIMS", "FOLLOWED", "SOURCES", "by_source", "claims", "follow"]
