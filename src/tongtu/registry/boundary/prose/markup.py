"""A tree of HTML (or of trafilatura's TEI-like elements) to runs, in one walk without recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from lxml import etree, html

from tongtu.registry.boundary.prose.shape import Run, tidy
from tongtu.registry.boundary.refusal import refused

DEEPEST = 256
"""Elements in elements, as libxml2 counts them."""
_UNSEEN = {"script", "style", "noscript", "template", "title", "svg", "math", "iframe", "object", "form", "select",
           "button", "nav", "footer", "aside", "graphic", "img", "video", "audio"}  # fmt: skip
_HEADINGS = {"head": 0, "h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_KINDS = {**dict.fromkeys(_HEADINGS, "heading"), "li": "item", "item": "item", "td": "cell", "th": "cell",
          "cell": "cell", "figcaption": "note", "caption": "note"}  # fmt: skip
_BREAKS = {"p", "div", "section", "article", "main", "header", "body", "html", "ul", "ol", "dl", "dt", "dd", "list",
           "nav", "footer", "aside", "form", "table", "tbody", "thead", "tfoot", "tr", "row", "blockquote", "quote",
           "pre", "code", "hr", "br", "lb", "figure", "fieldset", "address", "center", "doc", *_KINDS}  # fmt: skip
_LAYOUT = 5
"""So many lines in a cell are no value."""
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
_SPANS = {str(n) for n in range(1, 100)}
_STRONGER = ("cell", "heading", "item", "note")
"""A paragraph in a cell is the cell's text, one in a list item the item's."""


def tree_of(text: str) -> Any:
    """The root of an HTML page or fragment; None for one without an element. Raises FileRefused."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = html.document_fromstring(text.encode(), parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None  # a page of blanks and comments
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise refused("html-depth", limit=DEEPEST)  # libxml2 drops what lies deeper without a word
    return root


def runs_of(root: Any) -> tuple[Run, ...]:
    """The runs of all that a reader of the page sees, in the order of the tree."""
    return tuple(_without_layout(tidy(_Walk().through(root))))


def _without_layout(runs: Sequence[Run]) -> Iterator[Run]:
    """A cell of many paragraphs is none: pages were once laid out by tables."""
    for (kind, *_), group in groupby(runs, key=lambda run: (run.kind, run.row, run.column)):
        cell = list(group)
        laid_out = kind == "cell" and len(cell) >= _LAYOUT
        yield from (replace(run, kind="paragraph", row=None, column=None) for run in cell) if laid_out else cell


def runs_of_fragment(text: str) -> tuple[Run, ...]:
    """The runs of a piece of HTML, as feeds and records carry it."""
    root = tree_of(f"<div>{text}</div>") if text.strip() else None
    return () if root is None else runs_of(root)


class _Walk:
    """Gathers characters until an element breaks the line, then says what kind of run they were."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._open: list[Any] = []
        self._tables: list[list[int]] = []

    def through(self, root: Any) -> Iterator[Run]:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            name = element.tag if isinstance(element.tag, str) else ""
            if event == "end":
                yield from self._ended(element, name, element is root)
                continue
            if name in _BREAKS:
                yield from self._flushed()
            if name in _UNSEEN or _is_head_of_page(element, name):
                walk.skip_subtree()
                self._open.append(None)
                continue
            self._open.append(element)
            self._counted(element, name)
            self._held.append(_spaced(element.text))
        yield from self._flushed()

    def _ended(self, element: Any, name: str, last: bool) -> Iterator[Run]:
        seen = self._open[-1] is not None
        if seen and name in _BREAKS:
            yield from self._flushed()
        self._open.pop()
        if seen and name == "table":
            self._tables.pop()
        if not last:
            self._held.append(_spaced(element.tail))

    def _counted(self, element: Any, name: str) -> None:
        """Rows and columns of the innermost table; a cell that spans columns moves the next one on."""
        if name == "table":
            self._tables.append([-1, 0, 0])  # row, column of this cell, column of the next
        elif self._tables and name in ("tr", "row"):
            self._tables[-1] = [self._tables[-1][0] + 1, 0, 0]
        elif self._tables and _KINDS.get(name) == "cell":
            row, _, following = self._tables[-1]
            span = element.get("colspan") or "1"
            self._tables[-1] = [max(row, 0), following, following + (int(span) if span in _SPANS else 1)]

    def _flushed(self) -> Iterator[Run]:
        text = _BLANKS.sub(" ", "".join(self._held))
        self._held.clear()
        if not text.strip():
            return
        opened = [element for element in self._open if element is not None]
        kinds = {_KINDS.get(element.tag) for element in opened}
        kind = next((kind for kind in _STRONGER if kind in kinds), "paragraph")
        if kind == "cell" and self._tables:
            row, column, _ = self._tables[-1]
            yield Run(kind, text, row=row, column=column)
        elif kind == "heading":
            yield Run(kind, text, level=_level(opened))
        else:
            yield Run("paragraph" if kind == "cell" else kind, text)


def _is_head_of_page(element: Any, name: str) -> bool:
    """HTML's <head> is out of sight; trafilatura calls headings so."""
    parent = element.getparent()
    return name == "head" and parent is not None and parent.tag == "html"


def _level(opened: list[Any]) -> int:
    element = next(e for e in reversed(opened) if e.tag in _HEADINGS)
    return _HEADINGS[element.tag] or _HEADINGS.get(element.get("rend") or "", 2) or 2


def _spaced(text: str | None) -> str:
    """Line ends inside a paragraph of HTML are blanks; an ideographic blank is a character of the text."""
    return _BLANKS.sub(" ", text) if text else ""
