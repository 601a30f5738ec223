"""`signals`: what is known of given pairs, whether or not the engine would propose them: ground to learn from."""

from __future__ import annotations

from datetime import date

import polars as pl

from tongtu.match import learning, retrieve, sides
from tongtu.match.market import Market, Terms, prepared
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.registry.vocabularies import vocabularies as own_vocabularies
from tongtu.solve import Progress, check


def signals(
    registry: Registry,
    pairs: pl.DataFrame,
    *,
    glossary: pl.DataFrame,
    as_of: date,
    ask: str = "need",
    answer: str = "achievement",
    see: str = "core",
    seed: int = 0,
    vocabularies: Vocabularies | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """question, answer and every signal (0..1, null unknown) of `pairs` (question, answer), sorted.

    Listings whose time is up are looked at as though they were open: they were when somebody judged them. Pairs of
    which a listing is not in the registry are left out.
    """
    words = vocabularies if vocabularies is not None else own_vocabularies()
    asked = sides.listings(registry, ask, see).join(pairs.select(id="question").unique(), on="id", how="semi")
    asked = asked.with_columns(state=pl.lit("published"), closes=pl.lit(None, pl.Date),
                               posted=pl.min_horizontal("posted", pl.lit(as_of)))  # fmt: skip
    market = prepared(registry, Terms(as_of, glossary, words, see, seed=seed), ask, answer, asked)
    numbers = pairs.select("question", "answer").unique()
    numbers = numbers.join(market.needs.subjects.rename({"subject": "question", "row": "n"}), on="question")
    numbers = numbers.join(market.offers.subjects.rename({"subject": "answer", "row": "a"}), on="answer").sort("n", "a")
    known = market.judge(_looked(market, numbers, check(progress))).pairs
    shown = [name for name in learning.SIGNALS if name in known.columns]
    found = numbers.join(known.select("n", "a", *shown), on=["n", "a"])
    return found.select("question", "answer", *shown).sort("question", "answer")


def _looked(market: Market, pairs: pl.DataFrame, tell: Progress) -> pl.DataFrame:
    """The pairs as the index scores them: frame of `retrieve.SCHEMA`."""
    asked, answers = [], []
    for n, group in pairs.sort("n", "a").group_by("n", maintain_order=True):
        row = int(str(n[0]))
        tell(row, market.needs.rows)
        asked.append(market.question(row))
        answers.append(group["a"].to_list())
    return retrieve.scored(asked, market.shelf, answers)
