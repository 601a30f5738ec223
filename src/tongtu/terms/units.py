"""Units of measurement: reading what people write, and comparing across units.

A unit is read as factors (`W/(m·K)`, `cm²/V/s`, `mAh g-1`); pint says what each symbol is worth in SI.
A symbol pint does not know, such as a currency, is a dimension of its own: comparable with itself only.
Names in Chinese and English come from a table that a jurisdiction pack brings (`names`). Logarithmic
units (dB, dBm) are compared as written, never converted. Nothing here evaluates text, so a hostile unit
is at worst an unknown one.

>>> convert(Quantity(2.5, "GHz"), "MHz")
Quantity(value=2500.0, unit='MHz')
>>> compare(Quantity(1, "dB"), Quantity(1, "m")) is None
True
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import TYPE_CHECKING, cast

from tongtu.terms.why import Label, Quantity

if TYPE_CHECKING:
    import pint

#: another spelling → the spelling pint reads ("毫米" → "mm", "万次" → "1e4 count")
Names = Mapping[str, str]

_LONGEST = 60
_SYMBOL = r"[^\W\d_]+|[°%‰]+[^\W\d_]*"
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>(?>\d+(?:\.\d+)?(?:[eE]-?\d{{1,2}})?)(?![\d.]))|(?P<symbol>{_SYMBOL})(?:\^|\*\*)?(?P<power>-?\d)?"
    r"|(?P<op>[*·⋅×•/()]))"
)
# What pint reads as something else: picohenry, foot per second.
_OWN = frozenset({"pH", "fps"})
_TOLERANCE = 1e-9
#: factor and offset to SI, and the powers of base dimensions
_Worth = tuple[float, float, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Scale:
    """What a unit measures, and how a value in it becomes one in SI base units: `value * factor + offset`."""

    dimension: str
    factor: float = 1.0
    offset: float = 0.0

    def base(self, value: float) -> float:
        return value * self.factor + self.offset


def names(vocabulary: Mapping[str, Label]) -> dict[str, str]:
    """The table of spellings from a vocabulary whose codes are units pint reads and whose names are zh/en."""
    return {_tidy(name): code for code, label in vocabulary.items() for name in (label.zh, label.en) if name}


def scale(unit: str | None, also: Names | None = None) -> Scale:
    """What a unit measures. No unit at all is dimensionless; what cannot be read measures only itself."""
    factor, offset, powers = _worth(_tidy(unit or ""), also or {})
    return Scale(_dimension(powers), factor, offset)


def convert(quantity: Quantity, unit: str, also: Names | None = None) -> Quantity | None:
    """The same quantity in another unit; None where the two do not measure the same thing."""
    here, there = scale(quantity.unit, also), scale(unit, also)
    if here.dimension != there.dimension:
        return None
    return Quantity((here.base(quantity.value) - there.offset) / there.factor, unit)


def compare(a: Quantity, b: Quantity, also: Names | None = None) -> int | None:
    """-1, 0 or 1 as a is less than, equal to (within 1e-9) or more than b; None where not comparable."""
    here, there = scale(a.unit, also), scale(b.unit, also)
    if here.dimension != there.dimension:
        return None
    x, y = here.base(a.value), there.base(b.value)
    if abs(x - y) <= _TOLERANCE * max(abs(x), abs(y)):
        return 0
    return -1 if x < y else 1


def _tidy(unit: str) -> str:
    """Compatibility forms (cm² becomes cm2, ℃ becomes °C), no outer spaces."""
    return unicodedata.normalize("NFKC", unit).strip() if len(unit) <= _LONGEST else unit[:_LONGEST]


def _worth(text: str, also: Names) -> _Worth:
    """A whole unit: known to the table of names, or a product of symbols, or only itself."""
    text = also.get(text, text)
    factors = _factors(text)
    if factors is None:
        return 1.0, 0.0, {f"={text}": 1.0}
    if len(factors) == 1 and factors[0][1] == 1:
        return _single(factors[0][0], also)
    total, powers = 1.0, dict[str, float]()
    for symbol, power in factors:
        factor, _, single = _single(symbol, also)  # a temperature within a product is a difference
        total *= _power(factor, power)
        for base, exponent in single.items():
            powers[base] = powers.get(base, 0.0) + exponent * power
    # A product beyond what a number holds measures nothing that can be compared.
    return (total, 0.0, powers) if 0.0 < total < inf else (1.0, 0.0, {f"={text}": 1.0})


def _power(factor: float, power: int) -> float:
    try:
        return factor**power
    except (OverflowError, ZeroDivisionError):
        return inf


def _single(symbol: str, also: Names) -> _Worth:
    if symbol in also and also[symbol] != symbol:
        return _worth(also[symbol], {})
    return (float(symbol), 0.0, {}) if symbol[0].isdigit() else _symbol(symbol)


def _factors(text: str) -> list[tuple[str, int]] | None:
    """Symbols and numbers with their powers, `W/(m·K)` as W¹ m⁻¹ K⁻¹; None where the text is no product.

    All that follows a slash divides, as people mean it: `W/m·K` is W/(m·K).
    """
    found: list[tuple[str, int]] = []
    signs, ready, place = [1], False, 0  # `ready`: a factor stands before, so an operator may follow
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            return None
        place, op = token.end(), token["op"]
        if op is None:
            found.append((token["symbol"] or token["number"], signs[-1] * int(token["power"] or 1)))
        elif op == "(":
            signs.append(signs[-1])
        elif not ready or (op == ")" and len(signs) == 1):
            return None
        elif op == ")":
            signs.pop()
        elif op == "/":
            signs[-1] = -1 if len(signs) == 1 else -signs[-2]
        ready = op is None or op == ")"
    return found if len(signs) == 1 and (ready or not found) else None


@cache
def _symbol(symbol: str) -> _Worth:
    """One symbol as pint knows it."""
    import pint

    itself = 1.0, 0.0, {f"={symbol}": 1.0}
    if symbol in _OWN:
        return itself
    registry = _registry()
    try:
        unit = registry.parse_units(symbol)
        steps = [registry.Quantity(v, unit).to_base_units() for v in (0.0, 1.0, 2.0)]
        zero, one, two = (q.magnitude for q in steps)
    except (pint.PintError, AssertionError, ValueError, TypeError, AttributeError):
        return itself
    factor = one - zero
    if abs((two - one) - factor) > _TOLERANCE * abs(factor):
        return itself  # logarithmic: equal steps are not equal amounts
    powers = {str(base): cast(float, power) for base, power in steps[0].dimensionality.items()}
    return factor, zero, powers


def _dimension(powers: Mapping[str, float]) -> str:
    kept = sorted((base, power) for base, power in powers.items() if power)
    return " ".join(base if power == 1 else f"{base}^{power:g}" for base, power in kept) or "1"


@cache
def _registry() -> pint.UnitRegistry[float]:
    import pint

    return pint.UnitRegistry()
