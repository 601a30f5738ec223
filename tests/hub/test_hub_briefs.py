"""Policy briefs in the hub: read in, read, followed, told by mail and feed, corrected; whose they are, and faults."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hub_briefs import made, shelved

from tongtu.hub.briefs import claiming, page
from tongtu.hub.briefs import desk as desks
from tongtu.hub.briefs.models import Brief, Claim, Correction, Desk, Draft, Reading, Sent
from tongtu.hub.care.models import Event
from tongtu.hub.jobs.worker import run_due

pytestmark = pytest.mark.django_db
NOTICE = """关于支持新材料中试的通知
2026年11月18日
各有关单位：
为推动高镍正极材料产业化，到2027年底，建成中试平台10个以上。
第一条 申报单位应当为规模以上工业企业，上一年度研发费用占营业收入的比例不低于3%。
第二条 本通知自2026年12月1日起施行。
"""


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path


def text(answer: Any) -> str:
    return answer.content.decode()


def upload(name: str, content: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def packed(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_txt", ".txt"), content)
    return held.getvalue()


def brought(world: Any, person: str, *files: SimpleUploadedFile, old: tuple[SimpleUploadedFile, ...] = ()) -> Reading:
    answer = world.client(person).post("/briefs/read/", {"new": list(files), "old": list(old)})
    assert answer.status_code == 302, text(answer)
    run_due()
    return Reading.objects.get(pk=re.search(r"readings/([0-9a-f-]+)/", answer["Location"])[1])


# --- reading in ---------------------------------------------------------------------------------------------


def test_a_notice_read_in_is_a_brief_with_a_source_under_every_sentence(world: Any, tmp_path: Path) -> None:
    read = brought(world, "secretariat", upload("通知.txt", NOTICE))
    assert (read.state, read.documents, read.told) == ("done", 1, [])
    assert not (tmp_path / "readings").exists() or not list((tmp_path / "readings").iterdir())
    row = Brief.objects.get()
    kept = page.original(row)
    assert kept.unsourced() == ()
    assert str(row.day) == "2026-11-18"
    for person, lang in (("viewer", "zh-hans"), ("scientist", "en"), ("secretariat", "en")):
        client = world.client(person, lang)
        assert "关于支持新材料中试的通知" in text(client.get("/briefs/"))
        shown = client.get(f"/briefs/{row.pk}/")
        assert shown.status_code == 200
        quoted = [s for s in kept.sentences if s.label == "quoted"]
        assert all(s.says.args["quote"] in text(shown) for s in quoted)
        assert "hub_briefs." not in text(shown)
    assert "写成1份简报" in text(world.client("secretariat").get(f"/briefs/readings/{read.pk}/"))
    assert Event.objects.filter(action="read_in", thing=str(read.pk)).exists()
    again = brought(world, "secretariat", upload("a.zip", packed(通知_txt=NOTICE)))
    assert again.state == "done"
    assert Brief.objects.get().pk == row.pk  # the same document again takes the place of the first


def test_an_earlier_version_is_compared_with_and_has_no_brief_of_its_own(world: Any) -> None:
    read = brought(world, "editor", upload("新.txt", NOTICE), old=(upload("旧.txt", NOTICE.replace("10个", "6个")),))
    assert read.state == "done"
    kept = page.original(Brief.objects.get())
    assert [s for s in kept.of("what_changed") if s.label == "computed"]
    shown = text(world.client("editor").get(f"/briefs/{Brief.objects.get().pk}/"))
    assert "6个" in shown


def test_what_cannot_be_read_is_refused_whole_and_says_why(world: Any, tmp_path: Path) -> None:
    read = brought(world, "secretariat", upload("好.txt", NOTICE), upload("空.txt", " \n"), upload("坏.pdf", "no"))
    assert read.state == "refused"
    assert {fault.file for fault in read.faults} == {"空.txt", "坏.pdf"}
    assert not Brief.objects.exists()
    assert not list((tmp_path / "readings").iterdir())
    for lang in ("zh-hans", "en"):
        shown = text(world.client("secretariat", lang).get(f"/briefs/readings/{read.pk}/"))
        assert "空.txt" in shown
        assert "boundary." not in shown


def test_a_mark_of_a_state_secret_leaves_nothing_behind(world: Any, tmp_path: Path) -> None:
    read = brought(world, "secretariat", upload("密.txt", "机密★5年\n" + NOTICE))
    assert read.state == "refused"
    assert "高镍" not in str(read.told)
    assert not Brief.objects.exists()
    assert Event.objects.filter(action="read_in", thing=str(read.pk), allowed=False).exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [([], "没有"), ([("a.exe", "x")], "不能上传"), ([("a.txt", "x"), ("a.txt", "y")], "同名"),
     ([(f"{n}.txt", "x") for n in range(25)], "20")],
)  # fmt: skip
def test_what_is_not_taken_is_said_at_once(world: Any, files: list[tuple[str, str]], said: str) -> None:
    answer = world.client("editor").post("/briefs/read/", {"new": [upload(*one) for one in files]})
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Reading.objects.exists()


def test_a_document_cannot_send_a_browser_anywhere() -> None:
    assert page.web("https://a.example/x") == "https://a.example/x"
    assert page.web("javascript:alert(1)") == page.web(" //a.example") == page.web("data:text/html,x") == ""


# --- whose they are -----------------------------------------------------------------------------------------


def test_the_operators_briefs_are_everybodys_and_a_houses_are_its_own(world: Any) -> None:
    ours = shelved(world, "editor", made("内部来函", "只供本单位阅读的一段话"))
    theirs = shelved(world, "secretariat", made("公开通知", "人人可读的一段话"))
    for person, sees in (
        ("viewer", {ours.pk, theirs.pk}), ("scientist", {theirs.pk}), ("secretariat", {theirs.pk}),
        ("expert", {theirs.pk}), ("stranger", set()), ("system", set()), ("audit", set()), (None, set()),
    ):  # fmt: skip
        client = world.client(person)
        found = {row.pk for row in (ours, theirs) if client.get(f"/briefs/{row.pk}/").status_code == 200}
        assert found == sees, person
        assert ("内部来函" in text(client.get("/briefs/"))) is (ours.pk in sees)


@pytest.mark.parametrize(("person", "may"), [("secretariat", True), ("viewer", False), ("editor", False)])
def test_whoever_keeps_the_shelf_takes_a_brief_off_it(world: Any, person: str, may: bool) -> None:
    row = shelved(world, "secretariat", made("公开通知", "一段话"))
    answer = world.client(person).post(f"/briefs/{row.pk}/remove/")
    assert answer.status_code == (302 if may else 403)
    assert Brief.objects.exists() is not may


def test_the_list_is_narrowed_and_ordered(world: Any) -> None:
    shelved(world, "secretariat", made("短讯", "短", direction="frontier_materials"))
    shelved(world, "secretariat", made("长篇", "很长的一段话" * 4))
    client = world.client("viewer")
    hot = text(client.get("/briefs/?order=hot"))
    assert hot.index("长篇") < hot.index("短讯")
    narrowed = text(client.get("/briefs/?direction=frontier_materials"))
    assert "短讯" in narrowed
    assert "长篇" not in narrowed
    searched = text(client.get("/briefs/?q=短讯")).partition("</aside>")[2]
    assert "短讯</a>" in searched
    assert "长篇" not in searched
    for odd in ("?page=x", "?page=99999", "?order=;", "?q=%00", "?direction='"):
        assert client.get(f"/briefs/{odd}").status_code == 200


# --- following ----------------------------------------------------------------------------------------------


def follow(world: Any, person: str, kind: str, value: str) -> Any:
    given = {"do": "follow", "kind": kind, "value": value}
    return world.client(person).post("/briefs/digest/change/", given, follow=True)


def test_a_digest_holds_what_is_followed_within_its_budget_and_names_the_rest(world: Any) -> None:
    for n in range(3):
        shelved(world, "secretariat", made(f"钠电池通知{n}", f"支持钠电池中试{n}"))
    shelved(world, "secretariat", made("渔业通知", "别的事"))
    follow(world, "viewer", "topic", "钠电池")
    world.client("viewer").post("/briefs/digest/change/", {"do": "settle", "every": "day", "budget": "2", "mail": "on"})
    shown = text(world.client("viewer").get("/briefs/digest/"))
    assert shown.count("钠电池通知") == 3
    assert "另有1份未列入" in shown
    assert "渔业" not in shown
    assert "钠电池通知" not in text(world.client("scientist").get("/briefs/digest/"))


def test_a_letter_goes_once_and_again_only_for_what_is_new(world: Any) -> None:
    shelved(world, "secretariat", made("钠电池通知", "支持钠电池中试"))
    shelved(world, "editor", made("钠电池来函", "本单位的钠电池"))
    for person in ("viewer", "scientist"):
        follow(world, person, "topic", "钠电池")
    later = timezone.now()
    assert desks.tell(later) == 0  # a desk that is new waits for its first week
    Desk.objects.update(told_at=later - timedelta(days=8))
    assert desks.tell(later) == 2
    letters = {letter.to[0]: letter.body for letter in mail.outbox}
    assert "钠电池来函" in letters["viewer@example.org"]
    assert "钠电池来函" not in letters["scientist@example.org"]
    assert all("钠电池通知" in body and "/briefs/" in body for body in letters.values())
    assert Sent.objects.count() == 3
    Desk.objects.update(told_at=later - timedelta(days=8))
    assert desks.tell(later) == 0
    shelved(world, "secretariat", made("钠电池补充通知", "再支持钠电池"))
    Desk.objects.update(told_at=later - timedelta(days=8))
    assert desks.tell(later) == 2
    assert "钠电池补充通知" in mail.outbox[-1].body
    assert "钠电池来函" not in mail.outbox[-1].body


def test_who_has_left_the_house_hears_nothing_more(world: Any) -> None:
    shelved(world, "editor", made("钠电池来函", "本单位的钠电池"))
    follow(world, "viewer", "topic", "钠电池")
    Desk.objects.update(told_at=timezone.now() - timedelta(days=8))
    world.people["viewer"].roles.all().delete()
    assert desks.tell(timezone.now()) == 0


@pytest.mark.parametrize(("kind", "value"), [("topic", " "), ("direction", "none"), ("who", "x"), ("topic", "x" * 101)])
def test_what_cannot_be_followed_is_refused(world: Any, kind: str, value: str) -> None:
    assert "不能关注" in text(follow(world, "viewer", kind, value))
    assert not Desk.objects.get().follows.exists()


def test_a_feed_says_what_is_everybodys_to_whoever_holds_its_key(world: Any) -> None:
    shelved(world, "secretariat", made("公开通知", "一段话"))
    shelved(world, "editor", made("内部来函", "另一段话"))
    viewer = world.client("viewer")
    viewer.post("/briefs/digest/change/", {"do": "open"})
    address = re.search(r"/briefs/feed/[^<\"]+", text(viewer.get("/briefs/digest/")))[0]
    answer = Client().get(address)
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert "公开通知" in text(answer)
    assert "内部来函" not in text(answer)
    assert Client().get(address[:-2] + "x/").status_code == 404
    viewer.post("/briefs/digest/change/", {"do": "close"})
    assert Client().get(address).status_code == 404


# --- corrections --------------------------------------------------------------------------------------------


def test_a_correction_is_proposed_by_a_reader_and_decided_by_the_office(world: Any) -> None:
    row = shelved(world, "secretariat", made("公开通知", "一段话"))
    sentence = page.original(row).sentences[0]
    viewer, office = world.client("viewer"), world.client("secretariat")
    where = f"/briefs/{row.pk}/correct/{sentence.id}/"
    assert where in text(viewer.get(f"/briefs/{row.pk}/"))
    assert viewer.get(where).status_code == 200
    assert viewer.post(where, {"wording": "另一种说法", "reason": ""}).status_code == 422
    assert viewer.post(where, {"wording": "【机密】", "reason": "x"}).status_code == 422
    assert viewer.post(where, {"wording": "另一种说法", "reason": "见第一条"}).status_code == 302
    found = Correction.objects.get()
    assert "另一种说法" not in text(viewer.get(f"/briefs/{row.pk}/"))
    assert viewer.get("/briefs/corrections/").status_code == 403
    assert viewer.post(f"/briefs/corrections/{found.pk}/", {"do": "accept"}).status_code == 403
    assert "另一种说法" in text(office.get("/briefs/corrections/"))
    assert office.post(f"/briefs/corrections/{found.pk}/", {"do": "accept"}).status_code == 302
    assert office.post(f"/briefs/corrections/{found.pk}/", {"do": "decline"}).status_code == 302  # comes too late
    shown = text(viewer.get(f"/briefs/{row.pk}/"))
    assert "另一种说法" in shown
    assert "<del>一段话</del>" in shown
    assert found.number in shown
    assert "viewer" not in text(world.client("scientist").get(f"/briefs/{row.pk}/"))  # who it was is for the office
    assert Event.objects.filter(action="decide_correction").count() == 1
    # the corrected sentence can be corrected again, and both earlier wordings stay on record
    again = re.search(rf"/briefs/{row.pk}/correct/([0-9a-f]+)/", shown.partition("另一种说法")[2])[0]
    assert viewer.post(again, {"wording": "第三种说法", "reason": "见第二条"}).status_code == 302
    office.post(f"/briefs/corrections/{Correction.objects.get(state='proposed').pk}/", {"do": "accept"})
    assert {"第三种说法", "另一种说法", "一段话"} <= set(re.findall("第三种说法|另一种说法|一段话", text(
        viewer.get(f"/briefs/{row.pk}/"))))  # fmt: skip
    assert page.original(row).sentences[0].says.args["quote"] == "一段话"
    headline = page.original(row).headline.id
    viewer.post(f"/briefs/{row.pk}/correct/{headline}/", {"wording": "更好的标题", "reason": "原文如此"})
    office.post(f"/briefs/corrections/{Correction.objects.get(state='proposed').pk}/", {"do": "accept"})
    assert "更好的标题" in text(viewer.get("/briefs/?q=更好"))


def test_nobody_corrects_or_decides_what_they_do_not_see(world: Any) -> None:
    row = shelved(world, "editor", made("内部来函", "另一段话"))
    sentence = page.original(row).sentences[0].id
    where, given = f"/briefs/{row.pk}/correct/{sentence}/", {"wording": "x", "reason": "y"}
    assert world.client("scientist").post(where, given).status_code == 404
    assert world.client("viewer").post(where, given).status_code == 302
    decided = f"/briefs/corrections/{Correction.objects.get().pk}/"
    assert world.client("secretariat").post(decided, {"do": "accept"}).status_code == 404
    assert world.client("approver").post(decided, {"do": "accept"}).status_code == 302
    assert Correction.objects.get().state == "accepted"


# --- forecasts and draft rules ------------------------------------------------------------------------------


def test_the_register_lists_forecasts_of_the_briefs_one_sees(world: Any) -> None:
    for person, title in (("secretariat", "公开通知"), ("editor", "内部来函")):
        row = shelved(world, person, made(title, "一段话"))
        Claim.objects.create(brief=row, number=0, claim="c", statement=f"{title}预计增长一成", source="某机构")
    client = world.client("scientist")
    assert "公开通知预计增长一成" in text(client.get("/briefs/claims/"))
    assert "内部来函" not in text(client.get("/briefs/claims/"))
    assert "公开通知预计" not in text(client.get("/briefs/claims/?state=true"))


def test_a_forecast_is_held_against_what_was_measured(world: Any) -> None:
    said = "某机构预计，2024年基础研究经费占全社会研发经费的比重将超过6.5%。"
    row = Brief.objects.get(
        pk=brought(world, "secretariat", upload("评.txt", f"展望\n2023年3月1日\n{said}\n")).briefs.get().pk
    )
    claim = row.claims.get()
    assert claim.statement in said
    Claim.objects.update(state="open", why={})
    claiming.follow(timezone.localdate())
    claim.refresh_from_db()
    assert claim.state == "true"
    assert claim.reason is not None
    assert claim.source in text(world.client("viewer").get("/briefs/claims/"))


def test_a_draft_rule_is_handed_out_recorded_and_never_applied(world: Any) -> None:
    row = shelved(world, "secretariat", made("公开通知", "一段话"))
    draft = Draft.objects.create(brief=row, document="d", name="draft.yaml", text="scheme: x\n",
                                 questions=[{"path": "x", "why": None}])  # fmt: skip
    assert "scheme: x" in text(world.client("viewer").get(f"/briefs/drafts/{draft.pk}/"))
    assert world.client("viewer").post(f"/briefs/drafts/{draft.pk}/approve/").status_code == 403
    answer = world.client("secretariat").post(f"/briefs/drafts/{draft.pk}/approve/")
    assert (answer.status_code, answer.content) == (200, b"scheme: x\n")
    draft.refresh_from_db()
    assert draft.approved_by == world.people["secretariat"]
    assert Event.objects.filter(action="approve_draft_rule", thing=str(row.pk)).exists()


def test_the_first_page_names_the_latest_briefs(world: Any) -> None:
    shelved(world, "secretariat", made("公开通知", "一段话"))
    assert "公开通知" in text(world.client("viewer").get("/"))
    assert "公开通知" not in text(world.client("stranger").get("/"))
