"""Conditions: what may be said, and that what is said means in Polars what SQL says it means."""

from __future__ import annotations

import sqlite3
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.rules import columns, parsing, units
from tongtu.rules.compiling import Compiler, column, finite
from tongtu.rules.expressions import inputs, label
from tongtu.rules.reading.measures import Names
from tongtu.rules.reading.page import Page

DAY = date(2026, 11, 21)
COUNTS = ["ip_class1", "ip_class1_own", "ip_class2"]
FLAGS = ["accident_3y", "abnormal_list"]
WORDS = [
    *COUNTS,
    "revenue",
    ">=",
    "3",
    "AND",
    "OR",
    "NOT",
    "(",
    ")",
    "'",
    "3%",
    "/",
    "IN",
    ",",
    "IS",
    "NULL",
    "5 m CNY",
]


def scope():
    return Names(Page("x"), "organisations", "firm_years", "CNY", {}).scope()


def answers(text, given_rows):
    """Truth of a condition over rows of last year's figures, and everything said to block it."""
    node, problems = parsing.truth(text, scope())
    assert problems == []
    names = {used.field.name: column(used) for used in inputs(node)}
    names |= {"currency": "firm_years.currency@1"}
    frame = pl.DataFrame({alias: [row.get(name) for row in given_rows] for name, alias in names.items()}, strict=False)
    compiler, frame = Compiler(DAY, "CNY"), finite(frame)
    truth = frame.select(x=columns.polars(compiler.truth(node)))["x"].to_list()
    found = [frame.select(x=columns.polars(where)) for where, _ in compiler.blockers(node)]
    blockers = [one["x"].fill_null(False).to_list() for one in found]
    return truth, [any(column) for column in zip(*blockers, strict=True)] if blockers else [False] * len(given_rows)


# --- the same as SQL, nulls and all ------------------------------------------------------------------------

numbers = st.integers(-3, 6)
names = st.sampled_from(COUNTS)
amounts = st.one_of(
    names, numbers.map(str),
    st.tuples(names, st.sampled_from("+-"), names).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    st.tuples(numbers, names).map(lambda t: f"({t[0]} * {t[1]})"),
)  # fmt: skip
leaves = st.one_of(
    st.tuples(amounts, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), amounts).map(" ".join),
    st.tuples(names, numbers, numbers).map(lambda t: f"{t[0]} BETWEEN {t[1]} AND {t[2]}"),
    st.tuples(names, st.lists(numbers, min_size=1, max_size=3)).map(
        lambda t: f"{t[0]} NOT IN ({', '.join(map(str, t[1]))})"
    ),
    st.tuples(names, st.lists(numbers, min_size=1, max_size=3)).map(
        lambda t: f"{t[0]} IN ({', '.join(map(str, t[1]))})"
    ),
    names.map(lambda n: f"{n} IS NULL"),
    names.map(lambda n: f"{n} IS NOT NULL"),
    st.sampled_from(["accident_3y", "NOT abnormal_list"]),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda text: f"NOT ({text})"),
    ),
    max_leaves=6,
)
maybe = st.one_of(st.none(), numbers)
rows = st.lists(
    st.fixed_dictionaries(
        {**dict.fromkeys(COUNTS, maybe), **dict.fromkeys(FLAGS, st.sampled_from([None, True, False]))}
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(conditions, rows)
def test_conditions_mean_what_sqlite_says_they_mean(text, given_rows):
    names_ = [*COUNTS, *FLAGS]
    with sqlite3.connect(":memory:") as base:
        base.execute(f"CREATE TABLE t (id INTEGER, {', '.join(names_)})")
        base.executemany(
            f"INSERT INTO t VALUES ({', '.join('?' * (len(names_) + 1))})",
            [(i, *(row[n] for n in names_)) for i, row in enumerate(given_rows)],
        )
        expected = [None if v is None else bool(v) for (v,) in base.execute(f"SELECT {text} FROM t ORDER BY id")]
    base.close()
    assert _answers(text, given_rows) in (expected, None)


def _answers(text, given_rows):
    node, problems = parsing.truth(text, scope())
    if problems:  # a comparison of two constants is the only thing refused here
        assert {what.code for what, _ in problems} == {"rules.constant"}
        return None
    names_ = {**dict.fromkeys(FLAGS, pl.Boolean), **dict.fromkeys(COUNTS, pl.Int64)}
    frame = pl.DataFrame(given_rows, schema=names_).rename({n: f"firm_years.{n}@1" for n in names_})
    compiled = Compiler(DAY, "CNY").truth(node)
    found = frame.select(pl.lit(True).alias("_"), x=columns.polars(compiled))["x"].to_list()
    one = columns.python(compiled)
    assert [one(row) for row in frame.iter_rows(named=True)] == found
    return found


# --- what SQL would get wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spend", "revenue", "expected"),
    [
        (5, 0, None), (0, 0, None), (5, -1, None), (-5, -1, None), (None, 100, None), (5, None, None),
        (3, 100, True), (2, 100, False), (0, 100, False),
    ],
)  # fmt: skip
def test_a_ratio_over_nothing_is_unknown_and_says_so(spend, revenue, expected):
    row = {"rd_spend": spend, "revenue": revenue, "currency": "CNY"}
    for text in ("rd_spend / revenue >= 0.03", "rd_spend / revenue >= 3%", "NOT rd_spend / revenue < 3%"):
        (truth,), (blocked,) = answers(text, [row])
        assert truth is expected
        assert blocked is (expected is None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_nan_and_infinity_are_no_figures(value):
    row = {"segment_years": value}
    for text in ("segment_years >= 3", "NOT segment_years >= 3", "segment_years <= 3", "segment_years <> 3"):
        (truth,), (blocked,) = answers(text, [row])
        assert truth is None
        assert blocked


def test_every_unknown_has_a_reason():
    rows_ = [
        {"revenue": r, "rd_spend": s, "currency": c}
        for r in (None, 0, 10**10) for s in (None, 0, 10**9) for c in (None, "CNY", "USD")
    ]  # fmt: skip
    for text in ("revenue >= 15 m CNY", "rd_spend / revenue >= 3%", "revenue >= 15 m CNY AND rd_spend >= 1 m CNY"):
        truth, blocked = answers(text, rows_)
        assert all(b for t, b in zip(truth, blocked, strict=True) if t is None)


def test_money_of_another_currency_is_not_compared_but_its_ratios_are():
    row = {"revenue": 10**12, "rd_spend": 10**11, "currency": "USD"}
    assert answers("revenue >= 15 m CNY", [row])[0] == [None]
    assert answers("rd_spend / revenue >= 3%", [row])[0] == [True]
    assert answers("rd_spend >= revenue * 3%", [row])[0] == [True]


@pytest.mark.parametrize(
    "text",
    ["15 m CNY", "15m CNY", "1500万元", "1500 万 元", "0.15亿元", "15000000元", "15000 k CNY", "15000000.00 CNY"],
)
def test_one_amount_has_many_spellings(text):
    row = {"revenue": 1_500_000_000, "currency": "CNY"}
    below = {"revenue": 1_499_999_999, "currency": "CNY"}
    assert answers(f"revenue >= {text}", [row, below])[0] == [True, False]


def test_a_quoted_text_is_left_as_it_is():
    node, problems = parsing.truth("industry = '15 m CNY == 3%'", scope())
    assert problems == []
    assert node.right.value == "15 m CNY == 3%"


@pytest.mark.parametrize(
    "text",
    [
        "SUM(revenue) > 1元", "CASE WHEN legal_person THEN 1 END > 0", "(SELECT 1) > 0", "revenue::int > 1",
        "segment_years IN (SELECT 1)", "segment_years > ALL (1)", "a.revenue > 1元", "industry LIKE 'C%'",
        "segment_years IS DISTINCT FROM 3", "segment_years DIV 2 > 1", "segment_years % 2 > 1", "*", "NULL",
        "segment_years > NULL", "segment_years > @x", "segment_years > :x", "segment_years > ?", "1 = 1 UNION SELECT 1",
        "DROP TABLE x", "segment_years > ABS(3)", "industry || 'x' = 'y'", "EXISTS (SELECT 1)", "TRUE", "", "   ",
        "segment_years > (1, 2)", "[segment_years] > 3", "segment_years > 3 extra", "segment_years >> 3 > 1",
        "(" * 200 + "segment_years > 3" + ")" * 200, "NOT " * 120 + "legal_person", "revenue * revenue > 1元",
        "1 / revenue > 3", "founded > 3", "industry + 1 > 2", "legal_person + 1 > 2", "founded > '2020'",
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_without_a_crash(text):
    node, problems = parsing.truth(text, scope())
    assert node is None
    assert problems


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_no_text_whatever_makes_it_crash(text):
    node, problems = parsing.truth(text, scope())
    assert (node is None) == bool(problems)


def test_dates_and_flags_and_codes():
    node, problems = parsing.truth("founded <= DATE '2020-01-01' AND NOT listed AND kind = 'sme'", scope())
    assert problems == []
    frame = pl.DataFrame(
        {
            "organisations.founded": [date(2020, 1, 1), date(2020, 1, 2), None],
            "organisations.listed": [False, False, True],
            "organisations.kind": ["sme", "sme", "sme"],
        }
    )
    assert frame.select(x=columns.polars(Compiler(DAY).truth(node)))["x"].to_list() == [True, False, False]


def test_a_condition_reads_in_both_languages():
    node, _ = parsing.truth("rd_spend / revenue >= 3%", scope())
    assert label(node.left).zh == "研发费用 / 营业收入"
    assert label(node.left).en == "R&D spend / Revenue"


def test_units_are_words_of_the_catalogue():
    from tongtu.terms.words import missing

    assert [fault for unit in units.names() for fault in missing(f"rules.unit-{unit}")] == []
    counted = units.names() - {units.MONEY, units.RATIO}
    assert [fault for unit in counted for fault in missing(f"rules.in-{unit}")] == []


def test_every_unit_belongs_to_a_column_that_exists():
    from tongtu.registry import noun

    for name, column_name in units.counted():
        assert noun(name).column(column_name).kind in ("int", "float")
