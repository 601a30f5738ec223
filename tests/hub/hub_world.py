"""A small world for tests of the hub: organisations, rivals among them, and people in their roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from tongtu.hub.people.asking import ACTING, Asker, asker_of
from tongtu.hub.people.models import Grant, Organisation, Role, User
from tongtu.hub.records.models import MODELS

PASSWORD = "correct horse battery staple"

#: organisation -> (Chinese name, English name, parent, verified, runs the hub)
ORGANISATIONS: dict[str, tuple[str, str, str | None, bool, bool]] = {
    "operator": ("产业化联盟秘书处", "Secretariat", None, True, True),
    "group": ("华原集团", "Huayuan Group", None, True, False),
    "firm": ("华原材料有限公司", "Huayuan Materials", "group", True, False),
    "lab": ("江城大学材料研究所", "Jiangcheng University Materials Institute", None, True, False),
    "rival": ("远成材料有限公司", "Yuancheng Materials", None, True, False),
    "newcomer": ("新来科技有限公司", "Newcomer Technology", None, False, False),
}

#: person -> (organisation, roles)
PEOPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "secretariat": ("operator", ("secretariat",)),
    "system": ("operator", ("system_admin",)),
    "security": ("operator", ("security_admin",)),
    "audit": ("operator", ("audit_admin",)),
    "expert": ("operator", ("expert",)),
    "lead": ("group", ("viewer",)),
    "viewer": ("firm", ("viewer",)),
    "editor": ("firm", ("editor",)),
    "approver": ("firm", ("approver",)),
    "admin": ("firm", ("organisation_admin",)),
    "secrecy": ("firm", ("secrecy_officer",)),
    "scientist": ("lab", ("editor", "approver")),
    "competitor": ("rival", ("editor", "approver")),
    "stranger": ("newcomer", ("editor",)),
}

NEED: dict[str, Any] = {
    "title": "高镍正极材料的耐热涂层",
    "text": "需要在 60 ℃ 下循环 1000 次的涂层材料",
    "direction": "new_materials",
    "trl_min": 4,
    "budget": 500_000_000,
    "currency": "CNY",
}
ACHIEVEMENT: dict[str, Any] = {
    "title": "原子层沉积耐热涂层",
    "text": "氧化铝涂层，60 ℃ 下循环 1200 次",
    "trl": 5,
    "price": 80_000_000,
    "currency": "CNY",
}


@dataclass
class World:
    """Organisations and people by short names; makes records and signed-in clients."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    need: Any = None
    achievement: Any = None

    def asker(self, person: str) -> Asker:
        return asker_of(self.people[person], two_factor=True)

    def client(self, person: str | None = None, lang: str = "zh-hans") -> Client:
        """A browser of this person (None: nobody), in a language."""
        found = Client(headers={"accept-language": lang})
        if person is not None:
            found.force_login(self.people[person], backend="tongtu.hub.people.signing.Backend")
            session = found.session
            session[ACTING] = str(self.organisations[PEOPLE[person][0]].pk)
            session.save()
        return found

    def record(self, noun: str, tenant: str, key: str, lifecycle: str = "published", **values: Any) -> Any:
        """A record of an organisation; `key` is its own number."""
        model = MODELS[noun]
        now = timezone.now()
        times = {"published_at": now, "expires_at": now + timedelta(days=180)} if lifecycle == "published" else {}
        named = {model.noun.removesuffix("s"): key}
        owner = self.organisations[tenant]
        if hasattr(model, "organisation"):
            values.setdefault("organisation", str(owner.pk))
        return model.objects.create(tenant=owner, lifecycle=lifecycle, **named, **times, **values)

    def grant(self, asked: Any, answered: Any, opened: bool = True) -> Grant:
        """Mutual interest between two records, with the confidentiality click of both where `opened`."""
        now = timezone.now()
        clicks = {"accepted_a": now, "accepted_b": now} if opened else {}
        return Grant.objects.create(
            a=asked.tenant, b=answered.tenant, record_a=asked.pk, record_b=answered.pk,
            interest_a=now, interest_b=now, **clicks,
        )  # fmt: skip


def people_it() -> World:
    made = World()
    now = timezone.now()
    for name, (zh, en, parent, verified, operator) in ORGANISATIONS.items():
        made.organisations[name] = Organisation.objects.create(
            name=zh, name_en=en, parent=made.organisations[parent] if parent else None,
            verified_at=now if verified else None, is_operator=operator,
        )  # fmt: skip
    for name, (organisation, roles) in PEOPLE.items():
        user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name)
        made.people[name] = user
        for role in roles:
            Role.objects.create(user=user, organisation=made.organisations[organisation], name=role)
    return made


def listed_in(world: World) -> World:
    """A published need of the firm and a published achievement of the laboratory."""
    world.need = world.record("needs", "firm", "N-1", **NEED)
    world.achievement = world.record("achievements", "lab", "A-1", **ACHIEVEMENT)
    return world
