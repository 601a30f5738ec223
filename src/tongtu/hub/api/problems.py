"""What went wrong, as `application/problem+json` (RFC 9457) in the reader's language.

`type` leads to the page that explains it. `faults` names every single fault: the place in what was sent as a JSON
pointer, what is wrong and how to repair it. A thing that one may not know of gives the very answer of a thing that
there is not: nothing of the address is repeated.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, say, word

MEDIA = "application/problem+json"

#: name of a problem -> status
PROBLEMS = {
    "malformed": 400, "unauthenticated": 401, "refused": 403, "forged": 403, "missing": 404, "method": 405,
    "in-flight": 409, "wrong-state": 409, "stale": 412, "too-large": 413, "media-type": 415, "invalid": 422,
    "key-reused": 422, "precondition": 428, "too-many": 429, "broken": 500, "not-ready": 503,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault: `field` is a JSON pointer into the body, or the name of a parameter."""

    field: str
    what: Why
    repair: Why | None = None

    def say(self, lang: Lang) -> dict[str, str]:
        said = {"field": self.field, "code": self.what.code, "what": say(self.what, lang)}
        return said | ({"repair": say(self.repair, lang)} if self.repair else {})


class Problem(Exception):
    """Ends a request with a problem; `why` says more than the problem's own sentence."""

    def __init__(
        self, name: str, why: Why | None = None, faults: Iterable[Wrong] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(name)
        self.name, self.why, self.faults, self.headers = name, why, tuple(faults), dict(headers or {})


def invalid(field: str, code: str, **args: Any) -> Problem:
    """A single fault, by codes of this room: `CODE` says what, `CODE-repair` how to repair it."""
    return Problem("invalid", faults=[wrong(field, code, **args)])


def wrong(field: str, code: str, **args: Any) -> Wrong:
    return Wrong(field, Why(f"hub_api.{code}", args), Why(f"hub_api.{code}-repair", args))


def later(name: str, seconds: float) -> Problem:
    """A problem that passes by itself."""
    return Problem(name, headers={"Retry-After": str(max(1, math.ceil(seconds)))})


def as_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as an answer; its `request` is the number under which the hub's own log has it."""
    said = lang()
    detail = say(problem.why, said) if problem.why else word(f"hub_api.problem-{problem.name}-detail", said)
    body: dict[str, Any] = {
        "type": f"/api/#problem-{problem.name}",
        "title": word(f"hub_api.problem-{problem.name}", said),
        "status": PROBLEMS[problem.name],
        "detail": detail,
        "request": getattr(request, "number", ""),
    }
    if problem.why:
        body["code"] = problem.why.code
    if problem.faults:
        body["faults"] = [f.say(said) for f in problem.faults]
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    answer = HttpResponse(text, status=PROBLEMS[problem.name], content_type=MEDIA)
    for name, value in problem.headers.items():
        answer[name] = value
    return answer


def of_faults(faults: Iterable[Fault], noun: str) -> list[Wrong]:
    """Faults of a listing's columns and of its rows, at their places in a draft."""
    found = []
    for fault in faults:
        place = (
            f"/values/{fault.column}" if fault.file == noun else f"/rows/{fault.file}/{fault.row or 0}/{fault.column}"
        )
        found.append(Wrong(place, fault.what, fault.repair))
    return found


#: how pydantic's types of errors begin -> our word for them; the first that fits
_TYPES = (
    ("missing", "absent"), ("extra_forbidden", "unknown-field"), ("string_unicode", "unicode"), ("string", "text"),
    ("int", "whole"), ("float", "number"), ("finite", "number"), ("bool", "yes-no"), ("date", "date"),
    ("list", "list"), ("too_", "length"), ("uuid", "uid"), ("greater", "range"), ("less", "range"),
    ("enum", "choice"), ("literal", "choice"), ("dict", "object"), ("model", "object"), ("mapping", "object"),
)  # fmt: skip


def of_schema(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """What a body or a parameter has against its schema, all at once."""
    return Problem("invalid", faults=[wrong(_place(e["loc"]), f"fault-{_type(str(e['type']))}") for e in errors])


def _type(error: str) -> str:
    return next((ours for theirs, ours in _TYPES if error.startswith(theirs)), "other")


def _place(loc: tuple[Any, ...]) -> str:
    """`('body', 'draft', 'values', 'title')` -> `/values/title`; `('query', 'asked', 'limit')` -> `limit`."""
    if loc[0] == "body":
        return "".join(f"/{part}" for part in loc[2:]) or "/"
    return str(loc[-1])
