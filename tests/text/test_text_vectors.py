"""Vectors of texts: what they must keep whoever fits them, in whatever order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.text import vectors

TERMS = st.sampled_from(["介", "电", "介电", "轴", "承", "dielectr", "bear", "loss", "10", "ghz"])
TEXTS = st.lists(st.lists(TERMS, max_size=8), max_size=8)
BILINGUAL = [["介", "电", "dielectr", "loss"], ["电", "dielectr"], ["轴", "承", "bear"], ["承", "bear"], ["阀", "valv"]]


@settings(deadline=None)
@given(TEXTS, st.integers(0, 12))
def test_rows_are_of_length_one_or_nothing(texts: list[list[str]], rank: int) -> None:
    space = vectors.fit(texts, rank=rank)
    rows = space.tfidf([*texts, ["unheard"]]).toarray()
    found = space.vectors([*texts, ["unheard"]])
    assert found.dtype == np.float32
    assert found.shape == (len(texts) + 1, min(rank, len(texts), len(space.columns)))
    for matrix in (rows, found):
        length = np.linalg.norm(matrix, axis=1) if matrix.size else np.zeros(len(matrix))
        assert np.all(np.isclose(length, 1, atol=1e-4) | (length == 0))
        assert length[-1] == 0


@settings(deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_texts_changes_nothing_that_is_known(texts: list[list[str]], chance: object) -> None:
    turned = list(texts)
    chance.shuffle(turned)  # type: ignore[attr-defined]
    one, other = vectors.fit(texts, rank=3), vectors.fit(turned, rank=3)
    assert list(one.columns) == list(other.columns)
    assert np.array_equal(one.rarity, other.rarity)


def test_the_same_texts_give_the_same_bytes() -> None:
    one, other = (vectors.fit(BILINGUAL, rank=3, seed=7).vectors(BILINGUAL) for _ in range(2))
    assert one.tobytes() == other.tobytes()


def test_tfidf_is_the_formula_written_out() -> None:
    texts = [["a", "a", "b"], ["b", "c"], ["b"]]
    row = vectors.fit(texts, rank=0).tfidf([["a", "a", "b"]]).toarray()[0]
    weights = np.array([(1 + np.log(2)) * (np.log(3) + 1), 1.0, 0.0])
    assert row == pytest.approx(weights / np.linalg.norm(weights), abs=1e-6)


def test_the_latent_space_is_that_of_the_exact_decomposition() -> None:
    chance = np.random.default_rng(3)
    topics = chance.integers(0, 12, 150)
    texts = [[f"t{topic}-{n}" for n in chance.integers(0, 15, 20)] for topic in topics]
    space = vectors.fit(texts, rank=12)
    rows = space.tfidf(texts).toarray().astype(np.float64)
    _, _, exact = np.linalg.svd(rows, full_matrices=False)
    overlap = np.linalg.svd(exact[:12] @ space.axes, compute_uv=False)
    assert overlap.min() > 0.999


def test_bilingual_texts_bring_the_languages_together() -> None:
    space = vectors.fit(BILINGUAL, rank=3)
    near = space.vectors([["dielectr"]]) @ space.vectors([["介", "电"], ["承"], ["阀"]]).T
    assert near[0, 0] > 0.9
    assert near[0, 1:].max() < 0.1


def test_a_sample_is_drawn_from_the_seed_and_many_texts_drop_what_is_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [[f"term-{n % 7}", f"once-{n}"] for n in range(60)]
    drawn = vectors.fit(texts, rank=2, most=20, seed=1)
    assert len([term for term in drawn.columns if term.startswith("once")]) == 20
    assert list(drawn.columns) == list(vectors.fit(texts, rank=2, most=20, seed=1).columns)
    monkeypatch.setattr(vectors, "_COMMON", 30)
    assert [*vectors.fit(texts, rank=2).columns] == [f"term-{n}" for n in range(7)]


def test_texts_are_folded_in_by_chunks_from_any_iterable(monkeypatch: pytest.MonkeyPatch) -> None:
    space = vectors.fit(BILINGUAL, rank=3)
    whole = space.vectors(BILINGUAL)
    monkeypatch.setattr(vectors, "_CHUNK", 2)
    assert np.allclose(space.vectors(iter(BILINGUAL)), whole, atol=1e-6)
    assert np.allclose(
        space.tfidf(iter(BILINGUAL)).toarray(), vectors.fit(BILINGUAL, rank=3).tfidf(BILINGUAL).toarray()
    )


def test_nothing_gives_nothing() -> None:
    space = vectors.fit([], rank=8)
    assert space.vectors([]).shape == (0, 0)
    assert space.vectors([["a"]]).shape == (1, 0)
    assert space.tfidf([]).shape == (0, 0)
