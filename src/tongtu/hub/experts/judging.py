"""Assigning experts, judging, and declaring a conflict of interest, which closes the owner's records at once.

The secretariat assigns and reads what was said; neither other experts nor the owner do. A conflict that is declared
after an opinion is shown beside it, so that it does not count unnoticed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.experts.models import Opinion
from tongtu.hub.listings.kinds import kinds
from tongtu.hub.listings.saving import Conflict
from tongtu.hub.listings.showing import title_of
from tongtu.hub.people.asking import Asker
from tongtu.hub.people.models import Expertise, Role, User
from tongtu.hub.policy import secrecy
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.permit import require
from tongtu.hub.records.sight import Sight, unfit
from tongtu.hub.records.visible import shown
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang

SCALE = (1, 2, 3, 4, 5)
PAGE = 50
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Task:
    """An assignment with its listing as the reader sees it, and what the expert has said."""

    expertise: Expertise
    record: Any
    title: str
    label: str
    opinion: Opinion | None


def mine(sight: Sight, lang: Lang) -> list[Task]:
    """What this expert is to judge, the latest assignment first; what a conflict has closed is not among it."""
    rows = [e for e in sight.expertise if e.record in sight.assigned and not e.conflicted]
    return _tasks(sight, sorted(rows, key=lambda e: (e.since, e.pk), reverse=True), lang)


def declared(sight: Sight) -> list[Expertise]:
    """The conflicts of this expert that they, or the secretariat, have declared."""
    rows = [e for e in sight.expertise if e.conflicted]
    wanted = Expertise.objects.filter(pk__in=[e.pk for e in rows]).select_related("organisation")
    return list(wanted.order_by("-since", "-pk"))


def assignments(sight: Sight, lang: Lang, after: str = "") -> tuple[list[Task], str]:
    """A page of all assignments for the secretariat, the latest first, with the key that the next page begins behind.

    Those to records of its own house are left out: nobody decides in their own case.
    """
    rows = Expertise.objects.filter(record__isnull=False).exclude(organisation=sight.asker.organisation)
    last = rows.filter(pk=int(after)).first() if after.isdecimal() and len(after) < 19 else None
    if last is not None:
        rows = rows.filter(Q(since__lt=last.since) | Q(since=last.since, pk__lt=last.pk))
    found = list(rows.select_related("user").order_by("-since", "-pk")[: PAGE + 1])
    return _tasks(sight, found[:PAGE], lang), str(found[PAGE - 1].pk) if len(found) > PAGE else ""


def _tasks(sight: Sight, rows: Iterable[Expertise], lang: Lang) -> list[Task]:
    asked = list(rows)
    uids = {e.record for e in asked}
    said = {(o.user_id, o.record): o for o in Opinion.objects.filter(record__in=uids)}
    found = {}
    for name, of in kinds().items():
        for record in MODELS[name].objects.visible_to(sight).filter(pk__in=uids):
            read = shown(sight, record)
            if read is not None:
                found[record.pk] = record, title_of(read.values, lang), of.noun.label(lang)
    return [Task(e, *found[e.record], said.get((e.user_id, e.record))) for e in asked if e.record in found]


def experts() -> QuerySet[User]:
    """Everybody who holds the role of an expert."""
    roles = Role.objects.filter(name="expert", organisation__is_operator=True)
    return User.objects.filter(pk__in=roles.values("user"), is_active=True).order_by("name", "pk")


def of_record(record: Any) -> QuerySet[Expertise]:
    """Who is assigned to a listing."""
    rows = Expertise.objects.filter(record=record.pk, until=None).select_related("user")
    return rows.order_by("since", "pk")


@transaction.atomic
def assign(asker: Asker, record: Any, expert: uuid.UUID | None) -> None:
    """Raises PermissionDenied, and UsageFault for somebody who is no expert or cannot judge this organisation."""
    require(asker, "assign_expert", record=record)
    user = experts().filter(pk=expert).first()
    if user is None:
        raise UsageFault.because("hub_experts.no-expert", "hub_experts.no-expert-repair")
    if unfit(user.pk, record.tenant_id):
        raise UsageFault.because("hub_experts.unfit", "hub_experts.unfit-repair")
    _, new = Expertise.objects.get_or_create(
        user=user, organisation_id=record.tenant_id, record=record.pk, conflicted=False, until=None
    )
    if new:
        log(asker, "assign_expert", kind=record.noun, thing=record.pk)


@transaction.atomic
def release(asker: Asker, record: Any, expert: uuid.UUID | None) -> None:
    """Ends an assignment; what was said of the listing stays."""
    require(asker, "assign_expert", record=record)
    if of_record(record).filter(user=expert, conflicted=False).update(until=timezone.now()):
        log(asker, "release_expert", kind=record.noun, thing=record.pk)


def opinion(asker: Asker, record: Any) -> Opinion | None:
    """What this expert has said of a listing."""
    return Opinion.objects.filter(user=asker.user, record=record.pk).first()


@transaction.atomic
def judge(asker: Asker, record: Any, score: str, comment: str, revision: str) -> None:
    """Keeps what an expert says; a later word takes the place of the one before.

    Raises PermissionDenied, UsageFault, and Conflict where it was said anew meanwhile.
    """
    require(asker, "judge_case", record=record)
    said = comment.replace("\0", "").strip()
    if score not in map(str, SCALE) or not said or len(said) > _LONGEST:
        raise UsageFault.because("hub_experts.no-opinion", "hub_experts.no-opinion-repair", most=_LONGEST)
    secrecy.refuse(said)
    values = {"score": int(score), "comment": said, "at": timezone.now()}
    found = Opinion.objects.filter(user=asker.user, record=record.pk)
    if not found.exists():
        Opinion.objects.create(
            user_id=asker.user, noun=record.noun, record=record.pk, tenant_id=record.tenant_id, **values
        )
    elif not found.filter(revision=_number(revision)).update(revision=F("revision") + 1, **values):
        raise Conflict
    log(asker, "judge_case", kind=record.noun, thing=record.pk)


@transaction.atomic
def declare_conflict(asker: Asker, record: Any) -> None:
    """One click: whoever has an interest sees no more of this organisation than the public does, from now on."""
    require(asker, "declare_conflict", record=record)
    rows = Expertise.objects.filter(user=asker.user, organisation=record.tenant_id, until=None)
    if not rows.filter(Q(record=record.pk) | Q(record=None)).update(conflicted=True):
        Expertise.objects.create(
            user_id=asker.user, organisation_id=record.tenant_id, record=record.pk, conflicted=True
        )
    log(asker, "declare_conflict", kind=record.noun, thing=record.pk)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
