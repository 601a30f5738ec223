"""The named groups somebody is counted in: kind, tier, size, region, direction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from tongtu.brief.audience.counting import ALL, labelled
from tongtu.registry import Registry, Vocabularies, noun, vocabularies
from tongtu.rules.intakes import Places
from tongtu.terms.why import Label

#: way to look → columns it may stand in, the first the noun has
_COLUMNS = {
    "kind": ("kind",), "tier": ("tier",), "builder": ("builder",), "region": ("region",),
    "direction": ("directions", "direction"),
}  # fmt: skip
#: Persons employed, as statistics of enterprises are commonly published (OECD, Eurostat); named by their numbers,
#: since what counts as small in law differs from place to place.
SIZES = ((1, "1-9"), (10, "10-49"), (50, "50-249"), (250, "250+"))
_LONG = {"group_by": pl.String(), "group": pl.String()}


def members(registry: Registry, subject: str, as_of: date, yearly: str = "") -> pl.DataFrame:
    """KEY, group_by, group: every group each subject is in; what is not recorded puts nobody into a group.

    Regions are taken as the widest they lie in. The size is that of the last year with a number of employees that
    had ended by the day.
    """
    key = noun(subject).key[0]
    blocks = [pl.DataFrame(schema={key: pl.String(), **_LONG}), *_blocks(registry, subject, key)]
    if "employees" in (noun(yearly).schema() if yearly else ()):
        blocks.append(_sizes(registry[yearly], key, as_of))
    return pl.concat(blocks).unique().sort(key, "group_by", "group")


def _blocks(registry: Registry, subject: str, key: str) -> Iterator[pl.DataFrame]:
    frame = registry[subject]
    yield frame.select(key, pl.lit(ALL).alias("group_by"), pl.lit("").alias("group"))
    for group_by, names in _COLUMNS.items():
        column = next((c for c in names if c in frame.columns), None)
        if column is None:
            continue
        long = frame.select(key, pl.lit(group_by).alias("group_by"), pl.col(column).alias("group"))
        long = long.explode("group") if isinstance(frame.schema[column], pl.List) else long
        long = long.filter(pl.col("group").is_not_null())
        yield long.with_columns(widest(registry, long["group"])) if group_by == "region" else long


def widest(registry: Registry, regions: pl.Series) -> pl.Series:
    """Each region's widest: of a city its province."""
    places = Places.of(registry)
    known = {region: places.chain(region)[-1] for region in regions.unique().to_list() if region}
    return regions.replace_strict(known, default=None, return_dtype=pl.String) if known else regions


def _sizes(years: pl.DataFrame, key: str, as_of: date) -> pl.DataFrame:
    known = years.filter(pl.col("employees") > 0, pl.col("year") < as_of.year)
    last = known.sort("year", "recorded_at", nulls_last=False).unique(key, keep="last", maintain_order=True)
    size = pl.lit(None, pl.String)
    for least, code in SIZES:
        size = pl.when(pl.col("employees") >= least).then(pl.lit(code)).otherwise(size)
    return last.select(key, pl.lit("size").alias("group_by"), size.alias("group"))


def labels(registry: Registry, subject: str, codes: Vocabularies | None) -> dict[tuple[str, str], Label]:
    """(group_by, group) → name; groups without one are called by their code."""
    known = {**vocabularies(), **(codes or {})}
    found = {(ALL, ""): labelled("everybody")}
    found |= {("size", code): labelled(f"size-{code.rstrip('+')}") for _, code in SIZES}
    for group_by, names in _COLUMNS.items():
        column = next((c for c in noun(subject).columns if c.name in names), None)
        entries = known.get(column.of, {}) if column is not None else {}
        found |= {(group_by, code): label for code, label in entries.items()}
    for group_by, name in (("region", "regions"), ("direction", "directions")):
        rows = registry[name].select(name.removesuffix("s"), "name", "name_en").iter_rows()
        found |= {(group_by, code): Label(zh, en or "") for code, zh, en in rows}
    return found
