"""Values as people read them on a page, and as a form holds them to be typed over."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from tongtu.hub.listings.kinds import Field
from tongtu.hub.listings.vocab import currency, label
from tongtu.hub.people.models import Organisation
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import shown
from tongtu.hub.statements import Ids, fetch
from tongtu.registry.codes import join
from tongtu.registry.columns import Column
from tongtu.terms.money import Money, exponent
from tongtu.terms.words import Lang, show, word

_NAMES = ("title", "name", "need", "achievement")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a record on a page. `many`: each entry apart; `long`: a text of several lines."""

    column: str
    label: str
    text: str = ""
    many: tuple[str, ...] = ()
    long: bool = False

    @property
    def chip(self) -> str:
        """The value on a card; a bare number says what it is."""
        return f"{self.label} {self.text}" if self.text.isdecimal() else self.text

    @property
    def absent(self) -> bool:
        return not self.text and not self.many


def value(column: Column, values: Mapping[str, Any], lang: Lang, names: Mapping[str, str] | None = None) -> Value:
    """One column of a record's values; `names` gives the references their names."""
    held, called = values.get(column.name), column.label(lang)
    if held in (None, "", []):
        return Value(column.name, called)
    match column.kind:
        case "code":
            return Value(column.name, called, label(column, held, lang))
        case "codes":
            return Value(column.name, called, many=tuple(label(column, code, lang) for code in held))
        case "list":
            return Value(column.name, called, many=tuple(held))
        case "refs" | "ref":
            refs = held if isinstance(held, list) else [held]
            return Value(column.name, called, many=tuple(n for r in refs if (n := (names or {}).get(r))))
        case "money":
            return Value(column.name, called, Money(held, values.get("currency") or currency()).say(lang))
        case "long":
            return Value(column.name, called, held, long=True)
    return Value(column.name, called, _plain(held, lang))


def _plain(held: Any, lang: Lang) -> str:
    if isinstance(held, bool):
        return word("terms.yes" if held else "terms.no", lang)
    return held.isoformat() if isinstance(held, date) else held if isinstance(held, str) else show(held, lang)


def typed(asked: Field, values: Mapping[str, Any]) -> str:
    """A value as its field of a form holds it, so that sending the form back changes nothing."""
    held = values.get(asked.name)
    match held:
        case None:
            return ""
        case bool():
            return "yes" if held else "no"
        case list():
            return ";".join(held) if asked.column.kind == "codes" else join(held, "；")
        case int() if asked.column.kind == "money":
            major = Decimal(held).scaleb(-exponent(values.get("currency") or currency())) / asked.scale
            return format(major.normalize(), "f")
        case float():
            return str(int(held)) if held.is_integer() and abs(held) < 1e15 else repr(held)
    return str(held)


def names_of(sight: Sight, columns: Iterable[Column], rows: Iterable[Mapping[str, Any]], lang: Lang) -> dict[str, str]:
    """Id -> name of everything that rows refer to, as far as the asker may know of it."""
    wanted: dict[str, set[str]] = {}
    seen = list(rows)
    for column in columns:
        if column.kind in ("ref", "refs"):
            held = (row.get(column.name) for row in seen)
            several = (h if isinstance(h, list) else [h] for h in held if h)
            wanted.setdefault(column.of, set()).update(ref for refs in several for ref in refs)
    found: dict[str, str] = {}
    for noun, refs in ((noun, refs) for noun, refs in wanted.items() if refs):
        found |= organisations(refs, lang) if noun == "organisations" else _titles(sight, noun, refs, lang)
    return found


def organisations(refs: Iterable[str], lang: Lang) -> dict[str, str]:
    """Id -> name of organisations."""
    ids = Ids(filter(None, map(as_uuid, refs)))

    def asked() -> QuerySet[Organisation]:
        return Organisation.objects.filter(pk__among=ids).order_by().values_list("pk", "name", "name_en")

    rows = fetch(("names",), (ids,), asked) if ids else []
    return {str(pk): (lang == "en" and english) or name for pk, name, english in rows}


def title_of(values: Mapping[str, Any], lang: Lang) -> str:
    """What a record is called, in the reader's language where it has such a name."""
    order = ("title_en", "name_en", *_NAMES) if lang == "en" else (*_NAMES[:2], "title_en", "name_en", *_NAMES[2:])
    return next((str(values[name]) for name in order if values.get(name)), "")


def as_uuid(text: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _titles(sight: Sight, noun: str, refs: Iterable[str], lang: Lang) -> dict[str, str]:
    ids = Ids(filter(None, map(as_uuid, refs)))
    rows = sight.fetch(("titles", noun), lambda: MODELS[noun].objects.visible_to(sight).filter(pk__among=ids), ids)
    seen = ((row.pk, shown(sight, row)) for row in rows)
    return {str(pk): title_of(found.values, lang) for pk, found in seen if found is not None}
