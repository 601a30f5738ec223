"""The files of a pack: found, laid over one another, bounded, and summed up in a digest."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from tongtu.packs.faults import fault
from tongtu.terms.faults import Fault, PackRefused

Files = dict[str, bytes]  # path below the pack with forward slashes → content

_HOME = Path(__file__).parent
_KINDS = {".csv", ".yaml", ".yml", ".toml", ".md", ".txt", ".json"}
_FILE_BYTES = 16 * 2**20
_ALL_BYTES = 64 * 2**20
_FILES = 5_000


def available() -> list[str]:
    """Names of the packs that come with the program."""
    return sorted(f.parent.name for f in _HOME.glob("*/pack.yaml"))


def gather(name_or_path: str | Path, overlay: Path | None = None) -> Files:
    """Files of a pack; those of the overlay take the place of files with the same path.

    An overlay is a folder with the layout of a pack, or a single file of its top level.
    Raises PackRefused for a folder that is not there or files that are too large.
    """
    files = _read(_folder(name_or_path))
    if overlay is not None:
        files |= _read(Path(overlay))
    if len(files) > _FILES or sum(map(len, files.values())) > _ALL_BYTES:
        raise PackRefused(fault("too-large", str(name_or_path), limit=_ALL_BYTES // 2**20, files=_FILES))
    return files


def digest(files: Files) -> str:
    """SHA-256 over paths and contents, independent of the order in which files were found."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    return total.hexdigest()


def _folder(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, str) and name_or_path in available():
        return _HOME / name_or_path
    return Path(name_or_path)


def _read(place: Path) -> Files:
    if place.is_file():
        return {place.name: place.read_bytes()}
    if not place.is_dir():
        raise PackRefused(fault("not-found", str(place), known=available()))
    found: Files = {}
    faults: list[Fault] = []
    for folder, inner, names in os.walk(place):
        inner[:] = sorted(i for i in inner if not i.startswith((".", "_")))
        for name in sorted(names):
            file = Path(folder, name)
            if name.startswith((".", "~")) or file.suffix.lower() not in _KINDS:
                continue
            path = file.relative_to(place).as_posix()
            if file.stat().st_size > _FILE_BYTES:
                faults.append(fault("too-large", path, limit=_FILE_BYTES // 2**20, files=_FILES))
            else:
                found[path] = file.read_bytes()
    if faults:
        raise PackRefused(faults)
    return found
