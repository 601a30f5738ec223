"""PDF: the lines of each page as pypdf finds them, joined to paragraphs, running heads told apart.

A PDF holds glyphs at places, no text. What cannot be had is said: pages that are pictures, fonts that do
not tell which characters their glyphs are.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.prose import lines as flow
from tongtu.registry.boundary.prose.shape import Prose, Run
from tongtu.registry.boundary.refusal import refused
from tongtu.terms.faults import FileRefused

if TYPE_CHECKING:
    from pypdf import PdfReader

_RADICALS = {point: unicodedata.normalize("NFKC", chr(point)) for point in range(0x2E80, 0x2FE0)}
"""Some programs write ideographs as the radicals that look alike; no text means those."""
_PAGE = re.compile(
    r"[\s\-–—·.]*(?:第\s*\d{1,4}\s*页|page\s+\d{1,4}|\d{1,4})(?:\s*(?:/|of|共)\s*\d{1,4}\s*页?)?[\s\-–—·.]*", re.I
)
_DIGITS = re.compile(r"\d+")
_EDGE = 2
"""A running head or foot stands among so many lines at either end of a page …"""
_REPEATED = 2
"""… and on at least so many pages, more than half of them."""
_UNMAPPED_SHARE = 0.3


def prose_of(data: bytes, limits: Limits) -> Prose:
    """The text of all pages. Raises FileRefused: password, damage, scanned pages, fonts without characters."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise refused("pdf-encrypted")
        pages = _pages(reader, limits)
        said = _said(reader)
    except (FileRefused, MemoryError):
        raise
    except Exception as error:  # pypdf lets key, type, value and its own errors through
        raise refused("pdf-damaged", problem=str(error) or type(error).__name__) from None
    whole = "".join(line for page in pages for line in page)
    unread = tuple(number for number, page in enumerate(pages, 1) if not page)
    if not pages:
        raise refused("pdf-damaged", problem="no pages")
    if not whole:
        raise refused("pdf-scan", pages=len(pages))
    if sum(_unmapped(char) for char in whole) > _UNMAPPED_SHARE * len(whole):
        raise refused("pdf-unmapped")
    return Prose(_runs(pages), "pdf", unread=unread, **said)


def _pages(reader: PdfReader, limits: Limits) -> list[list[str]]:
    """The lines of each page, without blanks at their ends."""
    if len(reader.pages) > limits.rows:
        raise refused("rows", limit=limits.rows)
    texts = (page.extract_text() or "" for page in reader.pages)
    return [[line.strip() for line in t.translate(_RADICALS).splitlines() if line.strip()] for t in texts]


def _said(reader: PdfReader) -> dict[str, Any]:
    """The title, where a person wrote one; a PDF's dates are those of the file, not of what it says."""
    title = str((reader.metadata and reader.metadata.title) or "").strip()
    language = str(reader.root_object.get("/Lang") or "")
    wrong = re.search(r"\.(docx?|wps|pdf|indd|html?)$|^(microsoft|untitled|无标题|文档\d*$)", title, re.IGNORECASE)
    return {"title": "" if wrong else title, "language": language[:20]}


def _unmapped(char: str) -> bool:
    return char == "\N{REPLACEMENT CHARACTER}" or unicodedata.category(char) in ("Co", "Cn", "Cc")


def _runs(pages: Sequence[Sequence[str]]) -> tuple[Run, ...]:
    """Paragraphs, also across pages; heads and feet of a page stand behind the paragraph they interrupt."""
    running = _running(pages)
    widths = sorted(flow.width(line) for page in pages for line in page)
    margin = widths[int(0.95 * (len(widths) - 1))]
    runs: list[Run] = []
    notes: list[Run] = []
    last = ""
    for number, page in enumerate(pages, 1):
        body = [line for line in page if _masked(line) not in running and not _PAGE.fullmatch(line)]
        notes += (Run("note", line, page=number) for line in page if line not in body)
        found = list(flow.flowed(body, margin))
        if runs and found and flow.goes_on(last, margin) and not flow.begins(found[0]):
            runs[-1] = Run("paragraph", flow.joined([runs[-1].text, found.pop(0)]), page=runs[-1].page)
        last = body[-1] if body else last
        runs += (Run("paragraph", paragraph, page=number) for paragraph in found)
    return _between(runs, notes)


def _between(runs: list[Run], notes: list[Run]) -> tuple[Run, ...]:
    """Notes behind the last paragraph that begins on their page."""
    return tuple(sorted([*runs, *notes], key=lambda run: (run.page or 0, run.kind == "note")))


def _running(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Lines that most pages carry at their head or foot, numbers aside."""
    seen = Counter(masked for page in pages for masked in {_masked(x) for x in (*page[:_EDGE], *page[-_EDGE:])})
    return frozenset(line for line, times in seen.items() if times >= _REPEATED and 2 * times > len(pages))


def _masked(line: str) -> str:
    return _DIGITS.sub("#", "".join(line.split()))
