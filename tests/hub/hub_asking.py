"""What the tests ask of every route: its row in `routes.csv`, addresses with ids, answers made comparable."""

from __future__ import annotations

import csv
import logging
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

from django.db.models import Model
from django.template.base import Template
from django.urls import URLPattern, URLResolver, get_resolver, reverse

#: an id that nothing has
NOTHING = uuid.UUID("0badc0de-0bad-4bad-8bad-0badc0dec0de")


@dataclass(frozen=True)
class Row:
    """A line of `routes.csv`."""

    route: str
    method: str
    reach: str
    arguments: tuple[tuple[str, str], ...]

    @property
    def unsafe(self) -> bool:
        return self.method in ("unsafe", "both")

    @property
    def safe(self) -> bool:
        return self.method in ("safe", "both")


@cache
def rows() -> tuple[Row, ...]:
    with (Path(__file__).parent / "routes.csv").open(encoding="utf-8") as file:
        lines = csv.DictReader(line for line in file if not line.startswith("#"))
        return tuple(
            Row(r["route"], r["method"], r["reach"], tuple(tuple(a.split("=", 1)) for a in r["arguments"].split()))
            for r in lines
        )


def row(name: str) -> Row | None:
    """The first line that names this route."""
    return next((r for r in rows() if fnmatchcase(name, r.route)), None)


@cache
def routes() -> dict[str, URLPattern]:
    """Every route of the hub by its full name."""
    return dict(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, space: str) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield space + (one.name or str(one.pattern)), one
        else:
            yield from _walk(one, f"{space}{one.namespace}:" if one.namespace else space)


@cache
def methods() -> dict[str, str]:
    """Route of the API -> the method of its operation; a page's unsafe method is POST."""
    from tongtu.hub.api.routes import routes as operations

    return {f"api:{one.name}": one.method for one in operations()}


def objects(name: str, things: Mapping[str, Any]) -> list[str]:
    """The things that a route may be asked about, by their names in the ground."""
    found = row(name)
    patterns = next((value for _, value in found.arguments if "*" in value), "") if found else ""
    noun = name.removeprefix("api:").rsplit("_", 1)[0]
    wanted = [one.replace("~", noun, 1) for one in patterns.split("|") if one]
    return [thing for thing in things if any(fnmatchcase(thing, one) for one in wanted)]


def address(name: str, things: Mapping[str, Any], about: str = "", uid: Any = None, kind: str = "") -> str:
    """The address of a route about a thing; `uid` stands in its place where given."""
    found = row(name)
    assert found is not None, name
    given: dict[str, Any] = {}
    for argument, value in found.arguments:
        if value == "~":
            given[argument] = kind or (about.split("/")[0] if about else "needs")
        elif "*" in value:
            given[argument] = uid or (things[about] if about else NOTHING)
        else:
            given[argument] = things.get(value, value)
    return reverse(name, kwargs=given)


# --- asking -------------------------------------------------------------------------------------------------


@contextmanager
def quick(navigation: bool = False) -> Iterator[None]:
    """Requests for less: who asks and what they are to others is read once, as long as nothing of it changes.

    Without what the test client records of templates, and without the navigation, which says nothing of ids.
    """
    from tongtu.hub.api.door import buckets
    from tongtu.hub.people import asking
    from tongtu.hub.records.sight import Sight

    with ExitStack() as stack:
        logging.disable(logging.CRITICAL)
        stack.callback(logging.disable, logging.NOTSET)
        plain = lambda self, context: self.nodelist.render(context)  # noqa: E731
        stack.enter_context(mock.patch.object(Template, "_render", plain))
        stack.enter_context(mock.patch.object(buckets, "wait", return_value=0.0))
        stack.enter_context(mock.patch.object(asking, "_asker", _remembered(asking._asker)))
        for name in ("subject", "below", "above", "rivals", "grants", "expertise"):
            stack.enter_context(mock.patch.object(Sight, name, property(_once(getattr(Sight, name).func))))
        if not navigation:
            stack.enter_context(mock.patch("tongtu.hub.look.context.links", return_value=[]))
            stack.enter_context(mock.patch("tongtu.hub.look.context._houses", return_value=[]))
        yield


def _remembered(read: Any) -> Any:
    """Who asks, read once a session; the session counts as looked at, as it would be."""
    kept: dict[Any, Any] = {}

    def who(request: Any) -> Any:
        key = request.COOKIES.get("sessionid")
        request.session.accessed = True
        if key not in kept:
            kept[key] = read(request)
        return kept[key]

    return who


def _once(read: Any) -> Any:
    kept: dict[Any, Any] = {}

    def found(sight: Any) -> Any:
        if sight.asker not in kept:
            kept[sight.asker] = read(sight)
        return kept[sight.asker]

    return found


def send(client: Any, method: str, url: str, body: Mapping[str, Any] | None = None) -> Any:
    """One request; an exception is an answer with 500, as it would be outside."""
    client.raise_request_exception = False
    if method == "GET":
        answer = client.get(url)
    elif url.startswith("/api/"):
        answer = client.generic(method, url, "{}", content_type="application/json", headers={"if-match": "*"})
    else:
        answer = client.post(url, body or {"revision": "1"})
    answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


_CHANCE = re.compile(rb'(name="csrfmiddlewaretoken" value="|"X-CSRFToken": ?"|csrf-token" content=")[^"]*')
_LOOSE = ("X-Request-Id", "Content-Length", "Set-Cookie", "Date")


def told(answer: Any, ids: Mapping[str, str] | None = None) -> Any:
    """Everything an answer says, without what is drawn by chance; `ids` are written as the words they stand for."""
    body = answer.body
    if body.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(body)) as packed:
            inside: Any = {n: packed.read(n) for n in packed.namelist() if not n.startswith("docProps")}
        return answer.status_code, inside
    body = _CHANCE.sub(rb"\1", body).replace(answer.headers.get("X-Request-Id", "?").encode(), b"NUMBER")
    head = {k: v for k, v in answer.headers.items() if k not in _LOOSE}
    text = "\n".join([str(answer.status_code), *(f"{k}: {v}" for k, v in sorted(head.items()))]).encode() + b"\n" + body
    for found, word in (ids or {}).items():
        text = text.replace(found.encode(), word.encode())
    return text


def count_rows() -> dict[str, int]:
    """How many rows every table has, but for sessions."""
    from django.apps import apps

    found = {}
    for model in apps.get_models():
        if issubclass(model, Model) and model._meta.app_label not in ("sessions", "usersessions"):
            found[model._meta.label] = model._base_manager.count()
    return found
