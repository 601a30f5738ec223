"""Faults of a pack: a code of the catalogue, its repair beside it under the same name."""

from __future__ import annotations

from typing import Any

from tongtu.terms.faults import Fault, Severity
from tongtu.terms.why import Why


def fault(
    code: str,
    file: str = "",
    row: int | None = None,
    column: str = "",
    value: object = "",
    severity: Severity = "error",
    **args: Any,
) -> Fault:
    """`packs.CODE` as what is wrong and `packs.CODE-repair` as how to repair it; both take `args`."""
    shown = "" if value is None else str(value)
    args = {"value": shown, "column": column, **args}
    what, repair = Why(f"packs.{code}", args), Why(f"packs.{code}-repair", args)
    return Fault(what, repair, file, row=row, column=column, value=shown, severity=severity)
