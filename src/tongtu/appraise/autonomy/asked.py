"""Arguments that cannot be taken, named before any work is done."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why


def within(low: float, high: float = math.inf, **numbers: float | None) -> None:
    """Raises UsageFault naming every number outside low..high; null is not asked."""
    wrong = {name: x for name, x in numbers.items() if x is not None and not low <= x <= high}
    code = "appraise_autonomy.too-low" if high == math.inf else "appraise_autonomy.out-of-range"
    _refuse(
        Fault(Why(code, args), Why(f"{code}-repair", args))
        for args in ({"name": name, "value": x, "low": low, "high": high} for name, x in wrong.items())
    )


def one_of(known: Sequence[str], **texts: str) -> None:
    """Raises UsageFault naming every text that is none of the known ones."""
    wrong = {name: text for name, text in texts.items() if text not in known}
    _refuse(
        Fault(Why("appraise_autonomy.not-one-of", args), Why("appraise_autonomy.not-one-of-repair", args))
        for args in ({"name": name, "value": text, "known": tuple(known)} for name, text in wrong.items())
    )


def _refuse(found: Iterable[Fault]) -> None:
    faults = list(found)
    if faults:
        raise UsageFault(faults)
