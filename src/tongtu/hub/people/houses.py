"""Organisations as people keep them: names, rivals, and the list that the secretariat verifies from."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tongtu.hub.care.log import record
from tongtu.hub.people.asking import Asker
from tongtu.hub.people.models import Grant, Organisation, Rivalry
from tongtu.hub.policy import secrecy
from tongtu.hub.records.sight import sight_for
from tongtu.terms.faults import UsageFault

PAGE = 50


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a list in the order of its keys; `after` is the key that the next page begins behind."""

    rows: list[Organisation]
    after: str


def page(after: str = "") -> Rows:
    """Organisations by name, the unverified first; `after` = "0|name|id" of the last one seen."""
    ordered = Organisation.objects.order_by("name", "id")
    verified, _, rest = after.partition("|")
    name, _, pk = rest.rpartition("|")
    waiting = ordered.filter(verified_at=None)
    settled = ordered.filter(verified_at__isnull=False)
    beyond = Q(name__gt=name) | Q(name=name, id__gt=_uuid(pk))
    if not after:
        rows = [*waiting[: PAGE + 1], *settled[: PAGE + 1]]
    elif verified == "0":
        rows = [*waiting.filter(beyond)[: PAGE + 1], *settled[: PAGE + 1]]
    else:
        rows = list(settled.filter(beyond)[: PAGE + 1])
    shown, more = rows[:PAGE], len(rows) > PAGE
    last = shown[-1] if more else None
    return Rows(shown, f"{int(last.verified_at is not None)}|{last.name}|{last.pk}" if last else "")


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


@transaction.atomic
def edit(asker: Asker, organisation: Organisation, given: Mapping[str, str]) -> None:
    """New names. Raises UsageFault where the Chinese name is empty or too long."""
    name, english = given.get("name", "").strip(), given.get("name_en", "").strip()
    if not name or max(len(name), len(english)) > 200:
        raise UsageFault.because("hub_people.no-name", "hub_people.no-name-repair")
    secrecy.refuse(name, english)
    Organisation.objects.filter(pk=organisation.pk).update(name=name, name_en=english)
    record(asker, "edit_organisation", kind="organisation", thing=str(organisation.pk), tenant=organisation.pk)


@transaction.atomic
def rival(asker: Asker, organisation: Organisation, name: str, remove: str = "") -> None:
    """Adds a rival by its registered name or credit code, which ends every pair of the two; or removes one by id.

    Raises UsageFault where no verified organisation has that name (names and codes are public, so this tells nothing),
    and where the other one stands above or below in the own group.
    """
    if remove:
        Rivalry.objects.filter(organisation=organisation, rival=_uuid(remove)).delete()
    else:
        other = _rival(asker, organisation, name.strip())
        Rivalry.objects.get_or_create(organisation=organisation, rival=other)
        _part(asker, organisation, other)
    record(asker, "declare_rival", kind="organisation", tenant=organisation.pk)


def _rival(asker: Asker, organisation: Organisation, wanted: str) -> Organisation:
    named = Organisation.objects.filter(Q(name=wanted) | Q(uscc=wanted), verified_at__isnull=False)
    other = named.exclude(pk=organisation.pk).first()
    if other is None:
        raise UsageFault.because("hub_people.no-such-house", "hub_people.no-such-house-repair", name=wanted)
    sight = sight_for(asker)
    if other.pk in sight.above | sight.below:
        raise UsageFault.because("hub_people.rival-family", "hub_people.rival-family-repair")
    return other


def _part(asker: Asker, organisation: Organisation, rival: Organisation) -> None:
    """Ends the pairs of the two in which this side is engaged, in the way that a refusal ends them.

    The other side reads what it would read had this one declined, and a pair in which it alone has shown interest
    goes unanswered, as it may for many reasons: so it does not learn that it was declared a rival.
    """
    pairs = Q(a=organisation, b=rival, interest_a__isnull=False) | Q(a=rival, b=organisation, interest_b__isnull=False)
    for grant in Grant.objects.select_for_update().filter(pairs, ended_at=None):
        Grant.objects.filter(pk=grant.pk).update(ended_at=timezone.now())
        record(asker, "decline", kind="grant", thing=grant.pk, tenant=rival.pk)
