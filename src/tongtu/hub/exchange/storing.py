"""Writes a plan: everything or nothing, in one transaction, with what undo needs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace
from uuid import UUID

import polars as pl
from django.db import transaction
from django.utils import timezone

from tongtu.hub.exchange.models import Batch, Change
from tongtu.hub.exchange.plan import OLD, STATUS, Plan
from tongtu.hub.exchange.tenants import PARENT
from tongtu.hub.listings import index
from tongtu.hub.listings.kinds import kinds
from tongtu.hub.people.models import Organisation
from tongtu.hub.records.adapt import LIFECYCLE, REVISION, TENANT, UID
from tongtu.hub.records.columnar import insert, update
from tongtu.hub.records.columns import field_name, stored
from tongtu.hub.records.keys import TENANTS
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.visible import disclosure_of
from tongtu.registry.columns import noun

DB = "default"
#: under which a batch notes the organisations it made, beside their records
MADE_TENANT = "tenant"
OUT = ("published", "expiring")


class Moved(Exception):
    """A record was changed between the plan and its writing: plan again."""


def store(made: Plan, batch: Batch) -> dict[str, dict[str, int]]:
    """Stores the plan's rows in the caller's transaction; how many by noun.

    Raises Moved where a record is no longer what the plan saw, IntegrityError where somebody stored the same key.
    """
    assert transaction.get_connection(DB).in_atomic_block
    done = {}
    for name in [TENANTS, *(n for n in made.rows if n != TENANTS)]:
        if name not in made.rows:
            continue
        rows = made.stored(name)
        new, changed = (rows.filter(pl.col(STATUS) == status) for status in ("new", "changed"))
        if name == TENANTS:
            _tenants(new, batch)
        _insert(name, new, batch)
        _update(name, changed, batch)
        rest = rows.height - new.height - changed.height
        done[name] = {"new": new.height, "changed": changed.height, "unchanged": rest}
    return done


def _tenants(new: pl.DataFrame, batch: Batch) -> None:
    """The organisations that did not exist, each with its group and parent; those that did stay as they are."""
    known = {str(pk) for pk in Organisation.objects.filter(pk__in=new[TENANT].to_list()).values_list("pk", flat=True)}
    rows = [row for row in new.iter_rows(named=True) if row[TENANT] not in known]
    made = [
        Organisation(id=UUID(row[TENANT]), name=row["name"], name_en=row["name_en"] or "", uscc=row["uscc"])
        for row in rows
    ]
    Organisation.objects.bulk_create(made, batch_size=500)
    for of, row in zip(made, rows, strict=True):
        of.parent_id, of.owner_group_id = row["parent"], row["owner_group"]
    changes = [Change(batch=batch, noun=MADE_TENANT, record=o.pk, revision=0, before={}) for o in made]
    Change.objects.bulk_create(changes, batch_size=500)
    placed = [o for o in made if o.parent_id or o.owner_group_id]
    Organisation.objects.bulk_update(placed, ["parent", "owner_group"], 500)


def _insert(name: str, new: pl.DataFrame, batch: Batch) -> None:
    """New records in the chosen state; what belongs to a record that exists stands where that one stands."""
    if not new.height:
        return
    states = pl.when(pl.col(PARENT).fill_null("") != "").then(pl.col(PARENT)).otherwise(pl.lit(batch.lifecycle))
    now = timezone.now()
    for (state,), rows in new.with_columns(states.alias("state")).group_by("state", maintain_order=True):
        out = state in OUT
        lasts = kinds()[name].lasts if name in kinds() else None
        same = {
            "lifecycle": state, "revision": 1, "raised": {}, "disclosure": disclosure_of(name), "batch": batch.pk,
            "created_at": now, "changed_at": now, "published_at": now if out else None,
            "expires_at": now + lasts if out and lasts else None,
        }  # fmt: skip
        insert(MODELS[name], _fields(name, rows, uid=UID, tenant=TENANT), same, DB)
        if out:
            touch(name, rows[UID])


def _update(name: str, changed: pl.DataFrame, batch: Batch) -> None:
    """Changed records, each only if it still is what the plan saw, and what they were."""
    if not changed.height:
        return
    fields = _fields(name, changed, uid=UID, revision=REVISION)
    _keep(name, changed, batch)
    if rewrite(name, fields) != changed.height:
        raise Moved
    touch(name, changed.filter(pl.col(LIFECYCLE).is_in(OUT))[UID])


def rewrite(name: str, fields: pl.DataFrame) -> int:
    """Writes over records that still have the revision of their row, and counts it up; how many there were."""
    count = 0
    for (revision,), rows in fields.group_by("revision", maintain_order=True):
        same = {"revision": int(revision) + 1, "changed_at": timezone.now()}
        count += update(MODELS[name], rows, same, ("uid", "revision"), DB)
    return count


def _keep(name: str, changed: pl.DataFrame, batch: Batch) -> None:
    """What the records were, for undo."""
    old = changed.select(pl.col(OLD + c.name).alias(c.name) for c in stored(noun(name)))
    rows = pl.DataFrame(
        {
            "record": changed[UID],
            "revision": changed[REVISION] + 1,
            "before": [json.dumps(row, default=_day, ensure_ascii=False) for row in old.iter_rows(named=True)],
        }
    )
    insert(Change, rows, {"batch": batch.pk, "noun": name}, DB)


def _fields(name: str, rows: pl.DataFrame, **own: str) -> pl.DataFrame:
    """The rows under the names of the database's fields."""
    columns = [pl.col(c.name).alias(field_name(c)) for c in stored(noun(name))]
    return rows.select(*(pl.col(column).alias(field) for field, column in own.items()), *columns)


def touch(name: str, uids: Iterable[str]) -> None:
    """Tells the search index, where there is one of this noun."""
    if name in kinds() and (rows := [SimpleNamespace(noun=name, pk=UUID(uid)) for uid in uids]):
        index.touch(*rows)


def _day(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
