"""What a model is asked: sentences of one brief and the passages they rest on, fenced as data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from tongtu.brief.document import Span
from tongtu.brief.model import DRAFTED, Brief, Sentence
from tongtu.terms.words import Lang, say, word
from tongtu.text import is_han

MOST = 40_000  # characters of data in one prompt
_PASSAGE = 600  # characters of one source passage


@dataclass(frozen=True, slots=True)
class Prompt:
    """Two messages and no tools: `system` says what is asked, `user` holds the data.

    offered   ids of the sentences in it, in the brief's order; only these may be answered
    left_out  sentences that would have made it too long
    """

    system: str
    user: str
    offered: tuple[str, ...]
    left_out: int

    def messages(self) -> list[dict[str, str]]:
        """As the chat interface takes them."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.user}]


def offered(brief: Brief, lang: Lang) -> tuple[Sentence, ...]:
    """The sentences that may be reworded: those that read in this language, and no drafts."""
    found = (s for s in brief.sentences if s.label != DRAFTED and reads_in(say(s.says, lang), lang))
    return tuple({sentence.id: sentence for sentence in found}.values())


def prompt(brief: Brief, lang: Lang, *, most: int = MOST) -> Prompt:
    """The prompt for one brief, of at most `most` characters of data.

    It holds the brief's own sentences and their passages and nothing else. The data is one line of JSON between two
    marks made of a digest over it, which no text can contain that was written before it.
    """
    lines: list[str] = []
    names: list[str] = []
    room = most
    sentences = offered(brief, lang)
    for sentence in sentences:
        asked = {
            "id": sentence.id,
            "sentence": say(sentence.says, lang),
            "sources": passages(brief, sentence, _PASSAGE),
        }
        line = json.dumps(asked, ensure_ascii=False)
        if len(line) <= room:
            lines.append(line)
            names.append(sentence.id)
            room -= len(line)
    data = f"[{', '.join(lines)}]"
    fence = hashlib.sha256(data.encode()).hexdigest()[:16]
    system = word("brief_drafting.prompt", lang, fence=fence)
    return Prompt(system, f"DATA {fence}\n{data}\nEND {fence}", tuple(names), len(sentences) - len(names))


def passages(brief: Brief, sentence: Sentence, most: int | None = None) -> list[str]:
    """The words of the sources under a sentence; a span of another document than the brief's is none."""
    known = {document.id: document for document in brief.documents}
    return [known[span.document].quote(_cut(span, most)) for span in sentence.spans if span.document in known]


def _cut(span: Span, most: int | None) -> Span:
    return span if most is None else Span(span.document, span.start, min(span.end, span.start + most))


def reads_in(text: str, lang: Lang) -> bool:
    """Whether a text reads in a language: most of its words are, a Chinese character counting as one."""
    han = sum(map(is_han, text))
    latin = len([run for run in text.split() if run[:1].isascii() and any(c.isascii() and c.isalpha() for c in run)])
    return han > latin if lang == "zh" else latin > han
