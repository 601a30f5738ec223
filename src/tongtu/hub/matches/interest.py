"""Interest from both sides, the confidentiality click, and what they open.

    none -> asked (one side) -> mutual -> accepted by one -> open          declined by either at any time -> ended

Each step asks the policy; the reason of a refusal is its answer. A grant joins two records, and opens these two only.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.people.asking import Asker
from tongtu.hub.people.models import Grant, Rivalry
from tongtu.hub.records.permit import require
from tongtu.hub.records.sight import Sight
from tongtu.hub.statements import Ids, fetch
from tongtu.terms.faults import UsageFault

#: the version of the terms that both sides accept (`hub_matches.terms`)
TERMS = "2026-11"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a pair stands for one of its sides: `state` of none, asked, received, mutual, waiting, open, ended."""

    state: str
    grant: Grant | None
    mine: str = ""  # "a" or "b"

    @property
    def released(self) -> bool:
        """Whether this side's secrecy officer has opened its commercial fields to the other."""
        return bool(self.grant and getattr(self.grant, f"released_{self.mine}"))


def between(own: uuid.UUID, other: uuid.UUID) -> Grant | None:
    """The grant of two records, whoever asked."""
    return Grant.objects.filter(Q(record_a=own, record_b=other) | Q(record_a=other, record_b=own)).first()


def grants_of(own: uuid.UUID, others: Sequence[uuid.UUID]) -> dict[uuid.UUID, Grant]:
    """The grants of a record with each of some others, by the other."""
    ids = Ids(others)
    either = Q(record_a=own, record_b__among=ids) | Q(record_b=own, record_a__among=ids)
    rows = fetch(("grants of",), (own, ids), lambda: Grant.objects.filter(either))
    return {row.record_b if row.record_a == own else row.record_a: row for row in rows}


def standing(own: Any, other: uuid.UUID) -> Standing:
    """How the pair of an own record and another stands."""
    return standing_of(between(own.pk, other), own.tenant_id)


def standing_of(grant: Grant | None, organisation: uuid.UUID | None) -> Standing:
    """How a pair with this grant stands for one of its sides."""
    if grant is None:
        return Standing("none", None)
    mine = "a" if grant.a_id == organisation else "b"
    if grant.ended_at:
        return Standing("ended", grant, mine)
    if grant.open:
        return Standing("open", grant, mine)
    if grant.mutual:
        return Standing("waiting" if getattr(grant, f"accepted_{mine}") else "mutual", grant, mine)
    return Standing("asked" if getattr(grant, f"interest_{mine}") else "received", grant, mine)


def mine(asker: Asker) -> QuerySet[Grant]:
    """The grants of the asker's organisation, newest first; none for who may not see matches of its own."""
    if asker.organisation is None:
        return Grant.objects.none()
    rows = Grant.objects.filter(Q(a=asker.organisation) | Q(b=asker.organisation))
    return rows.select_related("a", "b").order_by("-interest_a", "pk")


def standings(asker: Asker) -> list[tuple[uuid.UUID, uuid.UUID, Standing]]:
    """Every grant of the asker's organisation: own record, the other one, and how it stands."""
    found = []
    own = (asker.organisation,) if asker.organisation else ()
    for grant in fetch(("my grants",), own, lambda: mine(asker)):
        stands = standing_of(grant, asker.organisation)
        pair = grant.record_a, grant.record_b
        found.append((*(pair if stands.mine == "a" else pair[::-1]), stands))
    return found


@transaction.atomic
def express(asker: Asker, own: Any, other: Any) -> Standing:
    """Interest of an own open record in another one. Raises PermissionDenied with the policy's reason.

    A second click changes nothing; interest after a refusal begins anew.
    """
    sight = Sight(asker)
    if own.tenant_id == other.tenant_id:
        raise UsageFault.because("hub_matches.own-pair", "hub_matches.own-pair-repair")
    require(sight, "express_interest", record=other)
    if Rivalry.objects.filter(organisation=own.tenant_id, rival=other.tenant_id).exists():
        raise UsageFault.because("hub_matches.own-rival", "hub_matches.own-rival-repair")
    if own.lifecycle not in ("published", "expiring"):
        raise UsageFault.because("hub_matches.not-open", "hub_matches.not-open-repair")
    grant = _locked(own.pk, other.pk)
    now = timezone.now()
    if grant is None:
        grant = Grant.objects.create(a=own.tenant, b=other.tenant, record_a=own.pk, record_b=other.pk, interest_a=now)
    elif grant.ended_at:
        _again(grant, own, now)
    else:
        _set(grant, "interest", own.tenant_id, now)
    log(asker, "express_interest", kind="grant", thing=grant.pk, tenant=other.tenant_id)
    return standing_of(grant, own.tenant_id)


@transaction.atomic
def accept(asker: Asker, own: Any, other: Any) -> Standing:
    """The click on the confidentiality terms, by an approver, once both sides are interested."""
    require(Sight(asker), "accept_nda", record=other)
    grant = _needed(own, other)
    _set(grant, "accepted", own.tenant_id, timezone.now())
    Grant.objects.filter(pk=grant.pk).update(terms=TERMS)
    log(asker, "accept_nda", kind="grant", thing=grant.pk, tenant=other.tenant_id)
    return standing_of(grant, own.tenant_id)


@transaction.atomic
def release(asker: Asker, own: Any, other: Any) -> Standing:
    """The secrecy officer opens the own record's commercial fields to the other side of an open pair."""
    require(Sight(asker), "release", record=own)
    grant = _needed(own, other)
    if not grant.open:
        raise UsageFault.because("hub_matches.not-granted", "hub_matches.not-granted-repair")
    _set(grant, "released", own.tenant_id, timezone.now())
    log(asker, "release", kind="grant", thing=grant.pk, tenant=own.tenant_id)
    return standing_of(grant, own.tenant_id)


@transaction.atomic
def decline(asker: Asker, own: Any, other: Any) -> Standing:
    """Ends the pair; what was open closes at once. What the other side has read already, it has read."""
    require(Sight(asker), "decline", record=own)
    grant = _needed(own, other)
    Grant.objects.filter(pk=grant.pk, ended_at=None).update(ended_at=timezone.now())
    grant.refresh_from_db()
    log(asker, "decline", kind="grant", thing=grant.pk, tenant=other.tenant_id)
    return standing_of(grant, own.tenant_id)


def _locked(own: uuid.UUID, other: uuid.UUID) -> Grant | None:
    rows = Grant.objects.select_for_update()
    return rows.filter(Q(record_a=own, record_b=other) | Q(record_a=other, record_b=own)).first()


def _needed(own: Any, other: Any) -> Grant:
    grant = _locked(own.pk, other.pk)
    if grant is None or grant.ended_at:
        raise UsageFault.because("hub_matches.no-interest", "hub_matches.no-interest-repair")
    return grant


def _set(grant: Grant, what: str, organisation: uuid.UUID, now: Any) -> None:
    """Notes the time of this side's step, where it has not been taken yet."""
    name = f"{what}_{'a' if grant.a_id == organisation else 'b'}"
    Grant.objects.filter(pk=grant.pk, **{name: None}).update(**{name: now})
    grant.refresh_from_db()


def _again(grant: Grant, own: Any, now: Any) -> None:
    """Begins anew after an end: only this side's interest stands."""
    steps = [f"{what}_{side}" for what in ("interest", "accepted", "released") for side in "ab"]
    side = "a" if grant.a_id == own.tenant_id else "b"
    values = {**dict.fromkeys(steps), "ended_at": None, "terms": "", f"interest_{side}": now}
    Grant.objects.filter(pk=grant.pk).update(**values)
    grant.refresh_from_db()
