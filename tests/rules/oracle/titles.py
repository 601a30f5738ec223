"""Titles of firms by conditions that must all hold: 专精特新, 小巨人, 单项冠军 and others (1.4–1.6, 1.8, 1.9)."""

from __future__ import annotations

from oracle.scores import annex2
from oracle.shared import MAKERS, award, base, debt_ratio, main_share, rd_share, size_class, sum_of
from oracle.subjects import FIRMS
from oracle.words import (
    WAN,
    YI,
    Grant,
    Sheet,
    above,
    all_of,
    any_of,
    below,
    both,
    either,
    fact,
    grown,
    least,
    mean,
    most,
    negated,
    none_of,
    one_of,
    percent,
    reached,
    share,
    skipped,
    total,
    until,
    waived,
)


def platform_score(s, path, points):
    """Last year's score; at review that of either of the last two years."""
    last, before = (least(s.year(back).get("platform_score"), points) for back in (1, 2))
    review = fact(f"{path}.either", either(last, before)) if s.purpose == "review" else skipped(f"{path}.either")
    return any_of(path, fact(f"{path}.last", last), review)


def title(s):
    """The title itself, for three years."""
    return Grant("srdi_sme", until=until(s.day, 3))


def srdi_2026(s):
    """1.4: S1 to S7."""
    years = (1, 2)
    found = (
        base(s),
        all_of(
            "S1",
            fact("S1.title", s.holds("technology_sme", "innovative_sme")),
            fact("S1.years", least(s.last("segment_years"), 3)),
        ),
        any_of(
            "S2",
            fact("S2.revenue", least(s.yuan("revenue"), 1500 * WAN)),
            fact("S2.equity", least(sum_of(s, "equity_raised", 2), 2000 * WAN)),
        ),
        all_of(
            "S3",
            fact("S3.main", least(main_share(s), percent(80))),
            fact("S3.debt", most(debt_ratio(s), percent(80))),
        ),
        all_of(
            "S4",
            fact("S4.amount", both(*(least(s.yuan("rd_spend", y), 100 * WAN) for y in years))),
            fact("S4.share", both(*(least(rd_share(s, y), percent(3)) for y in years))),
        ),
        waived(
            fact("S5", least(s.last("ip_class1"), 1)),
            any_of(
                "S5.waiver",
                fact("S5.waiver.award", award(s, 3, "national", "provincial")),
                fact("S5.waiver.body", one_of(s.last("rd_body_level"), "national", "provincial")),
            ),
        ),
        s.person("S6"),
        platform_score(s, "S7", 50),
    )
    return Sheet(one_of(s.own("kind"), *FIRMS), {"srdi": (found, (title(s),))})


def srdi_2022(s):
    """1.6: the gates of 63号 and a score of 60 or a direct condition."""
    points, equity = annex2(s), sum_of(s, "equity_raised", 2)
    spend = total(s.yuan("rd_spend", 1), s.yuan("rd_spend", 2))
    direct = any_of(
        "P4.direct",
        any_of(
            "P4.direct.award",
            fact("P4.direct.award.provincial", award(s, 3, "provincial")),
            fact("P4.direct.award.national", award(s, 5, "national")),
        ),
        fact("P4.direct.rd", least(spend, 2 * 1000 * WAN)),
        fact("P4.direct.equity", least(equity, 6000 * WAN)),
        fact("P4.direct.contest", one_of(s.last("contest_level"), "top50", "top500")),
    )
    found = (
        s.person("BASE"),
        fact("P1", least(s.last("segment_years"), 2)),
        all_of(
            "P2",
            fact("P2.amount", least(s.yuan("rd_spend"), 100 * WAN)),
            fact("P2.share", least(rd_share(s), percent(3))),
        ),
        any_of(
            "P3",
            fact("P3.revenue", least(s.yuan("revenue"), 1000 * WAN)),
            fact("P3.equity", least(equity, 2000 * WAN)),
        ),
        any_of("P4", reached("P4.score", points.total, 60), direct),
    )
    return Sheet(one_of(s.own("kind"), *FIRMS), {"srdi": (found, (title(s),))}, {"annex2": points})


def little_giant_2026(s):
    """1.5: G1 to G7 and the further conditions of the notice of 2026."""
    growth = skipped("G2.growth")
    if s.purpose == "new":
        growth = fact("G2.growth", grown(s.yuan("revenue", 1), s.yuan("revenue", 3), 2, 5))
    found = (
        base(s),
        all_of(
            "G1",
            fact("G1.title", s.holds("srdi_sme")),
            fact("G1.years", least(s.last("segment_years"), 3)),
        ),
        all_of(
            "G2",
            fact("G2.revenue", least(s.yuan("revenue"), 5000 * WAN)),
            fact("G2.main", least(main_share(s), percent(90))),
            growth,
            fact("G2.debt", most(debt_ratio(s), percent(75))),
        ),
        all_of(
            "G3",
            fact("G3.total", least(sum_of(s, "rd_spend", 2), 1200 * WAN)),
            fact("G3.share", both(*(least(rd_share(s, y), percent(3)) for y in (1, 2)))),
        ),
        waived(fact("G4", least(s.last("ip_class1_own"), 4)), fact("G4.waiver", award(s, 3, "national"))),
        any_of(
            "G5",
            fact("G5.share", least(s.last("segment_share"), 0.10)),
            fact("G5.rank", most(s.last("domestic_rank"), 3)),
        ),
        s.person("G6"),
        platform_score(s, "G7", 60),
        all_of(
            "N",
            none_of("N.champion", fact("N.champion.title", s.holds("single_champion"))),
            s.person("N.control"),
            s.person("N.audit"),
        ),
    )
    return Sheet(one_of(s.own("kind"), *FIRMS), {"little_giant": (found, ())})


def little_giant_2022(s):
    """1.6: six indicators; R&D by size of revenue, or a direct condition instead."""
    revenue = s.yuan("revenue")

    def each_share(limit):
        return both(*(least(rd_share(s, y), percent(limit)) for y in (1, 2)))

    large = all_of(
        "Z4.spend.large",
        fact("Z4.spend.large.revenue", least(revenue, 1 * YI)),
        fact("Z4.spend.large.share", each_share(3)),
    )
    middle = all_of(
        "Z4.spend.middle",
        fact("Z4.spend.middle.revenue", both(least(revenue, 5000 * WAN), below(revenue, 1 * YI))),
        fact("Z4.spend.middle.share", each_share(6)),
    )
    small = all_of(
        "Z4.spend.small",
        fact("Z4.spend.small.revenue", below(revenue, 5000 * WAN)),
        fact("Z4.spend.small.equity", least(sum_of(s, "equity_raised", 2), 8000 * WAN)),
        fact("Z4.spend.small.rd", least(s.yuan("rd_spend"), 3000 * WAN)),
        fact("Z4.spend.small.staff", least(share(s.last("rd_staff"), s.last("employees")), percent(50))),
    )
    innovation = all_of(
        "Z4",
        any_of("Z4.spend", large, middle, small),
        s.person("Z4.body"),
        fact("Z4.ip", least(s.last("ip_class1"), 2)),
    )
    direct = any_of(
        "Z4.waiver",
        fact("Z4.waiver.award", award(s, 3, "national")),
        fact("Z4.waiver.contest", one_of(s.last("contest_level"), "top50")),
    )
    found = (
        all_of(
            "Z1",
            fact("Z1.years", least(s.last("segment_years"), 3)),
            fact("Z1.main", least(main_share(s), percent(70))),
            fact("Z1.growth", grown(s.yuan("main_revenue", 1), s.yuan("main_revenue", 3), 2, 5)),
        ),
        all_of("Z2", s.person("Z2.systems"), fact("Z2.debt", most(debt_ratio(s), percent(70)))),
        all_of("Z3", fact("Z3.share", least(s.last("segment_share"), 0.10)), s.person("Z3.brand")),
        waived(innovation, direct),
        s.person("Z5"),
        s.person("Z6"),
    )
    return Sheet(one_of(s.own("kind"), *FIRMS), {"little_giant": (found, ())})


def tech_and_innovation_sme(s):
    """0: a valid title of either kind."""
    found = any_of(
        "title",
        fact("title.technology", s.holds("technology_sme")),
        fact("title.innovative", s.holds("innovative_sme")),
    )
    return Sheet(one_of(s.own("kind"), *FIRMS), {"tech_and_innovation_sme": ((found,), ())})


def single_champion(s):
    """1.8: ten years (five for a new product), 400 m (200 m for a specialised SME), third of the world."""
    years = s.last("segment_years")
    size = mean(*(s.yuan("main_revenue", back) for back in (1, 2, 3)))
    found = (
        all_of(
            "BASE",
            fact("BASE.legal", s.own("legal_person")),
            fact("BASE.lists", negated(s.last("abnormal_list"))),
            fact("BASE.accidents", negated(s.last("accident_3y"))),
            fact("BASE.products", negated(s.last("excluded_product"))),
        ),
        any_of(
            "C1",
            fact("C1.long", least(years, 10)),
            all_of(
                "C1.new",
                fact("C1.new.product", s.last("new_product")),
                fact("C1.new.years", least(years, 5)),
            ),
        ),
        any_of(
            "C2",
            fact("C2.large", least(size, 4 * YI)),
            all_of(
                "C2.small",
                fact("C2.small.title", s.holds("srdi_sme", "little_giant")),
                fact("C2.small.revenue", least(size, 2 * YI)),
            ),
        ),
        fact("C3", most(s.last("global_rank"), 3)),
        *(s.person(f"C{n}") for n in range(4, 9)),
    )
    return Sheet(one_of(s.own("kind"), *MAKERS), {"single_champion": (found, ())})


def tech_demo(s):
    """1.9: staff of 300, sales of 30 m, assets of 40 m, R&D of 3 %, three years of profit, a provincial centre."""
    found = (
        fact("D1", s.own("legal_person")),
        fact("D2", s.holds_level("enterprise_tech_centre", "national", "provincial")),
        all_of(
            "D3",
            fact("D3.employees", least(s.last("employees"), 300)),
            fact("D3.sales", least(s.yuan("revenue"), 3000 * WAN)),
            fact("D3.assets", least(s.yuan("total_assets"), 4000 * WAN)),
        ),
        fact("D4", least(rd_share(s), percent(3))),
        fact("D5", both(*(above(s.yuan("net_profit", y), 0) for y in (1, 2, 3)))),
        s.person("D6"),
    )
    return Sheet(one_of(s.own("kind"), *MAKERS), {"tech_demo": (found, ())})


def leading_enterprise(s):
    """1.9: no number is published; those of the pack are its own and illustrative."""
    kinds = ("sme", "private", "local_soe", "central_soe", "foreign")
    gates = (
        fact("legal", s.own("legal_person")),
        fact("lists", negated(s.last("abnormal_list"))),
        fact("accidents", negated(s.last("accident_3y"))),
    )

    def numbers(spend, revenue, rights):
        return (
            fact("L1", both(*(least(rd_share(s, y), percent(spend)) for y in (1, 2)))),
            fact("L2", least(s.yuan("revenue"), revenue)),
            fact("L3", least(s.last("ip_class1_own"), rights)),
        )

    body = fact("L4", one_of(s.last("rd_body_level"), "national", "provincial"))
    three_years = until(s.day, 3)
    tiers = {
        "candidate": (
            (*gates, *numbers(3, 1 * YI, 4)),
            (Grant("data", priority=2, until=until(s.day, 1)),),
        ),
        "leading": (
            (*gates, *numbers(5, 10 * YI, 10), body, s.person("L5")),
            (Grant("laboratory", per="once", quota=200, priority=1, until=three_years),
             Grant("data", priority=1, until=three_years)),
        ),
    }  # fmt: skip
    return Sheet(one_of(s.own("kind"), *kinds), tiers)


def gd_tech_centre(s):
    """1.9: main revenue of 100 m, R&D by size, 50 full-time R&D staff, equipment of 8 m."""
    found = (
        fact("E1", s.own("legal_person")),
        s.person("E2"),
        fact("E3", least(s.yuan("main_revenue"), 1 * YI)),
        size_class(s, "E4"),
        fact("E5", least(s.last("rd_staff_full_time"), 50)),
        fact("E6", least(s.yuan("rd_equipment"), 800 * WAN)),
    )
    applies = both(one_of(s.own("kind"), *MAKERS), one_of(s.own("region"), "440000"))
    return Sheet(applies, {"gd_tech_centre": (found, (Grant("enterprise_tech_centre"),))})


def suzhou_engineering_centre(s):
    """Pilot policy 4.2: 500 m², ten R&D staff, 3 % or 3 m, equipment of 2 m, one right; revenue from its call."""
    level = any_of(
        "spend.level",
        fact("spend.level.share", least(rd_share(s), percent(3))),
        fact("spend.level.amount", least(s.yuan("rd_spend"), 300 * WAN)),
    )
    found = (
        s.person("city"),
        fact("revenue", least(s.yuan("main_revenue"), 2000 * WAN)),
        fact("site", least(s.last("rd_area_m2"), 500)),
        fact("staff", least(s.last("rd_staff"), 10)),
        all_of("spend", level, s.person("spend.more")),
        fact("equipment", least(s.yuan("rd_equipment"), 200 * WAN)),
        fact("ip", least(total(s.last("ip_class1"), s.last("ip_class2")), 1)),
    )
    applies = both(one_of(s.own("region"), "320000"), one_of(s.own("kind"), *FIRMS))
    return Sheet(applies, {"centre": (found, ())})
