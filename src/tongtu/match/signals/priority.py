"""Priority: how much the strategy in force weighs the direction, region and kind of research of a pair.

The weights of all priorities that a pair meets are multiplied, as capital multiplies them; a bottleneck
item counts more. `w / (1 + w)` brings a weight of 0 and more into 0..1: 1, which neither adds nor takes
away, becomes a half. A priority for a region holds for the regions in it. A pair meets a priority where
either listing does.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import polars as pl

from tongtu.match.signals.pairs import listed
from tongtu.match.signals.places import above
from tongtu.match.signals.signal import Row, Scene, by_kind, label, ours
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Why

_FACTS = {
    "priority_weight": pl.Float64,
    "priority_direction": pl.String,
    "priority_region": pl.String,
    "priority_track": pl.String,
    "priority_bottleneck": pl.Boolean,
}
_NAMED = {"directions": "direction", "regions": "region", "tracks": "track"}
_CODES = (*_NAMED, "bottleneck")
_WORD = 62  # priorities in one whole number, a bit each


def _codes(listings: pl.DataFrame) -> pl.DataFrame:
    """What priorities look at in a listing, as lists of codes."""
    rows = listed(listings, **dict.fromkeys(_NAMED, pl.List(pl.String)), bottleneck=pl.Boolean)
    marked = pl.when("bottleneck").then(pl.lit(["bottleneck"], pl.List(pl.String)))
    return rows.with_columns(bottleneck=marked)


def _judged(once: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """pair, the signal and its facts, of pairs of listings with these codes."""
    rules = scene.once(_rules)
    left, right = (
        _met(once.select(pl.col(f"{c}{side}").alias(c) for c in _CODES), rules, scene) for side in ("", "_a")
    )
    words = range((rules.height + _WORD - 1) // _WORD)
    used = [named for named, column in _NAMED.items() if rules[column].is_not_null().any()]
    pairs = pl.concat([once.select("pair"), left, right.rename(lambda c: f"{c}_a")], how="horizontal")
    masks = [pl.lit(_free(rules, "", w)).alias(f"mask_{w}") for w in words]
    for named in _NAMED:
        met = [pl.col(f"{named}_{w}") | pl.col(f"{named}_{w}_a") | _free(rules, named, w) for w in words]
        masks = [(mask & bits).alias(f"mask_{w}") for w, (mask, bits) in enumerate(zip(masks, met, strict=True))]
    known = [pl.col(f"{named}{suffix}") for named in used for suffix in ("", "_a")]
    flag = pl.col("bottleneck").is_not_null() | pl.col("bottleneck_a").is_not_null()
    told = pl.any_horizontal(flag, *known) if known else flag
    weighed = _weighed(pairs.select("pair", *masks, priority_bottleneck=flag, told=told), rules)
    return weighed.select("pair", "priority", *_FACTS)


def _rules(scene: Scene) -> pl.DataFrame:
    """Priorities in force, each with its bit."""
    begun, lasting = (pl.col("since") <= scene.as_of).fill_null(True), (pl.col("until") >= scene.as_of).fill_null(True)
    return scene.table("priorities").filter(begun, lasting).sort("priority").with_row_index("bit")


def _free(rules: pl.DataFrame, named: str, word: int) -> int:
    """Bits of the priorities that ask nothing under this name; of all, under none."""
    part = rules.slice(word * _WORD, _WORD)
    open_ = part[_NAMED[named]].is_null() if named else pl.repeat(True, part.height, eager=True)
    return sum(1 << i for i, free in enumerate(open_) if free)


def _met(side: pl.DataFrame, rules: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """By row: bits of the priorities whose direction, region or track a listing has, and whether it has any."""
    rows = side.with_row_index("row")
    roofs_of = scene.once(above).select("region", roof="above")
    columns = [rows.select("bottleneck")]
    for named, column in _NAMED.items():
        codes = rows.select("row", pl.col(named).alias("code")).explode("code", empty_as_null=True).drop_nulls()
        if column == "region":
            roofs = codes.join(roofs_of, left_on="code", right_on="region").select("row", code="roof")
            codes = pl.concat([codes, roofs])
        hits = codes.join(rules.select("bit", code=column).drop_nulls(), on="code").unique(["row", "bit"])
        bits = hits.with_columns(word=pl.col("bit") // _WORD, value=pl.lit(2, pl.Int64).pow(pl.col("bit") % _WORD))
        columns.append(rows.select((pl.col(named).list.drop_nulls().list.len() > 0).fill_null(False)))
        for word in range((rules.height + _WORD - 1) // _WORD):
            sums = bits.filter(pl.col("word") == word).group_by("row").agg(bits=pl.col("value").sum())
            found = rows.select("row").join(sums, on="row", how="left", maintain_order="left")["bits"]
            columns.append(found.fill_null(0).cast(pl.Int64).to_frame(f"{named}_{word}"))
    return pl.concat(columns, how="horizontal")


def _weighed(pairs: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """Pairs with weight and reason, each combination of priorities and bottleneck weighed once."""
    masks = [c for c in pairs.columns if c.startswith("mask_")]
    keys = [*masks, "priority_bottleneck", "told"]
    once = pairs.select(keys).unique()
    rows = [_weight(row, masks, rules) for row in once.iter_rows(named=True)]
    judged = pl.concat([once, pl.DataFrame(rows, schema={"priority": pl.Float64, **_SAID})], how="horizontal")
    return pairs.join(judged, on=keys, how="left", maintain_order="left", nulls_equal=True)


_SAID = {name: kind for name, kind in _FACTS.items() if name != "priority_bottleneck"}


def _weight(row: Mapping[str, object], masks: list[str], rules: pl.DataFrame) -> dict[str, object]:
    met = [rule for rule in rules.iter_rows(named=True) if _has(row, masks, rule["bit"])]
    if not met and not row["told"]:
        return {}
    weight = prod(
        [rule["weight"] for rule in met], start=ours("priority")["bottleneck"] if row["priority_bottleneck"] else 1.0
    )
    heaviest = max(met, key=lambda rule: (abs(rule["weight"] - 1.0), -rule["bit"]), default={})
    said = {f"priority_{column}": heaviest.get(column) for column in _NAMED.values()}
    return {"priority": weight / (1.0 + weight), "priority_weight": weight, **said}


def _has(row: Mapping[str, object], masks: list[str], bit: int) -> bool:
    mask = row[masks[bit // _WORD]]
    return isinstance(mask, int) and bool(mask >> (bit % _WORD) & 1)


def _why(row: Row, names: Vocabularies) -> Why:
    if row["priority"] is None:
        return Why("match_signals.priority-unknown")
    stated = [c for c in _NAMED.values() if row[f"priority_{c}"] is not None]
    codes = [label(names, c, row[f"priority_{c}"]) for c in stated]
    parts = (Why("match_signals.priority-bottleneck"),) if row["priority_bottleneck"] else ()
    if codes:
        return Why("match_signals.priority", {"what": codes, "weight": row["priority_weight"]}, parts)
    return Why("match_signals.priority-none", {"weight": row["priority_weight"]}, parts)


PRIORITY = by_kind("priority", _FACTS, _codes, _judged, _why)
