"""A fault of this room, with its repair under `<code>-repair`."""

from __future__ import annotations

from tongtu.terms.faults import Fault
from tongtu.terms.why import Why


def fault(code: str, /, sheet: str = "", value: str = "", **args: object) -> Fault:
    name = f"appraise_readiness.{code}"
    return Fault(Why(name, args), Why(f"{name}-repair", args), sheet=sheet, value=value)
