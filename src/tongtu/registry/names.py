"""Recognising nouns and columns by the names people give them: machine key, Chinese or English label.

Case, spaces, full-width forms, asterisks and underscores do not matter. A header may carry a unit or a
remark in brackets: `预算（万元）`, `*需求编号（必填）`, `Share (%)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from tongtu.registry.columns import Column, Noun, noun, nouns
from tongtu.terms.checked import plain
from tongtu.terms.numbers import money_unit, number_scale
from tongtu.terms.words import Lang

#: sheets of our own templates that hold no rows
NOT_DATA = (
    "字典", "说明", "dictionary", "notes",
    "所需数据", "条件与证据", "figuresneeded", "criteriaandevidence",
)  # fmt: skip
#: sheet names that say nothing about what they hold
_DATA = ("填报", "数据", "data", "sheet", "sheet1", "worksheet", "工作表", "工作表1")

_REMARKS = {"必填", "选填", "可选", "可多选", "多选", "required", "optional"}
_BRACKET = re.compile(r"(.+?)[(\[【〔]([^()\[\]【】〔〕]+)[)\]】〕]")


@dataclass(frozen=True, slots=True)
class Unit:
    """What a header's unit does to the numbers below it."""

    scale: Decimal = Decimal(1)
    currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """A header understood: its column, and the unit it carries; `ignored` is a unit we could not use."""

    column: Column
    unit: Unit = Unit()
    ignored: str = ""


def key(text: object) -> str:
    """The form in which names are compared."""
    return re.sub(r"[\s_\-*:：.'’]", "", plain(str(text)).casefold())


@cache
def noun_names() -> dict[str, str]:
    """Compared name → noun; machine names win over labels."""
    return {key(n): found.name for found in reversed(nouns().values()) for n in (found.en, found.zh, found.name)}


def noun_of(text: str) -> Noun | None:
    """The noun a file or sheet is named by; numbers and separators around the name are forgiven.

    >>> noun_of("01_需求 2026").name
    'needs'
    """
    for name in (text, re.sub(r"^[\d\W_]+|[\d\W_]+$", "", plain(text))):
        if found := noun_names().get(key(name)):
            return noun(found)
    return None


def is_data_sheet(name: str) -> bool:
    return key(name) in _DATA


def is_our_note(name: str) -> bool:
    return key(name) in NOT_DATA


@cache
def column_names(noun_name: str) -> dict[str, Column]:
    """Compared name → column of one noun; machine names win over labels."""
    columns = noun(noun_name).columns
    found: dict[str, Column] = {}
    for name in ("en", "zh", "name"):
        found |= {key(getattr(c, name)): c for c in reversed(columns)}
    return found


def header_of(noun_name: str, text: object) -> Header | None:
    """The column a header cell names, or None."""
    names = column_names(noun_name)
    if column := names.get(key(text)):
        return Header(column)
    bare, unit = unit_in(str(text))
    if unit and key(unit) in _REMARKS:
        return header_of(noun_name, bare)
    column = names.get(key(bare)) if unit else None
    return _with_unit(column, unit) if column else None


def unit_in(header: str) -> tuple[str, str]:
    """A header without what stands in brackets at its end, and that.

    >>> unit_in("预算（单位：万元）")
    ('预算', '万元')
    """
    match = _BRACKET.fullmatch(plain(header).strip("*＊ "))
    if match is None:
        return header, ""
    return match[1], re.sub(r"^(单位|unit)\s*[:：]\s*", "", match[2])


def written_header(column: Column, lang: Lang) -> str:
    """The header we write: the label, or the machine key where the label would be read as another column."""
    label = column.label(lang)
    header = header_of(column.noun, label)
    return label if header is not None and header.column.name == column.name else column.name


def _with_unit(column: Column, text: str) -> Header:
    unit = unit_of(column, text)
    return Header(column, unit) if unit else Header(column, ignored=text)


def unit_of(column: Column, text: str) -> Unit | None:
    """The unit of a column's figures, or None where it means nothing to us."""
    if column.kind == "money" and (amount := money_unit(text)):
        return Unit(amount.value, amount.currencies)
    if column.kind == "ratio" and text in ("%", "‰"):
        return Unit(Decimal("0.01" if text == "%" else "0.001"))
    if column.kind in ("int", "float") and (scale := number_scale(text)):
        return Unit(scale)
    return None


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a sheet's header stands: its first row, how many rows it takes, and the text of each column."""

    first: int
    rows: int
    texts: tuple[str, ...]

    @property
    def after(self) -> int:
        """Index of the first row below the header."""
        return self.first + self.rows


def find_heading(noun_name: str, columns: Sequence[Sequence[object]], look: int = 12) -> Heading | None:
    """The rows among the first ones that name the most columns; None when none names even one.

    A row of machine keys decides (our templates hide one); the labels above it may add a unit. A header of two
    rows arises where cells are merged: a text of either row may name the column.
    """
    height = min(look, max((len(c) for c in columns), default=0))
    if (keyed := _keyed(noun_name, columns, height)) is not None:
        return keyed
    best, best_score = None, 0
    for rows in (1, 2):
        for first in range(height - rows + 1):
            texts = _heading_texts(noun_name, columns, first, rows)
            score = _score(noun_name, texts) if texts else 0
            if score > best_score:
                best, best_score = Heading(first, rows, texts or ()), score
    return best


def _heading_texts(
    noun_name: str, columns: Sequence[Sequence[object]], first: int, rows: int
) -> tuple[str, ...] | None:
    """The text that names each column; None when a second row looks like data."""
    texts, strange = [], 0
    for cells in columns:
        found = [str(cells[i]) for i in range(first, min(first + rows, len(cells))) if _said(cells[i])]
        named = [(t, h.column.name) for t in found if (h := header_of(noun_name, t))]
        strange += rows == 2 and len(cells) > first + 1 and _said(cells[first + 1]) and not named
        same = {name for _, name in named}
        told = [text for text, _ in named] or found or [""]
        texts.append(told[0] if len(same) == 1 else told[-1])  # the upper of two may carry a unit
    return tuple(texts) if strange <= len(texts) // 3 else None


def _score(noun_name: str, texts: Iterable[str]) -> int:
    return len({h.column.name for t in texts if t and (h := header_of(noun_name, t))})


def _keyed(noun_name: str, columns: Sequence[Sequence[object]], height: int) -> Heading | None:
    """The row that holds machine keys and nothing else, with the labels above it."""
    names = {c.name for c in noun(noun_name).columns}
    for row in range(height):
        keys = [str(c[row]).strip() if row < len(c) and _said(c[row]) else "" for c in columns]
        said = [k for k in keys if k]
        if len(said) > 1 and names.issuperset(said):
            above = [str(c[row - 1]) if row and _said(c[row - 1]) else "" for c in columns]
            texts = (_agreed(noun_name, t, k) for t, k in zip(above, keys, strict=True))
            return Heading(max(0, row - 1), min(row, 1) + 1, tuple(texts))
    return None


def _agreed(noun_name: str, text: str, machine: str) -> str:
    """The label where it means the machine key below it (it may carry a unit), else the key."""
    header = header_of(noun_name, text)
    return machine if machine and (header is None or header.column.name != machine) else text


def _said(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def noun_by_keys(columns: Sequence[Sequence[object]], look: int = 12) -> Noun | None:
    """The one noun whose machine keys a row spells out, for a template that was renamed."""
    height = min(look, max((len(c) for c in columns), default=0))
    for row in range(height):
        said = {str(c[row]).strip() for c in columns if row < len(c) and _said(c[row])}
        fits = [n for n in nouns().values() if len(said) > 1 and _keys_fit(n, said)]
        if len(fits) == 1:
            return fits[0]
    return None


def _keys_fit(candidate: Noun, said: set[str]) -> bool:
    names = {c.name for c in candidate.columns}
    return {c.name for c in candidate.columns if c.required} <= said <= names
