"""What every model promises: contributions add up, unknown adds nothing, more never hurts, JSON comes back equal."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_pairs import NAMES, flat, model, pairs

from tongtu.match.learning import Model, default, learn, prior
from tongtu.match.learning.calibration import logistic
from tongtu.match.learning.judged import matrix, read
from tongtu.match.learning.measures import ece
from tongtu.match.learning.trees import Tree, Trees
from tongtu.match.learning.trees import fit as grow
from tongtu.terms.faults import DataRefused

signal = st.none() | st.floats(0, 1)
rows = st.lists(st.tuples(*[signal] * len(NAMES)), min_size=1, max_size=30)
weights = st.tuples(*[st.floats(0, 30)] * len(NAMES))


def frame(values: list[tuple[float | None, ...]]) -> pl.DataFrame:
    return pl.DataFrame(values, schema=dict.fromkeys(NAMES, pl.Float64), orient="row")


@pytest.fixture(scope="module")
def grown() -> Model:
    form = grow(read(pairs(questions=40, xor=True, unknown=0.2), NAMES), seed=1, free=NAMES)
    return replace(flat(), form=form, calibration=logistic(form.reach))


def check(made: Model, given_rows: pl.DataFrame) -> None:
    out = made.apply(given_rows)
    by = [f"by_{name}" for name in made.signals]
    assert out.columns == [*given_rows.columns, "score", "base", *by]
    assert out["score"].is_between(0, 1).all()
    for row in out.iter_rows(named=True):
        shares = [row[name] for name in by]
        assert round(row["base"] + sum(s for s in shares if s is not None), 6) == row["score"]
        assert all((row[name] is None) == (row.get(name.removeprefix("by_")) is None) for name in by)


@given(rows, weights, st.floats(-12, 3))
@settings(max_examples=60, deadline=None)
def test_contributions_add_up_to_the_score(values: list, given_weights: tuple, intercept: float) -> None:
    check(model(dict(zip(NAMES, given_weights, strict=True)), intercept), frame(values))


@given(rows)
@settings(max_examples=30, deadline=None)
def test_contributions_of_the_shipped_models_add_up(values: list) -> None:
    for made in (default(), prior()):
        check(made, frame(values))


@given(rows)
@settings(max_examples=30, deadline=None)
def test_contributions_of_trees_add_up(grown: Model, values: list) -> None:
    check(grown, frame(values))


@given(rows, st.sampled_from(NAMES))
@settings(max_examples=40, deadline=None)
def test_an_unknown_signal_neither_helps_nor_harms(grown: Model, values: list, name: str) -> None:
    """Leaving a column out is the same as not knowing it, and everything unknown is the base."""
    given_rows = frame(values)
    for made in (flat(), default(), grown):
        silent = given_rows.with_columns(pl.lit(None, pl.Float64).alias(name))
        assert made.apply(silent)["score"].equals(made.apply(given_rows.drop(name))["score"])
        empty = made.apply(pl.DataFrame({"n": range(given_rows.height)}))
        assert empty["score"].unique().to_list() == [made.base]
        assert [empty[f"by_{s}"].null_count() for s in made.signals] == [given_rows.height] * len(made.signals)


def test_where_signals_do_not_vary_together_one_at_its_mean_says_as_much_as_an_unknown_one() -> None:
    made = default()
    form = replace(made.form, spread=(), start=None)
    at_mean = pl.DataFrame({name: [mean] for name, mean in form.means.items()})
    alone = replace(made, form=form)
    assert alone.apply(at_mean)["score"].item() == alone.base


@pytest.mark.parametrize("known", [("lexical",), ("lexical", "semantic"), ("concepts", "indicators")])
def test_a_pair_of_which_little_is_known_is_judged_as_such_pairs_turn_out(known: tuple[str, ...]) -> None:
    """Signals that go together speak for one another; taking the unknown for average would be far off."""
    draw = np.random.default_rng(5)
    names = ("lexical", "semantic", "concepts", "indicators")
    common = draw.normal(0.0, 0.12, 40_000)
    signals = {name: np.clip(0.4 + common + draw.normal(0, 0.08, common.size), 0, 1) for name in names}
    truth = 1 / (1 + np.exp(-(sum(8.0 * (values - 0.4) for values in signals.values()) - 4.0)))
    useful = 2.0 * (draw.random(common.size) < truth)
    number = np.arange(common.size)
    judged = pl.DataFrame(
        {"question": (number // 20).astype(str), "answer": number.astype(str), **signals, "useful": useful}
    )
    half = judged.height // 2
    model = learn(judged[:half], on=date(2026, 1, 1), seed=1, pull=1.0, signals=names, trees_beyond=half).model
    seen = judged[half:].with_columns(pl.lit(None, pl.Float64).alias(n) for n in names if n not in known)

    def wrong(made: Model) -> float:
        return ece(made.apply(seen)["score"].to_numpy(), (judged[half:]["useful"] >= 2).to_numpy().astype(float))

    assert wrong(model) < 0.03
    assert wrong(replace(model, form=replace(model.form, spread=(), start=None))) > 2 * wrong(model)


@given(rows, st.sampled_from(NAMES), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_more_of_a_signal_never_hurts(values: list, name: str, more: float) -> None:
    given_rows = frame(values).with_columns(pl.col(name).fill_null(0.3))
    raised = given_rows.with_columns(pl.max_horizontal(name, pl.lit(more)).alias(name))
    for made in (default(), prior()):
        assert (made.apply(raised)["score"] >= made.apply(given_rows)["score"]).all()


def test_the_score_keeps_the_order_of_the_sums() -> None:
    made, found = default(), pairs(unknown=0.3)
    examples = read(found, made.signals)
    found, z = examples.frame, made.form.base + made.form.parts(examples.x, examples.told).sum(axis=1)
    scored = made.apply(found).with_columns(z=pl.Series(z))
    assert (np.diff(scored["score"].to_numpy()[np.argsort(z)]) >= 0).all()
    shared = scored.filter(pl.struct("question", "score").is_duplicated()).height
    assert shared <= 0.05 * scored.height  # six digits are enough to tell answers of one question apart


def test_contributions_are_the_gradient_integrated_along_the_straight_path() -> None:
    """An independent way to the same numbers: 20,000 steps from nothing known to the pair."""
    made = default()
    given_rows = pl.DataFrame({"lexical": [0.6], "concepts": [0.7], "indicators": [1.0], "field": [0.0]})
    parts = made.form.parts(matrix(given_rows, made.signals))[0]
    start, step = made.form.base, 1 / 20_000
    middles = start + (np.arange(20_000) + 0.5) * step * parts.sum()
    width = abs(parts.sum()) * step / 2
    slopes = (made.calibration(middles + width) - made.calibration(middles - width)) / (2 * width)
    out = made.apply(given_rows)
    for name, part in zip(made.signals, parts, strict=True):
        assert out[f"by_{name}"].fill_null(0.0).item() == pytest.approx(part * slopes.mean(), abs=2e-5)


def test_an_empty_frame_and_text_beside_the_signals_pass_through() -> None:
    out = default().apply(pl.DataFrame({"n": [], "lexical": []}, schema={"n": pl.Int64, "lexical": pl.Float64}))
    assert out.height == 0
    assert out["score"].dtype == pl.Float64
    kept = default().apply(pl.DataFrame({"name": ["甲"], "lexical": [None]}))
    assert kept["name"].to_list() == ["甲"]
    assert kept["by_lexical"].dtype == pl.Float64


@pytest.mark.parametrize(("value", "code"), [(1.2, "signal-range"), (-0.1, "signal-range"), ("x", "signal-text")])
def test_a_signal_outside_its_range_is_refused_by_name(value: object, code: str) -> None:
    with pytest.raises(DataRefused) as caught:
        default().apply(pl.DataFrame({"lexical": [value], "concepts": [0.1]}))
    assert [(f.what.code, f.column) for f in caught.value.faults] == [(f"match_learning.{code}", "lexical")]


def test_models_come_back_from_json_equal(grown: Model) -> None:
    for made in (default(), prior(), flat(), grown):
        again = Model.from_json(made.to_json())
        assert again == made
        assert again.to_json() == made.to_json()


def test_a_model_says_what_it_is() -> None:
    made = json.loads(default().to_json())
    assert made["grade"] == "ours"
    assert made["made_on"] == "2026-11-22"
    assert made["version"].startswith("2026-11-22-")
    assert made["judgments"] > made["questions"] > 400


BAD = {
    "json-syntax": "{",
    "json-format": lambda d: d | {"format": 9},
    "json-missing": lambda d: {k: v for k, v in d.items() if k != "calibration"},
    "json-type": lambda d: d | {"questions": "many"},
    "json-date": lambda d: d | {"made_on": "yesterday"},
    "json-kind": lambda d: d | {"kind": "forest"},
    "json-signals": lambda d: d | {"form": d["form"] | {"means": {"lexical": 0.5}}},
    "json-range": lambda d: d | {"form": d["form"] | {"means": dict.fromkeys(d["form"]["means"], 2.0)}},
    "json-band": lambda d: d | {"calibration": d["calibration"] | {"low": [0.1]}},
    "json-curve": lambda d: d | {"calibration": {"z": [0, 1], "p": [0.5, 0.5]}},
}


@pytest.mark.parametrize("code", BAD)
def test_a_bad_model_is_refused_by_its_fault(code: str) -> None:
    change = BAD[code]
    text = change if isinstance(change, str) else json.dumps(change(json.loads(flat().to_json())))
    with pytest.raises(DataRefused) as caught:
        Model.from_json(text, "weights.json")
    assert {f.what.code for f in caught.value.faults} == {f"match_learning.{code}"}
    assert all(f.file == "weights.json" and f.repair for f in caught.value.faults)


def test_all_faults_of_a_model_are_named_at_once() -> None:
    broken = json.loads(flat().to_json()) | {"made_on": 5, "questions": None, "measured": {"ndcg": 1}, "source": {}}
    broken["form"]["weights"]["lexical"] = "much"
    with pytest.raises(DataRefused) as caught:
        Model.from_json(json.dumps(broken))
    places = {f.column for f in caught.value.faults}
    assert places == {"made_on", "questions", "measured.ndcg", "source", "form.weights.lexical"}


@pytest.mark.parametrize("text", ["[]", "3", "null", '"x"', "{}"])
def test_json_that_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(DataRefused):
        Model.from_json(text)


@pytest.mark.parametrize(
    "change", [{"right": [1, 0, 0]}, {"signal": [7, -1, -1]}, {"value": [0.0]}, {"share": [2, 1, 1]}]
)
def test_a_tree_that_does_not_hang_together_is_refused(grown: Model, change: dict) -> None:
    document = json.loads(grown.to_json())
    tree = {"signal": [0, -1, -1], "limit": [0.5, 0, 0], "left": [1, 0, 0], "right": [2, 0, 0],
            "share": [0.5, 1, 1], "value": [0.0, -1.0, 1.0]}  # fmt: skip
    document["form"]["trees"] = [tree]
    good = Model.from_json(json.dumps(document))
    assert isinstance(good.form, Trees)
    assert isinstance(good.form.trees[0], Tree)
    document["form"]["trees"] = [tree | change]
    with pytest.raises(DataRefused):
        Model.from_json(json.dumps(document))
