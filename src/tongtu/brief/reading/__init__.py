"""Reading: raw runs of a file, as the import boundary hands them over, to documents with a place for every character.

    characters  what may stand in a text; its language
    mend        sentences broken over lines made whole
    shape       title, headings, articles and items with their numbers, notes
    sources     lines that name an outlet, an address or a day; outlets and furniture of pages as data
    origin      title, outlet, address and day of a document
    parts       several reports in one file told apart

A document's text is its blocks, one to a line. What a page adds to a report (sharing, rights, navigation) stays in
the text as a note, so that nothing that was read is lost and nothing of it is taken for the report's words.
"""

from __future__ import annotations

from tongtu.brief.document import CELL, Block, Document
from tongtu.brief.reading.characters import clean
from tongtu.brief.reading.mend import mended
from tongtu.brief.reading.origin import Hints, day_in, documented
from tongtu.brief.reading.parts import Part, parts
from tongtu.brief.reading.shape import Line, shaped
from tongtu.registry.boundary import Prose

__all__ = ["Part", "parts", "read", "reports"]


def read(prose: Prose) -> Document:
    """A document of what stood in a file. The same words in another encoding give the same document."""
    title = clean(prose.title).strip()
    lines = shaped(mended(_lines(prose)), title)
    blocks: list[Block] = []
    at = 0
    for line in lines:
        end = at + len(line.text)
        blocks.append(Block(at, end, line.kind, line.level, line.label, line.page, line.row, line.column))
        at = end + 1
    text = "\n".join(line.text for line in lines)
    hints = Hints(title, day_in(prose.published), clean(prose.outlet).strip(), clean(prose.address).strip())
    return documented(text, tuple(blocks), hints, prose.format)


def reports(document: Document) -> tuple[Document, ...]:
    """The reports that one file carries, in order; `parts` tells where each stands and why it begins there."""
    return tuple(part.document for part in parts(document))


def _lines(prose: Prose) -> list[Line]:
    """One line each, clean and not empty; of a cell the row and column stay."""
    return [
        Line(text, run.kind, run.level, "", run.page, *((run.row, run.column) if run.kind == CELL else (None, None)))
        for run in prose.runs
        for piece in clean(run.text).split("\n")
        if (text := piece.strip())
    ]
