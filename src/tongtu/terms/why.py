"""`Why`: the one shape every explanation has.

An engine never writes a sentence. It returns a code and typed arguments; the words room turns them
into Chinese or English when a face shows them. A reason can be stored in a table column as JSON and
comes back equal.

>>> why = Why("terms.fault-repair", {"repair": ("介电损耗", "LTCC")})
>>> Why.from_json(why.to_json()) == why
True
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tongtu.terms.money import Money


@dataclass(frozen=True, slots=True)
class Label:
    """A name that comes from data in both languages; either side may stand in for the other."""

    zh: str
    en: str = ""

    def say(self, lang: str) -> str:
        return (self.zh if lang == "zh" else self.en) or self.zh or self.en


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, both as stored."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share in 0..1, shown as a percentage."""

    value: float


@dataclass(frozen=True, slots=True)
class Why:
    """A reason: a code of the catalogue, its arguments, and the finer reasons below it."""

    code: str
    args: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Why, ...] = ()

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, characters as they are."""
        import orjson

        return orjson.dumps(_pack(self), option=orjson.OPT_SORT_KEYS).decode()

    @classmethod
    def from_json(cls, text: str) -> Why:
        """Raises ValueError when the text is not a stored reason."""
        value = _unpack(json.loads(text))
        if not isinstance(value, Why):
            raise ValueError("not a stored reason")
        return value

    def __hash__(self) -> int:
        return hash(self.to_json())


def _pack(value: Any) -> Any:
    match value:
        case Why():
            packed: dict[str, Any] = {"$why": value.code}
            if value.args:
                packed["args"] = {k: _pack(v) for k, v in value.args.items()}
            if value.parts:
                packed["parts"] = [_pack(p) for p in value.parts]
            return packed
        case Money():
            return {"$money": [value.minor, value.currency]}
        case Label():
            return {"$label": [value.zh, value.en]}
        case Quantity():
            return {"$quantity": [value.value, value.unit]}
        case Ratio():
            return {"$ratio": value.value}
        case date():
            return {"$date": value.isoformat()}
        case list() | tuple():
            return [_pack(v) for v in value]
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"a reason cannot carry {type(value).__name__}")


def _unpack(value: Any) -> Any:
    match value:
        case list():
            return tuple(_unpack(v) for v in value)
        case {"$why": code}:
            args = {k: _unpack(v) for k, v in value.get("args", {}).items()}
            return Why(code, args, tuple(_unpack(p) for p in value.get("parts", [])))
        case {"$money": [minor, currency]}:
            return Money(minor, currency)
        case {"$label": [zh, en]}:
            return Label(zh, en)
        case {"$quantity": [number, unit]}:
            return Quantity(number, unit)
        case {"$ratio": number}:
            return Ratio(number)
        case {"$date": text}:
            return date.fromisoformat(text)
    return value
