"""The reasons of the table of maturity. A nation has a million of them and few that differ: each is written once."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tongtu.appraise.maturity.scale import MaturityScale, maturity_scale, named
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.appraise.maturity.table import Ends

_SHOWN = 3
#: stands in a stored reason where the ids of its sources go
_HOLE = "\ufffc"
_QUOTED = f'"{_HOLE}"'
Row = dict[str, Any]


def listed(sources: pl.DataFrame) -> pl.DataFrame:
    """at, n, quoted: how many sources stand behind each cell, and the first of them as JSON. Takes at, source."""
    plain = pl.format('"{}"', "source")
    odd = pl.col("source").str.contains(r'[\\"\x00-\x1f]')
    escaped = pl.col("source").map_elements(json.dumps, pl.String)
    ordered = sources.sort("at", "source").with_columns(quoted=plain)
    if ordered.select(odd.any()).item():
        ordered = ordered.with_columns(quoted=pl.when(odd).then(escaped).otherwise("quoted"))
    return ordered.group_by("at", maintain_order=True).agg(
        n=pl.len().cast(pl.Int64), quoted=pl.col("quoted").head(_SHOWN).str.join(",")
    )


def dimensions(cells: pl.DataFrame, scale: MaturityScale) -> pl.Series:
    """A reason for each cell, in their order."""
    keys = ("place", "claimed", "level", "grade", "said", "lapsed", "n")
    placed = cells.with_columns(place=pl.col("at") % len(scale.dimensions))
    distinct = placed.select(keys).unique(maintain_order=True)
    halves = [_dimension(row, scale).partition(_QUOTED) for row in distinct.iter_rows(named=True)]
    texts = {"before": [before for before, _, _ in halves], "after": [after for _, _, after in halves]}
    known = distinct.with_columns(**{name: pl.Series(found, dtype=pl.String) for name, found in texts.items()})
    joined = placed.join(known, on=keys, nulls_equal=True, how="left", maintain_order="left")
    return joined.select(why=pl.concat_str("before", pl.col("quoted").fill_null(""), "after"))["why"]


def _dimension(row: Row, scale: MaturityScale) -> str:
    dimension = scale.dimensions[row["place"]]
    level, claimed = row["level"], row["claimed"]
    args: Row = {"dimension": named(dimension.code), "top": dimension.top}
    settles = Why(f"appraise.settle-{dimension.code}")
    parts = [Why("appraise.required" if dimension.required else "appraise.beside")]
    if row["lapsed"]:
        parts.append(Why("appraise.lapsed", {"n": row["lapsed"]}))
    if level is None:
        if claimed is None:
            return Why("appraise.unsaid", args, (settles, *parts)).to_json()
        return Why("appraise.unproved", {**args, "claimed": claimed}, (settles, *parts)).to_json()
    if row["said"] > level:
        asked = grade_name(scale.asked(row["said"]))
        parts.insert(0, Why("appraise.capped", {"said": row["said"], "level": level, "asked": asked}))
    sources = (_HOLE,) if row["n"] else ()
    args |= {"level": level, "claimed": claimed, "grade": grade_name(row["grade"]), "n": row["n"], "sources": sources}
    return Why("appraise.supported", args, (*parts, Why("appraise.ours-maturity"))).to_json()


def overall(ends: Ends, scale: MaturityScale) -> pl.Series:
    """A reason for the whole of each case."""
    bits = 1 << np.arange(len(scale.dimensions))
    held, missing = ((flags * bits).sum(axis=1).tolist() for flags in (ends.binding, ends.unknown))
    # the shipped scale's reasons are kept from call to call, another's are not
    speak = _kept if scale is maturity_scale() else lru_cache(maxsize=None)(lambda *key: _overall(scale, *key))
    columns = zip(ends.overall.tolist(), ends.least.tolist(), ends.most.tolist(), held, missing, strict=True)
    return pl.Series("why", [speak(*key) for key in columns], dtype=pl.String)


@lru_cache(maxsize=65_536)
def _kept(level: int, low: int, high: int, held: int, missing: int) -> str:
    return _overall(maturity_scale(), level, low, high, held, missing)


def _overall(scale: MaturityScale, level: int, low: int, high: int, held: int, missing: int) -> str:
    codes = [d.code for d in scale.dimensions]
    binding, unknown = ([code for n, code in enumerate(codes) if bits >> n & 1] for bits in (held, missing))
    absent = tuple(map(named, unknown))
    required = {d.code for d in scale.required}
    settles = tuple(Why(f"appraise.settle-{code}") for code in unknown if code in required)
    ours = Why("appraise.ours-maturity")
    upper = None if high < 0 else high
    if level < 0:
        return Why("appraise.overall-unknown", {"unknown": absent, "high": upper}, (*settles, ours)).to_json()
    args: Row = {"level": level, "binding": tuple(map(named, binding))}
    code = "overall" if binding else "overall-top"
    if not absent:
        return Why(f"appraise.{code}", args if binding else {"level": level}, (ours,)).to_json()
    args |= {"unknown": absent, "low": None if low < 0 else low, "high": upper}
    return Why("appraise.overall-open", args, (*settles, ours)).to_json()


def grade_name(code: str | None) -> Label | None:
    return None if code is None else named(code, "evidence_grade")
