"""Projects and calls: the open challenge, the Hebei fund, general conditions, evaluation before and after."""

from __future__ import annotations

from datetime import date

from oracle.subjects import FIRMS, INSTITUTIONS, yuan
from oracle.words import (
    WAN,
    Grant,
    Sheet,
    all_of,
    any_of,
    either,
    fact,
    grade,
    least,
    most,
    negated,
    one_of,
    paid,
    percent,
    reached,
    score,
    share,
    steps,
    straight,
    waived,
)


def partners(s):
    """Participants that are partners; of a project without any row nothing is known."""
    if not s.rows.get("participants"):
        return None
    return len(s.counted("participants", lambda p: p["role"] == "partner"))


def firm_leads(s):
    return one_of(s.lead.get("kind"), *FIRMS)


def own_share(s):
    return share(s.own("own_funds"), s.own("state_funds"))


def beijing_challenge_2026(s):
    """2: a firm leads, four partners at most."""
    found = (fact("lead", firm_leads(s)), fact("partners", most(partners(s), 4)))
    return Sheet(s.own("scheme") == "beijing_challenge_2026", {"eligible": (found, ())})


def hebei_guided_fund_2026(s):
    """2: one of state funds to three of own, and what its one transcription says beside it."""
    lead, own, months = s.lead, own_share(s), s.own("months")
    institution = one_of(lead.get("kind"), *INSTITUTIONS)
    applicant = all_of(
        "applicant",
        fact("applicant.region", one_of(lead.get("region"), "130000")),
        fact("applicant.legal", lead.get("legal_person")),
        fact("applicant.kind", negated(one_of(lead.get("kind"), "government"))),
    )
    gates = (applicant, fact("registered", most(lead.get("founded"), date(2025, 1, 1))), s.person("papers"))
    by_kind = any_of(
        "own_by_kind",
        all_of(
            "own_by_kind.firm",
            fact("own_by_kind.firm.kind", firm_leads(s)),
            fact("own_by_kind.firm.own", least(own, 2)),
        ),
        all_of(
            "own_by_kind.institution",
            fact("own_by_kind.institution.kind", institution),
            fact("own_by_kind.institution.own", least(own, 1)),
        ),
    )
    alone = all_of("own_1.waiver", fact("own_1.waiver.lead", institution), s.person("own_1.waiver.partners"))
    two_years = most(months, 24)
    tiers = {
        "transformation": (
            fact("firm", firm_leads(s)), fact("own_3", least(own, 3)), fact("two_years", two_years),
        ),
        "base": (by_kind, fact("base_years", two_years), s.person("staff")),
        "regional": (
            waived(fact("own_1", least(own, 1)), alone), fact("regional_years", two_years), s.person("partner"),
        ),
        "basic": (fact("three_years", most(months, 36)),),
    }  # fmt: skip
    applies = s.own("scheme") == "hebei_guided_fund_2026"
    return Sheet(applies, {tier: ((*gates, *found), ()) for tier, found in tiers.items()})


def call_conditions(s):
    """The pack's own: each call states its limits; what it leaves empty it does not ask for."""
    call = s.call

    def asked(column, found):
        return True if call.get(column) is None else found(call[column])

    found = (
        fact("firm", either(negated(call.get("firm_leads") or False), firm_leads(s))),
        fact("partners", asked("partners_max", lambda limit: most(partners(s), limit))),
        fact("own", asked("own_to_state", lambda limit: least(own_share(s), limit))),
        fact("registered", asked("registered_by", lambda day: most(s.lead.get("founded"), day))),
        fact("months", asked("months_max", lambda limit: most(s.own("months"), limit))),
    )
    funds, limit = s.own_yuan("state_funds"), yuan(call, "amount")
    amount = (None, None) if funds is None or limit is None else paid(funds, limit)
    applies = s.own("call") is not None
    return Sheet(applies, {"eligible": (found, (Grant("funding", amount, per="once"),))})


# --- evaluation, the pack's own example: before and after

NAMES = ((80, "优先支持"), (60, "支持"), (0, "不支持"))


def _evaluated(points, tiers):
    ends = tuple(grade(end, *NAMES) for end in points.total[:2])
    judged = {tier: (found, ()) for tier, found in tiers.items()}
    return Sheet(True, judged, {"evaluation": points}, {"evaluation": ends})


def papers(s):
    points = score(
        papers=(40, {"papers": steps(s.own("papers"), (20, 40), (10, 30), (5, 20), (1, 10))}),
        titles=(30, {"titles": steps(s.own("talent_titles"), (3, 30), (1, 15))}),
        awards=(30, {"awards": steps(s.own("awards"), (2, 30), (1, 20))}),
    )
    tiers = {
        "support": (reached("total_support", points.total, 60),),
        "priority": (reached("total_priority", points.total, 80),),
    }
    return _evaluated(points, tiers)


def industry(s):
    points = score(
        maturity=(40, {"maturity": steps(s.own("maturity"), (8, 40), (6, 30), (4, 15))}),
        autonomy=(30, {"autonomy": straight(s.own("autonomy"), percent(50), percent(90), 30)}),
        orders=(30, {"orders": straight(s.own_yuan("orders"), 0, 1000 * WAN, 30)}),
    )
    maturity = points.parts["maturity"]
    tiers = {
        "support": (reached("total_support", points.total, 60), reached("mature", maturity, 15)),
        "priority": (reached("total_priority", points.total, 80), reached("very_mature", maturity, 30)),
    }
    return _evaluated(points, tiers)
