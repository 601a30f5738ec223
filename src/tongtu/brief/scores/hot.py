"""Hot: how many distinct outlets report it, each by its weight, the older the less."""

from __future__ import annotations

from datetime import date

import polars as pl

from tongtu.brief.scores.curves import saturated
from tongtu.brief.scores.outlets import UNNAMED, Outlet, copies, counted, outlets
from tongtu.brief.scores.tables import HOT, Part, Score
from tongtu.brief.scores.weights import Weights
from tongtu.terms.why import Why


def hot(sources: pl.DataFrame, as_of: date, weights: Weights) -> Score:
    """Parts are outlets: value is the decay of the last report, weight that of the outlet."""
    half = weights(HOT, "total", "half")
    parts = tuple(_part(outlet, as_of, weights) for outlet in outlets(counted(sources), as_of))
    known = [(part.value, part.weight) for part in parts if part.value is not None]
    notes = tuple(part.why for part in parts if part.value is None)
    if n := copies(sources):
        notes += (Why("brief_scores.copies", {"n": n}),)
    if not known:
        return Score(HOT, None, parts, Why("brief_scores.hot-unknown", {}, notes))
    total = sum(value * weight for value, weight in known)
    score = 100 * saturated(total, half)
    args = {"score": round(score), "n": len(known), "total": round(total, 2), "half": half}
    return Score(HOT, score, parts, Why("brief_scores.hot", args, notes))


def _part(outlet: Outlet, as_of: date, weights: Weights) -> Part:
    weight, label = _weight(outlet, weights), _label(outlet)
    if outlet.published is None:
        code = "brief_scores.outlet-later" if outlet.later else "brief_scores.outlet-undated"
        return Part(outlet.name, None, weight, Why(code, {"outlet": label}))
    days = (as_of - outlet.published).days
    decay = 2.0 ** (-days / weights(HOT, "decay", "half_life"))
    args = {"outlet": label, "n": days, "weight": weight, "decay": round(decay, 3)}
    code = "brief_scores.outlet-official" if outlet.official else "brief_scores.outlet"
    return Part(outlet.name, decay, weight, Why(code, args))


def _weight(outlet: Outlet, weights: Weights) -> float:
    """An official source by the weight of official ones at least; others by their own where the pack names it."""
    if outlet.name == UNNAMED and not outlet.official:
        return weights(HOT, "outlet", "unnamed")
    own = weights.get(HOT, "named", outlet.name, weights(HOT, "outlet", "media"))
    return max(own, weights(HOT, "outlet", "official")) if outlet.official else own


def _label(outlet: Outlet) -> Why | str:
    return Why("brief_scores.unnamed") if outlet.name == UNNAMED else outlet.name
