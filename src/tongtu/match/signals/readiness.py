"""Readiness: how far what is offered stands from the level that is wanted.

Either listing may be the one that wants: a need looking for an achievement, or an achievement looking for a
place to test that takes TRL 5 and above. Where each wants something of the other, the mean of both counts.
"""

from __future__ import annotations

import polars as pl

from tongtu.match.signals.pairs import beside, listed
from tongtu.match.signals.signal import Measure, Row, Scene, Signal, ours, result
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Why

_LEVELS = ("trl", "trl_min", "trl_target")
_FACTS = dict.fromkeys(("readiness_trl", "readiness_least", "readiness_wanted"), pl.Int64)


def _prepare(asked: pl.DataFrame, offered: pl.DataFrame, scene: Scene) -> Measure:
    levels = dict.fromkeys(_LEVELS, pl.Int64)
    left, right = listed(asked, **levels), listed(offered, **levels)

    def measure(found: pl.DataFrame) -> pl.DataFrame:
        pairs = beside(found, left, right)
        there, back = _suits("trl_a", "trl_min", "trl_target"), _suits("trl", "trl_min_a", "trl_target_a")
        pairs = pairs.with_columns(readiness=pl.mean_horizontal(there, back), there=there.is_not_null())
        facts = zip(_FACTS, (("trl_a", "trl"), ("trl_min", "trl_min_a"), ("trl_target", "trl_target_a")), strict=True)
        pairs = pairs.with_columns(
            pl.when("there").then(pl.col(asking)).otherwise(pl.col(answering)).alias(fact)
            for fact, (asking, answering) in facts
        )
        return result(pairs, "readiness", _FACTS)

    return measure


def _suits(trl: str, least: str, wanted: str) -> pl.Expr:
    """1 at or above the level wanted, less by the share of the scale still missing; twice below the least."""
    given = ours("readiness")
    double, scale = float(given["below"]), float(given["scale"])
    short = (pl.coalesce(wanted, least) - pl.col(trl)).clip(lower_bound=0)
    below = (pl.col(least) - pl.col(trl)).clip(lower_bound=0).fill_null(0)
    return (1.0 - (short + double * below) / scale).clip(lower_bound=0.0)


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


READINESS = Signal("readiness", _FACTS, _prepare, _why)
