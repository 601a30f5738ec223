"""Lists of briefs: newest or hottest first, narrowed by direction, organisation and words, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet

from tongtu.hub.briefs.models import Brief, Tag
from tongtu.hub.people.asking import Asker

SIZE = 20
ORDERS = ("new", "hot")
_FACETS = 12
_NARROWED = ("direction", "organisation")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of the list."""

    order: str = "new"
    direction: str = ""
    organisation: str = ""
    words: str = ""
    page: int = 1

    def query(self, **changed: object) -> str:
        """The address of another list: what is given here, with some of it changed."""
        given = {"order": self.order, "direction": self.direction, "organisation": self.organisation, "q": self.words}
        whole = {**given, **changed}
        return urlencode({k: v for k, v in whole.items() if v and (k, v) != ("order", "new")})


def asked(given: Mapping[str, str]) -> Asked:
    """Of an address; what is not known is passed over."""
    page, order = given.get("page", ""), given.get("order", "")
    words = " ".join(given.get("q", "").replace("\0", "").split())[:100]
    return Asked(
        order if order in ORDERS else "new", given.get("direction", "")[:200], given.get("organisation", "")[:200],
        words, max(int(page), 1) if page.isdecimal() and len(page) < 5 else 1,
    )  # fmt: skip


def found(asker: Asker, wanted: Asked) -> QuerySet[Brief]:
    """The briefs an asker sees that fit, without their bodies."""
    rows = Brief.objects.visible_to(asker).defer("body")
    for kind in _NARROWED:
        value = getattr(wanted, kind)
        if value:
            rows = rows.filter(pk__in=Tag.objects.filter(kind=kind, value=value).values("brief"))
    for word in wanted.words.split():
        tagged = Tag.objects.filter(value__icontains=word).values("brief")
        rows = rows.filter(Q(heading__icontains=word) | Q(pk__in=tagged))
    if wanted.order == "hot":
        return rows.order_by(F("hot").desc(nulls_last=True), "-made_at", "-id")
    return rows.order_by(F("day").desc(nulls_last=True), "-made_at", "-id")


def page(asker: Asker, wanted: Asked) -> tuple[list[Brief], bool]:
    """One page of the list, and whether there is another one."""
    start = (wanted.page - 1) * SIZE
    rows = list(found(asker, wanted).prefetch_related("tags")[start : start + SIZE + 1])
    return rows[:SIZE], len(rows) > SIZE


def facets(asker: Asker, kind: str) -> list[tuple[str, int]]:
    """What the briefs speak of most: value and how many of them do."""
    rows: Any = Tag.objects.filter(kind=kind, brief__in=Brief.objects.visible_to(asker)).order_by()
    counted = rows.values("value").annotate(n=Count("pk")).order_by("-n", "value")
    return [(row["value"], row["n"]) for row in counted[:_FACETS]]
