"""Reading a noun: its list and one record, alike for listings and for every other noun.

The models are made at start-up, so annotations here are values and not texts.
"""

import uuid
from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from ninja import Query

from tongtu.hub.api.door import sight_of
from tongtu.hub.api.problems import Problem, wrong
from tongtu.hub.api.records import answer, etag, fetch, listed, mark, present, rows, whole
from tongtu.hub.api.routes import route
from tongtu.hub.api.schemas import Open, asked_of, page_of, record_of
from tongtu.hub.listings.kinds import Kind
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.registry.columns import Noun
from tongtu.terms.why import Label, Why

View = Callable[..., HttpResponse]


def label(noun: Noun) -> Label:
    return Label(noun.zh, noun.en)


def about(code: str, noun: Noun) -> Why:
    return Why(f"hub_api.op-{code}", {"noun": label(noun)})


def read(noun: Noun) -> None:
    """Registers the list and the reading of one record of a noun."""
    name, group, query = noun.name, label(noun), Annotated[asked_of(noun.name), Query(...)]
    not_ready = ("not-ready",)

    @route("GET", f"/{name}", f"{name}_list", scope=["list"], group=group, about=about("list", noun),
           answers={200: page_of(name)}, problems=not_ready)  # fmt: skip
    def many(request: HttpRequest, asked: query) -> HttpResponse:  # type: ignore[valid-type]
        known(request, asked)
        sight = sight_of(request)
        page = listed(sight, name, asked, lang())
        items = present(sight, name, page.records, lang())
        return answer(page_of(name), {"items": items, "next": page.next})

    @route("GET", f"/{name}/{{uuid:uid}}", f"{name}_see", scope=["see"], group=group, about=about("see", noun),
           answers={200: record_of(name), 304: None})  # fmt: skip
    def one(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        sight = sight_of(request)
        return said(request, fetch(sight, name, uid))


def read_rows(kind: Kind, name: str) -> None:
    """Registers the reading of the rows of a noun that belong to a listing."""
    child = next(c for c in kind.children if c.noun.name == name)
    listing, model = kind.name, record_of(name)

    class Rows(Open):
        items: list[model]  # type: ignore[valid-type]

    Rows.__name__ = Rows.__qualname__ = f"{model.__name__}List"
    why = Why("hub_api.op-rows", {"noun": label(kind.noun), "rows": label(child.noun)})

    @route("GET", f"/{listing}/{{uuid:uid}}/{name}", f"{listing}_{name}", scope=["see", "list"],
           group=label(kind.noun), about=why, answers={200: Rows})  # fmt: skip
    def belonging(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        sight = sight_of(request)
        return answer(Rows, {"items": rows(sight, kind, fetch(sight, listing, uid), name, lang())})


def said(request: HttpRequest, record: Any, status: int = 200) -> HttpResponse:
    """A record as the asker has it now, under its mark; 304 where they have it already."""
    sight = sight_of(request)
    found = whole(sight, record, lang())
    tag = etag(mark(sight, record, found), lang())
    given = [part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")]
    fresh = request.method == "GET" and (tag in given or given == ["*"])
    response = HttpResponseNotModified() if fresh else answer(record_of(record.noun), found, status)
    response["ETag"] = tag
    return response


def known(request: HttpRequest, asked: Any) -> None:
    """Raises Problem for parameters that this list does not have: a misspelt filter must not find everything."""
    strange = [name for name in request.GET if name not in type(asked).model_fields]
    if strange:
        raise Problem("invalid", faults=[wrong(name[:100], "fault-unknown-field") for name in strange])
