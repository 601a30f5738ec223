"""Briefing: documents and a pack to briefs, and briefs to a page, a terminal, JSON and a feed.

reading    files and folders to documents, several reports in one file told apart
compose    facts, events, series, changes, audience, forecasts → `brief.writing.write` → briefs
told       a brief in both languages (`shape`), as page, text and feed print it; `grids`, `passages`: parts of it
page       one HTML file, `markup` its inside;  text  the terminal;  feed  Atom;  store  JSON without loss, and back
"""

from tongtu.chain.briefing.compose import compose, words_of
from tongtu.chain.briefing.feed import atom
from tongtu.chain.briefing.markup import body
from tongtu.chain.briefing.page import page, style, write_page
from tongtu.chain.briefing.reading import documents_of
from tongtu.chain.briefing.shape import Told
from tongtu.chain.briefing.store import from_json, restored, stored, to_json
from tongtu.chain.briefing.text import text
from tongtu.chain.briefing.told import told

__all__ = [
    "Told", "atom", "body", "compose", "documents_of", "from_json", "page", "restored", "stored", "style", "text",
    "to_json", "told", "words_of", "write_page",
]  # fmt: skip
