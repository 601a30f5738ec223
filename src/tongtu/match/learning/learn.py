"""`learn`: a model from judged pairs, measured on questions it was not trained on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from tongtu.match.learning import crowd, linear, measures, shipped, trees
from tongtu.match.learning import judged as judging
from tongtu.match.learning.calibration import banded, calibrate, sigmoid
from tongtu.match.learning.judged import SIGNALS, Examples, Floats, Ints
from tongtu.match.learning.linear import Linear
from tongtu.match.learning.model import Figure, Model
from tongtu.match.learning.trees import Trees
from tongtu.terms.why import Why

#: judged questions below which the prior model stays (ours)
LEAST_QUESTIONS = 10
#: pairs judged useful, and not useful, below which it stays (ours)
LEAST_EACH = 5
#: judged questions beyond which trees may be grown: with fewer they lose to weights on every set measured
TREES_BEYOND = 400
#: how hard weights are held to the prior's proportions, in pairs; the hardest that is not clearly worse is taken
PULLS = (1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
_FOLDS = 5
_SHOWN = 10

Form = Linear | Trees


@dataclass(frozen=True, slots=True)
class Report:
    """What was done and why; `held`: the judged pairs and the `score` the folds that did not see them give;

    `figures` of that score by name; `reliability`: see `measures.RELIABILITY`. Without a new model there are none.
    """

    why: Why
    held: pl.DataFrame
    figures: dict[str, Figure]
    reliability: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Learned:
    """A candidate, to be put before `deploy`; the prior model itself where nothing could be learnt."""

    model: Model
    report: Report


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How forms are fitted to examples; the same for a fold and for the whole."""

    prior: Linear
    seed: int
    floor: float
    free: Collection[str]

    def fit(self, examples: Examples, pull: float | None) -> Form:
        """Weights held by `pull`; trees where there is none."""
        if pull is None:
            return trees.fit(examples, seed=self.seed, free=self.free)
        return linear.fit(examples, self.prior, pull=pull, floor=self.floor, free=self.free)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A way to fit, with what its folds say of the pairs they did not see: sums, and calibrated probabilities."""

    pull: float | None
    z: Floats
    p: Floats


def learn(
    judged: pl.DataFrame,
    *,
    on: date,
    seed: int,
    prior: Model | None = None,
    source: Why | None = None,
    name: str = "learnt",
    signals: Sequence[str] | None = None,
    pull: float | None = None,
    floor: float = 0.0,
    free: Collection[str] = (),
    trees_beyond: int = TREES_BEYOND,
) -> Learned:
    """A model from `judged` (see `judged.read`): question, answer, useful, signals, optionally weight.

    Weights start from `prior` (by default the shipped model) and keep its proportions as far as judgments do not
    outweigh them; how hard they are held is chosen on folds by question (the hardest `pull` whose loss is within one
    standard error of the least), or given. The curve from sums to probabilities is read off the pairs held out of
    training, and so is every figure: the probability of a pair is that of a curve that did not see its fold. Beyond
    `trees_beyond` questions trees are grown too and taken where they lose clearly less. `signals`: by default the
    prior's and those of `SIGNALS` in the frame. `floor`, `free`: see `linear.fit`. Where the frame has a column
    `answers` (how many listings each question could be answered by), the effect of market size is learnt: see `crowd`.

    With fewer than `LEAST_QUESTIONS` questions, or hardly a useful or useless pair, the prior stays and the report
    says why. Raises DataRefused for faults of `judged`. Row order changes nothing.
    """
    prior = prior or shipped.default()
    start = prior.form if isinstance(prior.form, Linear) else Linear(0.0, {}, {})
    names = tuple(signals) if signals is not None else _signals(judged, start)
    examples = judging.read(judged, names)
    if (few := _few(examples)) is not None:
        return Learned(prior, Report(few, examples.frame.clear(), {}, pl.DataFrame(schema=measures.RELIABILITY)))
    recipe, folds = _Recipe(start, seed, floor, free), _folds(examples, seed)
    choice = _weights(examples, recipe, folds, PULLS if pull is None else (pull,))
    choice, why = _shape(examples, recipe, folds, choice, trees_beyond)
    form, (crowding, size) = recipe.fit(examples, choice.pull), crowd.learn(examples, choice.z)
    if crowding:
        z = choice.z - crowd.shift(examples, crowding, size)
        choice = _Choice(choice.pull, z, _crossed(examples, folds, z))
    known = choice.z, examples.y, examples.weight
    reach = _wide(form.reach, choice.z, crowd.ROOM * crowding)
    curve = banded(calibrate(*known, reach), *known, examples.question, reach, seed)
    if isinstance(form, Linear) and form.spread:
        usual = float(np.average(examples.y, weights=examples.weight))
        form = replace(form, start=round(curve.sum_of(usual), 6))
    held = examples.frame.with_columns(score=pl.Series(choice.p))
    figures = measured(examples, choice.p, names, seed)
    said = source or Why("match_learning.source-judgments")
    model = Model(
        name, "", on, said, examples.frame.height, examples.questions, form, curve, figures,
        crowding=crowding, answers=size,
    ).versioned()  # fmt: skip
    counts = {"judgments": examples.frame.height, "questions": examples.questions}
    report = Why("match_learning.learnt", counts, (why,))
    return Learned(model, Report(report, held, figures, measures.reliability(choice.p, examples.y)))


def measured(examples: Examples, p: Floats, signals: Sequence[str], seed: int) -> dict[str, Figure]:
    """`ndcg` at 10, that of each signal alone (`ndcg_SIGNAL`), `recall` at 10, `ece`, `brier`, `log_loss`.

    `ece_shown`: of the ten best of each question alone. A market's many poor pairs make `ece` small by themselves.
    """
    frame = examples.frame.select("question", "useful").with_columns(score=pl.Series(p))
    found = {}
    order = measures.ndcg(frame)["ndcg"].to_numpy()
    if order.size:
        found["ndcg"] = measures.mean_of(order, seed)
        singles = {f"ndcg_{s}": measures.mean_of(of, seed) for s, of in alone(examples, signals).items()}
        found |= {"recall": measures.mean_of(measures.recall(frame, at=_SHOWN)["recall"].to_numpy(), seed), **singles}
    found |= measures.by_pair(examples.question, p, examples.y, seed)
    shown = frame.select(pl.col("score").rank("ordinal", descending=True).over("question") <= _SHOWN)
    best = shown.to_series().to_numpy()
    return found | {"ece_shown": measures.by_pair(examples.question[best], p[best], examples.y[best], seed)["ece"]}


def alone(examples: Examples, signals: Sequence[str]) -> dict[str, Floats]:
    """nDCG@10 of each question under one signal alone, for each that is known of any pair.

    An unknown signal stands at the mean of the known, as it does in a model.
    """
    found = {}
    for column, name in enumerate(examples.signals):
        value = examples.x[:, column]
        if name in signals and not np.isnan(value).all():
            filled = np.where(np.isnan(value), np.nanmean(value), value)
            frame = examples.frame.select("question", "useful").with_columns(score=pl.Series(filled))
            found[name] = measures.ndcg(frame)["ndcg"].to_numpy()
    return found


def _signals(frame: pl.DataFrame, prior: Linear) -> tuple[str, ...]:
    names = {*prior.weights, *(s for s in SIGNALS if s in frame.columns)}
    return tuple(s for s in (*SIGNALS, *sorted(names - {*SIGNALS})) if s in names)


def _few(examples: Examples) -> Why | None:
    """Why these judgments are too few to learn from, or None."""
    if examples.questions < LEAST_QUESTIONS:
        return Why("match_learning.kept-few", {"questions": examples.questions, "least": LEAST_QUESTIONS})
    good = int(examples.y.sum())
    if min(good, examples.y.size - good) < LEAST_EACH:
        return Why("match_learning.kept-one-sided", {"useful": good, "of": examples.y.size, "least": LEAST_EACH})
    return None


def _folds(examples: Examples, seed: int) -> Ints:
    """The fold of each pair: whole questions, dealt out in an order drawn from `seed`."""
    order = np.random.default_rng(seed).permutation(examples.questions)
    return np.asarray((order % _FOLDS)[examples.question])


def _weights(examples: Examples, recipe: _Recipe, folds: Ints, pulls: Sequence[float]) -> _Choice:
    """The hardest pull whose loss is within one standard error of the least (Breiman et al. 1984, by question)."""
    sums = [(pull, _held_out(examples, recipe, folds, pull)) for pull in pulls]
    losses = [_by_question(examples, measures.losses(sigmoid(z), examples.y)) for _, z in sums]
    best = min(losses, key=lambda loss: float(loss.mean()))
    close = [float((loss - best).mean()) <= _error(loss - best) for loss in losses]
    pull, z = sums[close.index(True)]
    return _Choice(pull, z, _crossed(examples, folds, z))


def _shape(examples: Examples, recipe: _Recipe, folds: Ints, weights: _Choice, beyond: int) -> tuple[_Choice, Why]:
    """Trees where there are judgments enough and they lose clearly less, otherwise weights; and why."""
    if examples.questions <= beyond:
        return weights, Why("match_learning.linear-few", {"questions": examples.questions, "beyond": beyond})
    z = _held_out(examples, recipe, folds, None)
    grown = _Choice(None, z, _crossed(examples, folds, z))
    losses = [_by_question(examples, measures.losses(c.p, examples.y)) for c in (weights, grown)]
    gain = losses[0] - losses[1]
    figures = {"linear": float(losses[0].mean()), "trees": float(losses[1].mean())}
    if float(gain.mean()) > _error(gain):
        return grown, Why("match_learning.trees-better", figures)
    return weights, Why("match_learning.trees-no-better", figures)


def _held_out(examples: Examples, recipe: _Recipe, folds: Ints, pull: float | None) -> Floats:
    """The sum of each pair by the form that did not see its question."""
    z = np.empty(folds.size)
    for fold in range(_FOLDS):
        apart = folds == fold
        form = recipe.fit(examples.of(~apart), pull)
        z[apart] = form.base + form.parts(examples.x[apart], examples.told[apart]).sum(axis=1)
    return z


def _crossed(examples: Examples, folds: Ints, z: Floats) -> Floats:
    """Probabilities of held-out sums, each by a curve drawn without its fold."""
    p = np.empty(z.size)
    reach = (float(z.min()) - 1.0, float(z.max()) + 1.0)
    for fold in range(_FOLDS):
        seen = folds != fold
        curve = calibrate(z[seen], examples.y[seen], examples.weight[seen], reach)
        p[~seen] = curve(z[~seen])
    return p


def _wide(reach: tuple[float, float], z: Floats, room: float) -> tuple[float, float]:
    """What a form can say, and what its folds said, with room for markets of other sizes."""
    room += 1e-6
    return min(reach[0], float(z.min())) - room, max(reach[1], float(z.max())) + room


def _by_question(examples: Examples, values: Floats) -> Floats:
    return np.asarray(
        np.bincount(examples.question, weights=values * examples.weight)
        / np.bincount(examples.question, weights=examples.weight)
    )


def _error(values: Floats) -> float:
    """Standard error of a mean over questions."""
    return float(values.std(ddof=1) / np.sqrt(values.size))
