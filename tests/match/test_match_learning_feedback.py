"""What people judged becomes rows to learn from: the last word of each judge, averaged, stakes marked."""

from datetime import date
from typing import Any

import polars as pl
from market import AS_OF, registry

from tongtu.match.learning import feedback

SIGNALS = pl.DataFrame(
    {"question": ["N1", "N1"], "answer": ["A1", "A2"], "lexical": [0.5, None], "concepts": [0.2, 0.3]}
)


def judged(*rows: tuple[str | None, int | None, date | None], own: bool = True, **tables: Any) -> pl.DataFrame:
    """Judgments of N1 and A1: by, useful, on."""
    said = [
        {"judgment": f"J{k}", "need": "N1", "achievement": "A1", "by": by, "useful": useful, "on": on}
        for k, (by, useful, on) in enumerate(rows)
    ]
    return feedback(registry(judgments=said, **tables), SIGNALS, as_of=AS_OF, own=own)


def test_the_last_word_of_a_judge_counts_and_judges_are_averaged() -> None:
    found = judged(("F2", 0, date(2026, 1, 1)), ("F2", 3, date(2026, 2, 1)), (None, 1, None))
    assert found.columns == [*SIGNALS.columns, "useful", "judges", "own"]
    assert found.rows() == [("N1", "A1", 0.5, 0.2, 2.0, 2, False)]


def test_what_is_said_after_the_day_is_not_known_yet() -> None:
    assert judged(("F2", 0, date(2026, 1, 1)), ("F2", 3, date(2026, 6, 1)))["useful"].to_list() == [0.0]
    assert judged(("F2", 3, date(2026, 6, 1))).is_empty()


def test_a_judge_with_a_stake_is_marked_and_can_be_left_out() -> None:
    """F1 asks, U holds, H stands above F1, I co-owns; F2 is bound to nobody."""
    chain = {"achievement": "A1", "step": 1, "holder": "I", "right": "owner", "share": 1.0}
    for by, stake in {"F1": True, "U": True, "H": True, "I": True, "F2": False, None: False}.items():
        found = judged((by, 3, None), ownership=[chain])
        assert found["own"].to_list() == [stake], by
        assert judged((by, 3, None), ownership=[chain], own=False).height == (not stake)


def test_leaving_stakes_out_changes_the_mean_too() -> None:
    rows = [("U", 3, None), ("F2", 1, None)]
    assert judged(*rows).select("useful", "judges", "own").row(0) == (2.0, 2, True)
    assert judged(*rows, own=False).select("useful", "judges", "own").row(0) == (1.0, 1, False)


def test_an_unanswered_judgment_says_nothing() -> None:
    assert judged(("F2", None, None)).is_empty()
    assert feedback(registry(), SIGNALS, as_of=AS_OF).is_empty()
