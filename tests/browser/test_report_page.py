"""The report in Debian's Chromium, in both languages: it stands alone, shows every section, speaks in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tongtu.door import report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from conftest import Demo

pytestmark = pytest.mark.browser
SECTIONS = [
    "summary", "matches", "cases", "passage", "pilots", "risk", "money", "network", "goals", "titles", "members",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(demo.plan, tmp_path_factory.mktemp("report"), demo.pack)[0].as_uri()


def visit(browser: Browser, address: str, locale: str, width: int = 1280) -> tuple[Page, list[str]]:
    """The page, scrolled through once so that every chart is drawn, and everything that went wrong on it."""
    page = browser.new_context(locale=locale, viewport={"width": width, "height": 900}).new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on(
        "request",
        lambda request: wrong.append(request.url) if not request.url.startswith(("file:", "data:")) else None,
    )
    page.goto(address)
    for section in SECTIONS:
        page.locator(f"#{section}").scroll_into_view_if_needed()
        page.wait_for_timeout(120)
    return page, wrong


@pytest.mark.parametrize(("locale", "heading"), [("zh-CN", "匹配与理由"), ("en-GB", "Matches and reasons")])
def test_the_page_stands_alone_and_speaks(browser: Browser, address: str, locale: str, heading: str) -> None:
    page, wrong = visit(browser, address, locale)
    assert wrong == []
    assert page.locator("h2", has_text=heading).count() == 1
    assert page.locator("section").count() == len(SECTIONS)
    text = page.inner_text("body")
    assert not re.search(r"\b(undefined|NaN|null|\[object)\b", text)
    assert not re.search(r"\b(report|chain|match|pathway|risk|pilots|appraise|rules)\.[a-z]+-[a-z-]+", text), (
        "a code reached the page"
    )


def test_every_chart_is_drawn(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, "zh-CN")
    charts = page.locator(".chart")
    assert charts.count() >= 6
    assert page.locator(".chart svg").count() == charts.count()


def test_the_language_switch_changes_every_heading(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, "zh-CN")
    before = page.locator("h2").all_inner_texts()
    page.get_by_role("button", name="English").click()
    after = page.locator("h2").all_inner_texts()
    assert len(before) == len(after)
    assert not set(before) & set(after)
    assert page.locator("html").get_attribute("lang") == "en"


def test_english_page_has_no_chinese_in_its_own_words(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, "en-GB")
    for place in ("h2", "th", "nav a", ".note"):
        assert not re.search(r"[\u4e00-\u9fff]", " ".join(page.locator(place).all_inner_texts())), place


def test_a_need_is_found_by_typing_and_shows_its_reasons(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, "zh-CN")
    pick = page.locator("#matches .pick button")
    title = pick.first.inner_text().splitlines()[0]
    page.locator("#matches input[type=search]").fill(title)
    assert pick.count() >= 1
    pick.first.click()
    assert page.locator("#matches .pair").count() >= 1
    assert page.locator("#matches .pair ul.why li").count() >= 1


def test_nothing_is_wider_than_a_phone(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, "zh-CN", width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
