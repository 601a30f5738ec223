"""Who asks: the person, the organisation acted for, and the roles in it; put on every request as `request.asker`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import starmap
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from tongtu.hub.people.models import Role, User
from tongtu.hub.statements import fetch

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


def asker_of(
    user: User | None, acting_for: str | None = None, two_factor: bool = False, memo: dict[str, Any] | None = None
) -> Asker:
    """A person in the organisation named by `acting_for`, or in the first one of theirs.

    A person who has lost the roles in the organisation named acts for the first that remains.
    """
    if user is None or not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    held = served(user.pk)
    if memo is not None:
        memo["served"] = held
    if not held:
        return Asker(user=user.pk, two_factor=two_factor, roles=frozenset({"anonymous"}), memo=memo)
    chosen = next((role.house for role in held if str(role.house) == acting_for), held[0].house)
    return Asker(
        user=user.pk,
        organisation=chosen,
        roles=frozenset(role.name for role in held if role.house == chosen),
        verified=any(role.verified_at is not None for role in held if role.house == chosen),
        two_factor=two_factor,
        memo=memo,
    )


class Held(NamedTuple):
    """A role that somebody holds, with what a page says of its organisation."""

    house: uuid.UUID
    name: str
    verified_at: datetime | None
    called: str
    called_en: str

    def title(self, lang: str) -> str:
        """The organisation's name in the reader's language where it is known."""
        return self.called_en if lang == "en" and self.called_en else self.called


def served(user: uuid.UUID) -> list[Held]:
    """Every role of a person, the earliest first."""

    def asked() -> QuerySet[Role]:
        of_house = (f"organisation__{name}" for name in ("verified_at", "name", "name_en"))
        return Role.objects.filter(user=user).order_by("since", "id").values_list("organisation", "name", *of_house)

    return list(starmap(Held, fetch(("roles",), (user,), asked)))


class Asking:
    """Middleware: `request.asker`, lazily, so that a page for everybody asks the database nothing."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.asker = SimpleLazyObject(lambda: _asker(request))
        return self.answer(request)


def _asker(request: HttpRequest) -> Asker:
    memo: dict[str, Any] | None = {} if request.method in ("GET", "HEAD") else None
    asker = asker_of(request.user, request.session.get(ACTING), _two_factor(request), memo)
    return replace(asker, memo=memo) if asker.memo is not memo else asker


def _two_factor(request: HttpRequest) -> bool:
    """True where this session was signed in with a second factor, or this hub does not ask for one."""
    ways = request.session.get("account_authentication_methods", [])
    return not settings.SECOND_FACTOR or any(way.get("method") == "mfa" for way in ways)
