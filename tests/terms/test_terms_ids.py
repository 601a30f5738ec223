"""Identifiers: the published vectors, and that a single wrong character never passes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.terms.ids import (
    CURRENCIES,
    USCC_LETTERS,
    check_currency,
    check_division,
    check_orcid,
    check_patent,
    check_ror,
    check_uscc,
    check_year,
    organisation_check,
    uscc_check,
)

BODY = st.from_regex(rf"[{USCC_LETTERS}]{{2}}[0-9]{{6}}[{USCC_LETTERS}]{{9}}", fullmatch=True)


def test_the_standard_s_own_example_of_a_credit_code() -> None:
    assert uscc_check("91350100M000100Y4") == "3"
    assert check_uscc(" ９１３５０１００ m000100y-43 ").value == "91350100M000100Y43"
    assert check_uscc("91350100M000100Y43").warnings == ()


def test_published_organisation_codes() -> None:
    assert (organisation_check("M000100Y"), organisation_check("D2143569")) == ("4", "X")


@given(BODY, st.integers(0, 17), st.sampled_from(USCC_LETTERS))
def test_one_wrong_character_of_a_credit_code_is_caught(body: str, at: int, letter: str) -> None:
    code = body + uscc_check(body)
    assert check_uscc(code).value == code  # letters are allowed in positions 1 and 2
    wrong = code[:at] + letter + code[at + 1 :]
    assert wrong == code or not check_uscc(wrong).ok


@given(BODY.filter(lambda b: organisation_check(b[8:16]) != b[16]))
def test_the_inner_check_character_only_warns(body: str) -> None:
    checked = check_uscc(body + uscc_check(body))
    assert checked.ok
    assert [w.code for w in checked.warnings] == ["ids.uscc-organisation"]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("201710601862.3", "201710601862.3"), ("CN201310699744.2", "201310699744.2"), ("2003101023445",
        "200310102344.5"),
        ("95115608.X", "95115608.X"), ("ZL 95115608x", "ZL95115608.X"), ("ＺＬ２０１７１０６０１８６２．３",
        "ZL201710601862.3"),
    ],
)  # fmt: skip
def test_published_application_numbers(typed: str, value: str) -> None:
    checked = check_patent(typed)
    assert (checked.value, checked.warnings) == (value, ())


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("201710601862.4", "ids.patent-check"), ("95115608.1", "ids.patent-check"), ("201750601862.3",
        "ids.patent-kind"),
        ("199910601862.3", "ids.patent-year"), ("50115608.X", "ids.patent-year"), ("US1234567", "ids.patent-form"),
        ("", "ids.patent-form"),
    ],
)  # fmt: skip
def test_wrong_application_numbers(typed: str, code: str) -> None:
    fault = check_patent(typed).fault
    assert fault is not None
    assert fault.code == code


def test_a_missing_check_digit_is_added_and_a_publication_number_kept() -> None:
    completed, publication = check_patent("201710601862"), check_patent("CN107123456A")
    assert (completed.value, [w.code for w in completed.warnings]) == ("201710601862.3", ["ids.patent-completed"])
    assert (publication.value, [w.code for w in publication.warnings]) == ("CN107123456A", ["ids.patent-publication"])


def test_orcid_and_ror() -> None:
    assert check_orcid("https://orcid.org/0000-0002-1825-0097").value == "0000-0002-1825-0097"
    assert check_orcid("0000 0002 1694 233x").value == "0000-0002-1694-233X"
    assert not check_orcid("0000-0002-1825-0079").ok
    for known in ("03yrm5c26", "02mhbdp94", "05qwgg493"):
        assert check_ror(f"https://ror.org/{known}").value == f"https://ror.org/{known}"
    assert not check_ror("03yrm5c62").ok


def test_divisions_have_a_form_and_a_validity() -> None:
    known = {"110103": (None, date(2010, 7, 1), "110101"), "110101": (None, None, None)}
    assert check_division("１１０１０１").value == "110101"
    assert not check_division("01").ok
    assert not check_division("990000", known).ok
    assert check_division("110103", known, date(2005, 1, 1)).warnings == ()
    (retired,) = check_division("110103", known, date(2020, 1, 1)).warnings
    assert retired.args["successor"] == "110101"


def test_currencies_and_years() -> None:
    assert {len(c) for c in CURRENCIES} == {3}
    assert [check_currency(t).value for t in ("cny", "ＵＳＤ", "人民币", "HK$", "€")] == [
        "CNY",
        "USD",
        "CNY",
        "HKD",
        "EUR",
    ]
    assert not check_currency("XYZ").ok
    assert [check_year(t).value for t in ("2024", "２０２４年", "2024年度", "24")] == [2024, 2024, 2024, None]


@given(st.text(max_size=30))
def test_any_text_is_answered_without_an_exception(text: str) -> None:
    for check in (check_uscc, check_patent, check_orcid, check_ror, check_division, check_currency, check_year):
        checked = check(text)
        assert checked.ok == (checked.value is not None)
        if checked.value is not None:  # canonical forms are their own canonical form
            assert check(str(checked.value)).value == checked.value
