"""What a figure depends on: published indices, hand-made cases, and the heat map over real scales."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from risk_books import drawn

from tongtu.risk.sensitivity import heat, of_case, sensitivity, sobol_indices, tornado
from tongtu.risk.simulation import Factors, simulate
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.words import LANGUAGES, missing, say


def inputs(**points: tuple[float | None, ...]) -> pl.DataFrame:
    rows = [(name, *values) for name, values in points.items()]
    return pl.DataFrame(rows, ["name", "low", "middle", "high"], orient="row")


def test_ishigami():
    def turn(chance):
        return np.pi * (2 * chance - 1)

    def figure(at):
        return np.sin(at["x1"]) + 7 * np.sin(at["x2"]) ** 2 + 0.1 * at["x3"] ** 4 * np.sin(at["x1"])

    found = sobol_indices(figure, {"x1": turn, "x2": turn, "x3": turn}, points=2048, sets=4)
    rows = {row["name"]: row for row in found.rows(named=True)}
    for name, first, total in (("x1", 0.3139, 0.5576), ("x2", 0.4424, 0.4424), ("x3", 0.0, 0.2437)):
        assert rows[name]["first"] == pytest.approx(first, abs=0.01)
        assert rows[name]["total"] == pytest.approx(total, abs=0.01)
        assert rows[name]["first_se"] < 0.01
    assert found["name"].to_list() == ["x1", "x2", "x3"]


def test_what_adds_up_needs_no_indices():
    found = sensitivity(lambda at: 2 * at["a"] - at["b"], inputs(a=(-1, 0, 1), b=(-1, 0, 1)))
    assert found.show == "tornado"
    assert found.interactions == pytest.approx(0, abs=0.01)
    assert found.tornado.row(0, named=True)["swing"] == 4
    rows = {row["name"]: row for row in found.indices.rows(named=True)}
    assert rows["a"]["first"] == pytest.approx(0.8, abs=0.01)
    assert rows["a"]["total"] == pytest.approx(0.8, abs=0.01)


def test_what_matters_only_together_is_shown_by_indices():
    found = sensitivity(lambda at: at["a"] * at["b"], inputs(a=(-1, 0, 1), b=(-1, 0, 1)))
    assert found.tornado["swing"].max() == 0  # the tornado sees nothing at all
    assert found.interactions == pytest.approx(1, abs=0.02)
    assert found.show == "indices"
    assert missing(found.why.code) == []
    assert not any("{" in say(found.why, lang) for lang in LANGUAGES)


def test_the_bars_are_the_figure_at_its_points():
    bars = tornado(lambda at: at["a"] ** 2 + at["b"], inputs(a=(1, 2, 4), b=(0, 5, 6)))
    assert bars.row(0) == ("a", 1, 2, 4, 6, 9, 21, 15)
    assert bars.row(1) == ("b", 0, 5, 6, 4, 9, 10, 6)


@pytest.mark.parametrize(("points", "code"), [((3, 2, 1), "input-points"), ((None, 2, 3), "input-points")])
def test_points_that_fall_are_refused(points, code):
    with pytest.raises(DataRefused) as error:
        tornado(lambda at: at["a"], inputs(a=points))
    assert error.value.faults[0].what.code == f"risk_simulation.{code}"
    twice = pl.concat([inputs(a=(1, 2, 3))] * 2)
    with pytest.raises(DataRefused):
        tornado(lambda at: at["a"], twice)
    with pytest.raises(DataRefused):
        tornado(lambda at: at["a"], twice.drop("low"))
    with pytest.raises(UsageFault):
        sobol_indices(lambda at: at["a"], {"a": lambda c: c}, points=100)


def test_a_case_rests_on_its_odds_costs_and_payoff():
    book = drawn(12, belief=30.0, spread=0.3)
    case = next(name for k, name in enumerate(book.cases) if book.count[k] == 3)
    found = of_case(book, case)
    kinds = {name.partition(":")[0] for name in found.tornado["name"]}
    assert kinds == {"odds", "cost"}
    k = book.cases.index(case)
    rows = slice(book.start[k], book.start[k + 1])
    assert found.tornado["at_middle"].unique().len() == 1
    reached = np.r_[1, np.cumprod(book.p[rows])[:-1]]
    plan = book.payoff[k] * book.success[k] - reached @ book.cost[rows]
    assert found.tornado["at_middle"][0] == pytest.approx(plan, rel=0.1)  # medians of the beliefs, not their means
    with pytest.raises(UsageFault):
        of_case(book, "nobody")


def test_the_heat_map_lies_over_the_real_distribution():
    book = drawn(80, 1, spread=0.4)
    found = heat(book)
    whole = simulate(book, factors=Factors.plain(0.0), points=256, scramblings=2, stress=(), doubt=False)
    assert found.points["expected"].sum() == pytest.approx(whole.figure("loss", "mean"), rel=0.01)
    assert found.cells["cases"].sum() == 80
    assert found.cells["expected"].sum() == pytest.approx(found.points["expected"].sum())
    assert (found.points["loss_high"] >= found.points["loss"] * 0.99).all()
    np.testing.assert_allclose(found.points["p_fail"].to_numpy(), 1 - book.success)
    assert found.cells.height == 25
