"""What browsers and proxies may keep."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse


def kept_by_nobody(feed: str | None) -> HttpResponse:
    """A feed for whoever holds its key, not kept or referred to on the way; not found where there is none."""
    if feed is None:
        raise Http404
    answer = HttpResponse(feed, content_type="application/atom+xml; charset=utf-8")
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


class Uncached:
    """Pages of a session are kept by nobody, so that going back after signing out shows nothing.

    A view that says itself how it may be kept (one with an ETag) is left as it is.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
