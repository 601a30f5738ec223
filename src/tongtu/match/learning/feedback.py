"""What people judged, as pairs a model can learn from."""

from __future__ import annotations

from datetime import date

import polars as pl

from tongtu.match import eligible
from tongtu.registry import Registry


def feedback(registry: Registry, signals: pl.DataFrame, *, as_of: date, own: bool = True) -> pl.DataFrame:
    """Pairs of `signals` that were judged by `as_of`, as `learn` reads them: its columns and useful, judges, own.

    `signals`: question (a need), answer (an achievement), the signals, one row a pair. `useful`: the mean over
    judges of what each said last, 0..3; `judges`: how many they are. `own`: whether one of them has a stake in the
    pair: the asking organisation, the holder, whoever has a right in it, or one under the same owner group as these;
    `own=False` leaves what they said out before the mean is taken. Those who are not named count as one judge without
    a stake; a judgment without a date counts as made before all others. Sorted by question and answer.

    Who judges has seen the pair because it was proposed: the probability learnt is that of a pair that was shown.
    """
    said = registry["judgments"].filter(pl.col("on").is_null() | (pl.col("on") <= as_of))
    said = said.drop_nulls(["need", "achievement", "useful"]).sort("on", "judgment", nulls_last=False)
    last = said.unique(["need", "achievement", "by"], keep="last", maintain_order=True)
    last = last.select("by", "useful", question="need", answer="achievement")
    marked = _stakes(registry, last, as_of)
    if not own:
        marked = marked.filter(~pl.col("own"))
    judged = marked.group_by("question", "answer").agg(
        pl.col("useful").cast(pl.Float64).mean(), judges=pl.len().cast(pl.Int64), own=pl.col("own").any()
    )
    return signals.join(judged, on=["question", "answer"]).sort("question", "answer")


def _stakes(registry: Registry, said: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """`said` with `own`: whether the judge belongs to a party of the pair."""
    asking = registry["needs"].select(question="need", party="organisation")
    holding = registry["achievements"].select(answer="achievement", party="organisation")
    begun, lasting = (pl.col("since") <= as_of).fill_null(True), (pl.col("until") >= as_of).fill_null(True)
    owning = registry["ownership"].filter(begun & lasting).select(answer="achievement", party="holder")
    pairs = said.select("question", "answer", "by").drop_nulls()
    parties = pl.concat([
        pairs.join(asking, on="question"),
        pairs.join(pl.concat([holding, owning]), on="answer"),
    ]).drop_nulls()  # fmt: skip
    root = eligible.roots(registry)
    of = [pl.col(name).replace(root) for name in ("by", "party")]
    bound = parties.filter(of[0] == of[1]).select("question", "answer", "by").unique()
    found = said.join(bound.with_columns(own=True), on=["question", "answer", "by"], how="left", maintain_order="left")
    return found.with_columns(pl.col("own").fill_null(False))
