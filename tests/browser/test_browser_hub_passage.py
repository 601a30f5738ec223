"""The first passage in Chromium, as four people: post, review, match with reasons, interest, terms, what opens.

The worker's part is done between two clicks by the same function that the worker calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from hub_world import PASSWORD, World, listed_in, people_it

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timezone.localdate()  # what is published today is in a market of today

Enter = Callable[..., "Page"]


@pytest.fixture
def world(transactional_db: None) -> World:
    return people_it()


@pytest.fixture
def enter(browser: Browser, live_server: Any, world: World) -> Iterator[Enter]:
    """Signs a person in through the page; the test fails where any page complained in its console."""
    wrong: list[str] = []
    opened = []

    def go(person: str | None, where: str = "/", locale: str = "zh-CN") -> Page:
        context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 900})
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        if person is not None:
            page.goto(live_server.url + "/accounts/login/")
            page.fill("[name=login]", f"{person}@example.org")
            page.fill("[name=password]", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url: "login" not in url)
        page.goto(live_server.url + where)
        return page

    yield go
    for context in opened:
        context.close()
    assert [w for w in wrong if "status of 40" not in w] == []


def work() -> None:
    """What the worker does between two clicks."""
    from tongtu.hub.jobs.worker import run_due
    from tongtu.hub.matches import market

    run_due()
    market.compute("teaser", DAY)


def button(page: Page, action: str) -> Any:
    """The button of the form that posts to an address ending like this."""
    return page.locator(f"form[action$='{action}'] button").first


def test_from_a_need_to_an_open_pair_as_four_people(enter: Enter, world: World) -> None:
    from tongtu.hub.records.models import MODELS

    listed_in(world)
    editor = enter("editor", "/listings/needs/new/")
    editor.fill("[name=title]", "高镍正极材料耐热涂层二期")
    editor.fill("[name=text]", "需要在 60 ℃ 下循环 1000 次的氧化铝涂层材料")
    editor.locator("main form button.primary").first.click()
    editor.wait_for_load_state()
    need = MODELS["needs"].objects.get(title="高镍正极材料耐热涂层二期")
    assert need.lifecycle == "draft"
    button(editor, "/submit/").click()
    editor.wait_for_load_state()

    approver = enter("approver", f"/listings/needs/{need.pk}/")
    button(approver, "/publish/").click()
    approver.wait_for_load_state()
    need.refresh_from_db()
    assert need.lifecycle == "published"
    work()

    rival = enter("competitor", f"/listings/needs/{need.pk}/")
    assert "预算" in rival.inner_text("main")  # that there is one, and why it is closed
    assert rival.locator("dd.locked, .locked").count() > 0

    scientist = enter("scientist", "/matches/")
    scientist.get_by_role("link", name="原子层沉积耐热涂层").first.click()
    scientist.get_by_role("link", name=need.title).first.click()
    assert "%" in scientist.inner_text(".score")
    assert scientist.locator(".reasons li").count() >= 3
    button(scientist, "/interest/").click()
    scientist.wait_for_load_state()

    approver.goto(approver.url.split("/listings")[0] + "/")
    approver.get_by_role("link", name="原子层沉积耐热涂层").first.click()
    button(approver, "/interest/").click()
    approver.wait_for_load_state()
    button(approver, "/accept/").click()
    approver.wait_for_load_state()
    scientist.reload()
    button(scientist, "/accept/").click()
    scientist.wait_for_load_state()
    assert scientist.locator("section.card.lead .steps li.done").count() == 3


@pytest.mark.parametrize(("locale", "refused"), [("zh-CN", "无权进行此操作"), ("en", "This is not open to you")])
def test_a_refusal_says_its_reason_in_the_readers_language(enter: Enter, locale: str, refused: str) -> None:
    page = enter("viewer", "/exchange/", locale)
    if page.locator("h1").inner_text() != refused:
        page.goto(page.url.split("/exchange")[0] + "/listings/needs/new/")
    assert page.locator("h1").inner_text() == refused
    assert len(page.inner_text("main")) > len(refused) + 20


def test_the_language_is_switched_where_one_stands(enter: Enter, world: World) -> None:
    listed_in(world)
    page = enter("editor", "/matches/")
    assert page.locator("h1").inner_text() == "匹配"
    page.locator("button[name=language]").first.click()
    page.wait_for_load_state()
    assert page.url.endswith("/matches/")
    assert page.locator("h1").inner_text() == "Matches"


def test_a_member_signs_in_and_opens_a_pair_by_keyboard_alone(enter: Enter, world: World) -> None:
    listed_in(world)
    work()
    page = enter("editor", "/matches/")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('main table tbody td a') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/matches/pair/**")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest(\"form[action$='/interest/']\") !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("form[action$='/decline/']")
    assert "已送达" in page.inner_text("main")


def test_an_import_with_faults_shows_them_all_and_stores_nothing(enter: Enter, tmp_path: Path) -> None:
    from tongtu.hub.records.models import MODELS

    table = tmp_path / "needs.csv"
    table.write_text(
        "需求编号,提出单位,标题,需求说明,最低技术成熟度\nN-1,华原材料有限公司,耐热涂层,涂层,12\n", encoding="utf-8"
    )
    page = enter("editor", "/exchange/")
    page.set_input_files("input[type=file]", str(table))
    page.locator("form:has(input[type=file]) button").first.click()
    page.wait_for_url("**/exchange/**/")
    work()
    page.reload()
    said = page.inner_text("main")
    assert "最低技术成熟度" in said
    assert "12" in said
    assert not MODELS["needs"].objects.exists()


#: pages of each person that axe reads; `{need}`, `{achievement}` are the two listings
PAGES = {
    None: "/ /accounts/login/ /accounts/password/reset/ /listings/ /listings/needs/ /listings/needs/{need}/",
    "approver": """
        / /listings/mine/ /listings/needs/new/ /listings/needs/{need}/ /listings/needs/{need}/edit/ /listings/review/
        /listings/saved/ /matches/ /matches/of/{need}/ /matches/pair/{need}/{achievement}/ /matches/grants/
        /matches/rounds/ /matches/plan/ /people/ /people/organisation/ /people/tokens/ /exchange/ /exchange/export/
        /jobs/ /accounts/password/change/ /accounts/2fa/ /accounts/sessions/
        /briefs/ /briefs/claims/ /briefs/digest/ /briefs/read/""",
    "secretariat": "/people/organisations/ /matches/rounds/ /jobs/",
    "audit": "/care/log/",
}


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("person", PAGES)
def test_axe_finds_nothing_serious(enter: Enter, world: World, person: str | None, locale: str) -> None:
    import axe_playwright_python

    script = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
    listed_in(world)
    work()
    found: dict[str, list[str]] = {}
    page = enter(person, "/", locale)
    base = page.url.rstrip("/")
    for where in PAGES[person].split()[:: 1 if locale == "zh-CN" else 3]:  # one template serves both languages
        answer = page.goto(base + where.format(need=world.need.pk, achievement=world.achievement.pk))
        assert answer is not None
        assert answer.status == 200, where
        page.evaluate(script)
        seen = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [v for v in seen["violations"] if v["impact"] in ("serious", "critical")]
        if grave:
            found[where] = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in grave]
    assert found == {}
