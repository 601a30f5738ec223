"""Reading when one can apply, and how long what was awarded lasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tongtu.rules.model import PURPOSES, Citation, Failure, Intake, Lifecycle, MonthDay, Span
from tongtu.rules.reading.criteria import read_citation
from tongtu.rules.reading.page import Page
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label
from tongtu.terms.words import word

_WINDOW = ("id", "name", "opens", "closes", "purposes", "batch", "cite")
_LIFECYCLE = (
    "valid_years",
    "update_by",
    "review_every_years",
    "report_change_months",
    "ban_years",
    "on_failure",
    "cite",
)


def read_windows(page: Page, found: Marked, above: Citation, spans: Sequence[Span]) -> tuple[Intake, ...]:
    """The windows of a version; one that never opens while it is in force is refused."""
    windows, lines = [], dict[str, int]()
    for entry in page.mappings(found, "windows", required=False):
        page.only(entry, _WINDOW)
        name = page.word(entry, "id")
        if name in lines:
            page.fault(entry.at("id"), "id-twice", key="id", value=name, first=lines[name])
        lines.setdefault(name, entry.line)
        opens, closes = _day(page, entry, "opens"), _day(page, entry, "closes")
        cite = read_citation(page, entry, above) or above
        purposes = page.purposes(entry, "purposes") or PURPOSES
        label = page.label(entry, default=Label(word("lifecycle.window", "zh"), word("lifecycle.window", "en")))
        if opens is None or closes is None:
            continue
        window = Intake(name, label, opens, closes, purposes, cite, page.text(entry, "batch", ""))
        if _fits(page, entry, window) and isinstance(opens, date) and not any(_meets(window, span) for span in spans):
            page.fault(entry.at("opens"), "lifecycle.window-outside", key="opens")
        windows.append(window)
    return tuple(windows)


def _day(page: Page, found: Marked, key: str) -> date | MonthDay | None:
    """A date, or `MM-DD` for that day of every year."""
    if isinstance(found.get(key), str):
        return page.month_day(found, key)
    return page.day(found, key)


def _fits(page: Page, found: Marked, window: Intake) -> bool:
    """Both ends are of one kind, and the first does not come after the last."""
    opens, closes = window.opens, window.closes
    if isinstance(opens, date) != isinstance(closes, date):
        page.fault(found.at("closes"), "lifecycle.window-kinds", key="closes")
        return False
    if isinstance(opens, date) and isinstance(closes, date) and closes < opens:
        page.fault(found.at("closes"), "lifecycle.window-ends", key="closes")
        return False
    return True


def _meets(window: Intake, span: Span) -> bool:
    opens, closes = window.in_year(0)
    common = set(window.purposes) & set(span.purposes)
    batch = not span.batches or not window.batch or window.batch in span.batches
    return bool(common) and batch and span.start <= closes and (span.end is None or opens <= span.end)


def read_lifecycle(page: Page, found: Marked, above: Citation) -> Lifecycle:
    cycle = page.mapping(found["lifecycle"], found.at("lifecycle"), "lifecycle") if "lifecycle" in found else None
    if cycle is None:
        return Lifecycle(cite=above)
    page.only(cycle, _LIFECYCLE)
    years = {
        key: page.positive(cycle, key) if key in cycle else None
        for key in ("valid_years", "review_every_years", "report_change_months", "ban_years")
    }
    update = page.month_day(cycle, "update_by") if "update_by" in cycle else None
    cite = read_citation(page, cycle, above)
    return Lifecycle(update_by=update, on_failure=_failure(page, cycle), cite=cite, **years)


def _failure(page: Page, found: Marked) -> Failure | None:
    failure = page.mapping(found["on_failure"], found.at("on_failure"), "on_failure") if "on_failure" in found else None
    if failure is None:
        return None
    page.only(failure, ("rectify_months", "then"))
    then = page.one_of(failure, "then", ("recheck", "remove"))
    months = page.count(failure, "rectify_months", 0)
    return Failure(months, "remove" if then == "remove" else "recheck")
