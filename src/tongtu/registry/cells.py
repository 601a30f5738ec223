"""From a Registry's frames back to cells, so that the next import reads the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tongtu.registry.codes import Codes, join
from tongtu.registry.columns import Column, Noun
from tongtu.terms.money import exponent
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    import polars as pl

#: numbers with more digits than a spreadsheet keeps travel as text
_EXACT = 10**15
#: before it Excel's count of days is not to be trusted
_FIRST_DAY = date(1900, 3, 1)


def written(frame: pl.DataFrame, noun: Noun, lang: Lang, codes: Codes) -> dict[str, list[Any]]:
    """Cells of every column: text, numbers, dates or None. Codes become labels where a label says the same."""
    cells = {c.name: _cells(frame[c.name], c, lang, codes) for c in noun.columns}
    money = [c.name for c in noun.columns if c.kind == "money"]
    for name in money:
        cells[name] = [_major(m, c) for m, c in zip(frame[name], frame["currency"], strict=True)]
    return cells


def as_text(value: Any) -> str | None:
    """A cell of a CSV file; a text that a spreadsheet would take for a formula gets an apostrophe."""
    match value:
        case None:
            return None
        case str():
            return f"'{value}" if value.lstrip("'")[:1] in ("=", "+", "-", "@") and value else value
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
    return repr(value)


def for_sheet(value: Any) -> Any:
    """A cell of a workbook: what a spreadsheet would round or misread becomes text."""
    match value:
        case bool() | None | str():
            return value
        case date():
            return value if value >= _FIRST_DAY else value.isoformat()
        case Decimal():
            return format(value, "f") if abs(value.scaleb(3)) >= _EXACT else float(value)
        case int():
            return str(value) if abs(value) >= _EXACT else value
    return value


def _cells(series: pl.Series, column: Column, lang: Lang, codes: Codes) -> list[Any]:
    values = series.to_list()
    match column.kind:
        case "bool":
            said = {True: word("terms.yes", lang), False: word("terms.no", lang), None: None}
            return [said[v] for v in values]
        case "code":
            return _memo(values, lambda v: _label(v, column, lang, codes))
        case "codes":
            return _memo([None if v is None else tuple(v) for v in values], lambda v: _labels(v, column, lang, codes))
        case "list" | "refs":
            separator = "；" if lang == "zh" else "; "
            return [join(v, separator) if v else None for v in values]
        case "float" | "ratio":
            return [v if v is not None and abs(v) < float("inf") else None for v in values]
    return values


def _label(code: str, column: Column, lang: Lang, codes: Codes) -> str:
    label = codes.labels(column.of).get(code)
    said = label.say(lang) if label is not None else ""
    return said if said and codes.one(column.of, said).value == code else code


def _labels(many: tuple[str, ...], column: Column, lang: Lang, codes: Codes) -> str | None:
    if not many:
        return None
    separator = "；" if lang == "zh" else "; "
    said = separator.join(_label(code, column, lang, codes) for code in many)
    same = column.of in codes and codes.several(column.of, said).value == many
    return said if same else separator.join(many)


def _memo(values: Iterable[Any], of: Callable[[Any], Any]) -> list[Any]:
    known: dict[Any, Any] = {None: None}
    return [known[v] if v in known else known.setdefault(v, of(v)) for v in values]


def _major(minor: int | None, currency: str | None) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-exponent(currency or ""))
