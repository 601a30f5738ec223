"""Indicators: what a need demands against what an achievement claims, value by value.

Two indicators are of one quantity when the glossary knows their names as one concept, or a name is the same
in either language. They are compared when they measure the same dimension (units are converted) and the
need's conditions, where it states any, are the claim's. The answer is one of

- `met`: every value the claim allows is one the demand allows; for ranges, also when the claimed range
  covers the demanded one (a line that makes 10–50 μm can make 20–30 μm);
- `unmet`: no value is, or a claim of the same direction stops short ("≥ 40" against "≥ 50");
- `open`: comparable in principle, but the claim leaves it open, is under other conditions or in a unit that
  does not convert; and
- `unclaimed`: the achievement says nothing of the quantity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from tongtu import text
from tongtu.match import concepts
from tongtu.registry import Registry
from tongtu.terms import units
from tongtu.terms.why import Label, Quantity, Why

_ABOUT = 0.1  # "about" allows a tenth either way (ours)
_EQUAL = 1e-9
_CONDITION = re.compile(r"^(?P<name>.*?)(?P<value>[-+]?\d+(?:\.\d+)?)\s*(?P<unit>\D*)$")
_BEST_FIRST = {"met": 0, "unmet": 1, "open": 2}

#: one row for each indicator a need demands, of each candidate pair; j is null where nothing is claimed
SCHEMA = {"n": pl.Int64, "a": pl.Int64, "i": pl.Int64, "j": pl.Int64, "status": pl.String, "must": pl.Boolean}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Indicators of one kind of listing: `frame` has a row `i` for each, `keys` the names it goes by."""

    frame: pl.DataFrame
    keys: pl.DataFrame

    def quantities(self, rows: int) -> list[list[str]]:
        """Names of the quantities of each listing, of `rows` listings."""
        found: list[list[str]] = [[] for _ in range(rows)]
        named = self.keys.join(self.frame.select("i", "row"), on="i").select("row", "key").unique()
        for row, key in named.sort("row", "key").iter_rows():
            found[row].append(key)
        return found


def sheet(registry: Registry, kind: str, rows: pl.DataFrame, glossary: concepts.Glossary, also: units.Names) -> Sheet:
    """Indicators of the listings in `rows` (subject, row), in SI, with bounds as intervals."""
    own = registry["indicators"].filter(pl.col("subject_kind") == kind)
    own = own.join(rows, on="subject").sort("indicator").with_row_index("i")
    scales = {unit: units.scale(unit, also) for unit in own["unit"].unique().to_list()}
    conditions = {c: condition(c, also) for c in own["conditions"].unique().to_list()}
    frame = own.with_columns(
        pl.col("i").cast(pl.Int64),
        dimension=_mapped("unit", {u: s.dimension for u, s in scales.items()}, pl.String),
        factor=_mapped("unit", {u: s.factor for u, s in scales.items()}, pl.Float64),
        offset=_mapped("unit", {u: s.offset for u, s in scales.items()}, pl.Float64),
        under=_mapped("conditions", conditions, pl.String),
    ).with_columns(*_interval())
    return Sheet(frame, _keys(frame, glossary))


def compare(candidates: pl.DataFrame, demanded: Sheet, claimed: Sheet) -> pl.DataFrame:
    """Every demanded indicator of every candidate pair, with the claim that answers it best: `SCHEMA`."""
    asked = demanded.frame.select("i", "must", n="row")
    pairs = candidates.select("n", "a").join(asked, on="n")
    found = pairs.join(_best(pairs, demanded, claimed), on=["n", "a", "i"], how="left")
    found = found.with_columns(pl.col("status").fill_null("unclaimed"))
    return found.select(*SCHEMA).sort("n", "a", "i")


def _best(pairs: pl.DataFrame, demanded: Sheet, claimed: Sheet) -> pl.DataFrame:
    """n, a, i, j, status: of the claims to a demanded quantity the one that answers it best."""
    claims = claimed.keys.select("key", j="i").join(claimed.frame.select(a="row", j="i"), on="j")
    same = demanded.keys.join(pairs.select("n", "a", "i"), on="i").join(claims, on=["a", "key"])
    facts = ["operator", "lo", "hi", "dimension", "under"]
    return (
        same.select("n", "a", "i", "j").unique()
        .join(demanded.frame.select("i", *facts), on="i")
        .join(claimed.frame.select(pl.col("i").alias("j"), *facts), on="j", suffix="_claim")
        .with_columns(status=_status())
        .with_columns(best=pl.col("status").replace_strict(_BEST_FIRST, return_dtype=pl.Int64))
        .sort("n", "a", "i", "best", "j")
        .unique(["n", "a", "i"], keep="first", maintain_order=True)
        .select("n", "a", "i", "j", "status")
    )  # fmt: skip


def failed(compared: pl.DataFrame) -> pl.DataFrame:
    """Rows of indicators that must be met and are not."""
    return compared.filter(pl.col("must").fill_null(False) & (pl.col("status") == "unmet"))


def counts(compared: pl.DataFrame) -> pl.DataFrame:
    """Per pair: n, a, met, unmet, unknown, and `indicators`, the signal in 0..1.

    The share met, an indicator nobody can judge counting half (ours); null where none can be judged.
    """
    of = {status: (pl.col("status") == status).sum().cast(pl.Int64) for status in ("met", "unmet")}
    found = compared.group_by("n", "a").agg(**of, unknown=pl.col("status").is_in(["open", "unclaimed"]).sum())
    judged = pl.col("met") + pl.col("unmet")
    share = (pl.col("met") + 0.5 * pl.col("unknown")) / (judged + pl.col("unknown"))
    return found.with_columns(pl.col("unknown").cast(pl.Int64), indicators=pl.when(judged > 0).then(share).round(6))


def condition(written: str | None, also: units.Names) -> str:
    """Conditions in one spelling: parts sorted, values in SI, so `@10 GHz` is `@10000 MHz`."""
    plain = unicodedata.normalize("NFKC", written or "").replace("@", " ")
    parts = [_part(part.strip(), also) for part in re.split(r"[,;、]", plain)]
    return "; ".join(sorted(part for part in parts if part))


class Spoken:
    """Names and values of a sheet's indicators, for reasons; each is put into words once."""

    def __init__(self, sheet: Sheet) -> None:
        self._rows = sheet.frame
        self.bound = cache(self._bound)

    def name(self, i: int) -> Label:
        return Label(self._rows["quantity"][i], self._rows["quantity_en"][i] or "")

    def _bound(self, i: int) -> Why:
        return bound(self._rows.row(i, named=True))


def why(demands: Spoken, i: int, claims: Spoken, j: int | None, status: str) -> Why:
    """The reason for one indicator, with both values as their owners wrote them."""
    args = {"quantity": demands.name(i), "demand": demands.bound(i)}
    if j is None:
        return Why("match.indicator-unclaimed", args)
    return Why(f"match.indicator-{status}", {**args, "claim": claims.bound(j)})


def bound(row: Row) -> Why:
    """An indicator's value: "at most 0.002" and, where it has them, its conditions."""
    unit = row["unit"] or ""
    low, high = (None if v is None else Quantity(v, unit) for v in (row["low"], row["high"]))
    args: dict[str, Quantity | None]
    match row["operator"]:
        case "between":
            args = {"low": low, "high": high}
        case "has":
            args = {}
        case "le":
            args = {"value": high or low}
        case _:
            args = {"value": low or high}
    value = Why(f"match.bound-{row['operator']}", args)
    if not row["conditions"]:
        return value
    return Why("match.bound-under", {"bound": value, "conditions": row["conditions"]})


def _part(part: str, also: units.Names) -> str:
    found = _CONDITION.match(part)
    if found is None:
        return text.canonical(part).strip()
    scale = units.scale(found["unit"], also)
    value = f"{scale.base(float(found['value'])):.6g} {scale.dimension}"
    return f"{text.canonical(found['name']).strip()} {value}".strip()


def _keys(frame: pl.DataFrame, glossary: concepts.Glossary) -> pl.DataFrame:
    """i, key: the concept the quantity's name stands for, and the canonical name in either language."""
    rows = frame.select("i", "quantity", "quantity_en").rows()
    every = {name for _, zh, en in rows for name in (zh, en) if name}
    known = concepts.named(sorted(every), glossary)
    spelt = {name: text.canonical(name).strip() for name in every}
    found = {(i, spelt[name]) for i, *names in rows for name in names if name}
    found |= {(i, f"={known[name]}") for i, *names in rows for name in names if name in known}
    kept = sorted((i, key) for i, key in found if key)
    return pl.DataFrame(kept, schema={"i": pl.Int64, "key": pl.String}, orient="row")


def _interval() -> list[pl.Expr]:
    """`lo`, `hi` in SI: what values the bound allows; both null where it names none."""
    low, high = (pl.col(c) * pl.col("factor") + pl.col("offset") for c in ("low", "high"))
    first, last = pl.coalesce(low, high), pl.coalesce(high, low)
    is_ = {code: pl.col("operator") == code for code in ("le", "ge", "eq", "between", "approx")}
    stated = first.is_not_null()
    lo = (
        pl.when(is_["le"] & stated).then(float("-inf"))
        .when(is_["ge"] | is_["eq"]).then(first)
        .when(is_["approx"]).then(first - first.abs() * _ABOUT)
        .when(is_["between"]).then(low)
    )  # fmt: skip
    hi = (
        pl.when(is_["ge"] & stated).then(float("inf"))
        .when(is_["le"]).then(last)
        .when(is_["eq"]).then(first)
        .when(is_["approx"]).then(first + first.abs() * _ABOUT)
        .when(is_["between"]).then(high)
    )  # fmt: skip
    return [lo.alias("lo"), hi.alias("hi")]


def _status() -> pl.Expr:
    """See the module's head for what the words mean."""
    lo, hi, claim_lo, claim_hi = (pl.col(c) for c in ("lo", "hi", "lo_claim", "hi_claim"))
    comparable = (pl.col("dimension") == pl.col("dimension_claim")) & (
        (pl.col("under") == "") | (pl.col("under") == pl.col("under_claim"))
    )
    valued = lo.is_not_null() & hi.is_not_null() & claim_lo.is_not_null() & claim_hi.is_not_null()
    inside = _at_most(lo, claim_lo) & _at_most(claim_hi, hi)
    ranges = lo.is_finite() & hi.is_finite() & claim_lo.is_finite() & claim_hi.is_finite()
    covers = ranges & _at_most(claim_lo, lo) & _at_most(hi, claim_hi)
    apart = ~_at_most(claim_lo, hi) | ~_at_most(lo, claim_hi)
    same_way = pl.col("operator").is_in(["le", "ge"]) & (pl.col("operator") == pl.col("operator_claim"))
    return (
        pl.when(pl.col("operator") == "has").then(pl.lit("met"))
        .when(~comparable | ~valued).then(pl.lit("open"))
        .when(inside | covers).then(pl.lit("met"))
        .when(apart | same_way).then(pl.lit("unmet"))
        .otherwise(pl.lit("open"))
    )  # fmt: skip


def _at_most(x: pl.Expr, y: pl.Expr) -> pl.Expr:
    """x <= y, within rounding of converted units."""
    return (x <= y) | (y.is_finite() & ((x - y) <= y.abs() * _EQUAL))


def _mapped(column: str, table: Mapping[Any, object], dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    return pl.col(column).replace_strict(table, return_dtype=dtype, default=None)
