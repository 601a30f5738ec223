"""Chains through layers against a linear program over all chains, prices against one more place."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tongtu.solve.layers import Arcs, Chains, chains

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


def _best(capacity, arcs, ends) -> float:
    every = _all_chains(capacity, arcs, ends)
    if not every:
        return 0.0
    rows, limits = [], []
    for layer, room in enumerate(capacity):
        for node, limit in enumerate(room):
            rows.append([(layer, node) in _nodes(links, arcs) for links in every])
            limits.append(limit)
    for k, a in enumerate(arcs):
        if a.source == 0:
            for e in range(len(a.tail)):
                rows.append([(k, e) in links for links in every])
                limits.append(1)
    worth = [sum(arcs[k].score[e] for k, e in links) for links in every]
    return -linprog(-np.array(worth), A_ub=np.array(rows, float), b_ub=limits).fun


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
    assert chains([one, one], []).solution.status == "empty"
