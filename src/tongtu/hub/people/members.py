"""Inviting, joining, giving and taking roles: the rules behind the pages, testable without them."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tongtu.hub.care.log import record
from tongtu.hub.people.asking import Asker
from tongtu.hub.people.models import Invitation, Organisation, Role, User
from tongtu.hub.policy import clash, grantable
from tongtu.hub.policy.tables import vocabulary
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

#: how long an invitation's link is good
INVITED_FOR = timedelta(days=7)


def roles_of(organisation: Organisation, giver: Asker | None = None) -> tuple[str, ...]:
    """The roles that may be held in an organisation, and that `giver` may give: its own, and the operator's in its."""
    places = ("organisation", "operator") if organisation.is_operator else ("organisation",)
    rows = vocabulary("roles").rows.items()
    known = (role for role, row in rows if row["where"] in places and role != "service_account")
    return tuple(role for role in known if giver is None or role in grantable(giver.roles))


def digest(secret: str) -> str:
    """What is kept of a secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Member:
    """A person of an organisation with all roles held there."""

    user: User
    roles: tuple[Role, ...]


def members(organisation: uuid.UUID) -> list[Member]:
    """Everybody of an organisation, by name."""
    rows = (
        Role.objects.filter(organisation=organisation)
        .select_related("user")
        .order_by("user__name", "user__email", "id")
    )
    found: dict[uuid.UUID, list[Role]] = {}
    for role in rows:
        found.setdefault(role.user_id, []).append(role)
    return [Member(held[0].user, tuple(held)) for held in found.values()]


def invite(asker: Asker, organisation: Organisation, email: str, role: str) -> tuple[Invitation, str]:
    """An invitation and the secret of its link, which is not kept. Raises UsageFault for a role unknown there."""
    _known_role(asker, organisation, role)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        found = Invitation.objects.create(
            organisation=organisation,
            email=email.strip().lower(),
            role=role,
            digest=digest(secret),
            invited_by_id=asker.user,
            expires_at=timezone.now() + INVITED_FOR,
        )
        record(asker, "invite", kind="invitation", thing=str(found.pk), tenant=organisation.pk)
    return found, secret


def invitation_of(secret: str) -> Invitation | None:
    """The open invitation behind a link."""
    rows = Invitation.objects.filter(digest=digest(secret), accepted_at=None, withdrawn_at=None)
    return rows.filter(expires_at__gt=timezone.now()).select_related("organisation").first()


@transaction.atomic
def withdraw(asker: Asker, invitation: Invitation) -> None:
    """Takes an invitation back; its link ends at once."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(withdrawn_at=timezone.now())
    record(asker, "invite", kind="withdrawn", thing=str(invitation.pk), tenant=invitation.organisation_id)


@transaction.atomic
def join(invitation: Invitation, user: User | None, name: str = "", password: str = "") -> User:
    """Takes up an invitation: with the account that is signed in and has this address, or with a new one.

    The caller has checked the password by Django's validators. Raises UsageFault where the address has an account
    already (its owner signs in first), where it is not this person's, or where the roles exclude each other.
    """
    if user is None:
        if User.objects.filter(email=invitation.email).exists():
            raise UsageFault.because("hub_people.has-account", "hub_people.has-account-repair", email=invitation.email)
        user = User.objects.create_user(invitation.email, password, name=name)
    elif user.email != invitation.email:
        raise UsageFault.because("hub_people.other-address", "hub_people.other-address-repair", email=invitation.email)
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=timezone.now())
    if not taken:
        raise UsageFault.because("hub_people.used-up", "hub_people.used-up-repair")
    _add(user, invitation.organisation, invitation.role, invitation.invited_by)
    asker = Asker(user=user.pk, organisation=invitation.organisation_id)
    record(asker, "join", kind="invitation", thing=str(invitation.pk), tenant=invitation.organisation_id)
    return user


@transaction.atomic
def give(asker: Asker, user: User, organisation: Organisation, role: str) -> None:
    """A further role for a member. Raises UsageFault for a role unknown there, one that the asker cannot give, or one
    that excludes a role held."""
    _known_role(asker, organisation, role)
    _add(user, organisation, role, User.objects.get(pk=asker.user))
    record(asker, "grant_role", kind=role, thing=str(user.pk), tenant=organisation.pk)


@transaction.atomic
def take(asker: Asker, role: Role) -> None:
    """Takes a role away. Raises UsageFault where it is the last administrator's."""
    last = not Role.objects.filter(organisation=role.organisation_id, name=role.name).exclude(pk=role.pk).exists()
    if role.name == "organisation_admin" and last:
        raise UsageFault.because("hub_people.last-admin", "hub_people.last-admin-repair")
    role.delete()
    record(asker, "remove_role", kind=role.name, thing=str(role.user_id), tenant=role.organisation_id)


def _add(user: User, organisation: Organisation, role: str, by: User) -> None:
    held = frozenset(Role.objects.filter(user=user, organisation=organisation).values_list("name", flat=True))
    against = clash(held | {role})
    if against is not None:
        raise UsageFault([Fault(against, Why("hub_people.clash-repair"))])
    Role.objects.get_or_create(user=user, organisation=organisation, name=role, defaults={"granted_by": by})


def _known_role(asker: Asker, organisation: Organisation, role: str) -> None:
    if role not in roles_of(organisation, asker):
        raise UsageFault.because("hub_people.no-role", "hub_people.no-role-repair", role=role)
