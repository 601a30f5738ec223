"""The table of operations: what stands under which address, whom it asks the policy for, and how it may answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.parser import Parser

from tongtu.hub.api.door import problem_of
from tongtu.hub.api.problems import as_response
from tongtu.terms.why import Label, Why

#: problems that any operation may answer with, and those that come with an address of one thing or with a change
ALWAYS = ("malformed", "unauthenticated", "method", "invalid", "too-many", "broken")
OF_ONE = ("missing",)
OF_CHANGE = ("refused", "forged", "in-flight", "too-large", "media-type", "key-reused")
OF_REVISION = ("precondition", "stale", "wrong-state")


class Api(NinjaAPI):
    """django-ninja, with every exception as a problem and no pages of its own."""

    def set_default_exception_handlers(self) -> None:
        self.add_exception_handler(Exception, lambda request, error: as_response(request, problem_of(request, error)))


class Reader(Parser):
    """JSON in UTF-8. An escaped half of a character (`\\ud800`) is JSON, but no text that can be kept."""

    def parse_body(self, request: HttpRequest) -> Any:
        found = json.loads(request.body)
        if b"\\u" in request.body:
            json.dumps(found, ensure_ascii=False).encode()
        return found


api = Api(title="Tongtu 通途", version="v1", openapi_url=None, docs_url=None, urls_namespace="api-v1", parser=Reader())


@dataclass(frozen=True, slots=True)
class Route:
    """An operation. `scope`: the policy's actions it asks for, `self` where it tells of nobody but who asks.

    `group` and `about` are spoken on the page of operations; `conditional`: it wants If-Match.
    """

    method: str
    path: str
    name: str
    scope: tuple[str, ...]
    group: Why | Label
    about: Why
    answers: tuple[int, ...]
    problems: tuple[str, ...]
    conditional: bool

    @property
    def unsafe(self) -> bool:
        return self.method != "GET"


_routes: list[Route] = []


def routes() -> tuple[Route, ...]:
    """Every operation of the API in the order of its description."""
    from tongtu.hub.api import operations

    operations.load()
    return tuple(_routes)


def route(
    method: str, path: str, name: str, *, scope: Iterable[str], group: Why | Label, about: Why,
    answers: dict[int, Any], conditional: bool = False, problems: Iterable[str] = (),
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:  # fmt: skip
    """Registers an operation. `answers`: status -> the model of its body, None for none."""
    known = [*ALWAYS]
    if "{" in path:
        known += OF_ONE
    if method != "GET":
        known += OF_CHANGE
    if conditional:
        known += OF_REVISION
    known += problems
    found = Route(method, f"/v1{path}", name, tuple(scope), group, about, tuple(answers),
                  tuple(dict.fromkeys(known)), conditional)  # fmt: skip
    _routes.append(found)
    return api.api_operation([method], f"/v1{path}", response=answers, operation_id=name, url_name=name)
