"""Two schemes over one portfolio: who rises, who falls, by what; papers weigh nothing; what is unknown stays so."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise.evaluation import Portfolio, computed, portfolio
from tongtu.appraise.evaluation.ranking import ranked
from tongtu.appraise.maturity import maturity, maturity_scale
from tongtu.packs import load
from tongtu.registry import Registry
from tongtu.rules import RuleBook
from tongtu.rules import load as load_rules
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, say

AS_OF = date(2026, 11, 22)
SCHEME = "project_evaluation"
AUTONOMY = {"case": pl.String, "item": pl.String, "autonomy": pl.Float64, "low": pl.Float64, "high": pl.Float64}
CASES = pl.DataFrame({"case": ["c1", "c2"], "achievement": ["a1", "a2"]})


@pytest.fixture(scope="module")
def book() -> RuleBook:
    pack = load("cn")
    return load_rules(pack.texts("rules"), pack.vocabularies)


def projects(*rows: dict[str, Any]) -> Registry:
    schema = Registry()["projects"].schema
    blank = {"papers": 0, "talent_titles": 0, "awards": 0, "orders": 0, "currency": "CNY"}
    filled = [{**blank, "project": f"p{n}", **row} for n, row in enumerate(rows)]
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in filled], schema=schema)
    return Registry({"projects": frame})


def judged(book: RuleBook, registry: Registry, **more: Any) -> Portfolio:
    nothing = maturity(CASES.clear(), Registry(), AS_OF)
    facts = computed(registry, nothing, pl.DataFrame(schema=AUTONOMY))
    return portfolio(book, SCHEME, registry, facts, AS_OF, **more)


LAUREATE = {"papers": 30, "talent_titles": 3, "awards": 2, "maturity": 2, "autonomy": 0.4}
MAKER = {"maturity": 8, "autonomy": 0.9, "orders": 1_000_000_000}


def test_the_maker_rises_and_the_laureate_falls_and_both_are_told_why(book: RuleBook) -> None:
    found = judged(book, projects(LAUREATE, MAKER))
    laureate, maker = found.rows.iter_rows(named=True)
    assert (laureate["old_low"], laureate["new_high"], laureate["move"]) == (100.0, 0.0, "falls")
    assert (maker["old_high"], maker["new_low"], maker["move"]) == (0.0, 100.0, "rises")
    assert (maker["shift_low"], maker["shift_high"]) == (1, 1)
    assert (maker["old_lowest"], maker["new_highest"]) == ("不支持", "优先支持")
    assert "上升：由第2名升至第1名" in say(Why.from_json(maker["why"]))
    assert "Orders 30 of 30" in say(Why.from_json(maker["why"]), "en")
    changed = found.diff.changes.filter(pl.col("tier") == "priority")
    assert dict(changed.select("project", "transition").rows()) == {"p0": "lost", "p1": "gained"}


def test_parts_add_up_to_the_points(book: RuleBook) -> None:
    found = judged(book, projects(LAUREATE, MAKER, {"maturity": 5, "papers": 12}, {}))
    for side in ("old", "new"):
        sums = (
            found.parts.filter(pl.col("side") == side)
            .group_by("project")
            .agg(pl.col("low", "high").sum())
            .sort("project")
        )
        rows = found.rows.select("project", low=f"{side}_low", high=f"{side}_high")
        assert sums.equals(rows)


ROW = st.fixed_dictionaries(
    {
        "papers": st.integers(0, 50), "talent_titles": st.integers(0, 5), "awards": st.integers(0, 4),
        "maturity": st.one_of(st.none(), st.integers(1, 9)), "autonomy": st.one_of(st.none(), st.floats(0, 1)),
        "orders": st.one_of(st.none(), st.integers(0, 2_000_000_000)),
    }
)  # fmt: skip
COUNTED = ("papers", "talent_titles", "awards")


@settings(max_examples=8, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=6), st.lists(ROW, min_size=6, max_size=6))
def test_papers_titles_and_awards_weigh_nothing_in_the_new_scheme(
    book: RuleBook, rows: list[Any], other: list[Any]
) -> None:
    swapped = [{**row, **{name: mine[name] for name in COUNTED}} for row, mine in zip(rows, other, strict=False)]
    before, after = (judged(book, projects(*some)).rows.select("project", r"^new_.*$") for some in (rows, swapped))
    assert before.equals(after)


@settings(max_examples=8, deadline=None)
@given(st.lists(ROW, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_every_completion_of_the_facts_lies_within_the_ranks(book: RuleBook, rows: list[Any], chance: Any) -> None:
    open_ = judged(book, projects(*rows)).rows
    filled = [
        {
            **row,
            "maturity": row["maturity"] or chance.randint(1, 9),
            "autonomy": chance.random() if row["autonomy"] is None else row["autonomy"],
            "orders": chance.randint(0, 2 * 10**9) if row["orders"] is None else row["orders"],
        }
        for row in rows
    ]
    known = judged(book, projects(*filled)).rows
    for wide, exact in zip(open_.iter_rows(named=True), known.iter_rows(named=True), strict=True):
        assert wide["new_low"] - 1e-9 <= exact["new_low"] == exact["new_high"] <= wide["new_high"] + 1e-9
        assert wide["new_best"] <= exact["new_best"] == exact["new_worst"] <= wide["new_worst"]
        assert wide["move"] in ("open", exact["move"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=9))
def test_ranks_are_those_of_comparing_each_with_each(spans: list[tuple[int, int]]) -> None:
    points = pl.DataFrame({"project": [str(n) for n in range(len(spans))], "low": [float(a) for a, _ in spans],
                           "high": [float(a + b) for a, b in spans]})  # fmt: skip
    found = ranked(points)
    for n, row in enumerate(found.iter_rows(named=True)):
        others = [other for m, other in enumerate(points.iter_rows(named=True)) if m != n]
        assert row["best"] == 1 + sum(other["low"] > row["high"] for other in others)
        assert row["worst"] == 1 + sum(other["high"] > row["low"] for other in others)


def test_equal_points_share_a_rank_and_hold_it(book: RuleBook) -> None:
    rows = judged(book, projects(LAUREATE, LAUREATE, {**LAUREATE, "awards": 0})).rows
    assert rows["old_best"].to_list() == [1, 1, 3]
    assert rows["new_best"].to_list() == [1, 1, 1]
    assert rows["move"].to_list() == ["holds", "holds", "rises"]


# ------------------------------------------------------------------------------------------------------ computed


def evidence(**levels: int) -> Registry:
    schema = Registry()["evidence"].schema
    blank = {"subject_kind": "achievement", "subject": "a1", "kind": "document", "grade": "E4"}
    rows = [{**blank, "evidence": f"e-{code}", "dimension": code, "level": at} for code, at in levels.items()]
    return Registry({"evidence": pl.DataFrame([{n: row.get(n) for n in schema} for row in rows], schema=schema)})


ALL = dict.fromkeys((d.code for d in maturity_scale().dimensions), 6)


def linked(registry: Registry, **levels: int) -> Any:
    table = maturity(CASES, evidence(**levels), AS_OF)
    own = pl.DataFrame([("c1", "i", 0.7, 0.6, 0.8)], schema=AUTONOMY, orient="row")
    return computed(registry, table, own)


def test_what_is_computed_wins_over_what_is_stated_and_says_so(book: RuleBook) -> None:
    registry = projects({"case": "c1", "maturity": 9, "autonomy": 1.0}, {"maturity": 5})
    facts = linked(registry, **ALL)
    told = {(row["project"], row["column"]): row for row in facts.sources.iter_rows(named=True)}
    mine = told["p0", "maturity"]
    assert (mine["basis"], mine["stated"], mine["low"], mine["high"], mine["case"]) == ("computed", 9.0, 6.0, 9.0, "c1")
    assert (told["p1", "maturity"]["basis"], told["p1", "maturity"]["low"]) == ("stated", 5.0)
    assert told["p1", "autonomy"]["basis"] == "unknown"
    rows = portfolio(book, SCHEME, registry, facts, AS_OF).rows.row(0, named=True)
    assert (rows["new_low"], rows["new_high"]) == (30 + 7.5, 40 + 22.5), (
        "points lie between both ends of what is computed"
    )


def test_a_project_is_linked_through_what_it_put_out() -> None:
    schema = {"achievement": pl.String, "project": pl.String}
    registry = projects({}, {"outputs": ["a2"]}).replace(
        achievements=pl.DataFrame({"achievement": ["a1"], "project": ["p0"]}, schema=schema),
        cases=CASES,
    )
    facts = linked(registry, **ALL)
    cases = dict(facts.sources.filter(pl.col("column") == "maturity").select("project", "case").rows())
    assert cases == {"p0": "c1", "p1": "c2"}
    basis = dict(facts.sources.filter(pl.col("column") == "maturity").select("project", "basis").rows())
    assert basis == {"p0": "computed", "p1": "unknown"}, "a case of which nothing is known computes nothing"


def test_a_full_proof_is_a_point() -> None:
    facts = linked(projects({"case": "c1"}), **dict.fromkeys(ALL, 9))
    assert facts.point["maturity"].to_list() == [9]
    assert facts.least["autonomy"].to_list() == [0.6]
    assert facts.point["autonomy"].to_list() == [None]


# ---------------------------------------------------------------------------------------------------- bad questions


@pytest.mark.parametrize(
    ("more", "named"),
    [({"old": "glory"}, "glory"), ({"new": "2099"}, "2099")],
)
def test_a_version_that_is_not_there_is_named(book: RuleBook, more: dict[str, str], named: str) -> None:
    with pytest.raises(UsageFault) as refused:
        judged(book, projects(LAUREATE), **more)
    for lang in LANGUAGES:
        said = refused.value.say(lang)
        assert named in said
        assert "papers" in said


def test_a_day_with_one_version_only_has_nothing_to_compare(book: RuleBook) -> None:
    registry = projects(LAUREATE)
    facts = computed(registry, maturity(CASES.clear(), Registry(), AS_OF), pl.DataFrame(schema=AUTONOMY))
    with pytest.raises(UsageFault, match="no two versions"):
        portfolio(book, SCHEME, registry, facts, date(2020, 1, 1))


def test_versions_without_a_score_cannot_be_ranked() -> None:
    text = """
scheme: bare
name: {zh: 无分, en: Bare}
subject: projects
currency: CNY
jurisdiction: CN
versions:
  - version: one
    in_force: [{from: 2018-01-01, to: 2026-05-31, purposes: [new]}]
    cite: {document: 自拟, article: 自拟, source: 自拟, grade: ours}
    tiers: [{tier: t, name: {zh: 一, en: One}, all: [{id: a, name: {zh: 有论文, en: Papers}, check: papers >= 1}]}]
  - version: two
    in_force: [{from: 2026-06-01, purposes: [new]}]
    cite: {document: 自拟, article: 自拟, source: 自拟, grade: ours}
    tiers: [{tier: t, name: {zh: 一, en: One}, all: [{id: a, name: {zh: 成熟, en: Mature}, check: maturity >= 4}]}]
"""
    registry = projects(LAUREATE)
    facts = computed(registry, maturity(CASES.clear(), Registry(), AS_OF), pl.DataFrame(schema=AUTONOMY))
    with pytest.raises(UsageFault, match="cannot be ranked"):
        portfolio(load_rules({"bare.yaml": text}), "bare", registry, facts, AS_OF)
