"""When one can apply: the intakes of a scheme as days of the calendar, and which of them hold for a place.

A jurisdiction is a country's code, or a region of it; regions nest by the registry's own parents and, where those
are not given, by pairs of digits (420100 lies in 420000).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tongtu.rules.model import Intake, Purpose, Scheme, Version, on_day

if TYPE_CHECKING:
    from tongtu.registry import Registry

_DIVISION = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class Opening:
    """One time in which one can apply, with the purposes its version is in force for when it opens."""

    scheme: Scheme
    version: Version
    intake: Intake
    opens: date
    closes: date
    purposes: tuple[Purpose, ...]


def openings(scheme: Scheme, first: date, last: date) -> list[Opening]:
    """Every opening of a scheme that lies, at least in part, in the years of two days; in their order.

    Whole years, because what has closed elsewhere still takes the place of what is open (see `Places.holding`). An
    intake counts only where its version is in force on the day it opens.
    """
    found = {
        (version.jurisdiction, version.version, intake.intake, *intake.in_year(year)): (version, intake)
        for version in scheme.versions
        for intake in version.windows
        for year in range(first.year - 1, last.year + 1)
    }
    made = [_opening(scheme, v, i, key[3], key[4]) for key, (v, i) in found.items()]
    near = [o for o in made if o.purposes and o.opens.year <= last.year and o.closes.year >= first.year]
    return sorted(near, key=lambda o: (o.opens, o.closes, o.intake.intake, o.version.jurisdiction))


def _opening(scheme: Scheme, version: Version, intake: Intake, opens: date, closes: date) -> Opening:
    batch, place = intake.batch or None, version.jurisdiction
    purposes = tuple(p for p in intake.purposes if scheme.in_force(opens, p, batch, place) is version)
    return Opening(scheme, version, intake, opens, closes, purposes)


def upcoming(scheme: Scheme, day: date, purpose: Purpose, jurisdiction: str) -> Opening | None:
    """The opening of one jurisdiction that is open on a day, or else the next one known within two years."""
    known = openings(scheme, day, on_day(day.year + 2, (day.month, day.day)))
    fitting = [o for o in known if o.version.jurisdiction == jurisdiction and purpose in o.purposes and o.closes >= day]
    return fitting[0] if fitting else None


@dataclass(frozen=True)
class Places:
    """Which regions lie in which."""

    parents: dict[str, str]

    @classmethod
    def of(cls, registry: Registry) -> Places:
        return cls(dict(registry["regions"].select("region", "parent").iter_rows()))

    def chain(self, region: str) -> list[str]:
        """A region and all that it lies in, narrowest first."""
        found = [region]
        while (above := self.parents.get(found[-1]) or _division_above(found[-1])) and above not in found:
            found.append(above)
        return found

    def depth(self, jurisdiction: str, region: str | None) -> int | None:
        """How wide a jurisdiction is, seen from a region of it: 0 is the region itself; None if it lies outside.

        What is no region is a country and holds everywhere. Of a firm whose region is not known, nothing narrower
        can be said to hold.
        """
        chain = self.chain(region) if region else []
        if jurisdiction in chain:
            return chain.index(jurisdiction)
        is_region = jurisdiction in self.parents or _DIVISION.fullmatch(jurisdiction)
        return None if is_region else len(chain)

    def holding(self, found: Iterable[Opening], region: str | None) -> Iterator[Opening]:
        """Openings that hold for a region: a narrower jurisdiction's takes the place of the wider one of its id."""
        narrowest: dict[tuple[str, str, int], tuple[int, list[Opening]]] = {}
        for opening in found:
            depth = self.depth(opening.version.jurisdiction, region)
            key = (opening.scheme.scheme, opening.intake.intake, opening.opens.year)
            if depth is None or (key in narrowest and narrowest[key][0] < depth):
                continue
            if key not in narrowest or narrowest[key][0] > depth:
                narrowest[key] = (depth, [])
            narrowest[key][1].append(opening)
        for _, kept in narrowest.values():
            yield from kept


def _division_above(code: str) -> str:
    """The division a division lies in by the pairs of its digits; '' for the widest and for other codes."""
    if not _DIVISION.fullmatch(code) or code.endswith("0000"):
        return ""
    return f"{code[:2]}0000" if code.endswith("00") else f"{code[:4]}00"
