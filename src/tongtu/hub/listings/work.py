"""The jobs of listings."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils import timezone

from tongtu.hub.jobs.running import Running
from tongtu.hub.jobs.tasks import task
from tongtu.hub.listings import counts, index, moves, saved
from tongtu.hub.listings.kinds import kind, kinds
from tongtu.hub.listings.lifecycle import OPEN
from tongtu.hub.listings.models import Stale
from tongtu.hub.people.asking import ANONYMOUS, Asker
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight

#: those who are nobody's neighbour: what they read is what everybody of their class reads of strangers
PUBLIC = Sight(ANONYMOUS)
MEMBER = Sight(Asker(organisation=uuid.UUID(int=0), roles=frozenset({"viewer"}), verified=True))


@task(index.TASK)
def follow(running: Running) -> int:
    """Brings the search indexes to what was published, changed or withdrawn, and the counts of facets after them.

    Those of a large list wait for `count`: with every change they would leave the worker no time for anything else.
    """
    waiting = set(Stale.objects.values_list("noun", flat=True).distinct())
    done = index.follow()
    for name in sorted(waiting & set(kinds())):
        if MODELS[name].objects.filter(lifecycle__in=OPEN).count() < counts.MANY:
            _count(name)
    return done


@task("listings.sweep", every=timedelta(minutes=10))
def sweep(running: Running) -> int:
    """The same now and then, for changes whose job was lost or came while another was at work."""
    return index.follow()


@task("listings.count", every=timedelta(minutes=20))
def count(running: Running) -> dict[str, int]:
    """Counts the facets of large lists, for the public and for members."""
    return {name: _count(name) for name in kinds()}


def _count(name: str) -> int:
    return max(counts.keep(kind(name), sight) for sight in (PUBLIC, MEMBER))


@task("listings.age", every=timedelta(hours=1))
def age(running: Running) -> int:
    """Warns of what expires soon and closes what has expired."""
    return moves.by_clock(timezone.now())


@task("listings.tell", every=timedelta(hours=6))
def tell(running: Running) -> int:
    """Messages about saved searches, at most one a day for each."""
    return saved.tell(timezone.now())


@task("listings.rebuild")
def rebuild(running: Running, noun: str = "") -> dict[str, int]:
    """Every index of a kind (or of all) made anew from the records; after a restore."""
    return {name: index.rebuild(kind(name)) for name in kinds() if noun in ("", name)}
