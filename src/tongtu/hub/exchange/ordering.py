"""Ordering an export: what may be chosen, and the row that the worker makes the file from."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from tongtu.hub.care.log import record as log
from tongtu.hub.exchange.models import Export
from tongtu.hub.jobs.queue import enqueue, retry
from tongtu.hub.people.asking import Asker
from tongtu.registry.columns import nouns

FORMS = ("xlsx", "csv", "json")
SCOPES = ("own", "all")


@transaction.atomic
def order(asker: Asker, names: Iterable[str], scope: str, form: str, lang: str) -> Export:
    """Enqueues an export. What is not on offer becomes the first of what is; no known noun means all of them."""
    asked = set(names)
    made = Export.objects.create(
        organisation_id=asker.organisation,
        user_id=asker.user,
        lang=lang,
        nouns=[name for name in nouns() if name in asked] or [*nouns()],
        scope=scope if scope in SCOPES else SCOPES[0],
        form=form if form in FORMS else FORMS[0],
    )
    _enqueue(asker, made)
    return made


@transaction.atomic
def again(asker: Asker, made: Export) -> bool:
    """Has a failed export made once more, of what its owner may see then; False where it had not failed."""
    if made.standing != "failed":
        return False
    Export.objects.filter(pk=made.pk).update(state="making")
    if made.job is None or not retry(made.job):
        _enqueue(asker, made)
    log(asker, "retry_job", kind="export", thing=made.pk, tenant=made.organisation_id)
    return True


def _enqueue(asker: Asker, made: Export) -> None:
    made.job = enqueue("exchange.export", {"export": str(made.pk)}, by=asker.user, organisation=asker.organisation)
    made.save(update_fields=["job"])
