"""Word documents: the zip judged and packed anew like every other, then paragraphs and tables in their order.

What a reader sees counts: inserted text is part of it, deleted text and the second copy that Word keeps of
a text box are not. Numbers that Word counts itself are not in the file and so not in the text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from tongtu.registry.boundary import archive
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.prose.shape import Prose, Run, tidy
from tongtu.registry.boundary.refusal import refused
from tongtu.terms.faults import FileRefused

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_HIDDEN = {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", _FALLBACK}
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_TITLE = re.compile(r"title|标题", re.IGNORECASE)


def prose_of(data: bytes, limits: Limits) -> Prose:
    """Paragraphs and tables of the body. Raises FileRefused as for workbooks, and for a damaged document."""
    from docx import Document

    plain = _plain(data, limits)
    try:
        document = Document(plain)
        styles = {style.style_id: style.name or "" for style in document.styles}
        title = (document.core_properties.title or "").strip()
        runs = tidy(_runs(document.element.body, styles))
    except MemoryError:
        raise
    except Exception as error:  # python-docx lets lxml, key, type and its own errors through
        raise refused("docx-damaged", problem=f"{type(error).__name__}: {error}") from None
    return Prose(runs, "docx", title=title)


def _plain(data: bytes, limits: Limits) -> io.BytesIO:
    """The zip anew; a damaged one is said to be a damaged document, not a workbook."""
    plain = io.BytesIO()
    try:
        archive.repack(data, archive.parts(data, ".docx", limits), plain)
    except FileRefused as refusal:
        damage = next((f.what for f in refusal.faults if f.what.code == "boundary.zip-damaged"), None)
        if damage is None:
            raise
        raise refused("docx-damaged", problem=str(damage.args["problem"])) from None
    return plain


def _runs(body: Any, styles: dict[str, str]) -> Iterator[Run]:
    for element in body.iterchildren():
        if element.tag == f"{_W}p":
            yield _paragraph(element, styles)
        elif element.tag == f"{_W}tbl":
            yield from _table(element)
        elif element.tag == f"{_W}sdt":  # a field to fill in, or a table of contents
            for content in element.iterchildren(f"{_W}sdtContent"):
                yield from _runs(content, styles)


def _paragraph(element: Any, styles: dict[str, str]) -> Run:
    style = element.find(f"{_W}pPr/{_W}pStyle")
    name = styles.get(style.get(f"{_W}val"), "") if style is not None else ""
    text = _text(element)
    if heading := _HEADING.fullmatch(name.strip()):
        return Run("heading", text, level=int(heading[1]))
    return Run("title", text, level=1) if _TITLE.fullmatch(name.strip()) else Run("paragraph", text)


def _table(table: Any) -> Iterator[Run]:
    """Cells by row and column of the grid; a cell merged from above repeats nothing."""
    for row, line in enumerate(table.iterchildren(f"{_W}tr")):
        column = 0
        for cell in line.iterchildren(f"{_W}tc"):
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            yield Run("cell", "\n".join(_text(p) for p in cell.iter(f"{_W}p")), row=row, column=column)
            column += int(span.get(f"{_W}val")) if span is not None else 1


def _text(paragraph: Any) -> str:
    return "".join(_pieces(paragraph))


def _pieces(element: Any) -> Iterator[str]:
    for child in element.iterchildren():
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag not in _HIDDEN:
            yield from ("\n", *_pieces(child), "\n") if child.tag == f"{_W}p" else _pieces(child)
