"""Saved searches: what is new for them, the daily message, and feeds: everybody's, and one's own under a key."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed

from tongtu.hub.care.log import record as log
from tongtu.hub.listings import index
from tongtu.hub.listings.kinds import Kind, kind, kinds
from tongtu.hub.listings.models import SavedSearch
from tongtu.hub.listings.shelf import MOST_FOUND, Question, newest, question, searched_class, visible
from tongtu.hub.listings.showing import title_of
from tongtu.hub.people.asking import ANONYMOUS, Asker, asker_of
from tongtu.hub.policy import redact
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import shown
from tongtu.registry.columns import DISCLOSURE
from tongtu.terms.words import Lang, as_lang, word

#: somebody hears of a search at most this often
_QUIET = timedelta(hours=20)
_TOLD, _FED, MOST_SAVED = 20, 50, 50
#: the highest class that a feed speaks of
_HIGHEST = "teaser"
_SIGNER = Signer(salt="tongtu.feed")


def save(asker: Asker, of: Kind, name: str, asked: Question) -> SavedSearch | None:
    """Keeps a search for the person and the organisation they act for; None where they have as many as may be."""
    mine = SavedSearch.objects.filter(user=asker.user)
    if mine.count() >= MOST_SAVED:
        return None
    return SavedSearch.objects.create(
        user_id=asker.user, organisation_id=asker.organisation, name=name[:100], noun=of.name, words=asked.words,
        facets=asked.as_json(),
    )  # fmt: skip


def asked_by(search: SavedSearch) -> tuple[Kind, Question]:
    """The question that was kept; values a facet no longer has are left out."""
    of = kind(search.noun)
    kept = {
        name: [str(v) for v in (held if isinstance(held, list) else [held])] for name, held in search.facets.items()
    }
    return of, question(of, {**kept, "q": [search.words]})


def fresh(sight: Sight, search: SavedSearch, since: datetime, most: int = _TOLD) -> list[Any]:
    """What was published since, newest first, as far as the asker may see it."""
    of, asked = asked_by(search)
    return newest(_asked_for(sight, of, asked).filter(published_at__gt=since), most)


def tell(now: datetime) -> int:
    """The daily round: a message for each search that found something new. How many were sent."""
    sent = 0
    due = SavedSearch.objects.filter(alert=True, told_at__lte=now - _QUIET, user__is_active=True)
    for search in due.select_related("user").order_by("pk").iterator(chunk_size=200):
        asker = asker_of(search.user, str(search.organisation_id))
        if asker.organisation != search.organisation_id or search.noun not in kinds():
            continue
        sight = Sight(asker)
        found = fresh(sight, search, search.told_at)
        taken = SavedSearch.objects.filter(pk=search.pk, told_at=search.told_at)
        if taken.update(told_at=now, found=[str(r.pk) for r in found]) and found:
            _mail(sight, search, found)
            sent += 1
    return sent


def feed(of: Kind, asked: Question, address: str, lang: Lang) -> str:
    """The newest that a question finds, as Atom, for everybody: it holds nothing but public fields."""
    return _feed(Sight(ANONYMOUS), of, asked, address, word(
        "hub_listings.feed-title", lang, kind=of.noun.label(lang), words=asked.words), lang)  # fmt: skip


@transaction.atomic
def open_feed(asker: Asker, search: SavedSearch) -> None:
    """Gives a saved search a feed of its own; a new address takes the place of the one before."""
    SavedSearch.objects.filter(pk=search.pk).update(feed=uuid.uuid4())
    log(asker, "open_feed", kind="search", thing=search.pk, tenant=search.organisation_id)


@transaction.atomic
def close_feed(asker: Asker, search: SavedSearch) -> None:
    """Takes the feed away: its address answers from now on as one that never was."""
    SavedSearch.objects.filter(pk=search.pk).update(feed=None)
    log(asker, "close_feed", kind="search", thing=search.pk, tenant=search.organisation_id)


def key_of(search: SavedSearch) -> str:
    """What stands in the feed's address: whoever has it reads the feed. The database alone does not give it away."""
    return _SIGNER.sign(search.feed.hex) if search.feed else ""


def kept_feed(key: str, address: str) -> str | None:
    """The feed of a saved search for whoever holds its key: what its owner may know of, as they stand now.

    It says no more than the teaser of what is found, whatever else is open to the owner on a page: an address is kept
    in more places than a session. None where there is no such feed, or its owner has left the organisation.
    """
    try:
        search = SavedSearch.objects.select_related("user").filter(feed=uuid.UUID(hex=_SIGNER.unsign(key))).first()
    except (BadSignature, ValueError):
        return None
    if search is None or search.noun not in kinds():
        return None
    asker = asker_of(search.user, str(search.organisation_id))
    if asker.organisation != search.organisation_id:
        return None
    of, asked = asked_by(search)
    return _feed(Sight(asker), of, asked, address, search.name, as_lang(search.user.lang or "zh"))


def _feed(sight: Sight, of: Kind, asked: Question, address: str, title: str, lang: Lang) -> str:
    made = Atom1Feed(title=title, link=address, description="", language="en" if lang == "en" else "zh-Hans",
                     feed_url=address)  # fmt: skip
    for record in newest(_asked_for(sight, of, asked), _FED):
        read = shown(sight, record)
        if read is None or DISCLOSURE.index(record.disclosure) > DISCLOSURE.index(_HIGHEST):
            continue
        place = reverse("listings:detail", args=[of.name, record.pk])
        values = redact(record.row(), of.name, min(read.clearance, _HIGHEST, key=DISCLOSURE.index), record.raised)
        text = values.get(of.text) or ""
        made.add_item(
            title=title_of(values, lang) or of.noun.label(lang), link=_absolute(address, place),
            description=str(text)[:500], unique_id=f"urn:uuid:{record.pk}", pubdate=record.published_at,
            updateddate=record.published_at,
        )  # fmt: skip
    return str(made.writeString("utf-8"))


def _asked_for(sight: Sight, of: Kind, asked: Question) -> QuerySet[Any]:
    rows = visible(sight, of, asked)
    disclosure = searched_class(sight, of)
    if asked.words and disclosure is not None:
        rows = rows.filter(pk__in=index.search(of, disclosure, asked.words, {}, MOST_FOUND) or [])
    return rows


def _absolute(address: str, place: str) -> str:
    from urllib.parse import urljoin

    return urljoin(address, place)


def _mail(sight: Sight, search: SavedSearch, found: list[Any]) -> None:
    lang = as_lang(search.user.lang or "zh")
    lines = []
    for record in found:
        read = shown(sight, record)
        title = title_of(read.values, lang) if read else ""
        place = reverse("listings:detail", args=[search.noun, record.pk])
        lines.append(f"- {title}\n  {settings.ADDRESS or ''}{place}")
    subject = word("hub_listings.mail-subject", lang, n=len(found), name=" ".join(search.name.split()))
    text = word("hub_listings.mail-text", lang, n=len(found), name=search.name, lines="\n".join(lines),
                address=f"{settings.ADDRESS or ''}{reverse('listings:saved')}")  # fmt: skip
    send_mail(subject, text, None, [search.user.email])


def watched(now: datetime | None = None) -> datetime:
    """Since when the page of saved searches calls something new."""
    return (now or timezone.now()) - timedelta(days=7)
