"""Every version of every scheme: who judges it plainly, on which day, and the figures its subjects are drawn from.

The direction of each figure stands here too (`better`): the knowledge behind the test that no improvement costs a tier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from oracle import benefits, platforms, projects, scores, titles
from oracle.draws import DOWN, EITHER, UP, Figure, code, count, flag, money, number, part, ratio, since, whole
from oracle.platforms import DELTA, FIRST_CLASS
from oracle.population import Kind
from oracle.subjects import FIRMS, INSTITUTIONS
from oracle.words import WAN, YI

DAY = date(2026, 5, 10)
LAST_OF_2022 = date(2026, 3, 31)


@dataclass(frozen=True)
class Case:
    """One version of a scheme under its plain judge."""

    scheme: str
    version: str
    judge: Callable
    kind: Kind
    day: date = DAY
    purposes: tuple[str, ...] = ("new", "review")

    @property
    def name(self):
        return f"{self.scheme}-{self.version}"


# --- firms

WHO = code(None, "university", "government", *FIRMS, good=len(FIRMS), better=EITHER)
RECORD = {name: flag(DOWN) for name in ("abnormal_list", "accident_3y", "excluded_product")}
AWARD = {"award_level": code("none", "municipal", "provincial", "national"), "award_rank": count(3, 5, better=DOWN)}
BODY = code("none", "county", "municipal", "provincial", "national")
#: Often none of a kind, so that the lesser kinds count too.
RIGHTS = {"ip_class1": Figure((0, 0, 0, 1, 2, 3), 3), "ip_class2": count(1, 3, 4, 5)}
BETTER_RIGHTS = {"ip_class1_developed": Figure((0, 0, 0, 1, 2), 2), "ip_class1_high_value": Figure((0, 0, 0, 1, 2), 2)}
TITLES = ("technology_sme", "innovative_sme", "srdi_sme", "little_giant", "single_champion", "high_tech")


def firm(yearly, own=None, region="", titles=TITLES, **more):
    """A kind of firms; `region` is the one the scheme is for."""
    who = {"kind": WHO, "legal_person": flag()} | (own or {})
    if region:
        who["region"] = Figure((None, "310000", region, region, region, region), 4, EITHER)
    return Kind(own=who, yearly=yearly, titles=titles, **more)


def sized(*cuts, main=(80,), debt=(80,), better=EITHER):
    """Revenue at cuts, main revenue and debt as parts of it; larger ones at which growth comes out even."""
    even = (10_000 * WAN, 10_816 * WAN, 11_025 * WAN, 11_236 * WAN, 11_664 * WAN, 12_100 * WAN)
    return {
        "revenue": whole(money(*cuts, better=EITHER, more=even), better),
        "main_revenue": part("revenue", *main),
        "total_assets": whole(money(1 * YI, 2 * YI), UP),
        "total_debt": part("total_assets", *debt, better=DOWN),
    }


SRDI = firm({
    **sized(1000 * WAN, 1500 * WAN, main=(60, 70, 80), debt=(50, 60, 70, 80)),
    **RECORD, **AWARD, **RIGHTS, "rd_body_level": BODY,
    "rd_spend": part("revenue", 3, 4, 6, 8, 10, 12, others=(money(*(n * 100 * WAN for n in (1, 2, 3, 4, 5, 10))),)),
    "equity_raised": money(500 * WAN, 1000 * WAN, 3000 * WAN),
    "segment_years": number(2, 3, 4, 6, 8, 10), "platform_score": number(50),
    "contest_level": code("none", "top500", "top50"), "chain_role": code("none", "base", "gap"),
    "digital_level": count(2, 3), "net_profit": part("revenue", 2, 4, 6, 8, 10),
    **BETTER_RIGHTS,
    "employees": whole(count(100)), "rd_staff": part("employees", 5, 10, 20),
}, growth={"main_revenue": (2, (0, 4, 6, 8, 10))})  # fmt: skip

GIANT = firm({
    **sized(5000 * WAN, 1 * YI, main=(70, 90), debt=(70, 75)),
    **RECORD, **AWARD, "ip_class1": count(2), "ip_class1_own": count(4),
    "rd_spend": part("revenue", 3, 6, 30, 60, others=(money(600 * WAN, 3000 * WAN),)),
    "equity_raised": money(4000 * WAN, 8000 * WAN),
    "segment_years": number(3), "segment_share": ratio(0.1), "domestic_rank": count(3, better=DOWN),
    "platform_score": number(60), "contest_level": code("none", "top500", "top50"),
    "employees": whole(count(100)), "rd_staff": part("employees", 50),
}, growth={"revenue": (2, (0, 5)), "main_revenue": (2, (0, 5))})  # fmt: skip

INNOVATIVE = firm({
    **sized(1000 * WAN, main=(50, 55, 60, 70), debt=(55, 75), better=DOWN),
    **RECORD, "award_level": AWARD["award_level"], **RIGHTS, "rd_body_level": BODY,
    "rd_spend": part("revenue", 1, 2, 3, 5), "equity_raised": money(100 * WAN, 200 * WAN, 500 * WAN),
    **BETTER_RIGHTS,
    "product_field": code("other", "strategic_emerging"),
}, growth={"main_revenue": (1, (0, 5, 10, 15))},
   titles=("high_tech", "tech_demo", "ip_advantage", "ip_demo"))  # fmt: skip

TECHNOLOGY = firm({
    "employees": whole(count(5, 100, 500)), "sci_tech_staff": part("employees", 10, 15, 20, 25, 30),
    "revenue": whole(money(200 * WAN, 2 * YI)), "total_cost": whole(part("revenue", 20, 40)),
    "total_assets": money(2 * YI, better=DOWN),
    "rd_spend": part("revenue", 1, 2, 3, 4, 5, 6, 8, others=(part("total_cost", 10, 15, 20, 25, 30, 35),)),
    "ip_class1": count(1), "ip_class2": count(1, 2, 3, 4), **AWARD, "rd_body_level": BODY,
    "national_award_5y": flag(), "led_standard_5y": flag(),
    "abnormal_list": flag(DOWN), "accident_1y": flag(DOWN), "excluded_product": flag(DOWN),
})  # fmt: skip

HNTE = firm({
    "revenue": money(5000 * WAN, 2 * YI, better=EITHER), "rd_spend": part("revenue", 3, 4, 5, 6, better=EITHER),
    "rd_domestic": part("rd_spend", 60, 80), "total_income": whole(money(2 * YI)),
    "high_tech_revenue": part("total_income", 60),
    "employees": whole(count(100)), "sci_tech_staff": part("employees", 10),
    **RIGHTS, "conversions": count(1, 2, 3, 4, 5), "high_tech_field": flag(), "accident_1y": flag(DOWN),
}, own={"founded": since(DAY, 1)})  # fmt: skip

CHAMPION = firm({
    **RECORD, "main_revenue": money(2 * YI, 4 * YI, 6 * YI), "segment_years": number(5, 10),
    "global_rank": count(3, better=DOWN), "new_product": flag(),
})  # fmt: skip

DEMO = firm({
    "employees": count(300), "revenue": money(3000 * WAN, better=EITHER), "total_assets": money(4000 * WAN),
    "rd_spend": part("revenue", 3), "net_profit": money(0, 100),
}, titles=("enterprise_tech_centre", "high_tech"), levels=("national", "provincial", "municipal", None))  # fmt: skip

LEADING = firm({
    "revenue": money(1 * YI, 10 * YI, better=EITHER), "rd_spend": part("revenue", 3, 5), "ip_class1_own": count(4, 10),
    "rd_body_level": BODY, "abnormal_list": flag(DOWN), "accident_3y": flag(DOWN),
})  # fmt: skip

CENTRE = {
    "main_revenue": money(1 * YI, 10 * YI, better=EITHER), "rd_spend": part("main_revenue", 1, 3, 8),
    "rd_staff_full_time": count(50), "rd_equipment": money(800 * WAN),
}  # fmt: skip
GUANGDONG_CENTRE = firm(CENTRE, region="440000")

SUZHOU = firm({
    "revenue": whole(money(5000 * WAN, 1 * YI)), "main_revenue": money(2000 * WAN),
    "rd_spend": part("revenue", 3, 6), "rd_area_m2": number(500), "rd_staff": count(10),
    "rd_equipment": money(200 * WAN), "ip_class1": count(1), "ip_class2": count(1),
}, region="320000")  # fmt: skip

NINGBO = firm({
    "revenue": money(3000 * WAN, 5000 * WAN, 1 * YI, better=EITHER, more=(12_500 * WAN, 13_310 * WAN)),
    "total_profit": part("revenue", 15, 25, 35), "rd_staff": count(20, 30, 40),
    "rd_equipment": money(100 * WAN, 300 * WAN, 500 * WAN), "projects_3y": count(1, 2, 3),
    "standards_led": count(1), "brands": count(1), "patents_3y": number(1, 2, 3, step=0.25),
    "award_level": AWARD["award_level"], "net_profit": Figure((-100, -1, 0, 1, 100), 2),
}, region="330000", titles=("high_tech", "srdi_sme"), years=4,
   growth={"revenue": (3, (5, 10, 20, 25, 50))})  # fmt: skip


# --- what firms are paid


def plans(rng, day, profile):
    """Plans of key little giants among other projects."""
    mine, other = "key_little_giant", rng.choice([None, "another"])
    return [
        {"project": None, "scheme": mine if profile == "strong" or rng.random() < 0.7 else other,
         "plan_investment": money(1000 * WAN, 2000 * WAN).draw(rng, {}, profile),
         "goals_met": flag().draw(rng, {}, profile), "currency": rng.choice(["CNY"] * 9 + ["USD"])}
        for _ in range(int(rng.random() * 3))
    ]  # fmt: skip


def days_before(rng, day, *years):
    one = timedelta(days=1)
    starts = [day.replace(year=day.year - n) for n in years]
    return rng.choice([day, day + one, day - one, *starts, *(s + one for s in starts), *(s - one for s in starts)])


def used(rng, day, profile, top=3, fees=(10 * WAN, 50 * WAN)):
    """The usage ledger: what outside users did and paid, some of it too long ago."""
    fee, missing = money(*fees), flag()
    return [
        {"date_from": days_before(rng, day, 1, 2) if rng.random() < 0.5 else day - timedelta(days=30), "hours": 1.0,
         "fee": fee.draw(rng, {}, profile) if rng.random() < 0.98 else None,
         "currency": "CNY" if rng.random() < 0.97 else rng.choice(["USD", None]),
         "external": missing.draw(rng, {}, "strong") if rng.random() < 0.9 else rng.choice([False, None]),
         "user": f"U{int(rng.random() * 40)}" if rng.random() < 0.99 else None}
        for _ in range(int(rng.random() * (top + 1)))
    ]  # fmt: skip


def of_the_voucher(rng, day, profile):
    """The same without a user: that is the subject itself."""
    return [{k: v for k, v in row.items() if k != "user"} | {"platform": "P"} for row in used(rng, day, profile)]


def memberships(rng, day, profile):
    left = [None, None, day - timedelta(days=9)]
    return [
        {"member_class": "central_soe", "role": "member", "since": date(2026, 5, 1 + i), "until": rng.choice(left)}
        for i in range(int(rng.random() * 3))
    ]


def duties(rng, day, profile):
    kinds = ("needs_to_publish", "scenarios_to_open", "hours_to_offer")
    return [
        {"kind": rng.choice(kinds), "quantity": rng.choice([1.0, 2.0, 2.5]), "period_from": date(2025, 1, 1),
         "period_to": days_before(rng, day, 1)}
        for _ in range(int(rng.random() * 4))
    ]  # fmt: skip


def posted(column):
    def draw(rng, day, profile):
        return [
            {column: days_before(rng, day, 1) if rng.random() < 0.95 else None, "title": "-"}
            for _ in range(int(rng.random() * 6))
        ]

    return draw


KEY = firm({}, own={"listed": flag(DOWN)}, titles=("little_giant", "key_little_giant"), rows={"projects": plans})
DEDUCTION = firm({"rd_spend": money(3, 100 * WAN), "rd_amortised": money(1, 100 * WAN)})
VOUCHER = firm({}, region="110000", rows={"usage": of_the_voucher})
CHARTER = firm({}, rows={
    "memberships": memberships, "duties": duties, "needs": posted("posted"), "scenarios": posted("open_from"),
})  # fmt: skip

LEAD = {
    "kind": Figure(WHO.values + INSTITUTIONS, len(FIRMS) + 3, EITHER), "legal_person": flag(),
    "founded": since(date(2026, 1, 1), 1), "region": code(None, "310000", "130000", "330000", good=2, better=EITHER),
}  # fmt: skip
INSURED = Kind(
    noun="projects", lead=LEAD,
    own={
        "first_set_level": code(None, "provincial", "national", "international", good=3),
        "product_value": whole(money(1000 * WAN)), "liability": whole(part("product_value", 100), UP),
        "premium": part("liability", 1, 2), "insured_as": code("year", "sets", "batch", good=3, better=EITHER),
        "insured_units": count(3, 50, better=EITHER), "contract_months": count(3, 12, better=DOWN),
        "other_support": flag(DOWN),
    },
)  # fmt: skip

PAID = ("first_set_level", "product_value", "liability", "premium")
NATIONALLY_INSURED = Kind(noun="projects", lead=LEAD, own={name: INSURED.own[name] for name in PAID})

# --- platforms


def machines(rng, day, profile):
    value = money(50 * WAN, 500 * WAN, 950 * WAN)
    return [
        {"value": value.draw(rng, {}, profile), "currency": "CNY" if rng.random() < 0.97 else rng.choice(["USD", None]),
         "installed": days_before(rng, day, 2) if rng.random() < 0.97 else None, "name": "-"}
        for _ in range(int(rng.random() * 4))
    ]  # fmt: skip


def busy(rng, day, profile):
    """Thirty runs and more at the strong ones."""
    top = rng.choice([29, 30, 31, 40]) if profile == "strong" or rng.random() < 0.2 else 4
    rows = used(rng, day, profile, top, (5 * WAN, 17 * WAN, 500 * WAN) if rng.random() < 0.5 else (5 * WAN, 17 * WAN))
    if profile == "strong":
        rows += [rows[0] | {"date_from": day, "external": True, "currency": "CNY"}] * (top - len(rows)) if rows else []
    return rows


def platform(region, kind, own, day=DAY, **more):
    """A kind of platforms in a region; `division` where a city counts."""
    common = {
        "kind": Figure((None, "laboratory", *[kind] * 8), 8, EITHER),
        "region": Figure((None, "310000", *[region or "440000"] * 8), 8, EITHER),
        "legal_person": flag(), "founded": since(day, 1, 2, 3),
    }  # fmt: skip
    return Kind(noun="platforms", own=common | own, **more)


def city(code_, *others):
    return code(None, "310100", *others, code_, better=EITHER)


OPEN = {"is_public": flag(), "publishes_services": flag(), "ip_rules": flag(), "accident_3y": flag(DOWN),
        "filed": flag(), "build_type": code("existing", "new", "upgrade", good=3, better=EITHER)}  # fmt: skip
STAFF = {"staff": whole(count(25, 30)), "staff_full_time": part("staff", 10, 40, 50, 80)}
WUHAN = platform("420000", "pilot", {"division": city("420100"), **OPEN}, rows={"usage": busy, "equipment": machines})


def one_year_of_three(row):
    """An accident of the last year is one of the last three."""
    if row["accident_1y"]:
        row["accident_3y"] = None if row["accident_3y"] is None else True


TRANSFER = platform("420000", "transfer_centre", {
    "division": city("420100"), "accident_1y": flag(DOWN), "accident_3y": flag(DOWN), **STAFF, "area_m2": number(300),
    "equipment_value": money(500 * WAN), "service_income": money(1000 * WAN),
    "experts": whole(count(10)), "experts_senior": part("experts", 40),
}, settle=one_year_of_three)  # fmt: skip
SERVICE = platform("440000", "service_platform", {
    "division": code(None, "445100", *DELTA, good=9, better=EITHER), **STAFF, "users_sme": count(30, 60),
    "staff_qualified": part("staff", 25, 50), "revenue": whole(money(1000 * WAN)),
    "service_income": part("revenue", 25, 50),
})  # fmt: skip
NEW_PLATFORM = platform("110000", "pilot", {
    **OPEN, "main_focus": code(None, "aerospace", "nev", "new_it", *FIRST_CLASS, good=11, better=EITHER),
    "investment": money(1, 13, 3_333_333, 10_000 * WAN, 14_285_714_286, 20_000 * WAN, 28_571_428_571),
})  # fmt: skip
RUBRIC = platform("", "pilot", {
    **OPEN, **STAFF, "staff_senior": part("staff", 20, 40), "area_m2": number(300, 400, 500),
    "equipment_value": money(500 * WAN, 750 * WAN, 1000 * WAN),
    "directions": code([], ["d01"], ["d01", "d02"], good=2),
}, rows={"usage": busy, "equipment": machines})  # fmt: skip
INNOVATION = platform("430000", "innovation_centre", {
    "tier": code(None, "key", "national", better=EITHER), "staff": whole(count(100)),
    "staff_rd": part("staff", 10, 30, 50), "total_cost": whole(money(1000 * WAN)),
    "rd_spend": part("total_cost", 10, 20, 30), "rd_spend_mean": money(500 * WAN),
})  # fmt: skip

# --- projects


def participants(rng, day, profile):
    roles = ("partner", "partner", "partner", "lead", "subcontractor")
    return [{"organisation": f"O{i}", "role": rng.choice(roles)} for i in range(int(rng.random() * 8))]


FUNDS = {"state_funds": whole(money(100 * WAN)), "own_funds": part("state_funds", 100, 200, 300),
         "months": count(24, 36, better=DOWN)}  # fmt: skip
HEBEI = Kind(noun="projects", lead=LEAD, own=FUNDS | {
    "scheme": code(None, "another", *["hebei_guided_fund_2026"] * 6, good=6, better=EITHER),
})  # fmt: skip
CHALLENGE = Kind(noun="projects", lead=LEAD, rows={"participants": participants}, own={
    "scheme": code(None, "another", *["beijing_challenge_2026"] * 6, good=6, better=EITHER),
})  # fmt: skip
CALL = Kind(noun="projects", lead=LEAD, own=FUNDS, rows={"participants": participants}, call={
    "firm_leads": code(False, True, good=2, better=EITHER), "partners_max": count(2, 4, better=EITHER),
    "own_to_state": number(1, 3, step=0.5),
    "registered_by": since(date(2026, 1, 1), 1), "months_max": count(24, 36, better=EITHER),
    "amount": money(100 * WAN, better=EITHER),
})  # fmt: skip


def near_a_threshold(row):
    """Orders that bring the evaluation to a hundredth of a point from 60 or 80; exactly there a float may miss it."""
    autonomy, maturity = row["autonomy"], row["maturity"]
    if None in (autonomy, maturity, row["orders"]) or row["orders"] % 2 or not row["orders"]:
        return
    given = 40 if maturity >= 8 else 30 if maturity >= 6 else 15
    given += 30 * min(max((autonomy - 0.5) / 0.4, 0), 1)
    goal = 80 if given > 50 else 60
    wanted = round((goal - given) / 30 * 1000 * WAN)
    if 0 < wanted < 1000 * WAN:
        row["orders"] = wanted + (1 if row["orders"] % 4 else -1) * WAN


EVALUATED = Kind(noun="projects", settle=near_a_threshold, own={
    "papers": count(1, 5, 10, 20), "talent_titles": count(1, 3), "awards": count(1, 2),
    "maturity": Figure(tuple(range(1, 10)), 2), "autonomy": ratio(0.5, 0.6, 0.7, 0.9),
    "orders": money(500 * WAN, 1000 * WAN),
})  # fmt: skip

CASES = (
    Case("srdi", "2026", titles.srdi_2026, SRDI),
    Case("srdi", "2022", titles.srdi_2022, SRDI, LAST_OF_2022),
    Case("little_giant", "2026", titles.little_giant_2026, GIANT),
    Case("little_giant", "2022", titles.little_giant_2022, GIANT, LAST_OF_2022),
    Case("innovative_sme", "2022", scores.innovative_sme, INNOVATIVE),
    Case("technology_sme", "2026", scores.technology_sme, TECHNOLOGY),
    Case("tech_and_innovation_sme", "2026", titles.tech_and_innovation_sme, firm({})),
    Case("hnte", "2016", scores.hnte, HNTE),
    Case("single_champion", "2023", titles.single_champion, CHAMPION),
    Case("tech_demo", "2010", titles.tech_demo, DEMO),
    Case("leading_enterprise", "1", titles.leading_enterprise, LEADING),
    Case("gd_tech_centre", "2023", titles.gd_tech_centre, GUANGDONG_CENTRE),
    Case("guangdong_centre_review", "2023", scores.guangdong_centre_review, GUANGDONG_CENTRE, purposes=("review",)),
    Case("suzhou_engineering_centre", "2025", titles.suzhou_engineering_centre, SUZHOU),
    Case("ningbo_engineering_centre", "1", scores.ningbo_engineering_centre, NINGBO),
    Case("key_little_giant", "2024", benefits.key_little_giant, KEY, LAST_OF_2022),
    Case("rd_deduction", "2023", benefits.rd_deduction, DEDUCTION, date(2027, 12, 31)),
    Case("rd_deduction", "2028", benefits.rd_deduction_after_2027, DEDUCTION, date(2028, 1, 1)),
    Case("beijing_voucher", "2026", benefits.beijing_voucher, VOUCHER, purposes=("new",)),
    Case("consortium_charter", "1", benefits.consortium_charter, CHARTER, date(2026, 11, 21)),
    Case("first_set_insurance", "2024", benefits.first_set_insurance, NATIONALLY_INSURED),
    Case("zhejiang_first_set_insurance", "2024", benefits.zhejiang_first_set_insurance, INSURED, purposes=("new",)),
    Case("wuhan_pilot_subsidy", "2024", platforms.wuhan_pilot_subsidy, WUHAN, purposes=("new",)),
    Case("wuhan_transfer_centre", "2023", platforms.wuhan_transfer_centre, TRANSFER),
    Case("zhejiang_pilot_platform", "2025", platforms.zhejiang_pilot_platform, platform("330000", "pilot", OPEN)),
    Case("guangdong_pilot_platform", "2025", platforms.guangdong_pilot_platform, platform("440000", "pilot", OPEN)),
    Case("guangdong_service_platform", "1", platforms.guangdong_service_platform, SERVICE),
    Case("shaanxi_pilot_base", "2024", platforms.shaanxi_pilot_base, platform("610000", "pilot", OPEN)),
    Case("xuzhou_pilot_base", "2020", platforms.xuzhou_pilot_base,
         platform("320000", "pilot", {"division": city("320300")})),
    Case("quanzhou_pilot_platform", "2025", platforms.quanzhou_pilot_platform,
         platform("350000", "pilot", {"division": city("350500"), **OPEN})),
    Case("beijing_platform_subsidy", "2026", platforms.beijing_platform_subsidy, NEW_PLATFORM, purposes=("new",)),
    Case("national_innovation_centre", "2018", platforms.national_innovation_centre, INNOVATION, purposes=("review",)),
    Case("hunan_innovation_centre", "1", platforms.hunan_innovation_centre, INNOVATION),
    Case("provincial_innovation_centre", "1", platforms.provincial_innovation_centre, INNOVATION),
    Case("platform_rubric", "1", platforms.platform_rubric, RUBRIC),
    Case("beijing_challenge_2026", "2026-2", projects.beijing_challenge_2026, CHALLENGE, date(2026, 9, 17), ("new",)),
    Case("hebei_guided_fund_2026", "2026", projects.hebei_guided_fund_2026, HEBEI, purposes=("new",)),
    Case("call_conditions", "1", projects.call_conditions, CALL, purposes=("new",)),
    Case("project_evaluation", "papers", projects.papers, EVALUATED),
    Case("project_evaluation", "industry", projects.industry, EVALUATED, date(2026, 6, 1)),
)  # fmt: skip
