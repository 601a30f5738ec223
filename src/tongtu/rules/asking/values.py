"""One supposed value for one column, as a person gives it: Python's own types, Money, or the text they would type."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tongtu.registry import Column
from tongtu.terms import numbers
from tongtu.terms.checked import Checked
from tongtu.terms.dates import parse_date
from tongtu.terms.money import Money
from tongtu.terms.why import Why

Codes = Mapping[str, Iterable[str]]


def read(column: Column, value: Any, currency: str, codes: Codes) -> Checked[Any]:
    """The value in the registry's type (an amount as Money), or what is wrong with it. None is "not known".

    A bare number for an amount is in major units of `currency`, as tables of criteria show it. Codes of a list
    that is not among `codes` are not checked.
    """
    if value is None:
        return Checked(None)
    if column.kind == "money":
        return _money(value, currency)
    if column.many:
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(v, str) for v in value):
            return _wrong("list")
        return _coded(column, value, list(value), codes)
    found = _READERS.get(column.kind, _text)(value)
    return found if found.value is None else _coded(column, [found.value], found.value, codes)


def near(name: str, known: Iterable[str]) -> list[str]:
    """Names like this one, or the first few there are."""
    listed = list(known)
    return difflib.get_close_matches(name, listed, n=3) or listed[:8]


def _wrong(kind: str) -> Checked[Any]:
    return Checked.wrong("asking.wrong-type", wanted=Why(f"asking.kind-{kind}"))


def _coded(column: Column, given: Iterable[Any], value: Any, codes: Codes) -> Checked[Any]:
    known = list(codes.get(column.of, ())) if column.kind in ("code", "codes") else []
    strange = [code for code in given if known and code not in known]
    if strange:
        return Checked.wrong("asking.no-code", value=strange[0], names=near(str(strange[0]), known))
    return Checked(value)


def _money(value: Any, currency: str) -> Checked[Any]:
    if isinstance(value, Money):
        found = value
    elif isinstance(value, str):
        parsed = numbers.parse_money(value)
        if parsed.value is None:
            return _wrong("money")
        named = parsed.value.currencies
        found = Money.of(parsed.value.value, currency if not named or currency in named else named[0])
    elif _figure(value):
        found = Money.of(Decimal(str(value)), currency)
    else:
        return _wrong("money")
    if not found.currency:
        return Checked.wrong("asking.no-currency")
    if currency and found.currency != currency:
        return Checked.wrong("asking.other-currency", given=found.currency, expected=currency)
    return Checked(found) if abs(found.minor) < 2**63 else _wrong("money")


def _figure(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value)


def _number(value: Any) -> Checked[Any]:
    if isinstance(value, str):
        parsed = numbers.parse_ratio(value)
        value = parsed.value if parsed.ok else numbers.parse_number(value).value
    return Checked(float(value)) if _figure(value) else _wrong("number")


def _whole(value: Any) -> Checked[Any]:
    found = numbers.parse_number(value).value if isinstance(value, str) else value
    if found is None or not _figure(found) or found != int(found) or abs(found) >= 2**63:
        return _wrong("whole")
    return Checked(int(found))


def _flag(value: Any) -> Checked[Any]:
    return Checked(value) if isinstance(value, bool) else _wrong("flag")


def _day(value: Any) -> Checked[Any]:
    if isinstance(value, str):
        value = parse_date(value).value
    return Checked(value) if isinstance(value, date) else _wrong("date")


def _text(value: Any) -> Checked[Any]:
    return Checked(value) if isinstance(value, str) and value else _wrong("text")


_READERS: dict[str, Callable[[Any], Checked[Any]]] = {
    "bool": _flag, "date": _day, "int": _whole, "year": _whole, "float": _number, "ratio": _number,
}  # fmt: skip
