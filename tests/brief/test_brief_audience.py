"""Who should care: firms planted by hand around thresholds, groups recounted in plain Python, counts withheld."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu import packs, rules, samples
from tongtu.brief.audience import ACTIONS, EFFECTS, FLOOR, GROUPS, Audience, audience, counting, nearness
from tongtu.registry import Registry, noun, vocabularies
from tongtu.rules import logic
from tongtu.rules.model import Citation, Criterion, Group, Manual, Tier
from tongtu.rules.program import name
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, say
from tongtu.terms.words.catalogue import entries, missing

DAY = date(2026, 5, 1)
YUAN = 100  # minor units
WAN = 10_000 * YUAN


@cache
def book() -> rules.RuleBook:
    pack = packs.load("cn")
    asked = ("srdi", "little_giant", "tech_and_innovation_sme", "project_evaluation", "rd_deduction")
    return rules.load({f: t for f, t in pack.texts("rules").items() if f.startswith(asked)}, pack.vocabularies)


@cache
def sample() -> Registry:
    pack = packs.load("cn")
    words = {**vocabularies(), **pack.vocabularies}
    made = samples.make("demo", 1, glossary=pack.glossary, vocabularies=words, as_of=date(2026, 11, 21))
    return Registry(made.tables)


def ask(scheme: str, registry: Registry, day: date = DAY, old: str | None = "2022", **more: Any) -> Audience:
    return audience(book(), scheme, old, "2026", registry, day, codes=packs.load("cn").vocabularies, **more)


@cache
def of_sample(scheme: str, floor: int = FLOOR) -> Audience:
    return ask(scheme, sample(), floor=floor)


def table(kind: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    wanted = [c for c in noun(kind).columns if any(c.name in row for row in rows)]
    return pl.DataFrame(rows, schema={c.name: c.dtype() for c in wanted})


# --- firms planted around the thresholds of both versions --------------------------------------------------

#: A firm that passes everything computable of 专精特新 in both versions; a person decides the rest.
SOUND: dict[str, Any] = {
    "revenue": 2000 * WAN, "main_revenue": 1700 * WAN, "rd_spend": 120 * WAN, "total_assets": 1000 * WAN,
    "total_debt": 500 * WAN, "net_profit": 0, "equity_raised": 0, "employees": 100, "rd_staff": 0, "segment_years": 5.0,
    "ip_class1": 1, "ip_class1_high_value": 0, "ip_class1_developed": 0, "ip_class2": 0, "platform_score": 55.0,
    "contest_level": "top500", "chain_role": "base", "digital_level": 1, "rd_body_level": "county",
    "abnormal_list": False, "accident_3y": False, "excluded_product": False, "currency": "CNY",
}  # fmt: skip
SMALL = {"revenue": 1200 * WAN, "main_revenue": 1020 * WAN}  # 2022: 1000万元 is enough; 2026: 1500万元
YOUNG = {"segment_years": 2.0}  # 2022: two years; 2026: three
MIXED = {"main_revenue": 1500 * WAN}  # 75% from the main business; 2026 asks for 80%
INDEBTED = {"total_debt": 850 * WAN}  # 85%; 2026 allows 80%
WEAK = {"contest_level": "none", "chain_role": "none"}  # 44 points at most in 2022, 60 needed; 2026 scores nothing
#: name → how many, figures that differ, whether it holds the first title
PLANTED: dict[str, tuple[int, dict[str, Any], bool]] = {
    "sound": (5, {}, True), "small": (4, SMALL, True), "young": (3, YOUNG, True), "mixed": (2, MIXED, True),
    "indebted": (1, INDEBTED, True), "untitled": (3, {}, False), "both": (3, SMALL | YOUNG, True),
    "weak": (3, WEAK, True),
}  # fmt: skip
TITLE = {"kind": "innovative_sme", "valid_from": date(2025, 1, 1), "valid_to": date(2027, 12, 31)}


@cache
def planted() -> Registry:
    organisations, years, titles = [], [], []
    for group, (n, figures, titled) in PLANTED.items():
        for i in range(n):
            firm = f"{group}{i}"
            organisations.append({"organisation": firm, "name": firm, "kind": "sme", "legal_person": True,
                                  "region": "330100" if group == "small" else "440000",
                                  "directions": ["ai", "ic"] if group == "young" else None})  # fmt: skip
            years += [{**SOUND, "award_level": "none", **figures, "organisation": firm, "year": year}
                      for year in (2023, 2024, 2025)]  # fmt: skip
            titles += [{**TITLE, "title": f"t-{firm}", "organisation": firm}] if titled else []
    organisations.append({"organisation": "lab", "name": "lab", "kind": "university"})
    found = {"organisations": organisations, "firm_years": years, "titles": titles}
    return Registry({kind: table(kind, rows) for kind, rows in found.items()})


def cells(groups: pl.DataFrame, group_by: str = "all") -> dict[tuple[str, str], int | None]:
    rows = groups.filter(pl.col("group_by") == group_by)
    return dict(zip(zip(rows["effect"], rows["group"], strict=True), rows["subjects"], strict=True))


def test_planted_firms_move_as_reckoned_by_hand():
    found = ask("srdi", planted())
    moved = {row["organisation"]: (row["before"], row["after"]) for row in found.changes.changes.to_dicts()}
    closed = ("small", "young", "mixed", "indebted", "untitled", "both")
    expected = {f"{g}{i}": ("manual", "unmet") for g in closed for i in range(PLANTED[g][0])}
    expected |= {f"weak{i}": ("unmet", "manual") for i in range(3)}
    assert moved == expected
    assert cells(found.groups) == {("opens", ""): 3, ("closes", ""): 16, ("near", ""): 13}


def test_planted_firms_are_counted_in_their_groups():
    found = ask("srdi", planted()).groups
    assert cells(found, "direction") == {("closes", "ai"): 3, ("closes", "ic"): 3, ("near", "ai"): 3, ("near", "ic"): 3}
    # Hangzhou lies in Zhejiang: the four small firms, and all others in Guangdong
    assert cells(found, "region") == {
        ("closes", "330000"): 4, ("closes", "440000"): 12, ("near", "330000"): 4, ("near", "440000"): 9,
        ("opens", "440000"): 3,
    }  # fmt: skip
    assert cells(found, "size") == {("closes", "50-249"): 16, ("near", "50-249"): 13, ("opens", "50-249"): 3}
    whole = found.filter(pl.col("group_by") == "all", pl.col("effect") == "closes").row(0, named=True)
    assert (whole["of"], whole["before"], whole["after"], whole["label_zh"]) == (24, "manual", "unmet", "全体适用对象")
    # seven lack revenue and three the title; equity is the other way that seven lack too
    assert whole["criteria"][:3] == ["S2.equity", "S2.revenue", "S1.years"]


def test_who_lacks_one_thing_and_what_it_is():
    found = ask("srdi", planted())
    rows = found.actions.filter(pl.col("kind") == "close_gap")
    gaps = {row["criterion"]: (row["subjects"], row["small"]) for row in rows.to_dicts()}
    assert gaps == {
        "S2": (4, False), "S1.title": (3, False), "S1.years": (3, False), "S3.main": (None, True),
        "S3.debt": (None, True),
    }  # fmt: skip
    years = rows.row(by_predicate=pl.col("criterion") == "S1.years", named=True)
    assert "所差中位数1年" in say(Why.from_json(years["why"]))
    either = rows.row(by_predicate=pl.col("criterion") == "S2", named=True)
    assert "不低于1,500万元，或" in say(Why.from_json(either["action"]))


def test_little_giants_near_the_window():
    """Debt of 72% was too much in 2022 and is not in 2026; 75% from the main business, and 6% for R&D, no longer do."""
    figures = {
        **SOUND, "revenue": 8000 * WAN, "main_revenue": 7600 * WAN, "rd_spend": 800 * WAN, "total_debt": 650 * WAN,
        "segment_share": 0.12, "ip_class1": 5, "ip_class1_own": 5, "platform_score": 66.0,
    }  # fmt: skip
    kinds = {"deep": {"total_debt": 720 * WAN}, "wide": {"main_revenue": 6000 * WAN}, "thin": {"rd_spend": 500 * WAN}}
    firms = [(f"{kind}{i}", more) for kind, more in kinds.items() for i in range(3)]
    organisations = [{"organisation": f, "name": f, "kind": "sme", "legal_person": True} for f, _ in firms]
    scale = {2023: 0.8, 2024: 0.9, 2025: 1.0}
    grown = ("revenue", "main_revenue")
    years = [
        {**figures, **more, "organisation": firm, "year": year}
        | {c: int({**figures, **more}[c] * share) for c in grown}
        for firm, more in firms for year, share in scale.items()
    ]  # fmt: skip
    titles = [
        {"title": f"t-{f}", "organisation": f, "kind": "srdi_sme", "valid_from": date(2025, 6, 1)} for f, _ in firms
    ]
    titles += [{"title": f"g-{f}", "organisation": f, "kind": "little_giant", "valid_from": date(2024, 9, 1)}
               for f, _ in firms if f.startswith("wide")]  # fmt: skip
    registry = Registry({"organisations": table("organisations", organisations), "titles": table("titles", titles),
                         "firm_years": table("firm_years", years)})  # fmt: skip
    found = ask("little_giant", registry)
    assert cells(found.groups) == {("opens", ""): 3, ("closes", ""): 6, ("near", ""): 6}
    said = {(r["kind"], r["effect"]): r for r in found.actions.to_dicts()}
    assert said["apply", "opens"]["by"] == date(2026, 5, 25)  # batch 8, the notice of 2026
    assert said["apply", "opens"]["document"] == "工信厅企业函〔2026〕117号"
    gaps = {row["criterion"]: say(Why.from_json(row["why"])) for row in found.actions.to_dicts() if row["criterion"]}
    assert gaps["G2.main"].endswith("所差中位数15%")  # 90% asked, 75% there
    assert gaps["G3.total"].endswith("所差中位数200万元")  # 1200万元 in two years asked, 500万元 a year spent
    assert said["check", "holders"]["subjects"] == 3
    assert said["check", "holders"]["by"] == date(2026, 5, 31)  # the yearly update comes before the titles end
    assert ("know", "all") in said
    earlier = ask("little_giant", registry, date(2026, 1, 5)).actions
    assert earlier.filter(pl.col("kind") == "know")["by"].to_list() == [date(2026, 4, 1), date(2026, 12, 31)]


# --- the same counts another way ----------------------------------------------------------------------------


def test_groups_are_recounted_from_the_changes_in_plain_python():
    registry, found = sample(), of_sample("srdi", 1)
    expected: Counter[tuple[str, str, str, str]] = Counter()
    firms = {row["organisation"]: row for row in registry["organisations"].to_dicts()}
    staff = {r["organisation"]: r["employees"] for r in registry["firm_years"].sort("year").to_dicts()
             if r["year"] <= 2025 and r["employees"]}  # fmt: skip
    for row in found.changes.changes.to_dicts():
        effect = effect_of(row["before"], row["after"])
        if effect:
            firm = firms[row["organisation"]]
            for group_by, group in groups_of(firm, staff.get(row["organisation"])):
                expected[effect, row["transition"], group_by, group] += 1
    moved = found.groups.filter(pl.col("effect") != "near")
    key = ("effect", "transition", "group_by", "group")
    assert {tuple(row[c] for c in key): row["subjects"] for row in moved.to_dicts()} == expected
    withheld = of_sample("srdi").groups.filter(pl.col("effect") != "near")
    for row in withheld.to_dicts():
        true = expected[tuple(row[c] for c in key)]
        assert row["subjects"] in (true, None)
        assert row["small"] if true < FLOOR else True
        assert row["small"] == (row["subjects"] is None)


def effect_of(before: str, after: str) -> str | None:
    if after == "met":
        return "gains"
    pair = tuple("out" if v in ("unmet", "not_applicable") else v if v == "met" else "open" for v in (before, after))
    return {("met", "out"): "loses", ("out", "open"): "opens", ("open", "out"): "closes", ("out", "out"): None}.get(
        pair, "other"
    )


def groups_of(firm: dict[str, Any], staff: int | None) -> list[tuple[str, str]]:
    found = [("all", ""), ("kind", firm["kind"])]
    found += [("region", firm["region"][:2] + "0000")] if firm["region"] else []
    found += [("direction", d) for d in firm["directions"] or ()]
    if staff:
        found.append(
            ("size", next(c for n, c in ((250, "250+"), (50, "50-249"), (10, "10-49"), (1, "1-9")) if staff >= n))
        )
    return found


def test_near_is_what_the_gap_of_each_subject_says():
    after = ask("srdi", planted()).changes.after
    (tier,) = book()["srdi"].version("2026").tiers
    near = set(after.codes.filter(nearness.near(tier))["organisation"])
    unmet = after.verdicts.filter(pl.col("verdict") == "unmet")["organisation"].to_list()
    assert near <= set(unmet)
    some = [*sorted(near)[:2], *sorted(set(unmet) - near)[:2]]
    assert {firm for firm in some if lacking_by_gap(rules.gap(after, firm, "srdi")) == 1} == near.intersection(some)


def lacking_by_gap(gap: pl.DataFrame) -> int:
    """Of 专精特新 2026: leaves that are unmet, the two ways of S2 counting as one, of S4 those that differ."""
    paths = gap.filter(pl.col("verdict") == "unmet")["criterion"].to_list()
    return len({"S2" if path.startswith("S2") else path for path in paths})


# --- how many conditions are lacking, against trying them all -----------------------------------------------

CITE = Citation("doc", "", (), "ours")
Tree = Any


def trees(depth: int = 3) -> st.SearchStrategy[Tree]:
    leaf = st.sampled_from([logic.UNMET, logic.UNKNOWN, logic.MANUAL, logic.MET])
    grow = lambda inner: st.tuples(st.sampled_from([None, 1, 2]), st.lists(inner, min_size=2, max_size=3))  # noqa: E731
    return st.recursive(leaf, grow, max_leaves=7)


def verdict(tree: Tree, met: frozenset[int], at: itertools.count[int]) -> int:
    """k of n must be met: unmet once that cannot be reached, else met, unknown or manual."""
    if isinstance(tree, int):
        return logic.MET if next(at) in met else tree
    least, parts = tree
    codes = [verdict(part, met, at) for part in parts]
    k = len(codes) if least is None else least
    if codes.count(logic.MET) >= k:
        return logic.MET
    if len(codes) - codes.count(logic.UNMET) < k:
        return logic.UNMET
    return logic.UNKNOWN if logic.UNKNOWN in codes else logic.MANUAL


def built(tree: Tree, path: str, codes: dict[str, int], leaves: itertools.count[int]) -> Criterion:
    start = next(leaves) if isinstance(tree, int) else None
    if start is not None:
        codes[f"t:{path}"] = tree
        return Criterion(path, Label(path), CITE, Manual(Label("")))
    least, parts = tree
    made = tuple(built(part, f"{path}.{i}", codes, leaves) for i, part in enumerate(parts))
    codes[f"t:{path}"] = verdict(tree, frozenset(), itertools.count())
    return Criterion(path, Label(path), CITE, Group(made, least))


def size(tree: Tree) -> int:
    return 1 if isinstance(tree, int) else sum(size(part) for part in tree[1])


@settings(max_examples=25, deadline=None)
@given(trees())
def test_what_is_lacking_is_the_fewest_conditions_that_would_help(tree: Tree) -> None:
    codes: dict[str, int] = {}
    root = Criterion("", Label(""), CITE, Group((built(tree, "c", codes, itertools.count()),)))
    codes["t:"] = verdict(tree, frozenset(), itertools.count())
    tier = Tier("t", Label("t"), root)
    frame = pl.DataFrame({key: pl.Series([code], dtype=pl.Int8) for key, code in codes.items()})
    tried = (
        n for n in range(size(tree) + 1)
        for met in itertools.combinations(range(size(tree)), n)
        if verdict(tree, frozenset(met), itertools.count()) != logic.UNMET
    )  # fmt: skip
    fewest = next(tried)
    assert frame.select(nearness.lacking(tier)).item() == fewest
    named = [criterion for criterion, where in nearness.blocking(tier) if frame.select(where).item()]
    assert bool(named) == (fewest > 0)
    assert all(codes[name(tier, criterion)] == logic.UNMET for criterion in named)


# --- what is withheld --------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 5))
def test_no_withheld_part_can_be_worked_out_from_the_whole(counts: list[int], floor: int) -> None:
    parts = [("kind", f"k{i}", n) for i, n in enumerate(counts)]
    rows = pl.DataFrame([("all", "", sum(counts)), *parts], schema=["group_by", "group", "subjects"], orient="row")
    blank = {c: pl.lit("x") for c in ("scheme", "tier", "noun", "effect", "transition")}
    told = counting.protected(rows.with_columns(of=pl.lit(99), **blank), floor)
    own = told.filter(pl.col("group_by") == "kind")
    withheld = own.filter(pl.col("small")).height
    assert own.filter(pl.col("few")).height == sum(n < floor for n in counts)
    assert withheld != 1 or len(counts) == 1
    assert (told["subjects"].drop_nulls() >= floor).all()


def test_what_is_shown_names_nobody():
    found = of_sample("srdi")
    hidden = found.groups.filter(pl.col("small"))
    assert hidden.height
    assert hidden["subjects"].null_count() == hidden.height
    assert (hidden["criteria"].list.len() == 0).all()
    assert found.groups["ids"].list.len().sum() == 0
    text = " ".join([*found.groups["why"], *found.actions["who"], *found.actions["action"], *found.actions["why"]])
    assert not [firm for firm in sample()["organisations"]["organisation"] if firm in text]


# --- shape, order, words, speed ----------------------------------------------------------------------------


def test_the_order_of_rows_does_not_matter_and_neither_does_a_second_run():
    registry = planted()
    shuffled = Registry({kind: registry[kind].sample(fraction=1, shuffle=True, seed=7) for kind in registry})
    one, two = ask("srdi", registry), ask("srdi", shuffled)
    assert one.groups.equals(two.groups)
    assert one.actions.equals(two.actions)
    assert dict(one.groups.schema) == {k: v if isinstance(v, pl.List) else v() for k, v in GROUPS.items()}
    assert list(one.actions.columns) == list(ACTIONS)
    assert [e for e, _ in itertools.groupby(one.groups["effect"])] == [
        e for e in EFFECTS if e in set(one.groups["effect"])
    ]


def test_a_rule_without_an_older_version_gains_without_losing():
    found = ask("tech_and_innovation_sme", planted(), old=None)
    assert cells(found.groups) == {("gains", ""): 21, ("near", ""): 3}
    assert found.changes.before.version is None


def test_other_subjects_and_a_tier_that_ends():
    pack = packs.load("cn")
    for scheme, old, new in (("project_evaluation", "papers", "industry"), ("rd_deduction", "2023", "2028")):
        found = audience(book(), scheme, old, new, sample(), DAY, codes=pack.vocabularies)
        assert found.groups.height
        assert set(found.groups["noun"]) == {book()[scheme].subject}
    ending = found.actions.filter(pl.col("effect") == "closes", pl.col("kind") == "know")
    assert "2028版不再设" in say(Why.from_json(ending["action"][0]))


def test_an_empty_registry_moves_nobody():
    found = ask("srdi", Registry())
    assert found.groups.is_empty()
    assert found.actions.is_empty()


def test_a_call_that_goes_by_the_rule_is_a_date():
    call = {"call": "C1", "title": "申报指南", "scheme": "srdi", "opens": date(2026, 4, 1), "closes": date(2026, 6, 30)}
    registry = planted().replace(calls=table("calls", [call, {**call, "call": "C2", "scheme": None}]))
    rows = ask("srdi", registry).actions.filter(pl.col("kind") == "apply", pl.col("effect") == "all")
    assert rows["by"].to_list() == [date(2026, 6, 30)]


def test_an_unknown_scheme_or_version_is_a_key_error():
    with pytest.raises(KeyError):
        ask("nobody", planted())
    with pytest.raises(KeyError):
        ask("srdi", planted(), old="1999")


def test_every_reason_is_said_in_both_languages():
    assert [fault for code in entries("brief_audience") for fault in missing(f"brief_audience.{code}")] == []
    found = [of_sample("srdi"), ask("little_giant", planted()), ask("tech_and_innovation_sme", planted(), old=None)]
    whys = {
        w for one in found for w in (*one.groups["why"], *(w for c in ("who", "action", "why") for w in one.actions[c]))
    }
    for why in sorted(whys):
        for lang in LANGUAGES:
            said = say(Why.from_json(why), lang)
            assert "{" not in said
            assert "brief_audience" not in said


def test_a_sample_registry_takes_under_two_seconds():
    of_sample("srdi")
    begun = time.process_time()
    ask("srdi", sample())
    assert time.process_time() - begun < 2
