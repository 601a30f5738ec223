"""Figures with their units: one, a range, a value with its tolerance."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tongtu.registry.written import words
from tongtu.registry.written.known import Known
from tongtu.terms import units
from tongtu.terms.why import Quantity


@dataclass(frozen=True, slots=True)
class Value:
    """A figure, or the two of a range: where it stands, its unit, the word in a unit's place that is none, and whether
    the range is a value with its tolerance."""

    start: int
    end: int
    low: float
    high: float | None
    unit: str
    strange: str = ""
    tolerance: bool = False


class Figures:
    """The figures of one segment."""

    def __init__(self, segment: str, known: Known) -> None:
        self.segment, self.known = segment, known

    def value(self, figure: re.Match[str]) -> Value:
        """All of what begins with this figure."""
        low, unit, end, strange = self._figure(figure)
        if (about := words.ABOUT.match(self.segment, end)) and (by := words.FIGURE.match(self.segment, about.end())):
            width, other, end, strange = self._figure(by)
            unit = other or unit
            return Value(figure.start(), end, low - width, low + width, unit, strange, True)
        between = words.RELATIONS["between"].search(self.segment[: figure.start()])
        joint = words.TO.match(self.segment, end) or (words.AND.match(self.segment, end) if between else None)
        if joint and (last := words.FIGURE.match(self.segment, joint.end())):
            high, other, last_end, strange = self._figure(last)
            both = self._one_scale(low, unit, high, other)
            if both is not None:
                return Value(figure.start(), last_end, *both, strange)
        return Value(figure.start(), end, low, None, unit, strange)

    def _one_scale(self, low: float, unit: str, high: float, other: str) -> tuple[float, float, str] | None:
        """The ends of a range in one unit; None where they are none."""
        if unit and other and unit != other:
            first = units.convert(Quantity(low, unit), other, self.known.names)
            if first is None:
                return None
            low = first.value
        return (low, high, other or unit) if low <= high else None

    def _figure(self, match: re.Match[str]) -> tuple[float, str, int, str]:
        """Value, unit, end, and what stands in place of a unit and is none."""
        if match["ten"]:
            value = 10.0 ** int(match["ten"][3:])
        else:
            value = float(re.sub("[ ,]", "", match["body"]))
            if power := match["power"]:
                value *= 10.0 ** int(re.sub(r"^\s?(?:[eE]|[×xX*]\s?10\^?)", "", power))
            value *= {"万": 1e4, "亿": 1e8, None: 1.0}[match["many"]]
        value = float(f"{-value if match['sign'] == '-' else value:.12g}")
        unit, end, strange = self._unit(match.end())
        return value, unit, end, strange

    def _unit(self, place: int) -> tuple[str, int, str]:
        """The longest unit that begins here; where it ends; else the word that stands here, if it is no relation."""
        gap = 1 if self.segment[place : place + 1] == " " else 0
        run = words.RUN.match(self.segment, place + gap)
        if run is None:
            return "", place, ""
        whole = run[0][: words.MOST_UNIT]
        for length in range(len(whole), 0, -1):
            part, rest = whole[:length], run[0][length:]
            if self._ends(part, rest) and self.known.unit(part):
                return part, run.start() + length, ""
        return "", place, whole if self._strange(whole, gap) else ""

    @staticmethod
    def _ends(part: str, rest: str) -> bool:
        """Whether a unit may end here: not within a word."""
        if not rest:
            return True
        if part[-1].isascii() and part[-1].isalnum():
            return not (rest[0].isascii() and rest[0].isalnum()) and rest[0] not in "/·^*⁻²³"
        return not ("\u4e00" <= part[-1] <= "\u9fff" and "\u4e00" <= rest[0] <= "\u9fff") or rest[0] in words.FOLLOWS

    @staticmethod
    def _strange(word: str, gap: int) -> bool:
        """Whether a word right behind a figure stands where a unit would: `500元`, not `98 purity`."""
        return not gap and word[0] not in words.FOLLOWS and not any(p.match(word) for p in words.SUFFIXES.values())
