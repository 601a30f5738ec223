"""One round of the market: loads, rankings, who is kept apart, whole chains, indicators in words; a zoo of tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from small_market import AS_OF, small_market

from tongtu import packs
from tongtu.chain import clearing
from tongtu.chain.clearing import given
from tongtu.chain.clearing.allocated import Allocated
from tongtu.chain.clearing.ground import Clearing
from tongtu.chain.dossier.document import Document, Section, Table, plain
from tongtu.registry import Registry
from tongtu.terms.faults import Cancelled, DataRefused, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import LANGUAGES, word


@pytest.fixture(scope="module")
def records() -> Registry:
    return small_market()


@pytest.fixture(scope="module")
def ground(records: Registry) -> Clearing:
    return clearing.clearing(records, packs.load("cn"), AS_OF)


@pytest.fixture(scope="module")
def cleared(ground: Clearing) -> Allocated:
    return clearing.allocated(ground)


def written(folder: Path, text: str, name: str = "round.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def section(document: Document, name: str) -> Section | None:
    title = word(f"clearing.{name}", "zh")
    return next((s for s in document.sections if s.title[0] == title), None)


def rows(found: Section | None) -> list[list[str]]:
    assert found is not None
    tables = [block for block in found.blocks if isinstance(block, Table)]
    return [[one.text[0] for one in row] for table in tables[:1] for row in table.rows]


def counted(frame: pl.DataFrame, kind: str) -> dict[str, int]:
    return dict(frame[kind].value_counts().iter_rows())


# --- loads -------------------------------------------------------------------------------------------------


def _idle(cleared: Allocated) -> tuple[str, str]:
    """A pair worth a look whose achievement got nobody."""
    pairs = cleared.pairs.join(cleared.found.left_out, on=["need", "achievement"], how="anti")
    idle = pairs.join(cleared.found.allocation, on="achievement", how="anti").sort("score", "achievement")
    return idle.select("need", "achievement").row(-1)


def test_a_minimum_is_kept_and_a_maximum_too(ground: Clearing, cleared: Allocated, tmp_path: Path) -> None:
    _, idle = _idle(cleared)
    busy = cleared.found.allocation["achievement"][0]
    path = written(tmp_path, f"编号,最少,最多,备注\n{idle},1,,要参加\n{busy},,0,暂停\n")
    loads = given.loads(ground, path, ("need", "achievement"))
    assert loads.rows() == [("achievement", idle, 1, None, None), ("achievement", busy, 0, 0, None)]
    found = clearing.allocated(ground, loads=loads).found
    given_to = counted(found.allocation, "achievement")
    assert given_to[idle] >= 1
    assert busy not in given_to
    assert found.solution.status == "optimal"
    assert (found.solution.value or 0) <= (cleared.found.solution.value or 0)


def test_a_minimum_nobody_can_answer_is_named_and_not_ignored(ground: Clearing, cleared: Allocated) -> None:
    """A listing without any pair has no edge, so it once was no node either, and its minimum went unheard."""
    paired = set(cleared.pairs["achievement"])
    alone = next(own for own in ground.listings("achievement")["id"] if own not in paired)
    loads = pl.DataFrame({"kind": ["achievement"], "id": [alone], "least": [1]})
    found = clearing.allocated(ground, loads=loads)
    assert (found.found.solution.status, found.found.allocation.height) == ("infeasible", 0)
    (line,) = rows(section(found.document(), "relax"))
    assert ground.name("achievement", alone)[0] in line[0]
    assert line[1] == "1"
    assert {why.code for why in map(Why.from_json, found.found.unfilled["why"])} == {
        "match_allocation.nothing-allocated"
    }


def test_loads_hold_under_a_floor_and_a_draw_too(ground: Clearing, cleared: Allocated) -> None:
    _, idle = _idle(cleared)
    loads = pl.DataFrame({"kind": ["achievement"], "id": [idle], "least": [1]})
    drawn = clearing.allocated(ground, cap=1.0, seed="x", loads=loads).found
    assert counted(drawn.allocation, "achievement")[idle] == 1
    fair = clearing.allocated(ground, floor=0.5, loads=loads).found
    assert fair.solution.value is None or counted(fair.allocation, "achievement")[idle] == 1


# --- rankings ----------------------------------------------------------------------------------------------


def _rankings(*rows: tuple[str, str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["kind", "id", "other", "rank"], orient="row")


def _free(ground: Clearing, cleared: Allocated) -> tuple[list[str], list[str]]:
    """Two needs and two achievements that may all meet: pairs that are eligible, open, in no conflict."""
    taken = cleared.taken
    needs = [n for n in cleared.found.allocation["need"].unique().sort() if n not in set(taken["need"])]
    free = ground.listings("achievement").filter(~pl.col("id").is_in(taken["achievement"].implode()))["id"].to_list()
    for i, one in enumerate(needs):
        for two in needs[i + 1 :]:
            pairs = pl.DataFrame(
                [(n, a) for n in (one, two) for a in free], schema=["question", "answer"], orient="row"
            )
            fit = ground.among("need", "achievement", pairs).pairs.group_by("answer").len().filter(pl.col("len") == 2)
            found = fit["answer"].sort().to_list()
            left = clearing.allocated(
                ground, rankings=_rankings(*(("need", n, a, 1) for n in (one, two) for a in found))
            ).found.left_out
            found = [a for a in found if a not in set(left["achievement"])]
            if len(found) >= 2:
                return [one, two], found[:2]
    raise AssertionError("the sample has no such two")


def test_both_sides_orders_decide_and_what_they_cost_is_told(ground: Clearing, cleared: Allocated) -> None:
    (n1, n2), (a1, a2) = _free(ground, cleared)
    rankings = _rankings(
        ("need", n1, a1, 1), ("need", n1, a2, 2), ("need", n2, a1, 1), ("need", n2, a2, 2),
        ("achievement", a1, n2, 1), ("achievement", a1, n1, 2), ("achievement", a2, n1, 1), ("achievement", a2, n2, 2),
    )  # fmt: skip
    loads = pl.DataFrame(
        {"kind": ["need", "need", "achievement", "achievement"], "id": [n1, n2, a1, a2], "most": [1] * 4}
    )
    found = clearing.allocated(ground, rankings=rankings, loads=loads)
    assert found.found.allocation.select("need", "achievement").rows() == sorted([(n1, a2), (n2, a1)])
    assert found.stable.code == "match_allocation.stable"
    result = section(found.document(), "result")
    assert result is not None
    assert result.badge is not None
    assert result.badge.text == [word("clearing.solution-stable", lang) for lang in LANGUAGES]
    solution = found.found.solution
    assert (solution.value or 0) <= (solution.bound or 0) + 1e-9
    codes = {Why.from_json(why).code for why in found.found.unfilled["why"]}
    assert codes == {"match_allocation.ranked-nobody"}


def test_a_side_that_ranks_nobody_goes_by_score(ground: Clearing, cleared: Allocated) -> None:
    (n1, n2), (a1, _) = _free(ground, cleared)
    loads = pl.DataFrame({"kind": ["need", "need", "achievement"], "id": [n1, n2, a1], "most": [1] * 3})
    found = clearing.allocated(ground, rankings=_rankings(("need", n1, a1, 1), ("need", n2, a1, 1)), loads=loads).found
    (winner,) = found.allocation["need"]
    scores = dict(found.allocation.select("need", "score").iter_rows())
    other = ground.among("need", "achievement", pl.DataFrame({"question": [n1, n2], "answer": [a1, a1]})).pairs
    assert scores[winner] == other["score"].max()
    loser = Why.from_json(found.unfilled.filter(pl.col("need").is_in([n1, n2]))["why"][0])
    assert loser.code == "match_allocation.ranked-full"
    short = clearing.allocated(
        ground, rankings=_rankings(("need", n1, a1, 1), ("need", n2, a1, 1)),
        loads=loads.with_columns(least=pl.Series([1, 1, 0])),
    )  # fmt: skip
    assert (short.found.solution.status, short.found.allocation.height) == ("infeasible", 0)
    assert [r.by for r in short.found.solution.relax] == [1]


def test_nobody_ranks_itself_into_a_pair_that_is_not_eligible(ground: Clearing, records: Registry) -> None:
    needs, achievements = (records[noun].select(key, "organisation") for noun, key in
                           (("needs", "need"), ("achievements", "achievement")))  # fmt: skip
    need, achievement = needs.join(achievements, on="organisation").sort("need").select("need", "achievement").row(0)
    found = clearing.allocated(
        ground, rankings=_rankings(("need", need, achievement, 1), ("achievement", achievement, need, 1))
    ).found
    assert found.allocation.is_empty()
    assert (need, achievement) in found.left_out.select("need", "achievement").rows()


@pytest.mark.parametrize("other", [{"floor": 0.8}, {"cap": 0.5, "seed": "x"}])
def test_orders_and_a_floor_or_a_draw_are_not_for_one_round(ground: Clearing, other: dict[str, Any]) -> None:
    with pytest.raises(UsageFault, match="--rankings"):
        clearing.allocated(ground, rankings=_rankings(("need", "N0001", "A0001", 1)), **other)


# --- kept apart --------------------------------------------------------------------------------------------


def test_who_is_declared_for_the_round_is_kept_apart(
    ground: Clearing, cleared: Allocated, records: Registry, tmp_path: Path
) -> None:
    first, second, third = cleared.found.allocation.select("need", "achievement").rows()[:3]
    owner = dict(records["needs"].select("need", "organisation").iter_rows())[second[0]]
    path = written(tmp_path, f"甲,乙,类型,截止\n{first[0]},{first[1]},亲属,\n{owner},{second[1]},竞争关系,2030-01-01\n"
                             f"{third[0]},{third[1]},,2020-01-01\n")  # fmt: skip
    apart = given.apart(ground, path)
    found = clearing.allocated(ground, apart=apart)
    left = dict(
        zip(found.found.left_out.select("need", "achievement").rows(), found.found.left_out["why"], strict=True)
    )
    assert {first, second} <= set(left)
    assert third not in left, "what has ended keeps nobody apart"
    assert not {first, second} & set(found.found.allocation.select("need", "achievement").rows())
    told = " ".join(cell for row in rows(section(found.document(), "left-out")) for cell in row)
    assert "亲属" in told
    assert "竞争关系" in told


# --- whole chains ------------------------------------------------------------------------------------------

_LAYERS = ("need", "achievement", "platform", "organisation", "fund")


@pytest.fixture(scope="module")
def chained(ground: Clearing) -> clearing.chained.__class__:  # type: ignore[name-defined]
    return clearing.chained(ground, places={"platform": 3, "organisation": 2, "fund": 9})


def test_chains_go_through_every_layer_within_everybodys_places(chained: Any, ground: Clearing) -> None:
    found = chained.found
    assert found.solution.status == "optimal"
    assert found.chains.height > 3
    assert found.chains.select(pl.all_horizontal(pl.col(_LAYERS).is_not_null()).all()).item()
    for kind, most in (("platform", 3), ("organisation", 2), ("fund", 9)):
        assert max(counted(found.chains, kind).values()) <= most
    firms = ground.registry["organisations"].filter(
        pl.col("organisation").is_in(found.chains["organisation"].implode())
    )
    assert set(firms["kind"]) <= {"central_soe", "local_soe", "private", "sme", "foreign"}
    assert found.chains["score"].sum() == pytest.approx(found.solution.value)


def test_chains_are_told_in_both_languages_layer_by_layer(chained: Any) -> None:
    short, whole = chained.document(2), chained.document()
    assert len(rows(section(short, "chains"))) == 2
    assert section(short, "chain-links") is None
    assert len(rows(section(whole, "chain-links"))) == chained.found.chains["links"].sum()
    assert [row[0] for row in rows(section(whole, "layers"))] == ["需求", "成果", "平台", "企业", "资金"]
    for side, lang in enumerate(LANGUAGES):
        text = str(plain(whole, side))
        assert "clearing." not in text
        assert word("clearing.chains-title", lang) in text


def test_minima_on_a_layer_are_kept_or_the_least_relaxation_is_named(chained: Any, ground: Clearing) -> None:
    used = counted(chained.found.chains, "fund")
    little = min(used, key=lambda own: (used[own], own))
    loads = pl.DataFrame({"kind": ["fund"], "id": [little], "least": [used[little] + 1], "most": [used[little] + 3]})
    places = {"platform": 3, "organisation": 2, "fund": 9}
    found = clearing.chained(ground, places=places, loads=_whole(loads)).found
    assert counted(found.chains, "fund")[little] == used[little] + 1
    assert found.solution.value <= chained.found.solution.value
    stuck = clearing.chained(ground, places=places, loads=_whole(loads.with_columns(least=500, most=500)))
    assert (stuck.found.solution.status, stuck.found.chains.height) == ("infeasible", 0)
    (line,) = rows(section(stuck.document(), "relax"))
    assert "500" in line[0]
    assert int(line[1]) < 500


def _whole(loads: pl.DataFrame) -> pl.DataFrame:
    return loads.with_columns(until=pl.lit(None, pl.Date))


def test_a_layer_may_be_passed_over_and_a_chain_may_end_early(ground: Clearing) -> None:
    loads = _whole(pl.DataFrame({"kind": ["platform"] * 2, "id": ground.listings("platform")["id"][:2].to_list(),
                                 "least": [0, 0], "most": [0, 0]}))  # fmt: skip
    kinds = ("need", "achievement", "platform", "organisation")
    found = clearing.chained(ground, kinds=kinds, over=["platform"], ends=["organisation"], loads=loads)
    assert found.found.chains.height
    assert "platform" in found.found.chains.columns
    if found.found.chains["platform"].null_count():
        told = [cell for row in rows(section(found.document(), "chains")) for cell in row]
        assert word("clearing.passed-over", "zh") in told


def test_chains_can_be_stopped(records: Registry) -> None:
    told: list[str] = []

    def watch(done: int, total: int, what: Why | None = None) -> None:
        if what is not None:
            told.append(what.code)
            if what.code == "clearing.allocating":
                raise Cancelled

    with pytest.raises(Cancelled):
        clearing.chained(clearing.clearing(records, packs.load("cn"), AS_OF, progress=watch), kinds=_LAYERS[:3])
    assert told.count("clearing.linking") == 2


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"kinds": ("need",)}, "--kinds"), ({"kinds": ("need", "need")}, "--kinds"),
        ({"kinds": ("need", "wish")}, "wish"),
        ({"kinds": ("need", "call")}, "template calls"), ({"over": ("need",)}, "need"), ({"over": ("call",)}, "call"),
        ({"places": {"call": 3}}, "call"), ({"ends": ("need",)}, "need"),
    ],
)  # fmt: skip
def test_chains_that_cannot_be_are_refused(ground: Clearing, call: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageFault, match=told):
        clearing.chained(ground, **call)


# --- indicators in words -----------------------------------------------------------------------------------


def test_indicators_in_the_words_are_compared_and_shown(ground: Clearing, records: Registry) -> None:
    claim = records["indicators"].filter(
        (pl.col("subject_kind") == "achievement") & (pl.col("operator") == "eq") & pl.col("unit").is_not_null()
    ).sort("indicator").row(0, named=True)  # fmt: skip
    title = dict(records["achievements"].select("achievement", "title").iter_rows())[claim["subject"]]
    easy = f"{title}，{claim['quantity']}≤{claim['low'] * 2:g} {claim['unit']}"
    hard = f"{title}，{claim['quantity']}≤{claim['low'] / 10:g} {claim['unit']}，价格 5 kW"
    good = clearing.ask(ground, "need", "achievement", text=easy, top=20)
    poor = clearing.ask(ground, "need", "achievement", text=hard, top=20)
    mine = [found.found.pairs.filter(pl.col("answer") == claim["subject"]).row(0, named=True) for found in (good, poor)]
    assert [row["indicators_met"] for row in mine] == [1, 0]
    assert mine[0]["score"] > mine[1]["score"]
    read = section(poor.document(), "understood")
    assert rows(read)[0][0] == claim["quantity"]
    assert "价格 5 kW" in str(read)
    assert section(clearing.ask(ground, "need", "achievement", text=title).document(), "understood") is None
    assert ground.registry["indicators"].equals(records["indicators"]), "the registry itself stays as it is"


# --- the zoo -----------------------------------------------------------------------------------------------

LOADS = "kind,id,least,most,until\n"
ZOO: dict[str, tuple[str, str, Sequence[tuple[int | None, str]]]] = {
    "minimum above maximum": ("loads", LOADS + "need,N0001,3,2,\n", [(2, "before")]),
    "minimum above the listing's own places": ("loads", "id,least\nN0001,99\n", [(2, "given-above-capacity")]),
    "negative figures": ("loads", "id,min,max\nN0001,-1,\nA0001,,-2\n", [(2, "at-least"), (3, "before")]),
    "unknown id": ("loads", LOADS + ",N9999,1,,\n", [(2, "given-unknown")]),
    "id of another side": ("loads", LOADS + "achievement,N0001,1,,\n", [(2, "given-other-side")]),
    "unknown side": ("loads", LOADS + "wish,N0001,1,,\n", [(2, "code")]),
    "given twice": ("loads", LOADS + "need,N0001,0,1,\n,N0001,0,2,\n", [(3, "duplicate")]),
    "no id": ("loads", LOADS + "need,,1,,\n", [(2, "required")]),
    "no number": ("loads", LOADS + "need,N0001,some,,\n", [(2, "number")]),
    "no day": ("loads", LOADS + "need,N0001,,1,soon\n", [(2, "date")]),
    "misspelt column": ("loads", "id,mim\nN0001,1\n", [(None, "given-column")]),
    "no header": ("loads", "N0001,1\n", [(None, "given-no-header")]),
    "no rows": ("loads", LOADS, [(None, "given-nothing")]),
    "ranked twice": ("rankings", "id,other,rank\nN0001,A0001,1\nN0001,A0001,2\n", [(3, "duplicate")]),
    "ranks its own side": ("rankings", "id,other,rank\nN0001,N0002,1\n", [(2, "given-other-side")]),
    "ranks a stranger": ("rankings", "id,other,rank\nN0001,A9999,1\n", [(2, "given-unknown")]),
    "rank nought": ("rankings", "id,other,rank\nN0001,A0001,0\n", [(2, "at-least")]),
    "no rank": ("rankings", "id,other,rank\nN0001,A0001,\n", [(2, "required")]),
    "no column of ranks": ("rankings", "id,other\nN0001,A0001\n", [(None, "column-missing")]),
    "apart from itself": ("apart", "a,b\nN0001,N0001\n", [(2, "given-itself")]),
    "apart from a stranger": ("apart", "a,b\nN0001,Nobody\n", [(2, "given-unknown")]),
    "ends before it begins": ("apart", "a,b,since,until\nN0001,A0001,2026-01-01,2025-01-01\n", [(2, "before")]),
    "unknown kind of conflict": ("apart", "a,b,kind\nN0001,A0001,feud\n", [(2, "code")]),
    "several at once": ("loads", LOADS + "need,N9998,1,,\nneed,N0001,3,2,\n,,1,,\n",
                        [(2, "given-unknown"), (3, "before"), (4, "required")]),
}  # fmt: skip


@pytest.mark.parametrize("name", ZOO)
def test_bad_tables_say_where_and_how_to_repair(name: str, ground: Clearing, tmp_path: Path) -> None:
    which, text, faults = ZOO[name]
    path = written(tmp_path, text)
    more: tuple[Any, ...] = (("need", "achievement"),) if which == "loads" else ()
    with pytest.raises(DataRefused) as caught:
        getattr(given, which)(ground, path, *more)
    found = [(fault.row, fault.what.code.split(".")[1]) for fault in caught.value.faults]
    assert found == list(faults)
    for fault in caught.value.faults:
        assert fault.file == "round.csv"
        for lang in LANGUAGES:
            assert {"zh": "修改方法", "en": "Repair"}[lang] in fault.say(lang)


def test_headers_may_be_in_any_language_and_order_and_a_workbook_will_do(ground: Clearing, tmp_path: Path) -> None:
    import xlsxwriter

    texts = ("who,max,min\nN0001,2,1\n", "最多,编号（必填）,最少\n2,N0001,1\n", "备注,Id,Least,Most\nx,N0001,1,2\n")
    path = tmp_path / "round.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("数量约束")
        for r, line in enumerate((["各单位名额"], ["编号", "最少", "最多"], ["N0001", 1, 2])):
            sheet.write_row(r, 0, line)
    frames = [given.loads(ground, written(tmp_path, text), ("need", "achievement")) for text in texts]
    frames.append(given.loads(ground, path, ("need", "achievement")))
    assert all(frame.rows() == [("need", "N0001", 1, 2, None)] for frame in frames)
