"""What a year brought one organisation, and what it can expect next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules.asking.calendars import calendar
from tongtu.rules.asking.subjects import about
from tongtu.rules.asking.titles import rungs
from tongtu.rules.judging import judge
from tongtu.rules.model import RuleBook, on_day
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Why

#: What a year can bring: a title, a project's state funds decided on, a contract signed, a payment, hours of a
#: platform used, a case opened with a partner.
KINDS = ("title", "funds", "agreement", "payment", "hours", "case")
_GAINED: dict[str, Any] = {
    "kind": pl.String, "on": pl.Date, "ref": pl.String, "amount": pl.Int64, "currency": pl.String,
    "hours": pl.Float64, "why": pl.String,
}  # fmt: skip
_TOTALS: dict[str, Any] = {
    "kind": pl.String, "count": pl.Int64, "amount": pl.Int64, "currency": pl.String, "hours": pl.Float64,
    "unknown": pl.Int64, "why": pl.String,
}  # fmt: skip
#: The table each kind is read from, without which nothing is known of it, and whether its records are of money.
_TABLES = {
    "title": ("titles", False), "funds": ("projects", True), "agreement": ("agreements", True),
    "payment": ("events", True), "hours": ("usage", False), "case": ("cases", False),
}  # fmt: skip


@dataclass(frozen=True)
class Year:
    """One organisation's year.

    gained    kind, on, ref, amount (Int64 minor units), currency, hours, why: one row per record, by date
    totals    kind, count, amount, currency, hours, unknown, why: per kind and currency; `unknown` counts records whose
              amount is not recorded; count null where the registry has no such table at all
    expected  what falls due in the twelve months from `as_of`; see `calendar`
    grants    what the tiers it meets (or would, but for a person's decision or missing data) unlock; see
              `Judgement.grants`, the verdict first met
    """

    gained: pl.DataFrame
    totals: pl.DataFrame
    expected: pl.DataFrame
    grants: pl.DataFrame


def year(
    registry: Registry, book: RuleBook, subject: str, year: int, as_of: date, days: WorkCalendar | None = None
) -> Year:
    """What one organisation gained in a year, as far as it had come by `as_of`, and can expect after it.

    Of a project's state funds its share counts where shares are recorded, all of them where it has no partners, and
    an unknown amount otherwise. Payments carry no amount in the registry: they are listed and stay unknown.
    """
    diary = _Diary(registry, book, subject, date(year, 1, 1), min(date(year, 12, 31), as_of))
    gained = pl.DataFrame(list(diary.rows()), schema=_GAINED).sort("on", "kind", "ref", nulls_last=True)
    until = on_day(as_of.year + 1, (as_of.month, as_of.day))
    expected = calendar(book, registry, subject, as_of, until, days)
    return Year(gained, _totals(registry, gained), expected, _grants(book, registry, subject, as_of))


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Diary:
    """The records of one organisation between two days."""

    registry: Registry
    book: RuleBook
    subject: str
    first: date
    last: date

    def rows(self) -> Iterator[Row]:
        yield from self._titles()
        yield from self._funds()
        yield from self._agreements()
        cases = self._own_cases()
        yield from self._payments(cases)
        yield from self._cases(cases)
        yield from self._hours()

    def _within(self, column: str) -> pl.Expr:
        return pl.col(column).is_between(self.first, self.last)

    def _titles(self) -> Iterator[Row]:
        labels = {kind: rung.tier.label for rung in rungs(self.book).values() for kind in rung.kinds}
        mine = self.registry["titles"].filter(pl.col("organisation") == self.subject, self._within("valid_from"))
        for row in mine.to_dicts():
            label = labels.get(row["kind"], Label(row["kind"]))
            why = Why("asking.year-title", {"name": label, "on": row["valid_from"]})
            yield _row("title", row["valid_from"], row["title"], why)

    def _funds(self) -> Iterator[Row]:
        """State funds of projects that began, as far as they are this organisation's."""
        parts = self.registry["participants"]
        own = parts.filter(pl.col("organisation") == self.subject).select("project", "share")
        projects = self.registry["projects"].join(own, on="project", how="left", maintain_order="left")
        shared = pl.col("project").is_in(parts["project"].implode())
        mine = (pl.col("lead") == self.subject) | pl.col("project").is_in(own["project"].implode())
        share = pl.when(pl.col("share").is_not_null()).then(pl.col("share")).when(~shared).then(1.0)
        chosen = projects.filter(mine, self._within("start")).with_columns(
            (pl.col("state_funds") * share).round(0).cast(pl.Int64).alias("own_part")
        )
        for row in chosen.to_dicts():
            amount = _money(row["own_part"], row["currency"])
            why = Why("asking.year-funds", {"name": Label(row["title"], row["title_en"] or ""), "amount": amount})
            yield _row("funds", row["start"], row["project"], why, amount)

    def _agreements(self) -> Iterator[Row]:
        mine = (pl.col("party_a") == self.subject) | (pl.col("party_b") == self.subject)
        for row in self.registry["agreements"].filter(mine, self._within("signed")).to_dicts():
            other = row["party_b"] if row["party_a"] == self.subject else row["party_a"]
            amount = _money(row["amount"], row["currency"])
            why = Why("asking.year-agreement", {"other": other, "amount": amount})
            yield _row("agreement", row["signed"], row["agreement"], why, amount)

    def _own_cases(self) -> pl.DataFrame:
        """Cases it leads, takes part in, or brought the need or the achievement to."""
        brought = {
            name: self.registry[name].filter(pl.col("organisation") == self.subject)[key].implode()
            for name, key in (("needs", "need"), ("achievements", "achievement"))
        }
        tests = [
            pl.col("lead") == self.subject,
            pl.col("partners").list.contains(self.subject),
            pl.col("need").is_in(brought["needs"]),
            pl.col("achievement").is_in(brought["achievements"]),
        ]
        return self.registry["cases"].filter(pl.any_horizontal(tests).fill_null(False))

    def _payments(self, cases: pl.DataFrame) -> Iterator[Row]:
        paid = pl.col("kind") == "paid"
        events = self.registry["events"].filter(paid, self._within("on"), pl.col("case").is_in(cases["case"].implode()))
        for row in events.to_dicts():
            yield _row("payment", row["on"], row["event"], Why("asking.year-payment", {"name": row["case"]}))

    def _cases(self, cases: pl.DataFrame) -> Iterator[Row]:
        for row in cases.filter(self._within("opened")).to_dicts():
            yield _row("case", row["opened"], row["case"], Why("asking.year-case", {"name": row["case"]}))

    def _hours(self) -> Iterator[Row]:
        """Hours it used, one row for each platform, on the day of the last use."""
        usage = self.registry["usage"].filter(pl.col("user") == self.subject, self._within("date_from"))
        summed = usage.group_by("platform", maintain_order=True).agg(pl.col("hours").sum(), pl.col("date_from").max())
        for row in summed.to_dicts():
            why = Why("asking.year-hours", {"n": row["hours"], "name": row["platform"]})
            yield _row("hours", row["date_from"], row["platform"], why, hours=row["hours"])


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or not currency else Money(minor, currency)


def _row(kind: str, on: date, ref: str, why: Why, amount: Money | None = None, *, hours: float | None = None) -> Row:
    return {
        "kind": kind, "on": on, "ref": ref, "amount": amount.minor if amount else None,
        "currency": amount.currency if amount else None, "hours": hours, "why": why.to_json(),
    }  # fmt: skip


def _totals(registry: Registry, gained: pl.DataFrame) -> pl.DataFrame:
    rows: list[Row] = []
    for kind, (table, of_money) in _TABLES.items():
        if table not in registry:
            known = noun(table)
            why = Why("asking.year-not-recorded", {"name": Label(known.zh, known.en)})
            rows.append({"kind": kind, "why": why.to_json()})
            continue
        mine = gained.filter(pl.col("kind") == kind)
        amounts = mine.drop_nulls("amount").group_by("currency", maintain_order=True).agg(pl.col("amount").sum())
        unknown = mine["amount"].null_count() if of_money else 0
        why = Why(f"asking.year-total{'-open' if unknown else ''}", {"n": mine.height, "unknown": unknown})
        shared = {"kind": kind, "count": mine.height, "unknown": unknown, "why": why.to_json(),
                  "hours": mine["hours"].sum() if kind == "hours" else None}  # fmt: skip
        rows += [{**shared, **money} for money in amounts.to_dicts()] or [shared]
    return pl.DataFrame(rows, schema=_TOTALS)


def _grants(book: RuleBook, registry: Registry, subject: str, as_of: date) -> pl.DataFrame:
    """What is or may be unlocked under every scheme that judges organisations and grants something."""
    here = about(registry, ["organisations"], subject)
    found = []
    for name in book:
        scheme = book[name]
        if scheme.subject == "organisations" and any(t.grants for v in scheme.versions for t in v.tiers):
            found.append(judge(book, name, here, as_of).only([subject]).grants)
    if not found:
        return pl.DataFrame()
    order = {"met": 0, "manual": 1, "unknown": 2}
    rows = pl.concat(found).filter(pl.col("verdict").is_in(list(order)))
    placed = pl.col("verdict").replace_strict(order, return_dtype=pl.Int8)
    return rows.sort(placed, "scheme", "tier", "grant", maintain_order=True)
