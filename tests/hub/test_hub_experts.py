"""Experts: assigned by the secretariat, judging what they are assigned to, and nothing once they have an interest."""

from __future__ import annotations

from typing import Any

import pytest

from tongtu.hub.care.models import Event
from tongtu.hub.experts.models import Opinion
from tongtu.hub.people.models import Expertise, Grant, Rivalry, Role
from tongtu.hub.records.models import Seen

pytestmark = pytest.mark.django_db
BUDGET = "500万元"  # restricted


def place(record: Any, step: str = "") -> str:
    return f"/experts/{record.noun}/{record.pk}/{step}"


def assigned(world: Any) -> Any:
    given = {"do": "assign", "expert": str(world.people["expert"].pk)}
    return world.client("secretariat").post(place(world.need, "assign/"), given, follow=True)


def test_an_expert_reads_judges_and_the_secretariat_sees_what_was_said(listed: Any) -> None:
    expert, office = listed.client("expert"), listed.client("secretariat")
    assert expert.get(place(listed.need)).status_code == 404
    assert BUDGET not in expert.get(f"/listings/needs/{listed.need.pk}/").content.decode()
    assert place(listed.need, "assign/") in office.get(f"/listings/needs/{listed.need.pk}/").content.decode()
    assert assigned(listed).status_code == 200
    assert listed.need.title in expert.get("/").content.decode()
    assert listed.need.title in expert.get("/experts/").content.decode()
    shown = expert.get(f"/listings/needs/{listed.need.pk}/").content.decode()
    assert BUDGET in shown
    assert place(listed.need) in shown
    assert Seen.objects.filter(record=listed.need.pk, viewer=listed.people["expert"]).exists()
    assert expert.post(place(listed.need), {"do": "judge", "score": "9", "comment": "好"}).status_code == 422
    assert expert.post(place(listed.need), {"do": "judge", "score": "4", "comment": "【机密】"}).status_code == 422
    assert expert.post(place(listed.need), {"do": "judge", "score": "4", "comment": "可行"}).status_code == 302
    assert "可行" in office.get("/experts/").content.decode()
    form = expert.get(place(listed.need)).content.decode()
    assert 'name="revision" value="1"' in form
    again = {"do": "judge", "score": "2", "comment": "再看", "revision": "1"}
    assert expert.post(place(listed.need), again).status_code == 302
    assert expert.post(place(listed.need), again).status_code == 409  # somebody was quicker, if only oneself
    said = Opinion.objects.get()
    assert (said.score, said.comment, said.revision) == (2, "再看", 2)


@pytest.mark.parametrize("person", ["viewer", "editor", "scientist", "competitor", "security", "audit", "lead", None])
def test_nobody_else_assigns_judges_or_reads_opinions(listed: Any, person: str | None) -> None:
    assigned(listed)
    listed.client("expert").post(place(listed.need), {"do": "judge", "score": "4", "comment": "可行"})
    client = listed.client(person)
    assert client.get("/experts/").status_code in (302, 403)
    assert client.get(place(listed.need)).status_code == 404
    given = {"do": "assign", "expert": str(listed.people["expert"].pk)}
    assert client.post(place(listed.achievement, "assign/"), given).status_code in (302, 403)
    assert "可行" not in client.get(f"/listings/needs/{listed.need.pk}/").content.decode()
    assert Expertise.objects.count() == 1


def test_one_click_closes_the_owners_records(listed: Any) -> None:
    assigned(listed)
    expert = listed.client("expert")
    assert expert.post(place(listed.need), {"do": "conflict"}).status_code == 302
    assert BUDGET not in expert.get(f"/listings/needs/{listed.need.pk}/").content.decode()
    assert expert.get(place(listed.need)).status_code == 404
    assert "华原材料" in expert.get("/experts/").content.decode()
    assert "已声明利益冲突" in listed.client("secretariat").get("/experts/").content.decode()
    assert "不宜评审" in assigned(listed).content.decode()
    assert Event.objects.filter(action="declare_conflict", user=listed.people["expert"]).exists()


def test_the_secretariat_ends_an_assignment(listed: Any) -> None:
    assigned(listed)
    given = {"do": "end", "expert": str(listed.people["expert"].pk)}
    listed.client("secretariat").post(place(listed.need, "assign/"), given)
    assert listed.client("expert").get(place(listed.need)).status_code == 404
    assert listed.need.title not in listed.client("expert").get("/experts/").content.decode()


@pytest.mark.parametrize("bond", ["employer", "group", "partner", "rival"])
def test_whoever_works_for_an_interested_house_is_not_assigned_and_not_told_why(listed: Any, bond: str) -> None:
    house = {"employer": "firm", "group": "group", "partner": "lab", "rival": "rival"}[bond]
    if bond == "rival":
        Rivalry.objects.create(organisation=listed.organisations["firm"], rival=listed.organisations["rival"])
    if bond == "partner":
        listed.grant(listed.need, listed.achievement)
    Role.objects.create(user=listed.people["expert"], organisation=listed.organisations[house], name="viewer")
    answer = assigned(listed).content.decode()
    assert "不宜评审" in answer
    assert not Expertise.objects.exists()
    assert "竞争" not in answer.split("<footer")[0]


@pytest.mark.parametrize("bond", ["partner", "rival"])
def test_an_interest_that_came_later_closes_what_was_assigned(listed: Any, bond: str) -> None:
    assigned(listed)
    house = listed.organisations["lab" if bond == "partner" else "rival"]
    Role.objects.create(user=listed.people["expert"], organisation=house, name="viewer")
    expert = listed.client("expert")
    assert expert.get(place(listed.need)).status_code == 200
    if bond == "partner":
        listed.grant(listed.need, listed.achievement)
    else:
        Rivalry.objects.create(organisation=listed.organisations["firm"], rival=house)
    assert expert.get(place(listed.need)).status_code == 404
    assert BUDGET not in expert.get(f"/listings/needs/{listed.need.pk}/").content.decode()
    assert Grant.objects.count() == (bond == "partner")


def test_the_secretariat_assigns_nobody_to_what_its_own_house_brought(listed: Any) -> None:
    own = listed.record("needs", "operator", "N-9", title="自己的需求", text="说明")
    office = listed.client("secretariat")
    assert office.get(place(own, "assign/")).status_code == 403
    Expertise.objects.create(user=listed.people["expert"], organisation=listed.organisations["operator"], record=own.pk)
    assert "自己的需求" not in office.get("/experts/").content.decode()


def test_assignments_come_in_pages(listed: Any) -> None:
    from tongtu.hub.experts import judging

    rows = [Expertise(user=listed.people["expert"], organisation=listed.organisations["firm"], record=listed.need.pk)
            for _ in range(judging.PAGE + 3)]  # fmt: skip
    Expertise.objects.bulk_create(rows)
    office = listed.client("secretariat")
    first = office.get("/experts/").content.decode()
    after = first.split('rel="next" href="?after=')[1].split('"')[0]
    second = office.get(f"/experts/?after={after}").content.decode()
    assert (first.count("assign/"), second.count("assign/")) == (judging.PAGE, 3)
    assert "rel=" not in second.split("<main")[1]
