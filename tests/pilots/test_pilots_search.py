"""The right lines come first, ruled-out lines are counted by reason, unknown rules nothing out."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_network import REGIONS, line, network, platform

from tongtu import pilots
from tongtu.pilots.search import MARKS
from tongtu.registry import Registry
from tongtu.terms.why import Why
from tongtu.terms.words import missing, say

Row = dict[str, Any]

CERAMICS = network(
    regions=REGIONS,
    platforms=[
        platform("P1", region="jn", directions=["d1"]),
        platform("P2", region="js", directions=["d1", "d2"]),
        platform("P3", region="js", directions=["d3"]),
        platform("P4", region="js", directions=["d1"], state="withdrawn"),
    ],
    lines=[
        line("L1", "P1", process="陶瓷粉体流延烧结", batch_min=1.0, batch_max=50.0, batch_unit="kg"),
        line("L2", "P2", process="薄膜溅射", batch_min=100.0, batch_max=900.0, batch_unit="g"),
        line("L3", "P2", stage="design"),
        line("L4", "P3"),
        line("L5", "P1", stage=None, process=None, hourly_price=90_000, currency="CNY"),
        line("L6", "P1", process="陶瓷烧结", hourly_price=30_000, currency="CNY"),
        line("L7", "P4"),
    ],
    equipment=[{"equipment": "E1", "platform": "P1", "line": "L6", "name": "流延机"}],
)


def ask(registry: Registry = CERAMICS, top: int = 5, **said: Any) -> pilots.Found:
    request = {"request": "R1", "direction": "d1", "categories": ["process"], **said}
    return pilots.search(registry, pl.DataFrame([request]), top)


def counts(found: pilots.Found) -> dict[str, int]:
    return dict(found.refused.select("reason", "lines").iter_rows())


def test_best_first_with_everything_else_accounted_for() -> None:
    found = ask(process="陶瓷流延与烧结", batch=5.0, batch_unit="kg", region="sd", hours=10.0)
    assert found.lines["line"].to_list() == ["L1", "L6", "L5"], "a known batch weighs as much as a price"
    assert found.lines["rank"].to_list() == [1, 2, 3]
    assert counts(found) == {"direction": 1, "category": 1, "batch": 1}
    assert found.lines.height + sum(counts(found).values()) == 6, "a withdrawn platform's line is not on offer"


def test_units_are_compared_by_what_they_measure() -> None:
    assert "L2" in ask(batch=0.5, batch_unit="kg").lines["line"].to_list(), "half a kilogram is 500 g"
    assert "L2" not in ask(batch=0.5, batch_unit="g").lines["line"].to_list()
    litres = ask(batch=5.0, batch_unit="L").lines.filter(pl.col("line") == "L2")
    assert litres["batch"].to_list() == [None], "litres and grams cannot be compared: unknown, not refused"


def test_cost_is_money_or_unknown() -> None:
    costs = dict(ask(hours=10.0).lines.select("line", "cost").iter_rows())
    assert costs["L6"] == 300_000
    assert costs["L1"] is None
    assert ask().lines["cost"].null_count() == ask().lines.height


def test_a_request_that_says_nothing_gets_every_line() -> None:
    found = pilots.search(CERAMICS, pl.DataFrame({"request": ["R"]}), top=10)
    assert found.lines.height == 6
    assert found.refused.height == 0


def test_nothing_on_offer() -> None:
    found = ask(Registry())
    assert (found.lines.height, found.refused.height) == (0, 0)
    nowhere = ask(direction="d9")
    assert counts(nowhere) == {"direction": 6}


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_rows_never_matters_and_reasons_speak(random: Any) -> None:
    requests = pl.DataFrame(
        [
            {
                "request": f"R{i}", "direction": random.choice(["d1", "d2", None]),
                "categories": random.choice([None, ["process"], ["process", "design"]]),
                "process": random.choice(["陶瓷烧结", "sputtering", None]),
                "batch": random.choice([None, 5.0, 500.0]), "batch_unit": random.choice(["kg", "g", None]),
                "region": random.choice(["sd", "jn", "js", None]), "hours": random.choice([None, 8.0]),
            }
            for i in range(6)
        ],
        schema_overrides={"batch": pl.Float64, "hours": pl.Float64, "categories": pl.List(pl.String)},
    )  # fmt: skip
    mixed = CERAMICS.replace(lines=CERAMICS["lines"].reverse(), platforms=CERAMICS["platforms"].reverse())
    found, again = pilots.search(CERAMICS, requests), pilots.search(mixed, requests.reverse())
    assert found.lines.equals(again.lines)
    assert found.refused.equals(again.refused)
    marks = found.lines.select(MARKS).fill_null(0.5)
    assert marks.min_horizontal().min() >= 0.0  # type: ignore[operator]
    assert marks.max_horizontal().max() <= 1.0  # type: ignore[operator]
    for text in [*found.lines["why"], *found.refused["why"]]:
        why = Why.from_json(text)
        assert [wrong for part in (why, *why.parts) for wrong in missing(part.code)] == []
        assert "{" not in say(why, "zh") + say(why, "en")
