"""Slots as entries of a calendar (see `terms.icalendar`), for the calendars people already have."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from tongtu.registry import Registry
from tongtu.terms.icalendar import Event, feed, uid
from tongtu.terms.why import Label, Why
from tongtu.terms.words import Lang, say, word

__all__ = ["Event", "feed", "slot_events", "uid"]


def slot_events(registry: Registry, slots: pl.DataFrame, lang: Lang = "zh", revision: int = 0) -> list[Event]:
    """An event of whole days for each placed slot (the chain's table), named in one language.

    `revision` is the number of the plan: a later plan's events replace an earlier one's in the reader's calendar.
    """
    lines = _labels(registry, "lines", "line")
    platforms = _labels(registry, "platforms", "platform")
    found = []
    for row in slots.filter(pl.col("status") == "placed").sort("case", "stage").iter_rows(named=True):
        line = lines.get(row["line"], Label(row["line"])).say(lang)
        platform = platforms.get(row["platform"], Label(row["platform"])).say(lang)
        args = {"case": row["case"], "stage": row["stage"], "line": line, "platform": platform}
        found.append(
            Event(
                uid(row["case"], row["stage"]),
                row["start"],
                row["end"] + timedelta(days=1),
                word("pilots_scheduling.event", lang, **args),
                say(Why.from_json(row["why"]), lang) if row["why"] else "",
                platform,
                sequence=revision,
                categories=(row["stage"],),
            )
        )
    return found


def _labels(registry: Registry, noun: str, key: str) -> dict[str, Label]:
    rows = registry[noun].select(key, "name", "name_en").iter_rows()
    return {id: Label(name or id, name_en or "") for id, name, name_en in rows}
