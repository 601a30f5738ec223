"""Zipped workbooks and documents: the directory is judged, then every part is unpacked under a count and packed anew.

The parser never sees the zip that arrived. It sees one we wrote, without compression, from parts whose
size was counted while they were unpacked; so a directory that lies, parts that overlap, and two readers
that understand one zip differently have nothing left to work with. Unpacking happens once either way,
which makes this nearly free.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from tongtu.registry.boundary.limits import RATIO_FLOOR, Limits
from tongtu.registry.boundary.refusal import fault, raise_all, refused
from tongtu.terms.faults import Fault
from tongtu.terms.why import Why

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_CENTRAL_MAGIC = b"PK\x01\x02"
_UTF8_NAME = 0x800
_PIECE = 1 << 16
_PEEK = 1 << 16

_NESTED_NAME = re.compile(r"\.(zip|rar|7z|gz|bz2|xz|tar|jar|docx|docm|xlsx|xlsm|xlsb|pptx|ods|odt)$", re.I)
_NESTED_MAGIC = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b\x08", b"BZh")
_XML_NAME = re.compile(r"\.(xml|rels|vml|xhtml)$", re.I)
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s++|<\?[^>]*+>|<!--(?:[^-]|-(?!->))*+-->)*+")
_ERROR_SIGNS = {"xl/worksheets": b't="e"', "": b'value-type="error"'}
"""How a cell with an error is written in the parts of a folder: the sheets of .xlsx, the content of .ods."""
_UNSEEN = re.compile(
    r"(^|/)(media|embeddings|drawings|printerSettings|charts|theme|activeX|ctrlProps|docProps|Thumbnails)/"
    r"|vbaProject|^customXml/"
)
"""Parts a reader of cells has no use for: counted against the limits, never unpacked."""


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of the zip: where its packed bytes lie, and what the directory claims of them."""

    name: str
    deflated: bool
    start: int
    packed: int
    claimed: int
    crc: int


@dataclass(frozen=True, slots=True)
class Packed:
    """Where a part's plain bytes lie in the zip we wrote, and whether it may hold error cells."""

    name: str
    start: int
    size: int
    errors: bool


def parts(data: bytes, suffix: str, limits: Limits) -> list[Part]:
    """The parts of a workbook, judged. Raises FileRefused with all faults of the directory."""
    infos = _directory(data, limits)
    faults = [f for info in infos for f in _faults_of(info, limits)]
    faults += _faults_together(infos, data, suffix, limits)
    raise_all(faults)
    found = [_locate(info, data) for info in infos if not info.is_dir()]
    raise_all(f for part in found for f in _faults_inside(part, data))
    return found


def _directory(data: bytes, limits: Limits) -> list[zipfile.ZipInfo]:
    """The entries in the order of their place in the file."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or end + _END.size > len(data):
        raise refused("zip-damaged", problem="no end record")
    # Counted in the bytes, not read from the end record: that number is a claim, too.
    many = data.count(_CENTRAL_MAGIC)
    if many > limits.zip_entries:
        raise refused("zip-entries", entries=many, limit=limits.zip_entries)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return sorted(book.infolist(), key=lambda info: info.header_offset)
    except Exception as error:  # zipfile lets struct, Unicode, value and its own errors through
        raise refused("zip-damaged", problem=str(error) or type(error).__name__) from None


def _faults_of(info: zipfile.ZipInfo, limits: Limits) -> Iterator[Fault]:
    """What one entry of the directory says against itself."""
    name = info.orig_filename
    if _escapes(name) or stat.S_ISLNK(info.external_attr >> 16):
        yield fault("zip-path", entry=name)
    if info.flag_bits & 0x1:
        yield fault("encrypted")
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield fault("zip-method", entry=name, method=info.compress_type)
    if info.file_size > RATIO_FLOOR and info.file_size > limits.zip_ratio * max(info.compress_size, 1):
        ratio = info.file_size // max(info.compress_size, 1)
        yield fault("zip-ratio", entry=name, ratio=ratio, limit=limits.zip_ratio)
    if _NESTED_NAME.search(name):
        yield fault("zip-nested", entry=name)


def _escapes(name: str) -> bool:
    """Whether a name could lead out of a folder, or is no name at all."""
    pieces = name.split("/")
    return (
        not name
        or len(name) > 255
        or name.startswith("/")
        or "\\" in name
        or ":" in name
        or ".." in pieces
        or any(not c.isprintable() for c in name)
    )


def _faults_together(infos: list[zipfile.ZipInfo], data: bytes, suffix: str, limits: Limits) -> Iterator[Fault]:
    """What the entries together say: twice the same name, one over the other, too much, the wrong book."""
    seen: set[str] = set()
    end = 0
    for info in infos:
        key = info.orig_filename.lower()
        if key in seen:
            yield fault("zip-twice", entry=info.orig_filename)
        seen.add(key)
        if info.header_offset < end:
            yield fault("zip-overlap", entry=info.orig_filename)
        end = info.header_offset + _LOCAL.size + len(_raw_name(info)) + info.compress_size
    if end > len(data):
        yield fault("zip-damaged", problem="parts reach beyond the end")
    total = sum(info.file_size for info in infos)
    if total > limits.unpacked_bytes:
        yield fault("zip-unpacked", size=_mib(total), limit=_mib(limits.unpacked_bytes))
    elif total > RATIO_FLOOR and total > limits.zip_ratio * len(data):
        yield fault("zip-ratio", entry="*", ratio=total // len(data), limit=limits.zip_ratio)
    yield from _faults_of_kind(seen, suffix)


def _faults_of_kind(names: set[str], suffix: str) -> Iterator[Fault]:
    """Whether these are the parts of a workbook of this suffix."""
    kinds = {
        ".xlsx": "xl/workbook.xml",
        ".xlsb": "xl/workbook.bin",
        ".ods": "content.xml",
        ".docx": "word/document.xml",
        "pptx": "ppt/presentation.xml",
    }
    wanted = ".xlsx" if suffix == ".xlsm" else suffix
    if kinds[wanted] not in names:
        found = next((kind for kind, part in kinds.items() if part in names), "zip")
        yield fault("content", suffix=suffix, found=Why(f"boundary.is-{found.removeprefix('.')}"))


def _locate(info: zipfile.ZipInfo, data: bytes) -> Part:
    """Where the packed bytes begin, by the local header, which must bear the same name."""
    at = info.header_offset
    header = data[at : at + _LOCAL.size]
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise refused("zip-damaged", problem="no local header")
    *_, name_length, extra_length = _LOCAL.unpack(header)
    start = at + _LOCAL.size + name_length + extra_length
    if data[at + _LOCAL.size : at + _LOCAL.size + name_length] != _raw_name(info):
        raise refused("zip-damaged", problem="two names for one part")
    if start + info.compress_size > len(data):
        raise refused("zip-damaged", problem="a part is cut off")
    deflated = info.compress_type == zipfile.ZIP_DEFLATED
    return Part(info.orig_filename, deflated, start, info.compress_size, info.file_size, info.CRC)


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_NAME else "cp437")


def _faults_inside(part: Part, data: bytes) -> Iterator[Fault]:
    """What the first bytes of a part reveal: an archive in the archive, a document type in the XML."""
    head = next(_unpacked(part, data, _PEEK), b"")[:_PEEK]
    if head.startswith(_NESTED_MAGIC) and not _NESTED_NAME.search(part.name):
        yield fault("zip-nested", entry=part.name)
    if _XML_NAME.search(part.name) and part.claimed and not part.name.startswith("customXml/"):
        yield from _faults_of_xml(part.name, head)


def _faults_of_xml(name: str, head: bytes) -> Iterator[Fault]:
    """A document type is the only place where entities are declared, and it must stand before the root.

    Bytes that reach no root element within the peek are refused as well: so nothing hides behind a long
    comment or another encoding (OOXML allows UTF-16; no program writes it).
    """
    prolog = _PROLOG.match(head)
    rest = head[prolog.end() :] if prolog else head
    if rest[:9].upper() == b"<!DOCTYPE":
        yield fault("xml-doctype", entry=name)
    elif not re.match(rb"<[A-Za-z_\x80-\xff]", rest):
        yield fault("xml-start", entry=name)


def _unpacked(part: Part, data: bytes, most: int) -> Iterator[bytes]:
    """The plain bytes of a part, piece by piece. Raises FileRefused where they cannot be unpacked."""
    view = memoryview(data)[part.start : part.start + part.packed]
    if not part.deflated:
        for at in range(0, len(view), most):
            yield bytes(view[at : at + most])
        return
    inflate = zlib.decompressobj(-15)
    try:
        for at in range(0, len(view), _PIECE):
            rest: bytes | memoryview = view[at : at + _PIECE]
            while rest:
                yield inflate.decompress(rest, most)
                rest = inflate.unconsumed_tail
            if inflate.eof:
                break
        yield inflate.flush()  # at most the few matches that zlib's bit buffer still holds
    except zlib.error as error:
        raise refused("zip-damaged", problem=f"{part.name}: {error}") from None
    if not inflate.eof:
        raise refused("zip-damaged", problem=f"{part.name}: cut off")


def repack(
    data: bytes, found: list[Part], out: BinaryIO, keep: Callable[[str], bool] = lambda name: True
) -> list[Packed]:
    """Writes a plain zip of the parts to keep. Raises FileRefused where a part is larger than it claimed.

    Checksums are copied, not computed: whoever reads the new zip compares them with the new bytes.
    """
    written: list[Packed] = []
    central: list[bytes] = []
    at = 0
    for part in found:
        if not keep(part.name):
            continue
        name = part.name.encode()
        times = (0, 33)  # 1980-01-01, the earliest the format can say
        shared = (_UTF8_NAME, 0, *times, part.crc, part.claimed, part.claimed, len(name), 0)
        at += out.write(_LOCAL.pack(b"PK\x03\x04", 20, *shared) + name)
        errors = _copy(part, data, out)
        central.append(_CENTRAL.pack(_CENTRAL_MAGIC, 20, 20, *shared, 0, 0, 0, 0, at - 30 - len(name)) + name)
        written.append(Packed(part.name, at, part.claimed, errors))
        at += part.claimed
    listing = b"".join(central)
    out.write(listing)
    out.write(_END.pack(b"PK\x05\x06", 0, 0, len(central), len(central), len(listing), at, 0))
    out.flush()
    return written


def _copy(part: Part, data: bytes, out: BinaryIO) -> bool:
    """Copies a part under a count; says whether an error cell stands in it."""
    sign = _ERROR_SIGNS.get(part.name.rpartition("/")[0])
    size, errors, tail = 0, False, b""
    for piece in _unpacked(part, data, 1 << 20):
        size += len(piece)
        if size > part.claimed:
            raise refused("zip-lies", entry=part.name)
        if sign and not errors:
            errors = sign in piece or sign in tail + piece[: len(sign)]
            tail = piece[-len(sign) :]
        out.write(piece)
    if size != part.claimed:
        raise refused("zip-damaged", problem=f"{part.name}: shorter than it claims")
    return errors


def is_for_cells(name: str) -> bool:
    """Whether a reader of cells needs this part."""
    if _UNSEEN.search(name):
        return False
    return name == "mimetype" or name.lower().endswith((".xml", ".rels", ".bin"))


def _mib(size: int) -> int:
    return -(-size // (1 << 20))
