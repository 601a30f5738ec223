"""Where words of a brief stand in its sources: the passage with a little around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tongtu.brief.document import Document, Span
from tongtu.brief.model import Brief, Sentence
from tongtu.chain.briefing.shape import Line, Passage
from tongtu.chain.report.spoken import both

#: characters shown on either side of a quotation, and of a quotation itself at most
_AROUND, _LONGEST = 90, 900
_STOPS = "。！？；.!?;"


@dataclass(frozen=True, slots=True)
class Places:
    """The sources of a brief by their ids."""

    known: Mapping[str, Document]

    @classmethod
    def of(cls, brief: Brief) -> Places:
        return cls({document.id: document for document in brief.documents})

    def passage(self, span: Span) -> Passage:
        found = self.known[span.document]
        block = found.block_at(span.start)
        low = block.start if block else span.start
        high = max(block.end if block else span.end, span.end)
        return Passage(
            found.id, found.title or found.outlet, found.outlet, found.published, found.address, found.language,
            _end_of(found.text[low : span.start]), _short(found.quote(span)), _begin_of(found.text[span.end : high]),
        )  # fmt: skip

    def passages(self, spans: Iterable[Span]) -> tuple[Passage, ...]:
        return tuple(self.passage(span) for span in dict.fromkeys(spans) if span.document in self.known)

    def of_row(self, row: Mapping[str, Any]) -> tuple[Passage, ...]:
        """The passage of a row that holds document, start and end; none where they are not known."""
        if row.get("document") is None or row.get("start") is None or row.get("end") is None:
            return ()
        return self.passages([Span(row["document"], row["start"], row["end"])])

    def line(self, sentence: Sentence) -> Line:
        how = both(sentence.derivation) if sentence.derivation is not None else None
        spans = self.passages(sentence.spans)
        return Line(sentence.id, both(sentence.says), sentence.label, spans, how, sentence.confidence)


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


def _end_of(words: str) -> str:
    """The last words before a quotation, from the beginning of a sentence where one begins near."""
    line = " ".join(words.split())
    kept = line[-_AROUND:]
    if len(kept) < len(line):
        begin = max((kept.find(stop) + 1 for stop in _STOPS), default=0)
        kept = "…" + (kept[begin:] if 0 < begin < len(kept) else kept).lstrip()
    return kept + (" " if words[-1:].isspace() and kept else "")


def _begin_of(words: str) -> str:
    line = " ".join(words.split())
    kept = line if len(line) <= _AROUND else line[:_AROUND].rstrip() + "…"
    return (" " if words[:1].isspace() and kept else "") + kept
