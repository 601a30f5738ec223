"""The lists: what is open to somebody, newest first or by words, narrowed and counted by facets.

Everything here is a function of what the asker may know. Filters and counts go part by part (`visible_parts`): where
a record has put a column into a class that this asker does not read of it, the record counts as not having it.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from tongtu.hub.listings import counts, index
from tongtu.hub.listings.counts import OWNER, SINCE, gate, owners
from tongtu.hub.listings.kinds import Kind
from tongtu.hub.listings.lifecycle import OPEN
from tongtu.hub.listings.vocab import codes, label
from tongtu.hub.policy import Context, Thing, clearance
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import visible_parts
from tongtu.hub.statements import Ids, fetch
from tongtu.registry.columns import DISCLOSURE, Column, noun
from tongtu.terms.words import Lang, word

PAGE = 20
#: the best that words find; beyond them nobody reads
MOST_FOUND = 400
_LONGEST = 200
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody looks for: words, chosen codes by facet, and how many days ago at most it was published."""

    words: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since: int = 0

    @property
    def narrowed(self) -> bool:
        return bool(self.words or self.since or any(self.chosen.values()))

    def as_json(self) -> dict[str, Any]:
        """The facets as a saved search keeps them."""
        kept: dict[str, Any] = {name: list(found) for name, found in sorted(self.chosen.items()) if found}
        return {**kept, "since": self.since} if self.since else kept


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet with how many it leads to."""

    code: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of records, the cursor of the next one, and how many there are in all."""

    records: tuple[Any, ...]
    following: str
    facets: tuple[Facet, ...]
    total: int
    unindexed: bool = False


def question(of: Kind, sent: Mapping[str, Sequence[str]]) -> Question:
    """A question out of a query string; what is not a value of a facet is not heard."""
    words = " ".join(" ".join(sent.get("q", ())).split())[:_LONGEST].replace("\0", "")
    chosen = {}
    for name in counts.names(of):
        known = _known(of, name)
        chosen[name] = tuple(dict.fromkeys(code for code in sent.get(name, ()) if code in known))
    days = next(iter(sent.get("since", ())), "")
    return Question(words, chosen, int(days) if days in map(str, SINCE) else 0)


def find(sight: Sight, of: Kind, asked: Question, lang: Lang, cursor: str = "", size: int = PAGE) -> Found:
    """One page of what a question finds among the listings open to the asker, and the counts of its facets."""
    hits = _hits(sight, of, asked)
    unindexed = bool(asked.words) and hits is None
    choice = tuple((name, codes) for name, codes in sorted(asked.chosen.items()) if codes)
    period = (0, *SINCE).index(asked.since)
    if hits is None:
        tally = counts.tally(sight, of, choice, period)
        records, following = _newest(sight, of, asked, cursor, size)
    else:
        cells = counts.each(sight, of, hits)
        tally = counts.tally(sight, of, choice, period, cells.values())
        fits = counts.fitting(of, choice, period)
        fitting = [uid for uid in hits if uid in cells and fits(cells[uid])]
        records, following = _ranked(of, fitting, cursor, size)
    facets = _facets(of, asked, tally, lang)
    return Found(tuple(records), following, facets, max(0, tally.total), unindexed)


def visible(sight: Sight, of: Kind, asked: Question) -> QuerySet[Any]:
    """The open records that a question leaves, without regard to words."""
    rows = Q(pk__in=[])
    for part, top in visible_parts(sight, of.name):
        rows |= part & _chosen(of, asked, top)
    found = MODELS[of.name].objects.filter(rows, lifecycle__in=OPEN)
    if asked.since:
        found = found.filter(published_at__gte=timezone.now() - timedelta(days=asked.since))
    return found


def searched_class(sight: Sight, of: Kind) -> str | None:
    """The class whose index the asker searches: what they read of a stranger's listing."""
    return clearance(sight.subject, Thing(of.name), Context("stranger"), "search")


def _hits(sight: Sight, of: Kind, asked: Question) -> list[uuid.UUID] | None:
    disclosure = searched_class(sight, of)
    if not asked.words or disclosure is None:
        return None
    only = {name: found for name, found in asked.chosen.items() if found and name in of.facets}
    return index.search(of, min(disclosure, "teaser", key=DISCLOSURE.index), asked.words, only, MOST_FOUND)


def newest(
    rows: QuerySet[Any], most: int, after: tuple[datetime, uuid.UUID] | None = None, states: Iterable[str] = OPEN
) -> list[Any]:
    """Records in open states, the newest first, from a place on.

    Each state is asked for apart and the answers are merged: then the index on state and date is walked, and nothing
    is sorted, however many there are.
    """
    if after is not None:
        at, uid = after
        rows = rows.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=uid), published_at__lte=at)
    found = [row for state in states for row in _in_state(lambda: rows, state, most)]
    return sorted(found, key=lambda row: (row.published_at or _NEVER, row.pk), reverse=True)[:most]


def _newest(sight: Sight, of: Kind, asked: Question, cursor: str, size: int) -> tuple[list[Any], str]:
    place = read_cursor(cursor)
    if place or asked.since:
        page = newest(visible(sight, of, asked), size + 1, place)
    else:
        page = _first_page(sight, of, asked, size + 1)
    return page[:size], write_cursor(page[size - 1]) if len(page) > size else ""


def _first_page(sight: Sight, of: Kind, asked: Question, most: int) -> list[Any]:
    """`newest` of what most people ask: it depends on nothing but who asks and what was chosen."""
    choice = tuple((name, codes) for name, codes in sorted(asked.chosen.items()) if codes)
    return first_page(sight, ("newest", of.name, choice), lambda: visible(sight, of, asked), most)


def first_page(
    sight: Sight, key: tuple[Any, ...], rows: Callable[[], QuerySet[Any]], most: int, states: Iterable[str] = OPEN
) -> list[Any]:
    """`newest` from the beginning, of rows that follow from `key` and who asks."""
    found: list[Any] = []
    for state in states:
        found += sight.fetch((*key, state, most), partial(_in_state, rows, state, most))
    return sorted(found, key=lambda row: (row.published_at or _NEVER, row.pk), reverse=True)[:most]


def _in_state(rows: Callable[[], QuerySet[Any]], state: str, most: int) -> QuerySet[Any]:
    return rows().filter(lifecycle=state).order_by("-published_at", "-pk")[:most]


def _ranked(of: Kind, uids: Sequence[uuid.UUID], cursor: str, size: int) -> tuple[list[Any], str]:
    """A page of what words found; the cursor is the place in it, which is short."""
    start = int(cursor) if cursor.isdecimal() and len(cursor) < 6 else 0
    wanted = uids[start : start + size]
    ids, rows = Ids(wanted), MODELS[of.name].objects
    found = {row.pk: row for row in fetch(("ranked", of.name), (ids,), lambda: rows.filter(pk__among=ids))}
    return [found[uid] for uid in wanted if uid in found], str(start + size) if len(uids) > start + size else ""


def write_cursor(record: Any, column: str = "published_at") -> str:
    """The place of a record in a list ordered by one of its dates."""
    at = getattr(record, column)
    text = f"{at.isoformat() if at else ''}|{record.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    """The place after which a page begins; one that cannot be read is the beginning."""
    try:
        at, uid = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
        when = datetime.fromisoformat(at)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)), uuid.UUID(uid)
    except (ValueError, binascii.Error):
        return None


# --- facets -------------------------------------------------------------------------------------------------


def _column(of: Kind, name: str) -> Column:
    return noun("organisations").column("kind") if name == OWNER else of.noun.column(name)


def _known(of: Kind, name: str) -> Iterable[str]:
    column = _column(of, name)
    return map(str, range(1, 11)) if column.kind == "int" else codes().labels(column.of)


def _readable(of: Kind, name: str, top: str) -> Q | None:
    """Rows whose facet is read at this class; None where nobody's is."""
    column = of.noun.column(gate(name))
    rank = DISCLOSURE.index(top)
    if DISCLOSURE.index(column.disclosure) > rank:
        return None
    return ~Q(**{f"raised__{column.name}__in": list(DISCLOSURE[rank + 1 :])}) if rank + 1 < len(DISCLOSURE) else Q()


def _chosen(of: Kind, asked: Question, top: str) -> Q:
    """Rows of one part that have what was chosen."""
    rows = Q()
    for name, wanted in asked.chosen.items():
        if not wanted:
            continue
        readable = _readable(of, name, top)
        if readable is None:
            return Q(pk__in=[])
        rows &= Q(**{f"raised__{gate(name)}__isnull": True}) | readable
        rows &= _holds(of, name, wanted)
    return rows


def _holds(of: Kind, name: str, wanted: Sequence[str]) -> Q:
    column = _column(of, name)
    if name == OWNER:
        return Q(tenant__in=owners().filter(kind__in=wanted).values("pk"))
    if column.many:
        found = Q(pk__in=[])
        holder = MODELS[of.name].objects.annotate(_text=Cast(name, TextField()))
        for code in wanted:
            found |= Q(pk__in=holder.filter(_text__contains=f'"{code}"').values("pk"))
        return found
    return Q(**{f"{name}__in": wanted})


def _facets(of: Kind, asked: Question, tally: counts.Tally, lang: Lang) -> tuple[Facet, ...]:
    """What each further choice would lead to."""
    found = [_facet(of, name, held, asked.chosen.get(name, ()), lang) for name, held in tally.facets.items()]
    periods = [(d, word("hub_listings.within-days", lang, n=d), max(0, tally.since[d])) for d in SINCE]
    days = tuple(Choice(str(d), said, n, asked.since == d) for d, said, n in periods)
    found.append(Facet("since", word("hub_listings.since", lang), days if tally.total or asked.since else ()))
    return tuple(f for f in found if f.choices)


def _facet(of: Kind, name: str, held: Counter[str], chosen: Sequence[str], lang: Lang) -> Facet:
    column = _column(of, name)
    called = word("hub_listings.owner-kind", lang) if name == OWNER else column.label(lang)
    order = {code: place for place, code in enumerate(_known(of, name))}
    shown = sorted({*chosen, *(c for c, n in held.items() if n > 0)}, key=lambda c: (order.get(c, len(order)), c))
    return Facet(name, called, tuple(
        Choice(c, label(column, c, lang) if column.of else c, max(0, held[c]), c in chosen) for c in shown
    ))  # fmt: skip
