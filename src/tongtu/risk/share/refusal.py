"""A fault of this room: its code, with the repair beside it in the catalogue under `<code>-repair`."""

from __future__ import annotations

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why


def fault(code: str, /, at: str = "", row: int | None = None, column: str = "", **args: object) -> Fault:
    """`at` is the file; what is wrong and its repair take the same arguments."""
    return Fault(Why(code, args), Why(f"{code}-repair", args), file=at, row=row, column=column)


def refused(code: str, /, place: str = "", **args: object) -> DataRefused:
    return DataRefused(Fault(Why(code, args), Why(f"{code}-repair", args), file=place))
