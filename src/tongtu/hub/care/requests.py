"""A number for each request: in the answer's header, in the log, and on the page that says something went wrong."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-Id"
_FIT = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = logging.getLogger("tongtu.hub")

#: the number of the request (or job) that this thread is busy with
current: ContextVar[str] = ContextVar("request", default="")


class RequestId:
    """Takes the number that a proxy in front gave, where it is fit to print, or makes one.

    What is logged of a request is its method, route and status, how long it took, and never an address with its ids.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request.number = given if _FIT.fullmatch(given) else uuid.uuid4().hex
        token = current.set(request.number)
        started = time.perf_counter()
        try:
            response = self.answer(request)
        finally:
            current.reset(token)
        response[HEADER] = request.number
        if _log.isEnabledFor(logging.INFO):
            _log.info("request", extra=_said(request, response, time.perf_counter() - started))
        return response


def _said(request: HttpRequest, response: HttpResponse, seconds: float) -> dict[str, object]:
    route = request.resolver_match.route if request.resolver_match else ""
    return {
        "request": request.number,
        "method": request.method,
        "route": f"/{route}",
        "status": response.status_code,
        "seconds": round(seconds, 4),
    }
