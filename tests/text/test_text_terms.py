"""One spelling for what is one thing, and the terms cut from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.text import canonical, fold, segments, surfaces, terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("介電損耗", "介电损耗"),
        ("ＬＴＣＣ基板", "ltcc基板"),
        ("10GHz", "10 GHz"),
        ("cm²", "cm2"),
        ("ceramic substrates", "Ceramic substrate"),
        ("low-loss", "low loss"),
        ("中试（量产）", "中试 量产"),
    ],
)
def test_two_spellings_of_one_thing_meet(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


def test_generations_stay_whole_and_numbers_leave_their_units() -> None:
    assert segments("6G通信 28nm 0.002@10GHz H2O") == ["6g", "通信", "28", "nm", "0.002", "10", "ghz", "h2o"]


def test_chinese_terms_are_overlapping_characters_and_pairs() -> None:
    assert terms(canonical("介电损耗")).han == ["介", "电", "损", "耗", "介电", "电损", "损耗"]


def test_terms_never_cross_punctuation() -> None:
    assert "电损" not in terms(canonical("介电，损耗")).han


def test_english_words_without_content_are_left_out() -> None:
    assert terms(canonical("the dielectric loss of a substrate is low")).latin == [
        "dielectr", "loss", "substrat", "low",
    ]  # fmt: skip


def test_a_stem_is_shown_as_people_wrote_it() -> None:
    assert surfaces("LTCC Substrates")["substrat"] == "Substrates"
    assert surfaces("LTCC Substrates")["ltcc"] == "LTCC"


@given(st.text())
def test_any_text_can_be_brought_to_terms(text: str) -> None:
    spelt = canonical(text)
    assert spelt == "" or (spelt.startswith(" ") and spelt.endswith(" "))
    found = terms(spelt)
    assert not any(" " in term for term in (*found.han, *found.latin))
    assert not any(term.isspace() or not term for term in segments(text))


@given(st.text(alphabet="介電损耗ＡＢab12 ，²"))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
