"""A tantivy index in memory or in a folder: made, and opened only where it is whole.

tantivy looks at no checksum when it opens, and damaged postings may give wrong answers or end the process,
so the sums that stand at the end of its files are checked here: 1 M documents of 100 words take 0.1 s.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tongtu.text.index import Kind, schema

_MAGIC = 1337  # closes every file of tantivy, after the length of what tells its checksum
_TAIL = 8
_CHUNK = 1 << 20


def made(place: Path | None, fields: Mapping[str, Kind]) -> Any:
    """An empty index; what was left at the place goes."""
    import shutil

    import tantivy

    if place is None:
        return tantivy.Index(schema(fields))
    if place.exists():
        shutil.rmtree(place)
    place.mkdir()
    return tantivy.Index(schema(fields), path=str(place))


def opened(place: Path | None) -> Any | None:
    """The index at the place, or None where there is none, it is damaged or of another version."""
    import tantivy

    try:
        if place is None or not all(map(_whole, _files(place))) or not tantivy.Index.is_compatible(str(place)):
            return None
        index = tantivy.Index.open(str(place))
        index.config_reader("manual")
        index.reload()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return index


def committed(place: Path) -> int:
    """Stamp of the last commit: greater than that of any operation in it."""
    return int(_meta(place)["opstamp"])


def _meta(place: Path) -> dict[str, Any]:
    return dict(json.loads((place / "meta.json").read_text(encoding="utf-8")))


def _files(place: Path) -> Iterator[Path]:
    """The files of the segments of the last commit, not those a crash left unfinished."""
    for segment in _meta(place)["segments"]:
        name = segment["segment_id"].replace("-", "")
        deletes = segment["deletes"] and f"{name}.{segment['deletes']['opstamp']}.del"
        found = [path for path in place.glob(f"{name}.*") if path.suffix != ".del" or path.name == deletes]
        if not found or (deletes and place / deletes not in found):
            raise OSError(name)
        yield from (path for path in found if path.suffix != ".temp")


def _whole(path: Path) -> bool:
    """Whether the content has the checksum that the file's end tells."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(size - _TAIL, 0))
        end = file.read()
        length, magic = int.from_bytes(end[:4], "little"), int.from_bytes(end[4:], "little")
        if magic != _MAGIC or not 0 < length <= size - _TAIL:
            return False
        body = size - _TAIL - length
        file.seek(body)
        told = json.loads(file.read(length))
        file.seek(0)
        found = 0
        while body > 0:
            chunk = file.read(min(_CHUNK, body))
            found = zlib.crc32(chunk, found)
            body -= len(chunk)
    return bool(found == told["crc"])
