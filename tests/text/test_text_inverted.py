"""The inverted file against scores added up one by one, against the index, and after a walk through a folder."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.solve import laid
from tongtu.text import build
from tongtu.text.forward import Forward
from tongtu.text.index import Asked
from tongtu.text.inverted import Inverted

WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=30)
CODES = st.lists(st.sampled_from("XYZ"), max_size=3, unique=True)
QUERY = st.dictionaries(st.sampled_from("abcdefghx"), st.integers(1, 4), max_size=6)


@st.composite
def collections(draw: st.DrawFn, most: int = 200) -> tuple[list[list[str]], list[list[str]], list[int]]:
    """Texts, codes and a number for each document."""
    size = draw(st.integers(1, most))
    return tuple(draw(st.lists(one, min_size=size, max_size=size)) for one in (WORDS, CODES, st.integers(0, 3)))  # type: ignore[return-value]


@settings(max_examples=60, deadline=None)
@given(collections(), QUERY, st.dictionaries(st.sampled_from("XYZ"), st.floats(0.5, 9.0)), st.integers(1, 30))
def test_the_best_are_those_of_all_scores_added_up(given_, query, codes, limit) -> None:
    texts, held, _ = given_
    words, named = Forward(texts), Forward(held)
    every = np.arange(len(texts))
    expected = words.score(query, every) + named.total(codes, every)
    (found,) = Inverted({"words": words}, {"codes": named}).search_many(
        [Asked({"words": query}, {"codes": codes})], limit=limit
    )
    assert found.scores == pytest.approx(np.sort(expected[expected > 0])[::-1][:limit], rel=1e-5)
    assert expected[found.numbers] == pytest.approx(found.scores, rel=1e-5)
    assert len(set(found.numbers)) == len(found.numbers)


@settings(max_examples=40, deadline=None)
@given(collections(most=60), QUERY, st.sets(st.integers(0, 3)), st.sets(st.sampled_from("XYZ")))
def test_filters_leave_out_what_an_index_leaves_out(given_, query, numbers, barred) -> None:
    texts, held, told = given_
    fields = {"words": "text", "codes": "code", "told": "number"}
    rows = [{"words": w, "codes": c, "told": n} for w, c, n in zip(texts, held, told, strict=True)]
    asked = Asked({"words": query}, None, {"told": numbers}, {"codes": barred})
    inverted = Inverted({"words": Forward(texts)}, {"codes": Forward(held)}, {"told": told})
    ours, theirs = (each.search_many([asked], limit=60)[0] for each in (inverted, build(rows, fields)))
    assert set(ours.numbers) == set(theirs.numbers)


def test_equal_scores_go_by_number() -> None:
    inverted = Inverted({"words": Forward([["a"]] * 5_000)})
    (found,) = inverted.search_many([Asked({"words": {"a": 1.0}})], limit=7)
    assert found.numbers == list(range(7))


def test_nothing_is_found_where_nothing_is_known() -> None:
    inverted = Inverted({"words": Forward([["a"], []])})
    for query in ({}, {"z": 1.0}):
        assert inverted.search_many([Asked({"words": query})], limit=5)[0].numbers == []
    assert Inverted({"words": Forward()}).search_many([Asked({"words": {"a": 1.0}})], limit=5)[0].numbers == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=6), max_size=5))
def test_collections_joined_are_one_collection(parts) -> None:
    joined = Forward.joined(map(Forward, parts))
    whole = Forward(document for part in parts for document in part)
    assert joined.columns == whole.columns
    assert list(joined.columns) == list(whole.columns)
    assert [joined.counted(row) for row in range(joined.rows)] == [whole.counted(row) for row in range(whole.rows)]
    query = dict.fromkeys("abc", 1.0)
    every = range(whole.rows)
    assert joined.score(query, every).tolist() == whole.score(query, every).tolist()


def test_a_collection_survives_a_folder(tmp_path: Path) -> None:
    kept = Forward([["a", "b", "b"], ["a"] * 300, []])
    laid.lay({"kept": kept, "file": Inverted({"words": kept})}, tmp_path)
    taken = laid.take(tmp_path)
    assert [taken["kept"].counted(row) for row in range(3)] == [kept.counted(row) for row in range(3)]
    assert taken["kept"].terms(1) == kept.terms(1)
    asked = [Asked({"words": {"a": 1.0, "b": 2.0}})]
    assert taken["file"].search_many(asked, limit=3) == Inverted({"words": kept}).search_many(asked, limit=3)
