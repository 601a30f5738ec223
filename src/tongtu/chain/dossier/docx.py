"""A dossier as a Word file in the plain style of official documents: A4, margins and type after GB/T 9704.

Title in a heavy face, headings numbered 一、 and （一）, text of size 3 at 28 points a line, the page number between
dashes. Tables are set smaller than the standard's text, or no table of figures would fit the page (ours). Faces are
named, not embedded: a machine without them shows its own.
"""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from tongtu.chain.dossier.charts.data import grid
from tongtu.chain.dossier.document import Block, Chart, Document, Facts, Map, Paragraph, Section, Table
from tongtu.terms.words import LANGUAGES, Lang

#: of headings of the first and second rank
_NUMBERS = "一二三四五六七八九十"
_FACES = {"zh": ("方正小标宋简体", "黑体", "楷体", "仿宋"), "en": ("Times New Roman",) * 4}
_TITLE, _TEXT, _SMALL = 22, 16, 10.5  # size 2, size 3, size 5
_LINE = 28
#: millimetres: paper, and margins above, below, left and right
_PAPER, _MARGINS = (210, 297), (37, 35, 28, 26)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_docx(document: Document, path: Path, as_of: date, lang: Lang = "zh") -> Path:
    """Writes the file in one language; its dates come from `as_of`, so equal dossiers give equal files."""
    import docx

    file = docx.Document()
    stamp = datetime.combine(as_of, time(), UTC).replace(tzinfo=None)
    properties = file.core_properties
    properties.author, properties.title, properties.comments = "", document.title[LANGUAGES.index(lang)], ""
    properties.created = properties.modified = stamp
    _Writer(file, lang).document(document)
    buffer = io.BytesIO()
    file.save(buffer)
    _settled(buffer, path)
    return path


def _settled(buffer: io.BytesIO, path: Path) -> None:
    """The same file with every entry of one date."""
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename, _EPOCH), old.read(entry), zipfile.ZIP_DEFLATED)


class _Writer:
    def __init__(self, file: Any, lang: Lang) -> None:
        from docx.shared import Mm

        self.file, self.lang, self.side = file, lang, LANGUAGES.index(lang)
        page = file.sections[0]
        page.page_width, page.page_height = (Mm(length) for length in _PAPER)
        page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = (Mm(m) for m in _MARGINS)
        self._style()
        self._number(page.footer.paragraphs[0])

    def document(self, document: Document) -> None:
        self._line(document.title[self.side], 0, _TITLE, centred=True)
        for line in document.stamp:
            self._line(line[self.side], 2, _SMALL, centred=True)
        for place, section in enumerate(document.sections):
            self._section(section, place, 0)
        for line in document.foot:
            self._line(line[self.side], 3, _SMALL)

    def _section(self, section: Section, place: int, depth: int) -> None:
        badge = "" if section.badge is None else f"  {section.badge.text[self.side]}"
        self._line(self._numbered(place, depth) + section.title[self.side] + badge, depth + 1, _TEXT, keep=True)
        inner = 0
        for block in section.blocks:
            if isinstance(block, Section):
                self._section(block, inner, depth + 1)
                inner += 1
            else:
                self._block(block)

    def _numbered(self, place: int, depth: int) -> str:
        if self.lang == "en":
            return f"{place + 1}. " if depth == 0 else f"({place + 1}) "
        number = _NUMBERS[place] if place < len(_NUMBERS) else str(place + 1)
        return f"{number}、" if depth == 0 else f"（{number}）"

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph(said):
                self._line(said[self.side], 3, _TEXT, indent=True)
            case Facts(rows):
                stop = "：" if self.lang == "zh" else ": "
                for name, found in rows:
                    self._line(name[self.side] + stop + found.text[self.side], 3, _TEXT, indent=True)
            case Table(columns, rows):
                self._table([c.head[self.side] for c in columns], [[c.text[self.side] for c in row] for row in rows])
            case Map(tiles, legend):
                names = dict(legend)
                rows_of = [[t.name[self.side], names[t.tone][self.side], t.note[self.side]] for t in tiles if t.tone]
                self._table(["", "", ""], rows_of)
            case Chart(title, picture):
                self._line(title[self.side], 3, _TEXT, indent=True)
                figures = grid(picture)
                self._table([head[self.side] for head in figures.heads],
                            [[said[self.side] for said in row] for row in figures.texts()])  # fmt: skip

    def _table(self, heads: list[str], rows: list[list[str]]) -> None:
        from docx.shared import Pt

        if not heads:
            return
        grid = self.file.add_table(rows=0, cols=len(heads))
        grid.style = "Table Grid"
        for bold, row in [(True, heads), *((False, row) for row in rows)]:
            for place, said in zip(grid.add_row().cells, row, strict=True):
                paragraph = place.paragraphs[0]
                paragraph.paragraph_format.space_after = Pt(0)
                self._run(paragraph, said, 3, _SMALL, bold=bold)
        self.file.add_paragraph().paragraph_format.line_spacing = Pt(6)

    def _line(
        self, said: str, face: int, size: float, *, centred: bool = False, indent: bool = False, keep: bool = False
    ) -> None:  # fmt: skip
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self.file.add_paragraph()
        style = paragraph.paragraph_format
        style.line_spacing, style.space_after = Pt(_LINE if size > _SMALL else 16), Pt(0)
        style.keep_with_next = keep
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if indent or keep:
            style.first_line_indent = Pt(2 * size) if self.lang == "zh" else Pt(0)
        self._run(paragraph, said, face, size, bold=self.lang == "en" and (keep or face == 0))

    def _run(self, paragraph: Any, said: str, face: int, size: float, *, bold: bool = False) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt

        run = paragraph.add_run(said)
        run.bold, run.font.size, run.font.name = bold, Pt(size), "Times New Roman"
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FACES[self.lang][face])

    def _style(self) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt

        normal = self.file.styles["Normal"]
        normal.font.name, normal.font.size = "Times New Roman", Pt(_TEXT)
        normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FACES[self.lang][3])

    def _number(self, paragraph: Any) -> None:
        """The page's number between dashes, as the standard has it."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run("— ")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        paragraph._p.append(field)
        paragraph.add_run(" —")
