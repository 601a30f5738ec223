"""Symbols of the International Patent Classification: their levels, and the industries they belong to.

A symbol such as `G03F 7/004` names, ever finer, a section (G), class (G03), subclass (G03F), main group
(G03F 7/00) and subgroup. The tree of dots below main groups is not in the symbol and is not used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tongtu import text

LEVELS = ("section", "class", "subclass", "group", "subgroup")
_PORTION = 250_000  # pairs whose symbols are held against one another at a time
_SYMBOL = r"^([A-H])(\d{2})?([A-Z])?(\d{1,4})?(?:/(\d{2,6}))?"


def prefixes(ipc: pl.Expr) -> list[pl.Expr]:
    """A symbol cut off at each level, null where it does not reach that far or is no symbol."""
    plain = ipc.str.to_uppercase().str.replace_all(r"[\s*]+", "")
    parts = [plain.str.extract(_SYMBOL, i) for i in range(1, len(LEVELS) + 1)]
    joints = ["", "", "", "", "/"]
    cut: list[pl.Expr] = []
    for part, joint, level in zip(parts, joints, LEVELS, strict=True):
        cut.append((part if not cut else pl.concat_str(cut[-1].alias(level), pl.lit(joint), part)).alias(level))
    return cut


@dataclass(frozen=True, slots=True)
class Symbols:
    """The symbols of two sides by number.

    `names`: every prefix, in order. `cut`: by symbol, the number of its prefix at each level, null where it does
    not reach. `asked`, `offered`: row, symbol.
    """

    names: pl.Series
    cut: pl.DataFrame
    asked: pl.DataFrame
    offered: pl.DataFrame


def symbols(asked: pl.DataFrame, offered: pl.DataFrame) -> Symbols:
    """Reads the lists `ipc` of two sides, each distinct symbol once; what is no symbol is left out."""
    if any(side["ipc"].null_count() == side.height for side in (asked, offered)):
        none = pl.DataFrame(schema={"row": pl.Int64, "symbol": pl.UInt32})
        return Symbols(pl.Series("names", [], pl.String), pl.DataFrame(), none, none)
    sides = [side.select("ipc").with_row_index("row").explode("ipc", empty_as_null=True) for side in (asked, offered)]
    once = pl.concat(side.select("ipc") for side in sides).unique().sort("ipc").drop_nulls()
    cut = once.select("ipc", *prefixes(pl.col("ipc"))).filter(pl.col("section").is_not_null())
    names = pl.concat(cut[level] for level in LEVELS).drop_nulls().unique().sort()
    numbers = pl.DataFrame({"name": names}).with_row_index("number")
    for level in LEVELS:
        numbered = numbers.select(pl.col("name").alias(level), pl.col("number").cast(pl.Int64).alias(f"{level}_no"))
        cut = cut.join(numbered, on=level, how="left", maintain_order="left").drop(level)
    cut = cut.rename({f"{level}_no": level for level in LEVELS})
    known = cut.select("ipc").with_row_index("symbol")
    by_row = [side.join(known, on="ipc").select(pl.col("row").cast(pl.Int64), "symbol").unique() for side in sides]
    return Symbols(names, cut.drop("ipc"), *by_row)


def shared(found: pl.DataFrame, asked: pl.Series, offered: pl.Series) -> pl.DataFrame | None:
    """For each pair in its order: level (0 none … 5 subgroup) and prefix, the longest two listings share.

    `asked`, `offered`: lists of symbols by row; those of no pair are not read. Of several the first in the order of
    symbols; both null where a listing has no symbol. None where either side has none at all.
    """
    (n, left), (a, right) = (np.unique(found[name].to_numpy(), return_inverse=True) for name in ("n", "a"))
    known = symbols(asked[n].to_frame("ipc"), offered[a].to_frame("ipc"))
    if known.asked.is_empty() or known.offered.is_empty():
        return None
    pairs = pl.DataFrame({"n": left, "a": right}).with_row_index("pair")
    parts = [_longest(pairs[start : start + _PORTION], known) for start in range(0, pairs.height, _PORTION)]
    best = pl.concat([pl.DataFrame(schema={"pair": pl.UInt32, "best": pl.Int64}), *parts])
    found = pairs.join(best, on="pair", how="left", maintain_order="left")
    size = max(known.names.len(), 1)
    level = found["best"] // size
    name = known.names.gather(size - 1 - found["best"] % size)
    prefix = pl.when(pl.col("level") == 0).then(pl.lit("")).otherwise("prefix")
    return pl.DataFrame({"level": level, "prefix": name}).with_columns(prefix=prefix)


def _longest(pairs: pl.DataFrame, known: Symbols) -> pl.DataFrame:
    """pair, best: the deepest level met and the first prefix met there, in one number."""
    both = pairs.join(known.asked.rename({"row": "n"}), on="n")
    both = both.join(known.offered.rename({"row": "a"}), on="a", suffix="_a")
    size = max(known.names.len(), 1)
    best = pl.Series("best", [0], pl.Int64).new_from_index(0, both.height)
    for depth, level in enumerate(LEVELS, 1):
        mine, theirs = known.cut[level].gather(both["symbol"]), known.cut[level].gather(both["symbol_a"])
        met = (mine == theirs).fill_null(False)  # prefixes nest, so a deeper one met overrides
        best = (depth * size + size - 1 - mine).zip_with(met, best)
    return both.select("pair", best=best).group_by("pair").agg(pl.col("best").max())


def industries(listings: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """By row: `told`, industries its symbols and keywords name, and `all`, those its directions name besides.

    A symbol of the table that ends in `*` or names no group holds all below it; another holds itself alone.
    Keywords are the same in one spelling, so that width, case and traditional characters make no difference.
    """
    if table.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(("told", "all"), pl.List(pl.String))).clear(listings.height)
    rows = listings.select("ipc", "keywords", "directions").with_row_index("row")
    symbols = rows.explode("ipc", empty_as_null=True).select("row", *prefixes(pl.col("ipc")))
    told = pl.concat(
        [_by_symbol(symbols, table), _by_name(rows, "keywords", table.explode("keywords", empty_as_null=True))]
    )
    stated = _by_name(rows, "directions", table.select("industry", directions="direction"))
    found = rows.select("row")
    for name, parts in (("told", [told]), ("all", [told, stated])):
        sets = pl.concat(parts).drop_nulls().group_by("row").agg(pl.col("industry").unique().sort().alias(name))
        found = found.join(sets, on="row", how="left", maintain_order="left")
    return found.drop("row")


def _by_symbol(symbols: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """row, industry: symbols that a prefix of the table holds."""
    wild = pl.col("ipc").str.ends_with("*")
    cut = table.select("ipc", "industry", *prefixes(pl.col("ipc"))).unique(maintain_order=True)
    found = [pl.DataFrame(schema={"row": pl.UInt32, "industry": pl.String})]
    finer = [*LEVELS[1:], None]
    for level, next_level in zip(LEVELS, finer, strict=True):
        ends = pl.col(level).is_not_null() & (pl.lit(True) if next_level is None else pl.col(next_level).is_null())
        exact = cut.filter(ends).select("industry", level)
        found.append(symbols.join(exact, on=level).select("row", "industry"))
    whole = cut.filter(wild & pl.col("subgroup").is_not_null()).select("industry", "group")
    return pl.concat([*found, symbols.join(whole, on="group").select("row", "industry")])


def _by_name(rows: pl.DataFrame, column: str, table: pl.DataFrame) -> pl.DataFrame:
    """row, industry: listings with a code or word that the table gives an industry."""
    names = table.select(pl.col(column).alias("name"), "industry").drop_nulls()
    said = rows.select("row", pl.col(column).alias("name")).explode("name", empty_as_null=True).drop_nulls()
    names, said = (frame.with_columns(name=_spelt(frame["name"])) for frame in (names, said))
    return said.join(names.unique(), on="name").select("row", "industry")


def _spelt(words: pl.Series) -> pl.Series:
    """Words in one spelling, each distinct one brought to it once."""
    once = words.unique().to_list()
    spelling = {word: text.canonical(word).strip() for word in once}
    return words.replace_strict(spelling, return_dtype=pl.String) if once else words
