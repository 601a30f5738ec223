"""A live index: documents by key are added, changed and deleted, and found as soon as they are committed.

The documents themselves lie in a record (SQLite, `record.py`), the index over them is tantivy's. A commit
writes the record first and the index second; whichever instant a crash takes, opening again leads to a
commit, since what the index lacks is put in from the record. An index that is damaged is built anew from
the record (`rebuilt` says so), a record that is damaged is a named fault.

The statistics of BM25 follow every document added at once. Deleted text stays in them until tantivy happens
to merge its segment, at the latest until `compact`: then scores equal those of an index made from nothing
with the same documents, to the rounding of 32-bit floats. `lingering` counts the deleted documents that are
still in the statistics. With d of them no term's n, and N, is further off than d; measured on Chinese and
English abstracts of which a tenth was deleted at random, scores were off by 0.7 % in the mean and 2.5 % in
the worst of a hundred, and 98 % of the ten best were the same.

One writer at a time, told by name when there is another; readers in other processes call `refresh`. An
index for each class of disclosure is several of these, each in its own folder: nothing is shared.

>>> with Live({"han": "text"}) as live:
...     live.add("n1", {"han": ["介", "电"]})
...     generation = live.commit("row 17 of the feed")
...     live.search({"han": {"电": 1.0}}, limit=5).keys
['n1']
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from threading import RLock
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from tongtu.terms.faults import DataRefused, TongtuError, UsageFault
from tongtu.text import _segments
from tongtu.text.index import HEAP, Asked, Document, Filter, Hits, Index, Kind, Weights, as_row, packed
from tongtu.text.record import Record, encoded

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_TRIES = 3  # a reader that meets a document taken out meanwhile refreshes and asks again


class Named(NamedTuple):
    """Keys of the documents found, best first, ties in the order they were added, with their scores."""

    keys: list[str]
    scores: list[float]


class Found(NamedTuple):
    """Keys of the documents found, best first, ties in the order they were added, with their scores.

    `documents` as they were given, but for the terms of a text, which are packed into one string; `shared`
    of the index takes them as they are.
    """

    keys: list[str]
    scores: list[float]
    documents: list[Document]


def _locked(method: Callable[Concatenate[Live, P], R]) -> Callable[Concatenate[Live, P], R]:
    @wraps(method)
    def within(self: Live, /, *given: P.args, **named: P.kwargs) -> R:
        with self._lock:
            try:
                return method(self, *given, **named)
            except sqlite3.Error as fault:
                raise self._unwritable(fault) from fault

    return within


class Live:
    """Documents by key, in memory or in a folder that a face names.

    `fields` as in `build`. Raises, all with a repair: UsageFault where another writer is at work, where the
    fields differ from those the folder was made with, where a reader finds no index or wants to change one,
    and where the disk takes no more (nothing is lost: opening again leads to a commit); DataRefused for a
    folder that holds something else, another format or a damaged record.
    """

    def __init__(self, fields: Mapping[str, Kind], folder: Path | None = None, *, write: bool = True):
        self._fields = dict(fields)
        self._folder = folder
        self._lock = RLock()
        self._write = write
        self._guard: sqlite3.Connection | None = None
        self._tantivy: Any = None
        self._writer: Any = None
        self._pending = False
        #: the index was damaged, or lacked what the record has, and was built anew from it
        self.rebuilt = False
        if folder is not None and write:
            _ours(folder)
            self._guard = _only_writer(folder)
        try:
            self._record = Record(folder and folder / "record.sqlite", fields, write=write)
            self._told = self._record.told()
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def generation(self) -> int:
        """How many commits there were."""
        return self._told.generation

    @property
    def position(self) -> str:
        """What the last commit was told of its place in the feed; "" at the beginning. Resume after it."""
        return self._told.position

    @property
    def lingering(self) -> int:
        """Deleted documents whose text is still counted in the statistics."""
        return self.index.lingering

    def __len__(self) -> int:
        return len(self.index)

    @_locked
    def add(self, key: str, document: Document) -> None:
        """Adds a document, in place of the one that has this key; found after the next `commit`.

        Raises KeyError for a field that was not declared.
        """
        told = self._told
        document = {name: packed(held) if self._fields[name] == "text" else held for name, held in document.items()}
        row, body = as_row(told.next, document, self._fields), encoded(document)
        self._begin()
        self._end(key)
        self._record.put(told.next, key, body, told.generation + 1)
        told.operation = self._writer.add_document(row)
        told.next += 1
        told.count(document, self._fields, 1)

    update = add

    @_locked
    def delete(self, key: str) -> bool:
        """Takes a document out; says whether there was one."""
        self._begin()
        return self._end(key)

    @_locked
    def commit(self, position: str | None = None) -> int:
        """Makes what was added and deleted findable, all at once, and lasting; the new generation.

        `position`: where in the feed the caller stands, given back by `position` after a crash.
        """
        told = self._told
        if not self._pending and position in (None, told.position):
            return told.generation
        self._begin()
        told.generation += 1
        told.position = told.position if position is None else position
        self._record.commit(told)
        self._pending = False
        try:
            self._writer.commit()
        except ValueError as fault:  # what tantivy says of a full disk
            raise self._unwritable(fault) from fault
        told.settled = told.generation
        self._show()
        return told.generation

    @_locked
    def rollback(self) -> None:
        """Forgets what was added and deleted since the last commit."""
        if self._pending:
            self._record.rollback()
            self._writer.rollback()
            self._pending = False
            self._told = self._record.told()

    @_locked
    def compact(self) -> None:
        """Builds the index anew from the record: no deleted text is left in the statistics or on the disk.

        Commits first. Searches go on meanwhile; 1 M documents of 100 words take about a minute.
        """
        self._must_write()
        self.commit()
        self._rebuild()

    @_locked
    def refresh(self) -> None:
        """Lets a reader see what a writer in another process has committed."""
        if not self._write:
            before, self._told = self._told, self._record.told()
            if before.folder == self._told.folder:
                self._show()
            else:
                self._open()

    def search(
        self,
        terms: Weights,
        *,
        limit: int,
        codes: Weights | None = None,
        only: Filter | None = None,
        without: Filter | None = None,
    ) -> Found:
        """As `Index.search`, over the last commit, with keys."""
        asked = Asked(terms, codes, only, without)
        return self.search_many([asked], limit=limit)[0]

    def search_many(self, asked: Sequence[Asked], *, limit: int, threads: int = 1) -> list[Found]:
        """As `Index.search_many`, over the last commit, with keys."""
        found = self._asked(lambda index: index.search_many(asked, limit=limit, threads=threads), self._record.held)
        return [_found(hits, held) for hits, held in found]

    def keys_many(self, asked: Sequence[Asked], *, limit: int, threads: int = 1) -> list[Named]:
        """`search_many` without the documents, which take longer to read than to find."""
        found = self._asked(lambda index: index.search_many(asked, limit=limit, threads=threads), self._record.keys)
        return [_named(hits, keys) for hits, keys in found]

    def shared(self, terms: Weights, found: Found) -> list[dict[str, dict[str, float]]]:
        """For each document found, the terms it shares with the question and what each adds to its score, by field."""
        return self.index.shared(terms, found.documents)

    def document(self, key: str) -> Document | None:
        """A document that was added, or None; its texts as lists of terms."""
        found = self._record.find(key)
        return found and {
            name: held.split() if isinstance(held, str) and self._fields[name] == "text" else held
            for name, held in found[1].items()
        }

    def documents(self) -> Iterator[tuple[str, Document]]:
        """Keys and documents, in the order they were added; their texts packed into one string."""
        return ((key, document) for _, key, document, _ in self._record.documents())

    @_locked
    def close(self) -> None:
        """Ends all work; what was not committed is forgotten."""
        if self._writer is not None:
            with suppress(ValueError):
                self._writer.rollback()
            self._writer.wait_merging_threads()
            self._writer = None
        if hasattr(self, "_record"):
            self._record.close()
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _must_write(self) -> None:
        if not self._write:
            raise UsageFault.because("text.index-reader", "text.index-reader-repair", place=str(self._folder))

    def _unwritable(self, fault: Exception) -> TongtuError:
        place = str(self._folder or "")
        return UsageFault.because(
            "text.index-unwritable", "text.index-unwritable-repair", place=place, detail=str(fault)
        )

    def _begin(self) -> None:
        self._must_write()
        if not self._pending:
            self._record.begin(self._told.settled)
            self._pending = True

    def _end(self, key: str) -> bool:
        found = self._record.find(key)
        if found is None:
            return False
        number, document, since = found
        self._record.end(number, self._told.generation + 1, since)
        self._told.operation = self._writer.delete_documents_by_term("number", number)
        self._told.deleted += 1
        self._told.count(document, self._fields, -1)
        return True

    # The index over the record.

    def _place(self, part: int) -> Path | None:
        return self._folder and self._folder / f"words-{part}"

    def _open(self) -> None:
        """Opens the index and brings it to the record's last commit."""
        told, place = self._told, self._place(self._told.folder)
        opened = _segments.opened(place)
        if opened is None and not self._write:
            raise self._record.damaged(str(place))
        if self._folder is not None and self._write:
            _clear(self._folder, told.folder)
        if opened is None:
            self.rebuilt = told.generation > 0
            self._rebuild()
            return
        self._tantivy = opened
        if self._write:
            self._writer = opened.writer(HEAP, num_threads=1)
            if place is not None and _segments.committed(place) <= told.operation:
                self._catch_up()
            told.settled = told.generation
        self._show()
        if self._write and self._tantivy.searcher().num_docs != told.size:
            self.rebuilt = True
            self._rebuild()

    def _catch_up(self) -> None:
        """Puts in what the record has of the commits that the index may lack; doing so twice changes nothing."""
        told = self._told
        for number, document in self._record.touched(told.settled):
            told.operation = self._writer.delete_documents_by_term("number", number)
            if document is not None:
                told.operation = self._writer.add_document(as_row(number, document, self._fields))
        self._writer.commit()

    def _rebuild(self) -> None:
        """The documents of the record into a new index, which takes the old one's place in one transaction."""
        told = self._told
        made = _segments.made(self._place(told.folder + 1), self._fields)
        writer = made.writer(HEAP, num_threads=1)
        for number, _, document, _ in self._record.documents():
            writer.add_document(as_row(number, document, self._fields))
        writer.commit()
        writer.wait_merging_threads()
        if self._writer is not None:
            self._writer.wait_merging_threads()
        told.folder, told.deleted, told.operation, told.settled = told.folder + 1, 0, -1, told.generation
        self._record.begin(told.settled)
        self._record.commit(told)
        self._tantivy, self._writer = made, made.writer(HEAP, num_threads=1)
        if self._folder is not None:
            _clear(self._folder, told.folder)
        self._show()

    def _show(self) -> None:
        """From here on searches see the last commit; a document tells the statistics where some were deleted."""
        told = self._told
        self._tantivy.reload()
        witness = self._record.any_number(told.generation) if told.deleted else None
        self.index = Index(self._tantivy, self._fields, told.size, told.means(), witness)

    def _asked(
        self, ask: Callable[[Index], list[Hits]], read: Callable[[Sequence[int]], Mapping[int, T]]
    ) -> list[tuple[Hits, Mapping[int, T]]]:
        """What the index answers, with what the record has of each document."""
        for _ in range(_TRIES):
            answers = ask(self.index)
            held = [read(hits.numbers) for hits in answers]
            if all(len(each) == len(hits.numbers) for each, hits in zip(held, answers, strict=True)):
                break
            self.refresh()
        return list(zip(answers, held, strict=True))


def _named(hits: Hits, keys: Mapping[int, str]) -> Named:
    rows = [(keys[number], score) for number, score in zip(*hits, strict=True) if number in keys]
    return Named([row[0] for row in rows], [row[1] for row in rows])


def _found(hits: Hits, held: Mapping[int, tuple[str, Document]]) -> Found:
    rows = [(*held[number], score) for number, score in zip(*hits, strict=True) if number in held]
    return Found([row[0] for row in rows], [row[2] for row in rows], [row[1] for row in rows])


def _ours(folder: Path) -> None:
    """Makes the folder, or checks that nothing but an index of ours is in it."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / "record.sqlite").exists())):
        raise DataRefused.because("text.index-foreign", "text.index-rebuild-repair", place=str(folder))
    folder.mkdir(parents=True, exist_ok=True)


def _only_writer(folder: Path) -> sqlite3.Connection:
    """Holds a lock that ends with the process, however it ends."""
    guard = sqlite3.connect(folder / "writer.lock", timeout=0, isolation_level=None, check_same_thread=False)
    try:
        guard.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as fault:
        guard.close()
        raise UsageFault.because("text.index-busy", "text.index-busy-repair", place=str(folder)) from fault
    return guard


def _clear(folder: Path, part: int) -> None:
    """Removes indexes that a crash or a compaction left behind."""
    for place in folder.glob("words-*"):
        if place.name != f"words-{part}":
            shutil.rmtree(place, ignore_errors=True)
