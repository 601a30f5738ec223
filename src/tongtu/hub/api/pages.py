"""The OpenAPI document, and the same as a page: no script, nothing from anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongtu.hub.api.both import SEPARATOR
from tongtu.hub.api.description import address, document, spoken
from tongtu.hub.api.problems import PROBLEMS
from tongtu.hub.api.routes import Route, routes
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.words import Lang

_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Field:
    """A line of a model, or a parameter of an operation."""

    name: str
    label: str
    type: str
    disclosure: str
    note: str


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    address: str
    about: str
    parameters: tuple[Field, ...]
    takes: tuple[Field, ...]
    gives: tuple[Field, ...]
    statuses: tuple[str, ...]

    @property
    def style(self) -> str:
        return {"GET": "info", "POST": "good", "PATCH": "warn", "DELETE": "bad"}[self.method]


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})


@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """The operations one below the other, by what they are about."""
    groups: dict[str, list[Operation]] = {}
    for route in routes():
        groups.setdefault(spoken(route.group, lang()), []).append(_operation(route, lang()))
    context = {"groups": groups.items(), "problems": PROBLEMS.items(), "count": len(routes())}
    return render(request, "api/operations.html", context)


def _operation(route: Route, said: Lang) -> Operation:
    found = document()["paths"][address(route)][route.method.lower()]
    parameters = (p for p in found.get("parameters", ()) if p["in"] != "path")
    return Operation(
        route.method, address(route), spoken(route.about, said),
        tuple(_parameter(p, said) for p in parameters),
        tuple(_values(found.get("requestBody"), said)),
        () if route.unsafe else tuple(_values(found["responses"].get(next(iter(route.answers))), said)),
        tuple(str(status) for status in found["responses"]),
    )  # fmt: skip


def _values(of: dict[str, Any] | None, said: Lang) -> Iterator[Field]:
    """The fields of a body; of a record or draft those of its values. A list's are those of what it lists."""
    content = (of or {}).get("content", {}).get("application/json")
    inner = _resolved(content["schema"]).get("properties", {}) if content else {}
    if "items" in inner and "next" in inner:
        return
    shown = _resolved(inner["values"]).get("properties", {}) if "values" in inner else inner
    for name, schema in shown.items():
        yield _field(name, schema, said)


def _parameter(parameter: dict[str, Any], said: Lang) -> Field:
    """What a parameter means is all there is to say of it."""
    note = _half(str(parameter.get("description", "")), said)
    return Field(parameter["name"], note, _type(parameter["schema"]), "", "")


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The model that a schema refers to."""
    reference = schema.get("$ref") or next((s["$ref"] for s in schema.get("allOf", ()) if "$ref" in s), "")
    found: dict[str, Any] = (
        document()["components"]["schemas"][reference.removeprefix(_SCHEMAS)] if reference else schema
    )
    return found


def _field(name: str, schema: dict[str, Any], said: Lang) -> Field:
    label = str(schema.get(f"x-{said}", ""))
    note = _half(str(schema.get("description", "")), said)
    return Field(name, label, _type(schema), str(schema.get("x-disclosure", "")), note)


def _half(text: str, said: Lang) -> str:
    """The reader's half of what is said in both languages."""
    parts = (part.split(SEPARATOR) for part in text.split("\n"))
    return "; ".join(halves[0 if said == "zh" else 1] if len(halves) == 2 else halves[0] for halves in parts)


def _type(schema: dict[str, Any]) -> str:
    kinds = [schema, *schema.get("anyOf", ())]
    found = next((k for k in kinds if k.get("type") not in (None, "null")), {})
    if found.get("type") == "array":
        return f"{_type(found.get('items', {}))}[]"
    return str(
        found.get("format")
        or found.get("type")
        or _resolved(next((k for k in kinds if "$ref" in k), {})).get("title", "")
    )
