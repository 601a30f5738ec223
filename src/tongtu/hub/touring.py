"""A hub with the demo in it: the sample consortium imported by its secretariat, doors to its people, a market, a plan.

Everything goes the way that people go: the workbooks through the import and its dry run, the jobs through the queue.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.exchange import importing
from tongtu.hub.exchange.models import Batch
from tongtu.hub.jobs.queue import enqueue
from tongtu.hub.jobs.worker import run_due
from tongtu.hub.people import demo
from tongtu.hub.people.asking import Asker, asker_of
from tongtu.hub.people.models import Organisation
from tongtu.terms.faults import DataRefused

Tell = Callable[[str], Any]

#: who imports what, in this order. What belongs to the operator itself is brought by its office: the secretariat
#: publishes for others and never in its own case. Supplies and conflicts name organisations, so they come last.
BATCHES = (
    ("office", ("items", "components", "calls")),
    ("secretariat", ()),  # everything that nobody else brings
    ("office", ("supplies", "conflicts")),
)


def filled() -> bool:
    """Whether a demo stands here already."""
    return bool(Batch.objects.filter(state="stored").exists())


def fill(workbooks: Path, as_of: date, tell: Tell = lambda _: None) -> int:
    """Imports a folder of workbooks, publishes it, opens the doors; returns the number of records.

    Raises DataRefused where the import is refused: the sample's own faults would be ours.
    """
    demo.settle()
    tell("hub_touring.importing")
    records = sum(_brought(_person(door), _chosen(workbooks, names)) for door, names in BATCHES)
    secretariat = _person("secretariat")
    _verify(secretariat)
    demo.settle()
    tell("hub_touring.computing")
    for task in ("matches.compute", "matches.plan"):
        enqueue(task, {"as_of": as_of.isoformat()}, by=secretariat.user, organisation=secretariat.organisation)
    run_due()
    return records


def _person(door: str) -> Asker:
    return asker_of(demo.person(door), two_factor=True)


def _chosen(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """The workbooks of these nouns; without names, those that no batch names."""
    named = {name for _, some in BATCHES for name in some}
    return [p for p in sorted(folder.glob("*.xlsx")) if (p.stem in names if names else p.stem not in named)]


def _brought(asker: Asker, files: list[Path]) -> int:
    """One import as a person does it: upload, dry run, and the decision to store and publish."""
    batch = importing.begin(asker, "workbooks.zip", _zipped(files))
    run_due()
    batch.refresh_from_db()
    if batch.state != "ready":
        raise DataRefused.because("hub_touring.not-read", "hub_touring.not-read-repair", state=batch.state)
    # the budgets of funds are commercial secrets, which nobody imports for another: row by row leaves them out
    importing.decide_to_store(asker, batch, "published", partial=True)
    run_due()
    batch.refresh_from_db()
    return sum(tally["new"] for tally in batch.counts.values())


@transaction.atomic
def _verify(asker: Asker) -> None:
    """Verifies everybody of the sample, as the secretariat would one by one."""
    for organisation in Organisation.objects.filter(verified_at=None):
        Organisation.objects.filter(pk=organisation.pk).update(verified_at=timezone.now())
        log(asker, "verify_organisation", kind="organisation", thing=organisation.pk, tenant=organisation.pk)


def _zipped(files: list[Path]) -> Iterator[bytes]:
    """Workbooks as one archive, the way a person would upload them."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.name)
    yield held.getvalue()
