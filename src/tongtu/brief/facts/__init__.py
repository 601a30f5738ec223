"""Facts read out of a document: figures, dates, actors, numbers, instruments, directions, tiers, conditions.

`extract` reads a `Document` with the words of a jurisdiction (`lexicon`, made of a pack's folder `briefs`) and returns
`Facts`: frames whose every row holds the exact characters that say it, a confidence of ours, and what that rests on.
Patterns and lists find them, no model; what a text does not say stays null.

    lexicon  plain  numerals  quantities    words as data; folding in place; numbers, units, operators, ranges
    clauses  figures  names  tables         sentences and sections; what a number measures; names; frames
"""

from tongtu.brief.facts.lexicon import Lexicon, Unit, lexicon
from tongtu.brief.facts.tables import SCHEMAS, Facts, extract

__all__ = ["SCHEMAS", "Facts", "Lexicon", "Unit", "extract", "lexicon"]
