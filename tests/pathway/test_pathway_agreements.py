"""Templates: the shipped ones speak both languages everywhere; offers compare; a faulty file names every fault."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs
from tongtu.pathway import agreements
from tongtu.pathway.agreements import Template
from tongtu.pathway.agreements.drafting import BLANK
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.money import Money
from tongtu.terms.why import Label
from tongtu.terms.words import entries, missing, say

GOOD = """
id: trial
version: "1"
zh: 试用协议
en: Trial agreement
kind: use_first
since: 2026-01-01
source: ours
grade: ours
parties: {a: {zh: 甲方, en: party A}, b: {zh: 乙方, en: party B}}
notice: {zh: 不是法律意见, en: No legal advice}
preamble: {zh: 双方约定如下, en: Both sides agree}
clauses:
  - clause: fee
    zh: 费用
    en: Fee
    default: royalty
    positions:
      - position: royalty
        better_for: b
        zh: "{b}按{royalty}付费"
        en: "{b} pays {royalty}"
        terms: [{term: royalty, zh: 提成, en: Royalty, unit: ratio, low: 0.01, high: 0.2}]
      - {position: free, better_for: b, zh: 免费, en: free of charge}
  - clause: term
    zh: 期限
    en: Term
    default: months
    positions:
      - position: months
        better_for: both
        zh: "{months}"
        en: "{months}"
        terms: [{term: months, zh: 月数, en: Months, unit: months, low: 3}]
      - {position: open, better_for: a, zh: 不定期, en: open-ended}
  - {use: disputes}
excludes:
  - ["fee:free", "term:open"]
"""
SHARED = """
shared: true
source: ours
grade: ours
clauses:
  - clause: disputes
    zh: 争议
    en: Disputes
    default: court
    positions:
      - {position: court, better_for: both, zh: 法院, en: the courts}
      - {position: arbitration, better_for: both, zh: 仲裁, en: arbitration}
"""


@cache
def shipped() -> dict[str, Template]:
    pack = packs.load("cn")
    return agreements.load(pack.texts("agreements"), pack.vocabularies)


@cache
def trial() -> Template:
    return agreements.load({"t.yaml": GOOD, "c.yaml": SHARED})["trial"]


def codes(text: str) -> list[str]:
    with pytest.raises(PackRefused) as caught:
        agreements.load({"t.yaml": text, "c.yaml": SHARED})
    for fault in caught.value.faults:
        assert fault.repair is not None
        for lang in ("zh", "en"):
            assert "pathway" not in say(fault.what, lang) + say(fault.repair, lang)
    return [fault.what.code.partition(".")[2] for fault in caught.value.faults]


def test_the_templates_of_the_issue_ship_and_say_what_they_are() -> None:
    assert set(shipped()) == {
        "licence", "assignment", "equity", "joint_development", "use_first", "commissioned", "pilot_service",
        "confidentiality", "challenge_award",
    }  # fmt: skip
    for template in shipped().values():
        assert template.grade == "ours"
        assert "不是法律意见" in template.notice.zh
        assert "no legal advice" in template.notice.en
        assert len(template.clauses) >= 6


@pytest.mark.parametrize("id", sorted(shipped()))
def test_every_clause_is_open_to_choice_in_both_languages(id: str) -> None:
    template = shipped()[id]
    assert agreements.permitted(template, []) == (), "the defaults go together"
    for clause in template.clauses:
        assert len(clause.positions) >= 2
        sides = {position.better_for for position in clause.positions}
        assert sides != {"a"}
        assert sides != {"b"}, f"{clause.id}: only one side can win"
        for position in clause.positions:
            assert all((position.text.zh, position.text.en, clause.label.zh, clause.label.en))
            for term in position.terms:
                assert term.grade == "ours" or term.source


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_offers_compare_and_draft(data: st.DataObject) -> None:
    """Any two offers: differences are symmetric and exactly the clauses that differ; no brace is left in a draft."""
    template = shipped()[data.draw(st.sampled_from(sorted(shipped())))]

    def offer() -> list[str]:
        chosen = data.draw(st.lists(st.sampled_from(template.clauses), unique_by=lambda clause: clause.id))
        return [f"{c.id}:{data.draw(st.sampled_from(c.positions)).id}" for c in chosen]

    one, other = offer(), offer()
    there, back = agreements.differences(template, one, other), agreements.differences(template, other, one)
    assert [(d.clause, d.a, d.b) for d in there] == [(d.clause, d.b, d.a) for d in back]
    mine, theirs = agreements.resolved(template, one), agreements.resolved(template, other)
    assert [d.clause for d in there] == [clause for clause in mine if mine[clause] != theirs[clause]]
    assert agreements.differences(template, one, list(reversed(one))) == ()
    blocks = agreements.draft(template, one, a=Label("通途研究院", "Tongtu Institute"))
    assert [block.clause for block in blocks] == [clause.id for clause in template.clauses]
    for block in blocks:
        assert "{" not in block.text.zh + block.text.en
        assert (BLANK in block.text.zh) == (BLANK in block.text.en) == bool(block.open)
        assert block.text.en[0] == block.text.en[0].upper()
    faults = agreements.permitted(template, one)
    assert {fault.what.code for fault in faults} <= {"pathway_agreements.excluded"}


def test_terms_are_written_out() -> None:
    money = Money.of(30, "CNY")
    blocks = agreements.draft(
        shipped()["licence"], ["fee:entry_and_royalty", "diligence:milestones"],
        {"royalty": 0.05, "amount": money, "use_months": 18}, b=Label("某公司", "A firm"),
    )  # fmt: skip
    said = {block.clause: block for block in blocks}
    assert "5%" in said["fee"].text.zh
    assert money.say("en") in said["fee"].text.en
    assert said["fee"].open == ()
    assert said["diligence"].text.zh.startswith("某公司应在18个月内")
    assert said["diligence"].text.en.startswith("A firm brings a first product to sale within 18 months")


def test_a_figure_beyond_its_limits_is_not_permitted() -> None:
    def wrong(positions: list[str], **terms: object) -> list[str]:
        return [f.what.code.partition(".")[2] for f in agreements.permitted(trial(), positions, terms)]

    assert wrong([], royalty=0.2) == []
    assert wrong([], royalty=None) == []
    assert wrong([], royalty=0.21) == ["out-of-bounds"]
    assert wrong([], royalty="5%") == ["not-a-figure"]
    assert wrong([], royalty=True) == ["not-a-figure"]
    assert wrong([], months=2, royalty=0) == ["out-of-bounds", "out-of-bounds"]
    assert wrong([], price=3) == ["unknown-term"]
    assert wrong(["fee:free"], royalty=0.9) == [], "a figure that no position taken needs does no harm"
    assert wrong(["fee:free", "term:open"]) == ["excluded"]
    assert wrong(["fee:gratis", "price:low", "term", "fee:free", "fee:royalty"]) == [
        "unknown-position", "unknown-clause", "unknown-position", "two-positions",
    ]  # fmt: skip


def test_the_same_position_may_still_differ_in_a_figure() -> None:
    found = agreements.differences(trial(), [], ["term:months"], {"royalty": 0.05}, {"royalty": 0.1, "months": 6})
    assert [(difference.clause, difference.terms) for difference in found] == [("fee", ("royalty",))]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("default: royalty", "default: gratis", "no-such-default"),
        ("clause: term", "clause: fee", "clause-twice"),
        ("position: free", "position: royalty", "position-twice"),
        ("{use: disputes}", "{use: peace}", "unknown-shared"),
        ("{use: disputes}", "{use: disputes, default: duel}", "no-such-default"),
        ('en: "{b} pays {royalty}"', 'en: "{b} pays"', "unused-term"),
        ('en: "{b} pays {royalty}"', 'en: "{c} pays {royalty}"', "unknown-blank"),
        ('en: "{b} pays {royalty}"', 'en: "{b} pays {royalty"', "bad-braces"),
        ('en: "{b} pays {royalty}"', 'en: "{b} pays {royalty:d}"', "bad-braces"),
        ('en: "{b} pays {royalty}"', 'en: "{b} pays {royalty} {}"', "unknown-blank"),
        ("low: 0.01", "low: 0.5", "low-above-high"),
        ("low: 0.01", "low: some", "not-number"),
        ('["fee:free", "term:open"]', '["fee:free"]', "not-a-pair"),
        ('["fee:free", "term:open"]', '["fee:free", "term:never"]', "unknown-pair"),
        ('["fee:free", "term:open"]', '["fee:royalty", "term:months"]', "defaults-clash"),
        ("better_for: both", "better_for: us", "unknown-code"),
        ("unit: ratio", "unit: cubits", "unknown-code"),
        ("kind: use_first", "kind: theft", "unknown-code"),
        ("en: Trial agreement\n", "", "no-key"),
        ("notice: {zh: 不是法律意见, en: No legal advice}", "notice: {zh: 不是法律意见}", "no-key"),
    ],
)
def test_each_fault_of_a_template_is_named(old: str, new: str, code: str) -> None:
    assert old in GOOD
    assert code in codes(GOOD.replace(old, new, 1))


def test_all_faults_come_at_once_and_nothing_else_is_a_template() -> None:
    text = GOOD.replace("low: 0.01", "low: 0.5").replace("better_for: both", "better_for: us")
    assert sorted(codes(text)) == ["low-above-high", "unknown-code"]
    assert codes("- just\n- a list\n") == ["not-template"]
    with pytest.raises(PackRefused) as caught:
        agreements.load({"a": GOOD, "b": GOOD, "c": SHARED})
    assert [fault.what.code for fault in caught.value.faults] == ["pathway_agreements.template-twice"]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(GOOD) - 1), st.sampled_from(["", " ", ":", "{", "}", "[", "null", "0", "甲", "\n", "{0}", "{}"])
)
def test_whatever_is_written_is_refused_in_words_or_can_be_drafted(at: int, put: str) -> None:
    found: dict[str, Template] = {}
    faults: Sequence[Fault] = ()
    try:
        found = agreements.load({"t.yaml": GOOD[:at] + put + GOOD[at + 1 :], "c.yaml": SHARED})
    except PackRefused as error:
        faults = error.faults
    assert all(fault.say(lang) for fault in faults for lang in ("zh", "en"))
    assert all(agreements.draft(template) for template in found.values() if template.clauses)


def test_every_word_stands_in_both_languages() -> None:
    assert [w for name in entries("pathway_agreements") for w in missing(f"pathway_agreements.{name}")] == []
