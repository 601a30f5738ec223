"""Region: the same, one in the other, neighbours under one roof, or apart.

Distances on the ground are not known, so what counts is the tree of regions. A listing with several regions
is as near as its nearest.
"""

from __future__ import annotations

import polars as pl

from tongtu.match.signals.pairs import listed
from tongtu.match.signals.places import above, everywhere
from tongtu.match.signals.signal import Row, Scene, by_kind, label, ours
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Why

#: how two regions lie, which of each listing's they are, and the region they share
_FACTS = dict.fromkeys(("region_relation", "region_asked", "region_offered", "region_shared"), pl.String)
_RELATIONS = ("same", "inside", "shared", "apart")


def _read(listings: pl.DataFrame) -> pl.DataFrame:
    return listed(listings, regions=pl.List(pl.String))


def _nearest(once: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """pair, region, facts: of the regions of both the two nearest, by code where several are."""
    both = once.drop_nulls().explode("regions", empty_as_null=False).explode("regions_a", empty_as_null=False)
    near = _relations(both.select(c="regions", d="regions_a").unique(), scene.once(above))
    found = both.join(near, left_on=["regions", "regions_a"], right_on=["c", "d"], how="left")
    found = found.sort("pair", "rank", "regions", "regions_a").unique("pair", keep="first", maintain_order=True)
    values = {i: ours("region")[name] for i, name in enumerate(_RELATIONS)}
    return found.select(
        "pair",
        region=pl.col("rank").replace_strict(values, return_dtype=pl.Float64),
        region_relation=pl.col("rank").replace_strict(dict(enumerate(_RELATIONS)), return_dtype=pl.String),
        region_asked="regions",
        region_offered="regions_a",
        region_shared="shared",
    )


def _relations(pairs: pl.DataFrame, above: pl.DataFrame) -> pl.DataFrame:
    """c, d, rank (place in `_RELATIONS`), shared: the nearest region that holds both."""
    over_c = above.select(c="region", roof="above", up="steps")
    over_d = above.select(d="region", roof="above", up_d="steps")
    met = pairs.join(over_c, on="c").join(over_d, on=["d", "roof"])
    high = pl.min_horizontal("up", "up_d") > 0
    met = met.filter(~(high & pl.col("roof").is_in(everywhere(above))))
    rank = pl.when(pl.max_horizontal("up", "up_d") == 0).then(0).when(~high).then(1).otherwise(2)
    met = met.with_columns(rank=rank).sort("c", "d", pl.col("up") + pl.col("up_d"), "roof")
    met = met.unique(["c", "d"], keep="first", maintain_order=True).select("c", "d", "rank", shared="roof")
    found = pairs.join(met, on=["c", "d"], how="left")
    same = pl.col("c") == pl.col("d")  # a code no table knows is still itself
    return found.with_columns(rank=pl.when(same).then(0).otherwise(pl.col("rank").fill_null(3)))


def _why(row: Row, names: Vocabularies) -> Why:
    if row["region"] is None:
        return Why("match_signals.region-unknown")
    asked, offered, shared = (label(names, "region", row[f"region_{c}"] or "") for c in ("asked", "offered", "shared"))
    match row["region_relation"]:
        case "same":
            return Why("match_signals.region-same", {"region": offered})
        case "inside":
            inner, outer = (asked, offered) if row["region_shared"] == row["region_offered"] else (offered, asked)
            return Why("match_signals.region-inside", {"inner": inner, "outer": outer})
        case "shared":
            return Why("match_signals.region-shared", {"asked": asked, "offered": offered, "shared": shared})
    return Why("match_signals.region-apart", {"asked": asked, "offered": offered})


REGION = by_kind("region", _FACTS, _read, _nearest, _why)
