"""Who may do what with which record, and which of its fields they read: one pure decision over data tables.

    permissions.csv   the whole policy, one rule per line; read this first
    roles, relations, states, actions (.csv)    the words the rules are written in, with their named groups
    model             Subject, Thing, Context
    tables, weighing  the CSV files as checked rules; the rule that answers a question
    reasons           what a refused person lacks, and who can give it
    deciding          `decide` and what follows from it: `clearance`, `visible_states`, `clash`, `grantable`
    ladder            fields by disclosure class: `columns`, `redact`, `hidden`
    relation          what the asker is to the owner of a record: `relate`, and the same as sets, `circles`
    secrecy           marks of state secrets in a text

Nothing is allowed that no rule allows; a rule that denies beats every rule that allows; an unknown word is refused.
A face asks three questions:

    decide(subject, "publish", thing, context)          may they? and the reason, ready to be spoken
    clearance(subject, thing, context)                  the highest class they read of this thing, None: answer 404
    redact(row, "needs", clearance, raised)             the row as they may see it

A rival is treated exactly as any other member, down to the sentence of a refusal, so nobody learns from the hub who
declared them a rival. What a rival must not know is therefore classed restricted, never teaser.
"""

from tongtu.hub.policy.deciding import Decision, clash, clearance, decide, grantable, visible_states
from tongtu.hub.policy.ladder import columns, hidden, redact, why_hidden
from tongtu.hub.policy.model import Context, Subject, Thing
from tongtu.hub.policy.relation import Circle, Facts, chain, circles, interests, relate

__all__ = [
    "Circle", "Context", "Decision", "Facts", "Subject", "Thing", "chain", "circles", "clash", "clearance", "columns",
    "decide", "grantable", "hidden", "interests", "redact", "relate", "visible_states", "why_hidden",
]  # fmt: skip
