"""Progress and cancelling, passed down as one argument.

A long engine calls `progress(done, total, why)` now and then; the caller shows it and raises
`Cancelled` from inside the call to stop. An engine needs no other machinery: it holds nothing open
that an exception would leave half-written.
"""

from __future__ import annotations

from typing import Protocol

from tongtu.terms.why import Why


class Progress(Protocol):
    def __call__(self, done: int, total: int, what: Why | None = None) -> None:
        """May raise `tongtu.terms.faults.Cancelled`."""


class Silent:
    """The default: shows nothing, never cancels."""

    def __call__(self, done: int, total: int, what: Why | None = None) -> None:
        return None


def check(progress: Progress | None) -> Progress:
    return progress if progress is not None else Silent()
