"""Word search: one index per kind and disclosure class, kept by the worker, read by everybody else.

An index is made of nothing but the fields of its class, so neither what it finds nor how it ranks (its counts of
words included) can depend on what a reader of that class may not know. The class a reader searches is the one that
a stranger with their roles reads: `public` without an organisation, `teaser` for members.

A change of a listing leaves a row in `Stale`, in its own transaction; the worker takes these rows away once the
indexes have followed. A crash between the two only makes it index something twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from tongtu.hub.jobs.models import Job
from tongtu.hub.jobs.queue import enqueue
from tongtu.hub.listings.kinds import Kind, kind, kinds
from tongtu.hub.listings.lifecycle import OPEN
from tongtu.hub.listings.models import Stale
from tongtu.hub.people.models import Organisation
from tongtu.hub.policy import redact
from tongtu.hub.records.models import MODELS
from tongtu.registry.columns import DISCLOSURE

if TYPE_CHECKING:
    from tongtu.text.live import Live

CLASSES = ("public", "teaser")
TASK = "listings.index"
#: changes that come together are indexed together
_GATHER = timedelta(seconds=1)
_AT_ONCE = 500
_ALL_ANEW = 10_000  # a whole index is made in steps of so many
#: of what words find, what is far less like the words than the best is left out
_TAIL = 0.2
_TEXTS = ("text", "long", "list")


def fields(of: Kind) -> dict[str, Any]:
    """The fields of a kind's index: words by script, and the facets as codes."""
    return {"han": "text", "latin": "text", **dict.fromkeys(of.facets, "code")}


def touch(*records: Any) -> None:
    """Says that the entries of records are out of date; in the caller's transaction."""
    Stale.objects.bulk_create([Stale(noun=r.noun, record=r.pk) for r in records], batch_size=500)
    if not Job.objects.filter(task=TASK, state="waiting").exists():
        enqueue(TASK, due=timezone.now() + _GATHER)


def follow(most: int = 100_000) -> int:
    """Brings every index to the records; the worker's. How many records it looked at."""
    done = 0
    while done < most:
        rows = list(Stale.objects.order_by("pk")[:_AT_ONCE])
        if not rows:
            break
        for noun in {row.noun for row in rows} & set(kinds()):
            _put(kind(noun), {row.record for row in rows if row.noun == noun})
        Stale.objects.filter(pk__in=[row.pk for row in rows]).delete()
        done += len(rows)
    return done


def rebuild(of: Kind) -> int:
    """Every open record anew, and nothing else; for a restored hub or a changed kind."""
    rows = MODELS[of.name].objects.filter(lifecycle__in=OPEN).order_by("pk").values_list("pk", flat=True)
    wanted, batch = set(), []
    for pk in rows.iterator(chunk_size=_ALL_ANEW):
        wanted.add(str(pk))
        batch.append(pk)
        if len(batch) == _ALL_ANEW:
            _put(of, batch)
            batch = []
    _put(of, batch)
    for name in CLASSES:
        with _writer(of, name) as live:
            for key in [key for key, _ in live.documents() if key not in wanted]:
                live.delete(key)
            live.commit()
    return len(wanted)


def document(of: Kind, record: Any, organisation: str, disclosure: str) -> Mapping[str, Any]:
    """What an index of this class knows of a record."""
    from tongtu.text import canonical, terms

    values = redact(record.row(), of.name, disclosure, record.raised)
    said: list[str] = []
    for column in of.noun.columns:
        held = values.get(column.name)
        if held and column.kind in _TEXTS and column.name != "source":
            said += held if isinstance(held, list) else [held]
    if "organisation" in values:
        said.append(organisation)
    found = terms(canonical("\n".join(said)))
    return {"han": found.han, "latin": found.latin, **{f: as_codes(values.get(f)) for f in of.facets}}


def as_codes(held: Any) -> list[str]:
    """A value of a facet as the codes it is counted under."""
    if held in (None, ""):
        return []
    return [str(h) for h in held] if isinstance(held, list) else [str(held)]


def search(
    of: Kind, disclosure: str, words: str, only: Mapping[str, Sequence[str]], most: int
) -> list[uuid.UUID] | None:
    """Records that the words find in the index of a class, best first; None where there is no index yet."""
    from collections import Counter

    from tongtu.text import canonical, terms
    from tongtu.text.index import Asked

    live = _reader(of, disclosure)
    if live is None:
        return None
    asked = {field: dict.fromkeys(found, 1.0) | {t: float(n) for t, n in Counter(found).items()}
             for field, found in terms(canonical(words))._asdict().items() if found}  # fmt: skip
    if not asked:
        return []
    live.refresh()
    found = live.keys_many([Asked(asked, only=only or None)], limit=most)[0]
    # equal ones by key: the order of entry into the index would tell of records that are not shown
    hits = sorted(zip(found.keys, found.scores, strict=True), key=lambda hit: (-hit[1], hit[0]))
    best = hits[0][1] if hits else 0.0
    return [uuid.UUID(key) for key, score in hits if score >= _TAIL * best]


def folder(of: Kind, disclosure: str) -> Path:
    return Path(settings.HOME) / "index" / of.name / disclosure


def _put(of: Kind, uids: Iterable[uuid.UUID]) -> None:
    wanted = sorted(uids)
    if not wanted:
        return
    rows = {row.pk: row for row in MODELS[of.name].objects.filter(pk__in=wanted, lifecycle__in=OPEN)}
    tenants = Organisation.objects.filter(pk__in={row.tenant_id for row in rows.values()})
    names = {o.pk: f"{o.name}\n{o.name_en}" for o in tenants}
    for name in CLASSES:
        with _writer(of, name) as live:
            for uid in wanted:
                row = rows.get(uid)
                if row is not None and DISCLOSURE.index(row.disclosure) <= DISCLOSURE.index(name):
                    made = document(of, row, names[row.tenant_id], name)
                    if live.document(str(uid)) != made:  # a change of hidden fields moves nothing, not even a tie
                        live.add(str(uid), made)
                else:
                    live.delete(str(uid))
            live.commit()


def _writer(of: Kind, disclosure: str) -> Live:
    from tongtu.text.live import Live

    return Live(fields(of), folder(of, disclosure))


_open: dict[Path, Live] = {}
_lock = Lock()


def _reader(of: Kind, disclosure: str) -> Live | None:
    """The index as this process reads it, opened once."""
    from tongtu.text.live import Live

    place = folder(of, disclosure)
    with _lock:
        if place not in _open:
            if not (place / "record.sqlite").exists():
                return None
            _open[place] = Live(fields(of), place, write=False)
        return _open[place]


def forget() -> None:
    """Closes what this process reads, so that indexes may be moved or taken away."""
    with _lock:
        while _open:
            _open.popitem()[1].close()
