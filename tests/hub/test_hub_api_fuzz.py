"""Every operation, asked with what its own description allows and with what it does not: only declared answers."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtu.hub.api.description import address, document
from tongtu.hub.api.door import buckets
from tongtu.hub.api.problems import MEDIA
from tongtu.hub.api.routes import Route, api, routes
from tongtu.hub.records.models import MODELS
from tongtu.registry.columns import noun

_FEW = settings(
    max_examples=10, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
_ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.just([]), st.just({}),
    st.sampled_from(["=1+1", "\0", "-", "N/A", "１２", "1e309", "9" * 400, "2026-02-30", "；；", '"', "\u202e"]),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: Any) -> Iterator[None]:
    monkeypatch.setattr(buckets, "burst", math.inf)
    buckets.clear()
    yield
    buckets.clear()


def _made_by(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What a schema of the description allows."""
    if "$ref" in schema:
        return st.deferred(lambda: _made_by(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        outer = {k: v for k, v in schema.items() if k != "anyOf"}
        return st.one_of([_made_by({**outer, **inner}) for inner in schema["anyOf"]])
    match schema.get("type"):
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(int(schema.get("minimum", -(10**6))), int(schema.get("maximum", 10**6)))
        case "number":
            return st.floats(schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False)
        case "array":
            return st.lists(
                _made_by(schema.get("items", {"type": "string"})), min_size=schema.get("minItems", 0), max_size=3
            )
        case "object":
            return _object(schema)
    match schema.get("format"):
        case "date":
            return st.dates().map(str)
        case "uuid":
            return st.uuids().map(str)
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=min(schema.get("maxLength", 20), 40))


def _object(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    inner = {name: _made_by(s) for name, s in schema.get("properties", {}).items()}
    required = {name: inner.pop(name) for name in schema.get("required", ())}
    if not inner and not required and isinstance(schema.get("additionalProperties"), dict):
        return st.dictionaries(st.text("abc", max_size=3), _made_by(schema["additionalProperties"]), max_size=2)
    return st.fixed_dictionaries(required, optional=inner)


def _spoiled(draw: Any, body: Any) -> Any:
    """The same with something odd at one place."""
    if isinstance(body, dict) and body and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(body)))
        return {**body, name: _spoiled(draw, body[name])}
    if isinstance(body, dict) and draw(st.booleans()):
        return {**body, draw(st.text("abcxyz_/~", max_size=5)): draw(_ODD)}
    return draw(_ODD)


def _schema(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][address(route)][route.method.lower()]
    return found


def _address(route: Route, ids: dict[str, Any]) -> str:
    path = address(route)
    for name in ("uid", "own", "other"):
        path = path.replace(f"{{{name}}}", str(ids.get(name, "")))
    return path


def _holds(route: Route, answer: Any) -> None:
    """Declared status, its kind of content, and a body that its model takes."""
    declared = _schema(route)["responses"]
    assert answer.status_code < 500, (route.name, answer.content)
    assert answer.status_code in declared, (route.name, answer.status_code, answer.content)
    if answer.status_code in route.answers:
        model = _models()[route.name].response_models[answer.status_code]
        if model is not None:
            assert answer["Content-Type"] == "application/json"
            model.model_validate({"response": answer.json()})
        return
    assert answer["Content-Type"] == MEDIA
    said = answer.json()
    assert said["status"] == answer.status_code
    assert all(said[name] for name in ("type", "title", "detail", "request"))
    for fault in said.get("faults", ()):
        assert fault["what"]
        assert not fault["what"].startswith("hub_api.")


def _models() -> dict[str, Any]:
    return {
        operation.operation_id: operation
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
    }


def _client(world: Any, person: str | None, lang: str = "zh-hans") -> Any:
    """One browser a person, since signing in takes longer than asking."""
    if not hasattr(world, "clients"):
        world.clients = {}
    if (person, lang) not in world.clients:
        world.clients[person, lang] = world.client(person, lang)
    return world.clients[person, lang]


def _ids(world: Any, route: Route) -> dict[str, Any]:
    """Things that exist for the firm's people, of the kind that an address is about."""
    own, other = world.need.pk, world.achievement.pk
    listing = {"needs": own, "achievements": other}
    return {"uid": listing.get(route.path.split("/")[2], own), "own": own, "other": other}


@pytest.mark.parametrize("route", [r for r in routes() if r.unsafe], ids=lambda r: r.name)
@_FEW
@given(data=st.data())
def test_changes_answer_as_described(listed: Any, route: Route, data: Any) -> None:
    person = data.draw(st.sampled_from(["editor", "approver", "scientist", "secretariat", "system", "stranger"]))
    schema = _schema(route).get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    body = data.draw(_made_by(schema)) if schema else None
    if schema and data.draw(st.booleans()):
        body = _spoiled(data.draw, body)
    ids = _ids(listed, route) if data.draw(st.integers(0, 4)) else dict.fromkeys(("uid", "own", "other"), uuid.uuid4())
    headers = {"If-Match": "*"} if data.draw(st.integers(0, 4)) else {}
    if data.draw(st.integers(0, 4)) == 0:
        headers["Idempotency-Key"] = data.draw(st.sampled_from(["a", "b"]))
    client = _client(listed, person, data.draw(st.sampled_from(["zh-hans", "en"])))
    sent = "" if body is None else json.dumps(body)
    _holds(route, client.generic(route.method, _address(route, ids), sent, "application/json", headers=headers))


@settings(_FEW, max_examples=3)
@given(data=st.data())
def test_reading_answers_as_described(listed: Any, data: Any) -> None:
    person = data.draw(st.sampled_from([None, "editor", "competitor", "secretariat", "audit", "stranger"]))
    client = _client(listed, person)
    for route in (r for r in routes() if not r.unsafe):
        parameters = [p for p in _schema(route).get("parameters", ()) if p["in"] == "query"]
        asked = {}
        for p in parameters:
            if data.draw(st.integers(0, 7)) == 0:
                asked[p["name"]] = data.draw(st.one_of(_made_by(p["schema"]), _ODD.map(str)))
        ids = _ids(listed, route)
        _holds(route, client.get(_address(route, ids), {k: v for k, v in asked.items() if v is not None}))


_ASKED = {c.name: c for c in noun("needs").columns}


@settings(_FEW, max_examples=15)
@given(data=st.data())
def test_what_is_kept_is_what_was_sent(listed: Any, data: Any) -> None:
    """Amounts, shares, dates and lists come back as they went in, and sending them again changes nothing."""
    values = data.draw(
        st.fixed_dictionaries(
            {"title": st.text("陶瓷基板abc 19", min_size=1, max_size=20).map(str.strip).filter(lambda t: t.isalpha())},
            optional={
                "budget": st.integers(0, 10**13), "trl_min": st.integers(1, 9), "deadline": st.dates().map(str),
                "keywords": st.lists(st.text("LTCC；;、\" 陶", min_size=1, max_size=6), max_size=3),
                "direction": st.sampled_from(["ic", "ai"]), "bottleneck": st.booleans(),
                "cooperation": st.lists(st.sampled_from(document_enum("cooperation")), max_size=3, unique=True),
            },
        )
    )  # fmt: skip
    high = data.draw(st.floats(-1e6, 1e6, allow_nan=False))
    body = {"values": values, "rows": {"indicators": [{"quantity": "损耗", "high": high, "operator": "le"}]}}
    client = _client(listed, "editor")
    made = client.post("/api/v1/needs", json.dumps(body), content_type="application/json")
    if made.status_code == 422:
        return
    said = made.json()
    kept = said["values"]
    for name, sent in values.items():
        if name == "keywords":
            assert kept[name] is None or all(isinstance(k, str) for k in kept[name])
        else:
            assert (kept[name] or None) == (sent or None), name
    assert said["rows"]["indicators"][0]["values"]["high"] == pytest.approx(high, rel=1e-12, abs=1e-12)
    headers = {"If-Match": made["ETag"]}
    again = client.patch(made["Location"], "{}", content_type="application/json", headers=headers)
    assert again.status_code == 200, again.content
    assert again.json()["values"] == kept
    assert MODELS["needs"].objects.filter(pk=said["uid"]).exists()


def document_enum(column: str) -> list[str]:
    values = document()["components"]["schemas"]["NeedDraftValues"]["properties"][column]
    return list(values["items"]["enum"])
