"""The log of what happened: whole, readable by those it concerns, and impossible to change unnoticed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from tongtu.hub.care import chain
from tongtu.hub.care.log import record, visible_to
from tongtu.hub.care.models import Checkpoint, Event
from tongtu.terms.why import Why

pytestmark = pytest.mark.django_db


def lines(world: Any, count: int = 5) -> None:
    firm = world.organisations["firm"]
    for number in range(count):
        record(world.asker("editor"), "edit", kind="needs", thing=number, tenant=firm, why=Why("hub.refused"))


def test_a_line_stands_exactly_if_what_it_tells_of_stands(world: Any) -> None:
    def undone() -> None:
        with transaction.atomic():
            lines(world)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert not Event.objects.exists()


def test_an_untouched_log_is_sound(world: Any) -> None:
    lines(world)
    assert chain.verify() == chain.Verdict(5)
    lines(world, 3)
    chain.checkpoint()
    lines(world, 3)
    assert chain.verify() == chain.Verdict(11)


@pytest.mark.parametrize("column", ["action", "thing", "request", "kind"])
def test_a_changed_line_is_found(world: Any, column: str) -> None:
    lines(world)
    chain.seal()
    Event.objects.filter(place=3).update(**{column: "other"})
    verdict = chain.verify()
    assert (verdict.lines, verdict.fault.code) == (3, "hub_care.line-changed")


def test_a_line_taken_out_is_found(world: Any) -> None:
    lines(world)
    chain.seal()
    Event.objects.filter(place=2).delete()
    assert chain.verify().fault.code == "hub_care.line-missing"


def test_a_log_rewritten_from_a_line_on_breaks_its_checkpoint(world: Any) -> None:
    lines(world)
    chain.checkpoint()
    Event.objects.filter(place=2).update(action="other")
    Event.objects.filter(place__gte=2).update(place=None)
    chain.seal()
    assert chain.verify().fault.code == "hub_care.checkpoint-broken"


def test_a_log_cut_off_is_found_by_its_checkpoint(world: Any) -> None:
    lines(world)
    chain.checkpoint()
    Event.objects.filter(place__gt=3).delete()
    assert chain.verify().fault.code == "hub_care.lines-cut-off"


def test_a_checkpoint_is_the_merkle_root_and_comes_once(world: Any) -> None:
    from tongtu.ledger import Tree

    lines(world)
    noted = chain.checkpoint()
    digests = Event.objects.order_by("place").values_list("digest", flat=True)
    assert noted.root == Tree(bytes.fromhex(d) for d in digests).root().hex()
    assert chain.checkpoint().pk == noted.pk
    assert Checkpoint.objects.count() == 1


def test_the_number_of_the_request_is_in_its_lines(world: Any) -> None:
    from tongtu.hub.care.requests import current

    token = current.set("number-of-the-request")
    record(None, "edit")
    current.reset(token)
    assert Event.objects.get().request == "number-of-the-request"


def test_who_reads_which_lines(world: Any) -> None:
    firm, rival = world.organisations["firm"], world.organisations["rival"]
    about_us = record(world.asker("competitor"), "see", tenant=firm)
    ours = record(world.asker("editor"), "see", tenant=rival)
    theirs = record(world.asker("competitor"), "edit", tenant=rival)
    read = {p: set(visible_to(world.asker(p)).values_list("pk", flat=True)) for p in world.people}
    both = {about_us.pk, ours.pk}
    assert read["admin"] == read["secrecy"] == both
    assert read["audit"] == {about_us.pk, ours.pk, theirs.pk}
    assert all(not read[p] for p in set(read) - {"admin", "secrecy", "audit"})


def test_sealing_takes_no_lock_when_there_is_nothing_to_seal(world: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        chain.seal()
    assert connection.vendor in ("sqlite", "postgresql")


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_page_of_the_log(world: Any, lang: str) -> None:
    lines(world, 230)
    client = world.client("admin", lang)
    page = client.get("/care/log/").content.decode()
    assert page.count("<time") == 100
    assert "hub_care." not in page
    assert world.client("editor").get("/care/log/").status_code == 403
    assert world.client().get("/care/log/").status_code in (302, 403)


def test_the_pages_of_the_log_have_no_gaps_even_where_times_are_equal(world: Any) -> None:
    from django.utils import timezone

    from tongtu.hub.care import reading

    lines(world, 350)
    Event.objects.filter(pk__in=list(Event.objects.values_list("pk", flat=True)[40:290])).update(at=timezone.now())
    seen: list[int] = []
    cursor = None
    while True:
        found, cursor = reading.page(Event.objects.all(), reading.cursor_of(str(cursor)) if cursor else None)
        seen += [event.pk for event in found]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 350


def test_an_export_says_that_it_was_taken_and_takes_no_text_for_a_formula(world: Any, settings: Any) -> None:
    settings.SECOND_FACTOR = True
    firm = world.organisations["firm"]
    record(world.asker("editor"), "edit", kind="needs", thing="=HYPERLINK(1)", tenant=firm)
    text = b"".join(world.client("admin").get("/care/log.csv").streaming_content).decode()
    assert "'=HYPERLINK" in text
    assert Event.objects.filter(action="export_log").exists()
    assert world.client("audit").get("/care/log.csv").status_code == 403, "everybody's log needs a second factor"


def test_an_auditor_has_the_log_checked(world: Any) -> None:
    from tongtu.hub.jobs.worker import run_due

    lines(world)
    audit = world.client("audit")
    answer = audit.post("/care/log/verify/")
    run_due()
    assert "6" in audit.get(answer.url).content.decode()
    assert world.client("admin").post("/care/log/verify/").status_code == 403
    Event.objects.filter(place=3).update(action="other")
    answer = audit.post("/care/log/verify/")
    run_due()
    assert "第 3 条" in audit.get(answer.url).content.decode()


def test_health(client: Any) -> None:
    from django.utils import timezone

    from tongtu.hub.jobs.models import Worker

    assert client.get("/health/live/").content == b"ok\n"
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["checks"]["worker"]) == (503, {"ok": False})
    Worker.objects.create(name="w", seen_at=timezone.now())
    answer = client.get("/health/")
    checks = answer.json()["checks"]
    assert {name for name, check in checks.items() if not check["ok"]} <= {"migrations"}, "tests run without them"
    assert answer.headers["X-Request-Id"]


def test_a_new_hub_invites_its_first_person_once(client: Any, settings: Any) -> None:
    from tongtu.hub.care.first import invite_first, nobody_yet
    from tongtu.hub.people.models import Role
    from tongtu.terms.faults import UsageFault

    settings.DEMO = False
    assert nobody_yet()
    lost = invite_first("first@example.org")
    link = invite_first("first@example.org")
    assert client.get(lost).status_code == 404
    word = "correct horse battery staple"
    client.post(link, {"name": "甲", "password": word, "again": word})
    assert list(Role.objects.values_list("user__email", "name")) == [("first@example.org", "security_admin")]
    with pytest.raises(UsageFault):
        invite_first("second@example.org")
