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

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Any

import numpy as np
import polars as pl

from tongtu import text
from tongtu.match import bounds
from tongtu.registry import Registry, concepts
from tongtu.registry.written import conditions
from tongtu.terms import units
from tongtu.terms.why import Label, Quantity, Ratio, Why

_ABOUT = 0.1  # "about" allows a tenth either way (ours)
_WORTH = {"met": 1.0, "nearly": 0.7, "unmet": 0.0, "open": 0.5, "unclaimed": 0.5}  # shares of an indicator (ours)
_FEW = 2_000  # names of claims that are looked at one by one
#: what reasons say of an indicator
_SAID = ["quantity", "quantity_en", "low", "high", "unit", "conditions", "method", "under", *bounds.COLUMNS]
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

    def of(self, rows: pl.Series) -> Sheet:
        """The indicators of these listings at least, by the numbers they have here."""
        return self

    def quantities(self, rows: int) -> list[list[str]]:
        """Names of the quantities of each listing, of `rows` listings."""
        if rows == 1:
            return [sorted(set(self.keys["key"]))]
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
    own = own.sort("indicator", "row")
    own = own.insert_column(0, pl.Series("i", np.arange(own.height)))
    scales = {unit: units.scale(unit, also) for unit in set(own["unit"])}
    under = {c: conditions.canonical(c, also) for c in set(own["conditions"])}
    of_unit = [scales[unit] for unit in own["unit"]]
    frame = own.hstack(
        [
            pl.Series("dimension", [scale.dimension for scale in of_unit], pl.String),
            pl.Series("factor", [scale.factor for scale in of_unit], pl.Float64),
            pl.Series("offset", [scale.offset for scale in of_unit], pl.Float64),
            pl.Series("under", [under[c] for c in own["conditions"]], pl.String),
        ]
    ).with_columns(_interval())
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
    asking = demanded.of(candidates["n"])
    demands = asking.frame[["row", "i", "must"]]
    pairs = candidates[["n", "a"]].join(demands, left_on="n", right_on="row").sort("n", "a", "i")
    if pairs.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    same = _same(pairs, asking, claimed.of(candidates["a"]))
    j, place = _best(pairs, same, _places(same, demanded, claimed))
    status = pl.Series("status", [*bounds.RANKED, "unclaimed"])[place]
    return pairs.hstack([pl.Series("j", j, nan_to_null=True).cast(pl.Int64), status])[list(SCHEMA)]


def _same(pairs: pl.DataFrame, asking: Sheet, claiming: Sheet) -> pl.DataFrame:
    """a, i, j: claims to a demanded quantity, by whatever name both go."""
    if claiming.keys.height <= _FEW:
        return _same_of_few(pairs, asking, claiming)
    # The work is done on numbers: names of quantities both sides have.
    names = asking.keys.select("key").unique().join(claiming.keys.select("key").unique(), on="key")
    names = names.sort("key").with_row_index("name")
    demands = asking.keys.join(names, on="key").select("i", "name")
    claims = claiming.keys.join(names, on="key").select("name", j="i")
    claims = claims.join(claiming.frame.select(j="i", a="row"), on="j")
    same = pairs.select("a", "i").join(demands, on="i").join(claims, on=["a", "name"])
    return same.select("a", "i", "j").unique()


def _same_of_few(pairs: pl.DataFrame, asking: Sheet, claiming: Sheet) -> pl.DataFrame:
    """`_same` where starting a query costs more than looking at each claim."""
    demands = defaultdict(list)
    for i, key in asking.keys.iter_rows():
        demands[key].append(i)
    row, wanted = dict(claiming.frame[["i", "row"]].iter_rows()), set(pairs[["a", "i"]].iter_rows())
    told = {(row[j], i, j) for j, key in claiming.keys.iter_rows() for i in demands.get(key, ())}
    same = [one for one in told if one[:2] in wanted]
    return pl.DataFrame(same, schema={"a": pl.Int64, "i": pl.Int64, "j": pl.Int64}, orient="row")


def _places(same: pl.DataFrame, demanded: Sheet, claimed: Sheet) -> bounds.Ints:
    """Place in `bounds.RANKED` of each demand `i` and claim `j`; each combination of conditions is read once."""
    facts = [*bounds.COLUMNS, "under"]
    ours, theirs = demanded.frame[facts][same["i"]], claimed.frame[facts][same["j"]]
    under = list(zip(ours["under"], theirs["under"], strict=True))
    told = {both: conditions.answer(*both) for both in set(under)}
    answers = np.array([told[both] for both in under], bool)
    return bounds.places(bounds.Values.of(ours), bounds.Values.of(theirs), answers)


def _best(pairs: pl.DataFrame, same: pl.DataFrame, places: bounds.Ints) -> tuple[bounds.Floats, bounds.Ints]:
    """For each demand of a pair the claim that answers it best, the first by id (NaN: there is none), and its place."""
    size = pairs["i"].to_numpy().max() + 1
    wanted, codes = (f["a"].to_numpy() * size + f["i"].to_numpy() for f in (pairs, same))
    order = np.lexsort((same["j"].to_numpy(), places))
    codes, first = np.unique(codes[order], return_index=True)
    at = np.searchsorted(codes, wanted)
    met = np.zeros(len(wanted), bool)
    met[at < len(codes)] = codes[at[at < len(codes)]] == wanted[at < len(codes)]
    best = order[first[at[met]]]
    j, place = np.full(len(wanted), np.nan), np.full(len(wanted), len(bounds.RANKED))
    j[met], place[met] = same["j"].to_numpy()[best], places[best]
    return j, place


def failed(compared: pl.DataFrame) -> pl.DataFrame:
    """Rows of indicators that must be met and are not, however nearly."""
    if not compared["must"].any():
        return compared.clear()
    return compared.filter(pl.col("must").fill_null(False) & pl.col("status").is_in(["nearly", "unmet"]))


def counts(compared: pl.DataFrame) -> pl.DataFrame:
    """Per pair: n, a, met, unmet, unknown, nearly, and `indicators`, the signal in 0..1.

    met + unmet + unknown is every indicator demanded; `nearly` says how many of the unmet are near. The signal is
    their mean, a near one counting 0.7 and one nobody can judge a half (ours); null where none can be judged.
    """
    number = {word: place for place, word in enumerate(_WORTH)}
    codes = compared["n"].to_numpy() << 32 | compared["a"].to_numpy()
    _, first, of = np.unique(codes, return_index=True, return_inverse=True)
    pairs = compared[["n", "a"]][first]
    status = np.array([number[word] for word in compared["status"]], np.int64)
    found = np.bincount(of * len(number) + status, minlength=pairs.height * len(number)).reshape(-1, len(number))
    of_word = dict(zip(_WORTH, found.T, strict=True))
    unmet, unknown = of_word["unmet"] + of_word["nearly"], of_word["open"] + of_word["unclaimed"]
    total = found.sum(axis=1)
    share = np.where(total > unknown, found @ np.array(list(_WORTH.values())) / np.maximum(total, 1), np.nan)
    counts = {"met": of_word["met"], "unmet": unmet, "unknown": unknown, "nearly": of_word["nearly"]}
    numbers = pl.DataFrame({**counts, "indicators": share.round(6)}, nan_to_null=True)
    return pairs.hstack(numbers)


class Spoken:
    """A sheet's indicators for reasons: their rows, and their values in words, each put once."""

    def __init__(self, sheet: Sheet) -> None:
        self._rows = sheet.frame[_SAID]
        self.row, self.bound = cache(self._row), cache(self._bound)

    def name(self, i: int) -> Label:
        row = self.row(i)
        return Label(row["quantity"], row["quantity_en"] or "")

    def _row(self, i: int) -> Row:
        return self._rows.row(i, named=True)

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
    """By what share of its bound a claim misses a demand (`bounds.misses`); null where no share can be told."""
    (share,) = bounds.misses(bounds.Values.single(demand), bounds.Values.single(claim)).tolist()
    return share if isfinite(share) else None


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
    rows = frame[["i", "quantity", "quantity_en"]].rows()
    every = {name for _, zh, en in rows for name in (zh, en) if name}
    known = concepts.named(sorted(every), glossary)
    spelt = {name: text.canonical(name).strip() for name in every}
    found = {(i, spelt[name]) for i, *names in rows for name in names if name}
    found |= {(i, f"={known[name]}") for i, *names in rows for name in names if name in known}
    kept = sorted((i, key) for i, key in found if key)
    return pl.DataFrame(kept, schema={"i": pl.Int64, "key": pl.String}, orient="row")


@cache
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
