"""Agreement templates as data: clauses, the positions each permits, and what two sides still differ on.

A template is our own wording, labelled as ours, and no legal advice. A position is named `clause:position`; what it
leaves to be filled in (`royalty`, `months`) is a term with limits. A clause about which an offer says nothing stands at
its default, so that an offer names only what it wants otherwise.

    model  reading     a template and its shared clauses, read from YAML with every fault at once
    positions          what an offer may say, what two offers differ on
    drafting           the text of an agreement in both languages
"""

from tongtu.pathway.agreements.drafting import Block, draft
from tongtu.pathway.agreements.model import Clause, Position, Template, Term
from tongtu.pathway.agreements.positions import Difference, differences, permitted, resolved
from tongtu.pathway.agreements.reading import load

__all__ = [
    "Block",
    "Clause",
    "Difference",
    "Position",
    "Template",
    "Term",
    "differences",
    "draft",
    "load",
    "permitted",
    "resolved",
]
