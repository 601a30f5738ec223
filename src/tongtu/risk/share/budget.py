"""The budget ledger: what each member's projects have spent in a year, in a file that is only ever appended to.

One line per entry: the entry, and the Merkle root over all entries so far (`tongtu.ledger`), so that a line changed
or taken out of the middle is found when the file is opened; the newest root is printed and stands in each release, so
that members find out when lines are cut off the end. The noisy figures stand in the entry itself: a release is
written down, and brought to the disk, before anybody sees it, and asking again gives the same figures from the
ledger, never a second draw. A line torn by a crash was never shown to anybody and is dropped.

Charging: a release of ε costs each member in it ε in the year its round is named after (basic composition). Over the
years the costs add up; the ledger names both sums.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import orjson

from tongtu.ledger import Tree
from tongtu.risk.share.refusal import fault, refused
from tongtu.terms.faults import DataRefused

#: ε per member and year where nothing else was agreed when the ledger was begun. Ours.
YEARLY = 1.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One release: its question (round, taxonomy, members, whole), its price and its noisy figures."""

    round: str
    taxonomy: str
    members: tuple[str, ...]
    whole: bool
    epsilon: float
    days: float
    on: str
    figures: Mapping[str, Sequence[int]]

    @property
    def year(self) -> str:
        return self.round[:4]

    @property
    def question(self) -> tuple[object, ...]:
        return self.round, self.taxonomy, self.members, self.whole, self.epsilon, self.days


class Ledger:
    """The ledger in a file; held alone while it is open (`open_ledger`)."""

    def __init__(self, path: Path, limit: float, entries: list[Entry], tree: Tree, size: int) -> None:
        self.path, self.limit, self.entries = path, limit, entries
        self._tree, self._size = tree, size

    @property
    def root(self) -> str:
        """Entries and root, as `3:9f2c…`: what members compare."""
        return f"{len(self._tree)}:{self._tree.root().hex()}"

    def root_of(self, entry: Entry) -> str:
        """The root as it was when a release had been written down."""
        size = 2 + self.entries.index(entry)
        return f"{size}:{self._tree.root(size).hex()}"

    def spent(self, member: str, year: str | None = None) -> Fraction:
        """Exactly what a member has spent in a year, or in all."""
        mine = (entry for entry in self.entries if member in entry.members and year in (None, entry.year))
        return sum((Fraction(str(entry.epsilon)) for entry in mine), Fraction(0))

    def earlier(self, entry: Entry) -> Entry | None:
        """The release that answers the same question already.

        Raises DataRefused where the round was released with other members, taxonomy or ε: the difference of the two
        releases would tell of whoever came or went.
        """
        same_round = [one for one in self.entries if one.round == entry.round]
        for one in same_round:
            if one.question == entry.question:
                return one
        if same_round:
            kept = same_round[0]
            raise refused("risk_share.round-released", round=entry.round, on=kept.on, n=len(kept.members),
                          epsilon=kept.epsilon)  # fmt: skip
        return None

    def charge(self, entry: Entry) -> None:
        """Writes a release down. Raises DataRefused with every member whose budget it would exceed."""
        self.afford(entry)
        self._append(_packed(entry))
        self.entries.append(entry)

    def afford(self, entry: Entry) -> None:
        limit, cost = Fraction(str(self.limit)), Fraction(str(entry.epsilon))
        over = [(member, spent) for member in entry.members if (spent := self.spent(member, entry.year)) + cost > limit]
        if over:
            raise DataRefused(
                fault("risk_share.budget-spent", member=member, year=entry.year, spent=float(spent),
                      epsilon=entry.epsilon, limit=self.limit)
                for member, spent in over
            )  # fmt: skip

    def _append(self, body: Mapping[str, Any]) -> None:
        """One line, whole on the disk or dropped when the file is next opened. A failed write ends this object."""
        data = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        self._tree.append(data)
        line = orjson.dumps({"entry": data.decode(), "root": self._tree.root().hex()}) + b"\n"
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(descriptor, self._size)
            os.lseek(descriptor, 0, os.SEEK_END)
            written = 0
            while written < len(line):
                written += os.write(descriptor, line[written:])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._size += len(line)


@contextmanager
def open_ledger(path: Path, limit: float | None = None) -> Iterator[Ledger]:
    """The ledger in this file, begun where there is none, held alone until the block ends.

    `limit` is ε per member and year; it is agreed once, when the ledger is begun (default 1). Raises DataRefused where
    the file is no ledger, was changed, or has another limit, and where somebody else holds it.
    """
    with _alone(path):
        ledger = _read(path, limit)
        if not ledger._size:
            ledger._append({"kind": "begun", "limit": ledger.limit})
            _settle(path.parent)
        yield ledger


def _read(path: Path, limit: float | None) -> Ledger:
    data = path.read_bytes() if path.exists() else b""
    size = data.rfind(b"\n") + 1  # what follows was torn off by a crash before anybody saw it
    tree, bodies = Tree(), []
    for number, line in enumerate(data[:size].splitlines(), start=1):
        try:
            kept = orjson.loads(line)
            tree.append(kept["entry"].encode())
            bodies.append(orjson.loads(kept["entry"]))
            sound = tree.root().hex() == kept["root"]
        except (ValueError, KeyError, TypeError, AttributeError):
            sound = False
        if not sound:
            raise DataRefused(fault("risk_share.ledger-changed", path.name, row=number))
    if not bodies:
        return Ledger(path, YEARLY if limit is None else limit, [], tree, size)
    agreed = float(bodies[0]["limit"])
    if limit is not None and limit != agreed:
        raise refused("risk_share.ledger-limit", path.name, limit=agreed, asked=limit)
    return Ledger(path, agreed, [_unpacked(body) for body in bodies[1:]], tree, size)


def _packed(entry: Entry) -> dict[str, Any]:
    return {"kind": "release", **{name: getattr(entry, name) for name in Entry.__slots__}}


def _unpacked(body: Mapping[str, Any]) -> Entry:
    named = {name: body[name] for name in Entry.__slots__}
    return Entry(**named | {"members": tuple(body["members"])})


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time; the lock is a file beside the ledger and goes with the process that holds it."""
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise refused("risk_share.ledger-held", path.name) from None
        yield
    finally:
        os.close(descriptor)


def _settle(folder: Path) -> None:
    """A new file's name is on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
