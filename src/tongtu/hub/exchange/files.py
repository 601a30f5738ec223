"""Where the hub keeps what was uploaded and what it made of it: `home/imports/DIGEST/…`, `home/exports/ID/…`.

An upload lies under the hash of its content in files that only the hub's own user may read. A zip is unpacked under a
count before anything else looks at it; what it holds passes the import boundary like any other file.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tongtu.registry.boundary import Limits
from tongtu.registry.read import DELIMITED, WORKBOOKS
from tongtu.terms.faults import FileRefused

#: what may be uploaded
TAKEN = (*WORKBOOKS, *DELIMITED, ".zip")
_INSIDE = (*WORKBOOKS, *DELIMITED)
_FILES = 60
_PIECE = 1 << 20

#: days after which an export is thrown away, and an upload with what was made of it
KEPT_DAYS = 7
#: the folder of the workbooks whose faulty cells are marked
MARKED = "marked"


def limits() -> Limits:
    """What one upload may cost: that of a stranger's file, with room for a consortium's workbook."""
    return Limits.upload().within(bytes=64 << 20)


def keep(name: str, pieces: Iterable[bytes]) -> tuple[str, int, str]:
    """Stores an upload: its digest, its size, and the name it lies under.

    Raises FileRefused where the kind of file is not taken, or it is too large.
    """
    name, folder = fit(name, TAKEN), _folder("imports")
    part, digest, size = _written(folder, pieces)
    place = folder / digest
    place.mkdir(exist_ok=True)
    part.replace(place / name)
    return digest, size, name


def put(folder: Path, name: str, pieces: Iterable[bytes], kinds: Sequence[str]) -> str:
    """Stores an upload in a folder of its own work under the name returned. Raises FileRefused as `keep` does."""
    name = fit(name, kinds)
    part, _, _ = _written(folder, pieces)
    part.replace(folder / name)
    return name


def fit(name: str, kinds: Sequence[str]) -> str:
    """The name as we use it. Raises FileRefused where files of this ending are not taken."""
    name = safe(name)
    if Path(name).suffix.lower() not in kinds:
        raise FileRefused.because("hub_exchange.kind", "hub_exchange.kind-repair", name=name, kinds=list(kinds))
    return name


def _written(folder: Path, pieces: Iterable[bytes]) -> tuple[Path, str, int]:
    """Pieces as a file that only we may read, with its digest and size; nothing is left of one that is too large."""
    most = limits().bytes
    part = folder / f".{uuid.uuid4().hex}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for piece in pieces:
                size += len(piece)
                if size > most:
                    raise FileRefused.because("hub_exchange.large", "hub_exchange.large-repair", limit=most >> 20)
                digest.update(piece)
                out.write(piece)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part, digest.hexdigest(), size


def safe(name: str) -> str:
    """A file name of somebody as one we can use: no folders, nothing invisible, not too long."""
    bare = re.sub(r"[^\w.()（）【】\- ]", "_", name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    stem, dot, suffix = bare.rpartition(".")
    return f"{stem[-80:] or 'upload'}{dot}{suffix[:8]}"


def upload(digest: str, name: str) -> Path:
    """Where an upload lies; it may have been thrown away."""
    return _folder("imports") / digest / name


def forget(digest: str) -> None:
    """Throws an upload away, and all that was made of it."""
    shutil.rmtree(_folder("imports") / digest, ignore_errors=True)


def workplace(kind: str, thing: object) -> Path:
    """A folder of its own for one batch or export."""
    return _folder(kind, str(thing))


def place(kind: str, thing: object) -> Path:
    """Where that folder is, whether it is there or not."""
    return Path(settings.HOME) / kind / str(thing)


def drop(kind: str, thing: object) -> None:
    shutil.rmtree(place(kind, thing), ignore_errors=True)


@contextmanager
def opened(digest: str, name: str, work: Path) -> Iterator[Path]:
    """What the registry reads: the file, or the folder that a zip was unpacked into for as long as it is read."""
    path = upload(digest, name)
    if path.suffix.lower() != ".zip":
        yield path
        return
    folder = work / "unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        unpack(path, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack(path: Path, folder: Path, kinds: tuple[str, ...] = _INSIDE) -> None:
    """The files of these kinds (tables) of a zip, side by side in one folder. Raises FileRefused."""
    room = limits().unpacked_bytes
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [i for i in archive.infolist() if not i.is_dir() and _is_one(i.filename, kinds)]
            if not 0 < len(entries) <= _FILES or sum(i.file_size for i in entries) > room:
                raise FileRefused.because("hub_exchange.zip-size", "hub_exchange.zip-size-repair", most=_FILES)
            for entry in entries:
                target = folder / safe(_named(entry))
                if target.exists():
                    raise FileRefused.because(
                        "hub_exchange.zip-twice", "hub_exchange.zip-twice-repair", name=target.name
                    )
                with archive.open(entry) as source, target.open("xb") as out:
                    while piece := source.read(_PIECE):
                        room -= len(piece)
                        if room < 0:
                            raise FileRefused.because(
                                "hub_exchange.zip-size", "hub_exchange.zip-size-repair", most=_FILES
                            )
                        out.write(piece)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise FileRefused.because("hub_exchange.zip-broken", "hub_exchange.zip-broken-repair") from error


def _is_one(name: str, kinds: tuple[str, ...]) -> bool:
    last = name.rpartition("/")[2]
    return last.lower().endswith(kinds) and not last.startswith(("~$", ".")) and not name.startswith("__MACOSX/")


def _named(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; Chinese Windows writes GB18030 and does not say so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _folder(*names: str) -> Path:
    folder = Path(settings.HOME).joinpath(*names)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
