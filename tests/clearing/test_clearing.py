"""The clearinghouse's documents say what the engines say, to whom may know it, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from small_market import AS_OF, small_market

from tongtu import match, packs
from tongtu.chain import clearing
from tongtu.chain.clearing.allocated import Allocated
from tongtu.chain.clearing.ground import Clearing
from tongtu.chain.dossier.document import Cell, Column, Document, Facts, Paragraph, Section, Table
from tongtu.chain.dossier.page import page
from tongtu.match import learning, pairwise, sides
from tongtu.registry import Registry
from tongtu.terms.faults import TongtuError, UsageFault
from tongtu.terms.words import LANGUAGES, rooms, word

CODE = re.compile(rf"\b(?:{'|'.join(rooms())})\.[a-z][a-z-]+\b")


@pytest.fixture(scope="module")
def records() -> Registry:
    return small_market()


@pytest.fixture(scope="module")
def pack() -> packs.Pack:
    return packs.load("cn")


@pytest.fixture(scope="module")
def ground(records: Registry, pack: packs.Pack) -> Clearing:
    return clearing.clearing(records, pack, AS_OF)


@pytest.fixture(scope="module")
def asked(ground: Clearing, records: Registry) -> Any:
    return clearing.ask(ground, "need", "achievement", top=3)


@pytest.fixture(scope="module")
def demanded(ground: Clearing) -> Any:
    return clearing.demanded(ground)


@pytest.fixture(scope="module")
def cleared(ground: Clearing) -> Allocated:
    return clearing.allocated(ground)


def texts(value: object) -> Iterator[tuple[str, str]]:
    """Every pair of texts of a document."""
    match value:
        case [str() as zh, str() as en]:
            yield zh, en
        case list() | tuple():
            for part in value:
                yield from texts(part)
        case Document() | Section() | Table() | Facts() | Paragraph() | Cell() | Column():
            for name in value.__slots__:
                yield from texts(getattr(value, name))


def said(document: Document) -> str:
    return "\n".join(part for pair in texts(document) for part in pair)


def section(document: Document, name: str) -> Section:
    title = word(f"clearing.{name}", "zh")
    return next(s for s in document.sections if s.title[0] == title)


def rows(found: Section) -> list[list[str]]:
    tables = [block for block in found.blocks if isinstance(block, Table)]
    return [[one.text[0] for one in row] for table in tables[:1] for row in table.rows]


# --- what they say -----------------------------------------------------------------------------------------


def test_every_document_speaks_both_languages_and_no_code(
    ground: Clearing, asked: Any, demanded: Any, cleared: Allocated
) -> None:
    need = asked.questions["id"][0]
    made = [
        clearing.ask(ground, "need", "achievement", one=need, top=2).document(),
        clearing.ask(ground, "organisation", "platform", text="精密机床整机验证", top=2).document(),
        asked.document(5), asked.document(), demanded.document(5), demanded.document(), *demanded.letters().values(),
        clearing.supplied(ground, asker="ORG0001").document(), clearing.supplied(ground, text="EDA软件").document(),
        clearing.measured(ground).document(), cleared.document(3), cleared.document(),
        clearing.doubled(ground).document(), clearing.learnt(ground).document(),
    ]  # fmt: skip
    for document in made:
        assert not CODE.search(said(document))
        assert all(bool(zh) == bool(en) for zh, en in texts(document))
        assert document.sections
        for table in (b for s in document.sections for b in s.blocks if isinstance(b, Table)):
            assert all(len(row) == len(table.columns) for row in table.rows)


def test_what_adds_up_to_a_score_is_shown_to_add_up(ground: Clearing, asked: Any) -> None:
    for row in asked.found.pairs.filter(pl.col("rank") == 1).head(4).to_dicts():
        one = clearing.ask(ground, "need", "achievement", one=row["question"], top=1)
        answer = one.document().sections[1]
        points = [float(cells[0]) for cells in rows(answer)]
        score = one.found.pairs["score"][0]
        assert sum(points) == pytest.approx(100 * score, abs=0.005 * len(points))
        assert points[1:] == sorted(points[1:], key=abs, reverse=True)
        assert answer.badge is not None
        assert answer.badge.text[0] == f"{score * 100:.1f}%"


def test_one_question_is_answered_as_all_are(ground: Clearing, asked: Any) -> None:
    own = asked.questions["id"][2]
    alone = clearing.ask(ground, "need", "achievement", one=own, top=3).found.pairs
    together = asked.found.pairs.filter(pl.col("question") == own)
    assert alone["answer"].to_list() == together["answer"].to_list()


def test_a_listing_may_be_named_by_its_title(ground: Clearing, asked: Any) -> None:
    own, title = asked.questions.select("id", "title").row(0)
    assert clearing.ask(ground, "need", "achievement", one=title, top=1).one == own


def test_words_find_what_a_listing_finds(ground: Clearing, records: Registry) -> None:
    own, title = records["achievements"].select("achievement", "title").row(0)
    found = clearing.ask(ground, "need", "achievement", text=title, top=3).found.pairs
    assert own in found["answer"].to_list()


def test_the_order_of_rows_never_shows(records: Registry, pack: packs.Pack, cleared: Allocated) -> None:
    turned = Registry({name: records[name].reverse() for name in records})
    again = clearing.clearing(turned, pack, AS_OF)
    assert clearing.allocated(again).document() == cleared.document()
    assert clearing.doubled(again).document() == clearing.doubled(cleared.clearing).document()


def test_every_open_need_stands_in_the_overview_and_closed_ones_say_why(records: Registry, pack: packs.Pack) -> None:
    needs = records["needs"]
    first = needs["need"][0]
    state = pl.when(pl.col("need") == first).then(pl.lit("withdrawn")).otherwise(pl.col("state")).alias("state")
    ground = clearing.clearing(records.replace(needs=needs.with_columns(state)), pack, AS_OF)
    found = clearing.ask(ground, "need", "achievement", top=1)
    overview, closed = rows(section(found.document(), "best")), rows(section(found.document(), "closed"))
    assert len(overview) + len(closed) == needs.height
    assert any(first in row[0] for row in closed)
    assert "withdrawn" not in " ".join(row[1] for row in closed), "a state is called by name"
    alone = clearing.ask(ground, "need", "achievement", one=first, top=1).document()
    assert [s.title for s in alone.sections] == [[word("clearing.closed", lang) for lang in LANGUAGES]]


def test_no_cell_of_the_csv_is_taken_for_a_formula(records: Registry, pack: packs.Pack) -> None:
    bad = records["achievements"].with_columns(title=pl.lit("=HYPERLINK(1)") + pl.col("title"))
    ground = clearing.clearing(records.replace(achievements=bad), pack, AS_OF)
    own = records["needs"]["need"][0]
    table = clearing.ask(ground, "need", "achievement", one=own, top=2).table("zh")
    assert table.height == 2
    assert table["answer_title"].str.starts_with("'=").all()
    shares = [c for c in table.columns if c.startswith("by_")]
    total = table.select(pl.sum_horizontal("base", *shares))["base"]
    assert (total - table["score"]).abs().max() < 1e-5  # type: ignore[operator]


def test_a_stranger_slips_nothing_into_the_page(records: Registry, pack: packs.Pack) -> None:
    bad = records["achievements"].with_columns(title=pl.lit("<script>alert(1)</script>"))
    ground = clearing.clearing(records.replace(achievements=bad), pack, AS_OF)
    made = clearing.ask(ground, "need", "achievement", one=records["needs"]["need"][0], top=2).document()
    assert "<script" not in page(made)


# --- to whom -----------------------------------------------------------------------------------------------


def test_who_may_not_know_holders_is_told_of_none(records: Registry, pack: packs.Pack) -> None:
    ground = clearing.clearing(records, pack, AS_OF, see="public")
    names = [name for name in records["organisations"]["name"].to_list() if name]
    found = clearing.ask(ground, "need", "achievement", top=5).document()
    demands = clearing.demanded(ground).document()
    for document in (found, demands):
        told = said(document)
        assert not [name for name in names if name in told]
        assert word("match.refused-own", "zh") not in told


def test_a_letter_names_nobody_but_its_addressee(demanded: Any, records: Registry) -> None:
    names = dict(records["organisations"].select("organisation", "name").iter_rows())
    letters = demanded.letters()
    assert set(letters) == set(demanded.joint["addressee"])
    for who, letter in letters.items():
        told = said(letter)
        assert names[who] in letter.title[0]
        assert not [other for other, name in names.items() if other != who and (other in told or name in told)]


def test_conflicts_and_cases_are_not_told_to_the_public(records: Registry, pack: packs.Pack) -> None:
    ground = clearing.clearing(records, pack, AS_OF, see="teaser")
    for asking in (clearing.allocated, clearing.learnt):
        with pytest.raises(UsageFault, match="restricted"):
            asking(ground)


# --- the market cleared ------------------------------------------------------------------------------------


def test_open_cases_are_counted_and_keep_their_places(cleared: Allocated) -> None:
    taken = cleared.taken
    assert taken.height > 0
    facts = section(cleared.document(), "result").blocks[0]
    assert isinstance(facts, Facts)
    assert str(taken.height) in [found.text[0] for _, found in facts.rows]
    assert cleared.found.allocation.join(taken, on=["need", "achievement"], how="semi").is_empty()
    left_out = said(cleared.document())
    assert (
        word("match_allocation.already", "en") in left_out
        or taken.join(cleared.pairs, on=["need", "achievement"], how="semi").is_empty()
    )


def test_limits_that_cannot_be_met_say_what_would_have_to_give(ground: Clearing, cleared: Allocated) -> None:
    need = cleared.found.allocation["need"][0]
    loads = pl.DataFrame({"kind": ["need"], "id": [need], "least": [40], "most": [40]})
    stuck = match.allocate(cleared.pairs, ground.registry, as_of=AS_OF, loads=loads)
    document = replace(cleared, found=stuck).document()
    assert section(document, "result").badge == Cell(
        [word("clearing.solution-infeasible", lang) for lang in LANGUAGES], "bad"
    )
    assert any("40" in row[0] for row in rows(section(document, "relax")))


def test_a_floor_and_a_draw_say_what_they_cost(ground: Clearing) -> None:
    fair = clearing.allocated(ground, floor=0.8).document()
    drawn = clearing.allocated(ground, cap=0.5, seed="2026-11-21").document()
    assert "80%" in said(fair)
    assert "2026-11-21" in said(drawn)
    with pytest.raises(UsageFault):
        clearing.allocated(ground, floor=0.8, cap=0.5, seed="x")
    with pytest.raises(UsageFault):
        clearing.allocated(ground, cap=0.5)


# --- copies and weights ------------------------------------------------------------------------------------


def test_a_copy_is_proposed_and_its_holders_are_told_apart(records: Registry, pack: packs.Pack) -> None:
    first = records["needs"].head(1)
    other = records["organisations"].filter(pl.col("owner_group").is_null())["organisation"][-1]
    mine = first.with_columns(need=pl.lit("NCOPY"))
    theirs = first.with_columns(need=pl.lit("NCOPY2"), organisation=pl.lit(other))
    more = records.replace(needs=pl.concat([records["needs"], mine, theirs]))
    found = clearing.doubled(clearing.clearing(more, pack, AS_OF), "need")
    assert {(p.one, p.other) for p in found.found["need"]} == {
        (first["need"][0], "NCOPY"), (first["need"][0], "NCOPY2"), ("NCOPY", "NCOPY2")
    }  # fmt: skip
    advice = [row[-1] for row in rows(found.document().sections[0])]
    assert sorted(advice) == sorted(word(f"clearing.advice-{a}", "zh") for a in ("one-holder", *["two-holders"] * 2))


def test_signals_of_judged_pairs_are_those_the_engine_scores_by(
    records: Registry, ground: Clearing, asked: Any
) -> None:
    pairs = asked.found.pairs.select("question", "answer", "score")
    known = pairwise.signals(records, pairs, glossary=ground.pack.glossary, as_of=AS_OF,
                             vocabularies=ground.vocabularies)  # fmt: skip
    model = ground.model.sized(records["achievements"].height)
    again = model.apply(known).select("question", "answer", again="score")
    both = pairs.join(again, on=["question", "answer"])
    assert both.height == pairs.height
    close = (both["score"] - both["again"]).abs() < 0.02
    assert close.mean() >= 0.9, "vectors of a judged listing rest on the questions asked with it"  # type: ignore[operator]


def test_weights_are_learnt_used_and_named(ground: Clearing, records: Registry, pack: packs.Pack) -> None:
    found = clearing.learnt(ground)
    assert found.questions == records["judgments"]["need"].n_unique()
    model = found.learned.model
    assert learning.Model.from_json(model.to_json()) == model
    theirs = clearing.clearing(records, pack, AS_OF, model=model)
    made = clearing.ask(theirs, "need", "achievement", one=records["needs"]["need"][1], top=1).document()
    assert model.version in said(made)
    verdict = section(found.document(), "verdict")
    assert verdict.badge is not None
    assert verdict.badge.text[0] == word("clearing.deployed" if found.deployed else "clearing.kept", "zh")


def test_too_few_judgments_leave_the_weights_as_they_are(records: Registry, pack: packs.Pack) -> None:
    few = records["judgments"].filter(pl.col("need").is_in(records["needs"]["need"].head(3).implode()))
    found = clearing.learnt(clearing.clearing(records.replace(judgments=few), pack, AS_OF))
    assert not found.deployed
    assert found.decided.model == learning.default()


# --- faults ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda g: clearing.ask(g, "need", "achievement", one="N9999"), "N9999"),
        (lambda g: clearing.ask(g, "wish", "achievement"), "wish"),
        (lambda g: clearing.ask(g, "need", "miracle"), "miracle"),
        (lambda g: clearing.ask(g, "need", "call"), "template calls"),
        (lambda g: clearing.ask(g, "person", "achievement"), "template people"),
        (lambda g: clearing.ask(g, "need", "achievement", one="N0001", text="x"), "--text"),
        (lambda g: clearing.ask(g, "need", "achievement", text="  ——  "), "--text"),
        (lambda g: clearing.supplied(g, asker="Nobody"), "Nobody"),
        (lambda g: clearing.doubled(g, "call"), "template calls"),
        (lambda g: clearing.doubled(g, "wish"), "wish"),
    ],
    ids=range(10),
)
def test_what_cannot_be_asked_says_what_and_how_to_repair(
    ground: Clearing, call: Callable[[Clearing], object], told: str
) -> None:
    with pytest.raises(UsageFault) as caught:
        call(ground)
    for lang in LANGUAGES:
        text = caught.value.say(lang)
        assert told in text
        assert {"zh": "修改方法", "en": "Repair"}[lang] in text
        assert not CODE.search(text)


def test_empty_tables_are_said(pack: packs.Pack, records: Registry) -> None:
    nothing = clearing.clearing(Registry(), pack, AS_OF)
    for asking in (clearing.demanded, clearing.measured, clearing.allocated, clearing.learnt, clearing.supplied,
                   clearing.doubled):  # fmt: skip
        with pytest.raises(TongtuError):
            asking(nothing)
    for table, asking in (("judgments", clearing.learnt), ("supplies", clearing.supplied)):
        empty = clearing.clearing(records.replace(**{table: records[table].clear()}), pack, AS_OF)
        with pytest.raises(UsageFault, match=table):
            asking(empty)
    with pytest.raises(UsageFault, match="secret"):
        clearing.clearing(records, pack, AS_OF, see="secret")


def test_judgments_of_a_later_day_are_not_known_yet(records: Registry, pack: packs.Pack) -> None:
    early = clearing.clearing(records, pack, AS_OF.replace(month=10))
    with pytest.raises(UsageFault, match="2026-10-21"):
        clearing.learnt(early)


@pytest.mark.parametrize("kind", sorted(sides.KINDS))
def test_every_side_has_a_name(kind: str, ground: Clearing) -> None:
    assert all(ground.ask_of(kind))
