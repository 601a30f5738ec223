"""What the guarded child does with one file: read its bytes, pass the guard, parse, answer in frames."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tongtu.registry.boundary import cells, documents, guard, text
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.refusal import fault, pack, refused
from tongtu.registry.boundary.wire import Sender, TooMuch
from tongtu.terms.faults import FileRefused


def perform(job: dict[str, Any], source: int, answer: int) -> None:
    """Answers with frames; raises nothing but BrokenPipeError, when nobody listens any more."""
    limits = Limits(**job["limits"])
    out = Sender(answer, limits.result_bytes)
    try:
        _TASKS[job["task"]](_bytes(source, limits), job, limits, out)
    except FileRefused as refusal:
        out.send(b"F", pack(refusal.faults))
    except MemoryError:
        out.send(b"F", pack([fault("memory", limit=limits.memory_bytes >> 20)]))
    except TooMuch:
        out.send(b"F", pack([fault("result", limit=limits.result_bytes >> 20)]))
    except BrokenPipeError:
        raise
    except BaseException as error:  # whatever a parser throws, a Rust panic included, is the file's fault
        out.send(b"F", pack([fault("unreadable", problem=f"{type(error).__name__}: {error}")]))
    out.send(b"E")


def _bytes(source: int, limits: Limits) -> bytes:
    """All bytes of the file, read once: the guard and the parser judge the same ones."""
    size = os.fstat(source).st_size
    if size > limits.bytes:
        raise refused("size", size=size >> 20, limit=limits.bytes >> 20)
    data = os.pread(source, size, 0)
    if len(data) != size:
        raise refused("open", problem="changed while being read")
    return data


def _sheets(data: bytes, job: dict[str, Any], limits: Limits, out: Sender) -> None:
    suffix, stem = job["suffix"], job["stem"]
    guard.admit(data, suffix)
    if suffix in guard.WORKBOOKS:
        cells.send_workbook(data, suffix, limits, out)
    elif suffix in guard.DELIMITED:
        cells.send_delimited(data, suffix, stem, limits, out)
    else:
        cells.send_records(data, suffix, stem, limits, out)


def _text(data: bytes, job: dict[str, Any], limits: Limits, out: Sender) -> None:
    guard.admit(data, ".txt")
    out.send(b"J", text.text_of(data))


def _json(data: bytes, job: dict[str, Any], limits: Limits, out: Sender) -> None:
    guard.admit(data, ".json")
    out.send(b"J", documents.values_of(data, job["suffix"], limits))


def _prose(data: bytes, job: dict[str, Any], limits: Limits, out: Sender) -> None:
    from tongtu.registry.boundary import prose

    guard.admit(data, job["suffix"])
    out.send(b"J", [document.to_json() for document in prose.parsed(data, job["suffix"], limits)])


def _mark(data: bytes, job: dict[str, Any], limits: Limits, out: Sender) -> None:
    from tongtu.registry.boundary import marking

    guard.admit(data, job["suffix"])
    out.send(b"J", marking.mark(data, job, limits, Path(job["out"])))


_TASKS = {"sheets": _sheets, "text": _text, "json": _json, "prose": _prose, "mark": _mark}
