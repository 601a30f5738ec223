"""Sealing the log: each line hashed together with the hash before it, and a Merkle root that auditors note down.

A chain must have one order, and giving out that order inside business transactions would make every writer of the hub
wait for every other. So a line is written unsealed in its transaction, and whoever comes next (the worker every few
seconds, the log's page, `verify`) seals what has been committed, in one short transaction under one lock. Until then,
a few seconds, somebody with the database's password could change a line unnoticed; afterwards not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from tongtu.hub.care.models import Checkpoint, Event
from tongtu.ledger import Tree
from tongtu.terms.why import Why

#: the advisory lock of sealing on PostgreSQL: one sealer at a time
LOCK = 7_301_448_219
BATCH = 2_000


def digest_of(event: Event) -> str:
    """SHA-256 over the canonical JSON of a line, its place and the hash before it."""
    import orjson

    line = {
        "place": event.place,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "user": _id(event.user_id),
        "organisation": _id(event.organisation_id),
        "action": event.action,
        "kind": event.kind,
        "thing": event.thing,
        "tenant": _id(event.tenant_id),
        "allowed": event.allowed,
        "why": event.why,
        "request": event.request,
        "previous": event.previous,
    }
    return sha256(orjson.dumps(line, option=orjson.OPT_SORT_KEYS)).hexdigest()


def seal() -> int:
    """Chains every committed line that is not chained yet; returns how many."""
    done = 0
    while count := _seal_some():
        done += count
    return done


def _seal_some() -> int:
    if not Event.objects.filter(place=None).exists():
        return 0
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = _sealed().last()
        place, previous = (last.place, last.digest) if last else (0, "")
        lines = list(Event.objects.filter(place=None).order_by("id")[:BATCH])
        for line in lines:
            place += 1
            line.place, line.previous = place, previous
            previous = line.digest = digest_of(line)
        Event.objects.bulk_update(lines, ["place", "previous", "digest"], batch_size=500)
    return len(lines)


def _sealed() -> QuerySet[Event]:
    return Event.objects.exclude(place=None).order_by("place")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the log is whole: `lines` looked at, and the first thing that is wrong."""

    lines: int
    fault: Why | None = None

    @property
    def sound(self) -> bool:
        return self.fault is None


def verify() -> Verdict:
    """Walks the whole chain and every checkpoint; stops at the first line that is not what was sealed."""
    seal()
    tree, place, previous = Tree(), 0, ""
    checkpoints = dict(Checkpoint.objects.values_list("size", "root"))
    for event in _sealed().iterator(chunk_size=BATCH):
        place += 1
        if event.place != place:
            return Verdict(place, Why("hub_care.line-missing", {"place": place}))
        if event.previous != previous or event.digest != digest_of(event):
            return Verdict(place, Why("hub_care.line-changed", {"place": place}))
        previous = event.digest
        tree.append(bytes.fromhex(event.digest))
        if checkpoints.pop(place, None) not in (None, tree.root().hex()):
            return Verdict(place, Why("hub_care.checkpoint-broken", {"place": place}))
    if checkpoints:
        return Verdict(place, Why("hub_care.lines-cut-off", {"place": place, "size": max(checkpoints)}))
    return Verdict(place)


def checkpoint() -> Checkpoint | None:
    """Notes the Merkle root of the log as it stands; None while nothing was written since the last one."""
    seal()
    newest = Checkpoint.objects.order_by("-size").first()
    digests = _sealed().values_list("digest", flat=True)
    tree = Tree(bytes.fromhex(digest) for digest in digests.iterator(chunk_size=10_000))
    if not len(tree) or (newest and newest.size == len(tree)):
        return newest
    return Checkpoint.objects.create(size=len(tree), root=tree.root().hex())


def _id(value: Any) -> str | None:
    return None if value is None else str(value)
