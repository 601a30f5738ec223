"""Who asks, about what, under which circumstances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody asking, acting for one organisation at a time.

    `roles` are the roles in that organisation together with those held from the operator (`roles.csv`); none means
    anonymous. `verified`: the organisation's identity was verified. `two_factor`: the second factor was given in this
    session (true also where a deployment does not ask for one).
    """

    organisation: str | None = None
    roles: frozenset[str] = frozenset()
    verified: bool = False
    two_factor: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """What is asked about: a field of a record, a record, or something that has no state of its own.

    `kind` names the noun or page, for the log; it never changes an answer. An action on a whole record (publish,
    renew, withdraw) is asked with its most open class, `public`; its fields are then shown by `clearance`. A new
    record is a `draft`.
    """

    kind: str
    disclosure: str = "public"
    state: str = "published"
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What stands between the two at this moment.

    `relation`: what the subject's organisation (or the subject as an expert) is to the owner, see `relate`.
    `mutual`: both sides have expressed interest. `granted`: the confidentiality click of this pair is in force for
    this record. `released`: the owner's secrecy officer released the record's commercial fields to this person.
    `self_target`: the action is about the person who asks.
    """

    relation: str = "stranger"
    mutual: bool = False
    granted: bool = False
    released: bool = False
    self_target: bool = False


class Question(NamedTuple):
    """Everything an answer depends on, and nothing else: equal questions have equal answers."""

    roles: frozenset[str]
    action: str
    relation: str
    disclosure: str
    state: str
    verified: bool
    two_factor: bool
    mutual: bool
    granted: bool
    released: bool
    self_target: bool


ANONYMOUS = frozenset({"anonymous"})
CONDITIONS = {
    "verified": "verified", "two_factor": "two_factor", "mutual": "mutual", "granted": "granted",
    "released": "released", "self": "self_target",
}  # fmt: skip
"""A word under `when` in permissions.csv → the field of a question that must be true."""
