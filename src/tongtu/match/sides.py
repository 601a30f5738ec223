"""Sides of the market: any noun that can be the question or the answer, as one frame of listings.

Needs, achievements, scenarios, people, teams, platforms, service providers, firms, funds and calls are told
apart by `KINDS`, a table; beyond it every part of this room sees listings alone. A column a noun does not
have is null in its listings, and null is unknown: it neither helps nor harms.

What a viewer may see is settled here, before anything is counted: columns above its disclosure class are
null, so texts, statistics and vectors are trained on nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

_TEXTS = ("title", "title_en", "text", "text_en")
_LISTS = ("keywords", "directions", "focus", "regions", "ipc")
_LEVELS = ("trl", "trl_min", "trl_target")

#: a listing; `row` numbers the listings of a side from 0 in the order of their ids
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.Int64,
    "id": pl.String,
    "organisation": pl.String,
    **dict.fromkeys(_TEXTS, pl.String),
    **dict.fromkeys(_LISTS, pl.List(pl.String)),
    **dict.fromkeys(_LEVELS, pl.Int64),
    "posted": pl.Date,
    "closes": pl.Date,
    "state": pl.String,
    "urgency": pl.String,
    "capacity": pl.Int64,
    "bottleneck": pl.Boolean,
    "kind": pl.String,
    "scheme": pl.String,
}
_SINGLE = {"directions": "direction", "regions": "region"}  # a noun may have one where a listing has a list

#: disclosure classes, the most open first; a viewer of one sees it and those before
CLASSES = ("public", "teaser", "restricted", "commercial", "core")


@dataclass(frozen=True, slots=True)
class Kind:
    """One noun as a side.

    `demands`: its indicators ask for something, those of other kinds claim something. `trades`: a deal is made
    between the owners of the two, so nobody meets itself, its group or a party to a conflict. `columns`:
    listing column → the noun's, where they are not called alike. `items`: kinds whose listings speak for this
    one, by the column that names it; its profile is the mean of its best three.
    """

    noun: str
    key: str
    demands: bool = False
    trades: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)


_NAMED = {"title": "name", "title_en": "name_en"}

KINDS: Mapping[str, Kind] = {
    "need": Kind("needs", "need", demands=True, trades=True, columns={"closes": "deadline"}),
    "achievement": Kind("achievements", "achievement", trades=True),
    "scenario": Kind("scenarios", "scenario", demands=True, columns={"posted": "open_from", "closes": "open_to"}),
    "person": Kind("people", "person", trades=True, columns={**_NAMED, "text": "expertise"}),
    "team": Kind("teams", "team", trades=True, columns={**_NAMED, "text": "capability"}, items={"achievement": "team"}),
    "platform": Kind(
        "platforms", "platform", items={"service": "platform"},
        columns={**_NAMED, "text": "capability", "text_en": "capability_en"},
    ),
    "service": Kind("services", "service", columns={**_NAMED, "text": "qualification"}),
    "provider": Kind(
        "providers", "provider", items={"provider_service": "provider"}, columns={"text": "qualification"}
    ),
    "provider_service": Kind("provider_services", "provider_service", columns=_NAMED),
    "organisation": Kind(
        "organisations", "organisation", trades=True, columns={**_NAMED, "text": "profile"},
        items={"achievement": "organisation", "project": "organisation"},
    ),
    "project": Kind("projects", "project", columns={"text": "summary", "organisation": "lead", "posted": "start"}),
    "fund": Kind("funds", "fund", columns=_NAMED),
    "call": Kind("calls", "call", demands=True, columns={"text": "conditions", "posted": "opens"}),
}  # fmt: skip


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises UsageFault, naming those there are."""
    found = KINDS.get(name)
    if found is None:
        raise UsageFault.because("match.no-kind", "match.no-kind-repair", kind=name, kinds=list(KINDS))
    return found


def listings(registry: Registry, kind: str, see: str = "core") -> pl.DataFrame:
    """Every listing of a kind as a viewer of class `see` may know it: frame of `SCHEMA`, in the order of ids.

    Raises UsageFault for a kind or a class that does not exist.
    """
    made = kind_of(kind)
    frame = registry[made.noun].sort(made.key)
    hidden = _hidden(made.noun, see)
    columns = [pl.col(made.key).alias("id"), pl.lit(kind).alias("kind")]
    columns += [_column(frame, made, name, hidden) for name in SCHEMA if name not in ("row", "id", "kind")]
    return numbered(frame.select(columns))


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Listings with rows from 0 in their order, in the columns and types of `SCHEMA`."""
    rows = pl.Series("row", range(frame.height), pl.Int64)
    return frame.select(rows, *(pl.col(n).cast(t) for n, t in SCHEMA.items() if n != "row"))


def owners(registry: Registry, kind: str) -> pl.DataFrame:
    """item_kind, item, owner: the listings that speak for each listing of `kind`."""
    found = [pl.DataFrame(schema={"item_kind": pl.String, "item": pl.String, "owner": pl.String})]
    for item_kind, column in kind_of(kind).items.items():
        item = KINDS[item_kind]
        rows = registry[item.noun].select(item=item.key, owner=item.columns.get(column, column))
        found.append(rows.drop_nulls().select(pl.lit(item_kind).alias("item_kind"), "item", "owner"))
    return pl.concat(found)


def is_open(as_of: date) -> pl.Expr:
    """Whether a listing asks or answers at a date: published (as one without a state is), posted, not past."""
    return published(as_of) & ~(pl.col("closes") < as_of).fill_null(False)


def published(as_of: date) -> pl.Expr:
    """Published and posted, whether or not its time is up."""
    state = pl.col("state").fill_null("published") == "published"
    return state & ~(pl.col("posted") > as_of).fill_null(False)


def why_closed(row: Mapping[str, object], as_of: date) -> Why:
    """Why a listing that is not open is not."""
    posted = row["posted"]
    if row["state"] not in (None, "published"):
        return Why("match.need-state", {"state": row["state"]})
    if isinstance(posted, date) and posted > as_of:
        return Why("match.need-not-posted", {"posted": posted})
    return Why("match.need-past", {"deadline": row["closes"]})


def _column(frame: pl.DataFrame, kind: Kind, name: str, hidden: frozenset[str]) -> pl.Expr:
    """A listing's column from the noun's; null where the noun has none or the viewer may not see it."""
    source = kind.columns.get(name, name)
    single = _SINGLE.get(name, "")
    if source not in frame.columns and single in frame.columns:
        source = single
    if source not in frame.columns or source in hidden:
        return pl.lit(None, SCHEMA[name]).alias(name)
    if name in _LISTS and frame.schema[source] == pl.String:
        return pl.when(pl.col(source).is_not_null()).then(pl.concat_list(source)).alias(name)
    return pl.col(source).alias(name)


@cache
def _hidden(name: str, see: str) -> frozenset[str]:
    """Columns of a noun above a viewer's class."""
    if see not in CLASSES:
        raise UsageFault.because("match.no-class", "match.no-class-repair", see=see, classes=list(CLASSES))
    visible = CLASSES[: CLASSES.index(see) + 1]
    return frozenset(c.name for c in noun(name).columns if c.disclosure not in visible)
