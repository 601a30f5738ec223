"""Industrial application maturity of each case: claimed beside supported, and a gate on the weakest link.

Ours, and said to be ours in every reason: no published index of industrial application maturity exists.
Levels are ordinal, so nothing is averaged (the System Readiness Level of Sauser et al. multiplies and
averages them; we do not): the whole stands where its weakest required dimension stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from tongtu.appraise.scale import MaturityScale, maturity_scale
from tongtu.appraise.standing import KEY, claims, lapsed, supported
from tongtu.registry import Registry
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label, Why

OVERALL = "overall"
_MATURITY: Mapping[str, Any] = {
    "case": pl.String, "dimension": pl.String, "claimed": pl.Int64, "level": pl.Int64, "low": pl.Int64,
    "high": pl.Int64, "grade": pl.String, "weakest": pl.Boolean, "why": pl.String,
}  # fmt: skip
_SHOWN = 3
Row = dict[str, Any]


def maturity(cases: pl.DataFrame, registry: Registry, as_of: date) -> pl.DataFrame:
    """The chain's table `maturity`: a row per case and dimension, then one named `overall`, by case.

    `cases` needs `case` and `achievement` (null where there is none). Of a dimension, `level` is what
    evidence supports after the cap of its grade; [`low`, `high`] runs from there to what is claimed, or
    to the top of the scale where nothing is claimed. A dimension of which nothing is known is all null.

    Overall, `level` is the lowest level among the required dimensions that are known, and no higher than
    the lowest claim; `weakest` marks the dimensions that stand there. `low` is null while a required
    dimension is unknown, `high` the lowest of the upper ends. `grade` is the best evidence behind the
    level, overall that of the binding dimension.
    """
    scale = maturity_scale()
    cases = cases.select("case", "achievement").unique("case", keep="first").sort("case")
    grid = cases.select("case").join(_dimensions(scale), how="cross").sort("case", "order")
    for part in (
        claims(cases, registry, scale, as_of),
        supported(cases, registry, scale, as_of),
        lapsed(cases, registry, as_of),
    ):
        grid = grid.join(part, on=KEY, how="left", maintain_order="left")
    found = _bounded(grid).to_dicts()
    size = len(scale.dimensions)
    rows = [row for n in range(0, len(found), size) for row in _case(found[n : n + size], scale)]
    return pl.DataFrame(rows, schema=_MATURITY)


def _dimensions(scale: MaturityScale) -> pl.DataFrame:
    rows = [(order, d.code, d.top, d.required) for order, d in enumerate(scale.dimensions)]
    schema = {"order": pl.Int64, "dimension": pl.String, "top": pl.Int64, "required": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _bounded(grid: pl.DataFrame) -> pl.DataFrame:
    """With low and high; both null where nothing is claimed and nothing supported."""
    reach = pl.max_horizontal("claimed", "level")
    open_end = pl.when(pl.col("claimed").is_null() & pl.col("level").is_not_null()).then("top").otherwise(reach)
    return grid.with_columns(low="level", high=open_end)


def _case(found: Sequence[Row], scale: MaturityScale) -> list[Row]:
    """The rows of one case, its dimensions marked where they bind, the whole last."""
    required = [row for row in found if row["required"]]
    level, high = _gate(required, scale)
    for row in found:
        stands = row["high"] if row["level"] is None else row["level"]
        binds = row["required"] and None not in (level, stands) and min(stands, scale.top) == level
        open_ = row["required"] and row["level"] is None and not binds
        row["weakest"] = None if open_ else binds
    return [*map(_dimension_row, found), _overall(required, level, high)]


def _gate(required: Sequence[Row], scale: MaturityScale) -> tuple[int | None, int | None]:
    """The overall level and its upper end. A bare claim proves nothing, but nobody stands above it."""
    known = [row["level"] for row in required if row["level"] is not None]
    ends = [row["high"] for row in required if row["high"] is not None]
    high = min(*ends, scale.top) if ends else None
    return (min(*known, high) if known and high is not None else None), high


def _dimension_row(row: Row) -> Row:
    sources = tuple(row["sources"] or ())
    facts = (row["claimed"], row["level"], row["grade"], row["said"], row["lapsed"] or 0, len(sources))
    why = _dimension_why(row["dimension"], row["top"], row["required"], *facts, sources[:_SHOWN])
    return {name: row.get(name) for name in _MATURITY if name != "why"} | {"why": why}


def _overall(required: Sequence[Row], level: int | None, high: int | None) -> Row:
    claimed = [row["claimed"] for row in required]
    binding = [row for row in required if row["weakest"]]
    unknown = tuple(row["dimension"] for row in required if row["level"] is None)
    return {
        "case": required[0]["case"],
        "dimension": OVERALL,
        "claimed": None if None in claimed else min(claimed),
        "level": level,
        "low": None if unknown else level,
        "high": high,
        "grade": min((row["grade"] for row in binding if row["grade"] is not None), default=None),
        "weakest": False,
        "why": _overall_why(level, high, tuple(row["dimension"] for row in binding), unknown),
    }


# A nation has a million rows and few different reasons: each is written once.
@lru_cache(maxsize=65_536)
def _dimension_why(
    code: str, top: int, required: bool, claimed: int | None, level: int | None, grade: str | None,
    said: int | None, lapsed_: int, n: int, sources: tuple[str, ...],
) -> str:  # fmt: skip
    scale = maturity_scale()
    args: Row = {"dimension": _label("maturity_dimension", code), "top": top}
    settles = Why(f"appraise.settle-{code}")
    parts = [Why("appraise.required" if required else "appraise.beside")]
    if lapsed_:
        parts.append(Why("appraise.lapsed", {"n": lapsed_}))
    if level is None:
        if claimed is None:
            return Why("appraise.unsaid", args, (settles, *parts)).to_json()
        return Why("appraise.unproved", {**args, "claimed": claimed}, (settles, *parts)).to_json()
    if said is not None and said > level:
        asked = _grade(scale.asked(said))
        parts.insert(0, Why("appraise.capped", {"said": said, "level": level, "asked": asked}))
    args |= {"level": level, "claimed": claimed, "grade": _grade(grade), "n": n, "sources": sources}
    return Why("appraise.supported", args, (*parts, Why("appraise.ours-maturity"))).to_json()


@lru_cache(maxsize=65_536)
def _overall_why(level: int | None, high: int | None, binding: tuple[str, ...], unknown: tuple[str, ...]) -> str:
    missing = tuple(_label("maturity_dimension", code) for code in unknown)
    settles = tuple(Why(f"appraise.settle-{code}") for code in unknown)
    ours = Why("appraise.ours-maturity")
    if level is None:
        return Why("appraise.overall-unknown", {"unknown": missing, "high": high}, (*settles, ours)).to_json()
    args = {"level": level, "binding": tuple(_label("maturity_dimension", code) for code in binding)}
    if not unknown:
        return Why("appraise.overall", args, (ours,)).to_json()
    return Why("appraise.overall-open", {**args, "unknown": missing, "high": high}, (*settles, ours)).to_json()


def _grade(code: str | None) -> Label | None:
    return None if code is None else _label("evidence_grade", code)


def _label(vocabulary: str, code: str) -> Label:
    return vocabularies()[vocabulary].get(code) or Label(code)
