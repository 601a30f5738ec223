"""What falls due: when one can apply, what holders of titles owe each year, when titles end, when calls close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules import logic
from tongtu.rules.asking.dues import Span, dues
from tongtu.rules.asking.subjects import about, noun_of
from tongtu.rules.intakes import Opening, Places, openings
from tongtu.rules.judging import judge
from tongtu.rules.model import RuleBook, Scheme
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.why import Label, Why

#: What a row of the calendar is: an intake opens or closes, a holder's update or review is due, a title ends, a
#: funding call opens or closes.
KINDS = ("opens", "closes", "update", "review", "expires", "call_opens", "call_closes")
_TEXTS = ("kind", "subject", "scheme", "version", "tier", "name", "batch", "jurisdiction", "document", "why")
_FRAME: dict[str, pl.DataType] = {
    "on": pl.Date(), **dict.fromkeys(_TEXTS, pl.String()), "purposes": pl.List(pl.String),
    "opens": pl.Date(), "closes": pl.Date(), "state": pl.String(),
    "days_left": pl.Int64(), "working_days_left": pl.Int64(), "provisional": pl.Boolean(),
}  # fmt: skip
_ORDER = ("on", "days_left", "working_days_left", "provisional", "kind", "subject", "scheme", "version", "tier", "name",
          "purposes", "batch", "jurisdiction", "opens", "closes", "state", "document", "why")  # fmt: skip


def calendar(
    book: RuleBook,
    registry: Registry,
    subject: str | None,
    as_of: date,
    until: date,
    days: WorkCalendar | None = None,
) -> pl.DataFrame:
    """Everything from one day to another, both included, for one organisation (or other subject), or for all.

    Columns: on, days_left, working_days_left, provisional, kind, subject, scheme, version, tier, name (of the intake,
    the title's record or the call), purposes, batch, jurisdiction, opens, closes, state, document, why; by date.
    `state` of an intake or call is `open` or `coming`; one that has closed is not in the calendar. Of one subject only
    what may be its own is listed: intakes of its region (a narrower jurisdiction's takes the place of the wider one
    of the same id) and of schemes that cover it; where its region is not known, those of the whole country. Working
    days need `days`; `provisional` tells that the holidays between have not all been announced.
    """
    span = Span(as_of, until)
    listed = list(_Listing(book, registry, subject, span).rows())
    rows = pl.DataFrame(listed, schema_overrides=_FRAME) if listed else pl.DataFrame(schema=_FRAME)
    table = pl.concat([pl.DataFrame(schema=_FRAME), rows, dues(book, registry, subject, span)], how="diagonal")
    order = pl.col("kind").replace_strict(list(KINDS), list(range(len(KINDS))), return_dtype=pl.Int8)
    table = table.with_columns((pl.col("on") - pl.lit(as_of)).dt.total_days().alias("days_left"))
    return _worked(table, as_of, days).sort(
        "on", order, "scheme", "name", "subject", "version", "tier", nulls_last=True
    ).select(_ORDER)  # fmt: skip


def _worked(table: pl.DataFrame, as_of: date, days: WorkCalendar | None) -> pl.DataFrame:
    if days is None:
        return table
    start = pl.repeat(as_of, table.height, dtype=pl.Date, eager=True)
    unsettled = {day: days.provisional(as_of, day) for day in table["on"].unique()}
    return table.with_columns(
        days.between_each(start, table["on"]).alias("working_days_left"),
        pl.col("on").replace_strict(unsettled, return_dtype=pl.Boolean).alias("provisional"),
    )


Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Listing:
    """Intakes and calls between two days, of all or as far as they may concern one subject."""

    book: RuleBook
    registry: Registry
    subject: str | None
    span: Span

    def rows(self) -> Iterator[Row]:
        found = [o for scheme in self._schemes() for o in openings(scheme, self.span.first, self.span.last)]
        if self.subject is not None:
            found = list(Places.of(self.registry).holding(found, self._region()))
        for opening in found:
            for kind, on, state in self._days(opening.opens, opening.closes):
                yield {"on": on, "kind": kind, "state": state, **_shown(opening, kind)}
        yield from self._calls()

    def _days(self, opens: date | None, closes: date | None) -> Iterator[tuple[str, date, str]]:
        """The days of a time to apply that are still to come; a first day left out has passed."""
        if closes is not None and closes < self.span.first:
            return
        state = "open" if opens is None or opens <= self.span.first else "coming"
        for kind, day in (("opens", opens), ("closes", closes)):
            if day is not None and self.span.has(day):
                yield kind, day, state

    def _schemes(self) -> Iterator[Scheme]:
        """Schemes with intakes; those that surely do not cover the subject are left out.

        An organisation may also apply with what it leads, so schemes that name it as the holder count.
        """
        known = [self.book[name] for name in self.book if any(v.windows for v in self.book[name].versions)]
        if self.subject is None:
            yield from known
            return
        here = about(self.registry, [self._noun], self.subject)
        for scheme in known:
            if scheme.subject == self._noun:
                codes = judge(self.book, scheme.scheme, here, self.span.first).only([self.subject]).codes
                if "applies" not in codes.columns or (codes["applies"] != logic.UNMET).any():
                    yield scheme
            elif self._noun == "organisations" and scheme.holder:
                yield scheme

    @property
    def _noun(self) -> str:
        return noun_of(self.book, self.registry, self.subject or "") or "organisations"

    def _region(self) -> str | None:
        frame = self.registry[self._noun]
        own = frame.filter(pl.col(noun(self._noun).key[0]) == self.subject)
        known = [own[c].drop_nulls() for c in ("division", "region") if c in own.columns]
        return next((str(values[0]) for values in known if len(values)), None)

    def _calls(self) -> Iterator[Row]:
        """Funding calls; of one subject not those for regions it does not lie in."""
        own = self._region() if self.subject is not None else None
        inside = set(Places.of(self.registry).chain(own)) if own else None
        for call in self.registry["calls"].to_dicts():
            if inside is not None and call["regions"] and not inside.intersection(call["regions"]):
                continue
            names = {"name": Label(call["title"], call["title_en"] or ""), "issuer": call["issuer"]}
            same = {"scheme": call["scheme"], "name": call["call"], "opens": call["opens"], "closes": call["closes"]}
            for kind, on, state in self._days(call["opens"], call["closes"]):
                why = Why(f"asking.call-{kind}", {**names, "on": on})
                yield {**same, "on": on, "kind": f"call_{kind}", "state": state, "why": why.to_json()}


def _shown(opening: Opening, kind: str) -> Row:
    intake, version = opening.intake, opening.version
    names = {"scheme": opening.scheme.label, "name": intake.label, "by": intake.cite.label()}
    why = Why(f"asking.intake-{kind}", {**names, "opens": opening.opens, "closes": opening.closes})
    return {
        "scheme": opening.scheme.scheme, "version": version.version, "name": intake.intake,
        "batch": intake.batch or None, "purposes": list(opening.purposes), "jurisdiction": version.jurisdiction,
        "opens": opening.opens, "closes": opening.closes, "document": intake.cite.document, "why": why.to_json(),
    }  # fmt: skip
