"""Where a document asks for something: its articles as a tree by their numbers, and which of them hold conditions.

Numbers have a rank whatever the file marked: chapter, article (第五条, 一、), item （一）, 1., （1）. An item belongs
to the last line of a lower rank. Items that run on in one paragraph (…条件：（一）…；（二）…) are told apart as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from tongtu.brief.document import CELL, HEADING, NOTE, TITLE, Block, Document
from tongtu.brief.proposals import words

_N = "〇零一二三四五六七八九十百千两"
_RANKS = tuple(
    (re.compile(pattern), rank)
    for pattern, rank in (
        (rf"第[{_N}\d]+[编章节篇部]|附[件表录]", 0),
        (rf"第[{_N}\d]+条|(?:article|section)\s*\d+", 2),
        (r"[一二三四五六七八九十]{1,3}[、.]", 2),
        (r"\([一二三四五六七八九十]{1,3}\)", 3),
        (r"\d{1,3}(?:\.\d{1,2})*[.、]?", 4),
        (r"\((?:\d{1,3}|[a-z])\)|\d{1,3}\)", 5),
    )
)
_BULLET, _LINE, _ARTICLE = 6, 7, 2
_INLINE = re.compile(r"(?<=[:;。,])\s*(\((?:[一二三四五六七八九十]{1,3}|\d{1,2})\))")
_LONGEST_TITLE = 40
_FIRST = 80  # characters of an article in which it names the title it is about


@dataclass(slots=True)
class Node:
    """A line or part of one: its number, its own words (from `start`, behind the number), and what is below it."""

    label: str
    rank: int
    start: int
    end: int
    below: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        yield self
        for node in self.below:
            yield from node.walk()


@dataclass(frozen=True, slots=True)
class Article:
    """A place that asks for something: `cite` are the numbers down to it, `above` the heading it stands under.

    It is `plain` where it is one line that neither a list nor a heading marks as conditions.
    """

    node: Node
    cite: str
    above: tuple[int, int]
    plain: bool

    @property
    def opening(self) -> tuple[tuple[int, int], ...]:
        """Where it names the title it is about: its first words, else the heading above it."""
        spans = ((self.node.start, self.node.end), self.above)
        return tuple((start, min(end, start + _FIRST)) for start, end in spans)


def articles(document: Document, text: str) -> list[Article]:
    """The places of a document that hold conditions, in reading order; `text` is the document's, folded."""
    roots = _tree(document, text)
    return [article for node in roots for article in _asking(node, text, "", (0, 0), False)]


def _asking(node: Node, text: str, cite: str, above: tuple[int, int], titled: bool) -> Iterator[Article]:
    own = text[node.start : node.end]
    cite = cite + node.label if node.rank >= _ARTICLE else ""
    leads = _leads(node, text)
    named = len(own) <= _LONGEST_TITLE and words.phrase("title").search(own) is not None
    if node.rank >= _ARTICLE and (leads or (named and node.below) or titled):
        yield Article(node, cite, above, plain=not node.below and not titled)
        return
    if leads and node.below and node.below[0].rank > _ARTICLE:
        yield Article(node, cite, above, plain=False)
        return
    # Under a heading of conditions every article is one, unless some say of themselves that conditions follow.
    inherits = named and node.rank < _ARTICLE and not any(_leads(child, text) for child in node.below)
    for child in node.below:
        yield from _asking(child, text, cite, (node.start, node.end), inherits and not _aside(child, text))


def _leads(node: Node, text: str) -> bool:
    """Whether a line says that conditions follow, or cases in which one may not apply."""
    said = (words.phrase(role).search(text, node.start, node.end) for role in ("lead", "bar"))
    return any(match is not None for match in said)


def cases(document: Document, text: str, taken: Sequence[Article]) -> Iterator[Node]:
    """Lists of cases (有下列情形之一) that are no conditions of an article in `taken`: when a title ends, say."""
    inside = {node.start for article in taken for node in article.node.walk()}
    for root in _tree(document, text):
        for node in root.walk():
            listed = node.below and node.start not in inside
            if listed and words.phrase("case").search(text, node.start, node.end):
                yield node


def _aside(node: Node, text: str) -> bool:
    """Whether an article speaks of support, of how long something lasts, or of the text itself."""
    said = (words.phrase(role).search(text, node.start, node.end) for role in ("grant", "validity", "own"))
    return any(match is not None for match in said)


def _tree(document: Document, text: str) -> list[Node]:
    root = Node("", -1, 0, 0)
    path = [root]
    for block in _lines(document, text):
        for node in _nodes(block, text, document.text):
            while len(path) > 1 and path[-1].rank >= node.rank:
                path.pop()
            path[-1].below.append(node)
            path.append(node)
    return root.below


def _lines(document: Document, text: str) -> Iterator[Block]:
    """The lines of a document; the cells of a table's row are one."""
    if not document.blocks:
        for match in re.finditer(r"\S[^\n]*", text):
            yield Block(match.start(), match.end(), "paragraph")
        return
    said = [block for block in document.blocks if block.kind not in (TITLE, NOTE)]
    rows = [list(row) for _, row in groupby(said, key=lambda b: ("row", b.row) if b.kind == CELL else ("", b.start))]
    for row, following in zip(rows, [*rows[1:], []], strict=False):
        counted, next_counted = (_counted(cells, text) for cells in (row, following))
        if len(row) == 1 or row[0].row != 0 or not next_counted:  # else the names of a table's columns
            yield replace(row[1] if counted else row[0], end=row[-1].end)


def _counted(cells: Sequence[Block], text: str) -> bool:
    """Whether a row of cells begins with its number."""
    return len(cells) > 1 and text[cells[0].start : cells[0].end].strip(".、").isdigit()


def _nodes(block: Block, text: str, source: str) -> Iterator[Node]:
    """The line, and after it the items that run on inside it."""
    label, rank = _numbered(block, text)
    cuts = [*_INLINE.finditer(text, label, block.end)]
    ends = [cut.start() for cut in cuts] + [block.end]
    yield _node(source, (block.start, label), rank, ends[0])
    for cut, stop in zip(cuts, ends[1:], strict=True):
        yield _node(source, cut.span(1), _rank(cut[1]), stop)


def _numbered(block: Block, text: str) -> tuple[int, int]:
    """Where the line's number ends, and its rank."""
    if block.label:
        end = block.start + len(block.label)
        return end, _rank("".join(text[block.start : end].split()))
    if block.kind == HEADING:
        return block.start, 1
    for pattern, rank in _RANKS:
        match = pattern.match(text, block.start, block.end)
        if match and not match.group().isdigit():
            return match.end(), rank
    return block.start, _LINE


def _rank(label: str) -> int:
    return next((rank for pattern, rank in _RANKS if pattern.fullmatch(label)), _BULLET)


def _node(source: str, label: tuple[int, int], rank: int, end: int) -> Node:
    start, inner = label[1], source[label[1] : end]
    start += len(inner) - len(inner.lstrip())
    written = source[slice(*label)].strip().rstrip(".")
    named = " ".join(written.split()) if written.isascii() else "".join(written.split())
    return Node(named, rank, start, start + len(inner.strip()))
