"""Profiles from their items, against a plain loop."""

from statistics import fmean
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.match.signals import aggregate


def test_the_mean_of_the_best_three() -> None:
    items = pl.DataFrame(
        {
            "n": [0] * 6,
            "item": ["a", "b", "c", "d", "e", "f"],
            "score": [0.9, 0.1, 0.5, 0.5, 0.7, None],
            "lexical": [1.0, 0.0, None, 0.0, 0.5, 0.3],
        }
    )
    profiles = pl.DataFrame({"item": ["a", "b", "c", "d", "e", "e", "f"], "a": [7, 7, 7, 7, 7, 8, 9]})
    found = aggregate(items, profiles)
    assert found.to_dicts() == [
        {"n": 0, "a": 7, "score": pytest.approx(0.7), "lexical": 0.75, "counted": 3, "items": ["a", "e", "c"]},
        {"n": 0, "a": 8, "score": 0.7, "lexical": 0.5, "counted": 1, "items": ["e"]},
        {"n": 0, "a": 9, "score": None, "lexical": None, "counted": 0, "items": []},
    ]
    assert aggregate(items, profiles, by="lexical", best=1)["lexical"].to_list() == [1.0, 0.5, 0.3]


ROWS = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 5)), st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=12
)
SPOKEN = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=10)


@given(ROWS, SPOKEN, st.integers(1, 4))
def test_any_profiles(rows: dict[tuple[int, int], float | None], spoken: set[tuple[int, int]], best: int) -> None:
    items = pl.DataFrame(
        [(n, item, score) for (n, item), score in rows.items()],
        schema={"n": pl.Int64, "item": pl.Int64, "score": pl.Float64},
        orient="row",
    )
    profiles = pl.DataFrame(sorted(spoken), schema={"item": pl.Int64, "a": pl.Int64}, orient="row")
    found = aggregate(items, profiles, best=best)
    assert found.equals(aggregate(items.reverse(), profiles.reverse(), best=best))
    expected: list[dict[str, Any]] = []
    for n, a in sorted({(n, a) for n, item in rows for i, a in spoken if i == item}):
        known = [
            (-score, item) for (m, item), score in rows.items() if m == n and (item, a) in spoken and score is not None
        ]
        kept = sorted(known)[:best]
        score = fmean(-s for s, _ in kept) if kept else None
        expected.append({"n": n, "a": a, "score": score, "counted": len(kept), "items": [item for _, item in kept]})
    assert found.to_dicts() == [{**row, "score": pytest.approx(row["score"])} for row in expected]
