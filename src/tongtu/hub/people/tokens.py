"""Service accounts: a program of an organisation comes with a token, in roles that the organisation gave it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tongtu.hub.care.log import record
from tongtu.hub.people.asking import ANONYMOUS, Asker
from tongtu.hub.people.members import digest
from tongtu.hub.people.models import Organisation, Role, Token, User

#: a token begins with this, so that scanners of code find one that was committed by mistake
PREFIX = "tongtu_"

#: the role of every program; it stands alone, and what needs a person's judgment stays with people
ROLE = "service_account"


@transaction.atomic
def create(
    asker: Asker, organisation: Organisation, name: str, read_only: bool = True, days: int = 180
) -> tuple[Token, str]:
    """A service account with its token. The token is shown once and kept as a hash."""
    address = f"{secrets.token_hex(8)}@service.invalid"
    account = User.objects.create_user(address, None, name=name, is_service=True)
    Role.objects.create(user=account, organisation=organisation, name=ROLE, granted_by_id=asker.user)
    secret = PREFIX + secrets.token_urlsafe(32)
    found = Token.objects.create(
        user=account,
        organisation=organisation,
        name=name,
        read_only=read_only,
        digest=digest(secret),
        created_by_id=asker.user,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(asker, "create_token", kind="read" if read_only else "write", thing=str(found.pk), tenant=organisation.pk)
    return found, secret


@transaction.atomic
def revoke(asker: Asker, token: Token) -> None:
    """Ends a token and its account at once."""
    Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    User.objects.filter(pk=token.user_id, is_service=True).update(is_active=False)
    record(asker, "revoke_token", thing=str(token.pk), tenant=token.organisation_id)


def bearer(header: str) -> Asker:
    """Who comes with this Authorization header; anonymous where the token is unknown, past or revoked."""
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.startswith(PREFIX):
        return ANONYMOUS
    now = timezone.now()
    rows = Token.objects.filter(digest=digest(secret), revoked_at=None, expires_at__gt=now, user__is_active=True)
    token = rows.select_related("organisation").first()
    if token is None:
        return ANONYMOUS
    if token.used_at is None or now - token.used_at > timedelta(minutes=5):
        Token.objects.filter(pk=token.pk).update(used_at=now)
    roles = Role.objects.filter(user=token.user_id, organisation=token.organisation_id).values_list("name", flat=True)
    verified = token.organisation.verified_at is not None
    return Asker(token.user_id, token.organisation_id, frozenset(roles), verified, read_only=token.read_only)
