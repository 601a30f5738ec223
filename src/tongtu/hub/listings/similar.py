"""Listings that look like copies of one that is being written, among those its writer may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from tongtu.hub.listings import index
from tongtu.hub.listings.kinds import Kind
from tongtu.hub.listings.lifecycle import OPEN
from tongtu.hub.listings.shelf import searched_class
from tongtu.hub.listings.showing import title_of
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import shown
from tongtu.terms.why import Ratio
from tongtu.terms.words import Lang

_OWN, _OTHERS, _SHOWN = 200, 40, 5


@dataclass(frozen=True, slots=True)
class Similar:
    """A listing to be looked at, and the share of text it has in common."""

    record: Any
    title: str
    share: float

    @property
    def percent(self) -> Ratio:
        return Ratio(round(self.share, 2))


def similar(sight: Sight, of: Kind, record: Any, lang: Lang) -> list[Similar]:
    """The most alike first. Compared is what the writer reads of each: nothing that is hidden from them tells."""
    from tongtu.text.duplicates import is_near, shingles, similarity

    own = shingles(_text(of, record.row()))
    if not len(own):
        return []
    found = []
    for other in _candidates(sight, of, record):
        read = shown(sight, other)
        if read is None:
            continue
        exact, contained = similarity(own, shingles(_text(of, read.values)))
        if is_near(exact, contained):
            found.append(Similar(other, title_of(read.values, lang), exact))
    return sorted(found, key=lambda s: (-s.share, str(s.record.pk)))[:_SHOWN]


def _candidates(sight: Sight, of: Kind, record: Any) -> list[Any]:
    """The newest of one's own, and what the words of this one find among those of others."""
    model = MODELS[of.name]
    disclosure = searched_class(sight, of)
    words = _text(of, record.row())[:400]
    hits = index.search(of, disclosure, words, {}, _OTHERS) if disclosure in index.CLASSES else None
    own = list(model.objects.own(sight.asker).order_by("-changed_at")[:_OWN])
    if hits is None:
        others = model.objects.visible_to(sight).filter(lifecycle__in=OPEN).order_by("-published_at")[:_OTHERS]
    else:
        others = model.objects.visible_to(sight).filter(Q(pk__in=hits))
    return [row for row in {row.pk: row for row in (*own, *others)}.values() if row.pk != record.pk]


def _text(of: Kind, values: Any) -> str:
    return "\n".join(str(values[name]) for name in (of.title, of.text) if values.get(name))
