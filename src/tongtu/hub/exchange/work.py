"""The jobs of the exchange: the dry run, the storing, the making of an export.

Each may be started again after a crash: the dry run changes nothing but its batch, storing is one transaction with
the change of the batch's state, and an export is made beside its place and moved there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.exchange import brought, exporting, files
from tongtu.hub.exchange.files import KEPT_DAYS, MARKED
from tongtu.hub.exchange.importer import Importer
from tongtu.hub.exchange.lists import lists
from tongtu.hub.exchange.models import Batch, BatchFault, Export
from tongtu.hub.exchange.plan import Plan, plan
from tongtu.hub.exchange.secrecy import marked
from tongtu.hub.exchange.storing import Moved
from tongtu.hub.exchange.storing import store as write
from tongtu.hub.jobs.tasks import task
from tongtu.registry.findings import Findings, in_order
from tongtu.registry.marks import mark
from tongtu.terms.faults import Fault, TongtuError
from tongtu.terms.why import Why

#: faults that are kept to be shown; all are counted
_KEPT = 5_000
_TRIES = 3
_UPLOADS_DAYS = 90


@task("exchange.read")
def read(running: Any, *, batch: str) -> dict[str, Any]:
    """The dry run: what the file holds, all that is wrong with it, and what storing it would do."""
    found = _batch(batch)
    if found.state != "reading":
        return {"state": found.state}
    folder = files.workplace("imports", found.pk)
    findings, made = Findings(), Plan({}, ["draft"])
    importer = Importer.of(found.user, found.organisation)
    try:
        with files.opened(found.digest, found.name, folder) as path:
            books, findings = brought.read(path, lists(importer.sight), running)
            secret = marked(findings.faults)
            if not secret:
                made = plan(books, importer, findings)
                brought.save(books, folder)
            faults = secret or in_order(findings.faults)
            if not secret and any(f.severity == "error" and f.row for f in faults):
                mark(path, folder / MARKED, faults, limits=files.limits())
    except TongtuError as refusal:
        faults, secret = list(refusal.faults), []
    state = "ready" if made.rows else "refused"
    if state == "refused":
        files.drop("imports", found.pk)
    if secret:
        files.forget(found.digest)
        _log(found, "import", allowed=False, why=Why("hub_exchange.state-secret-seen"))
    with transaction.atomic():
        _note(found, faults)
        Batch.objects.filter(pk=found.pk, state="reading").update(
            state=state, counts=made.counts(), choices=made.choices, **_tally(faults)
        )
    return {"state": state}


@task("exchange.store")
def store(running: Any, *, batch: str) -> dict[str, Any]:
    """Writes what the dry run showed, planned anew on the records of this moment; nothing where new faults came up."""
    found = _batch(batch)
    for _ in range(_TRIES):
        if found.state != "storing":
            return {"state": found.state}
        findings = Findings()
        try:
            books = brought.load(files.workplace("imports", found.pk))
        except FileNotFoundError:
            return _back(found, Plan({}, []), [], Why("hub_exchange.file-gone"))
        importer = Importer.of(found.user, found.organisation)
        made = plan(books, importer, findings)
        why = _objection(found, made, findings)
        if why is not None:
            return _back(found, made, in_order(findings.faults), why)
        try:
            counts = running.step("store", partial(_stored, found, made, importer))
        except (Moved, IntegrityError):  # somebody was quicker: look again at what there is now
            continue
        brought.forget(files.workplace("imports", found.pk))
        return {"state": "stored", "counts": counts}
    return _back(found, made, in_order(findings.faults), Why("hub_exchange.moved"))


@task("exchange.export")
def export(running: Any, *, export: str) -> dict[str, Any]:
    """Makes the file of an export and writes who has seen what in it."""
    found = Export.objects.select_related("user", "organisation").get(pk=export)
    if found.state == "making":
        exporting.make(found, running)
    return {"state": found.state}


@task("exchange.tidy", every=timedelta(days=1))
def tidy(running: Any) -> dict[str, int]:
    """Throws old exports away, and uploads that nobody will decide about any more."""
    now, gone = timezone.now(), 0
    for made in Export.objects.filter(created_at__lt=now - timedelta(days=KEPT_DAYS)):
        files.drop("exports", made.pk)
        made.delete()
        gone += 1
    old = now - timedelta(days=_UPLOADS_DAYS)
    for found in Batch.objects.filter(created_at__lt=old).exclude(digest=""):
        files.drop("imports", found.pk)
        if not Batch.objects.filter(digest=found.digest, created_at__gte=old).exists():
            files.forget(found.digest)
        Batch.objects.filter(pk=found.pk).update(digest="", state="refused" if found.state == "ready" else found.state)
        gone += 1
    return {"gone": gone}


def _stored(found: Batch, made: Plan, importer: Importer) -> dict[str, dict[str, int]]:
    """In the transaction of a step: the state, the rows, the log, or none of them."""
    now = timezone.now()
    if not Batch.objects.filter(pk=found.pk, state="storing").update(state="stored", stored_at=now, why={}):
        return {}
    counts = write(made, found)
    kept = {
        name: {**counts.get(name, {}), "left": tally["wrong"] + tally["left"]} for name, tally in made.counts().items()
    }
    Batch.objects.filter(pk=found.pk).update(counts=kept)
    _log(found, "import", asker=importer.asker)
    return counts


def _objection(found: Batch, made: Plan, findings: Findings) -> Why | None:
    """Why the batch is not stored after all."""
    if found.lifecycle not in made.choices:
        return Why("hub_exchange.not-allowed-now")
    tallies = made.counts().values()
    if not found.partial and any(tally["wrong"] + tally["left"] for tally in tallies):
        return Why("hub_exchange.changed-since-dry-run" if findings.faults else "hub_exchange.still-wrong")
    return None


def _back(found: Batch, made: Plan, faults: Sequence[Fault], why: Why) -> dict[str, Any]:
    """Back to where a person decides, with what has come up; the faults of the dry run are still shown."""
    with transaction.atomic():
        _note(found, faults, start=found.faults.count())
        Batch.objects.filter(pk=found.pk, state="storing").update(
            state="ready", counts=made.counts(), choices=made.choices, why=json.loads(why.to_json())
        )
    return {"state": "ready"}


def _batch(pk: str) -> Batch:
    return Batch.objects.select_related("user", "organisation").get(pk=pk)


def _note(found: Batch, faults: Iterable[Fault], start: int = 0) -> None:
    """Keeps the faults, in the order given, after those that are there."""
    if not start:
        found.faults.all().delete()
    rows = [
        BatchFault(
            batch=found, number=start + i, severity=f.severity, what=json.loads(f.what.to_json()),
            repair=json.loads(f.repair.to_json()) if f.repair else None, file=f.file, sheet=f.sheet, row=f.row,
            column=f.column, value=f.value,
        )
        for i, f in enumerate(list(faults)[:_KEPT])
    ]  # fmt: skip
    BatchFault.objects.bulk_create(rows, batch_size=500)


def _tally(faults: Sequence[Fault]) -> dict[str, int]:
    errors = sum(1 for f in faults if f.severity == "error")
    return {"errors": errors, "warnings": len(faults) - errors}


def _log(found: Batch, action: str, *, asker: Any = None, allowed: bool = True, why: Why | None = None) -> None:
    asker = asker or Importer.of(found.user, found.organisation).asker
    log(asker, action, kind="batch", thing=found.pk, tenant=found.organisation_id, allowed=allowed, why=why)
