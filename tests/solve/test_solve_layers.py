"""Chains through layers against a linear program over all chains, prices against one more place."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tongtu.solve.layers import Arcs, Chains, chains
from tongtu.terms.faults import Cancelled

SCORES = st.sampled_from([0.0, 0.2, 0.5, 0.51, 0.9])


@st.composite
def networks(draw: st.DrawFn):
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    capacity = [np.array(draw(st.lists(st.integers(0, 2), min_size=k, max_size=k))) for k in sizes]
    arcs = []
    for s, t in itertools.combinations(range(len(sizes)), 2):
        if t > s + 1 and not draw(st.booleans()):
            continue
        cells = sorted(draw(st.sets(st.tuples(st.integers(0, sizes[s] - 1), st.integers(0, sizes[t] - 1)), max_size=5)))
        tail, head = np.array(cells, np.int64).reshape(-1, 2).T
        score = np.array(draw(st.lists(SCORES, min_size=len(cells), max_size=len(cells))), float)
        arcs.append(Arcs(s, t, tail, head, score))
    ends = draw(st.sets(st.integers(1, len(sizes) - 1), min_size=1))
    return capacity, arcs, ends


def _all_chains(capacity, arcs: list[Arcs], ends: set[int]) -> list[tuple[tuple[int, int], ...]]:
    """Every chain as its (set, arc) links."""
    found, waiting = [], [((), (0, i)) for i in range(len(capacity[0]))]
    while waiting:
        links, (layer, node) = waiting.pop()
        if links and layer in ends:
            found.append(links)
        for k, a in enumerate(arcs):
            if a.source == layer:
                waiting += [
                    ((*links, (k, e)), (a.target, int(a.head[e]))) for e in np.flatnonzero(a.tail == node).tolist()
                ]
    return found


def _nodes(links, arcs: list[Arcs]) -> set[tuple[int, int]]:
    ends = [(arcs[k].source, int(arcs[k].tail[e])) for k, e in links]
    return {*ends, *((arcs[k].target, int(arcs[k].head[e])) for k, e in links)}


def _through(every, arcs: list[Arcs], capacity) -> np.ndarray:
    """Which chain passes which node, a row per node."""
    nodes = [(layer, node) for layer, room in enumerate(capacity) for node in range(len(room))]
    return np.array([[at in _nodes(links, arcs) for links in every] for at in nodes], float).reshape(
        len(nodes), len(every)
    )


def _once(every, arcs: list[Arcs]) -> np.ndarray:
    """Which chain takes which arc out of the first layer."""
    out = [(k, e) for k, a in enumerate(arcs) if a.source == 0 for e in range(len(a.tail))]
    return np.array([[arc in links for links in every] for arc in out], float).reshape(len(out), len(every))


def _best(capacity, arcs, ends, least=None) -> float | None:
    """None where minima cannot be met."""
    every, most = _all_chains(capacity, arcs, ends), np.concatenate(capacity)
    low = np.zeros(len(most)) if least is None else np.concatenate(least)
    if not every:
        return None if low.any() else 0.0
    worth = [sum(arcs[k].score[e] for k, e in links) for links in every]
    through, once = _through(every, arcs, capacity), _once(every, arcs)
    found = linprog(-np.array(worth), A_ub=np.vstack([through, -through, once]),
                    b_ub=np.concatenate([most, -low, np.ones(len(once))]))  # fmt: skip
    return -found.fun if found.status == 0 else None


def _least_relaxed(capacity, least, arcs, ends) -> float:
    """How much minima must fall and maxima rise in all, by a linear program."""
    every, most, low = _all_chains(capacity, arcs, ends), np.concatenate(capacity), np.concatenate(least)
    n = len(most)
    through, once = _through(every, arcs, capacity), _once(every, arcs)
    nothing, each = np.zeros((n, n)), np.eye(n)
    rows = np.vstack([
        np.hstack([-through, -each, nothing]), np.hstack([through, nothing, -each]),
        np.hstack([once, np.zeros((len(once), 2 * n))]),
    ])  # fmt: skip
    cost = np.r_[np.zeros(len(every)), np.ones(2 * n)]
    return linprog(cost, A_ub=rows, b_ub=np.concatenate([-low, most, np.ones(len(once))])).fun


def _check(found: Chains, capacity, arcs, ends) -> None:
    loads = [np.zeros(len(c), int) for c in capacity]
    for number in np.unique(found.chain):
        links = [(int(k), int(e)) for k, e, c in zip(found.arcs, found.arc, found.chain, strict=True) if c == number]
        at = (0, int(arcs[links[0][0]].tail[links[0][1]]))
        loads[0][at[1]] += 1
        for k, e in links:
            assert (arcs[k].source, int(arcs[k].tail[e])) == at
            at = (arcs[k].target, int(arcs[k].head[e]))
            loads[at[0]][at[1]] += 1
        assert at[0] in ends
    for mine, told, room in zip(loads, found.load, capacity, strict=True):
        assert mine.tolist() == told.tolist()
        assert (mine <= room).all()


@settings(max_examples=120, deadline=None)
@given(networks())
def test_the_total_is_that_of_the_best_set_of_chains(network) -> None:
    capacity, arcs, ends = network
    found = chains(capacity, arcs, ends=ends)
    assert (found.solution.value or 0.0) == pytest.approx(_best(capacity, arcs, ends), abs=1e-7)
    _check(found, capacity, arcs, ends)


@settings(max_examples=60, deadline=None)
@given(networks())
def test_a_price_is_what_one_more_place_adds_on_any_layer(network) -> None:
    capacity, arcs, ends = network
    found = chains(capacity, arcs, ends=ends)
    before = found.solution.value or 0.0
    for layer, room in enumerate(capacity):
        for node in range(len(room)):
            more = [c + (np.arange(len(c)) == node) * (k == layer) for k, c in enumerate(capacity)]
            gain = (chains(more, arcs, ends=ends).solution.value or 0.0) - before
            assert found.price[layer][node] == pytest.approx(gain, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(networks(), st.data())
def test_minima_are_kept_on_every_layer_or_the_least_relaxation_is_named(network, data) -> None:
    capacity, arcs, ends = network
    least = [np.array([data.draw(st.integers(0, int(most))) for most in room], np.int64) for room in capacity]
    found = chains(capacity, arcs, least=least, ends=ends)
    best = _best(capacity, arcs, ends, least)
    if best is not None:
        assert found.solution.status in ("optimal", "empty")
        assert (found.solution.value or 0.0) == pytest.approx(best, abs=1e-7)
        assert all((load >= low).all() for load, low in zip(found.load, least, strict=True))
        _check(found, capacity, arcs, ends)
        return
    assert (found.solution.status, found.solution.value, len(found.chain)) == ("infeasible", None, 0)
    assert sum(r.by for r in found.solution.relax) == _least_relaxed(capacity, least, arcs, ends)
    room, low = [c.copy() for c in capacity], [c.copy() for c in least]
    for relax in found.solution.relax:
        at = (relax.limit.args["layer"], relax.limit.args["node"])
        (low if relax.limit.code.endswith("least") else room)[at[0]][at[1]] += (
            -int(relax.by) if relax.limit.code.endswith("least") else int(relax.by)
        )
    assert chains(room, arcs, least=low, ends=ends).solution.status in ("optimal", "empty")


@settings(max_examples=40, deadline=None)
@given(networks(), st.data())
def test_a_price_is_exact_under_minima_too(network, data) -> None:
    capacity, arcs, ends = network
    least = [np.array([data.draw(st.integers(0, int(most))) for most in room], np.int64) for room in capacity]
    found = chains(capacity, arcs, least=least, ends=ends)
    for layer, room in enumerate(capacity if found.solution.value is not None else ()):
        for node in range(len(room)):
            more = [c + (np.arange(len(c)) == node) * (k == layer) for k, c in enumerate(capacity)]
            gain = (chains(more, arcs, least=least, ends=ends).solution.value or 0.0) - found.solution.value
            assert found.price[layer][node] == pytest.approx(gain, abs=1e-9)


def test_one_raised_maximum_that_spares_two_minima_is_named() -> None:
    """Both the need and the fund must be reached twice, through one platform with a single place."""
    least = [np.array([2]), np.array([0]), np.array([2])]
    arcs = [Arcs(0, 1, np.array([0]), np.array([0]), np.array([0.5])),
            Arcs(1, 2, np.array([0]), np.array([0]), np.array([0.5]))]  # fmt: skip
    found = chains([np.array([2]), np.array([1]), np.array([2])], arcs, least=least)
    assert [(r.limit.code, r.by) for r in found.solution.relax] == [
        ("solve.layer-least", 1), ("solve.layer-least", 1),
    ], "an arc out of the first layer is taken once, so a second place would help nobody"  # fmt: skip
    wide = [np.array([1, 1]), np.array([1]), np.array([2])]
    arcs[0] = Arcs(0, 1, np.array([0, 1]), np.array([0, 0]), np.array([0.5, 0.5]))
    found = chains(wide, arcs, least=[np.array([1, 1]), np.array([0]), np.array([2])])
    assert [(r.limit.code, r.limit.args["layer"], r.by) for r in found.solution.relax] == [("solve.layer-most", 1, 1)]


def test_chains_can_be_stopped_at_every_step() -> None:
    rng = np.random.default_rng(5)
    sizes = [30, 30, 30]
    arcs = [Arcs(k, k + 1, *(axis.ravel() for axis in np.indices((30, 30))), rng.random(900)) for k in range(2)]
    capacity = [np.full(n, 1) for n in sizes]
    seen: list[int] = []
    chains(capacity, arcs, progress=lambda done, total, what=None: seen.append(done))
    assert len(seen) > 30, "prices of full nodes are found one by one"

    for last in (0, 1, len(seen) - 1):
        told = 0

        def stop(done: int, total: int, what: object = None, last: int = last) -> None:
            nonlocal told
            told += 1
            if told > last:
                raise Cancelled

        with pytest.raises(Cancelled):
            chains(capacity, arcs, progress=stop)


def test_layer_by_layer_would_strand_the_chain() -> None:
    """The better achievement has no platform: only the whole sees it."""
    pairs = Arcs(0, 1, np.array([0, 0]), np.array([0, 1]), np.array([0.9, 0.6]))
    on = Arcs(1, 2, np.array([1]), np.array([0]), np.array([0.5]))
    found = chains([np.array([1]), np.array([1, 1]), np.array([1])], [pairs, on])
    assert (found.arcs.tolist(), found.arc.tolist(), found.solution.value) == ([0, 1], [1, 0], 1.1)


def test_what_makes_no_sense_is_refused() -> None:
    one, ok = np.array([1]), np.array([0])
    for bad in (
        [Arcs(1, 0, ok, ok, np.array([0.5]))],
        [Arcs(0, 1, ok, np.array([3]), np.array([0.5]))],
        [Arcs(0, 1, ok, ok, np.array([-0.5]))],
        [Arcs(0, 1, np.array([0, 0]), np.array([0, 0]), np.array([0.5, 0.5]))],
    ):
        with pytest.raises(ValueError, match=r"arc|score"):
            chains([one, one], bad)
    for low in (np.array([-1]), np.array([2]), np.array([0, 0])):
        with pytest.raises(ValueError, match="minimum"):
            chains([one, one], [], least=[low, ok])
    assert chains([one, one], []).solution.status == "empty"
