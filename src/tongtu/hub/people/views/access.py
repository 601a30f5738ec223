"""Tokens of service accounts, and in a demo the doors to its people."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tongtu.hub.people import demo, tokens
from tongtu.hub.people.models import Token
from tongtu.hub.people.signing import BACKEND
from tongtu.hub.people.views.members import organisation_of
from tongtu.hub.records.permit import may, require


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The organisation's tokens: names and dates, never the secrets."""
    return _page(request)


def _page(request: HttpRequest, secret: str = "") -> HttpResponse:
    organisation = organisation_of(request, None, "see_members")
    context = {
        "tokens": Token.objects.filter(organisation=organisation).order_by("-created_at"),
        "may_create": may(request.asker, "create_token", kind="token", tenant=organisation.pk),
        "may_revoke": may(request.asker, "revoke_token", kind="token", tenant=organisation.pk),
        "secret": secret,
        "now": timezone.now(),
    }
    return render(request, "people/tokens.html", context)


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """A new token; its secret stands on the answer and nowhere else."""
    organisation = organisation_of(request, None, "create_token")
    name, does = request.POST.get("name", "").strip()[:100], request.POST.get("does", "")
    if not name or does not in ("read", "write"):
        return redirect("people:tokens")
    _, secret = tokens.create(request.asker, organisation, name, read_only=does == "read")
    answer = _page(request, secret)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ends a token at once."""
    found = get_object_or_404(Token, pk=pk, organisation=request.asker.organisation)
    require(request.asker, "revoke_token", kind="token", tenant=found.organisation_id)
    tokens.revoke(request.asker, found)
    return redirect("people:tokens")


@require_POST
def enter(request: HttpRequest, name: str) -> HttpResponse:
    """Signs in as a person of the demo; there is no such door in a hub with real data."""
    user = demo.person(name) if settings.DEMO else None
    if user is None:
        raise Http404
    login(request, user, backend=BACKEND)
    return redirect("home")
