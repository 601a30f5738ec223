"""Ordering an export: what may be chosen, and the row that the worker makes the file from."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from tongtu.hub.exchange.models import Export
from tongtu.hub.jobs.queue import enqueue
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
    made.job = enqueue("exchange.export", {"export": str(made.pk)}, by=asker.user, organisation=asker.organisation)
    made.save(update_fields=["job"])
    return made
