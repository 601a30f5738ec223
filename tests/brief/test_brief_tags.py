"""Tags learnt from few examples: a known truth recovered, left-out values exact, no order matters, bad input told."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.brief.tags import LEAST, SCHEMA, Tagger, fit
from tongtu.brief.tags.signals import _CONSTANT, _products, _regressed, likeness, log_odds
from tongtu.brief.tags.tagger import _threshold
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why
from tongtu.terms.words import entries, missing, say

#: tag → words that texts with the tag hold
TRUTH = {
    "算力": ("算力", "智算中心", "芯片"),
    "数据": ("数据", "开放共享", "标注"),
    "Pilots": ("pilot line", "scale-up", "testbed"),
    "Funds": ("grant", "subsidy", "loan"),
}
FILLER = (
    "本通知自发布之日起施行。",
    "各地要认真组织落实。",
    "The office publishes the text.",
    "It covers all regions.",
)


def drawn(seed: int, count: int) -> tuple[list[str], list[set[str]]]:
    """Texts whose tags are plain from their words."""
    rng = random.Random(seed)
    texts, tags = [], []
    for _ in range(count):
        held = {tag for tag in TRUTH if rng.random() < 0.4}
        words = [rng.choice(TRUTH[tag]) for tag in sorted(held)] + rng.sample(FILLER, 2)
        rng.shuffle(words)
        texts.append(" ".join(words))
        tags.append(held)
    return texts, tags


@cache
def trained() -> Tagger:
    return fit(*drawn(1, 60))


def test_a_known_truth_is_recovered_on_unseen_texts() -> None:
    tagger, (texts, tags) = trained(), drawn(2, 60)
    found = [set(tagger.chosen(text)) for text in texts]
    hits = sum(len(f & t) for f, t in zip(found, tags, strict=True))
    assert 2 * hits / sum(len(f) + len(t) for f, t in zip(found, tags, strict=True)) >= 0.95


def test_a_tag_no_example_has_is_found_by_its_concepts_alone() -> None:
    texts, tags = drawn(3, 60)
    without = [one - {"Funds"} for one in tags]
    scores = fit(texts, without, concepts=TRUTH).scores(["a grant and a loan", "The office publishes the text."])
    at = sorted(TRUTH).index("Funds")
    assert scores[0, at] > 2 * scores[1, at]


def test_the_order_of_examples_is_of_no_account() -> None:
    texts, tags = drawn(4, 30)
    order = random.Random(0).sample(range(30), 30)
    one, other = fit(texts, tags), fit([texts[i] for i in order], [tags[i] for i in order])
    assert one.threshold == other.threshold
    assert np.array_equal(one.scores(texts), other.scores(texts))


def test_values_of_an_example_left_out_are_those_of_a_fit_without_it() -> None:
    """The shortcut by leverage against the long way, at the penalty it chose."""
    texts, tags = drawn(5, 20)
    marked = np.array([[float(tag in one) for tag in sorted(TRUTH)] for one in tags])
    fitted, (unseen, _) = likeness(texts, marked)
    products = _products(fitted.rows, fitted.rows) + _CONSTANT
    dual, again = _regressed(products, marked)
    assert np.allclose(unseen, again)
    penalty = min(
        (0.1, 0.3, 1.0, 3.0), key=lambda p: abs(np.linalg.solve(products + p * np.eye(20), marked) - dual).max()
    )
    for at in range(20):
        rest = [i for i in range(20) if i != at]
        weights = np.linalg.solve(products[np.ix_(rest, rest)] + penalty * np.eye(19), marked[rest])
        assert np.allclose(products[at, rest] @ weights, unseen[at], atol=1e-6)


def test_no_signal_of_an_example_knows_its_own_tags() -> None:
    texts, tags = drawn(6, 20)
    marked = np.array([[float(tag in one) for tag in sorted(TRUTH)] for one in tags])
    turned = marked.copy()
    turned[7] = 1 - turned[7]
    (_, near), (_, near_turned) = likeness(texts, marked)[1], likeness(texts, turned)[1]
    assert np.allclose(near[7], near_turned[7])
    assert np.allclose(log_odds(marked)[1][7], log_odds(turned)[1][7])


def test_the_threshold_is_the_best_of_all() -> None:
    rng = np.random.default_rng(0)
    scores, wanted = rng.random(200), (rng.random(200) < 0.3).astype(float)

    def measure(step: float) -> float:
        found = scores >= step
        return float(2 * (found * wanted).sum() / (found.sum() + wanted.sum()))

    assert measure(_threshold(scores, wanted)) == pytest.approx(max(measure(step) for step in scores))


def test_the_table_has_a_row_for_each_tag_and_says_why() -> None:
    tagger = trained()
    table = tagger.tagged({"b": "算力券支持智算中心", "a": "nothing of that", "c": ""})
    assert dict(table.schema) == dict(SCHEMA)
    assert table["document"].to_list() == [name for name in "abc" for _ in TRUTH]
    assert table["score"].is_between(0, 1).all()
    chosen = table.filter("chosen")
    assert tuple(sorted(chosen.filter(document="b")["tag"])) == tagger.chosen("算力券支持智算中心") == ("算力",)
    (why,) = [Why.from_json(text) for text in chosen.filter(document="b")["why"]]
    assert "算力" in say(why, "zh")
    assert say(why, "zh") != say(why, "en")
    assert trained().scores([]).shape == (0, len(TRUTH))


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_text_has_finite_scores(text: str) -> None:
    assert np.isfinite(trained().scores([text])).all()


@pytest.mark.parametrize(
    ("texts", "tags", "codes"),
    [
        (["a"] * LEAST, [{"x"}] * (LEAST - 1), ["lengths"]),
        (["a"], [{"x"}], ["few"]),
        (["a"] * LEAST, [set()] * LEAST, ["none"]),
        ([], [{"x"}], ["lengths", "few"]),
        ([], [], ["few", "none"]),
    ],
)
def test_what_cannot_be_learnt_from_is_told_whole(texts: list[str], tags: list[set[str]], codes: list[str]) -> None:
    with pytest.raises(DataRefused) as caught:
        fit(texts, tags)
    assert [fault.what.code.partition(".")[2] for fault in caught.value.faults] == codes
    assert all(fault.repair for fault in caught.value.faults)


def test_examples_without_a_common_word_still_give_atrained() -> None:
    tagger = fit([chr(0x4E00 + i) for i in range(12)], [{"x"} if i % 3 else {"y"} for i in range(12)])
    assert np.isfinite(tagger.scores(["全新"])).all()


def test_every_reason_speaks_both_languages() -> None:
    assert not [fault for name in entries("brief_tags") for fault in missing(f"brief_tags.{name}")]
