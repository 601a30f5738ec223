"""Which lines fit a request, best first, and why the others fall out.

Three things rule a line out: a direction it does not serve, a kind of validation it does not do, a
batch it cannot run. What a line or a request leaves unsaid is unknown and rules nothing out.

The score (ours) is the plain mean of six marks from 0 to 1, an unknown one counting a half: direction,
kind of validation, batch, process in words, same area, and price between the dearest (0) and the
cheapest (1) candidate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.pilots.lines import areas, in_area, offered_lines
from tongtu.registry import Registry
from tongtu.terms.money import Money
from tongtu.terms.units import scale
from tongtu.terms.why import Label, Quantity, Ratio, Why
from tongtu.text import canonical, terms

MARKS = ("direction", "category", "batch", "process", "near", "price")
_HALF = 0.5
_REQUEST: Mapping[str, Any] = {
    "request": pl.String, "direction": pl.String, "categories": pl.List(pl.String), "process": pl.String,
    "batch": pl.Float64, "batch_unit": pl.String, "region": pl.String, "hours": pl.Float64,
}  # fmt: skip
_FOUND = ("request", "rank", "line", "platform", "score", *MARKS, "cost", "currency", "price_year", "why")


@dataclass(frozen=True, slots=True)
class Found:
    """What `search` returns.

    `lines`: request, rank, line, platform, score (0..1), one column per mark (0..1, null =
    unknown), cost (Int64 minor units for the hours asked, null where price or hours are unknown),
    currency, price_year, why.
    `refused`: request, reason (direction | category | batch), lines (how many fell out there), why.
    """

    lines: pl.DataFrame
    refused: pl.DataFrame


def search(registry: Registry, requests: pl.DataFrame, top: int = 5) -> Found:
    """The `top` lines for each request.

    `requests` needs `request`; `direction`, `categories` (kinds of validation, any of them), `process`
    (words), `batch` with `batch_unit`, `region` and `hours` may be given or null.
    """
    lines = offered_lines(registry)
    asked = _conform(requests).with_columns(in_area("region", areas(registry)).alias("asked_area"))
    fitting, refused = _fitting(lines, asked)
    marked = _marked(fitting, _words(registry, lines))
    best = (
        marked.with_columns(pl.mean_horizontal(pl.col(MARKS).fill_null(_HALF)).alias("score"))
        .sort("request", "score", "line", descending=[False, True, False])
        .with_columns(pl.int_range(1, pl.len() + 1).over("request").alias("rank"))
        .filter(pl.col("rank") <= top)
    )
    why = pl.Series("why", [_why(row).to_json() for row in best.iter_rows(named=True)], pl.String)
    return Found(best.with_columns(why).select(_FOUND), refused)


def _conform(requests: pl.DataFrame) -> pl.DataFrame:
    given = (
        pl.col(name).cast(kind) if name in requests.columns else pl.lit(None, kind).alias(name)
        for name, kind in _REQUEST.items()
    )
    return requests.select(given).sort("request")


def _fitting(lines: pl.DataFrame, asked: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs that nothing rules out, and how many lines each reason took away, in that order."""
    served = _served(lines, asked)
    served = served.with_columns(_category().alias("of_kind"), _batch(served).alias("in_range"))
    of_kind = served.filter(pl.col("of_kind").fill_null(True))
    fitting = of_kind.filter(pl.col("in_range").fill_null(True))
    left = asked.select("request", pl.lit(lines.height, pl.Int64).alias("left"))
    refused = []
    for reason, kept in (("direction", served), ("category", of_kind), ("batch", fitting)):
        counted = kept.group_by("request").agg(pl.len().cast(pl.Int64).alias("now"))
        left = left.join(counted, on="request", how="left").with_columns(pl.col("now").fill_null(0))
        lost = (pl.col("left") - pl.col("now")).alias("lines")
        refused.append(left.select("request", pl.lit(reason).alias("reason"), lost))
        left = left.select("request", pl.col("now").alias("left"))
    lost_at = pl.concat(refused).filter(pl.col("lines") > 0).sort("request", maintain_order=True)
    why = [Why(f"pilots.refused-{reason}", {"n": n}).to_json() for _, reason, n in lost_at.iter_rows()]
    return fitting, lost_at.with_columns(pl.Series("why", why, pl.String))


def _served(lines: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Every request with every line that serves its direction, or that (or whose request) names none."""
    named = asked.filter(pl.col("direction").is_not_null())
    told = lines.filter(pl.col("directions").is_not_null())
    direct = told.with_columns(pl.col("directions").alias("direction")).explode("direction")
    pairs = [
        named.join(direct, on="direction", suffix="_line").with_columns(pl.lit(True).alias("served")),
        named.join(lines.filter(pl.col("directions").is_null()), how="cross", suffix="_line"),
        asked.filter(pl.col("direction").is_null()).join(lines, how="cross", suffix="_line"),
    ]
    return pl.concat(pairs, how="diagonal").unique(["request", "line"], keep="first", maintain_order=True)


def _category() -> pl.Expr:
    """Whether the line does a kind of validation asked for; null where either side is silent."""
    asked = pl.when(pl.col("categories").list.len() > 0).then(pl.col("categories"))
    done = asked.list.contains(pl.col("category"))
    return pl.when(pl.col("category").is_not_null()).then(done)


def _batch(pairs: pl.DataFrame) -> pl.Expr:
    """Whether the batch lies in the line's range; null where the two cannot be compared."""
    units = {unit for name in ("batch_unit", "batch_unit_line") for unit in pairs[name].drop_nulls().unique()}
    scales = {unit: scale(unit) for unit in sorted(units)}
    factor = {unit: found.factor for unit, found in scales.items()}
    kind = {unit: found.dimension for unit, found in scales.items()}

    def base(value: str, unit: str) -> pl.Expr:
        return pl.col(value) * pl.col(unit).replace_strict(factor, default=None, return_dtype=pl.Float64)

    def dimension(unit: str) -> pl.Expr:
        return pl.col(unit).replace_strict(kind, default=None, return_dtype=pl.String)

    wanted = base("batch", "batch_unit")
    low, high = base("batch_min", "batch_unit_line"), base("batch_max", "batch_unit_line")
    comparable = dimension("batch_unit") == dimension("batch_unit_line")
    return pl.when(comparable).then((wanted >= low) & (wanted <= high))


def _words(registry: Registry, lines: pl.DataFrame) -> dict[str, frozenset[str]]:
    """The terms of each line: its name, its process, and the equipment that stands on it."""
    equipment: dict[str, list[str | None]] = {}
    for line, *texts in registry["equipment"].select("line", "name", "name_en", "parameters").iter_rows():
        equipment.setdefault(line, []).extend(texts)
    said = lines.select("line", "name", "name_en", "process", "process_en").iter_rows()
    return {line: _terms(*texts, *equipment.get(line, ())) for line, *texts in said}


def _terms(*texts: str | None) -> frozenset[str]:
    """Pairs of Chinese characters and stems; single characters say too little."""
    found = terms(canonical(" ".join(text for text in texts if text)))
    return frozenset([gram for gram in found.han if len(gram) > 1] + found.latin)


def _marked(fitting: pl.DataFrame, words: Mapping[str, frozenset[str]]) -> pl.DataFrame:
    """The pairs with their six marks."""
    asked = {text: _terms(text) for text in fitting["process"].drop_nulls().unique()}
    pairs = fitting.select("process", "line").iter_rows()
    shared = [_share(asked.get(text, frozenset()), words[line]) for text, line in pairs]
    price, among = pl.col("hourly_price"), ["request", "currency"]
    dearest, cheapest = price.max().over(among), price.min().over(among)
    return fitting.with_columns(
        pl.col("served").cast(pl.Float64).alias("direction"),
        pl.col("of_kind").cast(pl.Float64).alias("category"),
        pl.col("in_range").cast(pl.Float64).alias("batch"),
        pl.Series("process", shared, pl.Float64),
        (pl.col("asked_area") == pl.col("area")).cast(pl.Float64).alias("near"),
        pl.when(dearest > cheapest).then((dearest - price) / (dearest - cheapest)).alias("price"),
        (price * pl.col("hours")).round().cast(pl.Int64).alias("cost"),
    )


def _share(asked: frozenset[str], has: frozenset[str]) -> float | None:
    """The share of the words asked for that the line has; None where either side has no words."""
    return len(asked & has) / len(asked) if asked and has else None


def _why(row: Mapping[str, Any]) -> Why:
    name = Label(row["name"], row["name_en"] or "")
    platform = Label(row["platform_name"], row["platform_name_en"] or "")
    args = {"line": name, "platform": platform, "score": Ratio(row["score"])}
    return Why("pilots.candidate", args, tuple(_mark(mark, row) for mark in MARKS))


def _mark(mark: str, row: Mapping[str, Any]) -> Why:
    """One mark in words; the price is told even where there is nothing to compare it with."""
    if mark == "price" and row["hourly_price"] is not None and row["currency"] is not None:
        return Why("pilots.mark-price", {"price": Money(row["hourly_price"], row["currency"])})
    if row[mark] is None:
        return Why(f"pilots.unsaid-{mark}")
    if mark == "process":
        return Why("pilots.mark-process", {"share": Ratio(row[mark])})
    if mark == "batch":
        low, high = (Quantity(row[name], row["batch_unit_line"]) for name in ("batch_min", "batch_max"))
        return Why("pilots.mark-batch", {"low": low, "high": high})
    return Why(f"pilots.mark-{mark}" if row[mark] == 1.0 else f"pilots.not-{mark}")
