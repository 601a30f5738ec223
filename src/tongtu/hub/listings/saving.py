"""Keeping a listing with what belongs to it: a draft made, or a record changed, in one transaction."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.listings.form import offered
from tongtu.hub.listings.index import touch
from tongtu.hub.listings.kinds import Child, Kind
from tongtu.hub.listings.lifecycle import after
from tongtu.hub.listings.reading import Given, Row, resolved_here
from tongtu.hub.people.models import Organisation
from tongtu.hub.policy import Context, Decision, Thing, decide
from tongtu.hub.records.columns import field_name
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.permit import may
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import disclosure_of, strictest
from tongtu.registry.columns import DISCLOSURE, Column
from tongtu.registry.columns import noun as definition
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

#: letters and digits that are not taken for each other
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Conflict(Exception):
    """Somebody else has changed the record since this person opened it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record with what belongs to it, by noun."""

    record: Any
    children: Mapping[str, Sequence[Any]]


def children_of(kind: Kind, record: Any) -> dict[str, list[Any]]:
    """Every row that belongs to a record, in its order. For people of the record's own organisation."""
    found = {}
    for child in kind.children:
        order = "step" if child.noun.name == "ownership" else "created_at"
        rows = MODELS[child.noun.name].objects.filter(tenant=record.tenant_id, **{child.parent: str(record.pk)})
        found[child.noun.name] = list(rows.order_by(order, "pk"))
    return found


def may_create(sight: Sight, kind: Kind) -> Decision:
    """May they begin a draft of this kind for the organisation they act for?"""
    owner = str(sight.asker.organisation) if sight.asker.organisation else None
    relation = Context("own") if owner else Context()
    return decide(sight.subject, "create", Thing(kind.name, state="draft", owner=owner), relation)


def create(sight: Sight, kind: Kind, given: Given) -> Any:
    """A draft. Raises PermissionDenied, or DataRefused with every fault (then nothing is kept)."""
    allowed = may_create(sight, kind)
    if not allowed:
        raise PermissionDenied(allowed.reason)
    refuse_secrets(sight, kind, given)
    return _created(sight, kind, given)


@transaction.atomic
def _created(sight: Sight, kind: Kind, given: Given) -> Any:
    values = _values(sight, kind, given)
    now, own = timezone.now(), sight.asker.organisation
    model = MODELS[kind.name]
    known = {kind.noun.key[0]: _key(model, own, kind.name[0].upper())}
    if "organisation" in kind.known:
        known["organisation"] = str(own)
    made = model.objects.create(
        tenant_id=own, lifecycle="draft", raised=given.raised, disclosure=disclosure_of(kind.name, given.raised),
        created_at=now, changed_at=now, **values, **known,
    )  # fmt: skip
    _keep_children(kind, made, given, now)
    log(sight.asker, "create", kind=kind.name, thing=made.pk, tenant=own)
    return made


def change(sight: Sight, kind: Kind, record: Any, given: Given, revision: int) -> str:
    """The record as the form has it; the state it is in afterwards.

    Raises PermissionDenied, DataRefused with every fault, and Conflict where `revision` is not the record's.
    """
    for action in ("edit", *(("reclassify",) if lowers(kind, record.raised, given.raised) else ())):
        allowed = may(sight, action, record=record)
        if not allowed:
            raise PermissionDenied(allowed.reason)
    refuse_secrets(sight, kind, given, record)
    with transaction.atomic():
        state = rewrite(sight, kind, record, given, revision)
        log(sight.asker, "edit", kind=kind.name, thing=record.pk, tenant=record.tenant_id)
    return state


def refuse_secrets(sight: Sight, kind: Kind, given: Given, record: Any = None) -> None:
    """Raises DataRefused for a form with marks of state secrets; that somebody sent one stays in the log."""
    if given.secret:
        log(sight.asker, "edit" if record else "create", kind=kind.name, thing=record.pk if record else "",
            tenant=sight.asker.organisation, allowed=False, why=Why("hub_policy.state-secret-seen"))  # fmt: skip
        raise DataRefused(given.faults)


def check(sight: Sight, kind: Kind, given: Given) -> None:
    """Raises DataRefused with every fault that would stop this form from being kept."""
    _values(sight, kind, given)


def rewrite(sight: Sight, kind: Kind, record: Any, given: Given, revision: int) -> str:
    """The record as the form has it, in the caller's transaction and on its decision; `sight` is the author's."""
    state = after(record.lifecycle, "edit")
    if state is None:
        raise Conflict
    values, now = _values(sight, kind, given), timezone.now()
    update(record, revision, lifecycle=state, raised=given.raised, changed_at=now,
           disclosure=disclosure_of(kind.name, given.raised), **values)  # fmt: skip
    record.lifecycle = state
    _keep_children(kind, record, given, now)
    touch(record)
    return state


def update(record: Any, revision: int, **values: Any) -> None:
    """Writes where nobody else has since; raises Conflict otherwise."""
    rows = type(record).objects.filter(pk=record.pk, revision=revision, lifecycle=record.lifecycle)
    if not rows.update(revision=models.F("revision") + 1, **values):
        raise Conflict


def organisation_named(sight: Sight, text: str) -> Organisation | None:
    """The organisation of this name or credit code, among those the asker may know of."""
    named = Organisation.objects.filter(models.Q(name=text) | models.Q(name_en=text) | models.Q(uscc=text))
    near = {sight.asker.organisation, *sight.above, *sight.below}
    listed = MODELS["organisations"].objects.visible_to(sight)
    found = list(named.order_by("pk")[:50])
    known = set(listed.filter(pk__in=[o.pk for o in found]).values_list("pk", flat=True)) | near
    return next((o for o in found if o.pk in known), None)


def lowers(kind: Kind, before: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """True where a field would be in a looser class than it is now."""

    def rank(of: Column, raised: Mapping[str, str]) -> int:
        return DISCLOSURE.index(strictest(of.disclosure, raised.get(of.name, "")))

    return any(rank(f.column, wanted) < rank(f.column, before) for f in kind.asked)


def _values(sight: Sight, kind: Kind, given: Given) -> dict[str, Any]:
    """The values by field of the model, references looked up. Raises DataRefused with all faults that stop saving."""
    found = {field_name(kind.noun.column(name)): value for name, value in given.values.items()}
    for f in kind.asked:
        if resolved_here(f):
            typed = given.typed.get(f.name, "")
            known = {code for code, _ in offered(sight, f, "zh")} if typed else set()
            if typed and typed not in known:
                given.faults.append(_fault("unknown-reference", kind.name, None, f.name))
            found[field_name(f.column)] = typed or None
    for child in kind.children:
        _look_up_holders(sight, child, given)
    if given.stops_saving:
        raise DataRefused(given.faults)
    priced = any(f.column.kind == "money" and given.values.get(f.name) is not None for f in kind.asked)
    if "price_year" in kind.known:
        found["price_year"] = timezone.localdate().year if priced else None
    return found


def _look_up_holders(sight: Sight, child: Child, given: Given) -> None:
    for f in child.ask:
        if not resolved_here(f):
            continue
        for n, row in enumerate(given.kept(child.noun.name)):
            typed = row.typed.get(f.name, "")
            named = organisation_named(sight, typed) if typed else None
            row.values[f.name] = str(named.pk) if named else None
            if typed and named is None:
                given.faults.append(_fault("unknown-organisation", child.noun.name, n, f.name))


def _fault(code: str, noun: str, row: int | None, column: str) -> Fault:
    return Fault(Why(f"hub_listings.{code}"), Why(f"hub_listings.{code}-repair"), noun, row=row, column=column)


def _keep_children(kind: Kind, record: Any, given: Given, now: datetime) -> None:
    """Rows changed, added and taken away, all in their listing's state."""
    before = children_of(kind, record)
    for child in kind.children:
        name = child.noun.name
        kept = {str(row.pk): row for row in before.get(name, ())}
        rows = given.kept(name)
        staying = {row.uid for row in rows}
        if name == "lines":
            openings_of(kept.keys() - staying).delete()
        MODELS[name].objects.filter(pk__in=[row.pk for uid, row in kept.items() if uid not in staying]).delete()
        if "step" in child.known:  # out of the way, so that no two rows ever have the same number
            MODELS[name].objects.filter(pk__in=[row.pk for row in kept.values()]).update(step=models.F("step") + 10_000)
        for step, row in enumerate(rows, 1):
            _keep(child, kind, record, row, kept.get(row.uid), step, now)


def openings_of(lines: Iterable[str]) -> Any:
    """The opening hours of lines, by their ids."""
    return MODELS["openings"].objects.filter(line__in=list(lines))


def _keep(child: Child, kind: Kind, record: Any, row: Row, old: Any, step: int, now: datetime) -> None:
    model = MODELS[child.noun.name]
    values = {field_name(child.noun.column(name)): value for name, value in row.values.items()}
    if "price_year" in child.known:
        values["price_year"] = now.year if values.get("currency") else None
    if "step" in child.known:
        values["step"] = step
    if old is not None:
        values |= {"changed_at": now, "lifecycle": record.lifecycle, "revision": models.F("revision") + 1}
        model.objects.filter(pk=old.pk).update(**values)
        return
    values[child.parent] = str(record.pk)
    if "subject_kind" in child.known:
        values["subject_kind"] = kind.subject
    if child.noun.key[0] in child.known:
        values.setdefault(child.noun.key[0], _key(model, record.tenant_id, child.noun.name[0].upper()))
    model.objects.create(
        tenant_id=record.tenant_id, lifecycle=record.lifecycle, disclosure=disclosure_of(child.noun.name),
        published_at=record.published_at, expires_at=record.expires_at, changed_at=now,
        created_at=now + timedelta(microseconds=step), **values,
    )  # fmt: skip


def _key(model: Any, tenant: uuid.UUID | None, letter: str) -> str:
    """A number of the tenant's own that says nothing of how many there are."""
    column = definition(model.noun).key[0]
    while True:
        key = f"{letter}-{''.join(secrets.choice(_ALPHABET) for _ in range(7))}"
        if not model.objects.filter(tenant=tenant, **{column: key}).exists():
            return key
