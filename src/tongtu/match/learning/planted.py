"""The shipped default, made from samples whose truth is planted: `scripts/weights` runs this.

The sample is written from the glossary the engine searches with, so its pairs are easier to tell apart than pairs
people write. The default therefore keeps at least half of each weight's proportion in the prior, its source says where
it comes from, and a tenant's judgments (`learn`, `deploy`) replace it as soon as they do better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from tongtu import samples
from tongtu.match.learning import crowd, shipped
from tongtu.match.learning.judged import SIGNALS, USEFUL_FROM, read
from tongtu.match.learning.learn import learn, measured
from tongtu.match.learning.model import Figure, Model
from tongtu.packs import Pack
from tongtu.registry import Registry, vocabularies
from tongtu.solve import check
from tongtu.terms.why import Why

Scale = tuple[str, int]

#: (scale, seed) of the samples trained on
TRAINED_ON: tuple[Scale, ...] = (*(("demo", seed) for seed in range(101, 113)), ("region", 101))
#: and of those it is measured on
UNSEEN: tuple[Scale, ...] = (*(("demo", seed) for seed in range(201, 205)), ("region", 201))
_DEPTH, _TOP = 60, 10  # as `match` proposes by default
_FLOOR = 0.5
_PULL = 300.0
_SEED = 20261122


def signals_of(registry: Registry, pack: Pack, as_of: date) -> pl.DataFrame:
    """Every eligible pair the engine proposes: n, a, question (a need), answer (an achievement), and its signals."""
    from tongtu.match.market import Terms, prepared

    words = {**vocabularies(), **pack.vocabularies}
    market = prepared(registry, Terms(as_of, pack.glossary, words), "need", "achievement")
    pairs = market.candidates(range(market.needs.rows), _DEPTH, _TOP, check(None)).pairs.filter(~pl.col("refused"))
    asked, offered = (side.frame.select("row", "id") for side in (market.needs, market.offers))
    named = pairs.join(asked.rename({"row": "n", "id": "question"}), on="n")
    named = named.join(offered.rename({"row": "a", "id": "answer"}), on="a")
    return named.select("n", "a", "question", "answer", *(s for s in SIGNALS if s in named.columns)).sort("n", "a")


def judged(scale: str, seed: int, pack: Pack, as_of: date) -> pl.DataFrame:
    """Proposed pairs of one sample, judged by its planted truth: useful 0, or 2 and 3 by the grade of the pair."""
    words = {**vocabularies(), **pack.vocabularies}
    sample = samples.make(scale, seed, glossary=pack.glossary, vocabularies=words, as_of=as_of)
    fits = sample.truth["pairs"].filter("open").select(
        question="need", answer="achievement", useful=pl.col("grade").cast(pl.Float64).clip(USEFUL_FROM)
    )  # fmt: skip
    found = signals_of(Registry(sample.tables), pack, as_of).join(fits, on=["question", "answer"], how="left")
    own = pl.format("{}-{}-{}", pl.lit(scale), pl.lit(seed), "question")
    size = sample.tables["achievements"].height
    return found.with_columns(pl.col("useful").fill_null(0.0), question=own, answers=pl.lit(size, pl.Int64))


def train(pack: Pack, as_of: date, trained_on: Sequence[Scale] = TRAINED_ON, unseen: Sequence[Scale] = UNSEEN) -> Model:
    """The default model as of a day; figures named `SCALE_…` are of samples it was not trained on."""
    pairs = pl.concat([judged(scale, seed, pack, as_of) for scale, seed in trained_on])
    source = Why("match_learning.source-sample", {"samples": [f"{scale} {seed}" for scale, seed in trained_on]})
    model = learn(
        pairs, on=as_of, seed=_SEED, prior=shipped.prior(), source=source, name="default",
        pull=_PULL, floor=_FLOOR, trees_beyond=len(pairs),
    ).model  # fmt: skip
    figures = dict(model.measured)
    for scale in sorted({scale for scale, _ in unseen}):
        fresh = pl.concat([judged(name, seed, pack, as_of) for name, seed in unseen if name == scale])
        figures |= {f"{scale}_{name}": figure for name, figure in measured_on(model, fresh).items()}
    return replace(model, measured=figures)


def measured_on(model: Model, pairs: pl.DataFrame) -> dict[str, Figure]:
    """Figures of a model on judged pairs it has not seen: see `learn.measured`."""
    examples = read(pairs, model.signals)
    z = model.form.base + model.form.parts(examples.x, examples.told).sum(axis=1)
    p = model.calibration(z - crowd.shift(examples, model.crowding, model.answers))
    return measured(examples, p, (), _SEED)
