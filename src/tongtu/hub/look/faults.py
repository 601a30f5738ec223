"""Faults as sentences for a page: where, what is wrong, and how to repair it."""

from __future__ import annotations

from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.faults import TongtuError


def sentences(error: TongtuError) -> list[str]:
    """All faults of an error in the reader's language."""
    return [fault.say(lang()) for fault in error.faults]
