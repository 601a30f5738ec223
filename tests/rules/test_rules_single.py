"""One subject judged alone hears what the population hears: verdicts, figures, reasons, of every scheme."""

from __future__ import annotations

import json
import math
import random
from datetime import date
from functools import cache

import polars as pl
import pytest
from rulebook import book, registry

from tongtu import rules
from tongtu.registry import noun
from tongtu.registry.vocabularies import vocabularies

TABLES = ("verdicts", "criteria", "grants")
DAYS = [date(2026, 5, 10), date(2023, 3, 1)]
MONEY = [0, 1, 99_999_999, 100_000_000, 500_000_000, 1_500_000_000, 5_000_000_000, 10_000_000_000, 40_000_000_000, None]
FLOATS = [0.0, 0.02999, 0.03, 0.1, 0.5, 2.0, 3.0, 10.0, 49.9, 50.0, 60.0, math.nan, None]
INTS = [0, 1, 2, 3, 4, 5, 10, 50, 300, None]
DATES = [date(2010, 1, 1), date(2024, 2, 29), date(2025, 6, 1), date(2026, 5, 10), date(2027, 1, 1)]


def value(rng, column):
    match column.kind:
        case "money":
            return rng.choice(MONEY)
        case "ratio":
            return rng.choice([0.0, 0.1, 0.4, 0.8, 0.9, 1.0, None])
        case "float":
            return rng.choice(FLOATS)
        case "int":
            return rng.choice(INTS)
        case "bool":
            return rng.choice([True, False, None])
        case "date":
            return rng.choice(DATES)
        case "currency":
            return rng.choices(["CNY", "USD", None], [12, 1, 1])[0]
        case "code":
            known = sorted(packed().get(column.of, ()))
            return rng.choice([*known, None]) if known else None
        case "codes":
            known = sorted(packed().get(column.of, ()))
            return rng.choice([known[:1], known[:3], [], None])
    return None


@cache
def packed():
    from tongtu import packs

    return {**vocabularies(), **packs.load("cn").vocabularies}


def row(rng, name, /, **given):
    return {c.name: given.get(c.name, value(rng, c)) for c in noun(name).columns}


def records(seed, firms=30):
    rng = random.Random(seed)
    names = "organisations firm_years titles platforms equipment usage projects calls participants duties"
    tables = {name: [] for name in names.split()}
    for i in range(firms):
        firm, platform = f"F{i:03d}", f"P{i:03d}"
        tables["organisations"].append(row(rng, "organisations", organisation=firm, name=firm))
        for year in (2020, 2021, 2022, 2023, 2024, 2025):
            for _ in range(rng.choice([0, 1, 1, 1, 1, 2])):
                tables["firm_years"].append(row(rng, "firm_years", organisation=firm, year=year))
        for k in range(rng.randrange(4)):
            day = {"valid_from": rng.choice(DATES)}
            tables["titles"].append(row(rng, "titles", title=f"{firm}-{k}", organisation=firm, **day))
        tables["platforms"].append(row(rng, "platforms", platform=platform, organisation=firm))
        for k in range(rng.randrange(3)):
            tables["equipment"].append(row(rng, "equipment", equipment=f"{platform}-{k}", platform=platform))
            tables["usage"].append(row(rng, "usage", usage=f"{platform}-{k}", platform=platform, user=firm))
        call = row(rng, "calls", call=f"C{i:03d}")
        links = {"lead": rng.choice([firm, None]), "call": rng.choice([call["call"], None])}
        project = row(rng, "projects", project=f"J{i:03d}", **links)
        tables["calls"].append(call)
        tables["projects"].append(project)
        for k in range(rng.randrange(6)):
            partner = f"F{(i + k) % firms:03d}"
            tables["participants"].append(row(rng, "participants", project=project["project"], organisation=partner))
        if rng.random() < 0.5:
            tables["duties"].append(row(rng, "duties", duty=f"D{i:03d}", organisation=firm))
    return registry(**tables)


def comparable(line):
    """A reason as data, since two writers may spell one number in two ways; figures to the last bit but two."""
    line = dict(line)
    line["why"] = json.loads(line["why"], parse_float=lambda text: f"{float(text):.12g}")
    return {k: f"{v + 0.0:.12g}" if isinstance(v, float) else v for k, v in line.items()}


def by_subject(frame):
    found = {}
    for line in frame.iter_rows(named=True):
        found.setdefault(line[frame.columns[0]], []).append(comparable(line))
    return found


@pytest.mark.parametrize(
    ("noun_name", "day", "purpose"),
    [("organisations", DAYS[0], "new"), ("organisations", DAYS[1], "review"), ("platforms", DAYS[0], "review"),
     ("projects", DAYS[0], "new")],
)  # fmt: skip
def test_alone_and_among_others_are_the_same(noun_name, day, purpose):
    everybody = records(20_261_122)
    key = noun(noun_name).key[0]
    subjects = everybody[noun_name][key].to_list()
    marked = random.Random(7)
    paths = sorted({c.path for law in book().schemes.values() for v in law.versions for _, c, _ in v.criteria()})
    marks = pl.DataFrame(
        [(s, p, *sorted((marked.choice([0.0, 1.0]), marked.choice([0.0, 1.0])))) for s in subjects[::2] for p in paths],
        schema=["subject", "path", "low", "high"],
        orient="row",
    )
    judged = {
        name: rules.judge(book(), name, everybody, day, purpose, marks=marks)
        for name in book() if book()[name].subject == noun_name
    }  # fmt: skip
    among = {(name, table): by_subject(getattr(one, table)) for name, one in judged.items() for table in TABLES}
    for subject in subjects:
        found = rules.judge_one(book(), everybody, subject, day, purpose, subject_noun=noun_name, marks=marks)
        assert [one.scheme.scheme for one in found] == list(judged)
        for one in found:
            for table in TABLES:
                expected = among[one.scheme.scheme, table].get(subject, [])
                assert [comparable(line) for line in getattr(one, table)] == expected, (subject, one.scheme.scheme)


def test_a_subject_nobody_knows_is_said():
    with pytest.raises(KeyError, match="F999"):
        rules.judge_one(book(), records(1, firms=2), "F999", DAYS[0])
