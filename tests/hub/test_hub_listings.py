"""Listings as people use them: written, reviewed, published, read by others, withdrawn."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tongtu.hub.care.models import Event
from tongtu.hub.listings.kinds import kinds
from tongtu.hub.listings.models import Return
from tongtu.hub.records.models import MODELS, Seen

NEED = {
    "title": "5G 基站用低损耗陶瓷基板", "text": "毫米波天线模组用 LTCC 基板", "direction": "ic",
    "budget": "350", "trl_min": "5", "deadline": "2027-12-31", "indicators-rows": "2",
    "indicators-0-quantity": "介电损耗", "indicators-0-operator": "le", "indicators-0-high": "0.0002",
    "indicators-0-conditions": "@10 GHz", "indicators-1-quantity": "",
}  # fmt: skip
ACHIEVEMENT = {
    "title": "低损耗 LTCC 材料", "text": "已完成小批量验证", "ownership-rows": "1",
    "ownership-0-holder": "江城大学材料研究所", "ownership-0-right": "owner", "ownership-0-share": "100%",
}  # fmt: skip
SCENARIO = {"title": "厂区无人运输", "text": "园区道路测试"}
PLATFORM = {
    "name": "先进陶瓷中试平台", "kind": "pilot", "capability": "流延、叠层、共烧", "directions": "ic",
    "services-rows": "1", "services-0-name": "共烧验证", "services-0-category": "design", "services-0-price": "1200",
}  # fmt: skip
FORMS = {"needs": NEED, "achievements": ACHIEVEMENT, "scenarios": SCENARIO, "platforms": PLATFORM}


def revision(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    return found[1]


def faults(answer: Any) -> list[str]:
    return re.findall(r'<p class="fault">([^<]*)', answer.content.decode())


def post(client: Client, noun: str, sent: dict[str, Any]) -> Any:
    """The record that a form makes."""
    answer = client.post(reverse("listings:new", args=[noun]), sent)
    assert answer.status_code == 302, faults(answer)
    return MODELS[noun].objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[-1])


def step(client: Client, record: Any, action: str, **sent: Any) -> Any:
    record.refresh_from_db()
    address = reverse(f"listings:{action}", args=[record.noun, record.pk])
    return client.post(address, {"revision": record.revision, **sent})


def page(client: Client, record: Any) -> Any:
    return client.get(reverse("listings:detail", args=[record.noun, record.pk]))


def test_a_need_from_draft_to_withdrawn(world: Any) -> None:
    editor, approver, rival = (world.client(p) for p in ("editor", "approver", "competitor"))
    need = post(editor, "needs", NEED)
    assert (need.lifecycle, need.budget, need.currency, need.disclosure) == ("draft", 350_000_000, "CNY", "public")
    assert page(editor, need).status_code == 200
    assert page(rival, need).status_code == page(Client(), need).status_code == 404
    assert step(rival, need, "submit").status_code == 404
    assert step(editor, need, "submit").status_code == 302
    assert step(editor, need, "publish").status_code == 403
    assert step(approver, need, "return", **{"remark-text": "请写明频段"}).status_code == 302
    assert "请写明频段" in page(editor, need).content.decode()
    assert step(editor, need, "submit").status_code == 302
    assert step(approver, need, "publish").status_code == 302
    need.refresh_from_db()
    assert need.lifecycle == "published"
    assert need.posted
    assert need.expires_at
    indicator = MODELS["indicators"].objects.get(subject=str(need.pk))
    assert (indicator.lifecycle, indicator.high, indicator.disclosure) == ("published", 0.0002, "teaser")
    seen = page(rival, need).content.decode()
    assert "介电损耗" in seen
    assert "0.0002" not in seen
    assert "350万元" not in seen
    assert "毫米波" in seen
    anonymous = page(Client(), need).content.decode()
    assert NEED["title"] in anonymous
    assert "毫米波" not in anonymous
    assert "application/ld+json" in anonymous
    assert step(editor, need, "withdraw").status_code == 403
    assert step(approver, need, "withdraw").status_code == 302
    assert page(rival, need).status_code == 404
    assert MODELS["indicators"].objects.get(subject=str(need.pk)).lifecycle == "withdrawn"
    actions = Event.objects.filter(thing=str(need.pk)).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["create", "submit", "return", "submit", "publish", "withdraw"]
    assert Return.objects.get(record=need.pk).remarks == {"text": "请写明频段"}


def test_somebody_elses_change_is_not_overwritten(world: Any) -> None:
    editor = world.client("editor")
    need = post(editor, "needs", NEED)
    address = reverse("listings:edit", args=["needs", need.pk])
    mine = revision(editor.get(address).content.decode())
    assert editor.post(address, {**NEED, "revision": mine, "title": "甲"}).status_code == 302
    late = editor.post(address, {**NEED, "revision": mine, "title": "乙"})
    assert late.status_code == 409
    assert "已被他人更新" in late.content.decode()
    need.refresh_from_db()
    assert need.title == "甲"


@pytest.mark.parametrize("noun", list(FORMS))
def test_sending_a_form_back_unchanged_changes_nothing(world: Any, noun: str) -> None:
    client = world.client("scientist")
    record = post(client, noun, FORMS[noun])
    kind = kinds()[noun]
    before = record.row()
    children = {c.noun.name: [r.row() for r in MODELS[c.noun.name].objects.all()] for c in kind.children}
    address = reverse("listings:edit", args=[noun, record.pk])
    text = client.get(address).content.decode()
    sent: dict[str, Any] = {}
    for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', text):
        if "checkbox" not in re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', text)[0]:  # type: ignore[index]
            sent[name] = value
    for name, value in re.findall(r'<input type="checkbox" name="([^"]+)" value="([^"]*)" checked', text):
        sent.setdefault(name, []).append(value)
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', text):
        sent[name] = value
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        sent[name] = chosen[1] if chosen else ""
    sent.pop("csrfmiddlewaretoken", None)
    answer = client.post(address, sent)
    assert answer.status_code == 302, faults(answer)
    record.refresh_from_db()
    assert record.row() == before
    assert {n: [r.row() for r in MODELS[n].objects.all()] for n in children} == children


def test_every_fault_stands_at_its_field(world: Any) -> None:
    sent = {**NEED, "title": "很" * 61, "trl_min": "12", "deadline": "后天", "direction": "水产养殖", "budget": "很多",
            "indicators-0-low": "3", "indicators-0-high": "2", "indicators-0-operator": "大概"}  # fmt: skip
    answer = world.client("editor").post(reverse("listings:new", args=["needs"]), sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert not MODELS["needs"].objects.exists()
    faulty = set(re.findall(r'id="f-([^"]+)-fault"', text))
    assert faulty >= {"title", "trl_min", "deadline", "direction", "budget", "indicators-0-operator"}


def test_all_that_is_lacking_is_said_at_once(world: Any) -> None:
    editor = world.client("scientist")
    achievement = post(editor, "achievements", {"keywords": "陶瓷"})
    answer = step(editor, achievement, "submit")
    faulty = set(re.findall(r'id="f-([^"]+)-fault"', answer.content.decode()))
    assert answer.status_code == 422
    assert faulty >= {"title", "text", "ownership-0-right"}
    achievement.refresh_from_db()
    assert achievement.lifecycle == "draft"


def test_shares_of_owners_make_a_whole(world: Any) -> None:
    editor = world.client("scientist")
    achievement = post(editor, "achievements", {**ACHIEVEMENT, "ownership-0-share": "60%"})
    answer = step(editor, achievement, "submit")
    assert answer.status_code == 422
    assert "60%" in answer.content.decode()


def test_a_class_is_raised_by_the_writer_and_lowered_by_the_secrecy_officer_alone(world: Any) -> None:
    editor = world.client("editor")
    need = post(editor, "needs", {**NEED, "class-direction": "restricted", "class-budget": "public"})
    assert need.raised == {"direction": "restricted"}
    address = reverse("listings:edit", args=["needs", need.pk])
    refused = editor.post(address, {**NEED, "revision": need.revision, "class-direction": "public"})
    assert refused.status_code == 403


def test_viewing_beyond_the_teaser_is_written_down_once_a_day(world: Any) -> None:
    need = world.record("needs", "firm", "N-1", title="甲", text="乙")
    achievement = world.record("achievements", "lab", "A-1", title="丙", text="丁")
    scientist = world.client("scientist")
    page(scientist, need)
    assert not Seen.objects.exists()
    world.grant(achievement, need)
    for _ in range(3):
        page(scientist, need)
    row = Seen.objects.get()
    assert (row.disclosure, row.way, row.times, row.record) == ("restricted", "page", 3, need.pk)
    assert "江城大学材料研究所" in page(world.client("admin"), need).content.decode()


def test_the_secretariat_reviews_only_where_nobody_else_can(world: Any) -> None:
    secretariat = world.client("secretariat")
    need = world.record("needs", "firm", "N-1", "review", title="甲", text="乙")
    lonely = world.record("needs", "newcomer", "N-1", "review", title="甲", text="乙")
    assert step(secretariat, need, "publish").status_code == 403
    assert step(secretariat, lonely, "publish").status_code == 302


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_page_speaks(listed: Any, lang: str) -> None:
    for person in (None, "editor", "approver", "secretariat", "competitor", "stranger", "system"):
        client = listed.client(person, lang)
        for noun in kinds():
            for query in ("", "?q=涂层&direction=new_materials&since=30", "?after=zzz"):
                answer = client.get(reverse("listings:list", args=[noun]) + query)
                assert answer.status_code == 200
                assert "hub_listings." not in answer.content.decode()
            assert client.get(reverse("listings:feed", args=[noun])).status_code == 200
            form = client.get(reverse("listings:new", args=[noun]))
            assert form.status_code in (200, 403)
            assert "hub_listings." not in form.content.decode()
        for name in ("mine", "review_queue", "saved"):
            answer = client.get(reverse(f"listings:{name}"))
            assert answer.status_code in (200, 403)
            assert "hub_listings." not in answer.content.decode()
        for record in (listed.need, listed.achievement):
            answer = page(client, record)
            assert answer.status_code == 200
            assert "hub_listings." not in answer.content.decode()
