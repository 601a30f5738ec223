"""Five values: the tables of Kleene's logic where it speaks, and our reading where it does not."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest

from tongtu.rules import columns, logic
from tongtu.rules.logic import MANUAL, MET, NOT_APPLICABLE, UNKNOWN, UNMET, VERDICTS

EVERYTHING = list(product(range(5), repeat=3))


def combined(how, *args):
    frame = pl.DataFrame(EVERYTHING, schema={"a": pl.Int8, "b": pl.Int8, "c": pl.Int8}, orient="row")
    found = how(*args, [columns.col(name) for name in "abc"])
    answers = frame.select(x=columns.polars(found))["x"].to_list()
    one = columns.python(found)
    assert [one(row) for row in frame.iter_rows(named=True)] == answers
    return answers


def counted(values, least):
    """The definition in the module's docstring, by counting; `least` None stands for all."""
    applying = [v for v in values if v != NOT_APPLICABLE]
    if not applying:
        return NOT_APPLICABLE
    k = len(applying) if least is None else least
    met, unmet = applying.count(MET), applying.count(UNMET)
    if met >= k:
        return MET
    if len(applying) - unmet < k:
        return UNMET
    return UNKNOWN if UNKNOWN in applying else MANUAL


@pytest.mark.parametrize(
    ("how", "args", "least"),
    [(logic.every, (), None), (logic.some, (), 1), *((logic.at_least, (k,), k) for k in (1, 2, 3))],
)
def test_groups_hold_by_counting(how, args, least):
    assert combined(how, *args) == [counted(values, least) for values in EVERYTHING]


def test_none_is_the_opposite_of_any():
    opposite = {MET: UNMET, UNMET: MET}
    found = combined(lambda parts: logic.negated(logic.some(parts)))
    assert found == [opposite.get(v, v) for v in combined(logic.some)]


def test_verdicts_have_words_in_the_order_of_their_codes():
    codes = pl.DataFrame({"x": pl.Series([UNMET, UNKNOWN, MANUAL, MET, NOT_APPLICABLE], dtype=pl.Int8)})
    assert codes.select(x=columns.polars(logic.word(columns.col("x"))))["x"].to_list() == list(VERDICTS)
    truths = pl.DataFrame({"x": [False, None, True]})
    assert truths.select(x=columns.polars(logic.code(columns.col("x"))))["x"].to_list() == [UNMET, UNKNOWN, MET]
