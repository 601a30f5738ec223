"""The steps of a listing's life, each in one transaction: policy, what must be there, revision, event, index."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.care.models import Event
from tongtu.hub.listings import hours
from tongtu.hub.listings.index import touch
from tongtu.hub.listings.kinds import Kind, kind, kinds
from tongtu.hub.listings.lifecycle import GONE, after
from tongtu.hub.listings.models import Attachment, Return, Revision
from tongtu.hub.listings.reading import missing
from tongtu.hub.listings.saving import Conflict, children_of, update
from tongtu.hub.people.models import Role
from tongtu.hub.policy import Decision
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.permit import may
from tongtu.hub.records.sight import Sight
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Ratio, Why

_HALF_PERCENT = 0.005


def permitted(sight: Sight, action: str, record: Any) -> Decision:
    """May they take this step? The policy's answer, and the secretariat reviews only where nobody else can."""
    decision = may(sight, action, record=record)
    if not decision.allowed or action not in ("return", "publish", "approve_revision"):
        return decision
    if record.tenant_id != sight.asker.organisation:
        return Decision(False, Why("hub_listings.has-approver")) if has_approver(record.tenant_id) else decision
    if record.tenant.is_operator and action != "return" and sight.asker.user in _brought_by(record, action):
        return Decision(False, Why("hub_listings.second-person"))
    return decision


def _brought_by(record: Any, action: str) -> set[Any]:
    """Who brought a listing, or its revision, to review: in the house that runs the hub they do not publish it too."""
    if action == "approve_revision":
        return {*Revision.objects.filter(record=record.pk, state="waiting").values_list("author", flat=True)}
    last = Event.objects.filter(thing=str(record.pk), action="submit", allowed=True).order_by("-id").first()
    return {last.user_id if last else None, record.batch.user_id if record.batch else None}


def elsewhere() -> Any:
    """Organisations with an approver of their own: nobody else reviews what they publish."""
    return Role.objects.filter(name="approver", user__is_active=True).values("organisation")


def reviewable(sight: Sight, of: Kind) -> QuerySet[Any]:
    """The listings in review that this person publishes or sends back, the longest waiting first."""
    if not reviews(sight):
        return MODELS[of.name].objects.none()
    own = sight.asker.organisation
    rows = MODELS[of.name].objects.visible_to(sight).filter(lifecycle="review")
    return rows.filter(Q(tenant=own) | ~Q(tenant__in=elsewhere())).order_by("changed_at")


def reviews(sight: Sight) -> bool:
    """Whether anything can wait for their review."""
    return bool(sight.subject.roles & {"approver", "secretariat"})


def has_approver(organisation: Any) -> bool:
    """True where somebody of the organisation can approve what it publishes."""
    return Role.objects.filter(organisation=organisation, name="approver", user__is_active=True).exists()


def lacking(of: Kind, record: Any, action: str) -> list[Fault]:
    """Everything that must be there before this step and is not, each at its field."""
    if action not in ("submit", "publish"):
        return []
    children = children_of(of, record)
    found = missing(of.noun, record.row(), of.asked)
    for child in of.children:
        for n, row in enumerate(children[child.noun.name]):
            found += missing(child.noun, row.row(), child.ask, n)
    if "ownership" in children:
        found += _chain(children["ownership"])
    return found


@transaction.atomic
def move(sight: Sight, record: Any, action: str, revision: int, remarks: Mapping[str, str] | None = None) -> str:
    """Takes a step; the state it leads to.

    Raises PermissionDenied with the reason, DataRefused with everything that is lacking, and Conflict where the
    record was changed since `revision` or the step does not start from the state it is in now.
    """
    decision = permitted(sight, action, record)
    if not decision.allowed:
        raise PermissionDenied(decision.reason)
    of, state = kind(record.noun), after(record.lifecycle, action)
    if state is None:
        raise Conflict
    faults = lacking(of, record, action)
    if faults:
        raise DataRefused(faults)
    if state == GONE:
        _delete(of, record, revision)
    else:
        _enter(of, record, state, action, revision)
    if action == "return":
        Return.objects.create(noun=record.noun, record=record.pk, by_id=sight.asker.user, remarks=dict(remarks or {}))
    log(sight.asker, action, kind=record.noun, thing=record.pk, tenant=record.tenant_id)
    return state


def by_clock(now: datetime) -> int:
    """What time does to listings: a warning before the end, and the end. How many it moved."""
    moved = 0
    for model in (MODELS[name] for name in kinds()):
        of = kind(model.noun)
        for action, until in (("lapse", now), ("remind", now + of.warns)):
            states = [s for s in ("published", "expiring") if after(s, action)]
            for record in model.objects.filter(lifecycle__in=states, expires_at__lte=until).order_by("expires_at")[
                :1000
            ]:
                moved += _by_clock(of, record, action)
    return moved


@transaction.atomic
def _by_clock(of: Kind, record: Any, action: str) -> bool:
    state = after(record.lifecycle, action)
    try:
        _enter(of, record, str(state), action, record.revision)
    except Conflict:  # somebody was quicker: the next round looks again
        return False
    log(None, action, kind=record.noun, thing=record.pk, tenant=record.tenant_id)
    return True


def _enter(of: Kind, record: Any, state: str, action: str, revision: int) -> None:
    """The record, and all that belongs to it, in its new state."""
    now = timezone.now()
    times: dict[str, Any] = {"lifecycle": state, "changed_at": now}
    if action == "publish":
        times["published_at"] = now
    if action in ("publish", "renew"):
        times["expires_at"] = now + of.lasts
    posted = {"posted": timezone.localdate()} if action == "publish" and "posted" in of.known else {}
    update(record, revision, **times, **posted)
    for child in of.children:
        rows = MODELS[child.noun.name].objects.filter(tenant=record.tenant_id, **{child.parent: str(record.pk)})
        rows.update(**times)
    hours.follow(record, times)
    record.lifecycle = state
    touch(record)


def _delete(of: Kind, record: Any, revision: int) -> None:
    update(record, revision)
    hours.drop(record)
    for child in of.children:
        MODELS[child.noun.name].objects.filter(tenant=record.tenant_id, **{child.parent: str(record.pk)}).delete()
    Attachment.objects.filter(record=record.pk).delete()
    Return.objects.filter(record=record.pk).delete()
    type(record).objects.filter(pk=record.pk).delete()


def _chain(rows: list[Any]) -> list[Fault]:
    """An achievement is published with the chain of who owns it: at least one owner, and shares that make a whole."""
    owners = [row for row in rows if row.right == "owner" and (row.until is None or row.until >= timezone.localdate())]
    if not owners:
        return [_fault("no-owner", "right")]
    shares = [row.share for row in owners if row.share is not None]
    total = sum(shares)
    if total > 1 + _HALF_PERCENT or (len(shares) == len(owners) and total < 1 - _HALF_PERCENT):
        return [_fault("shares", "share", total=Ratio(total))]
    return [_fault("nameless-owner", "holder") for row in owners if not (row.holder or row.holder_person or row.basis)]


def _fault(code: str, column: str, **args: Any) -> Fault:
    return Fault(
        Why(f"hub_listings.{code}", args), Why(f"hub_listings.{code}-repair", args), "ownership", row=0, column=column
    )
