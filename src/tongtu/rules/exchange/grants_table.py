"""What a tier brings and how long it lasts: grants as a table, lifecycle and windows as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from tongtu.rules.exchange.criteria_table import basis, grade
from tongtu.rules.exchange.markup import Markup, lines, row, table, tag
from tongtu.rules.exchange.plain import Speaker
from tongtu.rules.model import Citation, Grant, Intake, Lifecycle, MonthDay
from tongtu.terms.why import Ratio
from tongtu.terms.words import show


def grants_table(grants: Sequence[Grant], cite: Citation, said: Speaker) -> Markup:
    """One row for each grant: what it is, how much, upon what, how it is paid and taken back, by which text."""
    head = [said.word(f"col-{name}") for name in ("grant", "content", "terms", "basis", "grade")]
    rows = [
        row(
            tag("td", tag("b", said.label(grant.label)), " ", tag("code", grant.grant), _kind(grant, said)),
            lines(map(said.sentence, content(grant, said))) or "—",
            lines(map(said.sentence, terms(grant, said))) or "—",
            basis(grant.cite, cite, said),
            tag("td", grade(grant.cite.grade, said)),
        )
        for grant in grants
    ]
    return table(head, rows, class_="grants")


def _kind(grant: Grant, said: Speaker) -> Markup:
    return tag("div", said.code("grant_kind", grant.kind), class_="soft")


def content(grant: Grant, said: Speaker) -> Iterator[str]:
    """The money or the access itself."""
    if grant.amount is not None:
        yield said.word("amount", amount=said.value(grant.amount))
    for more in grant.more:
        yield said.word("more", amount=said.value(more.amount), when=said.truth(more.node))
    if grant.cap is not None:
        yield said.word("cap", cap=said.value(grant.cap))
    if grant.resource:
        yield said.word("resource", resource=said.code("resource_kind", grant.resource))
    if grant.quota is not None:
        yield said.word("quota", quota=grant.quota)
    if grant.priority is not None:
        yield said.word("priority", n=grant.priority)
    if grant.per == "year":
        yield said.word("per-year")
    if grant.over_years > 1:
        yield said.word("over-years", n=grant.over_years)


def terms(grant: Grant, said: Speaker) -> Iterator[str]:
    """What it depends on, when it is paid, how long it lasts, what is taken back."""
    if grant.when is not None:
        yield said.word("when", when=said.truth(grant.when))
    for payment in grant.payments:
        yield said.word("payment", share=Ratio(payment.share), when=payment.when)
    if grant.lasts.months is not None:
        yield said.word("lasts", n=grant.lasts.months)
    if grant.lasts.with_title:
        yield said.word("lasts-title")
    for reclaim in grant.reclaims:
        args = {"name": reclaim.label, "when": said.truth(reclaim.node), "share": Ratio(reclaim.share)}
        yield said.word("reclaim", **args)


def duties(lifecycle: Lifecycle, said: Speaker) -> Iterator[str]:
    """How long a title lasts, and what its holder owes meanwhile."""
    for name in ("valid_years", "review_every_years", "report_change_months", "ban_years"):
        if (n := getattr(lifecycle, name)) is not None:
            yield said.word("life-" + name.replace("_", "-"), n=n)
    if lifecycle.update_by is not None:
        yield said.word("life-update-by", day=_day(lifecycle.update_by, said))
    if lifecycle.on_failure is not None:
        then = said.word(f"then-{lifecycle.on_failure.then}")
        yield said.word("life-on-failure", n=lifecycle.on_failure.rectify_months, then=then)


def window(intake: Intake, said: Speaker) -> str:
    """When one can apply, for what, and for which batch alone."""
    yearly = not isinstance(intake.opens, date)
    args = {
        "name": intake.label,
        "opens": _day(intake.opens, said),
        "closes": _day(intake.closes, said),
        "purposes": said.purposes(intake.purposes),
    }
    text = said.word("window-yearly" if yearly else "window", **args)
    return text + (said.word("batches", batches=intake.batch) if intake.batch else "")


def _day(day: date | MonthDay, said: Speaker) -> str:
    if isinstance(day, date):
        return show(day, said.lang)
    return said.word("month-day", month=f"{day[0]:02d}" if said.lang == "en" else day[0],
                     day=f"{day[1]:02d}" if said.lang == "en" else day[1])  # fmt: skip
