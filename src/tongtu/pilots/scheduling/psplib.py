"""Projects as the PSPLIB writes them: single-mode `.sm` files (Kolisch and Sprecher 1997).

Read by their headings, not by line numbers. Everything that does not fit is listed, each with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tongtu.pilots.scheduling.project import Project
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

_SECTIONS = {
    "PRECEDENCE RELATIONS": "precedence",
    "REQUESTS/DURATIONS": "requests",
    "RESOURCEAVAILABILITIES": "capacity",
}
_JOBS = re.compile(r"jobs\s*\(.*\)\s*:\s*(\d+)")
_NUMBERS = re.compile(r"\d+(\s+\d+)*")
Line = tuple[int, list[int]]


def read_sm(path: Path | str) -> Project:
    """The project in a `.sm` file, with the supersource and the sink that PSPLIB adds.

    Raises DataRefused with every fault: no such file, a missing part, rows of the wrong length, a job that appears
    twice or never, more than one mode, and what `Project.of` refuses.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as fault:
        raise DataRefused(_fault(path.name, None, "sm-unreadable", {"reason": fault.strerror or str(fault)})) from None
    faults: list[Fault] = []
    sections = _split(text)
    for heading, part in _SECTIONS.items():
        if not sections[part]:
            faults.append(_fault(path.name, None, "sm-missing", {"part": heading}))
    said = _JOBS.search(text)
    if not faults:
        successors = _successors(path.name, sections["precedence"], faults)
        rows = _requests(path.name, sections["requests"], len(sections["capacity"][-1][1]), faults)
        n = int(said[1]) if said else len(rows)
        faults += _agree(path.name, n, successors, rows)
    if faults:
        raise DataRefused(faults)
    return _project(path.name, n, successors, rows, sections["capacity"][-1][1])


def _split(text: str) -> dict[str, list[Line]]:
    """Rows of numbers under each heading, with their lines in the file."""
    found: dict[str, list[Line]] = {part: [] for part in _SECTIONS.values()}
    part = ""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if ":" in bare:
            part = _SECTIONS.get(bare.rstrip(":").strip().upper(), "")
        elif part and _NUMBERS.fullmatch(bare):
            found[part].append((number, [int(word) for word in bare.split()]))
    return found


def _successors(file: str, lines: Sequence[Line], faults: list[Fault]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for number, row in lines:
        if len(row) < 3 or len(row) != 3 + row[2]:
            faults.append(_fault(file, number, "sm-successors", {"found": max(len(row) - 3, 0)}))
        elif row[1] != 1:
            faults.append(_fault(file, number, "sm-modes", {"job": row[0], "n": row[1]}))
        elif row[0] in found:
            faults.append(_fault(file, number, "sm-twice", {"job": row[0]}))
        else:
            found[row[0]] = row[3:]
    return found


def _requests(file: str, lines: Sequence[Line], resources: int, faults: list[Fault]) -> dict[int, list[int]]:
    """Duration and needs of each job."""
    found: dict[int, list[int]] = {}
    for number, row in lines:
        if len(row) != 3 + resources:
            faults.append(_fault(file, number, "sm-needs", {"found": max(len(row) - 3, 0), "n": resources}))
        elif row[0] in found:
            faults.append(_fault(file, number, "sm-twice", {"job": row[0]}))
        else:
            found[row[0]] = row[2:]
    return found


def _agree(
    file: str, n: int, successors: Mapping[int, Sequence[int]], rows: Mapping[int, Sequence[int]]
) -> list[Fault]:
    """Jobs 1 to n stand in both parts, and nothing else does."""
    jobs = set(range(1, n + 1))
    named = {job for later in successors.values() for job in later} | set(successors) | set(rows)
    absent = (jobs - set(successors)) | (jobs - set(rows))
    return [_fault(file, None, "sm-absent", {"job": job}) for job in sorted(absent)] + [
        _fault(file, None, "sm-beyond", {"job": job, "n": n}) for job in sorted(named - jobs)
    ]


def _project(
    file: str, n: int, successors: Mapping[int, Sequence[int]], rows: Mapping[int, Sequence[int]],
    capacity: Sequence[int],
) -> Project:  # fmt: skip
    after: list[list[int]] = [[] for _ in range(n)]
    for job, later in successors.items():
        for other in later:
            after[other - 1].append(job - 1)
    ordered = [rows[job] for job in range(1, n + 1)]
    return Project.of([row[0] for row in ordered], after, [row[1:] for row in ordered], capacity, file=file)


def _fault(file: str, line: int | None, code: str, args: Mapping[str, object]) -> Fault:
    full = f"pilots_scheduling.{code}"
    return Fault(Why(full, args), Why(f"{full}-repair", args), file=file, row=line)
