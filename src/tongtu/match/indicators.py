"""Indicators: what one listing demands against what another claims, value by value.

Two indicators are of one quantity when the glossary knows their names as one concept, or a name is the same
in either language. They are compared when they measure the same dimension (units are converted) and the
claim holds under the conditions the demand states (see `conditions`). The answer is one of

- `met`: every value the claim allows is one the demand allows; for ranges, also when the claimed range
  covers the demanded one (a line that makes 10–50 μm can make 20–30 μm);
- `nearly`: not met, but by at most a tenth of the bound (see `miss`);
- `unmet`: no value is, or a claim of the same direction stops short ("≥ 30" against "≥ 50");
- `open`: not comparable: under other conditions, of another dimension, without a value, or the claim
  leaves it open; the reason says which; and
- `unclaimed`: the other listing says nothing of the quantity.

An indicator that *must* be met and is nearly met refuses the pair as an unmet one does: "must" is its owner's
word, and softening it is for the owner. The refusal says how near it is, so that the owner can.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from tongtu import text
from tongtu.match import concepts, conditions
from tongtu.registry import Registry
from tongtu.terms import units
from tongtu.terms.why import Label, Quantity, Ratio, Why

_ABOUT = 0.1  # "about" allows a tenth either way (ours)
_EQUAL = 1e-9
_NEAR = 0.1  # a claim that misses the bound by a tenth of it is nearly there (ours)
_WORTH = {"met": 1.0, "nearly": 0.7, "unmet": 0.0, "open": 0.5, "unclaimed": 0.5}  # shares of an indicator (ours)
_RANKED = ("met", "nearly", "unmet", "open")  # of several claims the first of these counts
# Equal steps of these are not equal amounts, so a tenth of a bound says nothing: levels and temperatures.
_NO_RATIO = re.compile(r"=(dB\w*|pH|Np)|\[temperature\]")
#: claims of other kinds that speak for a listing: kind → (their kind, their noun); all name it by its kind
_SPEAKERS = {"platform": (("line", "lines"), ("service", "services"))}

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
    """Indicators of listings of any kind, demanding or claiming, in SI, with bounds as intervals.

    `rows`: subject, row. A platform also has those of its lines and services.
    """
    own = registry["indicators"].join(_subjects(registry, kind, rows), on=["subject_kind", "subject"])
    own = own.sort("indicator", "row").with_row_index("i")
    scales = {unit: units.scale(unit, also) for unit in own["unit"].unique().to_list()}
    under = {c: conditions.canonical(c, also) for c in own["conditions"].unique().to_list()}
    frame = own.with_columns(
        pl.col("i").cast(pl.Int64),
        dimension=_mapped("unit", {u: s.dimension for u, s in scales.items()}, pl.String),
        factor=_mapped("unit", {u: s.factor for u, s in scales.items()}, pl.Float64),
        offset=_mapped("unit", {u: s.offset for u, s in scales.items()}, pl.Float64),
        under=_mapped("conditions", under, pl.String),
    ).with_columns(*_interval())
    return Sheet(frame, _keys(frame, glossary))


def _subjects(registry: Registry, kind: str, rows: pl.DataFrame) -> pl.DataFrame:
    """subject_kind, subject, row: whose indicators count for each listing."""
    own = rows.select(pl.lit(kind).alias("subject_kind"), "subject", "row")
    speakers = [
        registry[noun].select(pl.lit(speaker).alias("subject_kind"), of=kind, subject=speaker)
        .join(rows.rename({"subject": "of"}), on="of").select(own.columns)
        for speaker, noun in _SPEAKERS.get(kind, ())
    ]  # fmt: skip
    return pl.concat([own, *speakers]).drop_nulls()


def compare(candidates: pl.DataFrame, demanded: Sheet, claimed: Sheet) -> pl.DataFrame:
    """Every demanded indicator of every candidate pair, with the claim that answers it best: `SCHEMA`.

    `n` is the row of the listing that demands, `a` of the one that claims; whichever asks the question.
    """
    asked = demanded.frame.select("i", "must", n="row")
    pairs = candidates.select("n", "a").join(asked, on="n")
    found = pairs.join(_best(pairs, demanded, claimed), on=["a", "i"], how="left")
    found = found.with_columns(pl.col("status").fill_null("unclaimed"))
    return found.select(*SCHEMA).sort("n", "a", "i")


def _best(pairs: pl.DataFrame, demanded: Sheet, claimed: Sheet) -> pl.DataFrame:
    """a, i, j, status: of the claims to a demanded quantity the one that answers it best, the first by id.

    The work is done on numbers: names of quantities both sides have, and places in the order of answers.
    """
    names = demanded.keys.select("key").unique().join(claimed.keys.select("key").unique(), on="key")
    names = names.sort("key").with_row_index("name")
    asked = demanded.keys.join(names, on="key").select("i", "name")
    claims = claimed.keys.join(names, on="key").select("name", j="i")
    claims = claims.with_columns(a=claimed.frame["row"].gather(claims["j"]))
    same = pairs.select("a", "i").join(asked, on="i").join(claims, on=["a", "name"]).select("a", "i", "j").unique()
    size = max(claimed.frame.height, 1)
    ranked = same.with_columns(place=_place(same, demanded, claimed) * size + pl.col("j"))
    best = ranked.group_by("a", "i").agg(pl.col("place").min())
    words = dict(enumerate(_RANKED))
    status = (pl.col("place") // size).replace_strict(words, return_dtype=pl.String)
    return best.select("a", "i", j=pl.col("place") % size, status=status)


def _place(same: pl.DataFrame, demanded: Sheet, claimed: Sheet) -> pl.Series:
    """Place in `_RANKED` of each demand `i` and claim `j`."""
    facts = ["operator", "lo", "hi", "dimension", "under"]
    ours, theirs = demanded.frame.select(facts), claimed.frame.select(facts)
    both = [ours.select(pl.all().gather(same["i"])), theirs.select(pl.all().gather(same["j"]).name.suffix("_claim"))]
    frame = pl.concat(both, how="horizontal")
    places = {word: place for place, word in enumerate(_RANKED)}
    comparable = (pl.col("dimension") == pl.col("dimension_claim")) & _answers(frame)
    status = frame.with_columns(comparable=comparable).select(_status())
    return status.to_series().replace_strict(places, return_dtype=pl.Int64)


def _answers(frame: pl.DataFrame) -> pl.Series:
    """Whether the claim's conditions answer the demand's; each combination read once."""
    once = frame.select("under", "under_claim").unique()
    told = [conditions.answer(asked, claimed) for asked, claimed in once.iter_rows()]
    once = once.with_columns(answers=pl.Series(told, dtype=pl.Boolean))
    return frame.join(once, on=["under", "under_claim"], how="left", maintain_order="left")["answers"]


def failed(compared: pl.DataFrame) -> pl.DataFrame:
    """Rows of indicators that must be met and are not, however nearly."""
    return compared.filter(pl.col("must").fill_null(False) & pl.col("status").is_in(["nearly", "unmet"]))


def counts(compared: pl.DataFrame) -> pl.DataFrame:
    """Per pair: n, a, met, unmet, unknown, nearly, and `indicators`, the signal in 0..1.

    met + unmet + unknown is every indicator demanded; `nearly` says how many of the unmet are near. The signal is
    their mean, a near one counting 0.7 and one nobody can judge a half (ours); null where none can be judged.
    """
    is_ = {word: (pl.col("status") == word).sum().cast(pl.Int64) for word in _WORTH}
    found = compared.group_by("n", "a").agg(**is_)
    total = pl.sum_horizontal(*_WORTH)
    share = pl.sum_horizontal(pl.col(word) * worth for word, worth in _WORTH.items()) / total
    unmet, unknown = pl.col("unmet") + pl.col("nearly"), pl.col("open") + pl.col("unclaimed")
    judged = total > unknown
    return found.select(
        "n", "a", "met", unmet=unmet, unknown=unknown, nearly="nearly", indicators=pl.when(judged).then(share.round(6))
    )


class Spoken:
    """A sheet's indicators for reasons: their rows, and their values in words, each put once."""

    def __init__(self, sheet: Sheet) -> None:
        self._rows = sheet.frame
        self.bound = cache(self._bound)

    def row(self, i: int) -> Row:
        return self._rows.row(i, named=True)

    def name(self, i: int) -> Label:
        return Label(self._rows["quantity"][i], self._rows["quantity_en"][i] or "")

    def _bound(self, i: int) -> Why:
        return bound(self.row(i))


def why(demands: Spoken, i: int, claims: Spoken, j: int | None, status: str) -> Why:
    """The reason for one indicator, with both values as their owners wrote them.

    A near one says by how much it misses, an open one why nobody can tell, and two methods that differ are
    named below it: a value found another way is the claim's all the same, and a person should look.
    """
    args = {"quantity": demands.name(i), "demand": demands.bound(i)}
    if j is None:
        return Why("match.indicator-unclaimed", args)
    args["claim"] = claims.bound(j)
    demand, claim = demands.row(i), claims.row(j)
    methods = (demand["method"], claim["method"])
    parts: tuple[Why, ...] = ()
    if all(methods) and text.canonical(methods[0]) != text.canonical(methods[1]):
        parts = (Why("match.indicator-method", {"demand": methods[0], "claim": methods[1]}),)
    if status == "nearly":
        return Why("match.indicator-nearly", {**args, "miss": Ratio(round(miss(demand, claim) or 0.0, 4))}, parts)
    code = f"open-{unlike(demand, claim)}" if status == "open" else status
    return Why(f"match.indicator-{code}", args, parts)


def unlike(demand: Row, claim: Row) -> str:
    """Why a claim cannot be held against a demand: `dimension`, `conditions`, `value`, or `bound` (left open)."""
    if demand["dimension"] != claim["dimension"]:
        return "dimension"
    if not conditions.answer(demand["under"], claim["under"]):
        return "conditions"
    valued = all(row[end] is not None for row in (demand, claim) for end in ("lo", "hi"))
    return "bound" if valued else "value"


def miss(demand: Row, claim: Row) -> float | None:
    """By what share of its bound a claim misses a demand; null where no share can be told.

    The value that counts is the nearest the claim allows, or its own bound where it states one of the demand's
    direction. A share above a half is measured by what is missing to the whole (99.9 % against 99.99 % is ten
    times the impurity, no near miss). Levels (dB, pH), temperatures and "about" have no such share.
    """
    lo, hi, least, most = demand["lo"], demand["hi"], claim["lo"], claim["hi"]
    same_way = demand["operator"] == claim["operator"]
    below = lo - (least if same_way and demand["operator"] == "ge" else most)
    above = (most if same_way and demand["operator"] == "le" else least) - hi
    limit = lo if below >= above else hi
    yard = abs(limit)
    if demand["dimension"] == "1" and 0.5 < yard <= 1.0:
        yard = 1.0 - yard
    if demand["operator"] == "approx" or yard == 0.0 or _NO_RATIO.fullmatch(demand["dimension"]):
        return None
    return float(max(below, above) / yard)


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
    valued = lo.is_not_null() & hi.is_not_null() & claim_lo.is_not_null() & claim_hi.is_not_null()
    inside = _at_most(lo, claim_lo) & _at_most(claim_hi, hi)
    ranges = lo.is_finite() & hi.is_finite() & claim_lo.is_finite() & claim_hi.is_finite()
    covers = ranges & _at_most(claim_lo, lo) & _at_most(hi, claim_hi)
    apart = ~_at_most(claim_lo, hi) | ~_at_most(lo, claim_hi)
    same_way = pl.col("operator").is_in(["le", "ge"]) & (pl.col("operator") == pl.col("operator_claim"))
    return (
        pl.when(pl.col("operator") == "has").then(pl.lit("met"))
        .when(~pl.col("comparable").fill_null(False) | ~valued).then(pl.lit("open"))
        .when(inside | covers).then(pl.lit("met"))
        .when(~(apart | same_way)).then(pl.lit("open"))
        .when(_at_most(_miss(), pl.lit(_NEAR))).then(pl.lit("nearly"))
        .otherwise(pl.lit("unmet"))
    )  # fmt: skip


def _miss() -> pl.Expr:
    """`miss` over a frame of both; infinite where no share can be told."""
    same_way = pl.col("operator") == pl.col("operator_claim")
    least = pl.when(same_way & (pl.col("operator") == "ge")).then("lo_claim").otherwise("hi_claim")
    most = pl.when(same_way & (pl.col("operator") == "le")).then("hi_claim").otherwise("lo_claim")
    below, above = pl.col("lo") - least, most - pl.col("hi")
    limit = pl.when(below >= above).then("lo").otherwise("hi").abs()
    share = (pl.col("dimension") == "1") & (limit > 0.5) & (limit <= 1.0)
    yard = pl.when(share).then(1.0 - limit).otherwise(limit)
    told = (pl.col("operator") != "approx") & (yard > 0.0)
    told &= ~pl.col("dimension").str.contains(f"^(?:{_NO_RATIO.pattern})$")
    return pl.when(told).then(pl.max_horizontal(below, above) / yard).otherwise(float("inf"))


def _at_most(x: pl.Expr, y: pl.Expr) -> pl.Expr:
    """x <= y, within rounding of converted units."""
    return (x <= y) | (y.is_finite() & ((x - y) <= y.abs() * _EQUAL))


def _mapped(column: str, table: Mapping[Any, object], dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    return pl.col(column).replace_strict(table, return_dtype=dtype, default=None)
