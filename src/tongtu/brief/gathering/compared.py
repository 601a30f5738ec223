"""Which documents are compared, and what two of them share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from tongtu.brief.gathering.evidence import NOTHING, Shared, frequencies, odds
from tongtu.brief.gathering.known import Known
from tongtu.text.duplicates import PASSAGES, pairs_of

Pair = tuple[str, str]

_CROWD = 64  # documents that share a thing and are compared for it
_TELLING = ("number", "instrument", "figure", "day", "body", "name", "term")
_LEADS = replace(PASSAGES, wide=2, jaccard=0.1, contained=0.2, alike_at_least=0.0, hopeless=0.0)


class Compared:
    """Documents by what is known of them, and the log-odds of the pairs that were compared.

    Documents are compared where they share a thing that tells, or words of their leads; two that do neither count as
    unlikely, without being looked at. Of more than 64 documents that share one thing, each is compared with the 64
    published next.
    """

    def __init__(self, all_known: Sequence[Known]) -> None:
        self._known = {one.id: one for one in all_known}
        self._often = frequencies(all_known)
        self._odds: dict[Pair, tuple[float, list[Shared]]] = {}

    def compare(self, more: Iterable[Pair] = ()) -> None:
        """Compares all candidates, and `more` pairs (the lesser id first)."""
        for one, other in {*self._by_things(), *self._by_words(), *more}:
            self._odds[one, other] = odds(self._known[one], self._known[other], self._often)

    def likely(self) -> list[Pair]:
        """Pairs that rather report one event than not."""
        return sorted(pair for pair, (found, _) in self._odds.items() if found > 0)

    def odds(self, one: str, other: str) -> float:
        return self._odds.get((min(one, other), max(one, other)), (NOTHING, ()))[0]

    def shared(self, one: str, other: str) -> Sequence[Shared]:
        """What two documents share, the most telling first."""
        return self._odds.get((min(one, other), max(one, other)), (NOTHING, ()))[1]

    def _by_things(self) -> set[Pair]:
        having: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for one in sorted(self._known.values(), key=lambda one: (one.published or date.max, one.id)):
            for kind in _TELLING:
                for key in one.items.get(kind, {}):
                    having[kind, key].append(one.id)
        return {
            (min(one, other), max(one, other))
            for ids in having.values() for at, one in enumerate(ids) for other in ids[at + 1 : at + 1 + _CROWD]
        }  # fmt: skip

    def _by_words(self) -> set[Pair]:
        leads = pairs_of(((one.id, one.words) for one in self._known.values()), _LEADS)
        return {(pair.one, pair.other) for pair in leads}
