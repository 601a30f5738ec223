"""Files and folders to documents, through the import boundary; several reports in one file told apart."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tongtu.brief.document import Document
from tongtu.brief.reading import read, reports
from tongtu.registry.boundary import Limits, Prose, read_folder, read_prose
from tongtu.solve import Progress, check
from tongtu.terms.faults import Fault, FileRefused
from tongtu.terms.why import Why

_AT_ONCE = 2  # files parsed side by side, each in a guarded child of its own
_Proses = list[tuple[Prose, ...]]


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
    with closing(_ahead(paths, limits)) as files:
        for done, (path, parsed) in enumerate(files):
            tell(done, len(paths), Why("briefing.reading", {"file": path.name}))
            try:
                texts = [prose for proses in parsed.result() for prose in proses]
                found.update((report.id, report) for prose in texts for report in reports(read(prose)))
            except FileRefused as refusal:
                place = path if path.is_dir() else path.parent
                faults += (replace(f, file=str(place / f.file if f.file else path)) for f in refusal.faults)
    if faults:
        raise FileRefused(faults)
    tell(len(paths), len(paths))
    return tuple(found.values())


def _ahead(paths: Sequence[Path], limits: Limits | None) -> Generator[tuple[Path, Future[_Proses]]]:
    """Each path in its order with what is being read of it, while the next ones are read already."""
    rest, waiting = iter(paths), deque[tuple[Path, Future[_Proses]]]()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            while True:
                more = islice(rest, _AT_ONCE + 1 - len(waiting))
                waiting.extend((path, pool.submit(_proses, path, limits)) for path in more)
                if not waiting:
                    return
                yield waiting.popleft()
        finally:
            pool.shutdown(cancel_futures=True)


def _proses(path: Path, limits: Limits | None) -> _Proses:
    return list(read_folder(path, limits).values()) if path.is_dir() else [read_prose(path, limits)]
