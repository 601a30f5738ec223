"""What a met tier unlocks: amounts against plain decimal arithmetic, and what is said where facts are missing."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rulebook import EXAMPLE, registry

from tongtu import rules
from tongtu.terms.faults import RuleRefused
from tongtu.terms.money import Money
from tongtu.terms.why import Why
from tongtu.terms.words import say

DAY = date(2026, 11, 22)
LEGAL = (True, False, None)
GRANTS = """
          - {id: capital, name: {zh: 一级, en: Capital}, check: revenue >= 100万元}
        grants:
          - id: subsidy
            name: {zh: 补助, en: Subsidy}
            kind: subsidy
            amount: rd_spend * 35%
            more: [{when: legal_person, amount: rd_spend * 10%}]
            cap: 1亿元
            over_years: 3
            payments: [{share: 50%, when: {zh: 立项, en: Start}}, {share: 50%, when: {zh: 验收, en: End}}]
            reclaim:
              - {id: small, name: {zh: 投入不足, en: Too small}, check: rd_spend < 2000万元, share: 100%}
          - id: lab
            name: {zh: 实验室, en: Laboratory}
            kind: access
            resource: laboratory
            when: legal_person
            quota: {value: 200, unit: h}
            per: year
            priority: 1
            lasts: {months: 15}
          - {id: badge, name: {zh: 称号, en: Title}, kind: title, lasts: {with_title: true}}
"""
BOOK = rules.load(
    {
        "example.yaml": EXAMPLE.replace("          - BODY\n", GRANTS.lstrip("\n"))
        .replace("currency: CNY\n", "currency: CNY\napplies: kind = 'sme'\n", 1)
        .replace("    tiers:", "    lifecycle: {valid_years: 3}\n    tiers:")
    }
)


def judged(*firms: dict[str, object]) -> rules.Judgement:
    """Firms by their figures; None for a figure nobody recorded."""
    own = [{"organisation": f"f{i:02}", "kind": f.get("kind", "sme"), "legal_person": f.get("legal_person", True)}
           for i, f in enumerate(firms)]  # fmt: skip
    years = [{"organisation": f"f{i:02}", "year": 2025, "revenue": f.get("revenue", 10**9), "rd_spend": f.get("rd"),
              "currency": f.get("currency", "CNY")} for i, f in enumerate(firms)]  # fmt: skip
    return rules.judge(BOOK, "example", registry(organisations=own, firm_years=years), DAY)


def row(firm: dict[str, object], grant: str = "subsidy") -> dict[str, object]:
    (found,) = judged(firm).grants.filter(grant=grant).iter_rows(named=True)
    return found


def decimal_amount(rd: int, share: str) -> int:
    exact = min(max(rd * Decimal(share), Decimal(0)), Decimal(10**10))
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(-(10**6), 10**11), st.sampled_from(LEGAL)), min_size=1, max_size=30))
def test_amounts_are_those_of_decimal_arithmetic(firms):
    grants = judged(*({"rd": rd, "legal_person": legal} for rd, legal in firms)).grants.filter(grant="subsidy")
    for (rd, legal), low, high in zip(firms, grants["amount_low"], grants["amount_high"], strict=True):
        shares = {True: ("0.45", "0.45"), False: ("0.35", "0.35"), None: ("0.35", "0.45")}[legal]
        assert sorted(decimal_amount(rd, share) for share in shares) == [low, high]


def test_halves_of_a_minor_unit_go_up():
    assert row({"rd": 10, "legal_person": False})["amount_low"] == 4  # 35 % of 0.10 is 0.035


@pytest.mark.parametrize(
    ("firm", "said"),
    [
        ({"rd": None}, "研发费用"),
        ({"rd": 100, "currency": "USD"}, "CNY"),
        ({"rd": 100, "currency": None}, "币种"),
    ],
)
def test_an_amount_without_its_figures_is_null_and_says_so(firm, said):
    found = row(firm)
    assert (found["amount_low"], found["amount_high"]) == (None, None)
    assert said in say(Why.from_json(found["why"]))


def test_a_verdict_never_changes_the_amount():
    rich, poor, dark = ({"rd": 10**9, "revenue": r} for r in (10**9, 1, None))
    assert [row(f)["verdict"] for f in (rich, poor, dark)] == ["met", "unmet", "unknown"]
    assert len({row(f)["amount_low"] for f in (rich, poor, dark)}) == 1


def test_the_own_condition_joins_the_tier():
    rich = 10**9
    cases = {
        (rich, True): "met",
        (rich, False): "unmet",
        (rich, None): "unknown",
        (1, None): "unmet",
        (1, True): "unmet",
    }
    for (revenue, legal), verdict in cases.items():
        assert row({"rd": 1, "revenue": revenue, "legal_person": legal}, "lab")["verdict"] == verdict


@pytest.mark.parametrize(("rd", "verdict"), [(2 * 10**9 - 1, "met"), (2 * 10**9, "unmet"), (None, "unknown")])
def test_the_claw_back_is_judged(rd, verdict):
    found = row({"rd": rd})
    assert found["reclaimed"] == verdict
    assert ("Too small (100%)" in say(Why.from_json(found["why"]), "en")) == (found["reclaimed"] != "unmet")


def test_access_carries_resource_quota_priority_and_last_day():
    found = row({"rd": 1}, "lab")
    wanted = {"kind": "access", "resource": "laboratory", "quota": 200.0, "unit": "h", "per": "year", "priority": 1}
    assert {name: found[name] for name in wanted} == wanted
    assert found["until"] == date(2028, 2, 21)
    assert (found["amount_low"], found["currency"], found["reclaimed"]) == (None, None, None)


def test_what_comes_with_a_title_lasts_as_long():
    assert row({"rd": 1}, "badge")["until"] == date(2029, 11, 21)


def test_those_outside_have_no_rows_and_nothing_in_force_has_no_grants():
    assert judged({"rd": 1}, {"rd": 1, "kind": "university"}).grants["organisation"].unique().to_list() == ["f00"]
    firm = registry(organisations=[{"organisation": "f", "kind": "sme"}])
    early = rules.judge(BOOK, "example", firm, date(2019, 1, 1))
    assert early.grants.is_empty()
    assert early.grants.columns == judged({"rd": 1}).grants.columns


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("firm", [{"rd": 1}, {"rd": None, "legal_person": None}, {"rd": 10**10, "revenue": None}])
def test_every_reason_reads_well_in_both_languages(firm, lang):
    for text in judged(firm).grants["why"]:
        said = say(Why.from_json(text), lang)
        assert "{" not in said
        assert "grants." not in said


def test_the_reason_names_amount_cap_and_payments():
    said = say(Why.from_json(row({"rd": 10**9})["why"]), "en")
    for part in (Money(450_000_000).say("en"), "over 3 years", Money(10**10).say("en"), "50%: Start"):
        assert part in said


def test_a_grant_of_a_title_names_a_kind_of_title():
    grants = "grants: [{id: medal, name: {zh: 奖, en: M}, kind: title}]"
    text = EXAMPLE.replace("- BODY", f"- {{id: a, check: rd_share >= 3%}}\n        {grants}")
    rules.load({"x.yaml": text})
    with pytest.raises(RuleRefused, match="medal"):
        rules.load({"x.yaml": text}, codes={"title_kind": ["srdi_sme"]})
