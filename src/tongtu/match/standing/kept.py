"""The index of a board: made or resumed from a folder, brought to what the registry says, asked by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tongtu.match import retrieve
from tongtu.text import Document, Hits
from tongtu.text.index import Asked, packed
from tongtu.text.live import Live


@dataclass(frozen=True, slots=True)
class Repaired:
    """What an index lacked, had otherwise or had too much when it was opened: ids, in order.

    An index that is new lacked nothing; one that was damaged was `rebuilt`.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    rebuilt: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.dropped or self.rebuilt)


class Kept:
    """A live index whose answers are rows of a board.

    `rows`: id → row; the board's own, so that it follows what comes and goes.
    """

    def __init__(self, rows: Mapping[str, int], live: Live) -> None:
        self._rows = rows
        self.live = live

    def search_many(self, asked: Sequence[Asked], *, limit: int, threads: int = 1) -> list[Hits]:
        """As `Index.search_many`, by row."""
        found = self.live.keys_many(asked, limit=limit, threads=threads)
        return [Hits([self._rows[key] for key in each.keys], each.scores) for each in found]

    def put(self, key: str, document: Document) -> None:
        """A document that is found from now on, in place of one of this key."""
        self.live.add(key, document)
        self.live.commit()

    def drop(self, key: str) -> None:
        self.live.delete(key)
        self.live.commit()

    def settle(self, documents: Iterable[tuple[str, Document]]) -> Repaired:
        """Makes the index hold these documents and no others, in one commit."""
        new = self.live.generation == 0
        wanted, held = list(self._rows), {key: _shape(document) for key, document in self.live.documents()}
        added, changed = [], []
        for key, document in documents:
            if key not in held:
                added.append(key)
            elif held[key] == _shape(document):
                continue
            else:
                changed.append(key)
            self.live.add(key, document)
        dropped = sorted(held.keys() - wanted)
        for key in dropped:
            self.live.delete(key)
        self.live.commit()
        if new:
            return Repaired()
        return Repaired(tuple(added), tuple(changed), tuple(dropped), self.live.rebuilt)


def _shape(document: Document) -> int:
    """A document in a number, the same for terms packed and not."""
    return hash(tuple((field, _held(field, value)) for field, value in sorted(document.items())))


def _held(field: str, value: Sequence[str] | int) -> object:
    if isinstance(value, int):
        return value
    return packed(value) if retrieve.FIELDS[field] == "text" else tuple(value)
