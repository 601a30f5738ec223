"""Dates in running text: every way of writing one gives it back, and what is no date stays text."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.brief.dates import Dated, dates_in
from tongtu.brief.dates.chinese import number

ANCHOR = date(2026, 4, 5)
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
_DIGITS = "〇一二三四五六七八九"


def chinese(value: int) -> str:
    """12 as 十二."""
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def year_in_chinese(year: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(year))


def ordinal(day: int) -> str:
    suffix = "th" if 10 <= day <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{suffix}"


def ways_of_a_day(at: date) -> dict[str, str]:
    """Text → the date as written in it."""
    y, m, d, name = at.year, at.month, at.day, MONTHS[at.month - 1]
    short = name if name == "May" else f"{name[:3]}."
    written = [
        f"{y}年{m}月{d}日", f"{y}年{m:02}月{d:02}日", f"{y} 年 {m} 月 {d} 日", f"{y}年{m}月{d}号",
        f"{year_in_chinese(y)}年{chinese(m)}月{chinese(d)}日", f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}",
        f"{y}.{m:02}.{d:02}",
        f"{name} {d}, {y}", f"{name} {d} {y}", f"{name} {ordinal(d)}, {y}", f"{short} {d}, {y}", f"{d} {name} {y}",
        f"{d} {short} {y}", f"{ordinal(d)} of {name}, {y}", f"{name.upper()} {d}, {y}",
    ]  # fmt: skip
    around = (
        ("经研究，于", "印发施行。"),
        ("（", "）"),
        ("It took effect on ", ", as planned."),
        ("", ""),
        ("发布日期：", " 来源：x"),
    )
    return {f"{around[n % 5][0]}{w}{around[n % 5][1]}": w for n, w in enumerate(written)}


def spans(text: str, anchor: date | None = None) -> list[tuple[str, str, str, str]]:
    return [(d.written, d.day.isoformat(), d.last.isoformat(), d.precision) for d in dates_in(text, anchor)]


def test_every_way_of_writing_a_day_gives_it_back() -> None:
    rng = random.Random(9)
    seen = 0
    for _ in range(200):
        at = date(1980, 1, 1) + timedelta(rng.randrange(29_000))
        for text, written in ways_of_a_day(at).items():
            start = text.index(written)
            assert dates_in(text) == (Dated(start, start + len(written), at, at, "day", written),), text
            seen += 1
    assert seen > 2_000


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)), st.integers(0, 500))
def test_ranges_give_back_both_ends(first: date, days: int) -> None:
    last = min(first + timedelta(days), date(2099, 12, 31))
    f, u = first, last
    whole = f"{f.year}年{f.month}月{f.day}日至{u.year}年{u.month}月{u.day}日"
    english = f"{MONTHS[f.month - 1]} {f.day}, {f.year} to {MONTHS[u.month - 1]} {u.day}, {u.year}"
    months = f"{f.year}年{f.month}月至{u.year}年{u.month}月"
    years = f"{f.year}—{u.year}年"
    assert spans(whole) == [(whole, f.isoformat(), u.isoformat(), "day")]
    assert spans(english) == [(english, f.isoformat(), u.isoformat(), "day")]
    assert [(d.written, d.day, d.precision) for d in dates_in(months)] == [(months, f.replace(day=1), "month")]
    assert spans(years) == [(years, f"{f.year}-01-01", f"{u.year}-12-31", "year")]


@given(
    st.text(
        alphabet="0123456789年月日号至—-/. ,〇一二十廿元初底末上下半季度世纪代今去前明MayApril12thof\n", max_size=60
    ),
    st.booleans(),
)
def test_any_text_gives_ordered_dates_that_quote_it(text: str, anchored: bool) -> None:
    found = dates_in(text, ANCHOR if anchored else None)
    for dated in found:
        assert text[dated.start : dated.end] == dated.written
        assert dated.day <= dated.last
        assert anchored or not dated.relative
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    dates_in(text, ANCHOR)


@pytest.mark.parametrize("value", range(1, 100))
def test_chinese_numbers(value: int) -> None:
    assert number(chinese(value)) == number(str(value)) == value


@pytest.mark.parametrize(
    ("text", "day", "last", "precision"),
    [
        ("2026年1月", "2026-01-01", "2026-01-31", "month"),
        ("2023-09", "2023-09-01", "2023-09-30", "month"),
        ("January 2026", "2026-01-01", "2026-01-31", "month"),
        ("2024年2月", "2024-02-01", "2024-02-29", "month"),
        ("2026年3月上旬", "2026-03-01", "2026-03-10", "month"),
        ("2026年3月底", "2026-03-21", "2026-03-31", "month"),
        ("2025年底", "2025-12-01", "2025-12-31", "month"),
        ("2025年年底", "2025-12-01", "2025-12-31", "month"),
        ("end of 2025", "2025-12-01", "2025-12-31", "month"),
        ("2025年1—11月", "2025-01-01", "2025-11-30", "month"),
        ("March to May 2026", "2026-03-01", "2026-05-31", "month"),
        ("2026年第一季度", "2026-01-01", "2026-03-31", "quarter"),
        ("2025年前三季度", "2025-01-01", "2025-09-30", "quarter"),
        ("Q4 2026", "2026-10-01", "2026-12-31", "quarter"),
        ("second quarter of 2026", "2026-04-01", "2026-06-30", "quarter"),
        ("2026年上半年", "2026-01-01", "2026-06-30", "quarter"),
        ("2026年", "2026-01-01", "2026-12-31", "year"),
        ("二〇二六年", "2026-01-01", "2026-12-31", "year"),
        ("2021-25", "2021-01-01", "2025-12-31", "year"),
        ("2020 to 2025", "2020-01-01", "2025-12-31", "year"),
        ("20世纪90年代", "1990-01-01", "1999-12-31", "decade"),
        ("2026年1月16日至20日", "2026-01-16", "2026-01-20", "day"),
        ("3-5 May 2026", "2026-05-03", "2026-05-05", "day"),
    ],
)
def test_precisions(text: str, day: str, last: str, precision: str) -> None:
    assert spans(text) == [(text, day, last, precision)]
    assert spans(f"到{text}，完成。")[0][1:] == (day, last, precision)


@pytest.mark.parametrize(
    ("text", "day", "last"),
    [
        ("4月2日至3日", "2026-04-02", "2026-04-03"),
        ("4月2—3日", "2026-04-02", "2026-04-03"),
        ("April 2-3", "2026-04-02", "2026-04-03"),
        ("12月30日", "2025-12-30", "2025-12-30"),  # nearer than the one to come
        ("今年", "2026-01-01", "2026-12-31"),
        ("去年12月5日", "2025-12-05", "2025-12-05"),
        ("去年底", "2025-12-01", "2025-12-31"),
        ("明年3月", "2027-03-01", "2027-03-31"),
        ("今年上半年", "2026-01-01", "2026-06-30"),
        ("一季度", "2026-01-01", "2026-03-31"),
        ("本月15日", "2026-04-15", "2026-04-15"),
        ("上月", "2026-03-01", "2026-03-31"),
        ("昨日", "2026-04-04", "2026-04-04"),
        ("上世纪八十年代", "1980-01-01", "1989-12-31"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("next quarter", "2026-07-01", "2026-09-30"),
        ("yesterday", "2026-04-04", "2026-04-04"),
    ],
)
def test_only_with_an_anchor(text: str, day: str, last: str) -> None:
    assert dates_in(text) == ()
    (found,) = dates_in(text, ANCHOR)
    assert (found.written, found.day.isoformat(), found.last.isoformat()) == (text, day, last)
    assert found.relative


@pytest.mark.parametrize(
    "text",
    [
        "工信厅科函〔2025〕456号", "2026年第1号公告", "10年", "3个月", "以上年限", "五年底线", "近年初步",
        "每年底", "今日头条", "may 10", "an increase of 2030 units", "GB/T 2021-12", "version 2026.1", "12026年",
        "2026年2月30日", "2026-13-01", "1.5万", "第十一条", "10%", "Room 2026",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert dates_in(text, ANCHOR if "年" in text else None) == ()


def test_bare_years_by_the_words_around_them() -> None:
    text = "By 2028 it rises; China's 2026 strategy (2024) follows the 2021 plan. In 2026 patents were 2025 items."
    assert [d.written for d in dates_in(text)] == ["2028", "2026", "2024", "2021"]
    assert [d.written for d in dates_in("It was in 2026, and since 2019.")] == ["2026", "2019"]
