"""Scores: equal to what their parts say, monotone, within 0..100; copies add nothing; what is unknown is named."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.brief.document import Document, Span, identity
from tongtu.brief.facts import Facts, Lexicon, extract, lexicon
from tongtu.brief.model import COMPUTED, QUOTED, Sentence
from tongtu.brief.scores import SCORES, Weights, scores, unsupported_share, weights
from tongtu.brief.scores.impact import relative
from tongtu.terms.faults import PackRefused
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, entries, missing, say

TODAY = date(2026, 11, 22)
SOURCES = {
    "document": pl.String, "outlet": pl.String, "address": pl.String, "published": pl.Date, "official": pl.Boolean,
    "role": pl.String, "grade": pl.String,
}  # fmt: skip
NOTICE = (
    "关于印发《中试平台建设管理办法》的通知\n工信部规〔2026〕12号\n2026年11月3日，工业和信息化部印发办法。"
    "到2027年建成100个中试平台，研发投入强度不低于3%，服务企业5000家以上。"
)


@cache
def words() -> Lexicon:
    pack = packs.load("cn")
    return lexicon(pack.texts("briefs"), pack.vocabularies, pack.aliases)


@cache
def constants() -> Weights:
    return weights(words())


@cache
def read(text: str) -> Facts:
    return extract(Document("d0", text, (), text.split("\n")[0], "", "", TODAY, "zh", True, "text"), words())


def sources(*rows: dict[str, Any]) -> pl.DataFrame:
    plain = {"outlet": "", "address": "", "published": TODAY, "official": False, "role": "corroborating", "grade": "C"}
    return pl.DataFrame([{"document": f"d{i}", **plain, **row} for i, row in enumerate(rows)], schema=SOURCES)


def scored(table: pl.DataFrame, facts: dict[str, Facts] | None = None, **more: Any) -> pl.DataFrame:
    return scores(table, facts or {}, as_of=TODAY, **{"weights": constants(), **more})


def whole(frame: pl.DataFrame, score: str) -> float | None:
    return frame.filter(pl.col("score") == score, pl.col("part").is_null())["value"][0]  # type: ignore[no-any-return]


def parts(frame: pl.DataFrame, score: str) -> dict[str, tuple[float | None, float]]:
    rows = frame.filter(pl.col("score") == score, pl.col("part").is_not_null())
    return {name: (value, weight) for name, value, weight in rows.select("part", "value", "weight").iter_rows()}


def by_the_printed_formula(frame: pl.DataFrame, score: str, known: Weights) -> float | None:
    """The score worked out again from the rows alone, as the page's formula says it."""
    rows = parts(frame, score)
    if score == "hot":
        total = [value * weight for value, weight in rows.values() if value is not None]
        return 100 * (1 - 2 ** (-sum(total) / known("hot", "total", "half"))) if total else None
    off = rows.pop("unsupported", (0.0, 0.0))
    have = [(value, weight) for value, weight in rows.values() if value is not None]
    weight = sum(w for _, w in have)
    if not weight:
        return None
    grown = sum(w for _, w in rows.values()) / weight
    return 100 * max(0.0, math.prod(v ** (w * grown) for v, w in have) + (off[0] or 0.0) * off[1])


outlets = st.lists(
    st.fixed_dictionaries(
        {
            "outlet": st.sampled_from(["", "新华社", "甲报", "乙网", "工业和信息化部"]),
            "published": st.one_of(st.none(), st.integers(-5, 400).map(lambda n: TODAY - timedelta(days=n))),
            "official": st.booleans(),
            "role": st.sampled_from(["primary", "first", "corroborating", "copy"]),
            "grade": st.sampled_from(["A", "B", "C", "ours", None]),
        }
    ),
    max_size=5,
)
shares = st.one_of(st.none(), st.floats(0, 1))
moves = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=4)


def groups(changed: int | None, of: int, *, effect: str = "gains", tier: str = "little_giant") -> pl.DataFrame:
    row = {"scheme": "s", "tier": tier, "noun": "organisations", "effect": effect, "group_by": "all",
           "subjects": changed, "of": of, "small": changed is None}  # fmt: skip
    return pl.DataFrame([row], schema={"scheme": pl.String, "tier": pl.String, "noun": pl.String, "effect": pl.String,
                                       "group_by": pl.String, "subjects": pl.Int64, "of": pl.Int64,
                                       "small": pl.Boolean})  # fmt: skip


def rules(*pairs: tuple[float | None, float | None], change: str = "tightened", unit: str = "CNY") -> pl.DataFrame:
    return pl.DataFrame(
        [{"name_zh": f"条件{i}", "name_en": f"Condition {i}", "change": change, "threshold_from": a,
          "threshold_to": b, "unit_from": unit,
          "unit_to": unit} for i, (a, b) in enumerate(pairs)],
        schema={"name_zh": pl.String, "name_en": pl.String, "change": pl.String, "threshold_from": pl.Float64,
                "threshold_to": pl.Float64,
                "unit_from": pl.String, "unit_to": pl.String},
    )  # fmt: skip


@given(outlets, st.booleans(), shares, st.one_of(st.none(), st.integers(0, 900)), moves)
@settings(max_examples=25, deadline=None)
def test_every_score_is_what_its_parts_say_and_stays_in_bounds(
    rows: list[dict[str, Any]], facts: bool, share: float | None, changed: int | None, moved: list[tuple[float, float]]
) -> None:
    frame = scored(
        sources(*rows), {f"d{i}": read(NOTICE) for i in range(len(rows))} if facts else {}, unsupported=share,
        audience=groups(changed, 900), changes={"rules": rules(*moved)},
    )  # fmt: skip
    assert dict(frame.schema) == dict(pl.DataFrame(schema=SCORES).schema)
    for score in ("hot", "quality", "impact"):
        value, again = whole(frame, score), by_the_printed_formula(frame, score, constants())
        assert (value is None) == (again is None)
        if value is not None and again is not None:
            assert 0 <= value <= 100
            assert value == pytest.approx(again, abs=1e-6)
        for part, weight in parts(frame, score).values():
            assert part is None or 0 <= part <= 1
            assert math.isfinite(weight)
    for why in frame["why"]:
        for lang in LANGUAGES:
            said = say(Why.from_json(why), lang)
            assert "{" not in said
            assert "brief_scores" not in said


def test_a_reader_can_work_out_every_score_from_the_printed_formula() -> None:
    frame = scored(
        sources({"outlet": "甲报"}, {"outlet": "乙网"}), {"d0": read(NOTICE)}, unsupported=0.05,
        audience=groups(50, 900), changes={"rules": rules((10, 15))},
    )  # fmt: skip
    for lang in LANGUAGES:
        told = {
            score: say(Why.from_json(frame.filter(pl.col("score") == score, pl.col("part").is_null())["why"][0]), lang)
            for score in ("hot", "quality", "impact")
        }
        numbers = {score: [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)] for score, text in told.items()}
        score, *_, total, half = numbers["hot"][:6]
        assert score == pytest.approx(100 * (1 - 2 ** (-total / half)), abs=1)
        score, _, _, grade, corroboration, specificity, off = numbers["quality"]
        assert score == pytest.approx(100 * (grade * corroboration * specificity - off / 100), abs=1)
        score, _, *factors = numbers["impact"]
        assert score == pytest.approx(100 * math.prod(factors), abs=1)


# ---- hot


@given(outlets, st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_a_copy_adds_nothing_and_order_does_not_matter(rows: list[dict[str, Any]], random: Any) -> None:
    table = sources(*rows)
    copies = table.with_columns(document="z" + pl.col("document"), role=pl.lit("copy"), outlet=pl.lit("新报"))
    mixed = list(range(2 * table.height))
    random.shuffle(mixed)
    plain, more = scored(table), scored(pl.concat([table, copies])[mixed])
    assert plain.drop("why").equals(more.drop("why"))


@given(st.integers(0, 300), st.integers(0, 300))
@settings(max_examples=15, deadline=None)
def test_an_older_report_counts_less(one: int, other: int) -> None:
    new, old = sorted((one, other))
    hot = [_hot({"outlet": "甲报", "published": TODAY - timedelta(days=n)}) for n in (new, old)]
    assert hot[0] >= hot[1]
    assert (hot[0] > hot[1]) == (new < old)


def _hot(*rows: dict[str, Any]) -> float:
    value = whole(scored(sources(*rows)), "hot")
    assert value is not None
    return value


def test_half_a_life_halves_a_report() -> None:
    frame = scored(sources({"outlet": "甲报", "published": TODAY - timedelta(days=7)}))
    assert parts(frame, "hot") == {"甲报": (pytest.approx(0.5), 1.0)}


def test_official_outweighs_media_and_another_outlet_adds() -> None:
    media, official = _hot({"outlet": "甲报"}), _hot({"outlet": "工业和信息化部", "official": True})
    central = _hot({"outlet": "新华社"})
    assert media < central < official
    assert _hot({"outlet": "新华社", "official": True}) == official
    assert media < _hot({"outlet": "甲报"}, {"outlet": "乙网"})
    assert media == _hot({"outlet": "甲报"}, {"outlet": "甲报", "published": date(2026, 1, 1)})


def test_reports_that_name_no_outlet_are_one_and_their_address_is_a_name() -> None:
    assert _hot({}, {}, {}) == _hot({})
    assert _hot({"address": "https://www.a.cn/1"}, {"address": "https://b.cn/2"}) > _hot({"address": "https://a.cn/3"})


def test_what_has_no_day_or_came_later_is_named_and_not_counted() -> None:
    rows = [{"outlet": "甲报", "published": None}, {"outlet": "乙网", "published": TODAY + timedelta(days=1)}]
    frame = scored(sources(*rows))
    assert whole(frame, "hot") is None
    assert parts(frame, "hot") == {"乙网": (None, 1.0), "甲报": (None, 1.0)}
    why = frame.filter(pl.col("score") == "hot")["why"][0]
    assert "甲报" in say(Why.from_json(why))
    assert "乙网" in say(Why.from_json(why))
    assert _hot(*rows, {"outlet": "丙报"}) == _hot({"outlet": "丙报"})


# ---- quality


def _quality(*rows: dict[str, Any], text: str = NOTICE, **more: Any) -> float:
    value = whole(scored(sources(*rows), {f"d{i}": read(text) for i in range(len(rows))}, **more), "quality")
    assert value is not None
    return value


def test_quality_rises_with_grade_corroboration_and_detail_and_falls_with_what_nothing_supports() -> None:
    one = {"outlet": "甲报"}
    for better, worse in (("A", "B"), ("B", "C"), ("C", "ours")):
        assert _quality(one | {"grade": better}) > _quality(one | {"grade": worse})
    assert _quality(one, {"outlet": "乙网"}) > _quality(one)
    assert _quality(one | {"official": True}) > _quality(one)
    assert _quality(one) > _quality(one, text="据了解，有关工作正在推进。")
    assert _quality(one, unsupported=0.0) > _quality(one, unsupported=0.1)
    assert _quality(one, unsupported=1.0) == 0


def test_an_official_instrument_scores_high_and_an_anonymous_remark_low() -> None:
    official = {"outlet": "工业和信息化部", "official": True, "grade": "A", "role": "primary"}
    assert _quality(official, unsupported=0.0) > 60
    assert _quality({"grade": "C"}, text="据了解，有关工作正在推进。", unsupported=0.0) < 25


def test_a_missing_part_stays_null_and_the_score_says_what_it_leaves_open() -> None:
    frame = scored(sources({"outlet": "甲报", "grade": None}), {"d0": read(NOTICE)})
    got = parts(frame, "quality")
    assert got["grade"][0] is None
    assert got["unsupported"][0] is None
    product = math.prod(got[name][0] or 0.0 for name in ("corroboration", "specificity"))
    assert whole(frame, "quality") == pytest.approx(100 * product**1.5)
    why = Why.from_json(frame.filter(pl.col("score") == "quality")["why"][0])
    told = {part.code: part.args for part in why.parts}
    assert told["brief_scores.partly-known"] == {"known": 2, "n": 3, "low": 0, "high": round(100 * product)}
    assert {"brief_scores.no-grade", "brief_scores.no-sentences"} <= set(told)


def test_what_two_reports_both_say_is_counted_once() -> None:
    two = scored(sources({"outlet": "甲报"}, {"outlet": "甲报"}), {"d0": read(NOTICE), "d1": read(NOTICE)})
    one = scored(sources({"outlet": "甲报"}), {"d0": read(NOTICE)})
    assert parts(one, "quality") == parts(two, "quality")


def test_unsupported_is_the_share_of_sentences_that_nothing_bears_out() -> None:
    document = Document(
        identity("十个字的原文在这里", ""), "十个字的原文在这里", (), "", "", "", None, "zh", False, "text"
    )
    span, why = Span(document.id, 0, 3), Why("brief_scores.unnamed")
    good = Sentence("summary", Why("x.quote", {"quote": "十个字"}), QUOTED, (span,))
    computed = Sentence("summary", Why("x.made"), COMPUTED, (), why)
    wrong = replace(good, says=Why("x.quote", {"quote": "九个字"}))
    unsure = replace(computed, confidence=0.3)
    astray = replace(good, spans=(Span("elsewhere", 0, 3),))
    beyond = replace(good, spans=(Span(document.id, 0, 99),))
    found = [
        unsupported_share(these, [document], weights=constants())
        for these in ([], [good, computed], [good, wrong], [unsure, astray, beyond, good])
    ]
    assert found == [None, 0.0, 0.5, 0.75]


# ---- impact


def _impact(**more: Any) -> pl.DataFrame:
    return scored(sources({"outlet": "甲报", "role": "primary"}), {"d0": read(NOTICE)}, **more)


def test_strength_is_of_the_instrument_a_notice_issues() -> None:
    assert parts(_impact(), "impact")["strength"][0] == pytest.approx(7 / 9)


def test_impact_rises_with_breadth_and_with_size() -> None:
    broad = [whole(_impact(audience=groups(n, 900), changes={"rules": rules((10, 15))}), "impact") for n in (0, 9, 90)]
    assert broad[0] == 0
    assert broad == sorted(broad)
    assert len(set(broad)) == 3
    size = [
        whole(_impact(audience=groups(90, 900), changes={"rules": rules(*pairs)}), "impact")
        for pairs in (((10, 10.5),), ((10, 15),), ((10, 15), (2, 4)), ((10, 15), (2, 4), (0.7, 0.9)))
    ]
    assert size == sorted(size)
    assert len(set(size)) == 4


def test_the_known_moves_of_the_2026_measures() -> None:
    """Revenue from 10 to 15 million, share from 70 to 90 %, two rights to four: 1/3 + 2/9 + 1/2."""
    table = pl.concat([rules((1e9, 1.5e9)), rules((0.7, 0.9), unit="ratio"), rules((2, 4), unit="items")])
    (value, _) = parts(_impact(changes={"rules": table}), "impact")["size"]
    assert value == pytest.approx(1 - 2 ** -(1 / 3 + 2 / 9 + 1 / 2))


def test_unchanged_conditions_move_nothing_and_those_without_numbers_count_by_the_pack() -> None:
    sizes = {
        change: parts(_impact(changes={"rules": rules((None, None), change=change)}), "impact")["size"][0]
        for change in ("same", "changed", "new", "dropped")
    }
    assert sizes == {"same": 0.0, "changed": pytest.approx(1 - 2**-0.5), "new": 0.5, "dropped": 0.5}


def test_targets_move_too_and_other_units_are_not_subtracted() -> None:
    def target(unit: str) -> pl.DataFrame:
        row = {"measure": "经济增长", "change": "lowered", "low_from": 7.0, "high_from": 7.0, "unit_from": "percent",
               "low_to": 6.0, "high_to": 6.5, "unit_to": unit}  # fmt: skip
        return pl.DataFrame([row])

    size = parts(_impact(changes={"targets": target("percent")}), "impact")["size"][0]
    assert size == pytest.approx(1 - 2 ** (-0.75 / 7))
    other = parts(_impact(changes={"targets": target("percentage_point")}), "impact")["size"][0]
    assert other == pytest.approx(1 - 2**-0.5)


def test_breadth_is_of_the_widest_tier_and_small_groups_are_named() -> None:
    two = pl.concat(
        [groups(30, 900), groups(20, 900, effect="loses"), groups(45, 900, tier="sme"), groups(None, 900, tier="x")]
    )
    frame = _impact(audience=two)
    assert parts(frame, "impact")["breadth"][0] == pytest.approx(1 - 2 ** -(50 / 900 / 0.05))
    why = frame.filter(pl.col("part") == "breadth")["why"][0]
    assert "brief_scores.small" in why


@pytest.mark.parametrize("audience", [None, groups(5, 9).clear(), groups(5, 9, effect="works")])
def test_breadth_is_unknown_where_no_rule_was_compared(audience: pl.DataFrame | None) -> None:
    frame = _impact(audience=audience)
    assert parts(frame, "impact")["breadth"][0] is None
    assert whole(frame, "impact") == pytest.approx(100 * (7 / 9) ** 3)
    assert "brief_scores.no-audience" in frame.filter(pl.col("score") == "impact")["why"][0]


def test_nothing_known_is_null_not_zero() -> None:
    frame = scored(sources())
    assert [whole(frame, score) for score in ("hot", "quality", "impact")] == [None] * 3


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_a_relative_move_is_symmetric_and_within_one(before: float, after: float) -> None:
    move = relative(before, after)
    assert move == relative(after, before)
    assert (move is None) == (before == after)
    assert move is None or 0 < move <= 1


# ---- constants


def test_every_constant_is_ours_and_sourced() -> None:
    rows = words().rows("scoring")
    assert {row["grade"] for row in rows} == {"ours"}
    assert all(row["source"] and row["since"] and row["zh"] and row["en"] for row in rows)


def test_constants_that_are_missing_or_out_of_range_are_all_named() -> None:
    whole_file = packs.load("cn").texts("briefs")["scoring.csv"]
    lines = [line for line in whole_file.splitlines() if not line.startswith("hot,decay")]
    broken = (
        "\n".join(lines)
        .replace("quality,grade,B,0.9", "quality,grade,B,1.9")
        .replace("impact,size,half,1", "impact,size,half,0")
        .replace("hot,named,新华社,2", "hot,named,新华社,-2")
    )
    with pytest.raises(PackRefused) as refused:
        weights(lexicon({"scoring.csv": broken}))
    assert len(refused.value.faults) == 4
    with pytest.raises(PackRefused):
        lexicon({"scoring.csv": whole_file.replace("hot,decay,half_life,7", "hot,decay,half_life,seven")})


def test_other_constants_keep_the_formula() -> None:
    other = Weights({**constants().values, ("hot", "total", "half"): 1.0, ("quality", "weight", "grade"): 0.5})
    frame = scored(sources({"outlet": "甲报"}), {"d0": read(NOTICE)}, weights=other, unsupported=0.1)
    for score in ("hot", "quality", "impact"):
        assert whole(frame, score) == pytest.approx(by_the_printed_formula(frame, score, other))


def test_every_word_is_in_the_catalogue() -> None:
    for name in entries("brief_scores"):
        assert not missing(f"brief_scores.{name}")
