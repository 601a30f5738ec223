"""Working days: weekends, public holidays and make-up working days, over all years and fast over frames.

Some jurisdictions move working days onto weekends, which `numpy.busdaycalendar` cannot say. Here the
working days from 1950 to 2150 stand in one sorted array; adding n of them is one binary search.

The start day is never counted: one working day after a Friday is the Monday, and
`working_days_between(day, add_working_days(day, n)) == n` for every n but 0.

A year whose holidays have not been announced is *provisional*: its days can still change, and whoever
shows a deadline there says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Days = npt.NDArray[np.int64]

_FIRST, _LAST = date(1950, 1, 1), date(2150, 12, 31)
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class WorkCalendar:
    """`holidays` with their names, `workdays` that fall on a weekend, `settled` years, ISO `weekend` days."""

    holidays: Mapping[date, Label] = field(default_factory=dict)
    workdays: frozenset[date] = frozenset()
    settled: frozenset[int] = frozenset()
    weekend: frozenset[int] = frozenset({6, 7})

    def is_working(self, day: date) -> bool:
        if day in self.workdays:
            return True
        return day.isoweekday() not in self.weekend and day not in self.holidays

    def next_working(self, day: date) -> date:
        """The day itself where it is a working day, else the first one after it."""
        return day if self.is_working(day) else self.add_working_days(day, 1)

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it, where n is negative); n = 0 is the day itself.

        Raises UsageFault beyond the years 1950 to 2150.
        """
        if n == 0:
            return day
        number = _number(day)
        work = self._work
        after, at = work.searchsorted(number, "right"), work.searchsorted(number)
        place = int(after) + n - 1 if n > 0 else int(at) + n
        if not (_inside(number) and 0 <= place < len(work)):
            raise _beyond(day)
        return date.fromordinal(int(work[place]) + _EPOCH)

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative where `end` lies before `start`."""
        for day in (start, end):
            if not _inside(_number(day)):
                raise _beyond(day)
        side: Any = "right" if end >= start else "left"
        before, upto = self._work.searchsorted([_number(start), _number(end)], side)
        return int(upto - before)

    def provisional(self, first: date, last: date | None = None) -> bool:
        """True where the day, or any day from `first` to `last`, lies in a year not yet announced."""
        low, high = sorted((first.year, (last or first).year))
        return any(year not in self.settled for year in range(low, high + 1))

    def why_provisional(self, day: date) -> Why:
        """The reason a face shows beside a date that can still change."""
        return Why("calendar.provisional", {"year": str(day.year)})

    def is_working_each(self, days: pl.Series) -> pl.Series:
        """Boolean Series over a Date Series; nulls stay null."""
        import numpy as np

        numbers, null = _numbers(days)
        _refuse(days, ~null & ~_inside(numbers))
        return _series(days.name, np.isin(numbers, self._work), null)

    def add_each(self, days: pl.Series, n: int | pl.Series) -> pl.Series:
        """`add_working_days` over a Date Series, one n for all or one for each; nulls stay null."""
        import numpy as np
        import polars as pl

        numbers, null = _numbers(days)
        steps, none = _numbers(n if isinstance(n, pl.Series) else pl.repeat(n, len(days), eager=True))
        null |= none
        work = self._work
        ahead = work.searchsorted(numbers, "right") + steps - 1
        place = np.where(steps > 0, ahead, work.searchsorted(numbers) + steps)
        moves = ~null & (steps != 0)
        _refuse(days, moves & ~(_inside(numbers) & (place >= 0) & (place < len(work))))
        moved = np.where(moves, work[place.clip(0, len(work) - 1)], numbers)
        return _series(days.name, moved, null).cast(pl.Int32).cast(pl.Date)

    def between_each(self, start: pl.Series, end: pl.Series) -> pl.Series:
        """`working_days_between` over two Date Series; nulls on either side stay null."""
        import numpy as np

        (first, null), (last, none) = _numbers(start), _numbers(end)
        _refuse(start, ~null & ~_inside(first))
        _refuse(end, ~none & ~_inside(last))
        work = self._work
        ahead = work.searchsorted(last, "right") - work.searchsorted(first, "right")
        back = work.searchsorted(last) - work.searchsorted(first)
        return _series(start.name, np.where(last >= first, ahead, back), null | none)

    def provisional_each(self, days: pl.Series) -> pl.Series:
        """Boolean Series: True where the day lies in a year not yet announced."""
        import polars as pl

        years = days.dt.year()
        return (~years.is_in(pl.Series(sorted(self.settled), dtype=years.dtype).implode())).alias(days.name)

    @cached_property
    def _work(self) -> Days:
        """Every working day as days since 1970, in order."""
        import numpy as np

        numbers = np.arange(_number(_FIRST), _number(_LAST) + 1, dtype=np.int64)
        weekday = (numbers + 3) % 7 + 1  # 1970-01-01 was a Thursday
        working = ~np.isin(weekday, sorted(self.weekend))
        for days, value in ((self.holidays, False), (self.workdays, True)):
            places = [_number(d) - int(numbers[0]) for d in days if _FIRST <= d <= _LAST]
            working[places] = value
        return numbers[working]


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH


def _inside(number: Any) -> Any:
    """Whether a day, or each of an array, lies in the years the calendar covers."""
    return (number >= _number(_FIRST)) & (number <= _number(_LAST))


def _numbers(values: pl.Series) -> tuple[Days, npt.NDArray[np.bool_]]:
    """A Date or integer Series as int64 (days since 1970), and where it is null."""
    import polars as pl

    whole = values.to_physical().cast(pl.Int64)
    return whole.fill_null(0).to_numpy(), whole.is_null().to_numpy(writable=True)


def _series(name: str, values: npt.NDArray[Any], null: npt.NDArray[np.bool_]) -> pl.Series:
    import polars as pl

    return pl.select(pl.when(pl.Series(~null)).then(pl.Series(name, values))).to_series().alias(name)


def _refuse(days: pl.Series, wrong: npt.NDArray[np.bool_]) -> None:
    if wrong.any():
        raise _beyond(days[int(wrong.argmax())])


def _beyond(day: date) -> UsageFault:
    args = {"day": day, "first": str(_FIRST.year), "last": str(_LAST.year)}
    return UsageFault(Fault(Why("calendar.beyond", args), Why("calendar.beyond-repair", args)))
