"""Who asks: the person, the organisation acted for, and the roles in it; put on every request as `request.asker`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from tongtu.hub.people.models import Role, User

#: the session's key for the organisation a person acts for
ACTING = "acting_for"


@dataclass(frozen=True, slots=True)
class Asker:
    """What a decision needs to know of who asks; nothing of it comes from the request's body."""

    user: uuid.UUID | None = None
    organisation: uuid.UUID | None = None
    roles: frozenset[str] = frozenset({"anonymous"})
    verified: bool = False  # the organisation's identity was confirmed
    two_factor: bool = False
    read_only: bool = False  # a token that changes nothing
    memo: dict[str, Any] | None = field(default=None, compare=False, repr=False)  # for the length of a reading request

    @property
    def signed_in(self) -> bool:
        return self.user is not None


ANONYMOUS = Asker()


def asker_of(user: User | None, acting_for: str | None = None, two_factor: bool = False) -> Asker:
    """A person in the organisation named by `acting_for`, or in the first one of theirs.

    A person who has lost the roles in the organisation named acts for the first that remains.
    """
    if user is None or not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    asked = Role.objects.filter(user=user).order_by("since", "id")
    rows = list(asked.values_list("organisation", "name", "organisation__verified_at"))
    if not rows:
        return Asker(user=user.pk, two_factor=two_factor, roles=frozenset({"anonymous"}))
    chosen = next((house for house, *_ in rows if str(house) == acting_for), rows[0][0])
    return Asker(
        user=user.pk,
        organisation=chosen,
        roles=frozenset(name for house, name, _ in rows if house == chosen),
        verified=any(at is not None for house, _, at in rows if house == chosen),
        two_factor=two_factor,
    )


class Asking:
    """Middleware: `request.asker`, lazily, so that a page for everybody asks the database nothing."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.asker = SimpleLazyObject(lambda: _asker(request))
        return self.answer(request)


def _asker(request: HttpRequest) -> Asker:
    asker = asker_of(request.user, request.session.get(ACTING), _two_factor(request))
    return replace(asker, memo={}) if request.method in ("GET", "HEAD") else asker


def _two_factor(request: HttpRequest) -> bool:
    """True where this session was signed in with a second factor, or this hub does not ask for one."""
    ways = request.session.get("account_authentication_methods", [])
    return not settings.SECOND_FACTOR or any(way.get("method") == "mfa" for way in ways)
