"""Where a held title stands on a day: valid, soon to be updated or reviewed, expired, being put right, removed.

How long a title lasts is what the version says under which it was awarded; what its holder owes is what the version in
force says. Whether a yearly update was made, or a review failed, is known only from a record of it: without one the
state says what is due, never that it was missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from tongtu.registry import noun
from tongtu.rules.columns import native, polars
from tongtu.rules.model import Lifecycle, RuleBook, Scheme, Tier, Version, on_day
from tongtu.rules.rendering import filled, hole
from tongtu.terms.why import Label, Why

STATES = ("valid", "update_due", "review_due", "expired", "rectifying", "removed", "unknown")
#: Results of reviews, where somebody keeps them: the title, the day, and whether it passed.
REVIEWS = {"title": pl.String, "on": pl.Date, "passed": pl.Boolean}
_TEXTS = ("title", "organisation", "kind", "level", "scheme", "version", "state")
_FRAME = {
    **dict.fromkeys(_TEXTS, pl.String), "until": pl.Date,
    "next_date": pl.Date, "next_what": pl.String, "why": pl.String,
}  # fmt: skip


def state(
    book: RuleBook,
    titles: pl.DataFrame,
    as_of: date,
    *,
    reviews: pl.DataFrame | None = None,
    notice_days: int = 90,
) -> pl.DataFrame:
    """One row per title awarded by `as_of` (`titles` has the columns of that noun), in the order of their ids.

    title, organisation, kind, level, scheme, version (under which it was awarded), state, until (last day of validity,
    null where neither record nor rule says), next_date, next_what (update, review, expiry, recheck, removal,
    reapply), why.

    A title belongs to the scheme one of whose tiers awards its kind, else to the scheme of that name; of one that no
    scheme knows only its recorded end counts. `update_due` and `review_due` begin `notice_days` before the day; a
    review is due on the last day of every so many years, and a title about to end wants one too. `reviews` (`title`,
    `on`, `passed`) are results of reviews: after a failed one the title is `rectifying` for as long as the version in
    force gives; then it is `removed`, or its recheck is due.
    """
    failed = _failed(reviews, as_of)
    known = pl.concat([noun("titles").empty(), titles], how="diagonal")  # optional columns may be left out
    held = known.filter(pl.col("valid_from") <= as_of).sort("title").join(failed, on="title", how="left")
    blocks = [pl.DataFrame(schema=_FRAME)]
    for rows in held.partition_by("kind", maintain_order=True):
        scheme, label = _awarding(book, rows["kind"][0])
        now = _in_force(scheme, as_of)
        for awarded, chosen in _by_version(scheme, rows):
            standing = _Standing(label, scheme, awarded, now, as_of, notice_days, reviews is not None)
            blocks.append(chosen.select(standing.columns()))
    return pl.concat(blocks).sort("title")


def _failed(reviews: pl.DataFrame | None, as_of: date) -> pl.DataFrame:
    """The day of the last review of each title, of those whose last review failed."""
    found = pl.DataFrame(schema=REVIEWS) if reviews is None else reviews.select(list(REVIEWS))
    last = found.filter(pl.col("on") <= as_of).sort("title", "on", "passed").unique("title", keep="last")
    return last.filter(~pl.col("passed")).select("title", pl.col("on").alias("failed"))


def _awarding(book: RuleBook, kind: str) -> tuple[Scheme | None, Label]:
    """The scheme that awards a kind of title, and what the title is called."""
    tiers = [(s, t) for s in book.schemes.values() for v in s.versions for t in v.tiers if kind in t.titles]
    if tiers:
        scheme, tier = tiers[-1]
        return scheme, _title_label(tier, kind)
    found = book.schemes.get(kind)
    return found, found.label if found is not None else Label(kind)


def _title_label(tier: Tier, kind: str) -> Label:
    return next((g.label for g in tier.grants if g.kind == "title" and g.grant == kind), tier.label)


def _in_force(scheme: Scheme | None, day: date) -> Version | None:
    return None if scheme is None else scheme.in_force(day, "review") or scheme.in_force(day, "new")


def _by_version(scheme: Scheme | None, rows: pl.DataFrame) -> Iterator[tuple[Version | None, pl.DataFrame]]:
    """Rows by the version in force when they were awarded."""
    if scheme is None:
        yield None, rows
        return
    days: list[date] = rows["valid_from"].unique(maintain_order=True).to_list()
    then = [scheme.in_force(day, "new") or scheme.in_force(day, "review") for day in days]
    for version in (*scheme.versions, None):
        of_version = [day for day, found in zip(days, then, strict=True) if found is version]
        if of_version:
            yield version, rows.filter(pl.col("valid_from").is_in(of_version))


@dataclass(frozen=True, slots=True)
class _Case:
    """One way a title can stand, the day that matters next, and what happens then."""

    when: pl.Expr
    state: str
    code: str
    on: pl.Expr
    what: str | None = None


@dataclass(frozen=True, slots=True)
class _Standing:
    """How titles of one kind, awarded under one version, stand."""

    label: Label
    scheme: Scheme | None
    awarded: Version | None
    now: Version | None
    as_of: date
    notice_days: int
    reviewed: bool

    @property
    def duties(self) -> Lifecycle:
        """What the version in force asks, or else the one under which the title was awarded."""
        version = self.now or self.awarded
        return version.lifecycle if version is not None else Lifecycle()

    @property
    def until(self) -> pl.Expr:
        """The recorded last day; else the last day of the years the awarding version gives."""
        years = self.awarded.lifecycle.valid_years if self.awarded is not None else None
        recorded = pl.col("valid_to")
        return recorded if years is None else recorded.fill_null(_after(pl.lit(12 * years)))

    def columns(self) -> list[pl.Expr]:
        cases = [*self._failures(), *self._dates()]
        chosen: dict[str, pl.Expr] = {
            "state": pl.lit("unknown"),
            "next_date": pl.lit(None, pl.Date),
            "next_what": pl.lit(None, pl.String),
            "why": pl.lit(self._why("unknown").to_json()),
        }
        for case in reversed(cases):
            cells = {
                "state": pl.lit(case.state),
                "next_date": case.on if case.what else pl.lit(None, pl.Date),
                "next_what": pl.lit(case.what, pl.String),
                "why": polars(filled(self._why(case.code), {"on": native(_json(case.on))})),
            }
            chosen = {name: pl.when(case.when).then(cells[name]).otherwise(chosen[name]) for name in cells}
        facts: dict[str, pl.Expr] = {name: pl.col(name) for name in ("title", "organisation", "kind", "level")}
        facts["scheme"] = pl.lit(self.scheme.scheme if self.scheme is not None else None, pl.String)
        facts["version"] = pl.lit(self.awarded.version if self.awarded is not None else None, pl.String)
        facts["until"] = self.until
        found = {**facts, **chosen}
        return [found[name].alias(name) for name in _FRAME]

    def _failures(self) -> Iterator[_Case]:
        """After a failed review: time to put it right, then removal or a recheck; and the end of validity."""
        failed, failure = pl.col("failed"), self.duties.on_failure
        expired = _Case(self.until < self.as_of, "expired", "expired", self.until)
        if failure is None:
            yield expired
            yield _Case(failed.is_not_null(), "unknown", "failed", failed)
            return
        end = failed.dt.offset_by(f"{failure.rectify_months}mo")
        over = end < self.as_of
        if failure.then == "remove":
            ban = self.duties.ban_years
            again, what = (end, None) if ban is None else (end.dt.offset_by(f"{ban}y"), "reapply")
            yield _Case(over, "removed", "removed" if ban is None else "removed-banned", again, what)
        yield expired
        yield _Case(over, "review_due", "recheck-due", end, "recheck")
        following = "removal" if failure.then == "remove" else "recheck"
        yield _Case(failed.is_not_null(), "rectifying", f"rectifying-{following}", end, following)

    def _dates(self) -> Iterator[_Case]:
        """The next of update, review and end; within the time of notice it is due."""
        until = self.until
        if self.awarded is None:  # awarded before any version we know: only its recorded end says it is still held
            yield _Case(until.is_null(), "unknown", "unknown", until)
        found = {"review": self._review(), "update": self._update(), "expiry": until}
        days = {
            what: day if what == "expiry" else pl.when(until.is_null() | (day <= until)).then(day)
            for what, day in found.items() if day is not None
        }  # fmt: skip
        first = pl.min_horizontal(*days.values())
        due = first <= self.as_of + timedelta(days=self.notice_days)
        for what, day in days.items():
            state = "update_due" if what == "update" else "review_due"
            yield _Case((day == first) & due, state, f"{what}-due", day, what)
            yield _Case(day == first, "valid", f"valid-{what}", day, what)
        if self.awarded is not None:
            yield _Case(pl.lit(True), "valid", "valid", pl.lit(None, pl.Date))

    def _update(self) -> pl.Expr | None:
        """The next yearly update; the first is owed in the year after the award."""
        by = self.duties.update_by
        if by is None:
            return None
        this, following = (pl.lit(on_day(self.as_of.year + n, by)) for n in (0, 1))
        owed = (pl.col("valid_from").dt.year() < self.as_of.year) & (pl.lit(self.as_of) <= this)
        return pl.when(owed).then(this).otherwise(following)

    def _review(self) -> pl.Expr | None:
        """The last day of the running period of so many years since the award."""
        every = self.duties.review_every_years
        if every is None:
            return None
        turn = ((self.as_of.year - pl.col("valid_from").dt.year()) // every).clip(lower_bound=1)
        this, following = (_after((turn + n) * every * 12) for n in (0, 1))
        return pl.when(this >= self.as_of).then(this).otherwise(following)

    def _why(self, code: str) -> Why:
        version = self.now or self.awarded
        cite = None if version is None else version.lifecycle.cite or version.cite
        args = {"name": self.label, "on": hole("on"), "by": Label("") if cite is None else cite.label()}
        ended = code in ("unknown", "expired") or code.startswith("removed")
        return Why(f"lifecycle.{code}", args, () if ended else tuple(self._notes(code)))

    def _notes(self, code: str) -> Iterator[Why]:
        """What else its holder should know, and what the records cannot tell."""
        months = self.duties.report_change_months
        if months is not None:
            yield Why("lifecycle.report-change", {"n": months})
        if code == "update-due":
            yield Why("lifecycle.updates-unknown")
        if self.duties.on_failure is not None and not self.reviewed:
            yield Why("lifecycle.reviews-unknown")


def _after(months: pl.Expr) -> pl.Expr:
    """The last day of so many months that begin with the award."""
    length = pl.concat_str([months.cast(pl.String), pl.lit("mo")])
    return pl.col("valid_from").dt.offset_by(length).dt.offset_by("-1d")


def _json(day: pl.Expr) -> pl.Expr:
    text = pl.concat_str([pl.lit('{"$date":"'), day.dt.to_string("%Y-%m-%d"), pl.lit('"}')])
    return text.fill_null("null")
