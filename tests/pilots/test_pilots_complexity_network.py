"""Relatedness of a registry: counts by the stated rule, densities that follow what lies near, unknown with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from pilot_network import network, platform

from tongtu.pilots.complexity import relatedness
from tongtu.registry import Registry
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import missing, say

DAY = date(2026, 7, 1)
REGIONS = [
    {"region": "cn", "name": "全国"},
    *({"region": f"p{i}", "name": f"省{i}", "parent": "cn"} for i in range(8)),
    {"region": "p0c", "name": "市", "parent": "p0"},
]
DIRECTIONS = [{"direction": f"d{j}", "name": f"方向{j}", "name_en": f"direction {j}"} for j in range(7)]


def organisation(id: str, region: str | None, *directions: str, **said: Any) -> dict[str, Any]:
    usual = {"organisation": id, "name": id, "kind": "sme", "region": region}
    return {**usual, "directions": list(directions), **said}


def world() -> Registry:
    """Places 0 to 3 work in d0 to d2, places 4 to 7 in d3 to d5; nobody in d6; p3 has nothing in d2 yet."""
    random, firms = np.random.default_rng(0), []
    for i in range(8):
        for j in range(6):
            home = (i < 4) == (j < 3)
            many = int(random.poisson(30 if home else 2))
            many = 0 if (i, j) == (3, 2) else many
            firms += [organisation(f"O{i}{j}{k:02}", f"p{i}", f"d{j}") for k in range(many)]
    return network(regions=REGIONS, directions=DIRECTIONS, organisations=firms)


def test_what_lies_near_to_what_is_there_is_dense() -> None:
    found = relatedness(world(), DAY, draws=60)
    at = {(row["region"], row["direction"]): row for row in found.iter_rows(named=True)}
    entering, far = at["p3", "d2"], at["p3", "d4"]
    assert entering["n"] == 0
    assert entering["density"] > 0.6 > 0.4 > far["density"]
    assert entering["low"] <= entering["density"] <= entering["high"] + 0.1
    assert at["p0c", "d1"]["area"] == "p0"
    assert at["p0c", "d1"]["density"] == at["p0", "d1"]["density"], "a city has its province's figures"
    assert at["p0", "d6"]["density"] is None, "nobody has a record of d6"
    assert at["cn", "d0"]["density"] is None, "no record names the country"
    assert found["density"].drop_nulls().is_between(0.0, 1.0).all()


def test_counts_are_as_stated() -> None:
    registry = network(
        regions=REGIONS, directions=DIRECTIONS,
        organisations=[
            organisation("O1", "p0", "d0", "d1"), organisation("O2", "p1", "d1"),
            organisation("O3", "p1", "d1", founded=date(2027, 1, 1)),
        ],
        achievements=[
            {"achievement": "A1", "organisation": "O2", "title": "t", "text": "t", "direction": "d0"},
            {"achievement": "A2", "organisation": "O2", "title": "t", "text": "t", "direction": "d0", "region": "p2"},
            {"achievement": "A3", "organisation": "O2", "title": "t", "text": "t", "direction": "d0", "state": "draft"},
        ],
        platforms=[platform("P1", region="p0", directions=["d2"]), platform("P2", region="p0", state="withdrawn",
                                                                            directions=["d2"])],
        projects=[{"project": "R1", "title": "t", "lead": "O1", "direction": "d3"}],
    )  # fmt: skip
    found = relatedness(registry, DAY, by="region")
    counted = {(r, d): n for r, d, n in found.filter(pl.col("n") > 0).select("region", "direction", "n").iter_rows()}
    assert counted == {("p0", "d0"): 1, ("p0", "d1"): 1, ("p1", "d1"): 1, ("p1", "d0"): 1, ("p2", "d0"): 1,
                       ("p0", "d2"): 1, ("p0", "d3"): 1}  # fmt: skip


def test_chance_is_told_apart_and_nothing_is_an_answer_too() -> None:
    random = np.random.default_rng(3)
    firms = [organisation(f"O{k:03}", f"p{random.integers(8)}", f"d{random.integers(6)}") for k in range(120)]
    found = relatedness(network(regions=REGIONS, directions=DIRECTIONS, organisations=firms), DAY, draws=20)
    codes = {Why.from_json(text).code for text in found.filter(pl.col("density").is_null())["why"]}
    assert codes <= {f"pilots_complexity.{name}" for name in ("chance", "no-record-region", "no-record-direction")}
    empty = relatedness(Registry(), DAY)
    assert empty.height == 0
    assert empty.columns == ["region", "direction", "density", "low", "high", "n", "area", "why"]


def test_same_seed_same_bytes_whatever_the_order_of_rows() -> None:
    registry = world()
    mixed = registry.replace(organisations=registry["organisations"].sample(fraction=1.0, shuffle=True, seed=9))
    assert relatedness(registry, DAY, 5, draws=30).equals(relatedness(mixed, DAY, 5, draws=30))
    assert not relatedness(registry, DAY, 6, draws=30).equals(relatedness(registry, DAY, 5, draws=30))


def test_reasons_speak_both_languages() -> None:
    found = relatedness(world(), DAY, draws=10)
    for text in found["why"]:
        why = Why.from_json(text)
        assert [wrong for part in (why, *why.parts) for wrong in missing(part.code)] == []
        assert "{" not in say(why, "zh") + say(why, "en")
    told = found.filter((pl.col("region") == "p3") & (pl.col("direction") == "d2"))["why"][0]
    assert "direction 0" in say(Why.from_json(told), "en")


def test_bad_options_are_told_all_at_once() -> None:
    with pytest.raises(UsageFault) as refused:
        relatedness(world(), DAY, draws=-1, by="city")  # type: ignore[arg-type]
    assert len(refused.value.faults) == 2
    assert all("{" not in fault.say(lang) for fault in refused.value.faults for lang in ("zh", "en"))
