"""What falls due in cases as things to do in a calendar (VTODO of RFC 5545).

A date that was stored is a fact: one replaced by a later date is the same entry with a higher SEQUENCE, so it moves in
a reader's calendar; one that is no longer waited for is completed, or cancelled where its case came to an end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.pathway.cases import Replayed
from tongtu.pathway.model import Pathway
from tongtu.terms.icalendar import Done, Todo, uid
from tongtu.terms.why import Label, Why
from tongtu.terms.words import Lang, say, word

_ENDS: dict[str, Done] = {"passed": "COMPLETED", "failed": "COMPLETED", "withdrawn": "CANCELLED"}


def reminders(
    told: Replayed, pathways: Mapping[str, Pathway], *, names: Mapping[str, Label], lang: Lang = "zh",
    waits_on: str | None = None,
) -> list[Todo]:  # fmt: skip
    """One entry for each stay that has a date, in the order of dates, then one for each hold that has an end.

    `names`: what cases are called. With `waits_on`, only what that organisation is waited for now.
    """
    waiting = {(row["case"], row["branch"], row["stage"]): row for row in told.states.iter_rows(named=True)}
    moved = _moves(told.dues)
    found = []
    for stay in told.stays.drop_nulls("due").sort("due", "case", "branch", "stage", "round").iter_rows(named=True):
        place = (stay["case"], stay["branch"], stay["stage"])
        now = waiting.get(place) if stay["left"] is None else None
        if waits_on is None or (now is not None and now["waits_on"] == waits_on):
            found.append(_entry(stay, now, moved.get(place, {}), pathways, names, lang))
    for row in told.states.filter(pl.col("state") == "held").drop_nulls("due").iter_rows(named=True):
        if waits_on is None or row["waits_on"] == waits_on:
            found.append(_held(row, pathways, names, lang))
    return found


def _held(
    row: dict[str, Any], pathways: Mapping[str, Pathway], names: Mapping[str, Label], lang: Lang
) -> Todo:  # fmt: skip
    """The day by which a case on hold is to be taken up again."""
    told = {"case": names.get(row["case"], Label(row["case"])), "stage": _label(row, pathways)}
    return Todo(
        uid("held", row["case"], row["branch"], row["stage"], row["since"].isoformat()),
        row["since"], row["due"], word("pathway_exchange.held", lang, **told), say(Why.from_json(row["why"]), lang),
        categories=(row["case"],),
    )  # fmt: skip


def _label(row: dict[str, Any], pathways: Mapping[str, Pathway]) -> Label:
    """The stage of a row, as its pathway calls it."""
    pathway = pathways.get(f"{row['pathway']}@{row['version']}")
    stage = next((one for one in pathway.stages if one.id == row["stage"]), None) if pathway else None
    return stage.label if stage else Label(row["stage"])


def _moves(dues: pl.DataFrame) -> dict[tuple[str, str, str], dict[date, int]]:
    """How many dates a stage was given before each of its dates."""
    found: dict[tuple[str, str, str], dict[date, int]] = {}
    for row in dues.sort("case", "on", "event", nulls_last=True).iter_rows(named=True):
        dates = found.setdefault((row["case"], row["branch"], row["stage"]), {})
        dates[row["due"]] = max(dates.values(), default=-1) + 1
    return found


def _entry(
    stay: dict[str, Any], now: dict[str, Any] | None, moved: Mapping[date, int], pathways: Mapping[str, Pathway],
    names: Mapping[str, Label], lang: Lang,
) -> Todo:  # fmt: skip
    label = _label(stay, pathways)
    case = names.get(stay["case"], Label(stay["case"]))
    ended = stay["left"]
    return Todo(
        uid("case", stay["case"], stay["branch"], stay["stage"], str(stay["round"])),
        min(stay["entered"], stay["due"]),
        stay["due"],
        word("pathway_exchange.due", lang, case=case, stage=label),
        say(Why.from_json(now["why"]), lang) if now and now["why"] else "",
        _ENDS.get(stay["result"], "NEEDS-ACTION"),
        ended if _ENDS.get(stay["result"]) == "COMPLETED" else None,
        moved.get(stay["due"], 0),
        (stay["case"],),
    )
