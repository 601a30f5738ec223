"""Profiles (an expert, an organisation, a platform) ranked by the items they own."""

from __future__ import annotations

import polars as pl

_ITEMS = 3


def of_profiles(run: pl.DataFrame, owners: pl.DataFrame, top: int) -> pl.DataFrame:
    """question, document (the profile), score: the mean of its best three items, or of those it has.

    `run`: question, document, score of every document; `owners`: document, profile (null: nobody's). The best three
    beat both the best one, which one lucky item wins, and the mean of all, which a long record loses (measured on
    the public expertise benchmark of Stelmakh et al., 2023).
    """
    found = run.join(owners.drop_nulls(), on="document")
    best = found.sort("score", descending=True).group_by("question", "profile").agg(pl.col("score").head(_ITEMS).mean())
    ranked = best.with_columns(pl.col("score").round(6)).sort(
        ["question", "score", "profile"], descending=[False, True, False]
    )
    return (
        ranked.group_by("question", maintain_order=True).head(top).select("question", document="profile", score="score")
    )
