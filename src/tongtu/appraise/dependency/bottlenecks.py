"""The bottleneck list of a day: what lists said and when, how critical the graph finds it, and who is at work on it.

A list is a snapshot: what it says is dated and is never shown as today's state unless it was recorded today. Rows of
several lists about one item (or, without an item, of one name) are its history. An entry is linked to needs and
achievements by item, else by its name standing in their title, keywords or text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Registry, vocabularies
from tongtu.terms.why import Label, Why
from tongtu.text.normalise import canonical, phrase

Row = dict[str, Any]
#: what a criticality frame says of an item (see `autonomy.criticality`)
_RANKED = ("autonomy", "criticality", "rank", "rank_low", "rank_high")
_ENTRIES: Mapping[str, Any] = {
    "bottleneck": pl.String, "list": pl.String, "name": pl.String, "name_en": pl.String, "item": pl.String,
    "direction": pl.String, "status": pl.String, "on": pl.Date, "first": pl.Date, "days_old": pl.Int64,
    "history": pl.List(pl.Struct({"list": pl.String, "on": pl.Date, "status": pl.String, "bottleneck": pl.String})),
    "autonomy": pl.Float64, "criticality": pl.Float64, "rank": pl.Int64, "rank_low": pl.Int64,
    "rank_high": pl.Int64, "needs": pl.List(pl.String), "achievements": pl.List(pl.String),
    "cases": pl.List(pl.String), "by": pl.String, "stand": pl.String, "source": pl.String, "grade": pl.String,
    "why": pl.String,
}  # fmt: skip
#: the register's own mark on an item, where no list names it
OWN_LIST = "items"
_LEAST = 2


def bottlenecks(
    registry: Registry, *, as_of: date, listed: pl.DataFrame | None = None, critical: pl.DataFrame | None = None
) -> pl.DataFrame:
    """A row per bottleneck: the ranked ones first (by rank), then the others by list and id.

    listed: the noun (default: the registry's table); rows dated later than `as_of` do not exist yet. Items that carry
    `bottleneck_since` and stand on no list are entries of the list `items`. critical: item, autonomy, criticality,
    rank, rank_low, rank_high; entries without an item of the graph have no rank, for the graph knows nothing of them.

    status and on are the latest that any list said; first is the first day it stood on one; days_old how old the
    latest word is. by: item, text or null; stand: solved (the latest word), case, both, need, achievement, nobody, or
    unseen where the registry holds neither needs nor achievements.
    """
    listed = registry["bottlenecks"] if listed is None else listed
    rows = pl.concat([listed.filter(pl.col("on") <= as_of), _marked(registry, listed, as_of)], how="diagonal_relaxed")
    if rows.is_empty():
        return pl.DataFrame(schema=_ENTRIES)
    ranks = {} if critical is None else {
        row["item"]: {name: row[name] for name in _RANKED} for row in critical.select("item", *_RANKED).to_dicts()
    }  # fmt: skip
    market = _Market(registry)
    found = [_entry(history, as_of, ranks, market) for history in _histories(rows)]
    return pl.DataFrame(found, schema=_ENTRIES).sort("rank", "list", "bottleneck", nulls_last=True)


def _marked(registry: Registry, listed: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Items that the register itself marks, as entries."""
    marked = registry["items"].filter(pl.col("bottleneck_since") <= as_of)
    marked = marked.join(listed.drop_nulls("item").select("item").unique(), on="item", how="anti")
    return marked.select(
        bottleneck=pl.lit("item:") + pl.col("item"), list=pl.lit(OWN_LIST), item="item", name="name",
        name_en="name_en", direction="direction", status=pl.lit("open"), on="bottleneck_since",
        source=pl.lit("items.bottleneck_since"), grade=pl.lit("C"),
    )  # fmt: skip


def _histories(rows: pl.DataFrame) -> list[list[Row]]:
    """Rows about one thing, each list of rows by day: the latest speaks."""
    groups: dict[str, list[Row]] = {}
    for row in rows.sort("on", "list", "bottleneck").iter_rows(named=True):
        about = f"i {row['item']}" if row["item"] else f"n {canonical(row['name'])}"
        groups.setdefault(about, []).append(row)
    return [groups[about] for about in sorted(groups)]


class _Market:
    """Needs, achievements and open cases, and which of them speak of a thing."""

    def __init__(self, registry: Registry) -> None:
        self.seen = "needs" in registry or "achievements" in registry
        self.by_item: dict[str, list[str]] = {}
        for need, item in registry["needs"].select("need", "item").drop_nulls("item").sort("need").iter_rows():
            self.by_item.setdefault(item, []).append(need)
        self.needs = _texts(registry["needs"], "need")
        self.achievements = _texts(registry["achievements"], "achievement")
        open_ = registry["cases"].filter(pl.col("closed").is_null())
        self.cases = open_.select("case", "need", "achievement").sort("case").rows()

    def of(self, entry: Row) -> tuple[list[str], list[str], list[str], str | None]:
        """Needs, achievements, open cases that join one of each, and how the first was found."""
        keys = [key for name in (entry["name"], entry["name_en"]) if (key := phrase(canonical(name or "")))]
        keys = [key for key in keys if len(key.strip()) >= _LEAST]
        owned = self.by_item.get(entry["item"] or "", [])
        needs = owned or _speaking(self.needs, keys)
        achievements = _speaking(self.achievements, keys)
        led = {achievement for _, need, achievement in self.cases if need in needs and achievement}
        achievements = sorted({*achievements, *led})
        cases = [case for case, need, _ in self.cases if need in needs]
        by = "item" if owned else "text" if needs or achievements else None
        return needs, achievements, cases, by


def _texts(frame: pl.DataFrame, key: str) -> list[tuple[str, str]]:
    columns = ["title", "title_en", "text", "text_en"]
    words = frame.select(
        key, pl.concat_str([*columns, pl.col("keywords").list.join(" | ")], separator=" | ", ignore_nulls=True)
    ).sort(key)
    return [(own, canonical(text)) for own, text in words.iter_rows()]


def _speaking(texts: Iterable[tuple[str, str]], keys: list[str]) -> list[str]:
    return [own for own, text in texts if any(key in text for key in keys)]


def _entry(history: list[Row], as_of: date, ranks: Mapping[str, Row], market: _Market) -> Row:
    last = history[-1]
    needs, achievements, cases, by = market.of(last)
    stand = _stand(last["status"], needs, achievements, cases, market.seen)
    days = (as_of - last["on"]).days
    row: Row = {name: last.get(name) for name in ("bottleneck", "list", "name", "name_en", "item", "direction",
                                                  "status", "on", "source", "grade")}  # fmt: skip
    row |= {"first": history[0]["on"], "days_old": days, "needs": needs, "achievements": achievements, "cases": cases,
            "by": by, "stand": stand, **ranks.get(last["item"] or "", dict.fromkeys(_RANKED))}  # fmt: skip
    row["history"] = [{"list": h["list"], "on": h["on"], "status": h["status"], "bottleneck": h["bottleneck"]}
                      for h in history]  # fmt: skip
    name = Label(last["name"], last["name_en"] or "")
    told = {"name": name, "needs": len(needs), "achievements": len(achievements), "cases": len(cases)}
    status = vocabularies()["bottleneck_status"].get(last["status"], Label(last["status"]))
    dated = Why("appraise_dependency.listed", {"list": last["list"], "on": last["on"], "status": status})
    row["why"] = Why(f"appraise_dependency.stand-{stand}", told, (dated,)).to_json()
    return row


def _stand(status: str, needs: list[str], achievements: list[str], cases: list[str], seen: bool) -> str:
    if status == "solved":
        return "solved"
    if cases:
        return "case"
    if needs and achievements:
        return "both"
    if not seen:
        return "unseen"
    return "need" if needs else "achievement" if achievements else "nobody"
