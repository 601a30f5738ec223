"""The names of a glossary, ready to be found in one text at a time.

`concepts.find` builds an automaton for whole sides, 20 ms of work that a single text cannot share. Here names
are kept by their first two characters; what is found is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tongtu.registry.concepts import Glossary

_FIRST = 2  # characters; no name is shorter


class Names:
    """Finds what `concepts.find` finds."""

    def __init__(self, glossary: Glossary) -> None:
        self._concepts: defaultdict[str, set[str]] = defaultdict(set)
        for pattern, concept in glossary.patterns.iter_rows():
            self._concepts[pattern].add(concept)
        self._starting: defaultdict[str, list[str]] = defaultdict(list)
        for pattern in sorted(self._concepts, key=len, reverse=True):
            self._starting[pattern[:_FIRST]].append(pattern)

    def find(self, texts: Sequence[str]) -> list[frozenset[str]]:
        """The concepts each of the canonical texts names; of names within one another the longest."""
        return list(map(self._find, texts))

    def _find(self, text: str) -> frozenset[str]:
        found: set[str] = set()
        end = 0
        for start in range(len(text) - 1):
            for name in self._starting.get(text[start : start + _FIRST], ()):
                if start + len(name) > end and text.startswith(name, start):
                    found |= self._concepts[name]
                    end = start + len(name)
        return frozenset(found)
