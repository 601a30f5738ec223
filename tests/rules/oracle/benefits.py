"""What firms are paid or may deduct: key little giants, R&D deduction, voucher, insurance (1.7, 1.11; 4.1, 5.4)."""

from __future__ import annotations

from oracle.subjects import FIRMS, yuan
from oracle.words import (
    WAN,
    Grant,
    Sheet,
    above,
    all_of,
    any_of,
    aside,
    below,
    both,
    either,
    fact,
    least,
    most,
    negated,
    one_of,
    paid,
    percent,
    skipped,
    total,
    until,
    word,
)


def key_little_giant(s):
    """1.7: 6 m over three years; below 20 m of plan it is reclaimed, with goals missed the rest is withheld."""
    supported = len(s.counted("titles", lambda t: t["kind"] == "key_little_giant"))

    def its_own(project):
        return one_of(project["scheme"], "key_little_giant")

    plans = s.counted("projects", its_own) if s.rows.get("projects") else None
    planned = None if plans is None else total(*(yuan(p, "plan_investment") for p in plans))
    failed = s.counted("projects", lambda p: both(its_own(p), negated(p["goals_met"])))
    missed = len(failed) >= 1 if s.rows.get("projects") and failed is not None else None
    reclaimed = either(below(planned, 2000 * WAN), both(least(planned, 2000 * WAN), missed))
    new = s.purpose == "new"
    found = (
        fact("title", s.holds("little_giant")),
        fact("unlisted", negated(s.own("listed"))) if new else skipped("unlisted"),
        fact("first", supported == 0) if new else skipped("first"),
        skipped("chosen") if new else fact("chosen", supported >= 1),
        s.person("field") if new else skipped("field"),
        s.person("plan") if new else skipped("plan"),
    )
    grant = Grant("award", (600 * WAN, 600 * WAN), reclaimed=word(reclaimed), per="once")
    return Sheet(one_of(s.own("kind"), *FIRMS), {"key_little_giant": (found, (grant,))})


def rd_deduction(s, chips=True):
    """1.11: 100 % more; 120 % for integrated circuits and machine tools, to the end of 2027."""
    gates = (fact("spend", above(s.yuan("rd_spend"), 0)), s.person("sector"))

    def deducted(rate):
        figures = {"expensed": "rd_spend", "amortised": "rd_amortised"}
        return tuple(
            Grant(name, paid(None if s.yuan(figure) is None else s.yuan(figure) * percent(rate)), per="year")
            for name, figure in figures.items()
        )

    tiers = {"general": ((*gates, aside(s.person("accounts"))), deducted(100))}
    if chips:
        tiers["chips_and_machine_tools"] = ((*gates, s.person("listed")), deducted(120))
    return Sheet(one_of(s.own("kind"), *FIRMS), tiers)


def rd_deduction_after_2027(s):
    return rd_deduction(s, chips=False)


def beijing_voucher(s):
    """Pilot policy 4.1: 0.5 m a firm and year at most; what it used is counted over a year."""
    used = s.counted("usage", dated="date_from", years=1) if s.rows.get("usage") else None
    fees = None if used is None else total(*(yuan(row, "fee") for row in used))
    applies = both(one_of(s.own("region"), "110000"), one_of(s.own("kind"), *FIRMS))
    grant = Grant("voucher", paid(fees, 50 * WAN), per="year")
    return Sheet(applies, {"voucher": ((s.person("terms"),), (grant,))})


def first_set_insurance(s):
    """5.4 and 1.11: 80 % of the premium paid, at most."""
    premium = s.own_yuan("premium")
    gates = (fact("maker", one_of(s.lead.get("kind"), *FIRMS)), s.person("catalogue"))
    grant = Grant("premium", paid(None if premium is None else premium * percent(80)), per="once")
    tiers = {
        "qualified": ((*gates, s.person("papers")), ()),
        "claim": ((*gates, s.person("qualified"), fact("paid", above(premium, 0))), (grant,)),
    }
    return Sheet(s.own("first_set_level") is not None, tiers)


def zhejiang_first_set_insurance(s):
    """5.4: 90, 80, 70 % of the premium at a rate of 2 % at most; three sets, or a batch of 50 within three months."""
    level, way = s.own("first_set_level"), s.own("insured_as")
    units, months = s.own("insured_units"), s.own("contract_months")
    rate = {"international": 90, "national": 80, "provincial": 70}.get(level)
    premium, liability = s.own_yuan("premium"), s.own_yuan("liability")
    amount = (None, None)
    if None not in (rate, premium, liability):
        amount = paid(premium * percent(rate), liability * percent(2) * percent(rate))
    insured = any_of(
        "units",
        all_of(
            "units.sets",
            fact("units.sets.as", one_of(way, "sets")),
            fact("units.sets.number", most(units, 3)),
        ),
        all_of(
            "units.batch",
            fact("units.batch.as", one_of(way, "batch")),
            fact("units.batch.number", most(units, 50)),
            fact("units.batch.months", most(months, 3)),
        ),
        all_of(  # from the second transcription alone
            "units.year",
            fact("units.year.as", one_of(way, "year")),
            fact("units.year.number", least(units, 50)),
            fact("units.year.months", most(months, 12)),
            s.person("units.year.component"),
        ),
    )
    found = (
        s.person("catalogue"),
        fact("paid", above(premium, 0)),
        insured,
        fact("liability", least(s.own("liability"), s.own("product_value"))),
        fact("exclusive", negated(s.own("other_support"))),
    )
    applies = both(level is not None, one_of(s.lead.get("region"), "330000"))
    return Sheet(applies, {"compensation": (found, (Grant("premium", amount, per="once"),))})


def consortium_charter(s):
    """The example charter, the pack's own: what is owed stands in the table of duties."""

    def owed(kind):
        rows = s.counted("duties", lambda d: d["kind"] == kind, "period_to", 1)
        return sum(row["quantity"] for row in rows)

    def number(noun, dated):
        rows = s.counted(noun, dated=dated, years=1)
        return None if rows is None else len(rows)

    needs, scenarios = number("needs", "posted"), number("scenarios", "open_from")
    needs_due, scenarios_due = owed("needs_to_publish"), owed("scenarios_to_open")
    year = until(s.day, 1)
    tiers = {
        "standing": (
            (fact("needs", least(needs, needs_due)), fact("scenarios", least(scenarios, scenarios_due)),
             s.person("hours"), s.person("answers")),
            (Grant("platforms", per="year", quota=200, priority=2, until=year), Grant("data", priority=2, until=year)),
        ),
        "priority": (
            (fact("more_needs", least(needs, needs_due * percent(150))),
             fact("more_scenarios", above(scenarios, scenarios_due)),
             s.person("all_hours"), s.person("all_answers")),
            (Grant("platforms", per="year", quota=400, priority=1, until=year),
             Grant("laboratories", per="year", quota=100, priority=1, until=year)),
        ),
    }  # fmt: skip
    member = any(m["until"] is None for m in s.rows.get("memberships", ()))
    return Sheet(member, tiers)
