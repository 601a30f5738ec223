"""What a gate asks and how a pathway is run, as reasons: data in, sentences at the face."""

from __future__ import annotations

from tongtu.pathway.model import Ask, Criterion, Evidence, Gate, Holds, Level, Rule, StatutoryStep
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label, Why


def role(code: str) -> Why:
    """Who is meant by a role."""
    return Why(f"pathway.role-{code}")


def asked(criterion: Criterion) -> Why:
    """What a criterion asks, as a phrase."""
    names = vocabularies()
    match criterion:
        case Level(scale, least, status):
            told = {"scale": names["readiness_scale"][scale], "least": least, "status": names["level_status"][status]}
            return Why("pathway_exchange.asks-level", told)
        case Evidence(grade, dimension, kind, independent):
            about = (names["maturity_dimension"].get(dimension), names["evidence_kind"].get(kind))
            code = "asks-evidence-independent" if independent else "asks-evidence"
            told = {"what": tuple(one for one in about if one), "grade": names["evidence_grade"][grade]}
            return Why(f"pathway_exchange.{code}", told)
        case Rule(scheme, tier, of):
            return Why("pathway_exchange.asks-rule", {"scheme": scheme, "tier": tier, "of": _judged(of)})
        case Holds(_, label):
            return Why("pathway_exchange.asks-holds", {"what": label})
        case Ask(what):
            return Why("pathway_exchange.asks-judgement", {"what": what})


def clock(gate: Gate) -> tuple[Why, ...]:
    """Who decides within how many working days, and what happens when nobody does."""
    told = {"owner": role(gate.owner), "days": gate.decide_within}
    found = [Why("pathway_exchange.decides", told)]
    args: dict[str, object] = {"to": role(gate.missed.to)} if gate.missed.to else {}
    found.append(Why(f"pathway_exchange.missed-{gate.missed.then}", args))
    if gate.approvals:
        found.append(Why("pathway_exchange.signs-first", {"roles": tuple(role(one) for one in gate.approvals)}))
    if gate.cure_within:
        found.append(Why("pathway_exchange.cures", {"days": gate.cure_within}))
    if gate.hold_at_most:
        found.append(Why("pathway_exchange.holds-at-most", {"days": gate.hold_at_most}))
    return tuple(found)


def step_told(step: StatutoryStep) -> Why:
    """Who does a statutory step, in how many working days, and whether the case waits for it."""
    told = {"responsible": role(step.responsible), "days": step.days, "source": step.source}
    return Why("pathway_exchange.step-waits" if step.waits else "pathway_exchange.step-beside", told)


def serviced(gate: Gate) -> tuple[Label, ...]:
    """The services that can help to pass a gate."""
    names = vocabularies()["gate_service"]
    return tuple(names[one] for one in gate.services)


def _judged(of: str) -> Why:
    return Why("pathway_exchange.the-project") if of == "project" else role(of)
