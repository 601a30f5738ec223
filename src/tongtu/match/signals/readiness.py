"""Readiness: how far what is offered stands from the level that is wanted.

Either listing may be the one that wants: a need looking for an achievement, or an achievement looking for a
place to test that takes TRL 5 and above. Where each wants something of the other, the mean of both counts.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tongtu.match.signals.pairs import Floats, beside, listed
from tongtu.match.signals.signal import Measure, Row, Scene, Signal, ours, result
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Why

_LEVELS = ("trl", "trl_min", "trl_target")
_FACTS = dict.fromkeys(("readiness_trl", "readiness_least", "readiness_wanted"), pl.Int64)


def _asking(listings: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    return listed(listings, **dict.fromkeys(_LEVELS, pl.Int64))


def _offering(listings: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    return _asking(listings, scene).rename(lambda level: f"{level}_a")


def _between(asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> Measure:
    return lambda found: _judged(beside(found, asked, offered))


def _judged(pairs: pl.DataFrame) -> pl.DataFrame:
    """The signal and its facts: those of what the question wants, where it wants anything."""
    levels = {name: pairs[name].cast(pl.Float64).to_numpy() for name in pairs.columns}
    there = _suits(levels["trl_a"], levels["trl_min"], levels["trl_target"])
    back = _suits(levels["trl"], levels["trl_min_a"], levels["trl_target_a"])
    asks, both = ~np.isnan(there), ~np.isnan(there + back)
    value = np.where(both, (there + back) / 2, np.where(asks, there, back))
    sides = zip(_FACTS, (("trl_a", "trl"), ("trl_min", "trl_min_a"), ("trl_target", "trl_target_a")), strict=True)
    shown = {fact: np.where(asks, levels[one], levels[other]) for fact, (one, other) in sides}
    return result(pl.DataFrame({"readiness": value, **shown}, nan_to_null=True), "readiness", _FACTS)


def _suits(trl: Floats, least: Floats, wanted: Floats) -> Floats:
    """1 at or above the level wanted, less by the share of the scale still missing; twice below the least."""
    given = ours("readiness")
    short = np.maximum(np.where(np.isnan(wanted), least, wanted) - trl, 0.0)
    below = np.nan_to_num(np.maximum(least - trl, 0.0))
    suits: Floats = np.maximum(1.0 - (short + given["below"] * below) / given["scale"], 0.0)
    return suits


def _why(row: Row, names: Vocabularies) -> Why:
    trl, least, wanted = (row[fact] for fact in _FACTS)
    if row["readiness"] is None:
        return Why("match_signals.readiness-unknown")
    if least is not None and trl < least:
        return Why("match_signals.readiness-below", {"trl": trl, "least": least})
    goal = wanted if wanted is not None else least
    if trl < goal:
        return Why("match_signals.readiness-short", {"trl": trl, "wanted": goal, "n": goal - trl})
    return Why("match_signals.readiness-met", {"trl": trl, "wanted": goal})


READINESS = Signal("readiness", _FACTS, _asking, _offering, _between, _why)
