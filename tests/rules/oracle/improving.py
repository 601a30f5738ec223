"""One figure of one subject made better, everything else as it was; and where a scheme has no better or worse."""

from __future__ import annotations

from datetime import date, timedelta

from oracle.draws import EITHER
from oracle.subjects import Subject

#: Figures a scheme uses both ways, so that more of one can cost a tier, and why.
BOTH_WAYS = {
    ("srdi", "revenue"): "reaches 15 m, but R&D, main business and profit become smaller shares of it",
    ("little_giant", "revenue"): "reaches 50 m, but R&D and main business become smaller shares of it; in 2022 the "
    "class of size asks for other R&D",
    ("hnte", "revenue"): "a larger class of size asks for less, but R&D becomes a smaller share of it",
    ("hnte", "rd_spend"): "a larger share of sales, but what is spent at home becomes a smaller share of it",
    ("tech_demo", "revenue"): "reaches 30 m, but R&D becomes a smaller share of it",
    ("leading_enterprise", "revenue"): "reaches 100 m, but R&D becomes a smaller share of it",
    ("gd_tech_centre", "main_revenue"): "reaches 100 m, but from 1 bn on 30 m of R&D are asked for, below it a share",
    ("guangdong_centre_review", "main_revenue"): "from 1 bn on 30 m of R&D are asked for, below it a share of it",
    ("ningbo_engineering_centre", "revenue"): "grows, but profit becomes a smaller share of it",
    ("zhejiang_first_set_insurance", "insured_units"): "three sets or a batch of 50 at most, of components 50 at least",
}
#: What has no order: who somebody is, where, and what for.
UNORDERED = frozenset({"kind", "region", "division", "tier", "main_focus", "build_type", "insured_as", "scheme"})
#: Divisors: at nothing, the share is not known, which is neither better nor worse.
DIVISORS = frozenset({
    "revenue", "main_revenue", "rd_spend", "total_assets", "total_income", "total_cost", "employees", "staff",
    "experts", "state_funds",
})  # fmt: skip


def figures(kind):
    """(place, name, figure) of every figure that can be improved."""
    for place in ("own", "yearly", "lead"):
        for name, figure in getattr(kind, place).items():
            if figure.better != EITHER:
                yield place, name, figure


def improved(subject: Subject, place: str, name: str, figure, day: date, key: str) -> Subject | None:
    """A copy with a better figure (of last year); None where it is not known or cannot be better."""
    row, records, lead = dict(subject.row), dict(subject.drawn), dict(subject.lead)
    if place == "yearly":
        year = day.year - 1
        records[year] = [dict(r) for r in records.get(year, ())]
        last = subject.records.get(year)
        changed = [r for r in records[year] if r == last]
    else:
        changed = [row] if place == "own" else [lead] if lead else []
    value = changed[0].get(name) if changed else None
    better = None if value is None else _better(figure, name, value)
    if better is None:
        return None
    changed[0][name] = better
    if lead:
        lead["organisation"] = row["lead"] = f"L{key}"
    call = dict(subject.call) if subject.call else None
    return Subject(key, row, records, subject.titles, subject.rows, lead, call, subject.given)


def _better(figure, name, value):
    if isinstance(value, date):
        return value - timedelta(days=400) if figure.better > 0 else None
    if isinstance(value, bool):
        return figure.better > 0 if value != (figure.better > 0) else None
    if isinstance(value, str | list):
        further = figure.values[figure.values.index(value) + 1 :]
        return further[0] if further else None
    if name in DIVISORS and value <= 0:
        return None
    return _more(figure, value) if figure.better > 0 else _less(value, name in DIVISORS)


def _more(figure, value):
    """A tenth more where it is drawn as a share, else the next of its values."""
    if figure.of:
        return value + value // 10 + 1
    return min((v for v in figure.values if v is not None and v > value), default=None)


def _less(value, positive):
    fewer = value * 9 // 10 if isinstance(value, int) else value * 0.9
    return fewer if fewer < value and (fewer > 0 or not positive) else None
