"""Revisions: a new text of a published listing, which waits for review while everybody still reads the old one.

    waiting ─approve→ done          the listing reads as the revision does
       ↑  └───return→ returned      with a remark; its author sends it again, or
       └──────────────── ┘ drop → dropped

A listing has at most one that is not settled. It holds the form as it was sent, and the text it was written against:
where that has changed since, the revision is not taken but written anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.listings.form import of_record
from tongtu.hub.listings.kinds import Field, Kind, kinds
from tongtu.hub.listings.lifecycle import OPEN
from tongtu.hub.listings.models import Revision
from tongtu.hub.listings.moves import elsewhere, lacking, permitted, reviews
from tongtu.hub.listings.reading import Given, Row, judge
from tongtu.hub.listings.saving import Conflict, check, children_of, lowers, refuse_secrets, rewrite
from tongtu.hub.listings.showing import names_of, value
from tongtu.hub.people.asking import asker_of
from tongtu.hub.policy import Context, Thing, clearance, secrecy
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.permit import require
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import strictest
from tongtu.hub.statements import first
from tongtu.registry.columns import DISCLOSURE
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.words import Lang

UNSETTLED = ("waiting", "returned")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """What a revision changes of one field, or of the rows of one noun, as people read it."""

    label: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def pending(sight: Sight, record: Any) -> Revision | None:
    """The unsettled revision of a listing, for its own people and for who can review it."""
    if record.lifecycle not in OPEN:
        return None

    def unsettled() -> QuerySet[Revision]:
        return Revision.objects.filter(record=record.pk, state__in=UNSETTLED).select_related("author")

    found: Revision | None = first(("pending",), (record.pk,), unsettled)
    if found is None:
        return None
    return found if record.tenant_id == sight.asker.organisation or _reviewable(sight, record, found) else None


def waiting(sight: Sight) -> list[tuple[Revision, Any]]:
    """The revisions that this person can take or send back, with their listings, the longest waiting first."""
    found = []
    for revision in _asked(sight) if reviews(sight) else ():
        record = MODELS[revision.noun].objects.visible_to(sight).filter(pk=revision.record).first()
        if record is not None and _reviewable(sight, record, revision):
            found.append((revision, record))
    return found


def _asked(sight: Sight) -> QuerySet[Revision]:
    rows = Revision.objects.filter(state="waiting", noun__in=kinds()).select_related("author").order_by("sent_at", "pk")
    own = sight.asker.organisation
    return rows.filter(Q(tenant=own) | ~Q(tenant__in=elsewhere()))[:100]


def _reviewable(sight: Sight, record: Any, revision: Revision) -> bool:
    return revision.state == "waiting" and permitted(sight, "approve_revision", record).allowed


def given_of(of: Kind, revision: Revision) -> Given:
    """The form that was sent."""
    rows = {name: [Row(**row) for row in kept] for name, kept in revision.rows.items()}
    return judge(of, Given(dict(revision.typed), dict(revision.raised), rows))


def propose(sight: Sight, of: Kind, record: Any, given: Given) -> Revision:
    """Keeps a revision for review; it takes the place of one that waits already.

    Raises PermissionDenied, and DataRefused with every fault: unlike a draft a revision is complete.
    """
    for action in ("revise", *(("reclassify",) if lowers(of, record.raised, given.raised) else ())):
        require(sight, action, record=record)
    refuse_secrets(sight, of, given, record)
    check(sight, of, given)
    if given.faults:
        raise DataRefused(given.faults)
    rows = {name: [{"uid": row.uid, "typed": row.typed, "gone": row.gone} for row in kept]
            for name, kept in given.rows.items()}  # fmt: skip
    values = {
        "state": "waiting", "author_id": sight.asker.user, "sent_at": timezone.now(), "remark": "",
        "typed": given.typed, "raised": given.raised, "rows": rows, "base": _standing(of, record),
    }  # fmt: skip
    with transaction.atomic():
        found = Revision.objects.select_for_update().filter(record=record.pk, state__in=UNSETTLED).first()
        if found is None:
            found = Revision(noun=of.name, record=record.pk, tenant_id=record.tenant_id)
        for name, held in values.items():
            setattr(found, name, held)
        found.save()
        log(sight.asker, "revise", kind=of.name, thing=record.pk, tenant=record.tenant_id)
    return found


@transaction.atomic
def approve(sight: Sight, of: Kind, record: Any, revision: Revision) -> None:
    """The listing reads as the revision does, from now on.

    Raises PermissionDenied; Conflict where it was settled meanwhile; UsageFault where the listing was changed since, or
    its author may no longer revise; DataRefused where something that publication needs is lacking.
    """
    _must(sight, record)
    author = Sight(asker_of(revision.author, str(record.tenant_id), two_factor=True))
    if author.asker.organisation != record.tenant_id or not permitted(author, "revise", record):
        raise UsageFault.because("hub_listings.author-gone", "hub_listings.author-gone-repair")
    if revision.base != _standing(of, record):
        raise UsageFault.because("hub_listings.moved-on", "hub_listings.moved-on-repair")
    _settle(sight, revision, "done")
    rewrite(author, of, record, given_of(of, revision), record.revision)
    faults = lacking(of, type(record).objects.get(pk=record.pk), "publish")
    if faults:
        raise DataRefused(faults)
    log(sight.asker, "approve_revision", kind=of.name, thing=record.pk, tenant=record.tenant_id)


@transaction.atomic
def send_back(sight: Sight, of: Kind, record: Any, revision: Revision, remark: str) -> None:
    """Back to its author, with what is wrong. Raises PermissionDenied, Conflict, UsageFault for an empty remark."""
    _must(sight, record)
    said = remark.replace("\0", "").strip()[:_LONGEST]
    if not said:
        raise UsageFault.because("hub_listings.remark-none", "hub_listings.remark-none-repair")
    secrecy.refuse(said)
    _settle(sight, revision, "returned", said)
    log(sight.asker, "return", kind=of.name, thing=record.pk, tenant=record.tenant_id)


@transaction.atomic
def drop(sight: Sight, of: Kind, record: Any, revision: Revision) -> None:
    """Takes an own revision away. Raises PermissionDenied, Conflict."""
    require(sight, "revise", record=record)
    if not Revision.objects.filter(pk=revision.pk, state__in=UNSETTLED).update(state="dropped"):
        raise Conflict
    log(sight.asker, "drop_revision", kind=of.name, thing=record.pk, tenant=record.tenant_id)


def differences(sight: Sight, of: Kind, record: Any, revision: Revision, lang: Lang) -> list[Difference]:
    """What the revision changes, as far as its reader may see the fields; `sight` is the reader's."""
    given, top = given_of(of, revision), _read(sight, record)
    old, new = record.row(), {**record.row(), **given.values, **_named(given, of)}
    found = []
    for f in of.asked:
        raised = (held.get(f.name, "") for held in (record.raised, given.raised))
        if all(_open(strictest(f.column.disclosure, r), top) for r in raised):
            both = [_text(sight, [f], row, lang) for row in (old, new)]
            found.append(Difference(f.column.label(lang), *both))
    for child in of.children:
        asked = [f for f in child.ask if _open(f.column.disclosure, top)]
        before = [row.row() for row in children_of(of, record).get(child.noun.name, ())]
        after = [{**row.values, **_holder(row)} for row in given.kept(child.noun.name)]
        lines = [tuple(t for row in rows for t in [" · ".join(_text(sight, asked, row, lang))] if t)
                 for rows in (before, after)]  # fmt: skip
        found.append(Difference(child.noun.label(lang), *lines))
    return [d for d in found if d.before != d.after]


def _read(sight: Sight, record: Any) -> str:
    """The highest class of a revision that somebody reads who reviews it, or to whose organisation it belongs."""
    thing, context = Thing(record.noun, state=record.lifecycle, owner=str(record.tenant_id)), Context("own")
    if record.tenant_id == sight.asker.organisation:
        return clearance(sight.subject, thing, context) or "public"
    return clearance(sight.subject, thing, sight.context(record.tenant_id, record.pk), "approve_revision") or "public"


def _open(disclosure: str, top: str) -> bool:
    return DISCLOSURE.index(disclosure) <= DISCLOSURE.index(top)


def _named(given: Given, of: Kind) -> dict[str, Any]:
    """References as typed: they are ids already."""
    return {f.name: given.typed.get(f.name) or None for f in of.asked if f.column.kind in ("ref", "subject")}


def _holder(row: Row) -> dict[str, str]:
    """Organisations that a row names are typed by their names, and are shown so."""
    return {name: text for name, text in row.typed.items() if name not in row.values}


def _text(sight: Sight, asked: Sequence[Field], row: Mapping[str, Any], lang: Lang) -> tuple[str, ...]:
    names = names_of(sight, [f.column for f in asked], [row], lang)
    return tuple(_said(asked, row, lang, names))


def _said(asked: Sequence[Field], row: Mapping[str, Any], lang: Lang, names: Mapping[str, str]) -> Iterator[str]:
    for f in asked:
        shown = value(f.column, row, lang, {**{str(v): str(v) for v in [row.get(f.name)] if v}, **names})
        yield from shown.many or ((shown.text,) if shown.text else ())


def _standing(of: Kind, record: Any) -> str:
    """A mark of what the listing says now, against which a revision is written."""
    rows = {name: [(str(row.pk), row.row()) for row in found] for name, found in children_of(of, record).items()}
    kept = {name: held for name, held in record.row().items() if name not in ("state", "posted")}
    text = json.dumps([kept, record.raised, rows], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _must(sight: Sight, record: Any) -> None:
    decision = permitted(sight, "approve_revision", record)
    if not decision.allowed:
        raise PermissionDenied(decision.reason)


def _settle(sight: Sight, revision: Revision, state: str, remark: str = "") -> None:
    rows = Revision.objects.filter(pk=revision.pk, state="waiting", sent_at=revision.sent_at)
    if not rows.update(state=state, remark=remark, settled_by=sight.asker.user, settled_at=timezone.now()):
        raise Conflict


def prefilled(sight: Sight, of: Kind, record: Any, revision: Revision | None, lang: Lang) -> Given:
    """The form as its author goes on with it: the revision that is not settled, or the listing as it stands."""
    if revision is not None:
        return given_of(of, revision)
    return of_record(sight, of, record.row(), record.raised, children_of(of, record), lang)
