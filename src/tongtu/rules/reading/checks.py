"""What can only be seen from above: versions that overlap or leave a hole, and conditions nobody can meet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tongtu.rules.expressions import (
    FLIPPED,
    Among,
    Arithmetic,
    Between,
    Both,
    Comparison,
    Flag,
    Literal,
    Name,
    Node,
    Not,
    Relation,
    Truth,
    Value,
)
from tongtu.rules.model import Check, Criterion, Group, Span, Version
from tongtu.rules.reading.page import Page
from tongtu.terms.why import Why


def check_spans(page: Page, versions: Sequence[Version], lines: Sequence[int]) -> None:
    """One version at a time for one jurisdiction, purpose and batch, from the first day to the last."""
    timelines: dict[tuple[str, str, str], list[tuple[Span, Version, int]]] = {}
    for version, line in zip(versions, lines, strict=True):
        for span in version.spans:
            for purpose in span.purposes:
                for batch in span.batches or ("",):
                    timelines.setdefault((version.jurisdiction, purpose, batch), []).append((span, version, line))
    for (_, asked, batch), spans in timelines.items():
        spans.sort(key=lambda entry: entry[0].start)
        for (before, old, _), (after, new, line) in pairwise(spans):
            args: dict[str, Any] = {"old": old.version, "new": new.version, "purpose": Why(f"rules.purpose-{asked}")}
            if before.end is None or after.start <= before.end:
                page.fault(line, "versions-overlap", key="in_force", day=after.start, **args)
            elif not batch and after.start > before.end + timedelta(days=1):
                page.fault(line, "versions-hole", key="in_force", day=before.end, until=after.start, **args)


@dataclass(frozen=True, slots=True)
class _Room:
    """What a figure may still be: an interval, or a set of codes."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    codes: frozenset[object] | None = None

    @property
    def empty(self) -> bool:
        if self.codes is not None:
            return not self.codes
        return self.low > self.high or (self.low == self.high and (self.open_low or self.open_high))

    def met(self, other: _Room) -> _Room:
        codes = self.codes
        if other.codes is not None:
            codes = other.codes if codes is None else codes & other.codes
        low, open_low = max((self.low, self.open_low), (other.low, other.open_low))
        high, neg_open = min((self.high, not self.open_high), (other.high, not other.open_high))
        return _Room(low, high, open_low, not neg_open, codes)


_Rooms = dict[str, tuple[_Room, str]]


def check_reachable(page: Page, root: Criterion) -> None:
    """Notes conditions that contradict each other, or the limits of the figures they speak of."""
    _rooms(page, root)


def _rooms(page: Page, criterion: Criterion) -> _Rooms:
    """What the figures may be when a criterion holds; a contradiction is noted where it arises."""
    if criterion.waiver is not None:
        _rooms(page, criterion.waiver)
    match criterion.body:
        case Check(node):
            found = _joined(page, criterion.line, [_leaf(node)])
        case Group(parts, least, negated):
            below = [_rooms(page, part) for part in parts if part.role == "counts"]
            conjunctive = least is None and not negated
            found = _joined(page, criterion.line, below) if conjunctive else {}
        case _:
            found = {}
    # A condition over several years, or one that may be waived or left out, binds no single figure above it.
    return {} if criterion.years or criterion.waiver or criterion.skip_if else found


def _joined(page: Page, line: int, below: Sequence[_Rooms]) -> _Rooms:
    total: _Rooms = {}
    for rooms in below:
        for name, (room, text) in rooms.items():
            before, said = total.get(name, (_Room(), ""))
            both = before.met(room)
            said = " AND ".join(dict.fromkeys(part for part in (said, text) if part))
            if both.empty:
                page.fault(line, "never-met", what=said)
                both = _Room()
            total[name] = (both, said)
    return total


def _leaf(node: Truth) -> _Rooms:
    """The rooms one condition leaves, those the registry gives its figures included."""
    total: _Rooms = {}
    for name, room, text, domain in _bounds(node):
        before = total.get(name, (domain, ""))
        total[name] = (before[0].met(room), " AND ".join(part for part in (before[1], text) if part))
    return total


def _bounds(node: Truth) -> Iterator[tuple[str, _Room, str, _Room]]:
    match node:
        case Both(parts):
            for part in parts:
                yield from _bounds(part)
        case Comparison(op, left, Literal() as right):
            yield from _bound(left, op, right)
        case Comparison(op, Literal() as left, right):
            yield from _bound(right, FLIPPED[op], left)
        case Between(of, Literal() as low, Literal() as high):
            yield from _bound(of, ">=", low)
            yield from _bound(of, "<=", high)
        case Among(of, values):
            room = _Room(codes=frozenset(v.value for v in values))
            yield written(of), room, f"{written(of)} IN (...)", _Room()
        case Flag(of):
            yield written(of), _Room(codes=frozenset([True])), written(of), _Room()
        case Not(Flag(of)):
            yield written(of), _Room(codes=frozenset([False])), f"NOT {written(of)}", _Room()


def _bound(of: Value, op: Relation, limit: Literal) -> Iterator[tuple[str, _Room, str, _Room]]:
    text = f"{written(of)} {op} {written(limit)}"
    if isinstance(limit.value, str):
        if op == "=":
            yield written(of), _Room(codes=frozenset([limit.value])), text, _Room()
        return
    at = float(limit.value.toordinal() if isinstance(limit.value, date) else limit.value)
    room = {
        ">=": _Room(low=at), ">": _Room(low=at, open_low=True),
        "<=": _Room(high=at), "<": _Room(high=at, open_high=True), "=": _Room(at, at),
    }.get(op)  # fmt: skip
    if room is not None:
        yield written(of), room, text, _domain(of)


def _domain(of: Value) -> _Room:
    """The limits the registry sets a plain column, such as 0..1."""
    column = of.field.column if isinstance(of, Name) else None
    text = column.constraint if column is not None else ""
    low, dots, high = text.partition("..")
    try:
        if dots:
            return _Room(float(low), float(high))
        if text.startswith(">="):
            return _Room(float(text[2:]))
        if text.startswith(">"):
            return _Room(float(text[1:]), open_low=True)
    except ValueError:  # a limit by another column says nothing here
        return _Room()
    return _Room()


def written(node: Node) -> str:
    """An expression as text, the same for two conditions that speak of the same figure."""
    match node:
        case Name(field):
            return field.name
        case Literal():
            return str(node.shown())
        case Arithmetic(op, left, right):
            return f"({written(left)} {op} {written(right)})"
    return repr(node)
