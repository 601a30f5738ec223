"""Registries drawn at random: every noun, every kind of column, keys that exist, values in their canonical form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
from hypothesis import strategies as st

from tongtu.registry import Column, Noun, Registry, noun, nouns
from tongtu.registry.codes import Codes
from tongtu.registry.validate import SUBJECTS
from tongtu.terms.ids import CURRENCIES, uscc_check

#: a closed list for every vocabulary that a pack would bring, with labels that are awkward to read back
PACK = {
    c.of: {"x": "甲、乙", "y-1": "Use first, pay later", "z": "丙"}
    for n in nouns().values() for c in n.columns if c.kind in ("code", "codes") and c.of not in Codes()
}  # fmt: skip

_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn"))
_SPACES = st.sampled_from(["\n", " ", "\t"])


def _text(most: int) -> st.SearchStrategy[str]:
    """What a cell may hold: trimmed, not empty, no control characters, no error value of Excel."""
    raw = st.one_of(
        st.text(st.one_of(_LETTERS, _SPACES), max_size=most),
        st.sampled_from(
            ["=1+1", "'=x", "@a", "-", "N/A", "001", "1e5", "TRUE", '"', ";", "；", "a;b", '5" wafer', "_x0041_", "[]"]
        ),
    )
    trimmed = raw.map(lambda t: t.strip().strip("\u3000\u00a0\u200b").strip())
    return trimmed.filter(lambda t: t != "" and t == t.strip() and not t.startswith("#") and "_x000D_" not in t)


_CODE = st.from_regex(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}", fullmatch=True)
_PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "text": _text(20), "long": _text(60), "unit": _text(6), "list": st.lists(_text(8), min_size=1, max_size=3),
    "bool": st.booleans(), "date": st.dates(date(1500, 1, 1), date(9999, 12, 31)), "year": st.integers(1900, 2199),
    "currency": st.sampled_from(sorted(CURRENCIES)), "division": st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    "orcid": st.just("0000-0002-1825-0097"), "ror": st.just("https://ror.org/03yrm5c26"),
    "uscc": _CODE.map(lambda code: code + uscc_check(code)),
}  # fmt: skip


@st.composite
def registries(draw: st.DrawFn, most: int = 3) -> Registry:
    """All nouns with equally many rows, in which every reference resolves."""
    many = draw(st.integers(1, most))
    keys = {n.name: [f"{n.name[:4]}-{i}" for i in range(many)] for n in nouns().values()}
    return Registry({name: _table(draw, noun(name), keys) for name in nouns()})


def _table(draw: st.DrawFn, found: Noun, keys: Mapping[str, list[str]]) -> pl.DataFrame:
    rows = []
    for i in range(len(keys[found.name])):
        row: dict[str, Any] = {}
        for column in found.columns:
            row[column.name] = _cell(draw, column, row, i, keys)
        _tell_apart(found, row, i)
        for column in found.columns:  # an end does not lie before its beginning
            other = column.constraint.removeprefix(">=")
            if other in row and None not in (row[column.name], row[other]):
                row[column.name] = max(row[column.name], row[other])
        if any(row[c.name] is not None for c in found.columns if c.kind == "money"):
            row["currency"] = row["currency"] or "CNY"
        rows.append(row)
    return pl.DataFrame(rows, schema=found.schema())


def _tell_apart(found: Noun, row: dict[str, Any], i: int) -> None:
    """Different keys in every row, where the key is not an id."""
    first = found.column(found.key[0])
    if first.kind in ("text",):
        row[first.name] = f"{row[first.name]} {i}"
    for name in found.key[1:]:
        kind = found.column(name).kind
        if kind == "int":
            row[name] = i + 1
        elif kind == "date" and not found.column(name).constraint:
            row[name] = date(1950 + i, 1, 1)


def _cell(draw: st.DrawFn, column: Column, row: dict[str, Any], i: int, keys: Mapping[str, list[str]]) -> Any:
    if column.kind == "id" and column.name == noun(column.noun).key[0]:
        return keys[column.noun][i]
    if column.name in noun(column.noun).key and column.kind == "ref":
        return keys[column.of][i]
    if not column.required and draw(st.booleans()):
        return None
    match column.kind:
        case "ref":
            return draw(st.sampled_from(keys[column.of]))
        case "refs":
            return draw(st.lists(st.sampled_from(keys[column.of]), min_size=1, max_size=2))
        case "subject":
            return draw(st.sampled_from(keys[SUBJECTS[row["subject_kind"]]]))
        case "code" | "codes":
            codes = st.sampled_from([*Codes().labels(column.of)] or [*PACK[column.of]])
            return draw(codes if column.kind == "code" else st.lists(codes, min_size=1, max_size=3, unique=True))
        case "int" | "money" | "float" | "ratio":
            return draw(_number(column))
    return draw(_PLAIN[column.kind])


def _number(column: Column) -> st.SearchStrategy[Any]:
    low, high = (float(x) for x in column.constraint.split("..")) if ".." in column.constraint else (None, None)
    if column.constraint[:1] == ">" and column.constraint.strip(">=").replace(".", "").isdigit():
        low = float(column.constraint.strip(">=")) + (column.constraint[1] != "=")
    if column.kind in ("float", "ratio"):
        return st.floats(low, high, allow_nan=False, allow_infinity=False, allow_subnormal=False)
    return st.integers(int(low) if low is not None else -(2**62), int(high) if high is not None else 2**62)
