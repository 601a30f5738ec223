"""Who works here, for whom, and in which role.

Organisation ── parent (tree) ── owner group
  └─ Role: user × organisation × role      one person may serve several organisations, and acts for one at a time
Invitation  an address asked to join in a role        Token  a service account's key, kept as its hash
Grant       what two organisations have opened to each other: interest, then the confidentiality click
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class Organisation(models.Model):
    """A tenant. Its public particulars are the record `organisations` under the same id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    uscc = models.CharField(max_length=18, null=True, blank=True, unique=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    owner_group = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="group")
    verified_at = models.DateTimeField(null=True, blank=True)
    is_operator = models.BooleanField(default=False)  # runs the hub: its members may hold the operator's roles
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name

    def title(self, lang: str) -> str:
        """The name in the reader's language where it is known."""
        return self.name_en if lang == "en" and self.name_en else self.name


class Rivalry(models.Model):
    """One organisation has named another its rival; only the one who named knows."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="rivalries")
    rival = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "rival"], name="one_rivalry")]


class Users(BaseUserManager["User"]):
    """Accounts by e-mail address, compared without case."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser):
    """A person, or a service account of an organisation (`is_service`, which never signs in by password)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    is_service = models.BooleanField(default=False)
    lang = models.CharField(max_length=2, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = Users()
    USERNAME_FIELD = EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.Model):
    """A person's role in an organisation; `name` is one of `policy/roles.csv`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=40)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organisation", "name"], name="one_role"),
        ]


class Invitation(models.Model):
    """An address asked to join an organisation in a role; the secret of its link is kept as a hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)


class Token(models.Model):
    """The key of a service account, shown once. The account does what the policy says of `service_account`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    read_only = models.BooleanField(default=True)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class Expertise(models.Model):
    """A person assigned as expert to a subject of an organisation, or known to be in conflict with it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="expertise")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="experts")
    record = models.UUIDField(null=True, blank=True)  # the listing or case; null: everything of the organisation
    conflicted = models.BooleanField(default=False)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)


class Grant(models.Model):
    """Two listings of two organisations that found interest in each other, and what was opened on that.

    The pair is kept in one order (`a` asked). Restricted fields open when both have accepted the terms (click-NDA);
    commercial ones only while the giving side's secrecy officer has released them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    a = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="grants_asked")
    b = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="grants_answered")
    record_a = models.UUIDField()
    record_b = models.UUIDField()
    interest_a = models.DateTimeField(null=True, blank=True)
    interest_b = models.DateTimeField(null=True, blank=True)
    accepted_a = models.DateTimeField(null=True, blank=True)
    accepted_b = models.DateTimeField(null=True, blank=True)
    released_a = models.DateTimeField(null=True, blank=True)
    released_b = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    terms = models.CharField(max_length=40, blank=True)  # the version of the terms that were accepted

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_a", "record_b"], name="one_grant")]
        indexes: ClassVar = [models.Index(fields=["b"]), models.Index(fields=["a"])]

    @property
    def mutual(self) -> bool:
        return bool(self.interest_a and self.interest_b and not self.ended_at)

    @property
    def open(self) -> bool:
        """True where both sides may see each other's restricted fields of these two records."""
        return bool(self.mutual and self.accepted_a and self.accepted_b)
