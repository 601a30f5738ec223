"""Signing in and out, the password, the second factor and sessions: allauth's pages, without those that let people in.

Nobody signs up or takes another address by themselves: both would go past the invitation. allauth names these pages
elsewhere, so their addresses stay and answer like any page that does not exist.
"""

from __future__ import annotations

from allauth.account import urls as account
from allauth.mfa import urls as mfa
from allauth.usersessions import urls as sessions
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, include, path

_SHUT = ("account_signup", "account_email", "account_set_password", "account_confirm_email")


def shut(request: HttpRequest, **named: str) -> HttpResponse:
    """As if there were no such page."""
    raise Http404


def _kept(page: URLPattern) -> URLPattern:
    return URLPattern(page.pattern, shut, name=page.name) if page.name in _SHUT else page


urlpatterns = [*map(_kept, account.urlpatterns), path("2fa/", include(mfa)), path("sessions/", include(sessions))]
