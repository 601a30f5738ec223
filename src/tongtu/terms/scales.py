"""Readiness scales: levels from 1 upwards, each with its text and where the text comes from."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.terms.why import Label


@dataclass(frozen=True, slots=True)
class Level:
    """One level; `grade` says what the wording rests on (A, B, C, or ours)."""

    level: int
    label: Label
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale such as TRL; its levels run from 1 without a gap."""

    code: str
    levels: tuple[Level, ...]

    @property
    def high(self) -> int:
        return self.levels[-1].level

    def __contains__(self, level: object) -> bool:
        return isinstance(level, int) and 1 <= level <= self.high

    def __getitem__(self, level: int) -> Level:
        """Raises KeyError for a level the scale does not have."""
        if level not in self:
            raise KeyError(f"{self.code} {level}")
        return self.levels[level - 1]
