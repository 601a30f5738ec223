"""Texts made comparable, for matching, platform search and briefs alike.

`normalise` brings two spellings of one thing together (compatibility forms, case, traditional
characters, stems); `tokens` cuts a text into the terms an index holds; `index` finds documents by
weighted terms, codes and filters.
"""

from tongtu.text.index import Document, Hits, Index, Kind, build
from tongtu.text.normalise import canonical, fold, is_han, phrase, segments, surfaces
from tongtu.text.tokens import Terms, terms

__all__ = [
    "Document",
    "Hits",
    "Index",
    "Kind",
    "Terms",
    "build",
    "canonical",
    "fold",
    "is_han",
    "phrase",
    "segments",
    "surfaces",
    "terms",
]
