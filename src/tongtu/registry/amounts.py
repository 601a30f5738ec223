"""Money of a block: from what people type to whole minor units of each row's currency.

The currency of a row is what its currency column says; where that is blank, what a sign or the header's unit
says (`$`, 万美元); where nothing says anything, the default of the import. An amount whose sign contradicts
its row is a fault: money is never converted on the way in.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from tongtu.registry.findings import Problem
from tongtu.registry.kinds import Job, slowly
from tongtu.terms.checked import Checked
from tongtu.terms.money import exponent
from tongtu.terms.numbers import Amount, parse_money

if TYPE_CHECKING:
    import polars as pl

#: beyond it a float no longer holds every minor unit
_EXACT = 2.0**53
#: digits before the point that can still be rounded to minor units; whole minor units end long before
_LARGEST = 20


def convert_money(jobs: list[Job], currency: pl.Series, default: str) -> tuple[dict[str, pl.Series], pl.Series]:
    """Minor units by column name, and the currency of each row that names money.

    `currency` is the currency column as converted, null where blank.
    """
    import polars as pl

    parsed = [_Parsed(job) for job in jobs]
    for column in parsed:
        currency = currency.fill_null(column.hint)
    named = pl.repeat(False, len(currency), eager=True)
    for column in parsed:
        named = named | column.job.cells.said()
    currency = pl.select(pl.when(currency.is_null() & named).then(pl.lit(default)).otherwise(currency)).to_series()
    return {c.job.column.name: c.minor(currency) for c in parsed}, currency


class _Parsed:
    """One money column: plain figures as floats, everything else through the parser."""

    def __init__(self, job: Job) -> None:
        import polars as pl

        self.job = job
        self.plainly = job.texts.str.contains(r"^[+-]?\d{1,13}(?:\.\d{1,4})?$").fill_null(False)
        self.figures = job.texts.set(~self.plainly, None).cast(pl.Float64)
        if job.numbers is not None:
            self.figures = self.figures.fill_null(job.numbers)
        self.rest = job.texts.set(self.plainly, None)
        self.amounts: dict[str, Amount] = {}
        self.hint = self._read()

    def _read(self) -> pl.Series:
        """Parse the texts that are left; the currency each cell suggests, null where none."""
        import polars as pl

        suggested = slowly(self.job, self.rest, self._parse)
        suggested = suggested.set(suggested == "", None)
        header = self.job.unit.currencies
        if header:
            bare = self.job.cells.said() & suggested.is_null()
            suggested = pl.select(pl.when(bare).then(pl.lit(header[0])).otherwise(suggested)).to_series()
        return suggested

    def _parse(self, typed: str) -> Checked[str]:
        checked = parse_money(typed)
        if checked.value is None:
            return Checked(None, checked.fault, checked.repair)
        self.amounts[typed] = checked.value
        return Checked(checked.value.currencies[0] if checked.value.currencies else "")

    def minor(self, currency: pl.Series) -> pl.Series:
        """Minor units in the rows' currencies; contradictions and overflow are reported."""
        import polars as pl

        self._contradictions(currency)
        places = _mapped(currency, exponent)
        scaled = self.figures * float(self.job.unit.scale) * pl.Series([10.0]).pow(places)
        large = (scaled.abs() > _EXACT).fill_null(False)
        self.job.wrong(large, Problem.of("registry.too-large"))
        values = scaled.set(large, None).round(mode="half_away_from_zero").cast(pl.Int64)
        return values.fill_null(self._exact(places))

    def _exact(self, places: pl.Series) -> pl.Series:
        """Minor units of the parsed texts, by text and number of decimals."""
        import polars as pl

        if not self.amounts:
            return pl.repeat(None, len(places), dtype=pl.Int64, eager=True)
        values = pl.repeat(None, len(places), dtype=pl.Int64, eager=True)
        for decimals in places.drop_nulls().unique().sort().to_list():
            here = self.rest.set(places != decimals, None)
            values = values.fill_null(
                slowly(self.job, here, lambda t, d=decimals: self._minor(t, d), pl.Int64())  # type: ignore[misc]
            )
        return values

    def _minor(self, typed: str, decimals: int) -> Checked[int]:
        amount = self.amounts.get(typed)
        if amount is None:  # refused before
            return Checked(None)
        if amount.value.adjusted() > _LARGEST:  # beyond what the next line can round
            return Checked.wrong("registry.too-large")
        scale = Decimal(1) if amount.own_unit else self.job.unit.scale
        value = int((amount.value * scale).scaleb(decimals).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        return Checked(value) if abs(value) < 2**63 else Checked.wrong("registry.too-large")

    def _contradictions(self, currency: pl.Series) -> None:
        """Amounts whose own sign, or whose header, excludes the currency of their row."""
        import polars as pl

        header = self.job.unit.currencies
        for code in currency.drop_nulls().unique().sort().to_list():
            against = [t for t, a in self.amounts.items() if a.currencies and code not in a.currencies]
            excluded = self.job.texts.is_in(against) if against else pl.repeat(False, len(currency), eager=True)
            if header and code not in header:
                signed = [t for t, a in self.amounts.items() if a.currencies]
                excluded = excluded | (self.job.cells.said() & ~self.job.texts.is_in(signed).fill_null(False))
            where = (currency == code) & excluded.fill_null(False)
            self.job.wrong(where, Problem.of("registry.money-currency", currency=code))


def _mapped(series: pl.Series, of: Callable[[str], int]) -> pl.Series:
    import polars as pl

    distinct = series.drop_nulls().unique().to_list()
    return series.replace_strict(distinct, [of(v) for v in distinct], default=None, return_dtype=pl.Int64)
