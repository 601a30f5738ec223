"""Opening hours of a platform's lines: kept up to date by the platform's own people, without a review.

An opening says from when to when a line can be booked for how many hours a week. It stands in the state of its
platform, and its line's openings never overlap.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.listings.kinds import Field
from tongtu.hub.listings.reading import convert
from tongtu.hub.listings.saving import openings_of, update
from tongtu.hub.listings.showing import Value, title_of, value
from tongtu.hub.policy import secrecy
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.permit import require
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import disclosure_of, shown
from tongtu.registry.columns import noun
from tongtu.terms.faults import DataRefused, UsageFault
from tongtu.terms.words import Lang

KIND, NOUN = "platforms", "openings"
_MOST = 400


def asked() -> tuple[Field, ...]:
    """What is asked of an opening."""
    return tuple(Field(noun(NOUN).column(name), most) for name, most in
                 (("date_from", 0), ("date_to", 0), ("hours_week", 0), ("reason", 120)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the platform with its openings, the latest first: the uid of each and what it says."""

    uid: uuid.UUID
    title: str
    openings: tuple[tuple[uuid.UUID, tuple[Value, ...]], ...]


def lines(sight: Sight, platform: Any, lang: Lang) -> list[Line]:
    """The lines of a platform that the asker may know of."""
    rows = MODELS["lines"].objects.visible_to(sight).filter(tenant=platform.tenant_id, platform=str(platform.pk))
    read = [(row, seen) for row in rows.order_by("created_at", "pk") if (seen := shown(sight, row)) is not None]
    openings: dict[str, list[tuple[uuid.UUID, tuple[Value, ...]]]] = {}
    known = MODELS[NOUN].objects.visible_to(sight).filter(line__in=[str(row.pk) for row, _ in read])
    for opening in known.order_by("-date_from", "pk")[:_MOST]:
        seen = shown(sight, opening)
        if seen is not None:
            said = tuple(value(f.column, seen.values, lang) for f in asked())
            openings.setdefault(opening.line, []).append((opening.pk, said))
    return [Line(row.pk, title_of(seen.values, lang), tuple(openings.get(str(row.pk), ()))) for row, seen in read]


@transaction.atomic
def add(sight: Sight, platform: Any, line: uuid.UUID | None, typed: Mapping[str, str], revision: int) -> None:
    """One opening more. Raises PermissionDenied, DataRefused with every fault, Conflict, UsageFault."""
    require(sight, "set_openings", record=platform)
    of = MODELS["lines"].objects.filter(pk=line, tenant=platform.tenant_id, platform=str(platform.pk)).first()
    if of is None:
        raise UsageFault.because("hub_listings.no-line", "hub_listings.no-line-repair")
    given = {f.name: typed.get(f.name, "").replace("\0", "").strip() for f in asked()}
    secrecy.refuse(*given.values())
    (values,), faults = convert(noun(NOUN), asked(), [given])
    if faults:
        raise DataRefused(faults)
    own = _of_lines(platform).filter(line=str(of.pk))
    if own.filter(date_from__lte=values["date_to"], date_to__gte=values["date_from"]).exists():
        raise UsageFault.because("hub_listings.hours-twice", "hub_listings.hours-twice-repair")
    update(platform, revision)
    now = timezone.now()
    MODELS[NOUN].objects.create(
        tenant_id=platform.tenant_id, lifecycle=platform.lifecycle, disclosure=disclosure_of(NOUN), line=str(of.pk),
        published_at=platform.published_at, expires_at=platform.expires_at, created_at=now, changed_at=now, **values,
    )  # fmt: skip
    log(sight.asker, "set_openings", kind=KIND, thing=platform.pk, tenant=platform.tenant_id)


@transaction.atomic
def remove(sight: Sight, platform: Any, opening: uuid.UUID | None, revision: int) -> None:
    """One opening less; one that is not there any more is gone as it should be."""
    require(sight, "set_openings", record=platform)
    update(platform, revision)
    _of_lines(platform).filter(pk=opening).delete()
    log(sight.asker, "set_openings", kind=KIND, thing=platform.pk, tenant=platform.tenant_id)


def follow(record: Any, times: Mapping[str, Any]) -> None:
    """The openings of a platform in the state that it has entered."""
    if record.noun == KIND:
        _of_lines(record).update(**times)


def drop(record: Any) -> None:
    """Takes the openings of a platform away with it."""
    if record.noun == KIND:
        _of_lines(record).delete()


def _of_lines(platform: Any) -> QuerySet[Any]:
    own = MODELS["lines"].objects.filter(tenant=platform.tenant_id, platform=str(platform.pk))
    rows: QuerySet[Any] = openings_of(str(pk) for pk in own.values_list("pk", flat=True))
    return rows
