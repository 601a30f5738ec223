"""The planted truth, checked against the tables alone."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest

from tongtu import packs, registry, samples, text
from tongtu.samples.world import Sample
from tongtu.terms.units import scale as unit_scale

AS_OF = date(2026, 11, 21)


@pytest.fixture(scope="module")
def region() -> Sample:
    pack = packs.load("cn")
    known = {**registry.vocabularies(), **pack.vocabularies}
    return samples.make("region", 7, glossary=pack.glossary, vocabularies=known, as_of=AS_OF)


def by_subject(sample: Sample) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sample.tables["indicators"].iter_rows(named=True):
        found.setdefault(row["subject"], []).append(row)
    return found


def meets(wanted: dict[str, Any], claims: list[dict[str, Any]]) -> bool | None:
    """Whether a claim satisfies a demand; None where none is comparable."""
    for claim in claims:
        if (claim["quantity_en"], claim["conditions"]) == (wanted["quantity_en"], wanted["conditions"]):
            assert unit_scale(claim["unit"]).dimension == unit_scale(wanted["unit"]).dimension
            if wanted["operator"] == "le":
                return bool(claim["high"] <= wanted["high"])
            return bool(claim["low"] >= wanted["low"])
    return None


def test_pairs_hold_what_their_grade_says(region: Sample) -> None:
    claims = by_subject(region)
    trl_min = dict(region.tables["needs"].select("need", "trl_min").iter_rows())
    trl = dict(region.tables["achievements"].select("achievement", "trl").iter_rows())
    for need, achievement, grade in region.truth["pairs"].select("need", "achievement", "grade").iter_rows():
        assert trl[achievement] >= trl_min[need]
        musts = [meets(w, claims[achievement]) for w in claims[need] if w["must"]]
        wishes = [meets(w, claims[achievement]) for w in claims[need] if not w["must"]]
        assert all(musts)
        assert grade == (1 if False in wishes else 2 if None in wishes else 3)


def test_lookalikes_really_miss_something(region: Sample) -> None:
    claims = by_subject(region)
    trl_min = dict(region.tables["needs"].select("need", "trl_min").iter_rows())
    trl = dict(region.tables["achievements"].select("achievement", "trl").iter_rows())
    reasons = Counter()
    for need, achievement, reason in region.truth["lookalikes"].iter_rows():
        musts = [meets(w, claims[achievement]) for w in claims[need] if w["must"]]
        found = "indicator missed" if False in musts else "not comparable" if None in musts else "other"
        if found == "other":
            assert reason == ("too immature" if trl[achievement] < trl_min[need] else "related parties")
        else:
            assert reason == found
        reasons[reason] += 1
    assert min(reasons[r] for r in ("indicator missed", "not comparable", "too immature")) > 100


def test_every_need_has_a_few_fits_and_none_is_related(region: Sample) -> None:
    pairs = region.truth["pairs"]
    assert pairs["need"].n_unique() == region.tables["needs"].height
    assert 1.5 < pairs.height / region.tables["needs"].height < 2.5
    group = dict(region.tables["organisations"].select("organisation", "owner_group").iter_rows())
    who = dict(region.tables["needs"].select("need", "organisation").iter_rows())
    whose = dict(region.tables["achievements"].select("achievement", "organisation").iter_rows())
    for need, achievement in pairs.select("need", "achievement").iter_rows():
        a, b = who[need], whose[achievement]
        assert a != b
        assert group[a] is None or group[a] != group[b]


def test_copies_say_nearly_the_same(region: Sample) -> None:
    texts = dict(region.tables["achievements"].select("achievement", "text").iter_rows())
    copies = list(region.truth["duplicates"].iter_rows())
    assert len(copies) > 100
    assert all(texts[first].startswith(texts[copy]) for copy, first in copies)


def test_outcomes_follow_the_true_odds(region: Sample) -> None:
    seen = region.tables["outcomes"].filter(pl.col("result").is_in(["passed", "failed"]))
    truth = region.truth["odds"].rename({"piloted": "with_pilot"})
    both = seen.join(truth, on=["stage", "direction"]).filter(
        pl.col("with_pilot").is_null() | (pl.col("with_pilot") == pl.col("piloted"))
    )
    passed = pl.col("result") == "passed"
    spread = (pl.col("p") * (1 - pl.col("p"))).sum().sqrt()
    z = both.group_by("stage", "direction", "with_pilot").agg(((passed.sum() - pl.col("p").sum()) / spread).alias("z"))[
        "z"
    ]
    assert len(z) > 90
    assert z.abs().max() < 4.5  # type: ignore[operator]
    assert abs(z.mean()) < 0.4  # type: ignore[arg-type, operator]


def test_firms_stand_at_above_and_below_the_thresholds(region: Sample) -> None:
    titles = region.truth["titles"]
    for scheme in ("srdi", "little_giant"):
        verdicts = titles.filter(pl.col("scheme") == scheme)
        assert {True, False, None} == set(verdicts["meets"])
        single = verdicts.filter(~pl.col("failed").str.contains(";") & (pl.col("failed") != ""))
        assert single.height > 50
    last = region.tables["firm_years"].filter(pl.col("year") == AS_OF.year - 1)
    exact = last.filter(
        (pl.col("main_revenue") / pl.col("revenue") == 0.8) & (pl.col("total_debt") / pl.col("total_assets") == 0.8)
    )
    met = titles.filter((pl.col("scheme") == "srdi") & pl.col("meets"))["organisation"]
    assert exact["organisation"].is_in(met.implode()).sum() > 20
    three = last.filter(pl.col("rd_spend") / pl.col("revenue") == 0.03)["organisation"]
    assert three.is_in(met.implode()).any()


def test_shortage_is_planted_where_the_truth_says(region: Sample) -> None:
    capacity = region.truth["capacity"]
    assert {"short", "idle"} <= set(capacity["state"])
    total = capacity.group_by("direction").agg(pl.col("demand", "capacity").sum())
    ratio = dict(total.select("direction", pl.col("capacity") / pl.col("demand")).iter_rows())
    starved, others = [ratio[d] for d in ("quantum", "humanoid", "hydrogen")], [ratio[d] for d in ("ic", "ai", "steel")]
    assert max(starved) < min(others)


def test_the_glossary_finds_what_words_alone_do_not(region: Sample) -> None:
    """Character bigrams over the texts, with and without the other names of the concepts a need mentions."""
    index, labels = shelf(region)
    names = other_names()
    pairs = region.truth["pairs"].filter("open")
    wanted: dict[str, set[str]] = {}
    for need, achievement in pairs.select("need", "achievement").iter_rows():
        wanted.setdefault(need, set()).add(achievement)
    chosen = set(random.Random(5).sample(sorted(wanted), 150))
    hits = {False: 0, True: 0}
    for row in region.tables["needs"].filter(pl.col("need").is_in(chosen)).iter_rows(named=True):
        plain = text.canonical(whole(row))
        more = [other for name, others in names.items() if name in plain for other in others]
        for expanded, question in ((False, plain), (True, " ".join([plain, *more]))):
            terms = {field: dict(Counter(found)) for field, found in text.terms(question)._asdict().items()}
            found = {labels[i] for i in index.search(terms, limit=10).numbers}
            hits[expanded] += len(found & wanted[row["need"]])
    total = sum(len(wanted[need]) for need in chosen)
    assert 0.55 < hits[True] / total < 0.97
    assert hits[False] / total < hits[True] / total - 0.05


def whole(row: dict[str, Any]) -> str:
    return " ".join(row[c] for c in ("title", "title_en", "text", "text_en") if row[c])


def shelf(sample: Sample) -> tuple[text.Index, list[str]]:
    offers = sample.tables["achievements"]
    documents = (text.terms(text.canonical(whole(row)))._asdict() for row in offers.iter_rows(named=True))
    return text.build(documents, {"han": "text", "latin": "text"}), offers["achievement"].to_list()


def other_names() -> dict[str, list[str]]:
    found = {}
    for row in packs.load("cn").glossary.iter_rows(named=True):
        names = [
            text.canonical(n).strip() for n in (row["zh"], row["en"], *(row["zh_alt"] or ()), *(row["en_alt"] or ()))
        ]
        found |= {name: [other for other in names if other != name] for name in names if len(name) > 2}
    return found
