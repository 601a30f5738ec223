"""People as they come and go: invitations, roles, tokens, organisations, the demo's doors."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from tongtu.hub.people import demo, houses, members, tokens
from tongtu.hub.people.asking import ANONYMOUS, asker_of
from tongtu.hub.people.models import Invitation, Organisation, Rivalry, Role, Token, User
from tongtu.terms.faults import UsageFault

STRONG = "nine green bottles hanging"


def _text(answer: Any) -> str:
    return answer.content.decode()


def _settled(answer: Any) -> str:
    """A page without what is new on every answer: the form's secret."""
    return re.sub(r"[A-Za-z0-9]{64}", "", _text(answer))


def _invited(world: Any, email: str = "new@example.org", role: str = "editor") -> str:
    """The link of an invitation that the firm's administrator sent."""
    firm = world.organisations["firm"]
    answer = world.client("admin").post(f"/people/of/{firm.pk}/invite/", {"email": email, "role": role})
    assert answer.status_code == 200
    return re.search(r"/people/join/[\w-]+/", _text(answer))[0]  # type: ignore[index]


def test_an_invited_person_joins_in_the_role_and_the_link_works_once(world: Any) -> None:
    link = _invited(world)
    assert mail.outbox[0].to == ["new@example.org"]
    assert link in mail.outbox[0].body
    browser = world.client()
    assert "new@example.org" in _text(browser.get(link))
    answer = browser.post(link, {"name": "新成员", "password": STRONG, "again": STRONG})
    assert answer.status_code == 302
    asker = asker_of(User.objects.get(email="new@example.org"))
    assert asker.organisation == world.organisations["firm"].pk
    assert asker.roles == {"editor"}
    assert world.client().get(link).status_code == 404


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "甲", "password": "short", "again": "short"}, "12"),
        ({"name": "甲", "password": STRONG, "again": STRONG + "x"}, "不一致"),
        ({"name": "", "password": STRONG, "again": STRONG}, "请填写姓名"),
    ],
)
def test_a_faulty_form_is_answered_with_the_fault_and_joins_nobody(world: Any, given: Any, said: str) -> None:
    answer = world.client().post(_invited(world), given)
    assert answer.status_code == 422
    assert said in _text(answer)
    assert not User.objects.filter(email="new@example.org").exists()


def test_an_invitation_is_for_its_address_alone(world: Any) -> None:
    link = _invited(world)
    answer = world.client("competitor").post(link)
    assert answer.status_code == 422
    assert not Role.objects.filter(user=world.people["competitor"], organisation=world.organisations["firm"]).exists()


def test_an_old_or_withdrawn_invitation_is_no_longer_good(world: Any) -> None:
    old, withdrawn = _invited(world, "old@example.org"), _invited(world, "gone@example.org")
    Invitation.objects.filter(email="old@example.org").update(expires_at=timezone.now() - timedelta(seconds=1))
    gone = Invitation.objects.get(email="gone@example.org")
    assert world.client("admin").post(f"/people/invitations/{gone.pk}/withdraw/").status_code == 302
    for link in (old, withdrawn):
        assert world.client().get(link).status_code == 404


@pytest.mark.parametrize("person", ["viewer", "editor", "competitor", "system", "audit", None])
def test_nobody_else_invites_or_sees_that_the_page_is_there(world: Any, person: str | None) -> None:
    firm = world.organisations["firm"]
    answer = world.client(person).post(f"/people/of/{firm.pk}/invite/", {"email": "x@example.org", "role": "viewer"})
    assert answer.status_code in (403, 404)
    assert not Invitation.objects.exists()


def test_nobody_gives_a_role_to_themselves(world: Any) -> None:
    for person, house in (("admin", "firm"), ("security", "operator")):
        organisation, user = world.organisations[house], world.people[person]
        before = set(Role.objects.filter(user=user).values_list("name", flat=True))
        answer = world.client(person).post(f"/people/of/{organisation.pk}/{user.pk}/give/", {"role": "approver"})
        assert answer.status_code == 403
        assert set(Role.objects.filter(user=user).values_list("name", flat=True)) == before


def test_roles_that_exclude_each_other_are_refused_with_the_reason(world: Any) -> None:
    operator = world.organisations["operator"]
    with pytest.raises(UsageFault):
        members.give(world.asker("security"), world.people["system"], operator, "audit_admin")


def test_the_last_administrator_stays(world: Any) -> None:
    role = Role.objects.get(user=world.people["admin"], name="organisation_admin")
    address = f"/people/of/{role.organisation_id}/{role.user_id}/take/"
    answer = world.client("admin").post(address, {"role": role.name}, follow=True)
    assert "最后一位" in _text(answer)
    assert Role.objects.filter(pk=role.pk).exists()


def test_operators_roles_exist_in_the_operators_house_alone(world: Any) -> None:
    assert "secretariat" in members.roles_of(world.organisations["operator"])
    assert "secretariat" not in members.roles_of(world.organisations["firm"])
    with pytest.raises(UsageFault):
        members.invite(world.asker("admin"), world.organisations["firm"], "x@example.org", "system_admin")


def test_a_token_acts_for_its_organisation_until_it_is_revoked_or_past(world: Any) -> None:
    firm = world.organisations["firm"]
    token, secret = tokens.create(world.asker("admin"), firm, "财务系统")
    assert secret not in str(Token.objects.filter(pk=token.pk).values().get())
    asker = tokens.bearer(f"Bearer {secret}")
    assert (asker.organisation, asker.roles) == (firm.pk, {"service_account"})
    assert tokens.bearer("Bearer tongtu_wrong") is ANONYMOUS
    Token.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert tokens.bearer(f"Bearer {secret}") is ANONYMOUS
    Token.objects.filter(pk=token.pk).update(expires_at=timezone.now() + timedelta(days=1))
    tokens.revoke(world.asker("admin"), token)
    assert tokens.bearer(f"Bearer {secret}") is ANONYMOUS


def test_another_houses_token_cannot_be_revoked(world: Any) -> None:
    token, secret = tokens.create(world.asker("admin"), world.organisations["firm"], "财务系统")
    assert world.client("competitor").post(f"/people/tokens/{token.pk}/revoke/").status_code == 404
    assert tokens.bearer(f"Bearer {secret}") is not ANONYMOUS


def test_a_rival_is_not_told(world: Any) -> None:
    before = _settled(world.client("competitor").get("/people/organisation/"))
    houses.rival(world.asker("admin"), world.organisations["firm"], "远成材料有限公司")
    assert Rivalry.objects.count() == 1
    assert _settled(world.client("competitor").get("/people/organisation/")) == before
    with pytest.raises(UsageFault):
        houses.rival(world.asker("admin"), world.organisations["firm"], "没有这家公司")


def test_the_secretariat_verifies_and_others_do_not(world: Any) -> None:
    newcomer = world.organisations["newcomer"]
    assert world.client("competitor").post(f"/people/organisations/{newcomer.pk}/verify/").status_code == 403
    assert world.client("secretariat").post(f"/people/organisations/{newcomer.pk}/verify/").status_code == 302
    assert Organisation.objects.get(pk=newcomer.pk).verified_at is not None


def test_the_list_of_organisations_is_complete_over_its_pages(world: Any) -> None:
    now = timezone.now()
    Organisation.objects.bulk_create(
        Organisation(name=f"单位{n % 70:03d}", verified_at=now if n % 3 else None) for n in range(130)
    )
    seen, after = [], ""
    while True:
        rows = houses.page(after)
        seen += [one.pk for one in rows.rows]
        if not rows.after:
            break
        after = rows.after
    assert len(seen) == len(set(seen)) == Organisation.objects.count()


def test_acting_for_another_house_needs_a_role_there(world: Any) -> None:
    browser = world.client("editor")
    assert browser.post("/people/act/", {"organisation": str(world.organisations["lab"].pk)}).status_code == 404
    Role.objects.create(user=world.people["editor"], organisation=world.organisations["lab"], name="viewer")
    assert browser.post("/people/act/", {"organisation": str(world.organisations["lab"].pk)}).status_code == 302
    assert "江城大学" in _text(browser.get("/people/organisation/"))


def test_a_demo_door_signs_in_and_is_shut_in_a_hub_with_real_data(world: Any, settings: Any) -> None:
    demo.settle()
    browser = world.client()
    assert browser.post("/people/enter/secretariat/").status_code == 302
    assert browser.get("/people/organisations/").status_code == 200
    settings.DEMO = False
    assert world.client().post("/people/enter/secretariat/").status_code == 404


@pytest.mark.parametrize("page", ["signup", "email", "password/set"])
def test_nobody_comes_in_or_changes_address_past_the_invitation(world: Any, page: str) -> None:
    for person in (None, "editor"):
        browser = world.client(person)
        assert browser.get(f"/accounts/{page}/").status_code == 404
        assert browser.post(f"/accounts/{page}/", {"email": "x@example.org"}).status_code == 404
