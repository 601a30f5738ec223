"""Who says a forecast: somebody named beside a word of saying (工信部预计, analysts expect, according to IDC)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tongtu.brief.claims.cues import Cue, Cues

_NEAR = 24  # characters between a name and the forecast it makes
_ARTICLE = 5  # characters of an article between "according to" and a name
_CASED = r"[A-Z][\w&.'-]*(?:\s+(?:of|and|for|the|[A-Z][\w&.'-]*)){0,6}"
_OPENING = re.compile(r"\A[\s“\"']*(?P<name>[\u4e00-\u9fffa-z]{2,12}?)\Z")


def speaker(
    text: str, start: int, words: str, cue: Cue | None, actors: Sequence[Mapping[str, Any]], cues: Cues
) -> str | None:
    """The name of the speaker as it stands in the list of actors, else as written; null where nobody is named.

    `words` are the sentence's, folded, from `start` on; an actor of the list, a voice (分析师) or, unlisted, whatever
    stands before a word of saying at the sentence's beginning.
    """
    at = cue.start if cue is not None else 0
    named = [(row["start"] - start, row["end"] - start, row["canonical"] or row["name"]) for row in actors]
    named += [(m.start(), m.end(), text[start + m.start() : start + m.end()]) for m in cues.of("voice").finditer(words)]
    for first, last, name in sorted(named, reverse=True):
        if _says(words, first, last, at, cues):
            return str(name)
    return _unlisted(text[start : start + len(words)], words, at, cues)


def _says(words: str, first: int, last: int, at: int, cues: Cues) -> bool:
    """Whether a word of saying stands between a name and the forecast, or in front of the name (according to)."""
    said = cues.of("said").search(words, last, min(last + _NEAR, len(words))) if last <= at + 1 else None
    if said is not None and said.start() <= at and _joins(words[last : said.start()]):
        return True
    lead = words[max(first - _NEAR, 0) : first]
    return any(len(lead) - match.end() <= _ARTICLE for match in cues.of("according").finditer(lead))


def _joins(gap: str) -> bool:
    """Whether a name is the subject of the word behind it: little stands between, and no sign ends the clause."""
    return len(gap.strip()) <= _NEAR // 2 and not re.search(r"[,。;:]", gap)


def _unlisted(raw: str, words: str, at: int, cues: Cues) -> str | None:
    """A name that is on no list: 高盛预计，… and Goldman Sachs expects …, at the beginning of a sentence only."""
    for said in cues.of("said").finditer(words):
        if said.start() > at:
            break
        lead = raw[: said.start()]
        comma = words[said.end() : said.end() + 1] in (",", ":")
        lent = cues.of("according").match(words)
        begin = lent.end() if lent is not None else 0
        if comma and (match := _OPENING.match(words[begin : said.start()])):
            return raw[begin + match.start("name") : begin + match.end("name")]
        if cased := re.search(rf"\A[\s“\"']*(?P<name>{_CASED})\s+\Z", lead):
            return None if cased["name"].split()[0] in _NOBODY else cased["name"]
    return None


_NOBODY = frozenset(("It", "He", "She", "They", "We", "I", "This", "That", "Who", "The"))
