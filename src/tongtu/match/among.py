"""`among`: given pairs judged as the engine judges its own: score, reason, and who is not eligible.

For rounds in which people name the pairs themselves (both sides' rankings): whoever names a pair does not make it
eligible, and its score is told beside the ranks. Nothing is searched for.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from tongtu.match import learning, reasons
from tongtu.match.engine import Matches
from tongtu.match.market import Terms, prepared
from tongtu.match.pairwise import _looked
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.solve import Progress, check


def among(
    registry: Registry, pairs: pl.DataFrame, *, ask: str, answer: str, glossary: pl.DataFrame, as_of: date,
    see: str, verdicts: pl.DataFrame, model: learning.Model, industries: pl.DataFrame | None,
    vocabularies: Vocabularies, progress: Progress | None = None,
) -> Matches:  # fmt: skip
    """These pairs (question, answer) in the frames of `meet`, the columns of reasons and contributions left out.

    `pairs`: question, answer, score of those that are eligible. `refusals`: question, answer, why. Pairs of which a
    listing is not there, or does not ask that day, are in neither. Listings speak for themselves: no profiles.
    """
    terms = Terms(as_of, glossary, vocabularies, see, verdicts=verdicts, model=model, industries=industries)
    market = prepared(registry, terms, ask, answer)
    named = (("question", "n", market.needs), ("answer", "a", market.offers))
    numbers = pairs.select("question", "answer").unique()
    for name, row, side in named:
        numbers = numbers.join(side.subjects.rename({"subject": name, "row": row}), on=name)
    judged = market.judge(_looked(market, numbers.sort("n", "a"), check(progress)))
    known = numbers.join(judged.pairs.select("n", "a", "score", "refused"), on=["n", "a"]).sort("question", "answer")
    refused = known.filter("refused")
    why = reasons.Writer(market).refusals(judged.of(refused.select("n", "a")))
    barred = refused.select("question", "answer").with_columns(why=pl.Series(why, dtype=pl.String))
    return Matches(known.filter(~pl.col("refused")).select("question", "answer", "score"), barred, pl.DataFrame())
