"""Fields by class: nothing above the clearance leaves, whatever a record holds."""

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.hub.policy import columns, hidden, redact, why_hidden
from tongtu.registry.columns import DISCLOSURE, Noun, nouns
from tongtu.terms.words import LANGUAGES, say

clearances = st.none() | st.sampled_from(DISCLOSURE)
chosen = st.sampled_from(list(nouns().values()))


@st.composite
def records(draw: st.DrawFn) -> tuple[Noun, dict[str, str], dict[str, str]]:
    """A noun, a row whose every cell is a word found nowhere else, and classes raised (or wrongly lowered)."""
    noun = draw(chosen)
    row = {c.name: f"<{n}:{noun.name}:{c.name}>" for n, c in enumerate(noun.columns)} | {"of_another_noun": "<stray>"}
    names = st.sampled_from([c.name for c in noun.columns])
    return noun, row, draw(st.dictionaries(names, st.sampled_from([*DISCLOSURE, "top secret", ""]), max_size=6))


def effective(noun: Noun, column: str, raised: dict[str, str]) -> int:
    usual = DISCLOSURE.index(noun.column(column).disclosure)
    if column not in raised:
        return usual
    return max(usual, DISCLOSURE.index(raised[column]) if raised[column] in DISCLOSURE else 4)


@given(records(), clearances)
@settings(max_examples=400, deadline=None)
def test_nothing_above_the_clearance_leaves(
    record: tuple[Noun, dict[str, str], dict[str, str]], level: str | None
) -> None:
    noun, row, raised = record
    shown = redact(row, noun.name, level, raised)
    rank = -1 if level is None else min(DISCLOSURE.index(level), 3)
    for column, value in row.items():
        if column == "of_another_noun":
            assert value not in str(shown)
        elif (needed := effective(noun, column, raised)) <= rank:
            assert shown[column] == value
        else:
            assert value not in str(shown)
            assert (column in shown) == (needed == 4 and rank == 3)
    assert list(shown) == [c.name for c in noun.columns if c.name in shown]


@given(records(), st.integers(0, 4))
@settings(max_examples=200, deadline=None)
def test_a_higher_clearance_shows_no_less(record: tuple[Noun, dict[str, str], dict[str, str]], rank: int) -> None:
    noun, row, raised = record
    lower = redact(row, noun.name, DISCLOSURE[rank - 1] if rank else None, raised)
    higher = redact(row, noun.name, DISCLOSURE[rank], raised)
    assert lower.items() <= higher.items()


@given(records(), clearances)
@settings(max_examples=200, deadline=None)
def test_raising_only_ever_takes_away(record: tuple[Noun, dict[str, str], dict[str, str]], level: str | None) -> None:
    noun, row, raised = record
    plain, stricter = redact(row, noun.name, level), redact(row, noun.name, level, raised)
    assert {k for k in stricter if not stricter[k].startswith("sha256:")} <= plain.keys()


@given(records(), clearances)
@settings(max_examples=200, deadline=None)
def test_what_is_shown_and_what_is_hidden_make_the_noun(
    record: tuple[Noun, dict[str, str], dict[str, str]], level: str | None
) -> None:
    noun, row, raised = record
    clear = {k for k, v in redact(row, noun.name, level, raised).items() if not v.startswith("sha256:")}
    kept = hidden(noun.name, level, raised)
    assert not clear & kept.keys()
    assert clear | kept.keys() == {c.name for c in noun.columns}
    assert set(columns(noun.name, level)) == {c.name for c in noun.columns} - hidden(noun.name, level).keys()
    assert all(say(why, lang) != why.code for why in kept.values() for lang in LANGUAGES)


def test_a_need_climbs_the_ladder() -> None:
    shown = {level: set(columns("needs", level)) for level in (None, *DISCLOSURE)}
    assert shown[None] == set()
    assert {"title", "keywords", "direction"} <= shown["public"]
    assert "organisation" in shown["teaser"] - shown["public"]
    assert "budget" in shown["restricted"] - shown["teaser"]
    assert shown["core"] == shown["commercial"]


def test_core_content_is_shown_as_its_hash_to_those_cleared_for_commercial() -> None:
    raised = {"text": "core", "title": "core", "text_en": "core"}
    row = {"text": "配方：甲 3 乙 7", "title": "sha256:" + "0" * 64, "text_en": None}
    digest = sha256(row["text"].encode()).hexdigest()
    seen = {"title": row["title"], "text": f"sha256:{digest}", "text_en": None}
    assert redact(row, "needs", "commercial", raised) == seen
    assert redact(row, "needs", "core", raised) == seen, "nobody is cleared for core"
    assert redact(row, "needs", "restricted", raised) == {}


def test_unknown_words_open_nothing() -> None:
    assert redact({"title": "x"}, "wishes", "commercial") == {}
    assert redact({"title": "x"}, "needs", "everything") == {}
    assert columns("wishes", "public") == ()
    assert why_hidden("cosmic") == why_hidden("core")
