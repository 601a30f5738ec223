"""Impact: how strong the instrument is, how many subjects it gives another verdict, how far it moves the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from tongtu.brief.facts import Facts
from tongtu.brief.scores.curves import most, product, saturated
from tongtu.brief.scores.outlets import counted
from tongtu.brief.scores.tables import IMPACT, Part, Score, shown
from tongtu.brief.scores.weights import Weights
from tongtu.terms.why import Label, Ratio, Why

_MOVED = ("gains", "loses", "opens", "closes")  # groups whose verdict changed for a subject
_WORKS = "works"  # who works in the field: no rule was compared
_ALL = "all"
_SHOWN = 5  # moves that are named, the largest first


def impact(
    sources: pl.DataFrame, facts: Mapping[str, Facts], weights: Weights, audience: pl.DataFrame | None,
    changes: Mapping[str, pl.DataFrame] | None,
) -> Score:  # fmt: skip
    """Parts: strength, breadth, size (multiplied)."""
    parts = (_strength(sources, facts, weights), _breadth(audience, weights), _size(changes, weights))
    notes = tuple(part.why for part in parts if part.value is None)
    whole = product(parts)
    if whole is None:
        return Score(IMPACT, None, parts, Why("brief_scores.impact-unknown", {}, notes))
    score = 100 * whole
    if notes:
        args = {"known": len(parts) - len(notes), "n": len(parts), "low": 0, "high": round(100 * most(parts))}
        notes = (Why("brief_scores.partly-known", args), *notes)
    return Score(IMPACT, score, parts, Why("brief_scores.impact", {"score": round(score), **shown(parts)}, notes))


# ---- strength


def _strength(sources: pl.DataFrame, facts: Mapping[str, Facts], weights: Weights) -> Part:
    """Of the instrument that the preferred report names first, or the strongest one inside that name.

    A notice that issues measures names both in its title; what it issues is what counts.
    """
    weight, top = weights(IMPACT, "weight", "strength"), weights(IMPACT, "strength", "most")
    for row in counted(sources):
        found = facts[row["document"]].instruments.sort("start").to_dicts() if row["document"] in facts else []
        if found:
            inside = [one for one in found if one["start"] < found[0]["end"]]
            best = max(inside, key=lambda one: (one["strength"], -one["start"]))
            value = min(best["strength"] / top, 1.0)
            args = {"name": best["name"], "strength": best["strength"], "most": top}
            return Part("strength", value, weight, Why("brief_scores.strength", args))
    return Part("strength", None, weight, Why("brief_scores.no-instrument"))


# ---- breadth


def _breadth(audience: pl.DataFrame | None, weights: Weights) -> Part:
    """The share of subjects with another verdict: of the tier where it is largest, for one subject may move in several.

    Groups that are withheld for their smallness count nothing, so the share is a floor.
    """
    weight = weights(IMPACT, "weight", "breadth")
    judged = None if audience is None else audience.filter(pl.col("effect") != _WORKS)
    if judged is None or judged.is_empty():
        return Part("breadth", None, weight, Why("brief_scores.no-audience"))
    whole = judged.filter(pl.col("group_by") == _ALL, pl.col("effect").is_in(_MOVED))
    shares = [_share(frame) for _, frame in whole.group_by(_tier(whole), maintain_order=True)]
    changed, of = max(shares, key=lambda pair: pair[0] / pair[1] if pair[1] else 0.0, default=(0, 0))
    share = min(changed / of, 1.0) if of else 0.0
    value = saturated(share, weights(IMPACT, "breadth", "half"))
    args = {"n": changed, "of": of, "share": Ratio(share), "value": round(value, 3)}
    small = whole.filter(pl.col("small").fill_null(False)).height
    notes = (Why("brief_scores.small", {"n": small}),) if small else ()
    return Part("breadth", value, weight, Why("brief_scores.breadth", args, notes))


def _tier(frame: pl.DataFrame) -> list[str]:
    return [name for name in ("scheme", "tier", "noun") if name in frame.columns]


def _share(frame: pl.DataFrame) -> tuple[int, int]:
    changed, of = frame["subjects"].drop_nulls().sum(), frame["of"].drop_nulls().max()
    return int(changed), int(of) if isinstance(of, int) else 0


# ---- size


def _size(changes: Mapping[str, pl.DataFrame] | None, weights: Weights) -> Part:
    """The sum of relative moves, each in 0..1, along the curve."""
    weight = weights(IMPACT, "weight", "size")
    frames = {name: (changes or {}).get(name) for name in ("targets", "rules")}
    given = {name: frame for name, frame in frames.items() if frame is not None and not frame.is_empty()}
    if not given:
        return Part("size", None, weight, Why("brief_scores.nothing-compared"))
    found = [move for name, frame in given.items() for move in _moves(name, frame, weights)]
    moves = sorted(found, key=lambda move: (-move[0], move[1].zh, move[1].en))
    total = sum(move for move, _ in moves)
    value = saturated(total, weights(IMPACT, "size", "half"))
    args = {"n": len(moves), "total": round(total, 2), "value": round(value, 3)}
    notes = tuple(Why("brief_scores.move", {"name": name, "move": Ratio(move)}) for move, name in moves[:_SHOWN])
    return Part("size", value, weight, Why("brief_scores.size", args, notes))


def _moves(name: str, frame: pl.DataFrame, weights: Weights) -> Iterator[tuple[float, Label]]:
    """Relative move and name of every threshold or target that is not the same."""
    for row in frame.iter_rows(named=True):
        if row["change"] == "same":
            continue
        move = _target_move(row) if name == "targets" else _rule_move(row)
        label = Label(row["measure"] or "") if name == "targets" else Label(row["name_zh"] or "", row["name_en"] or "")
        yield (weights(IMPACT, "move", _kind(row["change"])) if move is None else move), label


def _kind(change: str) -> str:
    return {"introduced": "new", "new": "new", "dropped": "dropped"}.get(change, "reworded")


def _target_move(row: Mapping[str, Any]) -> float | None:
    before, after = (_middle([row[f"low_{side}"], row[f"high_{side}"]]) for side in ("from", "to"))
    return relative(before, after) if row["unit_from"] == row["unit_to"] else None


def _rule_move(row: Mapping[str, Any]) -> float | None:
    same = row["unit_from"] == row["unit_to"]
    return relative(row["threshold_from"], row["threshold_to"]) if same else None


def _middle(ends: Sequence[float | None]) -> float | None:
    known = [end for end in ends if end is not None]
    return sum(known) / len(known) if known else None


def relative(before: float | None, after: float | None) -> float | None:
    """|after − before| by the larger of the two, at most 1; null where one is missing or nothing moved."""
    if before is None or after is None or before == after:
        return None
    return min(abs(after - before) / max(abs(before), abs(after)), 1.0)
