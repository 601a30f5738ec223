"""Any table as columns a model can use: numbers, levels, days; and what is none of these, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.numbers import BLANKS
from tongtu.terms.why import Why

Kind = Literal["number", "level", "time", "identifier", "text", "constant"]

#: of the cells that say anything, so many have to be of a kind before the column is
_SHARE = 0.98
#: a column whose values hardly repeat names its rows
_DISTINCT = 0.5
_OFTEN, _MANY = 5, 200  # so many names with hardly so many rows each are names, not levels
_NAMING = 20  # rows from which that can be told
_LONG = 60  # characters of a text that was written, not chosen
_YEARS = (1900, 2100)
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")
_YES = ("1", "1.0", "true", "t", "yes", "y", "success", "passed", "pass", "是", "有", "真", "成功", "通过")
_NO = ("0", "0.0", "false", "f", "no", "n", "failure", "failed", "fail", "否", "无", "假", "失败", "未通过")


@dataclass(frozen=True, slots=True)
class Column:
    """`values`: Float64 of a number, years (with fractions) of a time, String of all else; null where nothing is
    said."""

    name: str
    kind: Kind
    values: pl.Series

    @property
    def usable(self) -> bool:
        return self.kind in ("number", "level")


def columns(table: pl.DataFrame) -> dict[str, Column]:
    """Every column by name, in order."""
    return {series.name: column(series) for series in table}


def column(series: pl.Series) -> Column:
    """The column's kind by what most of its cells are."""
    if series.dtype.is_temporal():
        return _time(series.name, _years(series.cast(pl.Date, strict=False)))
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return _number(series.name, series.cast(pl.Float64))
    said = plain(series)
    n = said.len() - said.null_count()
    if not n:
        return Column(series.name, "constant", said)
    figures = numbers(said)
    if figures.count() >= _SHARE * n:
        return _number(series.name, figures)
    days = _dates(said)
    if days.count() >= _SHARE * n:
        return _time(series.name, _years(days))
    return Column(series.name, _worded(said, n), said)


def plain(series: pl.Series) -> pl.Series:
    """Trimmed texts; null where nothing is said or one writes that it is not known."""
    texts = series.cast(pl.String, strict=False).str.strip_chars()
    unsaid = texts.is_in(["", *BLANKS]) | texts.str.to_lowercase().is_in(list(BLANKS))
    return pl.select(pl.when(~unsaid).then(texts)).to_series().alias(series.name)


def numbers(said: pl.Series) -> pl.Series:
    """Figures as written: 1,200 · 35 % · 1e3; null for anything else, and for infinities."""
    percent = said.str.ends_with("%") | said.str.ends_with("％")
    bare = said.str.strip_chars(" %％").str.replace_all(r"(\d)[,，](\d{3})\b", "${1}${2}")
    bare = bare.str.replace_all(r"(\d)[,，](\d{3})\b", "${1}${2}")  # 1,200,300: matches may not overlap
    found = bare.cast(pl.Float64, strict=False)
    found = pl.select(pl.when(found.is_finite()).then(found)).to_series()
    return pl.select(pl.when(percent).then(found / 100).otherwise(found)).to_series().alias(said.name)


def _number(name: str, figures: pl.Series) -> Column:
    told = figures.drop_nulls().drop_nans()
    figures = figures.fill_nan(None)
    if told.n_unique() < 2:
        return Column(name, "constant", figures)
    whole = bool((told == told.round()).all())
    if whole and _YEARS[0] <= float(told.min()) and float(told.max()) <= _YEARS[1]:  # type: ignore[arg-type]
        return Column(name, "time", figures)
    if whole and len(told) >= _NAMING and told.n_unique() > 0.98 * len(told):
        return Column(name, "identifier", figures)
    return Column(name, "number", figures)


def _time(name: str, years: pl.Series) -> Column:
    return Column(name, "time" if years.n_unique() > 1 else "constant", years.alias(name))


def _years(days: pl.Series) -> pl.Series:
    return days.dt.year().cast(pl.Float64) + (days.dt.ordinal_day() - 1) / 366


def _dates(said: pl.Series) -> pl.Series:
    """The first format that reads a sample reads all of them."""
    sample = said.drop_nulls().head(100)
    for form in _DAYS:
        if sample.str.to_datetime(form, strict=False).count() >= _SHARE * len(sample):
            return said.str.to_datetime(form, strict=False).cast(pl.Date)
    return pl.repeat(None, len(said), dtype=pl.Date, eager=True)


def _worded(said: pl.Series, n: int) -> Kind:
    distinct = said.drop_nulls().n_unique()
    if distinct < 2:
        return "constant"
    length = said.str.len_chars().mean()
    if isinstance(length, float) and length > _LONG and distinct > 0.05 * n:
        return "text"
    naming = distinct > _DISTINCT * n or (distinct > _MANY and distinct * _OFTEN > n)
    return "identifier" if n >= _NAMING and naming else "level"


def target(table: pl.DataFrame, name: str) -> pl.Series:
    """What happened, as 0.0 and 1.0; null where nothing is said. Raises DataRefused."""
    said = plain(table[name]).str.to_lowercase()
    read = {**dict.fromkeys(_YES, 1.0), **dict.fromkeys(_NO, 0.0)}
    found = said.replace_strict(read, default=None, return_dtype=pl.Float64)
    wrong = said.filter(found.is_null() & said.is_not_null())
    if len(wrong):
        values = wrong.unique().sort().head(5).to_list()
        told = {"target": name, "values": values, "n": len(wrong)}
        raise DataRefused(Fault(Why("risk_fit.target", told), Why("risk_fit.target-repair", told)))
    if not found.count():
        raise DataRefused(Fault(Why("risk_fit.target-empty", {"target": name}), Why("risk_fit.target-empty-repair")))
    return found


def clock(train: dict[str, Column], new: dict[str, Column] | None, without: Sequence[str]) -> str | None:
    """The column that tells when: among years and dates, the one along which `new` lies latest after `train`; the
    fullest and then the first where that does not decide."""
    found: list[tuple[float, float, int, str]] = []
    for k, one in enumerate(train.values()):
        if one.kind != "time" or one.name in without:
            continue
        later = 0.0
        other = new.get(one.name) if new else None
        if other is not None and other.values.count() and other.values.dtype == pl.Float64:
            past, ahead = (series.drop_nulls().sort().to_numpy() for series in (one.values, other.values))
            later = float(np.searchsorted(past, ahead).mean()) / max(len(past), 1)
        found.append((-round(later, 2), float(one.values.null_count()), k, one.name))
    return min(found)[-1] if found else None
