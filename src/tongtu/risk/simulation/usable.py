"""Settings that a simulation can take: all that cannot be taken is refused at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tongtu.risk.book import Book
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

_MOST = 0.99  # correlation


def usable(
    book: Book, *, levels: Sequence[float], rhos: Sequence[float], seed: int, **counts: int
) -> None:  # fmt: skip
    """Raises UsageFault for an empty book, a level, a correlation, a seed or a count (by its name) out of range."""
    faults = [fault("level-outside", value=level) for level in levels if not 0 < level < 1]
    faults += [fault("rho-outside", name="rho", value=rho) for rho in rhos if not 0 <= rho <= _MOST]
    faults += _counts(seed, counts)
    if not len(book):
        faults.append(fault("book-empty", left=book.left.height))
    if faults:
        raise UsageFault(faults)


def drawable(n: int, seed: int, name: str) -> None:
    """Raises UsageFault for fewer than one, or a seed below zero."""
    faults = _counts(seed, {name: n})
    if faults:
        raise UsageFault(faults)


def _counts(seed: int, counts: dict[str, int]) -> list[Fault]:
    faults = [fault("too-few", name=name, value=value) for name, value in counts.items() if value < 1]
    return [*faults, fault("seed-negative", seed=seed)] if seed < 0 else faults


def fault(code: str, /, **args: Any) -> Fault:
    """A fault of this room with its repair."""
    code = f"risk_simulation.{code}"
    return Fault(Why(code, args), Why(f"{code}-repair", args))
