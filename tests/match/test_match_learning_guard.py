"""A candidate is used only where judgments it has not seen show it is no worse."""

import polars as pl
import pytest
from judged_pairs import NAMES, ON, TRUTH, flat, model, pairs

from tongtu.match.learning import Model, default, deploy, learn
from tongtu.terms.words import LANGUAGES, say


def test_a_better_candidate_is_used_and_keeps_its_figures() -> None:
    judged = pairs(questions=150)
    candidate = learn(judged, on=ON, seed=1, prior=flat())
    model_used, why, figures = deploy(candidate, flat(), judged)
    assert why.code == "match_learning.deployed"
    assert model_used.form == candidate.model.form
    assert figures["ndcg"].value >= figures["ndcg_current"].value
    assert figures["ahead_single"].value > 0
    assert model_used.measured["ndcg_current"] == figures["ndcg_current"]
    assert Model.from_json(model_used.to_json()) == model_used


def test_a_candidate_worse_than_the_current_model_is_not_used() -> None:
    """The candidate still beats every single signal."""
    judged = pairs(questions=200)
    current, worse = model(TRUTH), model({**TRUTH, "field": 1.0, "readiness": 3.0})
    kept, why, figures = deploy(worse, current, judged)
    assert kept is current
    assert why.code == "match_learning.kept-better-current"
    assert figures["ndcg"].value > figures["ndcg_concepts"].value
    assert figures["ahead_current"].value < 0


def test_a_candidate_worse_than_one_signal_alone_is_not_used() -> None:
    judged = pairs(questions=200, truth={**dict.fromkeys(NAMES, 0.0), "concepts": 8.0}, intercept=-5.0)
    noisy = model({**dict.fromkeys(NAMES, 1.0), "readiness": 6.0})
    noisier = model({**dict.fromkeys(NAMES, 1.0), "readiness": 12.0})
    kept, why, _ = deploy(noisy, noisier, judged)
    assert kept is noisier
    assert why.code == "match_learning.kept-better-single"
    assert why.args["signal"] == "concepts"


def test_a_candidate_is_judged_by_the_folds_that_did_not_see_a_question() -> None:
    judged = pairs(questions=40)
    candidate = learn(judged, on=ON, seed=1, prior=flat())
    held = deploy(candidate, flat(), judged).figures["ndcg"]
    assert held.value == candidate.report.figures["ndcg"].value
    fresh = pairs(seed=2, questions=40).with_columns(question=pl.format("R{}", "question"))
    assert deploy(candidate, flat(), fresh).figures["ndcg"] == deploy(candidate.model, flat(), fresh).figures["ndcg"]


def test_nothing_learnt_leaves_what_there_is_and_says_why() -> None:
    judged = pairs(questions=5)
    kept, why, figures = deploy(learn(judged, on=ON, seed=1), default(), judged)
    assert kept is default()
    assert [part.code for part in why.parts] == ["match_learning.kept-few"]
    assert figures == {}


def test_without_a_useful_pair_the_current_model_stays() -> None:
    judged = pairs(questions=20).with_columns(useful=0)
    assert deploy(model(TRUTH), flat(), judged).why.code == "match_learning.kept-nothing-useful"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_decided_is_said_with_its_figures(lang: str) -> None:
    judged = pairs(questions=60)
    why = deploy(model(TRUTH), flat(), judged).why
    assert "nDCG@10" in say(why, lang)
    assert "{" not in say(why, lang)
