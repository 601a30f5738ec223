"""Round steps on an axis, and how a value on it is said.

Steps are 1, 2, 2.5 or 5 times a power of ten; of money in major units, so that they are round in 万元 and in millions;
of days whole weeks, months, quarters or years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, isfinite, log10

from tongtu.chain.dossier.charts.model import Scale
from tongtu.chain.report.spoken import Pair, shown, words
from tongtu.terms.money import Money, exponent

#: units of money in Chinese and in English: how many major units each is, and its word under `dossier.unit-…`
_UNITS = (((1e8, "yi"), (1e4, "wan")), ((1e9, "bn"), (1e6, "m"), (1e3, "k")))
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_DAYS = (1, 2, 7, 14)
#: months that an average day count stands for when months are weighed against days
_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class Axis:
    """Ends, ticks with their texts, and the title with its unit."""

    low: float
    high: float
    ticks: tuple[tuple[float, Pair], ...]
    title: Pair

    def at(self, value: float, begin: float, end: float) -> float:
        """Where a value stands between two ends of the picture; values beyond the axis stand at its ends."""
        share = (value - self.low) / (self.high - self.low)
        return begin + min(max(share, 0.0), 1.0) * (end - begin)


def axis(scale: Scale, values: list[float], about: int = 6) -> Axis:
    """The axis of a scale for these values with about so many ticks."""
    low, high = _ends(scale, values)
    if scale.kind == "day":
        return _days(scale, low, high, about)
    unit = 10 ** exponent(scale.currency) if scale.kind == "money" else 1
    step = _step((high - low) / unit, about) * unit
    low = scale.low if scale.low is not None else floor(low / step + 1e-9) * step
    high = scale.high if scale.high is not None else ceil(high / step - 1e-9) * step
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    places = [k * step for k in range(first, last + 1)]
    texts, title = _texts(scale, places, step, max(abs(low), abs(high)))
    return Axis(low, high, tuple(zip(places, texts, strict=True)), title)


def _ends(scale: Scale, values: list[float]) -> tuple[float, float]:
    known = [v for v in values if isfinite(v)]
    low = scale.low if scale.low is not None else min(known, default=0.0)
    high = scale.high if scale.high is not None else max(known, default=1.0)
    if high <= low:
        wide = abs(low) * 0.1 or 1.0
        low, high = (low, low + wide) if scale.low is not None else (high - wide, high)
    return low, high


def _step(width: float, about: int) -> float:
    rough = width / max(about, 1)
    power = 10.0 ** floor(log10(rough))
    return next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough * (1 - 1e-9))


def _texts(scale: Scale, places: list[float], step: float, most: float) -> tuple[list[Pair], Pair]:
    if scale.kind == "share":
        digits = _digits(step * 100)
        return [[f"{_zero(p * 100, digits):.{digits}f}%"] * 2 for p in places], scale.title
    if scale.kind == "number":
        digits = _digits(step)
        return [[f"{_zero(p, digits):,.{digits}f}"] * 2 for p in places], scale.title
    sizes, title = _units(scale, most)
    sides = [(size, _digits(step / size)) for size in sizes]
    return [[f"{_zero(p / size, d):,.{d}f}" for size, d in sides] for p in places], title


def edges(scale: Scale, values: Sequence[float]) -> tuple[list[Pair], Pair]:
    """What stands at given values, and the title with the unit they are counted in."""
    if scale.kind != "money":
        return [[f"{v * 100:.4g}%"] * 2 if scale.kind == "share" else said(scale, v) for v in values], scale.title
    sizes, title = _units(scale, max(map(abs, values)))
    return [[f"{v / size:,.4g}" for size in sizes] for v in values], title


def _units(scale: Scale, most: float) -> tuple[list[float], Pair]:
    """Minor units that an axis of money counts in, in each language, and its title with their names."""
    minor = 10.0 ** exponent(scale.currency)
    found = [next(((size, name) for size, name in units if most / minor >= size), (1.0, "one")) for units in _UNITS]
    return [size * minor for size, _ in found], _with_unit(scale, [name for _, name in found])


def _with_unit(scale: Scale, names: list[str]) -> Pair:
    """The title with the unit its ticks count in."""
    unit = [words(f"dossier.unit-{name}", currency=money_name(scale.currency)[side])[side]
            for side, name in enumerate(names)]  # fmt: skip
    return [f"{scale.title[0]}（{unit[0]}）", f"{scale.title[1]} ({unit[1]})"]


def money_name(currency: str) -> Pair:
    """元 and CNY."""
    return [Money(0, currency).say("zh").lstrip("0"), currency]


def _digits(step: float) -> int:
    """Decimals that tell steps apart."""
    return next((d for d in range(7) if abs(step * 10**d - round(step * 10**d)) < 1e-6 * 10**d), 6)


def _zero(value: float, digits: int) -> float:
    """No minus before what is shown as nothing."""
    return 0.0 if abs(value) < 0.5 * 10.0**-digits else value


# ---------------------------------------------------------------------------------------------------- days


def _days(scale: Scale, low: float, high: float, about: int) -> Axis:
    first, last = date.fromordinal(max(floor(low), 1)), date.fromordinal(max(ceil(high), 2))
    length = last.toordinal() - first.toordinal()
    every = next((d for d in _DAYS if length / d <= about), None)
    if every is not None:
        places = list(range(first.toordinal(), last.toordinal() + 1, every))
        texts = [date.fromordinal(p).isoformat()[5:] for p in places]
        texts[0] = date.fromordinal(places[0]).isoformat()
    else:
        months = next((m for m in _MONTHS if length / _MONTH / m <= about), _MONTHS[-1])
        months = max(months, ceil(length / _MONTH / about / 12) * 12) if length / _MONTH / months > about else months
        places = _month_starts(first, last, months)
        texts = [_month(date.fromordinal(p), months) for p in places]
    ticks = tuple((float(p), [t, t]) for p, t in zip(places, texts, strict=True))
    return Axis(float(first.toordinal()), float(last.toordinal()), ticks, scale.title)


def _month_starts(first: date, last: date, months: int) -> list[int]:
    count = first.year * 12 + first.month - 1
    count = ceil(count / months) * months
    found = []
    while (day := date(count // 12, count % 12 + 1, 1)) <= last:
        if day >= first:
            found.append(day.toordinal())
        count += months
    return found


def _month(day: date, months: int) -> str:
    return f"{day.year}" if months % 12 == 0 else f"{day.year}-{day.month:02}"


# ---------------------------------------------------------------------------------------------------- values


def said(scale: Scale, value: float | None) -> Pair:
    """A value as a table tells it: four places that count."""
    if value is None or not isfinite(value):
        return ["—", "—"]
    if scale.kind == "day":
        return [date.fromordinal(round(value)).isoformat()] * 2
    if scale.kind == "share":
        return [f"{value * 100:.1f}%"] * 2
    if scale.kind == "money":
        return shown(Money(round(rounded(value)), scale.currency))
    return shown(rounded(value))


def rounded(value: float, places: int = 4) -> float:
    """The first so many places that count."""
    if not value:
        return 0.0
    return round(value, places - 1 - floor(log10(abs(value))))
