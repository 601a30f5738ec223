"""Policy briefs: policy documents and news become sourced facts, and facts a brief in both languages.

    document   a text whose every character has its place: blocks, spans, quotations
    model      a brief: sentences that each have a source or a derivation, and the tables behind them
    dates      dates in running text, Chinese and English, with their precision
    reading    raw runs of a file to documents; several reports in one file told apart
    facts      figures, targets, dates, actors, numbers, directions of a document, each with the span that says it
    changes    what two versions of a text, two years' targets or two versions of a rule have changed
    gathering  copies, reports of one event across outlets and languages, versions of one instrument
    tags       what a document is about, learned from examples
    audience   which coded rules a document speaks of; who gains, who loses, what to do by when
    claims     forecasts kept apart from targets, followed until they are true, false or undecidable
    scores     hot, quality, impact: formulas shown with their parts
    writing    all of that as sentences and a timeline
    watch      follows, digests with a budget, related briefs, delays, readers' corrections
    proposals  a draft rule file from a new document, for a person to approve
    drafting   a language model's wording, kept only where it says nothing new

Files come in through the import boundary (`registry.boundary.read_prose`), `chain.briefing` puts the pieces together;
this room does no reading of files and asks nobody.
"""

from tongtu.brief.dates import Dated, dates_in
from tongtu.brief.document import Block, Document, Span
from tongtu.brief.model import Brief, Sentence

__all__ = ["Block", "Brief", "Dated", "Document", "Sentence", "Span", "dates_in"]
