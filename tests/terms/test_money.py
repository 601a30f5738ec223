"""Money is exact, keeps its currency, and is shown in the sizes people use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.terms.money import Money


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_minor_units_and_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of(money.major, currency) == money


@pytest.mark.parametrize(
    ("yuan", "zh", "en"),
    [
        ("0", "0元", "CNY 0"),
        ("9999.5", "9,999.5元", "CNY 9,999.5"),
        ("12345", "1.2345万元", "CNY 12,345"),
        ("999999", "99.9999万元", "CNY 999,999"),
        ("100000001", "10,000.0001万元", "CNY 100,000,001"),
        ("1200000", "120万元", "CNY 1.2 m"),
        ("350000000", "3.5亿元", "CNY 350 m"),
        ("-20000", "-2万元", "CNY -20 k"),
    ],
)
def test_shown_in_the_sizes_people_use(yuan: str, zh: str, en: str) -> None:
    assert Money.of(yuan).say("zh") == zh
    assert Money.of(yuan).say("en") == en


def test_currencies_never_mix() -> None:
    with pytest.raises(ValueError, match="without a rate"):
        Money(1, "CNY") + Money(1, "USD")
