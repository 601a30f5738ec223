"""R's `.rda` files (XDR, version 2 or 3, compressed or not): data frames as columns, by the standard library alone.

Only what a plain data frame is made of is read: numbers, texts, factors, their attributes. Anything else is refused.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from pathlib import Path
from typing import Any

import numpy as np

_PACKED = ((b"\xfd7zXZ", lzma.decompress), (b"BZh", bz2.decompress), (b"\x1f\x8b", gzip.decompress))
_NULL, _REFERENCE, _END = 0xFE, 0xFF, 0
_SYMBOL, _PAIRS, _CHARACTERS, _LOGICAL, _INTEGER, _REAL, _STRINGS, _LIST = 1, 2, 9, 10, 13, 14, 16, 19
_HAS_ATTRIBUTES, _HAS_TAG = 0x200, 0x400


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Objects by name; a data frame as its columns by name (texts as lists, numbers as arrays)."""
    raw = path.read_bytes()
    for magic, unpack in _PACKED:
        if raw.startswith(magic):
            raw = unpack(raw)
    if raw[:5] not in (b"RDX2\n", b"RDX3\n"):
        raise ValueError(f"{path.name} is no file of R's save()")
    stream = _Stream(raw, 5)
    return {name: _columns(*found) for name, found in stream.pairs().items()}


def _columns(value: Any, attributes: dict[str, Any]) -> dict[str, Any]:
    names = attributes["names"][0]
    found = {}
    for name, (column, more) in zip(names, value, strict=True):
        levels = more.get("levels", (None,))[0]
        found[name] = column if levels is None else [None if i < 1 else levels[i - 1] for i in column.tolist()]
    return found


class _Stream:
    def __init__(self, raw: bytes, place: int) -> None:
        self._raw, self._place = raw, place
        self._symbols: list[str] = []
        if self._take(2) != b"X\n":
            raise ValueError("not in XDR")
        version = self._whole()
        self._take(8)  # the versions of R that wrote it and that can read it
        if version == 3:
            self._take(self._whole())  # the encoding's name

    def _take(self, n: int) -> bytes:
        self._place += n
        return self._raw[self._place - n : self._place]

    def _whole(self) -> int:
        return int(struct.unpack(">i", self._take(4))[0])

    def pairs(self) -> dict[str, Any]:
        """A list of pairs that begins here, by tag."""
        found: dict[str, Any] = {}
        while True:
            flags = self._whole()
            kind = flags & 0xFF
            if kind in (_NULL, _END):
                return found
            if kind != _PAIRS:
                raise ValueError(f"type {kind} where a list of pairs should stand")
            if flags & _HAS_ATTRIBUTES:
                self.pairs()
            tag = self.item()[0] if flags & _HAS_TAG else ""
            found[tag] = self.item()

    def item(self) -> tuple[Any, dict[str, Any]]:
        """A value and its attributes."""
        flags = self._whole()
        kind = flags & 0xFF
        if kind == _NULL:
            return None, {}
        if kind == _REFERENCE:
            return self._symbols[(flags >> 8 or self._whole()) - 1], {}
        if kind == _SYMBOL:
            self._symbols.append(self._text())
            return self._symbols[-1], {}
        value = self._vector(kind)
        return value, self.pairs() if flags & _HAS_ATTRIBUTES else {}

    def _vector(self, kind: int) -> Any:
        n = self._whole()
        if kind in (_INTEGER, _LOGICAL):
            return np.frombuffer(self._take(4 * n), ">i4").astype(np.int64)
        if kind == _REAL:
            return np.frombuffer(self._take(8 * n), ">f8").astype(np.float64)
        if kind == _STRINGS:
            return [self._text() for _ in range(n)]
        if kind == _LIST:
            return [self.item() for _ in range(n)]
        raise ValueError(f"type {kind} is not read")

    def _text(self) -> str:
        if self._whole() & 0xFF != _CHARACTERS:
            raise ValueError("a text should stand here")
        n = self._whole()
        return "" if n < 0 else self._take(n).decode("utf-8")
