"""What a person does with an import: begins it, and after the dry run decides what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction

from tongtu.hub.care.log import record as log
from tongtu.hub.exchange import files
from tongtu.hub.exchange.models import Batch, for_others, may_import
from tongtu.hub.jobs.queue import enqueue
from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import Decision
from tongtu.hub.records.permit import may
from tongtu.terms.faults import DataRefused


def allowed(asker: Asker) -> None:
    """Raises PermissionDenied with the reason where they may import nothing."""
    if not may_import(asker):
        raise PermissionDenied(may(asker, "import", kind="batch", tenant=asker.organisation).reason)


def begin(asker: Asker, name: str, pieces: Iterable[bytes]) -> Batch:
    """Keeps an upload and enqueues its dry run. Raises PermissionDenied, or FileRefused for what is not taken."""
    allowed(asker)
    digest, size, kept = files.keep(name, pieces)
    with transaction.atomic():
        batch = Batch.objects.create(
            organisation_id=asker.organisation,
            user_id=asker.user,
            name=kept,
            digest=digest,
            size=size,
            others=for_others(asker),
        )
        _enqueue(batch, "exchange.read", asker)
    return batch


def decide_to_store(asker: Asker, batch: Batch, lifecycle: str, partial: bool) -> None:
    """Enqueues the storing; new records will stand in `lifecycle`, faulty rows stay out where `partial`.

    Raises DataRefused where rows are wrong and all or nothing was chosen, or the state is not on offer; a batch that
    is no longer waiting for a decision is left as it is.
    """
    allowed(asker)
    wrong = sum(tally["wrong"] + tally["left"] for tally in batch.counts.values())
    if wrong and not partial:
        raise DataRefused.because("hub_exchange.rows-wrong", "hub_exchange.rows-wrong-repair", n=wrong)
    if lifecycle not in batch.choices:
        raise DataRefused.because("hub_exchange.state-not-offered", "hub_exchange.state-not-offered-repair")
    with transaction.atomic():
        chosen = {"state": "storing", "lifecycle": lifecycle, "partial": partial, "why": {}}
        if Batch.objects.filter(pk=batch.pk, state="ready").update(**chosen):
            _enqueue(batch, "exchange.store", asker)
            log(asker, "import", kind="batch", thing=batch.pk, tenant=batch.organisation_id)
    batch.refresh_from_db()


def undoable(asker: Asker, batch: Batch) -> Decision:
    """Whether they may take this batch back: their own organisation's, or as the secretariat one for others."""
    return may(asker, "undo_import", kind="batch", tenant=None if batch.others else batch.organisation_id)


def may_undo(asker: Asker, batch: Batch) -> None:
    """Raises PermissionDenied with the reason where they may not take this batch back."""
    decision = undoable(asker, batch)
    if not decision.allowed:
        raise PermissionDenied(decision.reason)


def _enqueue(batch: Batch, task: str, asker: Asker) -> None:
    job = enqueue(task, {"batch": str(batch.pk)}, by=asker.user, organisation=asker.organisation)
    Batch.objects.filter(pk=batch.pk).update(job=job)
