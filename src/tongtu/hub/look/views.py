"""The first page, the choice of colours, and what is said when a request cannot be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from tongtu.hub.look.context import THEME_COOKIE, THEMES
from tongtu.hub.look.home import sections
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Why
from tongtu.terms.words import word

if TYPE_CHECKING:
    from tongtu.hub.people.asking import Asker

_YEAR = 365 * 24 * 3600


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """For a visitor what Tongtu is; for a member what waits for them."""
    asker: Asker = request.asker
    if not asker.signed_in:
        return render(request, "look/welcome.html", {"stages": _stages(), "roles": _roles()})
    return render(request, "look/home.html", {"sections": sections(request)})


def _stages() -> list[dict[str, str]]:
    """The passage from the laboratory to industry, stage by stage."""
    names = vocabularies()["stage"]
    return [
        {"name": name.say(lang()), "about": word(f"hub.stage-{code.replace('_', '-')}", lang())}
        for code, name in names.items()
    ]


def _roles() -> list[dict[str, str]]:
    """Who comes here, and what they get done."""
    return [
        {"name": word(name, lang()), "about": word(about, lang())}
        for name, about in (
            ("hub.industry", "hub.industry-about"),
            ("hub.laboratory", "hub.laboratory-about"),
            ("hub.platform", "hub.platform-about"),
            ("hub.secretariat", "hub.secretariat-about"),
        )
    ]


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system has it; kept in a cookie, because a visitor has no account to keep it in."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    answer = HttpResponseRedirect(back)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie(
            THEME_COOKIE, chosen, max_age=_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    return answer


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 with the decision's reason on the page; `PermissionDenied(why)` carries it."""
    why = exception.args[0] if exception and exception.args and isinstance(exception.args[0], Why) else None
    return _said(request, "refused", 403, why)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is none, or none that this reader may know of; the two look alike."""
    return _said(request, "missing", 404)


def malformed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what was sent cannot be read."""
    return _said(request, "malformed", 400)


def conflict(request: HttpRequest, why: Why | None = None) -> HttpResponse:
    """409: somebody else was quicker; for the views that write `WHERE revision = …` and find no row."""
    return _said(request, "conflict", 409, why)


def broken(request: HttpRequest) -> HttpResponse:
    """500, from a page that asks nothing of the database, the session or the person."""
    page = {"lang": lang(), "number": getattr(request, "number", "")}
    return HttpResponse(render_to_string("look/broken.html", page), status=500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 where the form's own secret is missing: an old page, or somebody else's form."""
    return _said(request, "forged", 403)


def _said(request: HttpRequest, name: str, status: int, why: Why | None = None) -> HttpResponse:
    words = {"said": f"hub.{name}", "repair": f"hub.{name}-repair", "why": why, "status": status}
    return render(request, "look/said.html", words, status=status)
