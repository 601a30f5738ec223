"""A draft rule file proposed from a new document: for a person to approve, never applied by itself.

`proposal` reads the conditions and thresholds of a measure into the pack's YAML form, each with its article and the
characters that say it, and asks about all it did not understand. Approving is a person's act outside this room: the
file is taken down, corrected and put into a pack like any other.

    words  outline      phrases and names as data; which articles hold conditions
    meanings  thresholds  conditions      what a name means over the registry; a clause as a check, a title, a question
    heading  assembling  composing  draft      the document of itself; groups, tiers, what stands in for what
    spelling  page  questions  proposing      conditions written out; the file; what is left open; all of it together
"""

from tongtu.brief.proposals.proposing import LINES, STATE, Proposal, proposal
from tongtu.brief.proposals.questions import QUESTIONS

__all__ = ["LINES", "QUESTIONS", "STATE", "Proposal", "proposal"]
