"""Common demands: planted groups, owner groups as one voice, and what a viewer may not learn."""

import random
from datetime import date
from itertools import pairwise
from typing import Any

import demand_ground as market
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array
from scipy.spatial.distance import squareform

from tongtu import packs, samples
from tongtu import registry as registries
from tongtu.match.demand import Demands, alike, common
from tongtu.registry import Registry, concepts
from tongtu.terms.faults import UsageFault
from tongtu.terms.money import Money
from tongtu.terms.why import Why
from tongtu.terms.words import missing

CLASSES = ("public", "teaser", "restricted", "commercial", "core")
FULL = {"currency": "CNY", "urgency": "high", "direction": "ic"}


def run(registry: Registry, **options: Any) -> Demands:
    return common(registry, market.GLOSSARY, market.AS_OF, **options)


def grouped(demands: Demands) -> set[frozenset[str]]:
    return {frozenset(needs) for needs in demands.demands["needs"].to_list()}


def codes(why: Why) -> set[str]:
    inner = {code for part in why.parts for code in codes(part)}
    named = {code for arg in why.args.values() if isinstance(arg, Why) for code in codes(arg)}
    return {why.code} | inner | named


def points(why: Why) -> float:
    return round(sum(part.args.get("points", 0.0) for part in why.parts), 2)


MARKET = market.registry(
    needs=[
        market.need("N1", "ltcc", "A", budget=1_000_00, **FULL),
        market.need("N2", "ltcc", "B", budget=2_000_00, **FULL),
        market.need("N3", "ltcc", "F1", budget=3_000_00, **FULL),
        market.need("N4", "ltcc", "F2", budget=4_000_00, **FULL),
        market.need("N5", "lidar", "C", budget=5_000_00, **FULL),
        market.need("N6", "resist", "C", currency="USD"),
        market.need("N7", "ltcc", "C", state="withdrawn"),
    ]
)


def test_alike_needs_are_one_demand_and_each_open_need_stands_in_exactly_one() -> None:
    found = run(MARKET)
    assert grouped(found) == {frozenset({"N1", "N2", "N3", "N4"}), frozenset({"N5"}), frozenset({"N6"})}
    assert sorted(found.members["need"]) == ["N1", "N2", "N3", "N4", "N5", "N6"]


def test_one_owner_group_counts_once() -> None:
    first = run(MARKET).demands.row(0, named=True)
    assert (first["size"], first["voices"]) == (4, 3)
    assert first["owner_groups"] == ["A", "B", "G"]
    assert "match_demand.one-voice" in codes(Why.from_json(first["why"]))


def test_a_budget_is_an_interval_from_one_need_a_group_to_all_of_them() -> None:
    budget = run(MARKET).budgets.filter(demand="CD-N1").row(0, named=True)
    assert (budget["low"], budget["high"], budget["known"], budget["unknown"]) == (7_000_00, 10_000_00, 4, 0)


def test_an_unknown_budget_is_unknown_and_no_sum_has_an_upper_end() -> None:
    more = [*MARKET["needs"].to_dicts(), market.need("N8", "ltcc", "C"), market.need("N9", "ltcc", "C", budget=7_00)]
    found = run(market.registry(needs=more)).budgets
    known, none = (found.filter(demand=name).row(0, named=True) for name in ("CD-N1", "CD-N6"))
    # N9 has an amount of no known currency, so it is as unknown as N8
    assert (known["low"], known["high"], known["unknown"]) == (7_000_00, None, 2)
    assert (none["currency"], none["low"], none["unknown"]) == (None, None, 1)


def test_currencies_are_never_added() -> None:
    mixed = [
        market.need("N1", "ltcc", "A", budget=100, currency="CNY"),
        market.need("N2", "ltcc", "B", budget=100, currency="USD"),
    ]
    assert run(market.registry(needs=mixed)).budgets.select("currency", "low").rows() == [("CNY", 100), ("USD", 100)]


def test_points_are_what_their_reasons_add_up_to_and_the_rank_follows_them() -> None:
    found = run(MARKET).demands
    assert [points(Why.from_json(why)) for why in found["why"]] == found["points"].to_list()
    assert found["points"].to_list() == sorted(found["points"], reverse=True)
    assert found["rank"].to_list() == [1, 2, 3]


def test_a_priority_lifts_what_it_names_while_it_is_in_force() -> None:
    priority = {"priority": "P", "direction": "ic", "weight": 1.5, "source": "某文件"}
    plain = run(MARKET).demands
    for rows, factor in (
        ([priority], 1.5),
        ([{**priority, "until": date(2026, 1, 1)}], 1.0),
        ([{**priority, "track": "x"}], 1.0),
    ):
        tables = {name: MARKET[name] for name in MARKET}
        found = run(Registry({**tables, "priorities": pl.DataFrame(rows)})).demands
        both = plain.join(found, on="demand", suffix="_now").filter(pl.col("directions") == ["ic"])
        assert both["points_now"].to_list() == pytest.approx([p * factor for p in both["points"]], abs=0.011)


def test_indicators_of_many_needs_in_one_unit() -> None:
    needs = [market.need(f"N{k}", "ltcc", o) for k, o in enumerate("ABC")]
    stated = [
        market.indicator("I0", "need", "N0", "介电损耗", "le", high=0.002, unit="", must=True),
        market.indicator("I1", "need", "N1", "损耗角正切", "le", high=0.004, unit=""),
        market.indicator("I2", "need", "N0", "厚度", "between", 0.1, 0.3, "mm"),
        market.indicator("I3", "need", "N1", "厚度", "between", 200, 400, "μm"),
        market.indicator("I4", "need", "N2", "厚度", "ge", 50, unit="μm"),
        market.indicator("I5", "need", "N0", "层数", "ge", 20),
        market.indicator("I6", "need", "N1", "层数", "le", high=10),
        market.indicator("I7", "need", "N2", "外观", "has"),
    ]
    rows = {row["quantity"]: row for row in run(market.registry(needs=needs, indicators=stated)).indicators.to_dicts()}
    ends = ("tight_low", "tight_high", "loose_low", "loose_high")
    # one concept by two names; the looser one shows as the loosest
    assert [rows["介电损耗"][end] for end in ends] == [None, 0.002, None, 0.004]
    assert (rows["介电损耗"]["needs"], rows["介电损耗"]["must"]) == (2, 1)
    assert rows["厚度"]["unit"] == "μm"
    assert [rows["厚度"][end] for end in ends] == [200, 300, 50, None]
    assert rows["层数"]["contradicts"]
    assert not rows["厚度"]["contradicts"]
    assert (rows["外观"]["valued"], rows["外观"]["contradicts"]) == (0, None)


def test_the_order_of_rows_never_matters() -> None:
    tables = {name: MARKET[name] for name in MARKET}
    shuffled = Registry({name: frame.sample(fraction=1, shuffle=True, seed=7) for name, frame in tables.items()})
    one, other = run(MARKET), run(shuffled)
    for name in ("demands", "members", "budgets", "indicators"):
        assert getattr(one, name).equals(getattr(other, name)), name


def test_an_empty_market_has_no_demands() -> None:
    found = run(market.registry())
    assert found.demands.is_empty()
    assert found.budgets.is_empty()


def test_a_class_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageFault):
        run(MARKET, see="secret")


# ------------------------------------------------------------------------------------------ who may know what


def twin(registry: Registry, hidden: dict[str, str]) -> Registry:
    """The same market, its organisations called otherwise (so that their order is another one)."""
    needs = registry["needs"].with_columns(pl.col("organisation").replace(hidden))
    own = registry["organisations"].with_columns(pl.col("organisation", "owner_group").replace(hidden))
    return registry.replace(needs=needs, organisations=own)


def test_who_asks_does_not_leak_to_the_public() -> None:
    swapped = dict(zip("ABC", "ZYX", strict=True)) | {"F1": "B1", "F2": "A1", "G": "K"}
    one, other = (run(registry, see="public") for registry in (MARKET, twin(MARKET, swapped)))
    for name in ("demands", "members", "budgets", "indicators"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert one.demands["organisations"].null_count() == one.demands.height
    assert one.members["owner_group"].null_count() == one.members.height


@settings(max_examples=15, deadline=None)
@given(
    see=st.sampled_from(["public", "teaser"]),
    budgets=st.lists(st.integers(1, 10**9), min_size=2, max_size=2),
    urgency=st.sampled_from(["low", "high"]),
)
def test_what_is_above_a_class_changes_nothing_below_it(see: str, budgets: list[int], urgency: str) -> None:
    """Two voices are too few for a sum, so nothing of their budgets may show, not even in the points."""

    def made(amounts: list[int], how: str, holder: str, said: str = "") -> Registry:
        rows = [market.need(f"N{k}", "ltcc", o, budget=a, currency="CNY", urgency=how, bottleneck=how == "high",
                            text=said or market.need("N", "ltcc")["text"])
                for k, (a, o) in enumerate(zip(amounts, ("A", holder), strict=True))]  # fmt: skip
        stated = [market.indicator("I", "need", "N0", "介电损耗", "le", high=amounts[0] / 1e9)]
        return market.registry(needs=rows, indicators=stated)

    # the public may not even learn whether the two needs are one organisation's
    holder = "A" if see == "public" else "B"
    plain = run(made([5, 7], "low" if see == "public" else urgency, "B"), see=see)
    said = "激光雷达与光刻胶。" if see == "public" else ""
    other = run(made(budgets, urgency, holder, said), see=see)
    for name in ("demands", "members", "budgets", "indicators"):
        assert getattr(plain, name).equals(getattr(other, name)), name


def test_a_sum_is_told_when_it_gives_nobody_away() -> None:
    """Three voices of like size: told to the public in two digits, the interval only widened."""
    shown = run(MARKET, see="public")
    budget = shown.budgets.filter(demand="CD-N1").row(0, named=True)
    assert (budget["low"], budget["high"]) == (7_000_00, 10_000_00)
    assert shown.demands.filter(demand="CD-N1")["voices"].item() == 3
    rows = MARKET["needs"].with_columns(budget=pl.when(pl.col("need") == "N4").then(10**9).otherwise("budget"))
    dominated = run(MARKET.replace(needs=rows), see="public").budgets.filter(demand="CD-N1")
    assert dominated["low"].to_list() == [None]
    assert dominated["unknown"].to_list() == [None]


def cells(found: Demands) -> int:
    """How many cells are told."""
    frames = (found.demands, found.budgets, found.members)
    return sum(frame.height * frame.width - sum(frame.null_count().row(0)) for frame in frames)


def test_each_class_knows_at_least_what_the_class_below_knows() -> None:
    for below, above in pairwise(CLASSES):
        known = [cells(run(MARKET, see=see)) for see in (below, above)]
        assert known[0] <= known[1]


# ------------------------------------------------------------------------------------------ likeness


def rows_of(matrix: list[list[float]]) -> csr_array:
    rows = np.asarray(matrix, float)
    return csr_array(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def every_edge(rows: csr_array, least: float) -> alike.Edges:
    i, j = (np.asarray(side, np.int64) for side in np.triu_indices(rows.shape[0], 1))
    likeness = alike.dots(rows, rows, i, j)
    kept = likeness >= least
    return i[kept], j[kept], likeness[kept]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(3, 25), least=st.sampled_from([0.4, 0.6, 0.8]))
def test_groups_are_those_of_average_link_clustering(seed: int, n: int, least: float) -> None:
    """The oracle is scipy's UPGMA over all pairs."""
    draw = np.random.default_rng(seed)
    centres = draw.random((4, 6))
    rows = rows_of((centres[draw.integers(0, 4, n)] + 0.3 * draw.random((n, 6))).tolist())
    found = alike.groups(rows, every_edge(rows, least), least=least)
    apart = np.clip(1 - (rows @ rows.T).toarray(), 0, None)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average")
    if np.abs(tree[:, 2] - (1 - least)).min() < 1e-5:
        return  # a merge just at the threshold may go either way by rounding
    other = fcluster(tree, 1 - least, "distance")
    assert {frozenset(np.flatnonzero(found == g)) for g in set(found)} == {
        frozenset(np.flatnonzero(other == g)) for g in set(other)
    }


def test_a_chain_of_look_alikes_does_not_glue_its_ends() -> None:
    """Neighbours at 30° are alike (0.87), the ends of the chain are at right angles and beyond."""
    angles = np.radians(np.arange(0, 360, 30))
    rows = rows_of(np.stack([np.cos(angles), np.sin(angles)], axis=1).tolist())
    label = alike.groups(rows, every_edge(rows, 0.6), least=0.6)
    assert max(np.bincount(label)) <= 4
    for group in set(label):
        members = rows[np.flatnonzero(label == group)]
        likeness = (members @ members.T).toarray()
        assert likeness.sum() - len(likeness) >= 0.6 * len(likeness) * (len(likeness) - 1) - 1e-6


def test_blocks_larger_than_may_be_compared_still_find_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """400 listings share one concept, 40 subjects of ten each share their words."""
    draw = random.Random(5)
    pool = [chr(0x4E00 + k) for k in range(2000)]
    words = ["".join(draw.sample(pool, 30)) for _ in range(40)]
    needs = [{"need": f"N{k:03}", "organisation": "A", "title": "良率", "text": words[k % 40]} for k in range(400)]
    monkeypatch.setattr(alike, "_LARGEST", 60)
    found = run(market.registry(needs=needs), least=0.8)
    assert grouped(found) == {frozenset(f"N{k:03}" for k in range(s, 400, 40)) for s in range(40)}


# ------------------------------------------------------------------------------------------ the sample


@pytest.fixture(scope="module")
def sample() -> tuple[Registry, packs.Pack, Any]:
    pack = packs.load("cn")
    words = {**registries.vocabularies(), **pack.vocabularies}
    made = samples.make("demo", 11, glossary=pack.glossary, vocabularies=words, as_of=date(2026, 11, 21))
    # each need once more by another firm, as a near copy: a planted common demand of two
    needs, others = made.tables["needs"], made.tables["organisations"].filter(kind="private")["organisation"]
    copies = needs.with_columns(
        need=pl.format("X{}", "need"), title=pl.format("求购：{}", "title"), title_en=None, text_en=None,
        organisation=pl.Series([others[k % len(others)] for k in range(needs.height)]),
    )  # fmt: skip
    return Registry({**made.tables, "needs": pl.concat([needs, copies])}), pack, words


def test_planted_copies_find_each_other(sample: tuple[Registry, packs.Pack, Any]) -> None:
    registry, pack, words = sample
    found = common(registry, pack.glossary, date(2026, 11, 21), vocabularies=words)
    where = dict(found.members.select("need", "demand").iter_rows())
    originals = [need for need in where if not need.startswith("X")]
    together = [where[need] == where[f"X{need}"] for need in originals]
    assert sum(together) >= 0.95 * len(together)
    # what is together speaks of one thing: the leading concepts of two needs in one demand are seldom unlike
    named = concepts.find([t or "" for t in registry["needs"]["title"]], concepts.read(pack.glossary))
    assert found.demands["size"].max() <= 12
    assert len(named) == registry["needs"].height


def test_every_reason_can_be_spoken(sample: tuple[Registry, packs.Pack, Any]) -> None:
    registry, pack, words = sample
    for see in CLASSES:
        found = common(registry, pack.glossary, date(2026, 11, 21), see=see, vocabularies=words)
        said = [frame["why"].to_list() for frame in (found.demands, found.budgets, found.indicators)]
        spoken = {code for whys in said for why in whys for code in codes(Why.from_json(why))}
        assert [fault for code in sorted(spoken) for fault in missing(code)] == []


def test_money_in_reasons_is_money() -> None:
    why = Why.from_json(run(MARKET).budgets.filter(demand="CD-N1")["why"].item())
    assert why.args["low"] == Money(7_000_00)
