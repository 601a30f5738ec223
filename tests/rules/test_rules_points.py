"""Points that a rule leaves to a person stay a range; grades and places are ranges too."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import EXAMPLE, registry

from tongtu import rules
from tongtu.rules.facts import MARKS
from tongtu.rules.ranking import ordered
from tongtu.terms.why import Why
from tongtu.terms.words import say

DAY = date(2026, 11, 22)
SCORE = """
    scores:
      - score: s
        name: {zh: 总分, en: Total}
        grades:
          - {from: 8, name: {zh: 优秀, en: Excellent}}
          - {from: 4, name: {zh: 合格, en: Pass}}
        parts:
          - part: p
            name: {zh: 甲, en: A}
            points: 10
            items:
              - {item: i, name: {zh: 乙, en: B}, points: %s}
    tiers:"""
GROWTH = (
    "10, bands: rd_share, otherwise: [0, 0], "
    "cuts: [{from: 35%, points: [9, 10]}, {from: 5%, points: [3, 4]}, {above: 0%, points: [1, 2]}]"
)
LEVELS = (
    "10, ordinal: {zh: 材料, en: Papers}, levels: ["
    "{id: low, name: {zh: 低, en: Low}, points: [1, 2]}, {id: high, name: {zh: 高, en: High}, points: [7, 8]}]"
)

REACH = "{id: a, name: {zh: 丙, en: C}, score: s, reach: 8}"


def judged(item: str, shares: list[float | None], body: str = REACH, **more: object) -> rules.Judgement:
    text = EXAMPLE.replace("BODY", body).replace("\n    tiers:", SCORE % item)
    own = [{"organisation": f"f{i}", "legal_person": more.get("legal_person", True)} for i in range(len(shares))]
    spends = [None if share is None else round(share * 10**6) for share in shares]
    years = [
        {"organisation": f"f{i}", "year": 2025, "revenue": 10**6, "rd_spend": spend, "currency": "CNY"}
        for i, spend in enumerate(spends)
    ]
    marks = pl.DataFrame(more.get("marks", []), schema=MARKS, orient="row")
    known = registry(organisations=own, firm_years=years)
    return rules.judge(rules.load({"x.yaml": text}), "example", known, DAY, marks=marks)


def span(item: str, share: float | None, **more: object) -> tuple[float, float]:
    total = judged(item, [share], **more).scores.filter(pl.col("part").is_null())
    return total["low"][0], total["high"][0]


@pytest.mark.parametrize(
    ("share", "points"),
    [(0.35, (9, 10)), (0.34, (3, 4)), (0.05, (3, 4)), (0.01, (1, 2)), (0.0, (0, 0)), (-0.1, (0, 0)), (None, (0, 10))],
)
def test_a_band_gives_its_range(share, points):
    assert span(GROWTH, share) == points


@pytest.mark.parametrize(
    ("item", "share", "points"),
    [
        ("[8, 10], linear: rd_share, zero: 0%, full: 10%", 0.1, (8, 10)),
        ("[8, 10], linear: rd_share, zero: 0%, full: 10%", 0.05, (4, 5)),
        ("[8, 10], linear: rd_share, zero: 0%, full: 10%", None, (0, 10)),
        ("10, linear: rd_share, zero: 0%, full: 10%, at_zero: [1, 2]", 0.0, (1, 2)),
        ("10, linear: rd_share, zero: 0%, full: 10%, at_zero: [1, 2]", 0.05, (5.5, 6)),
        ("[6, 10], bonus: rd_share >= 3%", 0.03, (6, 10)),
        ("[6, 10], bonus: rd_share >= 3%", 0.02, (0, 0)),
        ("[6, 10], bonus: rd_share >= 3%", None, (0, 10)),
        (LEVELS, 0.1, (1, 8)),
    ],
)
def test_ends_bonuses_and_levels_give_ranges(item, share, points):
    assert span(item, share) == pytest.approx(points)


@pytest.mark.parametrize(
    ("item", "mark", "points"),
    [
        (GROWTH, (9.5, 9.5), (9.5, 9.5)),
        (GROWTH, (3, 9.5), (9, 9.5)),  # what lies outside the band counts as its end
        (GROWTH, (1, 2), (9, 9)),
        (LEVELS, (7, 8), (7, 8)),
        (LEVELS, (0, 99), (1, 8)),
    ],
)
def test_a_mark_narrows_the_range_and_never_leaves_it(item, mark, points):
    assert span(item, 0.4, marks=[("f0", "p.i", *mark)]) == points


def test_a_range_is_a_matter_for_a_person_and_a_missing_figure_is_not():
    verdicts = judged(GROWTH.replace("[9, 10]", "[7, 10]"), [0.4, None, 0.1])
    assert verdicts.verdicts["verdict"].to_list() == ["manual", "unknown", "unmet"]


def test_grades_a_score_can_still_have():
    grades = judged(GROWTH, [0.4, 0.06, 0.02, None]).grades
    assert grades["highest"].to_list() == ["优秀", "合格", None, "优秀"]
    assert grades["lowest"].to_list() == ["优秀", None, None, None]
    said = say(Why.from_json(grades["why"][1]), "en")
    assert said == "Total: 3 to 4 points, grade between below every grade and Pass"


def test_a_score_without_grades_has_none():
    text = EXAMPLE.replace("BODY", "{id: a, check: legal_person}")
    found = rules.judge(rules.load({"x.yaml": text}), "example", registry(organisations=[{"organisation": "f"}]), DAY)
    assert found.grades.is_empty()
    assert found.grades.columns == judged(GROWTH, [0.4]).grades.columns


TIE = """{id: a, check: revenue >= 0元}
          - {id: t, name: {zh: 优先, en: First}, role: tie_break, check: legal_person}"""


SHARES = st.sampled_from([0.4, 0.06, 0.02, 0.0, None])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(SHARES, st.sampled_from([None, 2.0, 9.0])), min_size=1, max_size=12))
def test_places_are_those_of_comparing_every_pair(firms):
    marks = [(f"f{i}", "p.i", mark, mark) for i, (_, mark) in enumerate(firms) if mark is not None]
    more = {"marks": marks} if marks else {}
    judgement = judged(GROWTH, [share for share, _ in firms], TIE, **more)
    total = judgement.scores.filter(pl.col("part").is_null())
    spans = dict(zip(total["organisation"], zip(total["low"], total["high"], strict=True), strict=True))
    for name, first, last, low, high, _ in ordered(judgement).iter_rows():
        assert spans[name] == (low, high)
        assert first == 1 + sum(other[0] > high for other in spans.values())
        assert last == len(spans) - sum(other[1] < low for other in spans.values())


def test_equal_points_give_way_to_the_tie_break_then_share_the_place():
    text = EXAMPLE.replace("BODY", TIE)
    legal = {"c": True, "b": True, "a": False, "d": None}
    own = [{"organisation": name, "legal_person": is_legal} for name, is_legal in legal.items()]
    years = [{"organisation": o["organisation"], "year": 2025, "revenue": 1, "currency": "CNY"} for o in own]
    book = rules.load({"x.yaml": text})
    found = ordered(rules.judge(book, "example", registry(organisations=own, firm_years=years), DAY))
    assert found.select("organisation", "first", "last", "ties").rows() == [
        ("b", 1, 3, 1), ("c", 1, 3, 1), ("d", 1, 4, 0), ("a", 3, 4, 0)
    ]  # fmt: skip


def test_only_those_who_meet_the_tier_are_placed():
    assert ordered(judged(GROWTH, [0.4, 0.06]))["organisation"].to_list() == ["f0"]
    with pytest.raises(KeyError):
        ordered(judged(GROWTH, [0.4]), "none")
