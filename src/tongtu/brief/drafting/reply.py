"""The form of a reply: one JSON object, `{"sentences": {id: wording}}`, strictly read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from tongtu.terms.why import Why

MOST = 200_000  # characters of a whole reply
_ROOT = "sentences"
_SHOWN = 40  # characters of a name that is not ours
_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """Wordings by sentence id, and what of the reply was something else."""

    wordings: Mapping[str, str]
    dropped: tuple[tuple[str, Why], ...]


def read_reply(text: str) -> Reply:
    """A reply that breaks the form is dropped whole; members that nobody asked for are dropped one by one.

    One outer code fence is form and not content, so it is taken off.
    """
    if len(text) > MOST:
        return _nothing("reply-long", most=MOST)
    match = _FENCED.match(text)
    try:
        value = json.loads(match[1] if match else text, object_pairs_hook=_object, parse_constant=_no)
    except (ValueError, RecursionError):
        return _nothing("reply-form")
    if not isinstance(value, dict) or not isinstance(value.get(_ROOT), dict):
        return _nothing("reply-form")
    dropped = [(_short(name), Why("brief_drafting.not-asked")) for name in value if name != _ROOT]
    wordings: dict[str, str] = {}
    for name, wording in value[_ROOT].items():
        if isinstance(wording, str):
            wordings[name] = wording
        else:
            dropped.append((_short(name), Why("brief_drafting.no-text")))
    return Reply(wordings, tuple(dropped))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two members of one name can be read two ways, so there may be none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no(constant: str) -> NoReturn:
    raise ValueError(constant)


def _nothing(code: str, **args: object) -> Reply:
    return Reply({}, (("", Why(f"brief_drafting.{code}", args)),))


def _short(name: str) -> str:
    """A name nobody gave: cut, and only its letters, digits and hyphens."""
    return "".join(c if c.isalnum() or c in "-_" else "·" for c in name[:_SHOWN])
