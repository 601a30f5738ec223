"""Choice under a cap on the tail: brute force, the textbook program, exact limits, bounds that hold, and no answer."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.solve.tail import Effort, Losses, Options, Row, Selected, Tail, cvar, frontier, least, select, worst
from tongtu.terms.faults import Cancelled
from tongtu.terms.why import Why
from tongtu.terms.words import missing

EXACT = Effort(gap=0.0, nodes=5_000)
Instance = tuple[int, Options, list[Row], Tail]


def why(name: str) -> Why:
    return Why("solve.test", {"name": name})


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """Up to five items with up to two options, a budget, a floor that may be out of reach, and eight scenarios."""
    n = draw(st.integers(0, 5))
    item = np.array([i for i in range(n) for _ in range(draw(st.integers(0, 2)))], np.int64)
    m, whole = len(item), st.integers(0, 12)
    value = np.array([draw(st.integers(-3, 20)) for _ in range(m)], float) / 20
    amount = np.array([draw(whole) for _ in range(m)], float)
    given_ = np.array([draw(st.integers(0, 4)) for _ in range(m)], float)
    rows = [
        Row(why("most"), np.arange(m), amount, most=float(draw(st.integers(0, 25)))),
        Row(why("least"), np.arange(m), given_, least=float(draw(st.integers(0, 6)))),
    ]
    loss = np.array([[draw(st.integers(-4, 9)) for _ in range(8)] for _ in range(n)], np.float32).reshape(n, 8)
    return n, Options(item, value), rows, Tail(Losses(loss), draw(st.sampled_from([0.5, 0.7, 0.9])),
                                               float(draw(st.integers(-2, 25))))  # fmt: skip


def choices(n: int, options: Options, rows: list[Row]) -> list[np.ndarray]:
    """Every choice that keeps the rows."""
    own = [[-1, *np.flatnonzero(options.item == i)] for i in range(n)]
    found = []
    for taken in itertools.product(*own):
        option = np.array(taken, np.int64)
        used = [row.amount[np.isin(row.option, option[option >= 0])].sum() for row in rows]
        if all(row.least <= u <= row.most for row, u in zip(rows, used, strict=True)):
            found.append(option)
    return found


def tail_of(option: np.ndarray, tail: Tail) -> float:
    taken = np.flatnonzero(option >= 0)
    return cvar(tail.losses.along(taken, np.ones(len(taken))), tail.level)


def value_of(option: np.ndarray, options: Options) -> float:
    return float(options.value[option[option >= 0]].sum())


@given(instances())
@settings(max_examples=120, deadline=None)
def test_equals_brute_force(instance: Instance) -> None:
    n, options, rows, tail = instance
    kept = choices(n, options, rows)
    within = [c for c in kept if tail_of(c, tail) <= tail.cap + 1e-9]
    found = select(n, options, rows, tail, problem="test", effort=EXACT)
    if not within:
        assert found.solution.status == "infeasible"
        assert found.solution.relax
        assert (found.option < 0).all()
        if not kept:
            assert found.least is None
            assert {r.limit.args["name"] for r in found.solution.relax} == {"least"}
            return
        assert found.least is not None
        lowest = min(tail_of(c, tail) for c in kept)
        assert found.least.tail == pytest.approx(lowest, abs=1e-6)
        assert found.least.bound <= lowest + 1e-6
        assert found.solution.relax[0].by == pytest.approx(lowest - tail.cap, abs=1e-6)
        return
    best = max(value_of(c, options) for c in within)
    assert found.solution.value == pytest.approx(best, abs=1e-9)
    assert found.solution.bound is not None
    assert found.solution.bound >= best - 1e-9
    assert any((found.option == c).all() for c in within)
    assert found.tail <= tail.cap + 1e-9
    assert (found.price >= 0).all()
    assert found.risk >= 0
    margin = options.value - found.pays - found.charge[options.item]
    assert found.margin == pytest.approx(margin, abs=1e-9)


@given(instances())
@settings(max_examples=40, deadline=None)
def test_least_tail_is_the_least(instance: Instance) -> None:
    n, options, rows, tail = instance
    kept = choices(n, options, rows)
    found = least(n, options, rows, tail, effort=EXACT)
    if not kept:
        assert found is None
        return
    lowest = min(tail_of(c, tail) for c in kept)
    assert found is not None
    assert found.tail == pytest.approx(lowest, abs=1e-6)
    assert found.bound <= found.tail
    for limit, without in found.floors:
        assert limit == why("least")
        assert without <= found.bound + 1e-6


def drawn(n: int, scenarios: int, seed: int, several: bool = False) -> Instance:
    """Cases that fail together: a common factor, thirty-seven budgets, a total."""
    rng = np.random.default_rng(seed)
    p, cost = rng.beta(2, 4, n), np.round(rng.lognormal(13, 0.8, n))
    z = 0.4 * rng.standard_normal(scenarios) + 0.9 * rng.standard_normal((n, scenarios))
    failed = z > np.quantile(z, 0.3)
    loss = (failed * cost[:, None]).astype(np.float32)
    item = np.repeat(np.arange(n), 2) if several else np.arange(n)
    value = p[item] * (1.0 - 0.05 * (np.arange(len(item)) % 2) if several else 1.0)
    group = rng.integers(0, 37, n)
    ask = cost[item]
    rows = [Row(why("all"), np.arange(len(item)), ask, most=float(round(0.2 * cost.sum())))]
    for g in range(37):
        mine = np.flatnonzero(group[item] == g)
        rows.append(Row(why(f"g{g}"), mine, ask[mine], most=float(round(0.3 * cost[group == g].sum()))))
    return n, Options(item, value), rows, Tail(Losses(loss), 0.95, np.inf)


def capped(instance: Instance, share: float) -> tuple[Instance, Selected]:
    n, options, rows, tail = instance
    free = select(n, options, rows, tail, problem="test", effort=Effort(core=0))
    return (n, options, rows, Tail(tail.losses, tail.level, share * free.tail)), free


def textbook(instance: Instance, whole: bool) -> float:
    """Rockafellar and Uryasev (2000) as it stands, by scipy: x, t, and one excess per scenario."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, options, rows, tail = instance
    m, s = len(options.item), tail.losses.scenarios
    loss = np.array([tail.losses.of(i) for i in range(n)])[options.item]
    a = np.zeros((len(rows), m + 1 + s))
    for r, row in enumerate(rows):
        a[r, row.option] = row.amount
    excess = np.c_[loss.T, -np.ones(s), -np.eye(s)]
    mean = np.r_[np.zeros(m), 1.0, np.full(s, 1 / ((1 - tail.level) * s))]
    once = np.c_[(options.item[None, :] == np.arange(n)[:, None]).astype(float), np.zeros((n, 1 + s))]
    found = milp(
        np.r_[-options.value, np.zeros(1 + s)], integrality=np.r_[np.full(m, int(whole)), np.zeros(1 + s)],
        bounds=Bounds(np.r_[np.zeros(m), -np.inf, np.zeros(s)], np.r_[np.ones(m), np.full(1 + s, np.inf)]),
        constraints=[
            LinearConstraint(a, [r.least for r in rows], [r.most for r in rows]),
            LinearConstraint(excess, -np.inf, 0.0), LinearConstraint(mean, -np.inf, tail.cap),
            LinearConstraint(once, -np.inf, 1.0),
        ],
    )  # fmt: skip
    assert found.success
    return -float(found.fun)


@pytest.mark.parametrize("several", [False, True])
def test_meets_the_textbook_program(several: bool) -> None:
    instance, _ = capped(drawn(18, 60, 3, several), 0.7)
    n, options, rows, tail = instance
    found = select(n, options, rows, tail, problem="test", effort=EXACT)
    assert found.solution.status == "optimal"
    assert found.solution.value == pytest.approx(textbook(instance, whole=True), abs=1e-6)
    rough = select(n, options, rows, tail, problem="test", effort=Effort(core=0))
    assert rough.solution.bound == pytest.approx(textbook(instance, whole=False), rel=1e-6)


def check(found: Selected, instance: Instance) -> None:
    """Every limit, from scratch."""
    _, options, rows, tail = instance
    taken = found.option[found.option >= 0]
    assert (options.item[taken] == np.flatnonzero(found.option >= 0)).all()
    share = np.zeros(len(options.item))
    share[taken] = 1
    for row in rows:
        assert row.amount @ share[row.option] <= row.most
    assert found.tail == pytest.approx(tail_of(found.option, tail))
    assert found.tail <= tail.cap * (1 + 1e-9)
    assert found.solution.value == pytest.approx(value_of(found.option, options))
    assert found.solution.bound is not None
    assert found.solution.value <= found.solution.bound


@pytest.mark.parametrize("share", [0.95, 0.7])
def test_four_thousand_items_with_two_options_within_a_thousandth(share: float) -> None:
    instance, free = capped(drawn(4_000, 200, 5, several=True), share)  # more options than enter at the start
    n, options, rows, tail = instance
    found = select(n, options, rows, tail, problem="test")
    check(found, instance)
    assert found.solution.gap is not None
    assert found.solution.gap < 1e-3
    assert found.risk > 0
    assert free.risk == 0
    assert found.tail > 0.99 * tail.cap, "a cap that binds is used"


def test_blocks_and_a_second_run_give_the_same_answer() -> None:
    (n, options, rows, tail), _ = capped(drawn(300, 100, 7), 0.8)
    matrix = np.array([tail.losses.of(i) for i in range(n)], np.float32)
    blocks = Losses([matrix[:1], matrix[1:200], matrix[200:]])
    first = select(n, options, rows, tail, problem="test", effort=Effort(nodes=10))
    for losses in (tail.losses, blocks):
        again = select(n, options, rows, Tail(losses, tail.level, tail.cap), problem="test", effort=Effort(nodes=10))
        assert (again.option == first.option).all()
        assert again.solution == first.solution


def test_the_frontier_rises_and_each_point_is_as_good_as_alone() -> None:
    n, options, rows, tail = drawn(300, 100, 11)
    free = select(n, options, rows, tail, problem="test", effort=Effort(core=0))
    caps = [free.tail * share for share in (1.0, 0.4, 0.7, 0.1)]
    found = frontier(n, options, rows, tail, caps, problem="test", effort=Effort(core=0))
    values = [found[k].solution.value or 0.0 for k in (3, 1, 2, 0)]
    assert values == sorted(values)
    prices = [found[k].risk for k in (3, 1, 2, 0)]
    assert prices == sorted(prices, reverse=True)
    for cap, point in zip(caps, found, strict=True):
        check(point, (n, options, rows, Tail(tail.losses, tail.level, cap)))
        alone = select(n, options, rows, Tail(tail.losses, tail.level, cap), problem="test", effort=Effort(core=0))
        assert point.solution.bound == pytest.approx(alone.solution.bound, rel=1e-5)


def test_the_price_of_risk_is_what_more_cap_brings() -> None:
    (n, options, rows, tail), _ = capped(drawn(300, 100, 13), 0.6)
    step = tail.cap * 1e-3  # prices belong to the relaxation: no branching is wanted
    low, high = (
        select(n, options, rows, Tail(tail.losses, tail.level, cap), problem="test", effort=Effort(core=0))
        for cap in (tail.cap, tail.cap + step)
    )
    assert low.solution.bound is not None
    assert high.solution.bound is not None
    gained = high.solution.bound - low.solution.bound
    assert high.risk * step * (1 - 1e-6) <= gained <= low.risk * step * (1 + 1e-6)


def test_a_floor_that_forces_the_tail_is_named() -> None:
    n, options, _, tail = drawn(40, 100, 17)
    rows = [Row(why("all"), np.arange(40), np.ones(40), most=15.0)]
    floor = Row(why("floor"), np.arange(20), np.ones(20), least=8.0)
    idle = Row(why("idle"), np.arange(20, 40), np.ones(20), least=0.0)
    found = select(n, options, [*rows, floor, idle], Tail(tail.losses, 0.95, 1.0), problem="test")
    assert found.solution.status == "infeasible"
    assert found.least is not None
    assert [limit.args["name"] for limit, _ in found.least.floors] == ["floor"]
    assert found.least.floors[0][1] == pytest.approx(0.0, abs=1e-6)
    assert found.least.tail >= found.least.bound > 1.0
    kept = select(n, options, [*rows, floor, idle], Tail(tail.losses, 0.95, found.least.tail), problem="test")
    assert kept.solution.status in ("optimal", "feasible")
    for relax in found.solution.relax:
        assert missing(relax.limit.code) == []


def test_items_without_a_row_lose_nothing() -> None:
    losses = Losses(np.array([[1.0, 3.0]], np.float32), np.array([-1, 0, -1]))
    assert losses.along(np.array([0, 1, 2]), np.array([5.0, 2.0, 1.0])).tolist() == [2.0, 6.0]
    assert losses.weighed(np.array([0.5, 0.5])).tolist() == [0.0, 2.0, 0.0]


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=40), st.floats(0.05, 0.99))
@settings(max_examples=100, deadline=None)
def test_cvar_is_the_minimum_of_its_definition(values: list[int], level: float) -> None:
    loss = np.array(values, float)
    by_definition = min(t + np.maximum(loss - t, 0).sum() / ((1 - level) * len(loss)) for t in loss)
    if (1 - level) * len(loss) >= 1:
        assert cvar(loss, level) == pytest.approx(by_definition, abs=1e-9)
    assert worst(loss, level).sum() == pytest.approx(1.0)


def test_nothing_to_choose_from() -> None:
    empty = select(0, Options(np.zeros(0, np.int64), np.zeros(0)), problem="test")
    assert empty.solution.status == "empty"
    none = select(2, Options(np.zeros(0, np.int64), np.zeros(0)), [], Tail(Losses(np.ones((2, 20))), 0.9, 1.0),
                  problem="test")  # fmt: skip
    assert none.option.tolist() == [-1, -1]


def test_can_be_stopped() -> None:
    (n, options, rows, tail), _ = capped(drawn(300, 100, 19), 0.5)

    def stop(*_: Any) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        select(n, options, rows, tail, problem="test", progress=stop)
