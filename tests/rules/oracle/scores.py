"""Titles of firms by points: innovative and technology SMEs, 高企, the score of 2022 (1.2, 1.3, 1.6, 1.10), Ningbo."""

from __future__ import annotations

from functools import cache

from oracle.shared import award, base, debt_ratio, main_share, rd_share, size_class, sum_of
from oracle.subjects import FIRMS
from oracle.words import (
    WAN,
    YI,
    Sheet,
    all_of,
    any_of,
    aside,
    below,
    best,
    both,
    compound,
    either,
    fact,
    given,
    grade,
    grown,
    least,
    most,
    negated,
    one_of,
    percent,
    reached,
    score,
    share,
    steps,
    total,
    up_to,
)


@cache
def rungs(*pairs):
    """Rungs in percent."""
    return tuple((percent(limit), points) for limit, points in pairs)


def growing(now, then, years, *pairs):
    """Points by growth a year, without a root: the quotient against (1 + rung)^years."""
    return steps(share(now, then), *((compound(limit, years), points) for limit, points in pairs))


def rights(s, high_value, developed, class1, class2):
    """The best of four kinds of right, one of each being enough."""
    figures = {
        "ip_class1_high_value": high_value, "ip_class1_developed": developed,
        "ip_class1": class1, "ip_class2": class2,
    }  # fmt: skip
    return best(high_value, *(given(least(s.last(name), 1), points) for name, points in figures.items()))


# --- 1.2 创新型中小企业


def annex1(s):
    field = s.last("product_field")
    # A strategic emerging industry brings 10, any other field 5; one not recorded brings 5 at the least.
    emerging = best(10, given(one_of(field, "strategic_emerging"), 10), given(field != "strategic_emerging", 5))
    return score(
        innovation=(40, {
            "ip": rights(s, 20, 15, 10, 5),
            "rd": steps(rd_share(s), *rungs((5, 20), (3, 15), (2, 10), (1, 5))),
        }),
        growth=(30, {
            "revenue": growing(
                s.yuan("main_revenue", 1), s.yuan("main_revenue", 2), 1, (15, 20), (10, 15), (5, 10), (0, 5)
            ),
            "debt": up_to(debt_ratio(s), *rungs((55, 10), (75, 5))),
        }),
        specialisation=(30, {
            "field": emerging,
            "main": steps(
                main_share(s), *rungs((70, 20), (60, 15), (55, 10), (50, 5))
            ),
        }),
    )  # fmt: skip


def innovative_sme(s):
    points = annex1(s)
    direct = any_of(
        "I.direct",
        fact("I.direct.award", one_of(s.last("award_level"), "national", "provincial")),
        fact("I.direct.honour", s.holds("high_tech", "tech_demo", "ip_advantage", "ip_demo")),
        fact("I.direct.body", one_of(s.last("rd_body_level"), "national", "provincial")),
        fact("I.direct.equity", least(sum_of(s, "equity_raised", 3), 500 * WAN)),
    )
    scored = all_of(
        "I.score",
        reached("I.score.total", points.total, 60),
        reached("I.score.innovation", points.parts["innovation"], 20),
        reached("I.score.growth", points.parts["growth"], 15),
        reached("I.score.specialisation", points.parts["specialisation"], 15),
    )
    found = (base(s), any_of("I", direct, scored))
    return Sheet(one_of(s.own("kind"), *FIRMS), {"innovative_sme": (found, ())}, {"annex1": points})


# --- 1.3 科技型中小企业


def tech(s):
    spend = s.last("rd_spend")
    return score(
        staff=(20, {
            "share": steps(
                share(s.last("sci_tech_staff"), s.last("employees")),
                *rungs((30, 20), (25, 16), (20, 12), (15, 8), (10, 4)),
            ),
        }),
        rd=(50, {
            "spend": best(
                50,
                steps(share(spend, s.last("revenue")), *rungs((6, 50), (5, 40), (4, 30), (3, 20), (2, 10))),
                steps(share(spend, s.last("total_cost")), *rungs((30, 50), (25, 40), (20, 30), (15, 20), (10, 10))),
            ),
        }),
        ip=(30, {
            "rights": best(
                30,
                steps(s.last("ip_class1"), (1, 30)),
                steps(s.last("ip_class2"), (4, 24), (3, 18), (2, 12), (1, 6)),
            ),
        }),
    )  # fmt: skip


def technology_sme(s):
    points = tech(s)
    gate = all_of(
        "BASE",
        fact("BASE.resident", s.own("legal_person")),
        fact("BASE.employees", most(s.last("employees"), 500)),
        fact("BASE.sales", most(s.yuan("revenue"), 2 * YI)),
        fact("BASE.assets", most(s.yuan("total_assets"), 2 * YI)),
        fact("BASE.products", negated(s.last("excluded_product"))),
        fact("BASE.accidents", negated(s.last("accident_1y"))),
        fact("BASE.lists", negated(s.last("abnormal_list"))),
    )
    direct = any_of(
        "T.direct",
        fact("T.direct.high_tech", s.holds("high_tech")),
        any_of(
            "T.direct.award",
            fact("T.direct.award.five_years", s.last("national_award_5y")),
            fact("T.direct.award.three_years", award(s, 3, "national")),
        ),
        fact("T.direct.body", one_of(s.last("rd_body_level"), "national", "provincial")),
        fact("T.direct.standard", s.last("led_standard_5y")),
    )
    scored = all_of(
        "T.score",
        reached("T.score.total", points.total, 60),
        reached("T.score.staff", points.parts["staff"], 4),  # not zero: the lowest band above zero
    )
    checks = any_of(
        "X",
        fact("X.small", most(s.last("employees"), 5)),
        fact("X.no_ip", most(total(s.last("ip_class1"), s.last("ip_class2")), 0)),
        fact("X.little_rd", below(s.yuan("rd_spend"), 10 * WAN)),
        s.person("X.record"),
        s.person("X.first"),
    )
    found = (gate, any_of("T", direct, scored), aside(checks))
    return Sheet(one_of(s.own("kind"), *FIRMS), {"technology_sme": (found, ())}, {"tech": points})


# --- 1.6 专精特新 2022


def annex2(s):
    revenue, spend, level = s.last("revenue"), s.yuan("rd_spend"), s.last("rd_body_level")
    return score(
        specialisation=(25, {
            "main": steps(main_share(s), *rungs((80, 5), (70, 3), (60, 1))),
            "growth": growing(
                s.yuan("main_revenue", 1), s.yuan("main_revenue", 3), 2, (10, 10), (8, 8), (6, 6), (4, 4), (0, 2)
            ),
            "years": steps(s.last("segment_years"), *((2 * n, n) for n in (5, 4, 3, 2, 1))),
            "field": best(
                5, given(one_of(s.last("chain_role"), "gap"), 5), given(one_of(s.last("chain_role"), "base"), 3)
            ),
        }),
        refinement=(25, {
            "digital": steps(s.last("digital_level"), (3, 5), (2, 3)),
            "quality": s.marked("refinement.quality", 0, 5),
            "margin": steps(
                share(s.last("net_profit"), revenue), *rungs((10, 10), (8, 8), (6, 6), (4, 4), (2, 2))
            ),
            "debt": up_to(
                debt_ratio(s), *rungs((50, 5), (60, 3), (70, 1))
            ),
        }),
        distinctiveness=(15, {"provincial": s.marked("distinctiveness.provincial", 0, 15)}),
        innovation=(35, {
            "ip": rights(s, 10, 8, 6, 2),
            "rd": best(
                10,
                steps(spend, *((n * 100 * WAN, 2 * n) for n in (5, 4, 3, 2, 1))),
                steps(
                    rd_share(s), *rungs((10, 10), (8, 8), (6, 6), (4, 4), (3, 2))
                ),
            ),
            "staff": steps(
                share(s.last("rd_staff"), s.last("employees")), *rungs((20, 5), (10, 3), (5, 1))
            ),
            "body": best(10, *(
                given(one_of(level, name), points)
                for name, points in (("national", 10), ("provincial", 8), ("municipal", 4), ("county", 2))
            )),
        }),
    )  # fmt: skip


# --- 1.10 高新技术企业


def expert_points(s):
    """Experts give points within ranges; what is not marked yet keeps its range."""

    def mark(path, most_, least_=0):
        return s.marked(path, least_, most_)

    def ranged(path, value, *ranges):
        """The range of the first rung (limit, low, high) reached, narrowed by a mark."""
        if value is None:
            return s.marked(path, 0, max(high for _, _, high in ranges), missing=True)
        low, high = next(((low, high) for limit, low, high in ranges if value >= limit), (0, 0))
        return s.marked(path, low, high)

    number = best(
        8,
        ranged("ip.number.class1", s.last("ip_class1"), (1, 7, 8)),
        ranged("ip.number.class2", s.last("ip_class2"), (5, 5, 6), (3, 3, 4), (1, 1, 2)),
    )
    conversions = total(*(s.year(back).get("conversions") for back in (1, 2, 3)))
    yearly = ranged(
        "conversion.yearly", conversions, (15, 25, 30), (12, 19, 24), (9, 13, 18), (6, 7, 12), (3, 1, 6)
    )  # mean of three years: 5, 4, 3, 2, 1
    return score(
        ip=(30, {
            "advance": mark("ip.advance", 8), "support": mark("ip.support", 8), "number": number,
            "origin": mark("ip.origin", 6), "standards": mark("ip.standards", 2),
        }),
        conversion=(30, {"yearly": yearly}),
        organisation=(20, {
            "system": mark("organisation.system", 6), "body": mark("organisation.body", 6),
            "incentive": mark("organisation.incentive", 4), "people": mark("organisation.people", 4),
        }),
        growth=(20, {"growth": mark("growth.growth", 20)}),
    )  # fmt: skip


def hnte(s):
    points, sales = expert_points(s), s.yuan("revenue")
    founded, spend = s.own("founded"), sum_of(s, "rd_spend", 3)
    share_3y = share(spend, sum_of(s, "revenue", 3))

    def by_size(name, inside, limit):
        path = f"H5.{name}"
        return all_of(path, fact(f"{path}.sales", inside), fact(f"{path}.share", least(share_3y, percent(limit))))

    found = (
        fact("H1", None if founded is None else (s.day - founded).days >= 365),
        fact("H2", least(total(s.last("ip_class1"), s.last("ip_class2")), 1)),
        fact("H3", s.last("high_tech_field")),
        fact("H4", least(share(s.last("sci_tech_staff"), s.last("employees")), percent(10))),
        any_of(
            "H5",
            by_size("small", most(sales, 5000 * WAN), 5),
            by_size("middle", None if sales is None else 5000 * WAN < sales <= 2 * YI, 4),
            by_size("large", None if sales is None else sales > 2 * YI, 3),
        ),
        fact("H6", least(share(sum_of(s, "rd_domestic", 3), spend), percent(60))),
        fact("H7", least(share(s.last("high_tech_revenue"), s.last("total_income")), percent(60))),
        reached("H8", points.total, 71),
        fact("H9", negated(s.last("accident_1y"))),
    )
    return Sheet(one_of(s.own("kind"), *FIRMS), {"high_tech": (found, ())}, {"innovation": points})


# --- pilot policy 4.2: Ningbo


def index(s):
    revenue, before = s.yuan("revenue"), s.yuan("revenue", 4)
    profits = s.yuan("net_profit", 1), s.yuan("net_profit", 2)
    lost, lost_twice = below(profits[0], 0), both(below(profits[0], 0), below(profits[1], 0))
    large, level = least(revenue, 1 * YI), s.last("award_level")
    certificates = s.counted("titles", lambda t: t["kind"] == "high_tech", "valid_from", 3)

    def growth(small_firm, large_firm):
        return either(
            both(negated(large), grown(revenue, before, 3, small_firm)),
            both(large, grown(revenue, before, 3, large_firm)),
        )

    graded = {name: s.marked(f"management.{name}", 0, 5)
              for name in ("projects", "staff", "accounts", "cooperation", "report", "need")}  # fmt: skip
    return score(
        business=(20, {
            "sales": steps(revenue, (10_000 * WAN, 5), (5000 * WAN, 3), (3000 * WAN, 2)),
            "growth": best(10, given(growth(50, 20), 10), given(growth(25, 10), 5), given(growth(10, 5), 3)),
            "margin": steps(share(s.last("total_profit"), s.last("revenue")), *rungs((35, 5), (25, 3), (15, 2))),
        }),
        research=(25, {
            "staff": steps(s.last("rd_staff"), (40, 5), (30, 3), (20, 2)),
            "equipment": steps(s.yuan("rd_equipment"), (500 * WAN, 5), (300 * WAN, 3), (100 * WAN, 2)),
            "projects": steps(s.last("projects_3y"), (3, 5), (2, 3), (1, 2)),
            "spend": s.marked("research.spend", 0, 10),
        }),
        results=(25, {
            "standards": steps(s.last("standards_led"), (1, 5)),
            "brands": steps(s.last("brands"), (1, 5)),
            "patents": steps(s.last("patents_3y"), (3, 15), (2, 10), (1, 5)),
        }),
        management=(30, graded),
        bonus=(15, {
            "award": best(10, given(one_of(level, "national", "provincial"), 10), given(one_of(level, "municipal"), 5)),
            "high_tech": given(bool(certificates), 5),
        }),
        # A loss last year takes 5, losses in both years 20: what the second adds stands apart.
        deductions=(0, {"loss": given(lost, -5), "losses": given(lost_twice, -15)}),
    )  # fmt: skip


def ningbo_engineering_centre(s):
    applies = both(one_of(s.own("region"), "330000"), one_of(s.own("kind"), *FIRMS))
    return Sheet(applies, {"evaluated": ((s.person("city"), s.person("pass")), ())}, {"index": index(s)})


# --- pilot policy 4.2: grades of Guangdong's centres


def guangdong_centre_review(s):
    points = score(total=(100, {"given": s.marked("total.given", 0, 100)}))
    names = ((90, "优秀"), (70, "良好"), (60, "合格"), (0, "不合格"))
    gate = all_of(
        "terms",
        size_class(s, "terms.spend", "smaller", "amount"),
        fact("terms.staff", least(s.last("rd_staff_full_time"), 50)),
        fact("terms.equipment", least(s.yuan("rd_equipment"), 800 * WAN)),
    )
    tiers = {
        tier: ((gate, reached("score", points.total, limit)), ())
        for tier, limit in (("pass", 60), ("good", 70), ("excellent", 90))
    }
    applies = both(one_of(s.own("region"), "440000"), one_of(s.own("kind"), *FIRMS))
    ends = tuple(grade(end, *names) for end in points.total[:2])
    return Sheet(applies, tiers, {"evaluation": points}, {"evaluation": ends})
