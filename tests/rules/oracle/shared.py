"""What several schemes ask alike: base eligibility, ratios, awards, R&D by size."""

from __future__ import annotations

from oracle.subjects import FIRMS
from oracle.words import (
    WAN,
    YI,
    all_of,
    any_of,
    below,
    both,
    fact,
    least,
    most,
    negated,
    one_of,
    percent,
    share,
    total,
)

#: A provider of services makes nothing.
MAKERS = tuple(kind for kind in FIRMS if kind != "provider")


def base(s):
    """Base eligibility of the first three tiers (1.1); the size rule's numbers were not checked."""
    return all_of(
        "BASE",
        fact("BASE.legal", s.own("legal_person")),
        s.person("BASE.size"),
        fact("BASE.lists", negated(s.last("abnormal_list"))),
        fact("BASE.accidents", negated(s.last("accident_3y"))),
        fact("BASE.products", negated(s.last("excluded_product"))),
    )


def main_share(s):
    return share(s.last("main_revenue"), s.last("revenue"))


def debt_ratio(s):
    return share(s.last("total_debt"), s.last("total_assets"))


def rd_share(s, back=1):
    return share(s.year(back).get("rd_spend"), s.year(back).get("revenue"))


def sum_of(s, column, years):
    return total(*(s.yuan(column, back) for back in range(1, years + 1)))


def award(s, rank, *levels):
    return both(one_of(s.last("award_level"), *levels), most(s.last("award_rank"), rank))


def size_class(s, path, small="small", amount="rd"):
    """1.9, Guangdong: R&D of 30 m from a main revenue of 1 bn on; below it 3 % and 8 m."""
    main, spend = s.yuan("main_revenue"), s.yuan("rd_spend")
    return any_of(
        path,
        all_of(
            f"{path}.large",
            fact(f"{path}.large.revenue", least(main, 10 * YI)),
            fact(f"{path}.large.{amount}", least(spend, 3000 * WAN)),
        ),
        all_of(
            f"{path}.{small}",
            fact(f"{path}.{small}.revenue", below(main, 10 * YI)),
            fact(f"{path}.{small}.share", least(share(s.last("rd_spend"), s.last("main_revenue")), percent(3))),
            fact(f"{path}.{small}.{amount}", least(spend, 800 * WAN)),
        ),
    )
