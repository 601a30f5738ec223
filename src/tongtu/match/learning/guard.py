"""`deploy`: a candidate model is used only where held-back judgments show it is no worse than what there is."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl

from tongtu.match.learning import judged as judging
from tongtu.match.learning import measures
from tongtu.match.learning.judged import Floats
from tongtu.match.learning.learn import Learned, alone
from tongtu.match.learning.model import Figure, Model
from tongtu.terms.why import Why

_EVEN = 1e-9
_SEED = 0  # of intervals only


class Deployed(NamedTuple):
    """The model to use, why that one, and the figures that decided it (also in `model.measured`)."""

    model: Model
    why: Why
    figures: dict[str, Figure]


def deploy(candidate: Learned | Model, current: Model, judged: pl.DataFrame) -> Deployed:
    """The candidate where its nDCG@10 is not below that of the best single signal, nor of `current`; else `current`.

    `judged`: see `judged.read`. Pairs that a `Learned` candidate was trained on are scored by the fold that did not see
    their question, all others (and all pairs of a bare `Model`, which must not have seen them) by the model itself.
    The best signal is chosen on the same judgments, and `current` may have been trained on some of them: both
    favour what there is, so a candidate that passes has earned it.

    Figures: `ndcg` of the candidate, `ndcg_current`, `ndcg_SIGNAL` of each signal, `ahead_single` and `ahead_current`
    (mean difference by question), each with its interval. Raises DataRefused for faults of `judged`.
    """
    model = candidate.model if isinstance(candidate, Learned) else candidate
    names = tuple(dict.fromkeys((*model.signals, *current.signals)))
    examples = judging.read(judged, names)
    if model == current:
        parts = (candidate.report.why,) if isinstance(candidate, Learned) else ()
        return Deployed(current, Why("match_learning.kept-same", {}, parts), {})
    ours = _order(examples.frame, _held(candidate, examples.frame))
    if not ours.size:
        return Deployed(current, Why("match_learning.kept-nothing-useful"), {})
    theirs = _order(examples.frame, current.scores(examples.frame))
    singles = alone(examples, names)
    best = max(singles, key=lambda name: (round(float(singles[name].mean()), 9), name), default="")
    rivals = {"current": theirs, **({"single": singles[best]} if best else {})}
    figures = {"ndcg": ours, "ndcg_current": theirs, **{f"ndcg_{name}": of for name, of in singles.items()}}
    figures |= {f"ahead_{name}": ours - of for name, of in rivals.items()}
    found = {name: measures.mean_of(values, _SEED) for name, values in figures.items()}
    worse = [name for name, of in rivals.items() if float((ours - of).mean()) < -_EVEN]
    facts = {"ndcg": found["ndcg"].value, "current": found["ndcg_current"].value, "signal": best,
             "single": found[f"ndcg_{best}"].value if best else None, "questions": int(ours.size)}  # fmt: skip
    if worse:
        return Deployed(current, Why(f"match_learning.kept-better-{worse[0]}", facts), found)
    return Deployed(replace(model, measured={**model.measured, **found}), Why("match_learning.deployed", facts), found)


def _held(candidate: Learned | Model, frame: pl.DataFrame) -> Floats:
    """Scores of pairs by a model that did not see them."""
    if isinstance(candidate, Model):
        return candidate.scores(frame)
    fresh = candidate.model.scores(frame)
    held = candidate.report.held
    if held.is_empty():
        return fresh
    known = held.select("question", "answer", held="score")
    found = frame.select("question", "answer").join(known, on=["question", "answer"], how="left", maintain_order="left")
    apart = found["held"].to_numpy()
    return np.where(np.isnan(apart), fresh, apart)


def _order(frame: pl.DataFrame, score: Floats) -> Floats:
    """nDCG@10 by question."""
    return measures.ndcg(frame.select("question", "useful").with_columns(score=pl.Series(score)))["ndcg"].to_numpy()
