"""Files and folders to documents, through the import boundary; several reports in one file told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tongtu.brief.document import Document
from tongtu.brief.reading import read, reports
from tongtu.registry.boundary import Limits, read_folder, read_prose
from tongtu.solve import Progress, check
from tongtu.terms.faults import Fault, FileRefused
from tongtu.terms.why import Why


def documents_of(
    paths: Sequence[Path], *, limits: Limits | None = None, progress: Progress | None = None
) -> tuple[Document, ...]:  # fmt: skip
    """All reports of files and folders in their order, each once. A file is read whole or not at all.

    A document without an address of its own gets none: it is known by its words. Raises FileRefused with the
    faults of every file that could not be read; `progress` may raise Cancelled.
    """
    tell = check(progress)
    found: dict[str, Document] = {}
    faults: list[Fault] = []
    for done, path in enumerate(paths):
        tell(done, len(paths), Why("briefing.reading", {"file": path.name}))
        try:
            found.update((document.id, document) for document in _of(path, limits))
        except FileRefused as refusal:
            place = path if path.is_dir() else path.parent
            faults += (replace(f, file=str(place / f.file if f.file else path)) for f in refusal.faults)
    if faults:
        raise FileRefused(faults)
    tell(len(paths), len(paths))
    return tuple(found.values())


def _of(path: Path, limits: Limits | None) -> Iterator[Document]:
    files = read_folder(path, limits).values() if path.is_dir() else [read_prose(path, limits)]
    for proses in files:
        for prose in proses:
            yield from reports(read(prose))
