"""A known truth comes back; few judgments stay near the prior; the order of rows changes nothing."""

import numpy as np
import polars as pl
import pytest
from judged_pairs import NAMES, ON, TRUTH, flat, model, pairs

from tongtu.match.learning import Learned, learn, measures
from tongtu.match.learning.judged import matrix, read
from tongtu.match.learning.linear import Linear, fit
from tongtu.match.learning.trees import _filled
from tongtu.match.learning.trees import fit as grow
from tongtu.terms.faults import DataRefused


def taught(judged: pl.DataFrame, **options: object) -> Learned:
    return learn(judged.drop("truth"), on=ON, seed=7, **{"prior": flat(), **options})


def weights(found: Learned) -> dict[str, float]:
    assert isinstance(found.model.form, Linear)
    return dict(found.model.form.weights)


def test_weights_of_a_known_truth_come_back() -> None:
    found = weights(taught(pairs(questions=300)))
    assert sorted(found, key=found.__getitem__) == sorted(TRUTH, key=TRUTH.__getitem__)
    assert list(found.values()) == pytest.approx([TRUTH[name] for name in found], abs=0.6)


def test_weights_come_back_where_a_third_of_the_signals_is_unknown() -> None:
    found = weights(taught(pairs(questions=300, unknown=0.3)))
    assert sorted(found, key=found.__getitem__)[-2:] == ["field", "concepts"]


def test_probabilities_are_those_the_judgments_were_drawn_from() -> None:
    made = taught(pairs(seed=1, questions=300)).model
    fresh = made.apply(pairs(seed=2, questions=300))
    score, y = fresh["score"].to_numpy(), (fresh["useful"] >= 2).to_numpy().astype(float)
    assert measures.ece(score, y) <= 0.03
    assert float(np.abs(score - fresh["truth"].to_numpy()).mean()) <= 0.03


def test_intervals_hold_the_truth_and_narrow_with_judgments() -> None:
    fresh, widths = pairs(seed=2, questions=100), []
    for questions in (30, 300):
        made = taught(pairs(seed=1, questions=questions)).model
        score = made.apply(fresh)["score"]
        band = made.interval(score)
        assert (band["low"] <= score + 1e-6).all()
        assert (band["high"] >= score - 1e-6).all()
        assert fresh["truth"].is_between(band["low"] - 0.05, band["high"] + 0.05).mean() >= 0.9
        widths.append((band["high"] - band["low"]).mean())
    assert widths[1] < 0.6 * widths[0]
    assert flat().interval(score).null_count().row(0) == (100 * 20, 100 * 20)


def test_the_effect_of_market_size_is_learnt() -> None:
    """Every e-fold of answers takes one unit of log-odds; each size gets its own probabilities."""
    sizes = {100: -5.0, 1_000: -5.0 - np.log(10)}
    several = []
    for n, at in sizes.items():
        own = pl.format("{}-{}", pl.lit(n), "question")
        several.append(pairs(seed=n, questions=150, intercept=at).with_columns(answers=n, question=own))
    made = taught(pl.concat(several)).model
    assert made.crowding == pytest.approx(1.0, abs=0.25)
    for n, at in sizes.items():
        fresh = made.sized(n).apply(pairs(seed=n + 1, questions=150, intercept=at))
        assert float((fresh["score"] - fresh["truth"]).abs().mean()) <= 0.04
    assert taught(several[0]).model.crowding == 0.0


def test_a_curve_that_is_no_sigmoid_is_followed() -> None:
    """Usefulness jumps at a threshold; a sigmoid alone would be off by far."""
    judged = pairs(seed=3, questions=200, truth={"lexical": 1.0, "concepts": 1.0}, intercept=0.0)
    p = np.where(judged["lexical"] + judged["concepts"] > 1.2, 0.7, 0.1)
    useful = np.where(np.random.default_rng(4).random(p.size) < p, 3, 0)
    judged = judged.with_columns(useful=useful)
    found = learn(judged, on=ON, seed=1, prior=flat(("lexical", "concepts")))
    assert found.report.figures["ece"].value <= 0.03
    score = found.model.apply(judged)["score"].to_numpy()
    assert float(np.abs(score - p).mean()) <= 0.05


def test_the_figures_of_the_report_are_of_questions_not_seen() -> None:
    """Signals that say nothing: a model that had seen its questions would seem to know better than the rate."""
    draw = np.random.default_rng(5)
    judged = pairs(questions=30).with_columns(useful=pl.Series(draw.choice([0, 3], 600)))
    found = taught(judged, pull=1.0, floor=0.0, free=NAMES)
    assert found.report.figures["log_loss"].value >= 0.68
    assert found.report.held.height == 600
    assert found.report.reliability["pairs"].sum() == 600


def test_few_judgments_stay_nearer_the_prior_than_many() -> None:
    def turn(questions: int) -> float:
        """The angle between what was learnt and the prior's proportions."""
        found = np.array(list(weights(taught(pairs(seed=9, questions=questions, answers=10), pull=30.0)).values()))
        return float(1 - found.sum() / (np.linalg.norm(found) * np.sqrt(found.size)))

    assert turn(12) < 0.5 * turn(200)


def test_a_signal_no_judgment_knows_keeps_its_proportion() -> None:
    stated = model({**dict.fromkeys(NAMES, 1.0), "record": 2.0, "encoder": 0.5})
    found = weights(taught(pairs(questions=60), prior=stated))
    assert found["record"] == pytest.approx(4 * found["encoder"], rel=1e-4)
    assert found["record"] > 0


def test_more_never_hurts_unless_it_may() -> None:
    judged = pairs(questions=200, truth={**TRUTH, "field": -3.0}, intercept=-3.0)
    assert weights(taught(judged))["field"] == 0.0
    assert weights(taught(judged, pull=1.0, free=("field",)))["field"] == pytest.approx(-3.0, abs=0.6)
    kept = weights(taught(judged, floor=0.5, pull=30.0))
    assert kept["field"] > 0.0


def test_the_weights_are_the_optimum() -> None:
    """Against a general solver on the loss as the docstring writes it."""
    from scipy.optimize import minimize

    examples = read(pairs(questions=40, unknown=0.2), NAMES)
    stated = Linear(-3.0, {"lexical": 1.0, "concepts": 2.0, "field": 0.5, "readiness": 3.0}, dict.fromkeys(NAMES, 0.5))
    found = fit(examples, stated, pull=20.0)
    own = np.array(list(stated.weights.values()))
    x = np.nan_to_num(examples.x - np.array(list(found.means.values())))

    def loss(theta: np.ndarray) -> float:
        z = theta[0] + x @ theta[2:]
        apart = theta[2:] - theta[1] * own
        return float((np.logaddexp(0, z) - examples.y * z).sum() + 10.0 * apart @ apart + 0.5 * (theta[1] - 1) ** 2)

    bounds = [(None, None), (0.05, 20.0), *[(0.0, None)] * 4]
    best = minimize(loss, np.array([0.0, 1.0, *own]), method="L-BFGS-B", bounds=bounds, options={"maxfun": 50_000})
    mine = np.array([found.intercept, best.x[1], *found.weights.values()])
    assert loss(mine) == pytest.approx(best.fun, abs=1e-3)
    assert list(found.weights.values()) == pytest.approx(best.x[2:].tolist(), abs=5e-3)


def test_too_few_questions_keep_the_prior_and_say_so() -> None:
    found = taught(pairs(questions=9))
    assert found.model == flat()
    assert found.report.why.code == "match_learning.kept-few"
    assert found.report.why.args == {"questions": 9, "least": 10}


def test_judgments_all_of_one_mind_keep_the_prior_and_say_so() -> None:
    found = taught(pairs(questions=40).with_columns(useful=0))
    assert found.model == flat()
    assert found.report.why.code == "match_learning.kept-one-sided"


def test_trees_find_what_matters_only_together() -> None:
    judged = pairs(questions=410, answers=10, xor=True)
    found = taught(judged, free=NAMES)
    assert found.model.kind == "trees"
    assert found.report.why.parts[0].code == "match_learning.trees-better"
    line = taught(judged, free=NAMES, trees_beyond=1_000)
    assert line.model.kind == "linear"
    assert found.report.figures["ndcg"].value > line.report.figures["ndcg"].value + 0.1
    assert found.report.figures["log_loss"].value < line.report.figures["log_loss"].value - 0.1
    assert found.report.figures["ece"].value <= 0.03


def test_trees_are_not_grown_from_four_hundred_questions() -> None:
    found = taught(pairs(questions=400, answers=5, xor=True), free=NAMES)
    assert found.model.kind == "linear"
    assert found.report.why.parts[0].code == "match_learning.linear-few"


def test_trees_that_are_no_better_are_not_taken() -> None:
    found = taught(pairs(questions=25), trees_beyond=0)
    assert found.model.kind == "linear"
    assert found.report.why.parts[0].code == "match_learning.trees-no-better"


def test_our_trees_say_what_scikit_learn_says() -> None:
    """Where every signal is known, base and contributions add up to its decision function."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    examples = read(pairs(questions=60, xor=True), NAMES)
    grown = grow(examples, seed=3, free=NAMES)
    theirs = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.1, max_leaf_nodes=8, max_depth=3, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=False, random_state=3,
    ).fit(_filled(examples.x, 3), examples.y)  # fmt: skip
    ours = grown.base + grown.parts(examples.x).sum(axis=1)
    assert ours == pytest.approx(theirs.decision_function(examples.x), abs=1e-6)


def test_trees_never_fall_where_a_signal_rises() -> None:
    judged = pairs(questions=60)
    grown = grow(read(judged, NAMES), seed=1)
    x = matrix(judged, NAMES)
    for column in range(len(NAMES)):
        raised = x.copy()
        raised[:, column] = np.maximum(raised[:, column], 0.8)
        assert (grown.parts(raised).sum(axis=1) >= grown.parts(x).sum(axis=1) - 1e-9).all()


def test_the_order_of_rows_changes_nothing() -> None:
    judged = pairs(questions=40, unknown=0.2)
    turned = judged.sample(fraction=1.0, shuffle=True, seed=2)
    one, other = taught(judged), taught(turned)
    assert one.model.to_json() == other.model.to_json()
    assert one.report.held.equals(other.report.held)
    assert grow(read(judged, NAMES), seed=1) == grow(read(turned, NAMES), seed=1)


def test_weights_count_a_pair_as_often_as_they_say() -> None:
    judged = pairs(questions=60)
    heavy = judged.with_columns(weight=pl.when(pl.col("lexical") > 0.5).then(4.0).otherwise(1.0))
    assert weights(taught(judged, pull=30.0)) == weights(taught(judged.with_columns(weight=1.0), pull=30.0))
    assert weights(taught(judged, pull=30.0)) != weights(taught(heavy, pull=30.0))


BAD = {
    "column-missing": lambda j: j.drop("question"),
    "column-text": lambda j: j.with_columns(useful=pl.lit("good")),
    "column-empty": lambda j: j.with_columns(useful=pl.lit(None, pl.Int64)),
    "pair-twice": lambda j: pl.concat([j, j.head(2)]),
    "useful-range": lambda j: j.with_columns(useful=4),
    "weight-range": lambda j: j.with_columns(weight=0.0),
    "signal-range": lambda j: j.with_columns(lexical=pl.col("lexical") * 9),
    "signal-text": lambda j: j.with_columns(lexical=pl.lit("much")),
}


@pytest.mark.parametrize("code", BAD)
def test_bad_judgments_are_refused_by_their_fault(code: str) -> None:
    with pytest.raises(DataRefused) as caught:
        taught(BAD[code](pairs(questions=12)))
    assert [f.what.code for f in caught.value.faults] == [f"match_learning.{code}"]
    assert caught.value.say("zh") != caught.value.say("en")
