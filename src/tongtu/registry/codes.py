"""From what people type to the code of a closed list: the code itself, its Chinese or its English label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tongtu.registry.columns import Column
from tongtu.registry.vocabularies import Vocabularies, vocabularies
from tongtu.terms.checked import Checked, plain
from tongtu.terms.why import Label

#: what separates the entries of a cell; a comma does so only in a closed list
SEPARATORS = re.compile(r"[;；、\n]+")
_COMMAS = re.compile(r"([;；、\n,，]+)")


class Codes:
    """All vocabularies of one import: our own, the pack's, and lists that the folder itself brings."""

    def __init__(self, given: Vocabularies | None = None) -> None:
        self._lists: dict[str, dict[str, Label]] = {n: dict(v) for n, v in vocabularies().items()}
        self.extend(given or {})
        self._names: dict[str, dict[str, str]] = {}

    def extend(self, given: Mapping[str, Mapping[str, Label]]) -> None:
        """Add entries; a code that is known already keeps its name."""
        for name, entries in given.items():
            self._lists[name] = {**entries, **self._lists.get(name, {})}
        self._names = {}

    def __contains__(self, vocabulary: str) -> bool:
        return vocabulary in self._lists

    def labels(self, vocabulary: str) -> Mapping[str, Label]:
        return self._lists.get(vocabulary, {})

    def one(self, vocabulary: str, text: str) -> Checked[str]:
        """The code a text means."""
        found = self._by_name(vocabulary).get(_name(text))
        if found is not None:
            return Checked(found)
        return self._unknown(vocabulary, [text])

    def several(self, vocabulary: str, text: str) -> Checked[tuple[str, ...]]:
        """The codes a cell means. A label that itself holds a comma is recognised whole."""
        names = self._by_name(vocabulary)
        pieces = _COMMAS.split(text)  # entries at even places, what stood between them at odd ones
        found: list[str] = []
        strange: list[str] = []
        start = 0
        while start < len(pieces):
            for end in range(len(pieces), start, -2):
                code = names.get(_name("".join(pieces[start:end])))
                if code is not None:
                    found.append(code)
                    break
            else:
                end = start + 1
                strange += [pieces[start].strip()] if pieces[start].strip() else []
            start = end + 1
        if strange:
            return self._unknown(vocabulary, strange)
        return Checked(tuple(dict.fromkeys(found)))

    def _by_name(self, vocabulary: str) -> dict[str, str]:
        if vocabulary not in self._names:
            entries = self._lists.get(vocabulary, {})
            names: dict[str, str] = {}
            for pick in ("en", "zh"):
                names |= {_name(getattr(v, pick)): c for c, v in entries.items() if getattr(v, pick)}
            self._names[vocabulary] = names | {_name(code): code for code in entries}
        return self._names[vocabulary]

    def _unknown(self, vocabulary: str, texts: list[str]) -> Checked[Any]:
        return Checked.wrong("registry.code", text=texts, some=self._some(vocabulary))

    def _some(self, vocabulary: str) -> list[Label | str]:
        """A few entries, so that a fault can show what is allowed."""
        entries = list(self._lists.get(vocabulary, {}).values())
        return [*entries[:8], *(["…"] if len(entries) > 8 else [])]


def needed(columns: Iterable[Column]) -> set[str]:
    """The vocabularies that columns speak of."""
    return {c.of for c in columns if c.kind in ("code", "codes")}


def split(text: str) -> list[str]:
    """The entries of a cell; an entry in double quotes may hold separators itself.

    >>> split('LTCC；"A;B"、5" wafer')
    ['LTCC', 'A;B', '5" wafer']
    """
    if '"' not in text:
        return [part.strip() for part in SEPARATORS.split(text) if part.strip()]
    found = re.findall(r'\s*(?:"((?:[^"]|"")*)"\s*(?=[;；、\n]|$)|([^;；、\n]+))', text)
    parts = (quoted.replace('""', '"') if quoted else bare.strip() for quoted, bare in found)
    return [part for part in parts if part]


def join(entries: Iterable[str], separator: str = "；") -> str:
    """Entries as one cell, so that `split` gives them back."""
    return separator.join(_quoted(entry) for entry in entries)


def _quoted(entry: str) -> str:
    if '"' in entry or SEPARATORS.search(entry) or entry != entry.strip():
        return '"{}"'.format(entry.replace('"', '""'))
    return entry


def _name(text: str) -> str:
    return " ".join(plain(text).casefold().split())
