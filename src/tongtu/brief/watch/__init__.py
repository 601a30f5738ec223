"""Watching: what readers follow, what they get and no more, what is related, how late it was, what they corrected.

    follows      matches     topics, directions and organisations that a brief is about
    digests      digest      a reader's briefs of a day or week within a budget; nothing twice unless it changed
    related      related     other briefs that share numbers, instruments, actors, directions or words
    delays       delay       days from publication to the brief
    corrections  correct     a reader's wording of a sentence, the old one kept on record

All are pure: what went out, who follows what and who corrected what are kept by the face that calls them.
"""

from tongtu.brief.watch.corrections import RECORD, Corrected, Correction, correct
from tongtu.brief.watch.delays import DELAY, DELAYS, delay, delays
from tongtu.brief.watch.digests import SENT, Digest, digest, fingerprint, importance
from tongtu.brief.watch.follows import FOLLOWS, MATCHES, matches
from tongtu.brief.watch.related import RELATED, related

__all__ = [
    "DELAY", "DELAYS", "FOLLOWS", "MATCHES", "RECORD", "RELATED", "SENT", "Corrected", "Correction", "Digest",
    "correct", "delay", "delays", "digest", "fingerprint", "importance", "matches", "related",
]  # fmt: skip
