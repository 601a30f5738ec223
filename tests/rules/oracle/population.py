"""Random subjects and the registry they make: what the plain judge reads and what the engine reads, from one draw."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import polars as pl
from oracle.draws import MISSING, Figure
from oracle.subjects import Subject

from tongtu.registry import Registry, noun

PROFILES = (("strong",) * 4) + (("mixed",) * 4) + (("sparse",) * 2)
KEYS = {"organisations": "organisation", "platforms": "platform", "projects": "project"}


@dataclass(frozen=True)
class Kind:
    """What a population is made of: its own columns, yearly figures, titles and child rows.

    `growth` figures fall back to (years, percents): that many years earlier they stood so much lower. `rows` draw the
    child rows of a noun: (rng, day, profile) → rows.
    """

    noun: str = "organisations"
    own: dict[str, Figure] = field(default_factory=dict)
    yearly: dict[str, Figure] = field(default_factory=dict)
    growth: dict[str, tuple] = field(default_factory=dict)
    years: int = 3
    titles: tuple[str, ...] = ()
    levels: tuple = (None,)
    rows: dict[str, object] = field(default_factory=dict)
    lead: dict[str, Figure] = field(default_factory=dict)
    call: dict[str, Figure] = field(default_factory=dict)
    settle: Callable = lambda row: None  # makes a drawn row consistent with itself


def subjects(kind, asked, n, seed, day):
    """`asked` names what reviewers may mark: path → (lowest, highest) points, or None where a person decides."""
    rng = random.Random(seed)
    return [_subject(rng, kind, asked, f"S{i:06d}", day) for i in range(n)]


def _subject(rng, kind, asked, key, day):
    profile = PROFILES[int(rng.random() * len(PROFILES))]
    row = _row(rng, kind.own, profile)
    kind.settle(row)
    records = _years(rng, kind, profile, day.year) if kind.yearly else {}
    titles = _titles(rng, kind, profile, day)
    rows = {"titles": titles} | {name: draw(rng, day, profile) for name, draw in kind.rows.items()}
    lead = call = None
    if kind.lead:
        lead = _row(rng, kind.lead, profile) | {"organisation": f"L{key}"} if rng.random() > MISSING[profile] else None
        row["lead"] = lead["organisation"] if lead else rng.choice([None, "nobody"])
    if kind.call:
        call = _row(rng, kind.call, profile) | {"call": f"C{key}"} if rng.random() > 0.1 else None
        row["call"] = call["call"] if call else None
    return Subject(key, row, records, titles, rows, lead, call, _marks(rng, asked, profile))


def _row(rng, figures, profile):
    row = {"currency": _currency(rng, profile)}
    for name, figure in figures.items():
        row[name] = figure.draw(rng, row, profile)
    return row


def _currency(rng, profile):
    x = rng.random()
    if profile == "strong" or x < 0.9:
        return "CNY"
    return "USD" if x < 0.95 else None


def _years(rng, kind, profile, this_year):
    """Records of each past year; sometimes two of one year, sometimes none."""
    records, last = {}, {}
    for back in range(1, kind.years + 1):
        row = dict(last) if last and rng.random() < 0.3 else _row(rng, kind.yearly, profile)
        for name, (years, percents) in kind.growth.items():
            if back == years + 1 and last.get(name) is not None and (profile == "strong" or rng.random() < 0.7):
                row[name] = _before(rng, last[name], years, percents, profile)
        last = last or row
        if rng.random() > MISSING[profile] / 3:
            records[this_year - back] = [row | {"recorded_at": date(this_year, 2, 1)}]
            if rng.random() < 0.06:
                other = _row(rng, kind.yearly, profile) | {"recorded_at": rng.choice([None, date(this_year, 3, 1)])}
                records[this_year - back].append(other)
    return records


def _before(rng, now, years, percents, profile):
    """What it was when growth stands at one of these percentages, to a fen."""
    growth = max(percents) if profile == "strong" else percents[int(rng.random() * len(percents))]
    then = now * 100**years // (100 + growth) ** years
    return then if profile == "strong" else max(then + int(rng.random() * 3) - 1, 0)


def _titles(rng, kind, profile, day):
    one = timedelta(days=1)
    spans = [(day.replace(year=day.year - 1), None), (day, day), (day.replace(year=day.year - 3), day),
             (day + one, None), (day.replace(year=day.year - 3), day - one),
             (day.replace(year=day.year - 3) + one, day.replace(year=day.year + 1))]  # fmt: skip
    titles = []
    for name in kind.titles:
        if rng.random() < (0.6 if profile == "strong" else 0.35):
            start, end = spans[int(rng.random() * (3 if profile == "strong" else 6))]
            titles.append({"kind": name, "valid_from": start, "valid_to": end, "level": rng.choice(kind.levels)})
    return titles


def _marks(rng, asked, profile):
    """What reviewers said: (lowest, highest) of each, one or two of them."""
    marks = {}
    for path, ends in asked.items():
        if rng.random() < (0.15 if profile == "strong" else 0.6):
            continue
        for _ in range(1 + (rng.random() < 0.1)):
            marks.setdefault(path, []).append(_mark(rng, ends, profile))
    return marks


def _mark(rng, ends, profile):
    if ends is None:
        yes = 1.0 if rng.random() < (0.95 if profile == "strong" else 0.6) else 0.0
        return yes, yes
    low, high = ends
    first = high if profile == "strong" else low - 1 + int(rng.random() * (high - low + 3))
    return float(first), float(first + int(rng.random() * 3) * (profile != "strong"))


# --- the registry they make


def registry(kind, found):
    """All of them as the tables the engine reads."""
    tables = {kind.noun: [s.row | {KEYS[kind.noun]: s.key} for s in found]}
    if kind.yearly:
        tables["firm_years"] = [
            row | {"organisation": s.key, "year": year} for s in found for year, rows in s.drawn.items() for row in rows
        ]  # fmt: skip
    if kind.noun == "organisations":
        tables["titles"] = [
            t | {"organisation": s.key, "title": f"{s.key}{i}"} for s in found for i, t in enumerate(s.titles)
        ]
    for name in kind.rows:
        tables.setdefault(name, []).extend(_children(kind, name, found))
    if kind.lead:
        tables["organisations"] = [s.lead for s in found if s.lead]
    if kind.call:
        tables["calls"] = [s.call for s in found if s.call]
    return Registry({name: _frame(name, rows) for name, rows in tables.items()})


def _children(kind, name, found):
    """Child rows with the subject they belong to and a key of their own."""
    link = next(c.name for c in noun(name).columns if c.kind == "ref" and c.of == kind.noun)
    own = noun(name).key[0]
    for s in found:
        for i, row in enumerate(s.rows[name]):
            yield row | {link: s.key} | ({own: f"{s.key}-{i}"} if own not in row and own != link else {})


def marks(found):
    rows = [(s.key, path, *pair) for s in found for path, given in s.given.items() for pair in given]
    schema = {"subject": pl.String, "path": pl.String, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@cache
def _schema(name):
    return {c.name: c.dtype() for c in noun(name).columns}


def _frame(name, rows):
    rows = list(rows)
    used = set().union(*(row.keys() for row in rows)) if rows else set()
    return pl.DataFrame(rows, schema={c: t for c, t in _schema(name).items() if c in used})
