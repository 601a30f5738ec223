"""A number for each request: in the answer's header, in the log, and on the page that says something went wrong."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-Id"
_FIT = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestId:
    """Takes the number that a proxy in front gave, where it is fit to print, or makes one."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request.number = given if _FIT.fullmatch(given) else uuid.uuid4().hex
        response = self.answer(request)
        response[HEADER] = request.number
        return response
