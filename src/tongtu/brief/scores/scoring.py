"""All three scores of a brief as one frame."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from tongtu.brief.facts import Facts
from tongtu.brief.scores.hot import hot
from tongtu.brief.scores.impact import impact
from tongtu.brief.scores.quality import quality
from tongtu.brief.scores.tables import SCORES
from tongtu.brief.scores.weights import Weights


def scores(
    sources: pl.DataFrame, facts: Mapping[str, Facts], *, as_of: date, weights: Weights,
    unsupported: float | None = None, audience: pl.DataFrame | None = None,
    changes: Mapping[str, pl.DataFrame] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Hot, quality and impact with their parts.

    sources      reports of the event: document, outlet, address, published, official, role (a `copy` never counts),
                 grade (A B C ours)
    facts        facts by document id
    unsupported  share of sentences without support (`unsupported_share`), 0..1; null where it is not known
    audience     groups with counts: effect, group_by, subjects, of, small (scheme, tier)
    changes      `targets` and `rules` as `brief.changes` gives them

    Columns (`SCORES`): score (hot quality impact), part (null for the whole, which comes first), value (0..100 for the
    whole, 0..1 for a part, null where not known), weight, why (the formula with its numbers; what a part rests on).
    """
    found = (
        hot(sources, as_of, weights),
        quality(sources, facts, as_of, weights, unsupported),
        impact(sources, facts, weights, audience, changes),
    )
    return pl.DataFrame([row for score in found for row in score.rows()], schema=SCORES)
