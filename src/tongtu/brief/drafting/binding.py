"""Which words go with which number: 小企业补助300万元，大企业补助500万元 must not come back with the firms exchanged.

A word of the source is bound to the numbers of the clauses it stands in, and free where one of them has none. In a
wording it may not go with a number it is not bound to; and where a clause has the same numbers, two of a kind or more,
a word stays between the same two. Dates are a kind of their own. Words of one sense count as one word.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from tongtu.brief.drafting.marks import Mark
from tongtu.brief.drafting.wording import tokens

_END = re.compile(r"[,;:!?。、…\n]|\.(?=\s|\Z)")


@dataclass(frozen=True, slots=True)
class Clause:
    """The numbers of a clause in order, and its words with how many of each kind that counts stand before it."""

    numbers: tuple[Hashable, ...]
    words: tuple[tuple[str, tuple[int, ...]], ...]


def clauses(rest: str, numbers: Iterable[Mark]) -> Iterator[Clause]:
    """The clauses of a folded text from which its numbers were taken."""
    found, begin = list(numbers), 0
    for end in (*(match.start() for match in _END.finditer(rest)), len(rest)):
        here = [mark for mark in found if begin <= mark.start < end]
        kinds = [[m for m in here if m.is_date == dated] for dated in (True, False)]
        several = [kind for kind in kinds if len(kind) > 1]
        slots = tuple(
            (word, tuple(sum(mark.start < begin + at for mark in kind) for kind in several))
            for word, at in tokens(rest[begin:end])
        )
        yield Clause(tuple(mark.key for mark in here), slots)
        begin = end + 1


def loose(draft: Iterable[Clause], known: Iterable[Clause]) -> list[str]:
    """Words of a wording that go with another number than in its sources."""
    bound: dict[str, set[Hashable]] = {}
    free: set[str] = set()
    slots: dict[tuple[Hashable, ...], dict[str, set[tuple[int, ...]]]] = {}
    for clause in known:
        for word, slot in clause.words:
            bound.setdefault(word, set()).update(clause.numbers)
            slots.setdefault(clause.numbers, {}).setdefault(word, set()).add(slot)
            if not clause.numbers:
                free.add(word)
    return [
        word
        for clause in draft
        for word, slot in clause.words
        if (clause.numbers and word in bound and word not in free and not bound[word].intersection(clause.numbers))
        or (slot and slot not in slots.get(clause.numbers, {}).get(word, {slot}))
    ]
