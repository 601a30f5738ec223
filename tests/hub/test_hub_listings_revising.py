"""What is published is revised beside it; opening hours; state secrets in forms; the operator's own; feeds by key."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from test_hub_listings import NEED, PLATFORM, page, post, revision, step

from tongtu.hub.care.models import Event
from tongtu.hub.listings.models import Attachment, Revision
from tongtu.hub.people.models import Role
from tongtu.hub.records.models import MODELS

pytestmark = pytest.mark.django_db
INDICATORS = {"indicators-rows": "0"}


@pytest.fixture
def need(world: Any) -> Any:
    editor = world.client("editor")
    made = post(editor, "needs", NEED)
    step(editor, made, "submit")
    assert step(world.client("approver"), made, "publish").status_code == 302
    made.refresh_from_db()
    return made


def address(record: Any, name: str) -> str:
    return reverse(f"listings:{name}", args=[record.noun, record.pk])


def propose(client: Client, record: Any, **changes: Any) -> Any:
    record.refresh_from_db()
    kept = {k: v for k, v in NEED.items() if not k.startswith("indicators")}
    return client.post(address(record, "revise"), {**kept, **INDICATORS, "revision": record.revision, **changes})


def decide(client: Client, record: Any, decision: str, **sent: Any) -> Any:
    return client.post(address(record, "revision"), {"decision": decision, **sent})


def test_an_editor_revises_what_is_published_and_an_approver_takes_it(world: Any, need: Any) -> None:
    editor, approver, rival = (world.client(p) for p in ("editor", "approver", "competitor"))
    assert "修订" in page(editor, need).content.decode()
    form = editor.get(address(need, "revise")).content.decode()
    assert NEED["text"] in form
    assert revision(form)
    before = re.sub(rb'value="[^"]{64}"|"X-CSRFToken": ?"[^"]*"', b"", page(rival, need).content)
    assert propose(editor, need, title="新的标题", budget="400").status_code == 302
    assert (
        re.sub(rb'value="[^"]{64}"|"X-CSRFToken": ?"[^"]*"', b"", page(rival, need).content) == before
    )  # others read the old text meanwhile
    need.refresh_from_db()
    assert need.title == NEED["title"]
    assert rival.get(address(need, "revision")).status_code == 404
    shown = approver.get(address(need, "revision")).content.decode()
    assert all(text in shown for text in (NEED["title"], "新的标题", "350", "400"))
    assert address(need, "revision") in approver.get(reverse("listings:review_queue")).content.decode()
    assert "1 份修订等待您审核" in approver.get("/").content.decode()
    assert "份修订等待" not in editor.get("/").content.decode()
    assert decide(editor, need, "approve").status_code == 403
    assert decide(approver, need, "approve").status_code == 302
    need.refresh_from_db()
    assert (need.title, need.budget, need.lifecycle) == ("新的标题", 400_000_000, "published")
    assert not MODELS["indicators"].objects.filter(subject=str(need.pk)).exists()
    assert "新的标题" in page(rival, need).content.decode()
    assert approver.get(address(need, "revision")).status_code == 404
    told = [e.action for e in Event.objects.filter(thing=str(need.pk)).order_by("id")]
    assert told[-2:] == ["revise", "approve_revision"]


def test_a_revision_goes_back_with_a_remark_and_comes_again(world: Any, need: Any) -> None:
    editor, approver = world.client("editor"), world.client("approver")
    propose(editor, need, title="甲")
    assert decide(approver, need, "return").status_code == 422
    assert decide(approver, need, "return", remark="请写明频段").status_code == 302
    assert "请写明频段" in editor.get(address(need, "revision")).content.decode()
    assert approver.get(reverse("listings:review_queue")).content.decode().count(str(need.pk)) == 0
    assert 'value="甲"' in editor.get(address(need, "revise")).content.decode()
    propose(editor, need, title="乙")
    assert Revision.objects.get().state == "waiting"
    assert decide(editor, need, "drop").status_code == 302
    assert Revision.objects.get().state == "dropped"


def test_a_revision_is_complete_and_never_overwrites_what_changed_meanwhile(world: Any, need: Any) -> None:
    editor, approver = world.client("editor"), world.client("approver")
    assert propose(editor, need, title="").status_code == 422
    assert not Revision.objects.exists()
    propose(editor, need, title="甲")
    need.refresh_from_db()
    changed = {**NEED, "text": "审批人直接更正", "revision": need.revision}
    assert approver.post(address(need, "edit"), changed).status_code == 302
    answer = decide(approver, need, "approve")
    assert answer.status_code == 422
    need.refresh_from_db()
    assert (need.title, need.text) == (NEED["title"], "审批人直接更正")


def test_whoever_left_cannot_have_their_revision_taken(world: Any, need: Any) -> None:
    propose(world.client("editor"), need, title="甲")
    Role.objects.filter(user=world.people["editor"]).delete()
    assert decide(world.client("approver"), need, "approve").status_code == 422


@pytest.mark.parametrize("person", ["viewer", "competitor", "secretariat", "system", None])
def test_nobody_else_revises(world: Any, need: Any, person: str | None) -> None:
    assert propose(world.client(person), need, title="甲").status_code in (302, 403)
    assert not Revision.objects.exists()


def test_the_secretariat_reviews_where_there_is_no_approver_and_reads_no_commercial_field(world: Any) -> None:
    Role.objects.filter(organisation=world.organisations["rival"]).delete()
    Role.objects.create(user=world.people["competitor"], organisation=world.organisations["rival"], name="editor")
    writer, office = world.client("competitor"), world.client("secretariat")
    platform = post(writer, "platforms", {**PLATFORM, "staff": "10", "class-capability": "commercial"})
    step(writer, platform, "submit")
    assert step(office, platform, "publish").status_code == 302
    platform.refresh_from_db()
    sent = {**PLATFORM, "services-rows": "0", "capability": "只有自己知道", "class-capability": "commercial",
            "staff": "12", "revision": platform.revision}  # fmt: skip
    assert writer.post(address(platform, "revise"), sent).status_code == 302
    shown = office.get(address(platform, "revision")).content.decode()
    assert "只有自己知道" not in shown
    assert "12" in shown
    assert decide(office, platform, "approve").status_code == 302
    platform.refresh_from_db()
    assert (platform.staff, platform.capability) == (12, "只有自己知道")


# --- the house that runs the hub ------------------------------------------------------------------------------


def test_the_operator_never_publishes_alone_what_it_brought_itself(world: Any) -> None:
    house = world.organisations["operator"]
    for person in ("system", "audit"):
        Role.objects.filter(user=world.people[person]).delete()
    for person, roles in (("system", ("editor", "approver")), ("audit", ("approver",))):
        for role in roles:
            Role.objects.create(user=world.people[person], organisation=house, name=role)
    alone, second = world.client("system"), world.client("audit")
    made = post(alone, "needs", NEED)
    assert step(alone, made, "submit").status_code == 302
    assert "须由另一人审核发布" in page(alone, made).content.decode()
    refused = step(alone, made, "publish")
    assert refused.status_code == 403
    assert "须由另一人审核发布" in refused.content.decode()
    assert step(second, made, "publish").status_code == 302
    assert propose(alone, made, title="甲").status_code == 302
    assert decide(alone, made, "approve").status_code == 403
    assert decide(second, made, "approve").status_code == 302


def test_the_operator_never_imports_straight_into_what_is_published(world: Any) -> None:
    from tongtu.hub.exchange.importer import Importer

    house = world.organisations["operator"]
    Role.objects.filter(user=world.people["system"]).delete()
    Role.objects.create(user=world.people["system"], organisation=house, name="approver")
    own = Importer.of(world.people["system"], house)
    assert own.states([str(house.pk)], {str(house.pk)}) == ["draft", "review"]
    assert "published" in own.states([str(house.pk)])  # what is no listing
    firm = Importer.of(world.people["approver"], world.organisations["firm"])
    assert "published" in firm.states([str(world.organisations["firm"].pk)])


# --- marks of state secrets -----------------------------------------------------------------------------------

MARKED = {"title": "【机密】试验", "text": "密级：秘密", "indicators-0-conditions": "绝密★"}


@pytest.mark.parametrize("field", MARKED)
def test_a_form_with_a_mark_of_state_secrets_is_refused_and_not_repeated(world: Any, field: str) -> None:
    editor = world.client("editor")
    answer = editor.post(reverse("listings:new", args=["needs"]), {**NEED, field: MARKED[field]})
    assert answer.status_code == 422
    assert "国家秘密" in answer.content.decode()
    assert MARKED[field] not in answer.content.decode()
    assert not MODELS["needs"].objects.exists()
    assert not Event.objects.get(action="create").allowed


def test_neither_a_change_nor_a_revision_nor_a_remark_brings_one_in(world: Any, need: Any) -> None:
    editor, approver = world.client("editor"), world.client("approver")
    need.refresh_from_db()
    edited = approver.post(address(need, "edit"), {**NEED, "text": "【机密】", "revision": need.revision})
    assert edited.status_code == 422
    assert propose(editor, need, text="【机密】").status_code == 422
    propose(editor, need, title="甲")
    assert decide(approver, need, "return", remark="【机密】").status_code == 422
    assert Revision.objects.get().state == "waiting"


def test_the_api_refuses_them_at_their_place(world: Any) -> None:
    from tongtu.hub.people import tokens

    _, secret = tokens.create(world.asker("admin"), world.organisations["firm"], "程序", read_only=False)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    draft = {"values": {"title": "题目", "text": "密级：机密"}}
    answer = client.post("/api/v1/needs", draft, content_type="application/json")
    assert answer.status_code == 422
    assert "/values/text" in answer.content.decode()
    assert not MODELS["needs"].objects.exists()


@pytest.mark.parametrize(
    ("name", "content"), [("【机密】.txt", "无"), ("说明.txt", "密级：机密"), ("表.csv", "密级：绝密")]
)
def test_no_file_brings_one_in(world: Any, name: str, content: str) -> None:
    editor = world.client("editor")
    made = post(editor, "needs", NEED)
    for encoding in ("utf-8", "gb18030"):
        given = {"file": SimpleUploadedFile(name, content.encode(encoding)), "class": "public"}
        answer = editor.post(address(made, "attach"), given, follow=True)
        assert "国家秘密" in answer.content.decode()
    assert not Attachment.objects.exists()


# --- opening hours --------------------------------------------------------------------------------------------


@pytest.fixture
def platform(world: Any) -> Any:
    editor = world.client("editor")
    lines = {"lines-rows": "1", "lines-0-name": "一号线", "lines-0-hours_week": "40"}
    made = post(editor, "platforms", {**PLATFORM, **lines})
    step(editor, made, "submit")
    assert step(world.client("approver"), made, "publish").status_code == 302
    made.refresh_from_db()
    return made


def hours(client: Client, platform: Any, **sent: str) -> Any:
    platform.refresh_from_db()
    line = MODELS["lines"].objects.get(platform=str(platform.pk))
    given = {"line": str(line.pk), "date_from": "2026-12-01", "date_to": "2026-12-31", "hours_week": "20"}
    return client.post(f"/listings/platforms/{platform.pk}/hours/", {"revision": platform.revision, **given, **sent})


def test_a_platform_keeps_its_opening_hours_while_it_is_published(world: Any, platform: Any) -> None:
    editor = world.client("editor")
    assert hours(editor, platform).status_code == 302
    opening = MODELS["openings"].objects.get()
    assert (opening.lifecycle, opening.hours_week, opening.tenant_id) == ("published", 20.0, platform.tenant_id)
    assert hours(editor, platform, date_from="2026-12-15", date_to="2027-01-15").status_code == 422  # it overlaps
    assert hours(editor, platform, date_from="2027-02-01", date_to="2027-01-01").status_code == 422
    assert hours(editor, platform, hours_week="200", date_from="2027-02-01", date_to="2027-02-02").status_code == 422
    assert hours(editor, platform, revision="1", date_from="2027-04-01", date_to="2027-04-02").status_code == 409
    for person in (None, "competitor"):
        shown = world.client(person).get(f"/listings/platforms/{platform.pk}/hours/").content.decode()
        assert "2026-12-31" in shown
        assert "<select" not in shown
    assert hours(world.client("competitor"), platform, date_from="2027-03-01", date_to="2027-03-02").status_code == 403
    assert hours(world.client("viewer"), platform, date_from="2027-03-01", date_to="2027-03-02").status_code == 403
    assert step(world.client("approver"), platform, "withdraw").status_code == 302
    opening.refresh_from_db()
    assert opening.lifecycle == "withdrawn"


def test_an_opening_is_taken_off_and_goes_with_its_line(world: Any, platform: Any) -> None:
    editor, approver = world.client("editor"), world.client("approver")
    hours(editor, platform)
    uid = str(MODELS["openings"].objects.get().pk)
    assert hours(editor, platform, remove=uid).status_code == 302
    assert not MODELS["openings"].objects.exists()
    hours(editor, platform)
    platform.refresh_from_db()
    without = {**PLATFORM, "lines-rows": "0", "revision": platform.revision}
    assert approver.post(address(platform, "edit"), without).status_code == 302
    assert not MODELS["lines"].objects.exists()
    assert not MODELS["openings"].objects.exists()


# --- feeds under a key ----------------------------------------------------------------------------------------


@pytest.fixture
def kept(listed: Any) -> Any:
    """The laboratory's saved search for needs, whose feed is open, and its address."""
    from tongtu.hub.listings.models import SavedSearch

    client = listed.client("scientist")
    client.post("/listings/saved/", {"noun": "needs", "name": "全部"})
    found = SavedSearch.objects.get()
    client.post(f"/listings/saved/{found.pk}/feed/", {"do": "open"})
    return found


def feed_of(world: Any) -> str:
    shown = world.client("scientist").get("/listings/saved/").content.decode()
    return re.search(r"http://testserver(/listings/feeds/[^<]+)<", shown)[1]  # type: ignore[index]


def test_a_reader_without_a_session_reads_what_the_owner_may_know_up_to_the_teaser(listed: Any, kept: Any) -> None:
    nobody, place = Client(), feed_of(listed)
    MODELS["needs"].objects.filter(pk=listed.need.pk).update(raised={"text": "teaser"})
    answer = nobody.get(place)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert listed.need.text in answer.content.decode()  # a member reads the teaser
    assert listed.need.text not in nobody.get("/listings/needs/feed/").content.decode()
    MODELS["needs"].objects.filter(pk=listed.need.pk).update(raised={"text": "restricted"})
    listed.grant(listed.achievement, listed.need)
    assert listed.need.text not in nobody.get(place).content.decode()  # an open pair is for pages
    assert nobody.post(place).status_code in (403, 405)


def test_a_feed_ends_with_its_key_its_owner_and_their_membership(listed: Any, kept: Any) -> None:
    nobody, place = Client(), feed_of(listed)
    listed.client("scientist").post(f"/listings/saved/{kept.pk}/feed/", {"do": "open"})
    assert nobody.get(place).status_code == 404
    place = feed_of(listed)
    assert nobody.get(place).status_code == 200
    Role.objects.filter(user=listed.people["scientist"]).delete()
    assert nobody.get(place).status_code == 404
    Role.objects.create(user=listed.people["scientist"], organisation=listed.organisations["lab"], name="editor")
    assert nobody.get(place).status_code == 200
    listed.client("scientist").post(f"/listings/saved/{kept.pk}/feed/", {"do": "close"})
    assert nobody.get(place).status_code == 404


@pytest.mark.parametrize("key", ["", "0" * 32, "0" * 32 + ":x", "é:1", "a:b:c"])
def test_a_key_that_is_none_is_nowhere(listed: Any, kept: Any, key: str) -> None:
    assert Client().get(f"/listings/feeds/{key}/").status_code == 404
    assert Client().get(f"/listings/feeds/{kept.feed or key}/").status_code == 404


def test_nobody_opens_a_feed_of_anothers_search(listed: Any, kept: Any) -> None:
    for person in ("competitor", "secretariat", None):
        assert listed.client(person).post(f"/listings/saved/{kept.pk}/feed/", {"do": "close"}).status_code == 404
    assert Client().get(feed_of(listed)).status_code == 200
