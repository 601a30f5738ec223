"""How people come in: by invitation alone; allauth's adapter for sign-in, and who a session belongs to."""

from __future__ import annotations

import uuid

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from tongtu.hub.people.models import User
from tongtu.hub.statements import first

BACKEND = "tongtu.hub.people.signing.Backend"


class Adapter(DefaultAccountAdapter):
    """No open sign-up: an account begins with an invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Sign-in by address and password."""

    def get_user(self, user_id: uuid.UUID) -> User | None:
        """The person of a session, read anew with every request."""
        user: User | None = first(("user",), (user_id,), lambda: User.objects.filter(pk=user_id))
        return user if user is not None and self.user_can_authenticate(user) else None
