"""JSON: judged by its brackets and digits before it is parsed, then parsed strictly; tables out of it.

One scan without recursion removes the strings; what is left holds only brackets, digits and commas, and
answers both questions: how deep, and how long the numbers are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import orjson

from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.refusal import fault, raise_all, refused
from tongtu.registry.boundary.text import utf8_of
from tongtu.terms.faults import Fault, FileRefused

# Both end at the end of the text as well: an open string must not be tried again from each of its quotes.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_WHOLE = re.compile(rb"(?<![0-9.eE+])[0-9]{20,}+")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_MOST_FAULTS = 100


def values_of(data: bytes, suffix: str, limits: Limits) -> Any:
    """The document as plain values; a `.jsonl` becomes the list of its lines. Raises FileRefused."""
    text = utf8_of(data)
    if suffix != ".jsonl":
        return _value(text, limits, 1)
    values: list[Any] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            values.append(_value(line, limits, number))
        except FileRefused as refusal:
            faults += refusal.faults
            if len(faults) >= _MOST_FAULTS:
                break
    raise_all(faults)
    return values


def _value(text: bytes, limits: Limits, line: int) -> Any:
    raise_all(_judged(text, limits, line))
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise refused("json-invalid", line=line + error.lineno - 1, column=error.colno, problem=error.msg) from None


def _judged(text: bytes, limits: Limits, line: int) -> Iterator[Fault]:
    bare = _STRING.sub(b"", text)
    depth = max(accumulate(map(_STEP.__getitem__, bare.translate(None, _NOT_BRACKETS))), default=0)
    if depth > limits.json_depth:
        yield fault("json-depth", line=line, depth=depth, limit=limits.json_depth)
    whole = _WHOLE.search(bare)
    if whole:
        yield fault("json-whole", line=line + bare.count(b"\n", 0, whole.start()), digits=len(whole[0]))
    elif long := re.search(rb"[0-9]{%d,}+" % (limits.json_digits + 1), bare):
        at = line + bare.count(b"\n", 0, long.start())
        yield fault("json-digits", line=at, digits=len(long[0]), limit=limits.json_digits)


def tables_of(document: Any, stem: str) -> Iterator[tuple[str, list[list[Any]]]]:
    """Named tables as rows, the first row being the header. Raises FileRefused.

    A list of objects is one table named by the file, an object of such lists one table per key. A nested
    value in a cell stays as JSON text.
    """
    named = document if isinstance(document, dict) else {stem: document}
    for name, records in named.items():
        if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
            raise refused("json-shape")
        header = list(dict.fromkeys(key for record in records for key in record))
        yield name, [header, *([_cell(record.get(key)) for key in header] for record in records)]


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, (list, dict)) else value
