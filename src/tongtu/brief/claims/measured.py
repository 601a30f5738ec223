"""What a forecast figure can be held against: which statistic, in which unit, by which day.

A statistic is known by the words around the figure (the pack's list `observed`), else the figure keeps the listed
measure its reading found. A date counts as due only if it lies ahead of the day the text was written, or where that
day is unknown, if the text calls it a deadline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from tongtu.brief.claims.cues import Cues
from tongtu.brief.dates import Dated
from tongtu.brief.facts import clauses
from tongtu.brief.facts.lexicon import Lexicon
from tongtu.brief.facts.plain import plain
from tongtu.registry import vocabularies
from tongtu.terms.why import Label

_BEHIND = 32  # characters behind a figure in which the words of its measure may stand
_SPAN = 5  # years of "the next five years"


@dataclass(frozen=True, slots=True)
class Observed:
    """A statistic that is published, and how a figure of a family of units counts in its unit."""

    measure: str
    family: str
    unit: str
    factor: float
    patterns: tuple[tuple[str, ...], ...]

    def fits(self, family: str, words: str) -> int:
        """Characters of the longest pattern whose words all stand there; 0 for none."""
        if family != self.family:
            return 0
        return max((sum(map(len, p)) for p in self.patterns if all(word in words for word in p)), default=0)


@lru_cache(maxsize=8)
def observed(lexicon: Lexicon) -> tuple[Observed, ...]:
    return tuple(
        Observed(
            row["measure"], row["family"], row["unit"], float(row["factor"]),
            tuple(tuple(plain(p).split("+")) for p in row["patterns"].split(";") if p),
        )
        for row in lexicon.rows("observed")
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """What a figure measures: code, name, the unit it is published in and what one of the figure's units counts there.

    `growth`: the measure is itself a growth, so that a number said to be grown by is its level.
    """

    code: str
    label: Label
    unit: str | None
    factor: float
    growth: bool = False


def measure(
    figure: Mapping[str, Any], text: str, sentence: tuple[int, int], after: int, lexicon: Lexicon
) -> Measured | None:
    """What a figure of a sentence measures; `after` is where the figure before it ends.

    The words beside the figure decide, then the listed measure its reading found, then the words of the whole sentence.
    """
    start, end = sentence
    behind = clauses.clause_end(text, figure["end"], min(figure["end"] + _BEHIND, end))
    near, whole = text[max(start, after) : behind], text[start:behind]
    if (found := _statistic(figure, near, lexicon)) is not None:
        return found
    if figure["measures"]:
        code = figure["measures"][0]
        labels = {one.code: one.label for one in lexicon.measures}
        unit, growth = _base(figure["family"], lexicon), figure["family"] == "percent"
        return Measured(code, labels.get(code, Label(code)), unit, figure["factor"], growth)
    return _statistic(figure, whole, lexicon)


def _statistic(figure: Mapping[str, Any], words: str, lexicon: Lexicon) -> Measured | None:
    fits = [(-n, o.measure, o) for o in observed(lexicon) if (n := o.fits(figure["family"], words))]
    if not fits:
        return None
    best = min(fits, key=lambda fit: fit[:2])[2]
    label = vocabularies().get("statistic", {}).get(best.measure, Label(best.measure))
    return Measured(best.measure, label, best.unit, figure["factor"] * best.factor)


def _base(family: str, lexicon: Lexicon) -> str | None:
    """The unit in which a family's members are compared."""
    return next((unit.code for unit in lexicon.units.values() if unit.family == family and unit.factor == 1), None)


def bounds(figure: Mapping[str, Any], before: str, cues: Cues) -> tuple[str, float | None, float | None]:
    """Operator and ends of what would make it true: what is said to reach a number may pass it."""
    operator, low, high = figure["operator"], figure["low"], figure["high"]
    if operator != "eq" or figure["value"] is None:
        return operator, low, high
    last = max(
        ((match.end(), role) for role in ("at_least", "at_most") for match in cues.of(role).finditer(before)),
        default=None,
    )
    if last is None:
        return operator, low, high
    return ("ge", figure["value"], None) if last[1] == "at_least" else ("le", None, figure["value"])


def due(
    dated: Sequence[Dated], deadlines: frozenset[int], figure: Mapping[str, Any] | None, made: date | None
) -> tuple[date | None, str | None]:
    """The last day of the period a forecast speaks of, and how precisely it is known; nulls where none is named.

    `dated` are the sentence's dates in characters of the document, `deadlines` the starts of those called deadlines.
    """
    ahead = [d for d in dated if _ahead(d, deadlines, figure, made)]
    if not ahead:
        if figure is not None and made is not None and figure["horizon"] == _SPAN:
            return date(made.year + _SPAN, 12, 31), "year"
        return None, None
    if figure is None:
        chosen = max(ahead, key=lambda d: (d.start in deadlines, d.last))
    else:
        before = [d for d in ahead if d.start < figure["start"]]
        chosen = max(before, key=lambda d: d.start) if before else min(ahead, key=lambda d: d.start)
    return chosen.last, chosen.precision


def _ahead(one: Dated, deadlines: frozenset[int], figure: Mapping[str, Any] | None, made: date | None) -> bool:
    if made is not None:
        return one.last > made
    told = figure is not None and figure["kind"] == "target" and figure["year"] == one.last.year
    return not one.relative and (one.start in deadlines or told)
