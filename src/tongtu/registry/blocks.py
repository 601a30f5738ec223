"""`Block`: the rows of one sheet that belong to one noun, before conversion; `Cells`: one column of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from tongtu.registry.columns import Column, Noun
from tongtu.registry.names import Unit

if TYPE_CHECKING:
    import polars as pl

Cell = str | int | float | bool | None
OnFault = Literal["refuse", "skip_row"]

#: trimmed from the ends of a cell: white space of every script, and characters nobody sees
_ODD = (
    " \t\r\n\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff"
)


@dataclass(frozen=True, slots=True)
class Cells:
    """A column as typed: `texts` (trimmed, blank = null) and, where cells were numeric, `numbers`."""

    texts: pl.Series
    numbers: pl.Series | None = None

    @classmethod
    def of(cls, raw: Sequence[Cell]) -> Cells:
        import polars as pl

        try:
            return cls(_trimmed(pl.Series(raw, dtype=pl.String)))
        except TypeError:  # not text alone: asking first would cost as much as the conversion
            kinds = set(map(type, raw))
        if kinds <= {int, float, type(None)}:
            numbers = pl.Series(raw, dtype=pl.Float64, strict=False)
            return cls(pl.repeat(None, len(raw), dtype=pl.String, eager=True), numbers)
        texts = [c if type(c) is str else str(c).lower() if type(c) is bool else None for c in raw]
        figures = [c if type(c) is int or type(c) is float else None for c in raw]
        some = pl.Series(figures, dtype=pl.Float64, strict=False)
        return cls(_trimmed(pl.Series(texts, dtype=pl.String)), some if some.count() else None)

    def said(self) -> pl.Series:
        """True where the cell holds anything."""
        told = self.texts.is_not_null()
        return told if self.numbers is None else told | self.numbers.is_not_null()

    def unescaped(self) -> Cells:
        """Without the apostrophe that keeps a spreadsheet from taking a text in a CSV file for a formula."""
        if not self.texts.str.starts_with("'").any():
            return self
        return Cells(self.texts.str.replace(r"^'('*[=+\-@])", "${1}"), self.numbers)

    def filter(self, keep: pl.Series) -> Cells:
        return Cells(self.texts.filter(keep), None if self.numbers is None else self.numbers.filter(keep))

    def shown(self) -> pl.Series:
        """Each cell as a fault shows it."""
        if self.numbers is None:
            return self.texts
        return self.texts.fill_null(number_texts(self.numbers))


@dataclass(slots=True)
class Block:
    """Rows of one noun out of one sheet.

    `headers` gives each column its header as written, `rows` the row numbers as the file shows them. A block
    out of a table of our own types (parquet written by us) holds `typed` instead of `cells`.
    """

    noun: Noun
    file: str
    sheet: str
    rows: pl.Series
    cells: dict[str, Cells] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    typed: pl.DataFrame | None = None
    on_fault: OnFault = "refuse"
    derived: bool = False
    """Made from names in another table: a key that stands elsewhere already is the same thing."""

    def header(self, column: Column | str) -> str:
        """The header as written; the Chinese label of a column the file does not have."""
        column = self.noun.column(column) if isinstance(column, str) else column
        return self.headers.get(column.name, column.zh)

    def shown(self, column: str) -> pl.Series:
        """The column's cells as a fault shows them."""
        import polars as pl

        if column in self.cells:
            return self.cells[column].shown()
        if self.typed is not None and column in self.typed.columns:
            found = self.typed[column]
            return found.list.join("; ") if isinstance(found.dtype, pl.List) else found.cast(pl.String)
        return pl.repeat(None, len(self.rows), dtype=pl.String, eager=True)

    def without_blank_rows(self) -> Block:
        """Drop rows in which no known column says anything."""
        if not self.cells:
            return self
        said = [c.said() for c in self.cells.values()]
        keep = said[0]
        for more in said[1:]:
            keep = keep | more
        return self if keep.all() else self.filter(keep)

    def filter(self, keep: pl.Series) -> Block:
        """The rows where the mask is true."""
        cells = {name: c.filter(keep) for name, c in self.cells.items()}
        typed = None if self.typed is None else self.typed.filter(keep)
        return replace(self, rows=self.rows.filter(keep), cells=cells, typed=typed)


def number_texts(numbers: pl.Series) -> pl.Series:
    """Figures as people write them: 3 rather than 3.0."""
    import polars as pl

    whole = numbers.cast(pl.Int64, strict=False)
    same = (whole.cast(pl.Float64) == numbers).fill_null(False)
    return pl.select(pl.when(same).then(whole.cast(pl.String)).otherwise(numbers.cast(pl.String))).to_series()


def _trimmed(texts: pl.Series) -> pl.Series:
    bare = texts.str.strip_chars(_ODD)
    return bare.set(bare == "", None) if (bare == "").any() else bare
