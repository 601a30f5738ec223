"""Words that tell a forecast, a target, a condition, and who says it: the pack's list `forecasts`, compiled once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tongtu.brief.claims.tables import MODALITIES
from tongtu.brief.facts.lexicon import Lexicon, any_of
from tongtu.brief.facts.plain import plain


@dataclass(frozen=True, slots=True)
class Cue:
    """Where a sentence turns to the future, and how surely it says so."""

    start: int
    end: int
    modality: str
    written: str


class Cues:
    """Patterns by role, over folded text. Most sentences hold no word of a role, which is cheaper to see first."""

    def __init__(self, lexicon: Lexicon) -> None:
        words: dict[str, list[str]] = {}
        for row in lexicon.rows("forecasts"):
            words.setdefault(row["role"], []).append(plain(row["written"]))
        self._words = {role: tuple(found) for role, found in words.items()}
        self._first = {role: tuple(dict.fromkeys(word.split()[0] for word in found)) for role, found in words.items()}
        self._patterns = {role: re.compile(any_of(found)) for role, found in words.items()}

    def of(self, role: str) -> re.Pattern[str]:
        return self._patterns.get(role, _NOTHING)

    def says(self, role: str, text: str) -> bool:
        return self._may(role, text) and self.of(role).search(text) is not None

    def heads(self, role: str, line: str) -> bool:
        """Whether a heading holds such a word, also where a page has glued another one to it."""
        return any(word in line for word in self._words.get(role, ()))

    def opens(self, role: str, text: str) -> bool:
        """Whether a text begins with such a word, signs in front aside."""
        return self.of(role).match(text.lstrip(_SIGNS)) is not None

    def forecasts(self, text: str) -> list[Cue]:
        """The words of a forecast in order, those inside a phrase that is none (than expected) left out."""
        roles = [modality for modality in MODALITIES if self._may(modality, text)]
        taken = [match.span() for match in self.of("not").finditer(text)] if roles else []
        found = [
            Cue(match.start(), match.end(), modality, match.group())
            for modality in roles
            for match in self.of(modality).finditer(text)
            if not any(start <= match.start() < end for start, end in taken)
        ]
        return sorted(found, key=lambda cue: (cue.start, -cue.end))

    def _may(self, role: str, text: str) -> bool:
        return any(word in text for word in self._first.get(role, ()))


cues = lru_cache(maxsize=8)(Cues)

_NOTHING = re.compile(r"(?!)")
_SIGNS = " \n\t-•·*—–>“\"'（("
