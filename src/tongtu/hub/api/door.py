"""The door of the API: who comes, how often, and every way in which an answer may fail as a problem."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import patch_vary_headers
from ninja.errors import HttpError, ValidationError
from ninja.utils import check_csrf

from tongtu.hub.api.once import HEADER, once
from tongtu.hub.api.problems import Problem, as_response, later, of_schema
from tongtu.hub.api.rate import Buckets
from tongtu.hub.care.requests import current
from tongtu.hub.people.asking import ANONYMOUS, Asker
from tongtu.hub.people.tokens import bearer
from tongtu.hub.records.sight import Sight, sight_for
from tongtu.terms.faults import TongtuError
from tongtu.terms.why import Why

_log = logging.getLogger("tongtu.hub")
_SAFE = ("GET", "HEAD", "OPTIONS")
_TAKEN = ("application/json", "application/merge-patch+json", "multipart/form-data")

buckets = Buckets()
View = Callable[..., HttpResponse]


def door(view: View) -> View:
    """A view of the API behind its door. CSRF is checked here: only for those who come with a session."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        try:
            found = _answered(request, lambda: view(request, *args, **named))
        except Exception as error:
            found = as_response(request, problem_of(request, error))
        if found.status_code == 405 and "application/" not in found.get("Content-Type", ""):
            found = as_response(request, Problem("method", headers={"Allow": found["Allow"]}))
        patch_vary_headers(found, ("Accept-Language", "Authorization", "Cookie"))
        found.setdefault("Cache-Control", "private, no-cache" if found.status_code == 200 else "no-store")
        return found

    answer.csrf_exempt = True  # type: ignore[attr-defined]
    return answer


def sight_of(request: HttpRequest) -> Sight:
    """The asker's relations, read once a request."""
    if not hasattr(request, "sight"):
        request.sight = sight_for(request.asker)
    found: Sight = request.sight
    return found


def _answered(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    asker = request.asker = _who(request)
    if request.method in _SAFE:
        return view()
    if not asker.signed_in:
        raise unauthenticated()
    if "Authorization" not in request.headers and check_csrf(request):
        raise Problem("forged")
    if asker.read_only:
        raise Problem("refused", Why("hub_api.read-only"))
    if request.headers.get("Content-Length", "0") not in ("", "0") and request.content_type not in _TAKEN:
        raise Problem("media-type")
    return once(request, asker, view) if HEADER in request.headers else view()


def _who(request: HttpRequest) -> Asker:
    """Who comes with a token or a session. A token that does not hold never falls back on the session.

    Raises Problem for a token that does not hold, and for whoever asks too often.
    """
    header = request.headers.get("Authorization")
    asker: Asker = request.asker if header is None else bearer(header)
    name = f"user {asker.user}" if asker.signed_in else f"address {request.META.get('REMOTE_ADDR', '')}"
    wait = buckets.wait(name)
    if wait:
        raise later("too-many", wait)
    if header is not None and asker == ANONYMOUS:
        raise unauthenticated()
    return asker


def unauthenticated() -> Problem:
    return Problem("unauthenticated", headers={"WWW-Authenticate": 'Bearer realm="tongtu"'})


def problem_of(request: HttpRequest, error: Exception) -> Problem:
    """The problem that an exception is; what nobody foresaw is logged, and says nothing of itself."""
    match error:
        case Problem():
            return error
        case Http404():
            return Problem("missing")
        case PermissionDenied():
            why = error.args[0] if error.args and isinstance(error.args[0], Why) else None
            return Problem("refused", why) if request.asker.signed_in else unauthenticated()
        case ValidationError():
            return of_schema(error.errors)
        case RequestDataTooBig():
            return Problem("too-large")
        case HttpError() | SuspiciousOperation() | MultiPartParserError():
            return Problem("malformed")
        case TongtuError():
            return Problem("invalid", error.faults[0].what)
    got_request_exception.send(sender=None, request=request)
    _log.exception("broken", extra={"request": current.get()})
    return Problem("broken")
