"""How long after its publication a report reached the readers as a brief."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from tongtu.brief.model import Brief
from tongtu.terms.why import Why

DELAY: dict[str, Any] = {
    "brief": pl.String, "document": pl.String, "outlet": pl.String, "role": pl.String, "published": pl.Date,
    "made": pl.Date, "days": pl.Int64, "why": pl.String,
}  # fmt: skip
DELAYS: dict[str, Any] = {
    "outlet": pl.String, "briefs": pl.Int64, "known": pl.Int64, "median": pl.Float64, "worst": pl.Int64,
    "why": pl.String,
}  # fmt: skip


def delay(brief: Brief, made: date) -> pl.DataFrame:
    """Days from publication to the brief, one row for each report and a last one (document null) for the event.

    Columns: brief, document, outlet, role, published, made, days (null where the report names no day, or one after
    the brief was made), why. The event counts from the first day on which any report is known to have been published.
    """
    roles = dict(brief.sources.select("document", "role").iter_rows()) if brief.sources.height else {}
    rows = [
        _row(brief.id, one.id, one.outlet or None, roles.get(one.id), one.published, made)
        for one in brief.documents
        if roles.get(one.id) != "earlier"
    ]
    days = [row["published"] for row in rows if row["published"] is not None and row["published"] <= made]
    rows.append(_row(brief.id, None, None, None, min(days, default=None), made))
    return pl.DataFrame(rows, schema=DELAY)


def delays(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Delays of many briefs by outlet, the slowest first, after one row (outlet null) for the events.

    Columns: outlet, briefs, known (how many have a known delay), median and worst in days (null where none is known),
    why. `tables` are those of `delay`.
    """
    whole = pl.concat([table.select(list(DELAY)) for table in tables]) if tables else pl.DataFrame(schema=DELAY)
    events = whole.filter(pl.col("document").is_null())
    named = whole.filter(pl.col("document").is_not_null() & pl.col("outlet").is_not_null())
    found = [_summed(None, events)] if events.height else []
    groups = [_summed(str(outlet), group) for (outlet,), group in named.group_by("outlet")]
    found += sorted(groups, key=lambda row: (row["median"] is None, -(row["median"] or 0.0), row["outlet"]))
    return pl.DataFrame(found, schema=DELAYS)


def _row(
    brief: str, document: str | None, outlet: str | None, role: str | None, published: date | None, made: date
) -> dict[str, Any]:
    days = (made - published).days if published is not None else None
    if days is None:
        why = Why("brief_watch.delay-unknown")
    elif days < 0:
        days, why = None, Why("brief_watch.delay-ahead", {"published": published, "made": made})
    else:
        why = Why("brief_watch.delay", {"days": days, "published": published, "made": made})
    return {
        "brief": brief, "document": document, "outlet": outlet, "role": role, "published": published, "made": made,
        "days": days, "why": why.to_json(),
    }  # fmt: skip


def _summed(outlet: str | None, group: pl.DataFrame) -> dict[str, Any]:
    known = group["days"].drop_nulls()
    median, worst = known.median(), known.max()
    args = {"known": len(known), "briefs": group.height}
    return {
        "outlet": outlet, "briefs": group.height, "known": len(known), "median": median, "worst": worst,
        "why": Why("brief_watch.delays", args).to_json(),
    }  # fmt: skip
