"""Decision tables say what the engine says: structure as the standard has it, verdicts alike on random firms."""

from __future__ import annotations

import itertools
import random
import re
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from xml.etree import ElementTree

import feel
import polars as pl
import pytest
from exchanged import SCHEME
from feel import NS, Model
from rulebook import book, registry

from tongtu import rules
from tongtu.rules import exchange
from tongtu.rules.model import PURPOSES
from tongtu.terms.words import LANGUAGES, say

DAY = date(2026, 5, 10)
EVERYTHING = rules.load({"everything.yaml": SCHEME})["everything"]
FIRMS = 150

#: elements below each element, in the order the schema of DMN 1.3 demands
ORDER = {
    "definitions": ["description", "itemDefinition", "knowledgeSource", "inputData", "decision"],
    "decision": ["description", "question", "variable", "informationRequirement", "authorityRequirement",
                 "literalExpression", "decisionTable"],
    "decisionTable": ["input", "output", "rule"],
    "inputData": ["description", "variable"],
    "knowledgeSource": ["description"],
    "rule": ["inputEntry", "outputEntry"],
    "itemDefinition": ["typeRef", "allowedValues", "itemComponent"],
}  # fmt: skip
TYPES = {"number", "string", "boolean", "date", "tTexts", "tPoints", "tVerdict"}
WORDS = {"if", "then", "else", "null", "true", "false", "and", "or", "not", "in", "count", "item", "min", "max",
         "decimal", "date", "low", "high", "year", "month", "day"}  # fmt: skip


@cache
def every_export():
    schemes = [EVERYTHING, *(book()[name] for name in book())]
    return [
        (scheme, version, exchange.to_dmn(scheme, version, purpose))
        for scheme in schemes for version, purpose in itertools.product(scheme.versions, PURPOSES)
    ]  # fmt: skip


def local(element):
    return element.tag.removeprefix(NS)


def test_every_export_keeps_the_order_of_the_schema_and_has_no_loose_end():
    for scheme, version, found in every_export():
        root = ElementTree.fromstring(found.xml)
        ids = [e.get("id") for e in root.iter() if e.get("id")]
        assert len(ids) == len(set(ids)), (scheme.scheme, version.version)
        assert all(re.fullmatch(r"[A-Za-z_][\w.\-]*", i) for i in ids)
        assert {e.get("href")[1:] for e in root.iter() if e.get("href")} <= set(ids)
        assert {e.get("typeRef") for e in root.iter() if e.get("typeRef")} <= TYPES
        for element in root.iter():
            if local(element) in ORDER:
                places = [ORDER[local(element)].index(local(child)) for child in element]
                assert places == sorted(places), local(element)
        for drawn in root.iter(f"{NS}decisionTable"):
            columns = len(drawn.findall(f"{NS}input")), len(drawn.findall(f"{NS}output"))
            for rule in drawn.iter(f"{NS}rule"):
                assert (len(rule.findall(f"{NS}inputEntry")), len(rule.findall(f"{NS}outputEntry"))) == columns


def test_a_decision_speaks_only_of_what_it_requires():
    for _, _, found in every_export():
        for decision in ElementTree.fromstring(found.xml).iter(f"{NS}decision"):
            required = {r.get("href")[1:] for r in decision.iter() if local(r) in ("requiredInput", "requiredDecision")}
            logic = " ".join(
                e.text or "" for kind in ("literalExpression", "decisionTable") for part in decision.iter(f"{NS}{kind}")
                for e in part.iter(f"{NS}text")
            )  # fmt: skip
            said = set(re.findall(r"[A-Za-z_]\w*", re.sub(r'"(?:[^"\\]|\\.)*"', "", logic))) - WORDS
            assert said == required - WORDS, decision.get("name")


def test_the_same_version_gives_the_same_bytes_and_notes_in_both_languages():
    version = EVERYTHING.versions[1]
    assert exchange.to_dmn(EVERYTHING, version) == exchange.to_dmn(EVERYTHING, version)
    notes = exchange.to_dmn(EVERYTHING, version, "review").notes
    assert {n.code for n in notes} == {
        "exchange.note-rows", "exchange.note-title", "exchange.note-manual", "exchange.note-mark",
        "exchange.note-skipped", "exchange.note-left-out",
    }  # fmt: skip
    for lang in LANGUAGES:
        assert all("{" not in say(note, lang) for note in notes)


# --- the same answers --------------------------------------------------------------------------------------


def firms(seed):
    rng = random.Random(seed)

    def near(*values):
        return rng.choice([*values, None])

    subjects = [
        {"organisation": f"F{i:03d}", "kind": rng.choice(["sme", "private", "university", None]),
         "legal_person": near(True, True, False), "listed": near(False, False, True),
         "founded": near(DAY.replace(year=2023), DAY.replace(year=2023) + timedelta(1), date(2015, 12, 31)),
         "directions": rng.choice([None, [], ["ai"], ["ai", "ic"]])}
        for i in range(FIRMS)
    ]  # fmt: skip
    years = [
        {"organisation": firm["organisation"], "year": year,
         "currency": rng.choices(["CNY", "USD", None], [12, 1, 1])[0],
         "revenue": near(0, 20_000_000_00, 20_000_000_00 - 1, 22_050_000_00, 50_000_000_00, 30_000_000_00),
         "rd_spend": near(0, 1_000_000_00, 600_000_00, 2_500_000_00, 900_000_00, 3_000_000_00),
         "total_debt": near(5, 7, 4, 9), "total_assets": near(10, 0, 20), "employees": near(4, 5, 10),
         "ip_class1": near(0, 1, 8, 51), "award_level": near("national", "provincial", "municipal"),
         "award_rank": near(1, 3, 4), "abnormal_list": near(True, False)}
        for firm in subjects for year in (2025, 2024, 2023) if rng.random() < 0.97
    ]  # fmt: skip
    titles = [
        {"title": f"T{i}", "organisation": rng.choice(subjects)["organisation"],
         "valid_from": near(DAY) or date(2024, 1, 1),
         "kind": rng.choice(["single_champion", "high_tech"]), "level": near("national", "provincial")}
        for i in range(FIRMS)
    ]  # fmt: skip
    marks = [
        {"subject": firm["organisation"], "path": path, "low": low,
         "high": low + rng.choice([0, 2]) * (path != "market")}
        for firm in subjects for path in ("market", "soft.plan") if (low := near(0.0, 1.0, 4.0)) is not None
    ]  # fmt: skip
    return registry(organisations=subjects, firm_years=years, titles=titles), pl.DataFrame(marks)


#: input of the decision tables → column of the facts, where the name does not say it
RENAMED = {
    "machines": "measure.machines",
    "finding_market": "mark.market.low",
    "mark_soft_plan_low": "mark.soft.plan.low",
    "mark_soft_plan_high": "mark.soft.plan.high",
    "holds_single_champion_at_national": "holds.single_champion@national",
}
MONEY = {"revenue", "rd_spend", "total_debt", "total_assets"}


def given(name, row):
    if name == "as_of":
        return DAY
    column = RENAMED.get(name)
    yearly = re.fullmatch(r"(?:firm_years_)?(\w+)_y(\d)", name)
    figure = yearly[1] if yearly else name
    value = row[column or (f"firm_years.{figure}@{yearly[2]}" if yearly else f"organisations.{name}")]
    if value is None:
        return None
    if name == "finding_market":
        return value >= 1
    return Decimal(value) / 100 if figure in MONEY else value


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("version", EVERYTHING.versions, ids=lambda v: v.version)
def test_decision_tables_and_engine_agree_on_every_criterion_score_and_tier(version, purpose):
    records, marks = firms(20260510)
    mine = rules.RuleBook({"everything": EVERYTHING})
    judged = rules.judge(mine, "everything", records, DAY, purpose, version=version.version, marks=marks)
    model = Model.of(exchange.to_dmn(EVERYTHING, version, purpose).xml)
    found = {
        row["organisation"]: model.run({name: given(name, row) for name in model.inputs})
        for row in judged.facts.to_dicts()
    }
    seen = set()
    for row in judged.criteria_of(why=False).iter_rows(named=True):
        name = f"c_{row['criterion']}".replace(".", "_")
        name = f"c_second_{row['criterion']}" if (row["tier"], row["criterion"]) == ("second", "share") else name
        if row["verdict"] != "not_applicable":
            expected = {"met": True, "unmet": False}.get(row["verdict"])
            assert found[row["organisation"]][name] is expected, (row, model.decisions[name])
        seen.add(row["verdict"])
    for row in judged.verdicts.iter_rows(named=True):
        expected = {"manual": "unknown"}.get(row["verdict"], row["verdict"])
        assert found[row["organisation"]][f"verdict_{row['tier']}"] == expected, row
    for row in judged.grades.iter_rows(named=True):
        done = found[row["organisation"]]
        assert (done["grade_points_low"], done["grade_points_high"]) == (row["lowest"], row["highest"]), row
    for row in judged.scores.iter_rows(named=True):
        path = row["item"] or row["part"]
        name = "item_points_" + row["item"] if row["item"] else "score_points" + (f"_{path}" if path else "")
        points = found[row["organisation"]][name.replace(".", "_")]
        assert (float(points["low"]), float(points["high"])) == pytest.approx((row["low"], row["high"]))
    assert {"met", "unmet", "unknown"} <= seen


def test_grades_are_those_of_the_lowest_and_highest_total():
    model = Model.of(exchange.to_dmn(EVERYTHING, EVERYTHING.versions[1]).xml)
    done = model.run(dict.fromkeys(model.inputs))
    assert (done["grade_points_low"], done["grade_points_high"]) == ("差", "好")
    assert done["verdict_first"] == done["verdict_second"] == "unknown", "of nobody anything is known"


def test_a_code_that_is_not_known_has_no_number():
    lookup = rules.load({"x.yaml": SCHEME.replace("provincial: 0.5}}", "provincial: 0.5}, otherwise: 0}")})[
        "everything"
    ]
    model = Model.of(exchange.to_dmn(lookup, lookup.versions[1]).xml)
    for level, weight in (("national", 1), ("municipal", 0), (None, None)):
        assert model.run({**dict.fromkeys(model.inputs), "award_level_y1": level})["weight"] == weight


def test_names_never_collide_and_texts_are_escaped():
    text = SCHEME.replace("id: share, check: rd_share >= 3%", "id: rd_share, check: industry <> 'a\"b'", 1)
    scheme = rules.load({"x.yaml": text})["everything"]
    model = Model.of(exchange.to_dmn(scheme, scheme.versions[1]).xml)
    done = model.run({**dict.fromkeys(model.inputs), "industry": 'a"b'})
    assert done["c_rd_share"] is False
    assert done["rd_share"] is None


def test_the_reader_of_the_tests_knows_nulls():
    assert feel.evaluate("a and b", {"a": False, "b": None}) is False
    assert feel.evaluate("a or b", {"a": False, "b": None}) is None
    assert feel.evaluate("not(a)", {"a": None}) is None
    assert feel.evaluate("a >= 5", {"a": None}) is None
    assert feel.evaluate("1 + 2 * 3 ** 2 - 4 / 2", {}) == 17
