"""The demo's people: one door each on the sign-in page, with a short tour of what that person gets done."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from tongtu.hub.people.models import Organisation, Role, User
from tongtu.terms.words import word

HOST = "demo.invalid"


@dataclass(frozen=True, slots=True)
class Door:
    """A person of the demo. `house` is a noun or `operator`; `nth` counts houses from the one with most records."""

    name: str
    house: str
    nth: int
    roles: tuple[str, ...]

    @property
    def email(self) -> str:
        return f"{self.name}@{HOST}"


@cache
def doors() -> tuple[Door, ...]:
    """Everybody of the demo, in the order of the sign-in page."""
    text = (resources.files(__package__) / "demo.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(Door(r["door"], r["house"], int(r["nth"]), tuple(r["roles"].split())) for r in rows)


def person(name: str) -> User | None:
    """The account behind a door; None where there is no such door, or the demo was not set up."""
    known = {door.name: door for door in doors()}
    return User.objects.filter(email=known[name].email, is_active=True).first() if name in known else None


@transaction.atomic
def operator(name: str = "", name_en: str = "") -> Organisation:
    """The organisation that runs the hub; made where there is none."""
    found = Organisation.objects.filter(is_operator=True).first()
    return found or Organisation.objects.create(
        name=name or word("hub_people.demo-operator", "zh"),
        name_en=name_en or word("hub_people.demo-operator", "en"),
        is_operator=True,
        verified_at=timezone.now(),
    )


@transaction.atomic
def settle() -> list[Door]:
    """Gives every door its account and roles in the houses that the records show; returns the doors that open."""
    opened = []
    for door in doors():
        house = operator() if door.house == "operator" else _house(door)
        if house is None:
            continue
        user, _ = User.objects.get_or_create(email=door.email, defaults={"name": word(f"hub_people.door-{door.name}")})
        for role in door.roles:
            Role.objects.get_or_create(user=user, organisation=house, name=role)
        opened.append(door)
    return opened


def _house(door: Door) -> Organisation | None:
    from tongtu.hub.records.models import MODELS

    counted = MODELS[door.house].objects.values("tenant").annotate(n=Count("pk")).order_by("-n", "tenant")
    row = counted[door.nth : door.nth + 1]
    return Organisation.objects.get(pk=row[0]["tenant"]) if row else None
