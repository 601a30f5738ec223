"""The frame of the hub in Debian's Chromium: both languages, day and night, narrow and wide, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from tongtu.hub import urls

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery staple"
VISITOR = ["/", "/accounts/login/", "/accounts/password/reset/"]
MEMBER = ["/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/"]

#: what a finger cannot hit: smaller than 24 by 24 pixels (WCAG 2.2, 2.5.8), links within text apart
SMALL = """() => [...document.querySelectorAll("button, summary, nav a, a.button, input:not([type=hidden]), select")]
    .filter((e) => e.checkVisibility() && !e.closest("p"))
    .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.width < 24 || box.height < 24) && box.width < 1e4)
    .map(([html]) => html)"""
UNNAMED = """() =>
    [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")]
    .filter((e) => e.checkVisibility() && !(e.innerText || e.textContent || "").trim()
        && !e.getAttribute("aria-label") && !e.labels?.length)
    .map((e) => e.outerHTML.slice(0, 80))"""
FOCUS = """() => { const e = document.activeElement, s = getComputedStyle(e);
    return [e.tagName, e.textContent.trim(), s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2]; }"""


CHART = """{% extends "look/base.html" %}{% block charts %}{% include "look/_charts.html" %}{% endblock %}
{% block main %}{{ option|json_script:"years" }}
<figure class="chart"><div data-chart="years" role="img" aria-label="</script>"></div></figure>{% endblock %}"""


def chart(request: HttpRequest) -> HttpResponse:
    """A page with a chart, whose text tries to leave the script that holds it."""
    axis = {"type": "category", "data": ["2025", "</script><h2>out</h2>"]}
    option = {"xAxis": axis, "yAxis": {"type": "value"}, "series": [{"type": "bar", "data": [3, 5]}]}
    return HttpResponse(engines["django"].from_string(CHART).render({"option": option}, request))


urlpatterns = [*urls.urlpatterns, path("chart/", chart)]


@pytest.fixture
def person(browser: Browser) -> str:
    """Somebody who may sign in, of two organisations."""
    from django.contrib.auth import get_user_model

    from tongtu.hub.people.models import Organisation, Role

    user = get_user_model().objects.create_user("wang@example.org", PASSWORD, name="王敏")
    for zh, en in (("华原材料有限公司", "Huayuan Materials"), ("江城大学材料研究所", "Jiangcheng Institute")):
        house = Organisation.objects.create(name=zh, name_en=en)
        Role.objects.create(user=user, organisation=house, name="editor")
    return str(user.email)


Visit = Callable[..., "Page"]


@pytest.fixture
def visit(browser: Browser, live_server: Any, person: str) -> Iterator[Visit]:
    """Opens a page of the hub; the test fails where the console of any page complained."""
    wrong: list[str] = []
    opened = []

    def go(where: str, locale: str = "zh-CN", width: int = 1280, **more: Any) -> Page:
        context = browser.new_context(locale=locale, viewport={"width": width, "height": 800}, **more)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith((live_server.url, "data:")) else wrong.append(asked.url),
        )
        page.goto(live_server.url + where)
        return page

    yield go
    for context in opened:
        context.close()
    assert wrong == []


def sign_in(page: Page, address: str) -> None:
    """By keyboard: address, Tab, password, Enter."""
    page.locator("[name=login]").focus()
    page.keyboard.type(address)
    page.locator("[name=password]").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def faults(page: Page) -> dict[str, Any]:
    """What keeps a reader out: a page that moves sideways, targets too small, controls without a name."""
    found = {
        "sideways": page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
        "small": page.evaluate(SMALL),
        "unnamed": page.evaluate(UNNAMED),
        "headings": page.locator("h1").count() - 1,
    }
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize(
    ("locale", "width", "scheme"), [("zh-CN", 360, "dark"), ("en", 320, "light"), ("en", 1280, "light")]
)
def test_every_page_of_the_frame_is_whole(
    visit: Visit, live_server: Any, person: str, locale: str, width: int, scheme: str
) -> None:
    page = visit("/", locale=locale, width=width, color_scheme=scheme)
    for where in VISITOR:
        page.goto(live_server.url + where)
        assert faults(page) == {}, where
    sign_in_page = page.goto(live_server.url + "/accounts/login/")
    assert sign_in_page is not None
    sign_in(page, person)
    for where in MEMBER:
        page.goto(live_server.url + where)
        assert faults(page) == {}, where


def test_keyboard_alone_reaches_everything(visit: Visit) -> None:
    page = visit("/", locale="en")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS) == ["A", "Skip to the content", True]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("summary", has_text="Colours").focus()
    page.keyboard.press("Enter")
    assert page.locator(".panel").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".panel").is_visible()
    assert page.evaluate(FOCUS) == ["SUMMARY", "Colours", True]


def ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


@pytest.mark.parametrize("scripts", [True, False])
def test_day_and_night_are_chosen_with_and_without_scripts(visit: Visit, scripts: bool) -> None:
    page = visit("/", locale="en", color_scheme="light", java_script_enabled=scripts)
    light = ground(page)
    for name, same in (("Dark", False), ("Light", True)):
        page.locator("summary", has_text="Colours").click()
        with page.expect_navigation():
            page.get_by_role("button", name=name, exact=True).click()
        assert (ground(page) == light) is same


def test_language_is_switched_on_the_spot(visit: Visit, live_server: Any) -> None:
    page = visit("/accounts/login/")
    with page.expect_navigation():
        page.get_by_role("button", name="English").click()
    assert page.url == live_server.url + "/accounts/login/"
    assert page.locator("h1").inner_text() == "Sign in"
    assert page.locator("html").get_attribute("lang") == "en"


def test_one_acts_for_another_organisation(visit: Visit, person: str) -> None:
    page = visit("/accounts/login/", width=360)
    sign_in(page, person)
    page.locator("summary", has_text="当前代表单位").click()
    assert page.locator(".panel:visible").bounding_box()["x"] >= 0
    with page.expect_navigation():
        page.get_by_role("button", name="江城大学材料研究所").click()
    assert "代表 江城大学材料研究所" in page.locator("main").inner_text()


def test_what_htmx_cannot_do_is_said_with_the_number_of_the_request(visit: Visit, browser: Browser) -> None:
    page = visit("/", locale="en")
    page.route("**/accounts/login/", lambda route: route.fulfill(status=204, headers={"X-Request-Id": "abc12345"}))
    page.evaluate(
        """() => document.dispatchEvent(new CustomEvent("htmx:responseError",
        { detail: { xhr: { getResponseHeader: () => "abc12345" } } }))"""
    )
    toast = page.locator(".toast")
    assert "Request number: abc12345" in toast.inner_text()
    toast.get_by_role("button", name="Close").click()
    assert toast.count() == 0


def test_a_question_is_asked_before_what_cannot_be_undone(visit: Visit) -> None:
    page = visit("/accounts/login/", locale="en")
    page.evaluate("""() => { const b = document.querySelector("main .primary"); b.dataset.confirm = "Really?"; }""")
    page.fill("[name=login]", "nobody@example.org")
    page.fill("[name=password]", "x")
    page.locator("main .primary").click()
    assert page.locator("dialog").inner_text().startswith("Really?")
    page.get_by_role("button", name="Cancel").click()
    assert page.locator("dialog[open]").count() == 0
    page.locator("main .primary").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Confirm").click()
    assert page.locator(".notice.error").count() == 1


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("width", [360, 1280])
def test_a_chart_is_drawn_in_the_colours_of_the_page(visit: Visit, width: int) -> None:
    page = visit("/chart/", width=width, color_scheme="dark")
    drawn = page.locator(".chart svg")
    drawn.wait_for()
    assert drawn.locator("path[fill='#72c5d8']").count() == 2
    assert page.locator("h2").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == width
