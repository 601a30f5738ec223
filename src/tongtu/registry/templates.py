"""`template`: an empty workbook to fill in, which is the contract of the import.

A data sheet with labels above hidden machine keys, drop-downs from a dictionary sheet (ranges: a literal list
of more than 255 characters would be lost without a word), and at most ten lines of notes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tongtu.registry.codes import Codes
from tongtu.registry.columns import Column, Noun, noun, nouns
from tongtu.registry.vocabularies import Vocabularies
from tongtu.registry.workbooks import HEADER_ROWS, MOST_ROWS, Book, sheet_name
from tongtu.terms.words import Lang, word

VERSION = 1
#: name of the cell-less name that carries the version in the workbook
VERSION_NAME = "tongtu_template"

# Office's own limits; a longer text makes the writer drop the whole validation
_TITLE, _PROMPT, _ERROR = 32, 255, 224
_NOTES = ("rows", "columns", "required", "lists", "dates", "money", "text", "unknown", "faults")


def template(
    which: str | Sequence[str],
    path: Path | str,
    *,
    lang: Lang = "zh",
    vocabularies: Vocabularies | None = None,
) -> Path:
    """An empty workbook for one noun, several, or `"all"`.

    For one noun the data sheet is called 填报 (Data) and the file should keep the noun's name; for several,
    each sheet bears the name of its noun. Closed lists that are not given have no drop-down.
    Raises KeyError for a noun that does not exist.
    """
    path = Path(path)
    names = [*nouns()] if which == "all" else [which] if isinstance(which, str) else [*which]
    chosen = [noun(name) for name in names]
    single = word("registry.sheet-data", lang) if len(chosen) == 1 else ""
    with Book(path, lang) as book:
        write_sheets(book, chosen, Codes(vocabularies), lang, single)
    return path


def write_sheets(book: Book, chosen: Sequence[Noun], codes: Codes, lang: Lang, single: str = "") -> None:
    """Empty data sheets with their drop-downs, the dictionary and the notes, added to a workbook being written.

    Each sheet bears the name of its noun, or all of them `single` where that is given.
    """
    lists = _lists(chosen, codes, lang)
    for found in chosen:
        sheet = book.table(found, single or sheet_name(found, lang))
        for i, column in enumerate(found.columns):
            last = HEADER_ROWS + MOST_ROWS - 1
            sheet.raw.data_validation(HEADER_ROWS, i, last, i, _validation(column, i, lists, lang))
    _dictionary(book, lists, lang)
    _notes(book, lang)
    book.workbook.define_name(VERSION_NAME, f'="{version(chosen)}"')


def version(chosen: Iterable[Noun]) -> str:
    """The layout's version and a digest of the column definitions: a template of old columns shows itself."""
    columns = repr([(c.noun, c.name, c.kind, c.of, c.required) for found in chosen for c in found.columns])
    return f"{VERSION}-{hashlib.sha256(columns.encode()).hexdigest()[:8]}"


def _lists(chosen: Sequence[Noun], codes: Codes, lang: Lang) -> dict[str, list[str]]:
    """The entries of every drop-down, by vocabulary; `bool` for yes and no."""
    wanted = {c.of for found in chosen for c in found.columns if c.kind in ("code", "codes") and c.of in codes}
    lists = {name: [v.say(lang) for v in codes.labels(name).values()] for name in sorted(wanted)}
    return {"bool": [word("terms.yes", lang), word("terms.no", lang)], **lists}


def _validation(column: Column, index: int, lists: dict[str, list[str]], lang: Lang) -> dict[str, Any]:
    """A drop-down where there is a list, else only the prompt. Several codes may be typed, so none is refused."""
    prompt = {"input_title": column.label(lang)[:_TITLE], "input_message": _prompt(column, lang)[:_PROMPT]}
    name = "bool" if column.kind == "bool" else column.of
    if column.kind not in ("bool", "code", "codes") or name not in lists:
        return {"validate": "any", **prompt}
    at = list(lists).index(name)
    letter = _letter(at)
    source = f"='{word('registry.sheet-dictionary', lang)}'!${letter}$2:${letter}${len(lists[name]) + 1}"
    strict = column.kind != "codes"
    error = {"error_message": word("registry.template-error", lang)[:_ERROR]} if strict else {"show_error": False}
    return {"validate": "list", "source": source, **error, **prompt}


def _prompt(column: Column, lang: Lang) -> str:
    note = column.note_zh if lang == "zh" else column.note_en
    kind = word(f"registry.kind-{column.kind}", lang)
    must = word("registry.must", lang) if column.required else ""
    return "\n".join(part for part in (must, kind, note) if part)


def _dictionary(book: Book, lists: dict[str, list[str]], lang: Lang) -> None:
    sheet = book.workbook.add_worksheet(word("registry.sheet-dictionary", lang))
    sheet.set_column(0, len(lists), 22)
    for i, name in enumerate(lists):
        sheet.write_string(0, i, name, book.formats["header"])
    for row in range(max(map(len, lists.values()))):
        for i, entries in enumerate(lists.values()):
            if row < len(entries):
                sheet.write_string(row + 1, i, entries[row])


def _notes(book: Book, lang: Lang) -> None:
    sheet = book.workbook.add_worksheet(word("registry.sheet-notes", lang))
    sheet.set_column(0, 0, 96, book.formats["note"])
    for row, name in enumerate(_NOTES):
        sheet.write_string(row, 0, word(f"registry.note-{name}", lang), book.formats["note"])


def _letter(index: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(index))
