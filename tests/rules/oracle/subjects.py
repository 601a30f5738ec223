"""A subject as the plain judge sees it: its own row, the last record of each year, titles, child rows, marks."""

from __future__ import annotations

from datetime import date

from oracle.words import MANUAL, MET, UNMET, Found, Points, both

FIRMS = ("sme", "private", "local_soe", "central_soe", "foreign", "platform_operator", "provider", "other")
INSTITUTIONS = ("university", "institute", "hospital")


def yuan(row, column):
    """An amount in fen, if the row is in yuan."""
    return row.get(column) if row.get("currency") == "CNY" else None


class Subject:
    """`records` are every year's, the last of each counting; `rows` the child rows by noun; `lead` and `call` the rows
    referred to; `marks` what each reviewer said of a path, joined from the lowest to the highest.
    """

    __slots__ = ("call", "day", "drawn", "given", "key", "lead", "marks", "purpose", "records", "row", "rows", "titles")

    def __init__(self, key, row, records=None, titles=(), rows=None, lead=None, call=None, marks=None):
        self.key, self.row, self.titles, self.rows = key, row, titles, rows or {}
        self.lead, self.call, self.drawn, self.given = lead or {}, call or {}, records or {}, marks or {}
        self.records = {year: _latest(found) for year, found in self.drawn.items()}
        self.marks = {path: (min(low for low, _ in all_), max(high for _, high in all_))
                      for path, all_ in self.given.items()}  # fmt: skip
        self.day, self.purpose = date.min, "new"

    # figures

    def own(self, column):
        return self.row.get(column)

    def own_yuan(self, column):
        return yuan(self.row, column)

    def year(self, back=1):
        return self.records.get(self.day.year - back, {})

    def last(self, column):
        return self.year().get(column)

    def yuan(self, column, back=1):
        return yuan(self.year(back), column)

    def holds(self, *kinds):
        """A title of one of these kinds that is valid on the day."""
        return any(t["kind"] in kinds and _valid(t, self.day) for t in self.titles)

    def holds_level(self, kind, *levels):
        """The same of certain levels; a title whose level nobody recorded may be one."""
        valid = [t["level"] for t in self.titles if t["kind"] == kind and _valid(t, self.day)]
        return True if set(valid) & set(levels) else None if None in valid else False

    def counted(self, noun, holds=lambda _: True, dated="", years=0):
        """The child rows that count; None where a row cannot be decided."""
        found = []
        for row in self.rows.get(noun, ()):
            inside = both(holds(row), self._within(row.get(dated), years) if years else True)
            if inside is None:
                return None
            if inside:
                found.append(row)
        return found

    def _within(self, day, years):
        if day is None:
            return None
        return self.day.replace(year=self.day.year - years) < day <= self.day

    # what a person says

    def person(self, path):
        """A person decides; reviewers' marks of 1 or 0 settle it where they agree."""
        low, high = self.marks.get(path, (None, None))
        if low is None:
            return Found(path, MANUAL)
        return Found(path, MET if low >= 1 else UNMET if high <= 0 else MANUAL)

    def marked(self, path, low, high, missing=False):
        """Points left to a reviewer within a range; a mark outside the range counts as its nearer end."""
        given = self.marks.get(path)
        if given is not None:
            low, high = (min(max(mark, low), high) for mark in given)
        return Points(low, high, missing and low < high)


def _latest(records):
    return max(records, key=lambda r: r.get("recorded_at") or date.min)


def _valid(title, day):
    return title["valid_from"] <= day and (title["valid_to"] is None or title["valid_to"] >= day)
