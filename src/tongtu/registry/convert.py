"""From a block of typed cells to a frame of the noun's own types, with every fault of every cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tongtu.registry.amounts import convert_money
from tongtu.registry.blocks import Block, Cells
from tongtu.registry.codes import Codes, join
from tongtu.registry.columns import Column
from tongtu.registry.findings import Findings, Problem
from tongtu.registry.kinds import CONVERTERS, Job
from tongtu.terms.numbers import BLANKS

if TYPE_CHECKING:
    import polars as pl

#: kinds in which a dash or `N/A` is a word like any other
_WORDS = ("id", "text", "long", "unit", "list", "ref", "refs", "subject")
#: kinds of a typed table that are still looked at: its types cannot vouch for them
_STRUCTURED = ("code", "codes", "uscc", "patent", "orcid", "ror", "division", "currency")
_UNKNOWN = sorted({form for word in BLANKS for form in (word, word.upper(), word.title())})
_EXCEL_ERRORS = r"^#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|GETTING_DATA)$"


def convert_rows(block: Block, codes: Codes, currency: str) -> tuple[pl.DataFrame, Findings]:
    """All columns of the noun; a cell that cannot be read is null and a finding. `currency` is the default."""
    findings = Findings()
    frame = _convert_typed(block, codes, findings) if block.typed is not None else None
    if frame is None:
        frame = _convert_cells(block, codes, currency, findings)
    return frame, findings


def _convert_cells(block: Block, codes: Codes, currency: str, findings: Findings) -> pl.DataFrame:
    import polars as pl

    jobs = {}
    for column in block.noun.columns:
        if column.name in block.cells:
            cells = _readable(block, column, codes, findings)
            jobs[column.name] = Job(block, column, cells, codes, findings)
    values = {name: CONVERTERS[job.column.kind](job) for name, job in jobs.items() if job.column.kind != "money"}
    money = [job for job in jobs.values() if job.column.kind == "money"]
    if money:
        blank = pl.repeat(None, len(block.rows), dtype=pl.String, eager=True)
        amounts, values["currency"] = convert_money(money, values.get("currency", blank), currency)
        values |= amounts
    schema = block.noun.schema()
    height = len(block.rows)
    return pl.DataFrame(
        {
            name: values[name].cast(kind) if name in values else pl.repeat(None, height, dtype=kind, eager=True)
            for name, kind in schema.items()
        }
    )


def _readable(block: Block, column: Column, codes: Codes, findings: Findings) -> Cells:
    """The column without Excel's error values and without words for `unknown`; missing ones are reported."""
    cells = block.cells[column.name]
    texts = cells.texts
    broken = texts.str.starts_with("#").fill_null(False)
    if broken.any():
        broken = broken & texts.str.contains(_EXCEL_ERRORS).fill_null(False)
        findings.cells(block, column, broken, Problem.of("registry.excel-error"))
        texts = texts.set(broken, None)
    if column.kind not in _WORDS:
        unknown = _unknown(texts, column, codes)
        if (count := int(unknown.sum() or 0)) > 0:
            findings.column(block, column, Problem.of("registry.unknown-word", n=count), "warning")
            texts = texts.set(unknown.fill_null(False), None)
    cells = Cells(texts, cells.numbers)
    if column.required:
        findings.cells(block, column, ~cells.said() & ~broken, Problem.of("registry.required"))
    return cells


def _unknown(texts: pl.Series, column: Column, codes: Codes) -> pl.Series:
    """Where people wrote a dash, `N/A` or 不详 for a value they do not know."""
    unknown = texts.is_in(_UNKNOWN)
    if column.kind in ("code", "codes") and unknown.any():
        known = [t for t in texts.filter(unknown).unique() if codes.one(column.of, t).ok]
        unknown = unknown & ~texts.is_in(known)
    return unknown


def _convert_typed(block: Block, codes: Codes, findings: Findings) -> pl.DataFrame:
    """A table of our own types: required cells, codes and check digits are still looked at."""
    import polars as pl

    assert block.typed is not None
    frame = block.typed
    for column in block.noun.columns:
        if column.name not in frame.columns:
            continue
        values = frame[column.name]
        if column.required:
            findings.cells(block, column, values.is_null(), Problem.of("registry.required"))
        if column.kind in _STRUCTURED and values.null_count() < len(values):
            texts = _joined(values) if column.many else values
            job = Job(block, column, Cells(texts), codes, findings)
            frame = frame.with_columns(CONVERTERS[column.kind](job).alias(column.name))
        if column.kind in ("float", "ratio"):
            endless = values.is_nan() | values.is_infinite()
            findings.cells(block, column, endless, Problem.of("registry.too-large"))
    absent = [pl.lit(None, dtype=t).alias(n) for n, t in block.noun.schema().items() if n not in frame.columns]
    return frame.with_columns(absent).select([*block.noun.schema()])


def _joined(lists: pl.Series) -> pl.Series:
    """Each list as one cell; only distinct lists are written out."""
    import polars as pl

    frame = pl.DataFrame({"many": lists, "key": lists.list.join("\x1f")})
    distinct = frame.unique("key", maintain_order=True).drop_nulls("key")
    cells = [join(entries) or None for entries in distinct["many"].to_list()]
    table = pl.DataFrame({"key": distinct["key"], "cell": pl.Series(cells, dtype=pl.String)})
    return frame.join(table, on="key", how="left", maintain_order="left")["cell"]
