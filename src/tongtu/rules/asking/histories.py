"""Which titles somebody held when, and what followed each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from tongtu.registry import Registry
from tongtu.rules.asking.titles import Rung, held, rungs
from tongtu.rules.model import RuleBook
from tongtu.terms.why import Label, Why

#: What can follow a title.
FOLLOWED = ("renewed", "overlap", "gap", "raised", "ends", "open")
_FRAME = {
    **dict.fromkeys(("title", "kind", "level", "number", "issuer", "scheme", "tier"), pl.String()),
    **dict.fromkeys(("valid_from", "valid_to", "until"), pl.Date()),
    "reckoned": pl.Boolean(), "followed": pl.String(), "by": pl.String(), "days": pl.Int64(), "why": pl.String(),
}  # fmt: skip


def history(registry: Registry, subject: str, book: RuleBook) -> pl.DataFrame:
    """Every title one organisation has held, in the order of their first days.

    Columns: title, kind, level, number, issuer, scheme, tier (that awards it, null where no rule does), valid_from,
    valid_to (as recorded), until (last day, reckoned from the rule where `reckoned`), followed, by, days, why.
    `followed` says what came after: `renewed` without a break, `overlap` with the next of its kind by `days`, `gap` of
    so many `days` before it, `raised` to a higher tier while it was valid, `ends` with nothing after it, `open`
    where no end is known. `by` is the title that followed. No day is taken for today.
    """
    teller = _Teller(rungs(book))
    rows = held(book, registry, subject).sort("valid_from", "kind", "level", "title", nulls_last=True).to_dicts()
    told = [row | teller.followed(row, rows[i + 1 :]) for i, row in enumerate(rows)]
    return pl.DataFrame(told, schema_overrides=_FRAME).select(list(_FRAME)) if told else pl.DataFrame(schema=_FRAME)


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Teller:
    ladder: Mapping[str, Rung]

    def followed(self, row: Row, later: list[Row]) -> Row:
        until: date | None = row["until"]
        same = next((r for r in later if (r["kind"], r["level"]) == (row["kind"], row["level"])), None)
        higher = next((r for r in later if self._above(r, row) and _touches(r, until)), None)
        if same is not None and (higher is None or same["valid_from"] <= higher["valid_from"]):
            return self._again(row, same)
        if higher is not None:
            return self._said("raised", row, higher, to=self._named(higher), on=higher["valid_from"])
        return self._said("open", row) if until is None else self._said("ends", row, on=until)

    def _again(self, row: Row, same: Row) -> Row:
        """The next title of its kind: after a gap, over the old one, or without either."""
        start, until = same["valid_from"], row["until"]
        days = 0 if until is None else (start - until).days - 1
        if days == 0:
            return self._said("renewed", row, same, on=start)
        return self._said("gap" if days > 0 else "overlap", row, same, n=abs(days), on=start)

    def _above(self, later: Row, row: Row) -> bool:
        one, other = (self.ladder.get(f"{r['scheme']}:{r['tier']}") for r in (later, row))
        return bool(one and other and one.ladder and one.ladder == other.ladder and one.height > other.height)

    def _named(self, row: Row) -> Label:
        rung = self.ladder.get(f"{row['scheme']}:{row['tier']}")
        return Label(row["kind"]) if rung is None else rung.tier.label

    def _said(self, followed: str, row: Row, by: Row | None = None, **args: object) -> Row:
        why = Why(f"asking.title-{followed}", {"name": self._named(row), **args})
        title = None if by is None else by["title"]
        return {"followed": followed, "by": title, "days": args.get("n"), "why": why.to_json()}


def _touches(later: Row, until: date | None) -> bool:
    return until is None or later["valid_from"] <= until + timedelta(days=1)
