"""Why the machine turned an event away: what is wrong, at which field, and what would be in order."""

from __future__ import annotations

from tongtu.pathway.cases.events import Event
from tongtu.terms.faults import Fault, Severity, TongtuError
from tongtu.terms.why import Why

SHEET = "events"


class CaseRefused(TongtuError):
    """An event that the state of its case does not allow. Nothing has changed."""


def fault(code: str, event: Event, field: str, severity: Severity = "error", /, **args: object) -> Fault:
    """A fault at one field of one event; every code has a repair beside it that takes the same arguments."""
    given = {"event": event.event, **args}
    value = getattr(event, field, None)
    return Fault(
        Why(f"pathway_cases.{code}", given), Why(f"pathway_cases.{code}-repair", given),
        sheet=SHEET, column=field, value="" if value is None else str(value), severity=severity,
    )  # fmt: skip


def refused(code: str, event: Event, field: str, /, **args: object) -> CaseRefused:
    return CaseRefused(fault(code, event, field, "error", **args))
