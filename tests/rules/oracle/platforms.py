"""Pilot platforms, innovation centres and transfer centres (pilot policy 4.1, 4.2, 4.4)."""

from __future__ import annotations

from oracle.subjects import yuan
from oracle.words import (
    WAN,
    YI,
    Grant,
    Sheet,
    all_of,
    any_of,
    aside,
    both,
    fact,
    full_years,
    given,
    grade,
    least,
    negated,
    one_of,
    paid,
    percent,
    reached,
    score,
    share,
    steps,
    straight,
    total,
)

DELTA = ("440100", "440300", "440400", "440600", "440700", "441200", "441300", "441900", "442000")
#: The fields of Beijing's first class in the pack's codes; the correspondence is the pack's own.
FIRST_CLASS = (
    "ai", "biomedicine", "biopharma", "new_energy", "hydrogen", "robotics", "humanoid", "embodied_ai", "ic",
)  # fmt: skip


def in_operation(s, years):
    return least(full_years(s.own("founded"), s.day), years)


def pilot(s, region):
    return both(one_of(s.own("kind"), "pilot"), one_of(s.own("region"), region))


def logged(s, noun, holds, dated="", years=0):
    """Child rows that count; nothing is known of a platform without any."""
    return s.counted(noun, holds, dated, years) if s.rows.get(noun) else None


def external(row):
    return row["external"]


def added(rows, column):
    return None if rows is None else total(*(yuan(row, column) for row in rows))


def number(rows):
    return None if rows is None else len(rows)


def of_half_a_million(row):
    return least(yuan(row, "value"), 50 * WAN)


# --- Wuhan


def wuhan_pilot_subsidy(s):
    """4.1: in two years 30 external projects or 5 m of revenue; 10 m of instruments of 0.5 m each."""
    runs = logged(s, "usage", external, "date_from", 2)
    instruments = added(logged(s, "equipment", of_half_a_million, "installed", 2), "value")
    found = (
        all_of(
            "host",
            fact("host.city", one_of(s.own("division"), "420100")),
            fact("host.legal", s.own("legal_person")),
        ),
        s.person("plan"),
        all_of("listed", fact("listed.filed", s.own("filed")), s.person("listed.portal")),
        any_of(
            "service",
            fact("service.projects", least(number(runs), 30)),
            fact("service.income", least(added(runs, "fee"), 500 * WAN)),
        ),
        fact("instruments", least(instruments, 1000 * WAN)),
    )
    return Sheet(pilot(s, "420000"), {"eligible": (found, (Grant("subsidy"),))})


def wuhan_transfer_centre(s):
    """4.1: 300 m², 5 m of equipment, ten full-time and 40 %, 40 % of experts, 10 m of revenue, a year of safety."""
    one, three = negated(s.own("accident_1y")), negated(s.own("accident_3y"))
    found = (
        all_of(
            "base",
            fact("base.city", one_of(s.own("division"), "420100")),
            fact("base.legal", s.own("legal_person")),
            s.person("base.ability"),
        ),
        all_of(
            "site",
            fact("site.area", least(s.own("area_m2"), 300)),
            fact("site.equipment", least(s.own_yuan("equipment_value"), 500 * WAN)),
        ),
        all_of(
            "staff",
            fact("staff.number", least(s.own("staff_full_time"), 10)),
            fact("staff.share", least(share(s.own("staff_full_time"), s.own("staff")), percent(40))),
        ),
        fact("experts", least(share(s.own("experts_senior"), s.own("experts")), percent(40))),
        fact("revenue", least(s.own_yuan("service_income"), 1000 * WAN)),
        fact("accident", one if one is not None else three or None),  # none in three years is none in one
        s.person("evaluation"),
    )
    applies = both(one_of(s.own("kind"), "transfer_centre"), one_of(s.own("region"), "420000"))
    return Sheet(applies, {"transfer_centre": (found, ())})


# --- other provinces and cities


def zhejiang_pilot_platform(s):
    """4.1: gates of the call; ten dimensions are a person's."""
    gates = (fact("legal", s.own("legal_person")), fact("accident", negated(s.own("accident_3y"))))
    public, listed, kept = s.own("is_public"), s.own("publishes_services"), s.own("ip_rules")
    eligible = (
        *gates,
        fact("public", public),
        aside(s.person("city")),
        s.person("team"),
        all_of("service", fact("service.list", listed), fact("service.ip", kept)),
        s.person("site"),
        s.person("funds"),
    )
    dimensions = (
        "positioning", "organisation", "team", "funds", "facilities", "technology", "service", "channels", "ecosystem",
        "plan",
    )  # fmt: skip
    provincial = (
        *gates,
        all_of("basics", fact("basics.public", public), fact("basics.list", listed), fact("basics.ip", kept)),
        all_of("dimensions", *(s.person(f"dimensions.{name}") for name in dimensions)),
    )
    return Sheet(pilot(s, "330000"), {"eligible": (eligible, ()), "provincial": (provincial, ())})


def guangdong_pilot_platform(s):
    """4.1: three ways in; the thresholds were not seen."""
    ways = {"recognised": "existing", "built": "new", "upgraded": "upgrade"}
    gate, terms = fact("public", s.own("is_public")), s.person("terms")
    tiers = {t: ((gate, fact("type", one_of(s.own("build_type"), way)), terms), ()) for t, way in ways.items()}
    return Sheet(pilot(s, "440000"), tiers)


def guangdong_service_platform(s):
    """4.2: in the delta 60 SMEs or half the revenue, elsewhere 30 or a quarter; staff 50 or 25 %; two years."""
    qualified = share(s.own("staff_qualified"), s.own("staff"))
    served, income = s.own("users_sme"), share(s.own("service_income"), s.own("revenue"))
    inside = one_of(s.own("division"), *DELTA)

    def asked(path, where, limit, users):
        service = any_of(
            f"{path}.service",
            fact(f"{path}.service.users", least(served, users)),
            fact(f"{path}.service.share", least(income, percent(limit))),
        )
        return all_of(
            path, fact(f"{path}.where", where), fact(f"{path}.staff", least(qualified, percent(limit))), service
        )

    found = (
        fact("legal", s.own("legal_person")),
        fact("years", in_operation(s, 2)),
        any_of(
            "region",
            asked("region.delta", inside, 50, 60),
            asked("region.elsewhere", negated(inside), 25, 30),
        ),
        s.person("growth"),
        s.person("ability"),
    )
    applies = both(one_of(s.own("kind"), "service_platform"), one_of(s.own("region"), "440000"))
    return Sheet(applies, {"demonstration": (found, ())})


def shaanxi_pilot_base(s):
    """4.1: a legal person, three years of operation, led by an S&T leader."""
    found = (
        fact("legal", s.own("legal_person")),
        fact("years", in_operation(s, 3)),
        s.person("leader"),
        s.person("one"),
    )
    return Sheet(pilot(s, "610000"), {"base": (found, ())})


def xuzhou_pilot_base(s):
    """4.1: a year of operation, open to outside results."""
    found = (
        fact("city", one_of(s.own("division"), "320300")),
        fact("years", in_operation(s, 1)),
        s.person("open"),
    )
    return Sheet(pilot(s, "320000"), {"base": (found, ())})


def quanzhou_pilot_platform(s):
    """4.1: listed first, then recognised; a published list of services."""
    gates = (fact("city", one_of(s.own("division"), "350500")), fact("list", s.own("publishes_services")))
    tiers = {
        "listed": ((*gates, s.person("terms")), ()),
        "recognised": ((*gates, fact("filed", s.own("filed")), s.person("evaluation")), ()),
    }
    return Sheet(pilot(s, "350000"), tiers)


def beijing_platform_subsidy(s):
    """4.1: 35 % up to 100 m, or 25 % up to 50 m; ten points more for an independent legal person."""
    gates = (fact("new", one_of(s.own("build_type"), "new")), aside(s.person("call")))
    focus, investment = s.own("main_focus"), s.own_yuan("investment")
    first = one_of(focus, *FIRST_CLASS)
    second = any_of(
        "second_field",
        fact("second_field.named", one_of(focus, "new_it", "nev")),
        s.person("second_field.other"),
    )

    def subsidy(rate, cap):
        if investment is None:
            return Grant("subsidy", (None, None), per="once")
        more = [(s.own("legal_person"), investment * percent(10))]
        return Grant("subsidy", paid(investment * percent(rate), cap, more), per="once")

    tiers = {
        "first": ((*gates, fact("first_field", first)), (subsidy(35, 1 * YI),)),
        "second": ((*gates, fact("not_first", negated(first)), second), (subsidy(25, 5000 * WAN),)),
    }
    return Sheet(pilot(s, "110000"), tiers)


# --- innovation centres


def national_innovation_centre(s):
    """4.2: six aspects, all a person's."""
    aspects = ("strength", "technology", "cooperation", "market", "transfer", "lasting")
    found = (
        fact("year", in_operation(s, 1)),
        s.person("construction"),
        all_of("operation", *(s.person(f"operation.{name}") for name in aspects)),
        aside(s.person("fraud")),
    )
    applies = both(one_of(s.own("kind"), "innovation_centre"), one_of(s.own("tier"), "national"))
    return Sheet(applies, {"pass": (found, ())})


def rd_staff(s):
    return share(s.own("staff_rd"), s.own("staff"))


def hunan_innovation_centre(s):
    """4.2: 45 points for construction, 50 for operation; below 5 m of R&D the rule was not seen."""
    points = {"experts": 5, "actors": 3, "platforms": 4, "shareholders": 3, "investors": 2, "conditions": 13,
              "mechanism": 4, "plan": 4}  # fmt: skip
    construction = {
        "staff": straight(rd_staff(s), percent(10), percent(50), 7),
        **{name: s.marked(f"construction.{name}", 0, most) for name, most in points.items()},
    }
    enough = least(s.own_yuan("rd_spend_mean"), 500 * WAN)
    operation = {
        "rd_spend": s.marked("operation.rd_spend", 10 if enough else 0, 10, missing=enough is None),
        "other": s.marked("operation.other", 0, 40),
    }
    found = score(construction=(45, construction), operation=(50, operation))
    applies = both(one_of(s.own("kind"), "innovation_centre"), one_of(s.own("region"), "430000"))
    return Sheet(applies, {"evaluated": ((s.person("pass"),), ())}, {"evaluation": found})


def provincial_innovation_centre(s):
    """4.2: R&D from 10 to 30 % of cost, staff from 10 to 50 %; the rest is a person's."""

    def marked(part, **most):
        return {name: s.marked(f"{part}.{name}", 0, points) for name, points in most.items()}

    inputs = {
        "rd_spend": straight(share(s.own("rd_spend"), s.own("total_cost")), percent(10), percent(30), 10),
        "staff": straight(rd_staff(s), percent(10), percent(50), 6),
        **marked("inputs", recruited=4),
    }
    found = score(
        goals=(30, marked("goals", goals=30)),
        positioning=(
            22,
            marked("positioning", national=3, provincial=3, level=4, conversion=6, diffusion=4, members=2),
        ),
        inputs=(20, inputs),
        cooperation=(6, marked("cooperation", alliance=6)),
    )
    applies = one_of(s.own("kind"), "innovation_centre")
    return Sheet(applies, {"accepted": ((s.person("pass"),), ())}, {"acceptance": found})


# --- 4.4: the example rubric, its points the pack's own


def rubric(s):
    directions, runs = s.own("directions"), logged(s, "usage", external, "date_from", 2)
    users = None if runs is None else [row["user"] for row in runs]
    served = None if users is None or None in users else len(set(users))
    large = added(logged(s, "equipment", of_half_a_million), "value")
    return score(
        strategic_positioning=(15, {
            "direction": steps(None if directions is None else len(directions), (1, 5)),
            "gap": s.marked("strategic_positioning.gap", 0, 5),
            "plan": s.marked("strategic_positioning.plan", 0, 5),
        }),
        basic_capability=(20, {
            "equipment": straight(s.own_yuan("equipment_value"), 500 * WAN, 1000 * WAN, 5),
            "area": straight(s.own("area_m2"), 300, 500, 5),
            "staff": straight(s.own("staff_full_time"), 10, 20, 5),
            "share": straight(share(s.own("staff_full_time"), s.own("staff")), percent(10), percent(50), 5),
        }),
        technical_advantage=(15, {
            "senior": straight(share(s.own("staff_senior"), s.own("staff")), 0, percent(40), 5),
            "instruments": steps(large, (1000 * WAN, 4), (500 * WAN, 3), (100 * WAN, 2)),
            "ip": s.marked("technical_advantage.ip", 0, 3),
            "standards": s.marked("technical_advantage.standards", 0, 3),
        }),
        service_effect=(25, {
            "runs": straight(number(runs), 0, 30, 8),
            "revenue": straight(added(runs, "fee"), 0, 500 * WAN, 8),
            "users": straight(served, 0, 30, 5),
            "produced": s.marked("service_effect.produced", 0, 4),
        }),
        operating_mechanism=(15, {
            "legal": given(s.own("legal_person"), 4),
            "services": given(s.own("publishes_services"), 4),
            "ip_rules": given(s.own("ip_rules"), 4),
            "years": steps(full_years(s.own("founded"), s.day), (3, 3), (2, 2), (1, 1)),
        }),
        future_potential=(10, {
            "plan": s.marked("future_potential.plan", 0, 4),
            "growth": s.marked("future_potential.growth", 0, 3),
            "digital": s.marked("future_potential.digital", 0, 3),
        }),
    )  # fmt: skip


def platform_rubric(s):
    points = rubric(s)
    gates = (fact("safety", negated(s.own("accident_3y"))), aside(s.person("fraud")))

    def asked(total_, base=0, service=0):
        found = [reached("total", points.total, total_)]
        if base:
            found.append(reached("base", points.parts["basic_capability"], base))
            found.append(reached("service", points.parts["service_effect"], service))
        return (*gates, *found)

    tiers = {
        "reserve": (asked(40), ()),
        "key": (asked(60, 10, 10), ()),
        "national": ((*asked(80, 15, 18), fact("legal", s.own("legal_person")), aside(s.person("gap"))), ()),
    }
    names = ((90, "优秀"), (70, "良好"), (60, "合格"), (0, "不合格"))
    ends = tuple(grade(end, *names) for end in points.total[:2])
    return Sheet(one_of(s.own("kind"), "pilot"), tiers, {"rubric": points}, {"rubric": ends})
