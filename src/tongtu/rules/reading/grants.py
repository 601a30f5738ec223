"""Reading what a met tier unlocks: money with its conditions, or access to a resource."""

from __future__ import annotations

from tongtu.rules.model import Citation, Grant, Lasts, More, Payment, Reclaim
from tongtu.rules.reading.criteria import read_citation
from tongtu.rules.reading.measures import Names
from tongtu.rules.reading.page import Page
from tongtu.terms.marked import Marked
from tongtu.terms.why import Quantity, Ratio, Why

_GRANT = ("id", "name", "kind", "when", "cite", "per", "lasts")
_MONEY = ("amount", "more", "cap", "over_years", "payments", "reclaim")
_ACCESS = ("resource", "quota", "priority")


def read_grants(names: Names, tier: Marked, above: Citation) -> tuple[Grant, ...]:
    """The grants of a tier, each under its own id."""
    grants: list[Grant] = []
    for entry in names.page.mappings(tier, "grants", required=False):
        grant = _grant(names, entry, above)
        first = next((g.line for g in grants if g.grant == grant.grant), None)
        if first is not None:
            names.page.fault(entry.at("id"), "id-twice", key="id", value=grant.grant, first=first)
        grants.append(grant)
    return tuple(grants)


def _grant(names: Names, found: Marked, above: Citation) -> Grant:
    page = names.page
    page.only(found, (*_GRANT, *_MONEY, *_ACCESS))
    kind = names.code(found, "kind", "grant_kind")
    if kind == "access" and "resource" not in found:
        page.fault(found.line, "missing-key", key="resource", name="resource")
    if kind == "title":
        names.check_codes(found, "id", "title_kind", page.texts(found, "id", required=False))
    _check_money(page, found)
    return Grant(
        page.word(found, "id"),
        page.label(found),
        kind,
        read_citation(page, found, above) or above,
        when=names.truth(found, "when") if "when" in found else None,
        amount=names.money(found, "amount") if "amount" in found else None,
        more=tuple(more for entry in page.mappings(found, "more", required=False) for more in _more(names, entry)),
        cap=names.money(found, "cap") if "cap" in found else None,
        per="year" if page.one_of(found, "per", ("once", "year"), "once") == "year" else "once",
        over_years=page.positive(found, "over_years", 1),
        payments=_payments(names, found),
        reclaims=_reclaims(names, found),
        resource=names.code(found, "resource", "resource_kind") if "resource" in found else "",
        quota=_quota(page, found),
        priority=page.positive(found, "priority") if "priority" in found else None,
        lasts=_lasts(page, found),
        line=found.line,
    )


def _check_money(page: Page, found: Marked) -> None:
    """A limit, payments or a claw-back of an amount that is not there."""
    if "amount" not in found:
        for key in _MONEY[1:]:
            if key in found:
                page.fault(found.at(key), "grants.no-amount", key=key)


def _more(names: Names, found: Marked) -> list[More]:
    names.page.only(found, ("when", "amount"))
    node, amount = names.truth(found, "when"), names.money(found, "amount")
    return [] if node is None or amount is None else [More(node, amount)]


def _payments(names: Names, found: Marked) -> tuple[Payment, ...]:
    page, before = names.page, len(names.page.faults)
    payments = []
    for entry in page.mappings(found, "payments", required=False):
        page.only(entry, ("share", "when"))
        payments.append(Payment(names.share(entry, "share"), page.label(entry, "when")))
    total = sum(payment.share for payment in payments)
    if payments and len(page.faults) == before and abs(total - 1) > 1e-9:
        page.fault(found.at("payments"), "grants.payments-sum", key="payments", total=Ratio(total))
    return tuple(payments)


def _reclaims(names: Names, found: Marked) -> tuple[Reclaim, ...]:
    page, reclaims, lines = names.page, [], dict[str, int]()
    for entry in page.mappings(found, "reclaim", required=False):
        page.only(entry, ("id", "name", "check", "share"))
        name, node, share = page.word(entry, "id"), names.truth(entry, "check"), names.share(entry, "share")
        if name in lines:
            page.fault(entry.at("id"), "id-twice", key="id", value=name, first=lines[name])
        lines.setdefault(name, entry.line)
        if node is not None:
            reclaims.append(Reclaim(name, page.label(entry), node, share))
    return tuple(reclaims)


def _quota(page: Page, found: Marked) -> Quantity | None:
    quota = page.mapping(found["quota"], found.at("quota"), "quota") if "quota" in found else None
    if quota is None:
        return None
    page.only(quota, ("value", "unit"))
    value, unit = page.number(quota, "value"), page.text(quota, "unit")
    if value < 0:
        page.fault(quota.at("value"), "wrong-type", key="value", wanted=Why("rules.type-amount"))
    return Quantity(value, unit)


def _lasts(page: Page, found: Marked) -> Lasts:
    lasts = page.mapping(found["lasts"], found.at("lasts"), "lasts") if "lasts" in found else None
    if lasts is None:
        return Lasts()
    page.only(lasts, ("months", "with_title"))
    if len(lasts) != 1 or lasts.get("with_title", True) is not True:
        page.fault(found.at("lasts"), "grants.lasts", key="lasts")
    return Lasts(page.positive(lasts, "months") if "months" in lasts else None, "with_title" in lasts)
