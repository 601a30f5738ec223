"""The first page, and what is said when a request cannot be answered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongtu.terms.why import Why


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "look/home.html")


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 with the decision's reason on the page; `PermissionDenied(why)` carries it."""
    why = exception.args[0] if exception and exception.args and isinstance(exception.args[0], Why) else None
    return _said(request, "refused", 403, why)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is none, or none that this reader may know of; the two look alike."""
    return _said(request, "missing", 404)


def malformed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _said(request, "malformed", 400)


def broken(request: HttpRequest) -> HttpResponse:
    return _said(request, "broken", 500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 where the form's own secret is missing: an old page, or somebody else's form."""
    return _said(request, "forged", 403)


def _said(request: HttpRequest, name: str, status: int, why: Why | None = None) -> HttpResponse:
    return render(
        request, "look/said.html", {"said": f"hub.{name}", "repair": f"hub.{name}-repair", "why": why}, status=status
    )
