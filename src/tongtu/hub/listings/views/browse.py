"""Reading: lists with facets, one listing, files, feeds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from tongtu.hub.listings import files, saved, shelf
from tongtu.hub.listings.detail import detail, etag
from tongtu.hub.listings.kinds import Kind, kind, kinds
from tongtu.hub.listings.lifecycle import UNFINISHED
from tongtu.hub.listings.saving import may_create
from tongtu.hub.listings.showing import Value, organisations, title_of, value
from tongtu.hub.listings.similar import similar
from tongtu.hub.listings.views.common import asker_of, lang, record_or_404, sight_of
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import shown
from tongtu.terms.words import Lang


@dataclass(frozen=True, slots=True)
class Card:
    """A listing in a list: what its reader may see of it, in one glance."""

    noun: str
    pk: uuid.UUID
    lifecycle: str
    published_at: datetime | None
    title: str
    organisation: str
    text: str
    facts: tuple[Value, ...]
    own: bool

    @property
    def drawn(self) -> str:
        """The card as it stands on a page: drawn once for all who read the same of it."""
        return _drawn(self, lang())


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first kind's list."""
    return redirect("listings:list", noun=next(iter(kinds())))


@require_safe
def listing(request: HttpRequest, noun: str) -> HttpResponse:
    """What is open, newest first or by words, with facets."""
    of, sight = kind(noun), sight_of(request)
    asked = shelf.question(of, dict(request.GET.lists()))
    found = shelf.find(sight, of, asked, lang(), request.GET.get("after", ""))
    context = {
        "of": of, "kinds": tabs(), "label": of.noun.label(lang()), "asked": asked, "found": found,
        "cards": cards(sight, of, found.records, lang()), "query": query_of(asked),
        "facets": _facets_drawn(found.facets, lang()),
        "may_create": may_create(sight, of), "may_save": asker_of(request).organisation is not None,
    }  # fmt: skip
    part = request.headers.get("HX-Request") and request.headers.get("HX-Target") == "found"
    return render(request, "listings/_found.html" if part else "listings/list.html", context)


@require_safe
def one(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
    """A listing. For people who are not signed in the page has an ETag; theirs is the same for everybody."""
    of, record = record_or_404(request, noun, uid)
    sight = sight_of(request)
    page = detail(sight, of, record, lang())
    if page is None:
        raise Http404
    mark = "" if asker_of(request).signed_in else etag(page, lang())
    if mark and mark in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers={"ETag": mark, "Vary": "Accept-Language, Cookie"})
    alike = similar(sight, of, record, lang()) if page.own and record.lifecycle in UNFINISHED else []
    context = {"of": of, "page": page, "label": of.noun.label(lang()), "alike": alike, "joint": joint()}
    answer = render(request, "listings/detail.html", context)
    answer["Cache-Control"] = "private, no-cache"
    if mark:
        answer["ETag"] = mark
    return answer


@require_safe
def download(request: HttpRequest, uid: uuid.UUID) -> HttpResponse | FileResponse:
    """A file, as an attachment of the answer: no browser runs it in our name."""
    found = files.fetch(sight_of(request), uid)
    if found is None or not files.place(found.digest).is_file():
        raise Http404
    answer = FileResponse(
        files.place(found.digest).open("rb"), as_attachment=True, filename=found.name, content_type=found.kind
    )
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "sandbox"
    return answer


@require_safe
def feed(request: HttpRequest, noun: str) -> HttpResponse:
    """A search as an Atom feed, the same for everybody."""
    of = kind(noun)
    asked = shelf.question(of, dict(request.GET.lists()))
    text = saved.feed(of, asked, request.build_absolute_uri(), lang())
    return HttpResponse(text, content_type="application/atom+xml; charset=utf-8")


def cards(sight: Sight, of: Kind, records: Any, lang: Lang) -> list[Card]:
    """Records as a list shows them; owners' names are read together."""
    read = [(record, found) for record in records if (found := shown(sight, record)) is not None]
    known = {str(r.tenant_id) for r, found in read if "organisation" in found.values}
    names = organisations(known, lang)
    return [_card(sight, of, record, found.values, names, lang) for record, found in read]


def _card(sight: Sight, of: Kind, record: Any, values: Any, names: Any, lang: Lang) -> Card:
    owner = names.get(str(record.tenant_id), "") if "organisation" in values else ""
    text, own = str(values.get(of.text) or ""), record.tenant_id == sight.asker.organisation
    stands = (of.name, record.pk, record.lifecycle, record.published_at)
    return Card(*stands, title_of(values, lang), owner, text, _facts(of, values, lang), own)


@lru_cache(maxsize=4_000)
def _drawn(card: Card, lang: Lang) -> str:
    return render_to_string("listings/_card.html", {"card": card})


@lru_cache(maxsize=500)
def _facets_drawn(facets: tuple[shelf.Facet, ...], lang: Lang) -> str:
    return render_to_string("listings/_facets.html", {"facets": facets})


def _facts(of: Kind, values: Any, lang: Lang) -> tuple[Value, ...]:
    return tuple(v for v in (value(of.noun.column(n), values, lang) for n in of.facets if n in values) if not v.absent)


def joint() -> str:
    """What stands between the entries of a list in a line."""
    return "、" if lang() == "zh" else ", "


def tabs() -> list[tuple[str, str]]:
    return [(name, of.noun.label(lang())) for name, of in kinds().items()]


def query_of(asked: shelf.Question) -> str:
    """A question as a query string, with `&` at its end where there is one, so that a cursor may follow."""
    pairs = [("q", asked.words)] if asked.words else []
    pairs += [(name, code) for name, found in asked.chosen.items() for code in found]
    pairs += [("since", str(asked.since))] if asked.since else []
    return f"{urlencode(pairs)}&" if pairs else ""
