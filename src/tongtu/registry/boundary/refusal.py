"""Short ways to make a fault of this room, and to carry faults over the pipe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tongtu.terms.faults import Fault, FileRefused
from tongtu.terms.why import Why

_SHOWN = 80


def fault(code: str, /, *, sheet: str = "", row: int | None = None, **args: object) -> Fault:
    """The fault `boundary.CODE` with its repair `boundary.CODE-repair`; both take the same arguments."""
    clean = {name: shown(value) if isinstance(value, str) else value for name, value in args.items()}
    return Fault(
        Why(f"boundary.{code}", clean),
        Why(f"boundary.{code}-repair", clean),
        sheet=shown(sheet),
        row=row,
    )


def refused(code: str, /, **args: Any) -> FileRefused:
    return FileRefused(fault(code, **args))


def shown(text: str) -> str:
    """Text out of a hostile file, cut short and without control characters."""
    cut = text[: _SHOWN + 1]
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "…"


def raise_all(faults: Iterable[Fault]) -> None:
    """Raises FileRefused when there is any fault, with all of them."""
    found = list(faults)
    if found:
        raise FileRefused(found)


def pack(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Faults as plain values."""
    return [
        {
            "what": f.what.to_json(),
            "repair": f.repair.to_json() if f.repair else None,
            "sheet": f.sheet,
            "row": f.row,
        }
        for f in faults
    ]


def unpack(values: list[dict[str, Any]], file: str) -> list[Fault]:
    """Faults back from plain values, now with the name of the file. Raises ValueError, KeyError, TypeError."""
    return [
        Fault(
            Why.from_json(v["what"]),
            Why.from_json(v["repair"]) if v["repair"] else None,
            file=file,
            sheet=str(v["sheet"]),
            row=v["row"],
        )
        for v in values
    ]


def placed(refusal: FileRefused, file: str) -> FileRefused:
    """The same refusal with the file's name in every fault."""
    return FileRefused([replace(f, file=file) for f in refusal.faults])
