"""Gathering: which documents are copies of each other, which report one event, which are versions of one instrument.

    copies    near_duplicates   texts that repeat each other, also in part
    events    events            reports of one event over outlets and languages: the primary one, the first, the copies
    series    series            versions of one instrument and yearly reports, oldest first

    known       what a document is known by: the things it mentions, and the words of its lead
    evidence    how much it tells that two documents share what they share
    compared    which documents are compared
    clusters    groups whose members belong together on average

Nothing is merged and nothing is lost: every document keeps its row and the reason of its place. The order in which
documents are given never changes an answer.
"""

from tongtu.brief.gathering.copies import DUPLICATES, near_duplicates
from tongtu.brief.gathering.events import EVENTS, events
from tongtu.brief.gathering.series import SERIES, series

__all__ = ["DUPLICATES", "EVENTS", "SERIES", "events", "near_duplicates", "series"]
