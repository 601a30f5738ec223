"""Figures in sentences: never rounded to the wrong side of a limit."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

_DIGITS = 6
_NOISE = 1e-9


def written(value: float, unit: str = "", *, up: bool | None = None) -> str:
    """Six digits, rounded up or down as `up` says, nearest where it is None; with its unit."""
    exact = Decimal(repr(float(value)))
    if not exact:
        return f"0 {unit}".strip()
    place = Decimal(1).scaleb(exact.adjusted() - _DIGITS + 1)
    near = exact.quantize(place, ROUND_HALF_EVEN) if abs(exact.adjusted()) < 20 else exact
    if up is not None and abs(near - exact) > abs(exact) * Decimal(_NOISE):
        near = exact.quantize(place, ROUND_CEILING if up else ROUND_FLOOR)
    text = f"{near.normalize():,f}"
    return f"{text} {unit}".strip()
