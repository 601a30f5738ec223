"""The chain on the demo consortium: deterministic, whole, explained, and honest about what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtu import chain
from tongtu.registry import Registry
from tongtu.solve import Progress
from tongtu.terms.faults import Cancelled
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, missing, say

if TYPE_CHECKING:
    from conftest import Demo

AS_OF = date(2026, 11, 21)


def test_every_link_does_its_work(demo: Demo) -> None:
    links = demo.plan["links"]
    assert links["link"].to_list() == [link.name for link in chain.LINKS]
    assert set(links["status"]) == {"done"}


def test_the_same_inputs_give_the_same_plan(demo: Demo) -> None:
    again = chain.plan(demo.records, demo.pack, as_of=AS_OF)
    assert again.digest() == demo.plan.digest()


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000))
def test_order_of_rows_changes_nothing(demo: Demo, seed: int) -> None:
    shuffled = Registry({n: demo.records[n].sample(fraction=1.0, shuffle=True, seed=seed) for n in demo.records})
    assert chain.plan(shuffled, demo.pack, as_of=AS_OF).digest() == demo.plan.digest()


def test_every_row_carries_a_reason_that_can_be_said(demo: Demo) -> None:
    for name in demo.plan:
        frame = demo.plan[name]
        if "why" not in frame.columns or frame.is_empty():
            continue
        assert frame["why"].null_count() == 0, name
        for text in frame["why"].unique().to_list()[:200]:
            why = Why.from_json(text)
            assert unknown_codes(why) == [], name
            assert all(say(why, lang) for lang in LANGUAGES)


def unknown_codes(why: Why) -> list[str]:
    inner = [*why.parts, *(a for a in why.args.values() if isinstance(a, Why))]
    return missing(why.code) + [fault for part in inner for fault in unknown_codes(part)]


def test_planted_pairs_are_found(demo: Demo) -> None:
    fits = demo.truth["pairs"].filter("open")
    found = demo.plan["pairs"].filter(pl.col("rank") <= 10).join(fits, on=["need", "achievement"], how="semi")
    assert found.height / fits.height >= 0.8


def test_no_capacity_is_overrun(demo: Demo) -> None:
    allocation = demo.plan["allocation"]
    for noun, key in (("needs", "need"), ("achievements", "achievement")):
        load = allocation.group_by(key).len().join(demo.records[noun], on=key)
        assert load.filter(pl.col("len") > pl.col("capacity").fill_null(1)).is_empty()


def test_no_budget_is_overrun(demo: Demo) -> None:
    funding = demo.plan["funding"].filter(pl.col("chosen"))
    spent = funding.group_by("budget", "currency").agg(pl.col("amount").sum().alias("spent"))
    held = spent.join(demo.records["budgets"], on="budget")
    assert held.height == spent.height
    assert held.filter(
        (pl.col("spent") > pl.col("amount")) | (pl.col("currency") != pl.col("currency_right"))
    ).is_empty()


def test_every_optimum_says_how_good_it_is(demo: Demo) -> None:
    solutions = demo.plan["solutions"]
    assert {"allocate", "choose", "slots"} <= set(solutions["problem"])
    assert solutions.filter(pl.col("status").is_null() | pl.col("bound").is_null()).is_empty()


@pytest.mark.parametrize(
    "absent", ["platforms", "outcomes", "budgets", "firm_years", "achievements", "needs", "organisations"]
)
def test_a_missing_table_is_said_and_the_plan_completes(demo: Demo, absent: str) -> None:
    less = demo.records.replace(**{absent: demo.records[absent].clear()})
    links = chain.plan(less, demo.pack, as_of=AS_OF)["links"]
    assert links.height == len(chain.LINKS)
    impossible = links.filter(pl.col("status") == "not_possible")["why"].to_list()
    named = Registry({})[absent]
    assert named.is_empty()
    assert any(absent_name(absent) in say(Why.from_json(w), "en") for w in impossible)


def absent_name(noun: str) -> str:
    from tongtu.registry import nouns

    return nouns()[noun].en


def test_nothing_at_all_gives_an_empty_plan(demo: Demo) -> None:
    plan = chain.plan(Registry({}), demo.pack, as_of=AS_OF)
    assert plan["links"].height == len(chain.LINKS)
    assert "done" not in plan["links"].filter(pl.col("link") != "goals")["status"].to_list()


def test_work_can_be_stopped(demo: Demo) -> None:
    def stop(done: int, total: int, what: Why | None = None) -> None:
        if what is not None and what.code == "chain.link-pathway":
            raise Cancelled

    with pytest.raises(Cancelled):
        chain.plan(demo.records, demo.pack, as_of=AS_OF, progress=stop)


def test_progress_is_told_in_words(demo: Demo) -> None:
    told: list[str] = []

    def listen(done: int, total: int, what: Why | None = None) -> None:
        told.extend([] if what is None else [say(what, "en")])

    progress: Progress = listen
    chain.plan(demo.records, demo.pack, as_of=AS_OF, progress=progress)
    assert "Match" in told


def test_a_priority_moves_money_and_diff_says_so(demo: Demo) -> None:
    direction = demo.plan["cases"].drop_nulls("direction")["direction"][0]
    change: Callable[[float], Registry] = lambda weight: demo.records.replace(  # noqa: E731
        priorities=pl.DataFrame({"priority": ["P"], "direction": [direction], "weight": [weight], "source": ["test"]})
    )
    before = chain.plan(change(0.01), demo.pack, as_of=AS_OF)
    after = chain.plan(change(50.0), demo.pack, as_of=AS_OF)
    found = chain.diff(before, after)
    assert found.money.height > 0
    assert found.pairs.is_empty()
    assert any("Registry" in say(c, "en") for c in found.causes)


def test_known_at_hides_what_was_recorded_later(demo: Demo) -> None:
    early = chain.plan(demo.records, demo.pack, as_of=AS_OF, known_at=date(2020, 1, 1))
    assert early["odds"]["n_eff"].mean() < demo.plan["odds"]["n_eff"].mean()
    assert early.manifest.known_at == date(2020, 1, 1)
