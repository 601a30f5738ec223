"""Bytes to characters, strictly, and delimited text to rows.

Which encoding it is, in this order:

1. a byte order mark decides (UTF-8, UTF-16 in both orders);
2. what is valid UTF-8 is UTF-8: other encodings' text almost never is by accident;
3. what is valid GB18030 *and reads like Chinese* is GB18030. Validity alone says little: Latin-1, EUC-KR
   and Big5 text often decodes, into nonsense. So of the characters beyond ASCII at least 8 in 10 must
   lie in the everyday set (GB 2312 with its punctuation, Greek and full-width forms, but no kana or
   Cyrillic), and of the ideographs at least 1 in 6 must be among the few hundred that make up half of any
   Chinese table;
4. anything else is a fault that names the first byte at which UTF-8 ends.

A NUL or a byte that no encoding explains is never replaced or dropped.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TextIO

from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.refusal import refused

_BLOCK = 1 << 20
_DELIMITERS = ",\t;|"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_EVERYDAY_SHARE = 0.8
_COMMON_SHARE = 1 / 6


def encoding_of(data: bytes) -> str:
    """Python's name of the encoding. Raises FileRefused where it cannot be decided."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            _demand(data, encoding)
            return encoding
    nul = data.find(b"\0")
    if nul >= 0:
        raise refused("nul", offset=nul, line=_line(data, nul))
    bad = _first_bad(data, "utf-8")
    if bad is None:
        return "utf-8"
    if _first_bad(data, "gb18030") is None and _reads_like_chinese(data):
        return "gb18030"
    raise _undecidable(data, bad)


def _demand(data: bytes, encoding: str) -> None:
    """A byte order mark is a promise about every byte that follows."""
    body = len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0
    bad = _first_bad(data[body:], encoding.removesuffix("-sig"))
    if bad is not None:
        raise _undecidable(data, body + bad)
    if encoding == "utf-16":
        order = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
        nul = next((at for at in _find_all(data, b"\0\0") if at % 2 == 0), None)
        if nul is not None:
            raise refused("nul", offset=nul, line=data[:nul].decode(order, "replace").count("\n") + 1)
    elif (nul := data.find(b"\0")) >= 0:
        raise refused("nul", offset=nul, line=_line(data, nul))


def _find_all(data: bytes, what: bytes) -> Iterator[int]:
    at = data.find(what)
    while at >= 0:
        yield at
        at = data.find(what, at + 1)


def _undecidable(data: bytes, bad: int) -> Exception:
    byte = f"0x{data[bad]:02X}" if bad < len(data) else "—"
    return refused("encoding", offset=bad, line=_line(data, bad), byte=byte)


def _line(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def _first_bad(data: bytes, encoding: str) -> int | None:
    """Offset of the first byte that is not of the encoding, or None. Never holds the text of it all."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for at in range(0, len(data), _BLOCK):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(data[at : at + _BLOCK], at + _BLOCK >= len(data))
        except UnicodeDecodeError as error:
            return min(at - held + error.start, len(data) - 1)
    return None


def _reads_like_chinese(data: bytes) -> bool:
    sample = data[:_BLOCK].decode("gb18030", "ignore")
    beyond = Counter(_BEYOND_ASCII.findall(sample))
    ideographs = {c: n for c, n in beyond.items() if "\u3400" <= c <= "\u9fff"}
    everyday = sum(n for c, n in beyond.items() if _is_everyday(c))
    common = sum(n for c, n in ideographs.items() if c in _common())
    return everyday >= _EVERYDAY_SHARE * beyond.total() and common >= _COMMON_SHARE * sum(ideographs.values()) > 0


def _is_everyday(char: str) -> bool:
    """In GB 2312 as an ideograph, punctuation, number, Greek or full-width form."""
    try:
        lead = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return lead in (0xA1, 0xA2, 0xA3, 0xA6) or lead >= 0xB0


@cache
def _common() -> frozenset[str]:
    file = resources.files(__package__) / "common_ideographs.txt"
    return frozenset(file.read_text(encoding="utf-8").replace("\n", ""))


def text_of(data: bytes) -> str:
    """All of the text, without its byte order mark."""
    return data.decode(encoding_of(data))


def utf8_of(data: bytes) -> bytes:
    """All of the text in UTF-8, without its byte order mark; without a copy where it is that already."""
    match encoding_of(data):
        case "utf-8":
            return data
        case "utf-8-sig":
            return data[len(codecs.BOM_UTF8) :]
        case other:
            return data.decode(other).encode()


def rows_of(data: bytes, suffix: str, limits: Limits) -> Iterator[list[str]]:
    """Records of delimited text; a quoted line break stays within its record.

    Raises FileRefused on the way: quotes that do not close, fields beyond the limit.
    """
    encoding = encoding_of(data)
    with io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="") as stream:
        sample = stream.read(1 << 16)
        stream.seek(0)
        named = re.match(r"sep=([,;\t|])\r?\n", sample)  # a first line that Excel writes and reads
        delimiter = named.group(1) if named else _delimiter(sample, suffix)
        yield from _records(stream, delimiter, limits)


def _records(stream: TextIO, delimiter: str, limits: Limits) -> Iterator[list[str]]:
    csv.field_size_limit(limits.field_chars)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            code = "csv-field" if "limit" in str(error) else "csv-quote"
            raise refused(code, line=reader.line_num, limit=limits.field_chars) from None
        yield record


def _delimiter(sample: str, suffix: str) -> str:
    """The character that splits the most records into the same number (above one) of fields."""
    if suffix == ".tsv":
        return "\t"
    lines = sample.splitlines(keepends=True)
    lines = lines[:-1] if len(sample) >= 1 << 16 and len(lines) > 1 else lines
    best = max(_DELIMITERS, key=lambda d: _evenness(lines[:50], d))
    return best if _evenness(lines[:50], best) > (0, 0) else ","


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many records share the commonest width above one, and that width."""
    try:
        widths = Counter(len(record) for record in csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return (0, 0)
    return max(((n, width) for width, n in widths.items() if width > 1), default=(0, 0))
