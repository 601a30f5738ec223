"""Argon2id at 19 MiB, two passes: some 25 sign-ins a second on two cores, so that nine o'clock does not stand still."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """The parameters that OWASP names as the lower of its two equal settings."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
