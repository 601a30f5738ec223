"""Who in a registry works in what a document touches, counted; and which funding calls are open to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from tongtu.brief.audience import acting, counting
from tongtu.brief.audience.counting import ALL, FLOOR, GROUPS, labelled
from tongtu.registry import Registry, noun
from tongtu.rules.intakes import Places
from tongtu.terms.why import Label, Why

#: noun → columns by which its rows belong to a direction, a focus entry, a region
_BELONGS = {
    "organisations": {"direction": "directions", "region": "region"},
    "needs": {"direction": "direction", "focus": "focus", "region": "region"},
    "achievements": {"direction": "direction", "focus": "focus", "region": "region"},
    "platforms": {"direction": "directions", "focus": "main_focus", "region": "region"},
    "scenarios": {"direction": "direction", "region": "region"},
    "cases": {"direction": "direction"},
    "calls": {"direction": "directions", "region": "regions"},
}
_LISTED = ("published",)  # states of what is offered or wanted that others may see
_ALIVE = ("open", "held", "recycled")  # states of a case still going on
_CELL = ("noun", "group_by", "group")


def working(touched: pl.DataFrame, registry: Registry, as_of: date, *, floor: int = FLOOR) -> pl.DataFrame:
    """Rows of the registry that belong to what is touched, counted; columns GROUPS with `effect` works.

    Organisations, needs, achievements, platforms, scenarios, cases going on and calls open on the day; of what is
    listed, what is published or has no state. By direction, focus entry and region, and `all`: in any of the
    directions and focus entries touched, else in the regions. `ids` are for a face that checks who may see them; `of`
    counts all such rows of the registry. Only entries in force on the day count.
    """
    asked = touched.filter(pl.col("in_force"), pl.col("kind").is_in(["direction", "focus", "region"]))
    names = {(k, c): Label(zh, en) for k, c, zh, en in asked.select("kind", "code", "label_zh", "label_en").iter_rows()}
    blocks = [_long(subject, registry, as_of, asked) for subject in _BELONGS]
    rows = pl.concat([pl.DataFrame(schema=_ROWS), *blocks]).unique()
    counts = rows.group_by(_CELL).agg(pl.len().cast(pl.Int64).alias("subjects"), pl.col("id").sort().alias("ids"))
    total = pl.DataFrame({"noun": list(_BELONGS), "of": [_active(n, registry, as_of).height for n in _BELONGS]},
                         schema={"noun": pl.String, "of": pl.Int64})  # fmt: skip
    fixed = {"scheme": None, "tier": None, "effect": "works", "transition": "works", "before": None, "after": None}
    table = counts.join(total, on="noun", how="left").with_columns(
        pl.lit(value, pl.String).alias(name) for name, value in fixed.items()
    )
    told = [_told(row, names, floor) for row in counting.protected(table.sort(_CELL), floor).to_dicts()]
    return counting.ordered(pl.DataFrame(told, schema=GROUPS))


_ROWS = {"noun": pl.String(), "id": pl.String(), "group_by": pl.String(), "group": pl.String()}


def _told(row: dict[str, Any], names: dict[tuple[str, str], Label], floor: int) -> dict[str, Any]:
    label = names.get((row["group_by"], row["group"])) or labelled("all-touched")
    count = counting.told(row["subjects"], row["few"], row["noun"], floor)
    whole = row["of"] is not None
    parts = (
        (Why("brief_audience.among", {"count": counting.told(row["of"], False, row["noun"], floor)}),) if whole else ()
    )
    why = Why("brief_audience.group-works", {"group": label, "count": count}, parts)
    told = {"label_zh": label.zh, "label_en": label.en, "criteria": [], "why": why.to_json()}
    return {name: row.get(name) for name in GROUPS} | told


def _active(subject: str, registry: Registry, as_of: date) -> pl.DataFrame:
    """Rows that are going on: published, open on the day."""
    frame = registry[subject]
    if subject == "cases":
        return frame.filter(pl.col("state").is_in(_ALIVE))
    if subject == "calls":
        begun = pl.col("opens").is_null() | (pl.col("opens") <= as_of)
        return frame.filter(begun, pl.col("closes").is_null() | (pl.col("closes") >= as_of))
    if "state" in frame.columns:
        return frame.filter(pl.col("state").is_null() | pl.col("state").is_in(_LISTED))
    return frame


def _long(subject: str, registry: Registry, as_of: date, asked: pl.DataFrame) -> pl.DataFrame:
    """noun, id, group_by, group: each active row under every touched entry it belongs to, and once under `all`."""
    frame, key = _active(subject, registry, as_of), noun(subject).key[0]
    if subject == "cases":
        frame = _with_direction(frame, registry)
    found = [pl.DataFrame(schema=_ROWS), *_blocks(subject, frame, key, registry, asked)]
    rows = pl.concat(found)
    fields = rows.filter(pl.col("group_by") != "region")
    whole = fields if asked["kind"].is_in(["direction", "focus"]).any() else rows
    return pl.concat([rows, whole.with_columns(pl.lit(ALL).alias("group_by"), pl.lit("").alias("group"))])


def _blocks(
    subject: str, frame: pl.DataFrame, key: str, registry: Registry, asked: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    for group_by, column in _BELONGS[subject].items():
        codes = asked.filter(pl.col("kind") == group_by)["code"].to_list()
        long = frame.select(pl.lit(subject).alias("noun"), pl.col(key).alias("id"), pl.lit(group_by).alias("group_by"),
                            pl.col(column).alias("group"))  # fmt: skip
        long = long.explode("group") if isinstance(long.schema["group"], pl.List) else long
        if group_by == "region":
            long = _in_regions(long, codes, registry)
        yield long.filter(pl.col("group").is_in(codes))


def _in_regions(long: pl.DataFrame, codes: list[str], registry: Registry) -> pl.DataFrame:
    """A row in a city is in its province too."""
    places = Places.of(registry)
    regions = long["group"].drop_nulls().unique().to_list()
    inside = [(region, code) for region in regions for code in places.chain(region) if code in codes]
    pairs = pl.DataFrame(inside, schema={"group": pl.String, "wide": pl.String}, orient="row")
    return long.join(pairs, on="group").select("noun", "id", "group_by", pl.col("wide").alias("group"))


def _with_direction(cases: pl.DataFrame, registry: Registry) -> pl.DataFrame:
    """A case without a direction of its own has that of its need, or else of its achievement."""
    for column, table in (("need", "needs"), ("achievement", "achievements")):
        other = registry[table].select(pl.col(column), pl.col("direction").alias("theirs"))
        cases = cases.join(other, on=column, how="left", maintain_order="left")
        cases = cases.with_columns(pl.coalesce("direction", "theirs").alias("direction")).drop("theirs")
    return cases


def chances(touched: pl.DataFrame, registry: Registry, as_of: date) -> pl.DataFrame:
    """Calls open on the day in a direction that is touched, as ACTIONS: the first to close in front."""
    directions = touched.filter(pl.col("in_force"), pl.col("kind") == "direction")
    names = {code: Label(zh, en) for code, zh, en in directions.select("code", "label_zh", "label_en").iter_rows()}
    return acting.actions(_chances(names, _active("calls", registry, as_of)))


def _chances(names: dict[str, Label], calls: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for call in calls.to_dicts():
        shared = tuple(names[code] for code in call["directions"] or () if code in names)
        if not shared:
            continue
        label, by = Label(call["title"], call["title_en"] or ""), call["closes"]
        action = Why("brief_audience.do-call", {"name": label, "on": by}) if by else Why(
            "brief_audience.do-call-open", {"name": label}
        )  # fmt: skip
        yield {
            "scheme": call["scheme"], "effect": "works", "kind": "apply", "action": action.to_json(), "small": False,
            "who": Why("brief_audience.who-works", {"name": shared}).to_json(), "by": by,
            "why": Why("brief_audience.call-of", {"issuer": call["issuer"]}).to_json(),
        }  # fmt: skip
