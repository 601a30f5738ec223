"""Whatever comes, changes and goes, a desk says what `meet` says of the same listings, to the last digit."""

from datetime import date
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from market import AS_OF, GLOSSARY, ORGANISATIONS, indicator, registry
from test_match_standing import NEEDS, OFFERS, TEXTS, desk, listing

from tongtu.match import meet, retrieve
from tongtu.match.pairwise import signals
from tongtu.match.standing import Desk
from tongtu.registry import Registry

FIXED: dict[str, list[dict[str, Any]]] = {
    "organisations": ORGANISATIONS,
    "directions": [
        {"direction": "ic", "name": "集成电路", "area": "info"},
        {"direction": "ai", "name": "智能", "area": "info"},
    ],
    "regions": [{"region": "CN", "name": "国"}, {"region": "A", "name": "甲", "parent": "CN"}],
    "conflicts": [{"conflict": "C1", "a": "F2", "b": "U", "kind": "declared", "until": date(2027, 1, 1)}],
    "priorities": [{"priority": "P1", "direction": "ic", "weight": 2.0}],
    "titles": [{"title": "T1", "organisation": "U", "kind": "hnte", "valid_from": date(2025, 1, 1)}],
}  # fmt: skip

FACTS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(TEXTS),
    "organisation": st.sampled_from(["F1", "F2", "I", "U"]),
    "direction": st.sampled_from([None, "ic", "ai"]),
    "region": st.sampled_from([None, "A", "CN"]),
    "posted": st.sampled_from([None, date(2025, 5, 1), date(2027, 1, 1)]),
    "state": st.sampled_from([None, "published", "closed"]),
}
LEVEL, VALUE = st.sampled_from([None, 3, 6, 9]), st.sampled_from([None, 0.0005, 0.0021, 0.01])
OFFER = st.fixed_dictionaries({**FACTS, "trl": LEVEL, "ipc": st.sampled_from([None, ["G03F7/004"], ["H01L"]])})
NEED = st.fixed_dictionaries({**FACTS, "trl_min": LEVEL, "deadline": st.sampled_from([None, date(2026, 1, 1)])})
COMING = st.one_of(
    st.tuples(st.just("need"), st.integers(1, 3), NEED, VALUE),
    st.tuples(st.just("achievement"), st.integers(0, 5), OFFER, VALUE),
    st.tuples(st.sampled_from(["need", "achievement"]), st.integers(0, 5), st.none(), st.none()),
)
Rows = dict[str, dict[str, dict[str, Any]]]


def stated(key: str, value: float | None) -> dict[str, Any] | None:
    demand = key.startswith("N")
    return value and indicator(f"I-{key}", key, "le" if demand else "eq", value, must=demand and value > 0.001)  # type: ignore[return-value]


def world(rows: Rows, values: dict[str, float | None]) -> Registry:
    told = [row for key, value in values.items() if (row := stated(key, value))]
    tables = {"needs": [*rows["need"].values()], "achievements": [*rows["achievement"].values()], "indicators": told}
    return registry(**FIXED, **tables)


def come(one: Desk, rows: Rows, values: dict[str, float | None], coming: tuple[str, int, Any, float | None]) -> None:
    kind, number, facts, value = coming
    key = f"{'N' if kind == 'need' else 'A'}{number}"
    if facts is None:
        rows[kind].pop(key, None)
        values.pop(key, None)
        one.remove(kind, key)
        return
    first = NEEDS[number - 1] if kind == "need" else OFFERS[number % len(OFFERS)]
    rows[kind][key] = {**first, **facts, kind: key}
    values[key] = value
    now = world(rows, values)
    one.add(listing(now, kind, key), now["indicators"].filter(subject=key))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(COMING, min_size=1, max_size=6))
def test_a_desk_says_what_the_batch_says(comings: list[tuple[str, int, Any, float | None]]) -> None:
    rows: Rows = {"need": {r["need"]: r for r in NEEDS}, "achievement": {r["achievement"]: r for r in OFFERS}}
    values: dict[str, float | None] = {"N1": 0.002, "A0": 0.001, "A1": 0.01}
    with desk(world(rows, values)) as one:
        for coming in comings:
            come(one, rows, values, coming)
        if not rows["need"] or not rows["achievement"]:
            return
        now = world(rows, values)
        _signals_are_those_of_the_batch(one, now)
        one.compact()
        found = meet(now, ask="need", answer="achievement", glossary=GLOSSARY, as_of=AS_OF).pairs
        for key in rows["need"]:
            if key in one._questions.rows:
                mine = one.answers(listing(now, "need", key), now["indicators"].filter(subject=key))
                assert mine.equals(found.filter(question=key).select(mine.columns))


def _signals_are_those_of_the_batch(one: Desk, now: Registry) -> None:
    """Every pair that stands, without compaction: all signals but those of the latent space."""
    asked, offered = one._questions.rows, one._answers.rows
    pairs = pl.DataFrame([(q, a) for q in asked for a in offered], ["question", "answer"], orient="row")
    if pairs.is_empty():
        return
    batch = signals(now, pairs, glossary=GLOSSARY, as_of=AS_OF)
    market = one._market()
    questions = [market.question(n) for n in asked.values()]
    found = market.judge(retrieve.scored(questions, market.shelf, [list(offered.values())] * len(questions))).pairs
    keys = [{row: key for key, row in rows.items()} for rows in (asked, offered)]
    named = found.with_columns(question=pl.col("n").replace_strict(keys[0]), answer=pl.col("a").replace_strict(keys[1]))
    shown = [c for c in batch.columns if c != "semantic"]
    assert named.select(shown).sort("question", "answer").equals(batch.select(shown))


def test_a_question_starts_few_queries(monkeypatch: Any) -> None:
    """Starting one costs more than a hundred pairs do: what signals read of listings stands on the boards."""
    from polars.lazyframe import engine

    begun: list[int] = []
    for made in [held for held in vars(engine).values() if isinstance(held, type) and "collect" in vars(held)]:
        collect = made.collect  # type: ignore[attr-defined]
        monkeypatch.setattr(
            made, "collect", lambda *given, _collect=collect, **named: (begun.append(1), _collect(*given, **named))[1]
        )
    rows: Rows = {"need": {r["need"]: r for r in NEEDS}, "achievement": {r["achievement"]: r for r in OFFERS}}
    now = world(rows, {"N1": 0.002, "A0": 0.001})
    one = desk(now)
    asked = listing(now, "need", "N1"), now["indicators"].filter(subject="N1")
    one.answers(*asked)  # combinations that were not met before are judged
    begun.clear()
    one.answers(*asked)
    assert begun, "queries are counted where Polars begins them"
    assert len(begun) <= 60
