"""Why one answer scores as it does: what each signal adds or takes, indicators demanded beside those claimed."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.chain.clearing.ground import Clearing, percent
from tongtu.chain.clearing.pieces import columns, label, listed, tone_of
from tongtu.chain.dossier.document import Block, Cell, Facts, Paragraph, Section, Table, Tone, cell, lean, same
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.terms.why import Why

Row = dict[str, Any]
_STATUS: dict[str, Tone] = {"met": "good", "nearly": "warn", "unmet": "bad"}
_NOTED = ("nearly", "open-conditions", "open-dimension", "open-value", "open-bound")


def reasoned(clearing: Clearing, kind: str, row: Row, *, judged: bool, compared: bool) -> Section:
    """An answer with what adds up to its score; its interval where such pairs are `judged`, indicators where one side's
    demands were `compared` with the other's claims."""
    why = Why.from_json(row["why"])
    name = clearing.name(kind, row["answer"])
    title = words("clearing.place", rank=row["rank"], name=label(name))
    if why.code == "match.profile":
        blocks: list[Block] = [Paragraph(words("clearing.by-items", n=why.args["n"]), "soft")]
        for part in why.parts:
            (inner,) = part.parts
            item = shown(part.args["item"])
            blocks.append(Section(item, _parts(inner, compared), score(inner.args["score"].value)))
        return Section(title, blocks, score(row["score"]))
    low, high = clearing.model.interval(pl.Series([row["score"]])).row(0)
    facts = [] if low is None or not judged else [Facts([(words("clearing.interval"), cell(_interval(low, high)))])]
    return Section(title, [*facts, *_parts(why, compared)], score(row["score"]))


def _parts(why: Why, compared: bool) -> list[Block]:
    """What each signal adds or takes, the weightiest first; the indicators; and what is unknown."""
    base, *parts = why.parts
    counted = [part for part in parts if "points" in part.args]
    counted.sort(key=lambda part: -abs(part.args["points"].value))
    rows = [[_points(base.args["points"].value), cell(words("clearing.start"), "soft")]]
    rows += [[_points(part.args["points"].value), cell(_because(part))] for part in counted]
    blocks: list[Block] = [Table(columns("points/n", "because/long"), rows)]
    stated = [inner for part in parts for inner in part.parts if inner.code.startswith("match.indicator-")]
    if stated and compared:
        heads = columns("status/day", "indicator", "demand-of", "claim", "note/long")
        blocks.append(lean(Table(heads, [_indicator(inner) for inner in stated])))
    unknown = [both(part.args["reason"]) for part in parts if "points" not in part.args]
    if unknown:
        blocks.append(Paragraph(words("clearing.not-counted", what=label(listed(unknown))), "soft"))
    return blocks


def _because(part: Why) -> Pair:
    """The reason with its finer ones; indicators stand in a table of their own."""
    finer = tuple(inner for inner in part.parts if not inner.code.startswith("match.indicator-"))
    reason = part.args["reason"]
    return both(Why(reason.code, reason.args, finer))


def _indicator(why: Why) -> list[Cell]:
    """What is demanded beside what is claimed."""
    status = why.code.removeprefix("match.indicator-")
    named = status if status in _STATUS else "open" if status.startswith("open") else "unclaimed"
    claim = both(why.args["claim"]) if "claim" in why.args else words("clearing.nothing-claimed")
    notes = [words(f"clearing.note-{status}", miss=why.args.get("miss"))] if status in _NOTED else []
    notes += map(both, why.parts)
    tone = _STATUS.get(status, "soft")
    return [cell(words(f"clearing.status-{named}"), tone), cell(shown(why.args["quantity"])),
            cell(both(why.args["demand"])), cell(claim), cell(listed(notes))]  # fmt: skip


def _points(value: float) -> Cell:
    return cell(same(f"{round(value * 100, 2) + 0.0:+.2f}"), "bad" if value <= -0.01 else "")


def score(value: float) -> Cell:
    """A score as it stands in a table."""
    return cell(percent(value), tone_of(value))


def _interval(low: float, high: float) -> Pair:
    return same(f"{low * 100:.1f}% – {high * 100:.1f}%")
