"""The columns of every frame this room returns; plain types, so that each may become a table of a plan."""

from __future__ import annotations

import polars as pl

Schema = dict[str, pl.DataType | type[pl.DataType]]
_NAMES = pl.List(pl.String)

#: one common demand. `points` (of 100, priorities on top) is the sum of the points in `why`; `size` counts needs;
#: `voices` owner groups, null where it may not be told; who they are is null below the class that may know.
DEMANDS: Schema = {
    "demand": pl.String, "rank": pl.Int64, "points": pl.Float64, "label": pl.String, "label_en": pl.String,
    "centre": pl.String, "needs": _NAMES, "size": pl.Int64, "voices": pl.Int64, "organisations": _NAMES,
    "owner_groups": _NAMES, "urgency_high": pl.Int64, "urgency_medium": pl.Int64, "urgency_low": pl.Int64,
    "urgency_unknown": pl.Int64, "concepts": _NAMES, "directions": _NAMES, "regions": _NAMES,
    "first_deadline": pl.Date, "last_deadline": pl.Date, "undated": pl.Int64, "trl_target": pl.Int64, "why": pl.String,
}  # fmt: skip

#: each need stands in exactly one demand; `fit`: mean likeness to the demand's other needs, null where it is alone
MEMBERS: Schema = {
    "demand": pl.String, "need": pl.String, "organisation": pl.String, "owner_group": pl.String, "fit": pl.Float64,
}  # fmt: skip

#: what a demand is willing to pay, minor units of one currency: each owner group's largest budget (`low`) up to all
#: budgets added (`high`, null where some need states none). `known`, `unknown`: needs. All null, with a reason,
#: where it may not be told.
BUDGETS: Schema = {
    "demand": pl.String, "currency": pl.String, "low": pl.Int64, "high": pl.Int64, "known": pl.Int64,
    "unknown": pl.Int64, "why": pl.String,
}  # fmt: skip

#: one quantity under one condition: what satisfies every need that states it (`tight_…`), what satisfies at least
#: one (`loose_…`), in one unit; null is unbounded or unknown. `contradicts`: nothing satisfies all of them.
INDICATORS: Schema = {
    "demand": pl.String, "key": pl.String, "quantity": pl.String, "quantity_en": pl.String, "unit": pl.String,
    "conditions": pl.String, "needs": pl.Int64, "valued": pl.Int64, "must": pl.Int64, "tight_low": pl.Float64,
    "tight_high": pl.Float64, "loose_low": pl.Float64, "loose_high": pl.Float64, "contradicts": pl.Boolean,
    "why": pl.String,
}  # fmt: skip

#: a demand nobody can meet, as a proposed call (揭榜) or research topic
TOPICS: Schema = {
    "topic": pl.String, "demand": pl.String, "kind": pl.String, "track": pl.String, "title": pl.String,
    "title_en": pl.String, "cause": pl.String, "points": pl.Float64, "needs": _NAMES, "voices": pl.Int64,
    "concepts": _NAMES, "directions": _NAMES, "nearest": pl.String, "nearest_score": pl.Float64,
    "nearest_trl": pl.Int64, "trl_target": pl.Int64, "why": pl.String,
}  # fmt: skip

#: what a topic must reach, and how far the best claim anywhere falls short (`shortfall` in `unit`, `share` of the
#: bound)
REACH: Schema = {
    "topic": pl.String, "key": pl.String, "quantity": pl.String, "quantity_en": pl.String, "unit": pl.String,
    "conditions": pl.String, "low": pl.Float64, "high": pl.Float64, "best": pl.Float64, "achievement": pl.String,
    "shortfall": pl.Float64, "share": pl.Float64, "why": pl.String,
}  # fmt: skip

#: an achievement nobody asks for, its nearest demand and what separates them; `likeness` is null where no open
#: demand shares a word with it. `trl_short`: levels missing.
UNASKED: Schema = {
    "achievement": pl.String, "demand": pl.String, "need": pl.String, "likeness": pl.Float64, "shared": _NAMES,
    "missing": _NAMES, "indicators_short": pl.Int64, "trl_short": pl.Int64, "refused": pl.Boolean, "why": pl.String,
}  # fmt: skip

#: a proposal of joint development as one owner reads it. `own`, `others`: listings; `partners`: who the others
#: are, null until this reader may know or all have said they are interested. `adds`: quantities and concepts
#: the others bring.
JOINT: Schema = {
    "joint": pl.String, "addressee": pl.String, "rank": pl.Int64, "points": pl.Float64, "own": _NAMES,
    "others": _NAMES, "titles": _NAMES, "partners": _NAMES, "concepts": _NAMES, "adds": _NAMES,
    "trl_low": pl.Int64, "trl_high": pl.Int64, "regions": _NAMES, "mutual": pl.Boolean, "why": pl.String,
}  # fmt: skip

#: an item whose supply is thin; `shares` are of the latest year with figures, null where unknown
GAPS: Schema = {
    "item": pl.String, "cause": pl.String, "rank": pl.Int64, "suppliers": pl.Int64, "jurisdictions": pl.Int64,
    "largest": pl.Float64, "home": pl.Float64, "goes_into": _NAMES, "bottleneck": pl.Boolean, "why": pl.String,
}  # fmt: skip

#: a firm that may fill a gap; `relation` is null, "self", "group" or "supplier"; `titles` are those in force
SUPPLIERS: Schema = {
    "question": pl.String, "organisation": pl.String, "rank": pl.Int64, "score": pl.Float64, "name": pl.String,
    "name_en": pl.String, "owner_group": pl.String, "relation": pl.String, "titles": _NAMES,
    "segment_share": pl.Float64, "segment_years": pl.Float64, "achievements": pl.Int64, "services": pl.Int64,
    "best_trl": pl.Int64, "region": pl.String, "why": pl.String,
}  # fmt: skip


def made(rows: list[dict[str, object]], schema: Schema) -> pl.DataFrame:
    """A frame of these rows; a column a row does not name is null."""
    columns = {name: pl.Series(name, [row.get(name) for row in rows], dtype=kind) for name, kind in schema.items()}
    return pl.DataFrame(columns)
