"""Takes a batch back whole: what it made is deleted, what it changed is put back.

Refused, with the records named, where anybody has built on it since: changed a record, expressed interest in one,
attached a file, or let another record refer to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl
from django.db import transaction
from django.db.models import ProtectedError, Q, RestrictedError
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.exchange.models import Batch
from tongtu.hub.exchange.storing import MADE_TENANT, OUT, rewrite, touch
from tongtu.hub.listings.models import Attachment
from tongtu.hub.people.asking import Asker
from tongtu.hub.people.models import Grant, Organisation, Role
from tongtu.hub.records.columns import field_name, stored
from tongtu.hub.records.keys import TENANTS, pointing_at
from tongtu.hub.records.models import MODELS
from tongtu.registry.columns import Noun, noun
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

_NAMED = 50
_ASKED = 500


@transaction.atomic
def undo(batch: Batch, asker: Asker) -> None:
    """Raises DataRefused with what stands against it; a batch that is not stored (any more) is left as it is."""
    if not Batch.objects.filter(pk=batch.pk, state="stored").update(state="undone", undone_at=timezone.now()):
        return
    made = _made(batch)
    faults = [*_against(batch, made)][:_NAMED]
    if faults:
        raise DataRefused(faults)
    changes = _put_back(batch)
    for name in made:
        rows = MODELS[name].objects.filter(batch=batch)
        touch(name, [str(uid) for uid in rows.filter(lifecycle__in=OUT).values_list("pk", flat=True)])
        rows.delete()
    _tenants(batch)
    for name, uids in changes.items():
        touch(name, uids)
    log(asker, "undo_import", kind="batch", thing=batch.pk, tenant=batch.organisation_id)


Made = dict[str, list[tuple[str, str, int]]]


def _made(batch: Batch) -> Made:
    """Noun -> what to call each record the batch made, its uid, its revision."""
    found: Made = {}
    for name, model in MODELS.items():
        title = _title(noun(name))
        rows = model.objects.filter(batch=batch).order_by("pk").values_list(title, "pk", "revision")
        if listed := [(str(said or pk), str(pk), revision) for said, pk, revision in rows.iterator()]:
            found[name] = listed
    return found


def _title(found: Noun) -> str:
    names = {c.name for c in found.columns}
    return next((t for t in ("title", "name") if t in names), field_name(found.column(found.key[0])))


def _against(batch: Batch, made: Made) -> Iterator[Fault]:
    """Why the batch cannot be taken back, record by record."""
    for name, rows in made.items():
        yield from (_fault("changed-since", name, said) for said, _, revision in rows if revision != 1)
        called = {uid: said for said, uid, _ in rows}
        for some in _handfuls([*called]):
            yield from (_fault("matched-since", name, called[uid]) for uid in _matched(some))
            yield from (_fault("attached-since", name, called[uid]) for uid in _attached(some))
        yield from (_fault("named-since", name, called[uid]) for uid in _named(name, called, batch))
    for change in batch.changes.exclude(noun=MADE_TENANT).order_by("noun", "record").iterator():
        now = MODELS[change.noun].objects.filter(pk=change.record).values_list("revision", flat=True).first()
        if now is not None and now != change.revision:
            yield _fault("changed-since", change.noun, str(next(iter(change.before.values()), change.record)))
    for pk in _inhabited(_made_tenants(batch)):
        yield _fault("joined-since", TENANTS, Organisation.objects.get(pk=pk).name)


def _fault(code: str, name: str, said: str) -> Fault:
    return Fault(Why(f"hub_exchange.{code}", {"name": said}), sheet=noun(name).zh)


def _matched(uids: Sequence[str]) -> list[str]:
    rows = Grant.objects.filter(Q(record_a__in=uids) | Q(record_b__in=uids)).values_list("record_a", "record_b")
    return sorted({str(uid) for pair in rows for uid in pair} & set(uids))


def _attached(uids: Sequence[str]) -> list[str]:
    return sorted({str(uid) for uid in Attachment.objects.filter(record__in=uids).values_list("record", flat=True)})


def _named(name: str, uids: Iterable[str], batch: Batch) -> list[str]:
    """The records of the batch that records outside it refer to."""
    own, found = set(uids), set()
    for column, _ in pointing_at(name):
        field = field_name(column)
        others = MODELS[column.noun].objects.exclude(batch=batch).exclude(**{field: None})
        if column.many:
            found |= {uid for many in others.values_list(field, flat=True).iterator() for uid in many} & own
            continue
        for some in _handfuls(sorted(own)) if others.exists() else ():
            found |= set(others.filter(**{f"{field}__in": some}).values_list(field, flat=True))
    return sorted(found)


def _inhabited(tenants: Sequence[str]) -> list[str]:
    """Organisations that the batch made and people have joined."""
    found: set[str] = set()
    for some in _handfuls(tenants):
        found |= {str(pk) for pk in Role.objects.filter(organisation__in=some).values_list("organisation", flat=True)}
    return sorted(found)


def _put_back(batch: Batch) -> dict[str, list[str]]:
    """Changed records as they were; their uids by noun."""
    found: dict[str, list[str]] = {}
    for name in batch.changes.exclude(noun=MADE_TENANT).values_list("noun", flat=True).distinct().order_by("noun"):
        changes = batch.changes.filter(noun=name).values_list("record", "revision", "before")
        rows = [{**before, "_uid": str(pk), "_revision": revision} for pk, revision, before in changes]
        fields = _fields(noun(name), rows)
        rewrite(name, fields)
        found[name] = fields["uid"].to_list()
    return found


def _fields(found: Noun, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Kept values in the types of their columns; days were kept as text."""
    columns = stored(found)
    types = {c.name: pl.String() if c.kind == "date" else c.dtype() for c in columns}
    read = pl.DataFrame(rows, schema={"_uid": pl.String, "_revision": pl.Int64, **types}, orient="row")
    days = [pl.col(c.name).str.to_date("%Y-%m-%d") for c in columns if c.kind == "date"]
    named = {"_uid": "uid", "_revision": "revision", **{c.name: field_name(c) for c in columns}}
    return read.with_columns(days).rename(named)


def _tenants(batch: Batch) -> None:
    """The organisations that the batch made. Raises DataRefused where anything else stands on one."""
    for some in _handfuls(_made_tenants(batch)):
        fresh = Organisation.objects.filter(pk__in=some)
        try:
            fresh.update(parent=None, owner_group=None)
            fresh.delete()
        except (ProtectedError, RestrictedError) as error:
            raise DataRefused(Fault(Why("hub_exchange.built-since"), sheet=noun(TENANTS).zh)) from error


def _made_tenants(batch: Batch) -> list[str]:
    found = batch.changes.filter(noun=MADE_TENANT).order_by("record")
    return [str(pk) for pk in found.values_list("record", flat=True)]


def _handfuls(listed: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (listed[at : at + _ASKED] for at in range(0, len(listed), _ASKED))
