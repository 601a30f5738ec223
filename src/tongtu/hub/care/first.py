"""The first person of a new hub: an invitation to its security administrator, who then invites everybody else."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from tongtu.hub.people.asking import Asker
from tongtu.hub.people.demo import operator
from tongtu.hub.people.members import invite
from tongtu.hub.people.models import Invitation, User
from tongtu.terms.faults import UsageFault

#: the account in whose name the hub itself invites; nobody can sign in with it
HUB = "hub@localhost"


def nobody_yet() -> bool:
    """Whether nobody could sign in: a hub without people that is no demonstration."""
    return not settings.DEMO and not User.objects.filter(is_service=False).exists()


@transaction.atomic
def invite_first(email: str) -> str:
    """The path of the link to join with; an earlier link to the first person ends.

    Raises UsageFault where the hub has people already: they invite each other.
    """
    if not nobody_yet():
        raise UsageFault.because("hub_care.not-first", "hub_care.not-first-repair", email=email)
    hub = User.objects.filter(email=HUB).first() or User.objects.create_user(HUB, is_service=True)
    Invitation.objects.filter(invited_by=hub).delete()
    house = operator()
    itself = Asker(user=hub.pk, organisation=house.pk, roles=frozenset({"security_admin"}))
    _, secret = invite(itself, house, email, "security_admin")
    return reverse("people:join", args=[secret])
