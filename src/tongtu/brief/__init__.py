"""Policy briefs: policy documents and news become sourced facts, and facts a brief in both languages.

    document  a text whose every character has its place: blocks, spans, quotations
    dates     dates in running text, Chinese and English, with their precision
    reading   raw runs of a file to documents; several reports in one file told apart
    facts     figures, targets, dates, actors, numbers, directions of a document, each with the span that says it
    changes   what two versions of a text, two years' targets or two versions of a rule have changed

Files come in through the import boundary (`registry.boundary.read_prose`); this room does no reading of files.
"""

from tongtu.brief.dates import Dated, dates_in
from tongtu.brief.document import Block, Document, Span

__all__ = ["Block", "Dated", "Document", "Span", "dates_in"]
