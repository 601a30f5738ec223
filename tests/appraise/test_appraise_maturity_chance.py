"""How sure a level is: exact against enumeration, calibrated on simulated assessors, and never beside the interval."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.appraise.maturity import GIVEN, chances, maturity, maturity_scale, posteriors
from tongtu.appraise.maturity.chance import kernel, overall
from tongtu.appraise.maturity.rule import Rule
from tongtu.registry import Registry

AS_OF = date(2026, 11, 22)
SCALE = maturity_scale()
CODES = [d.code for d in SCALE.dimensions]
CASES = pl.DataFrame({"case": ["c1"], "achievement": ["a1"]})


def table(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = Registry()[name].schema
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)


def evidence(*rows: dict[str, Any]) -> pl.DataFrame:
    blank = {"subject_kind": "achievement", "subject": "a1", "kind": "document", "grade": "E4", "dated": AS_OF}
    return table("evidence", *({**blank, "evidence": f"e{n}", **row} for n, row in enumerate(rows)))


def assessment(n: int, **row: Any) -> dict[str, Any]:
    blank = {"subject_kind": "achievement", "subject": "a1", "scale": "trl", "on": AS_OF, "status": "verified"}
    return {**blank, "assessment": f"s{n}", "assessor": f"p{n}", **row}


def tail(registry: Registry, dimension: str = "function") -> list[float]:
    found = posteriors(CASES, registry, AS_OF)
    return found.filter(pl.col("dimension") == dimension)["p"].to_list()


@pytest.mark.parametrize("tolerance", [0, 1])
def test_the_whole_equals_summing_over_every_state(tolerance: int) -> None:
    """Four dimensions with levels 0 to 4, two of them gates: all 625 states, against the convolution."""
    kept = tuple(replace(SCALE.dimensions[n], top=4, weight=w) for n, w in ((0, 3), (2, 2), (5, 2), (9, 1)))
    scale = replace(SCALE, dimensions=kept, tolerance=tolerance, level=0.7)
    draw = np.random.default_rng(3)
    weights = draw.dirichlet(np.ones(5), (2, 4))
    tails = np.cumsum(weights[:, :, ::-1], axis=2)[:, :, ::-1]
    states = list(product(range(5), repeat=4))
    levels = Rule(scale).levels(np.array(states, np.int64))
    for n in range(2):
        p = np.array([np.prod([weights[n, d, at] for d, at in enumerate(state)]) for state in states])
        wanted = [p[levels >= level].sum() for level in range(1, 5)]
        assert overall(tails, scale)[n] == pytest.approx(wanted, abs=1e-12)


def test_a_sound_reading_says_something_whatever_is_true() -> None:
    for reading in SCALE.readings.values():
        table_ = np.array(kernel(reading, 9, 10))
        assert table_[:10, :10].sum(axis=0) == pytest.approx(np.ones(10))
        assert table_[10].sum() == 0


def test_nothing_said_leaves_every_level_as_likely() -> None:
    assert tail(Registry()) == pytest.approx([n / 10 for n in range(9, 0, -1)])
    assert posteriors(CASES, Registry(), AS_OF)["readings"].to_list() == [0] * 91


def test_better_and_fresher_evidence_says_more() -> None:
    def at_six(**row: Any) -> float:
        return tail(Registry({"evidence": evidence({"dimension": "function", "level": 6, **row})}))[5]

    grades = [at_six(grade=grade) for grade in SCALE.caps]
    assert grades[1:] == sorted(grades[1:])
    ages = [at_six(dated=AS_OF - timedelta(days)) for days in (0, 400, 1825, 4000, 9000)]
    assert ages == sorted(ages, reverse=True)
    assert at_six(dated=None) == pytest.approx(at_six(dated=AS_OF - timedelta(1825))), "no date: one half-life old"


def test_assessors_who_agree_are_surer_than_one_and_who_disagree_less() -> None:
    one = Registry({"assessments": table("assessments", assessment(1, level=6))})
    same = Registry({"assessments": table("assessments", *(assessment(n, level=6) for n in range(3)))})
    apart = Registry({"assessments": table("assessments", assessment(1, level=6), assessment(2, level=3))})
    assert tail(apart)[5] < tail(one)[5] < tail(same)[5]
    assert tail(one)[6] > tail(same)[6]


def test_one_observation_is_not_counted_twice() -> None:
    proof = evidence({"dimension": "function", "level": 6, "grade": "E2"})
    alone = Registry({"evidence": proof})
    cited = Registry({"evidence": proof, "assessments": table("assessments", assessment(1, level=6, evidence=["e0"]))})
    assert tail(cited) == pytest.approx(tail(alone))


def test_the_same_assessor_counts_with_the_latest_word() -> None:
    old = assessment(1, level=3, on=AS_OF - timedelta(900))
    both = Registry({"assessments": table("assessments", old, {**assessment(2, level=6), "assessor": "p1"})})
    new = Registry({"assessments": table("assessments", {**assessment(2, level=6), "assessor": "p1"})})
    assert tail(both) == pytest.approx(tail(new))


ROWS = st.fixed_dictionaries(
    {"dimension": st.sampled_from(CODES), "level": st.integers(1, 9), "grade": st.sampled_from(list(SCALE.caps))}
)


@settings(max_examples=12, deadline=None)
@given(st.lists(ROWS, max_size=16))
def test_chances_fall_with_the_level_and_end_with_the_interval(rows: list[Any]) -> None:
    registry = Registry({"evidence": evidence(*rows)})
    p = chances(CASES, registry, AS_OF)["p"].to_list()
    assert p == sorted(p, reverse=True)
    assert all(0 <= one <= 1 for one in p)
    high = maturity(CASES, registry, AS_OF)["high"][-1]
    assert all(one == 0 for one in p[high if high is not None else 9 :])


def test_agreed_audits_on_all_dimensions_are_nearly_certain() -> None:
    rows = [{"dimension": code, "level": 6, "issuer": f"o{n}"} for code in CODES for n in range(2)]
    p = chances(CASES, Registry({"evidence": evidence(*rows)}), AS_OF)["p"].to_list()
    assert p[5] > 0.95
    assert p[6] < 0.05


def test_order_of_rows_and_company_of_others_never_matter() -> None:
    rows = [{"dimension": code, "level": 4 + n % 3, "grade": "E2"} for n, code in enumerate(CODES)]
    whole = evidence(*rows)
    alone = chances(CASES, Registry({"evidence": whole}), AS_OF)
    more = pl.DataFrame({"case": ["c0", "c1", "c2"], "achievement": [None, "a1", "a9"]})
    among = chances(more, Registry({"evidence": whole.reverse()}), AS_OF).filter(pl.col("case") == "c1")
    assert among.equals(alone)


def test_truth_is_recovered_from_simulated_assessors() -> None:
    """Levels drawn from the prior and read with the scale's errors: of what gets chance p, a share p is true."""
    draw, cases = np.random.default_rng(7), 6000
    grades = ("E1", "E2", "E3")
    true, names = draw.integers(0, 10, cases), [f"c{n}" for n in range(cases)]
    told = [_read(true, names, grade, draw) for grade in grades]
    read = pl.concat(told).filter(pl.col("level") > 0)
    by = pl.DataFrame(
        {"case": names, "achievement": [None] * cases}, schema={"case": pl.String, "achievement": pl.String}
    )
    found = posteriors(by, Registry(), AS_OF, given=read).filter(
        pl.col("dimension") == "pilot", pl.col("readings") == 3
    )
    judged = found.join(pl.DataFrame({"case": names, "true": true}), on="case")
    holds = (pl.col("true") >= pl.col("level")).cast(pl.Float64)
    binned = judged.group_by((pl.col("p") * 5).floor().clip(0, 4)).agg(mean=pl.col("p").mean(), holds=holds.mean())
    assert binned.height == 5
    assert (binned["mean"] - binned["holds"]).abs().max() < 0.05


def _read(true: Any, names: list[str], grade: str, draw: np.random.Generator) -> pl.DataFrame:
    """What an assessor of a grade says of each: with the scale's errors where sound, else anything."""
    reading = SCALE.readings[grade]
    errors = np.array(kernel(reading, 9, 10))[:10, :10].cumsum(axis=0)
    heard = (draw.random(len(true)) > errors[:, true]).sum(axis=0)
    said = np.where(draw.random(len(true)) < reading.sound, heard, draw.integers(0, 10, len(true)))
    source = pl.format("{}-{}", "case", pl.lit(grade))
    told = {"dimension": pl.lit("pilot"), "grade": pl.lit(grade), "source": source, "on": pl.lit(AS_OF)}
    return pl.DataFrame({"case": names, "level": said}).with_columns(**told).select(*GIVEN)
