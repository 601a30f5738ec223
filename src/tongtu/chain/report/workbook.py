"""Every table of the plan in one workbook, with reasons as sentences and money as people read it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongtu.chain.tables import tables
from tongtu.registry import Column, Registry
from tongtu.terms.money import exponent
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say, word

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan

#: Excel's own limit is 1,048,576; a table beyond this is cut and says so
ROWS = 200_000


def write_workbook(plan: Plan, registry: Registry, path: Path, lang: Lang = "zh") -> Path:
    """One sheet per table that has rows. The file's dates come from the plan, so equal plans give equal files."""
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(path, options) as book:
        stamp = datetime.combine(plan.manifest.as_of, time(), UTC).replace(tzinfo=None)
        book.set_properties({"title": word("report.title", lang), "created": stamp})
        head = book.add_format({"bold": True, "bg_color": "#E3EDF7", "border": 1})
        for name in plan:
            if plan[name].height:
                _sheet(book, head, name, plan, lang)
    return path


def _sheet(book: Any, head: Any, name: str, plan: Plan, lang: Lang) -> None:
    table, frame = tables()[name], plan[name]
    sheet = book.add_worksheet(table.label(lang)[:31])
    sheet.freeze_panes(1, 1)
    for position, column in enumerate(table.columns):
        sheet.set_column(position, position, 60 if column.kind == "why" else 18)
        sheet.write_string(0, position, column.label(lang), head)
    for number, row in enumerate(frame.head(ROWS).iter_rows(named=True), start=1):
        for position, column in enumerate(table.columns):
            value = _cell(column, row, lang)
            if value is not None:
                sheet.write(number, position, value)
    if frame.height > ROWS:
        sheet.write_string(ROWS + 1, 0, word("chain.cut", lang, n=frame.height - ROWS))


def _cell(column: Column, row: dict[str, Any], lang: Lang) -> Any:
    value = row[column.name]
    if value is None:
        return None
    match column.kind:
        case "why":
            return say(Why.from_json(value), lang)
        case "money":
            return value / 10 ** exponent(row.get("currency") or "CNY")
        case "bool":
            return word("terms.yes" if value else "terms.no", lang)
        case "list":
            return "; ".join(value)
    return value
