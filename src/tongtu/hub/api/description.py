"""The OpenAPI document: what django-ninja derives from the models, and what our table of operations adds to it."""

from __future__ import annotations

from functools import cache
from typing import Any

from tongtu.hub.api.both import SEPARATOR, both
from tongtu.hub.api.once import HEADER
from tongtu.hub.api.problems import MEDIA, PROBLEMS
from tongtu.hub.api.routes import Route, api, routes
from tongtu.hub.api.schemas import ProblemBody
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, Lang, say, word

Json = dict[str, Any]
_SCHEMA = "#/components/schemas/"
_HEADERS = {
    "If-Match": ("header-if-match", '"3f1c…-zh"'),
    "If-None-Match": ("header-if-none-match", '"3f1c…-zh"'),
    HEADER: ("header-idempotency", "order-2026-0001"),
}


@cache
def document() -> Json:
    """The whole document; the same for everybody, since it tells of no record."""
    found: Json = api.get_openapi_schema(path_prefix="/api/")
    found["info"]["description"] = both("about")
    schemas = found["components"]["schemas"]
    own = ProblemBody.model_json_schema(ref_template=_SCHEMA + "{model}")
    schemas |= own.pop("$defs", {}) | {"Problem": own}
    found["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": both("by-token")},
        "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": both("by-session")},
    }
    found["tags"] = [{"name": tag} for tag in dict.fromkeys(_both(r.group) for r in routes())]
    responses: Json = found["components"].setdefault("responses", {})
    for route in routes():
        _complete(found["paths"][address(route)][route.method.lower()], route, responses)
    return found


def address(route: Route) -> str:
    """The address of an operation as OpenAPI writes it."""
    return "/api" + route.path.replace("{uuid:", "{")


def spoken(of: Why | Label, lang: Lang) -> str:
    return of.say(lang) if isinstance(of, Label) else say(of, lang)


def _both(of: Why | Label) -> str:
    return SEPARATOR.join(spoken(of, lang) for lang in LANGUAGES)


def _complete(operation: Json, route: Route, shared: Json) -> None:
    """Summary, scope, who may come, headers, and every problem that may be the answer."""
    operation |= {"summary": _both(route.about), "tags": [_both(route.group)], "x-scope": list(route.scope)}
    operation.pop("description", None)
    operation["security"] = [{"token": []}, {"session": []}, *([] if route.unsafe else [{}])]
    for name in _headers(route):
        code, example = _HEADERS[name]
        operation.setdefault("parameters", []).append({
            "in": "header", "name": name, "required": name == "If-Match", "schema": {"type": "string"},
            "description": both(code), "example": example,
        })  # fmt: skip
    responses = operation["responses"]
    for status in route.answers:
        responses[status]["description"] = both(f"status-{status}")
        if status in (200, 201) and _marked(route):
            responses[status]["headers"] = {"ETag": {"schema": {"type": "string"}, "description": both("header-etag")}}
    for status in sorted({PROBLEMS[name] for name in route.problems}):
        names = [name for name in route.problems if PROBLEMS[name] == status]
        key = "-or-".join(names)
        shared.setdefault(key, _problem(names, status))
        responses[status] = {"$ref": f"#/components/responses/{key}"}


def _headers(route: Route) -> list[str]:
    found = ["If-Match"] if route.conditional else []
    found += ["If-None-Match"] if 304 in route.answers else []
    return found + ([HEADER] if route.unsafe else [])


def _marked(route: Route) -> bool:
    return 304 in route.answers or route.conditional or 201 in route.answers


def _problem(names: list[str], status: int) -> Json:
    examples = {name: {"value": _example(name, status)} for name in names}
    return {
        "description": "; ".join(both(f"problem-{name}") for name in names),
        "content": {MEDIA: {"schema": {"$ref": _SCHEMA + "Problem"}, "examples": examples}},
    }


def _example(name: str, status: int) -> Json:
    title, detail = (word(f"hub_api.problem-{name}{rest}", "en") for rest in ("", "-detail"))
    return {
        "type": f"/api/#problem-{name}",
        "title": title,
        "status": status,
        "detail": detail,
        "request": "3f1c0d5e8b7a",
    }
