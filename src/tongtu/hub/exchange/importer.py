"""Who imports, and what the policy lets them bring for whom."""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tongtu.hub.exchange.models import IMPORTS, for_others
from tongtu.hub.people.asking import Asker, asker_of
from tongtu.hub.people.models import Organisation, User
from tongtu.hub.policy import Context, Decision, Thing, clearance, decide
from tongtu.hub.records.sight import Sight

#: the states a new record may be given, and what the policy is asked for each
STATES: dict[str, Sequence[tuple[str, str]]] = {
    "draft": (),
    "review": (("submit", "draft"), ("publish", "review")),
    "published": (("publish", "review"),),
}


@dataclass
class Importer:
    """A person importing for their organisation, or (the secretariat) for a whole consortium."""

    asker: Asker
    organisation: Organisation
    _contexts: dict[str, Context] = field(default_factory=dict)

    @classmethod
    def of(cls, user: User, organisation: Organisation) -> Importer:
        """As the person stands now, not as they stood when they uploaded."""
        asker = asker_of(user, str(organisation.pk))
        return cls(asker, organisation)

    @cached_property
    def sight(self) -> Sight:
        return Sight(self.asker)

    @cached_property
    def others(self) -> bool:
        """Rows of other organisations are theirs to bring."""
        return for_others(self.asker)

    @property
    def own(self) -> str:
        return str(self.organisation.pk)

    def top(self, noun: str, tenant: str) -> str | None:
        """The highest class of fields they may bring for an organisation; None: nothing."""
        found = (clearance(self.sight.subject, Thing(noun, state="draft", owner=tenant), self.context(tenant), action)
                 for action in IMPORTS)  # fmt: skip
        return next((top for top in found if top is not None), None)

    def why_not(self, noun: str, tenant: str) -> Decision:
        """The decision about the whole record, with its reason."""
        action = IMPORTS[1] if self.others and tenant != self.own else IMPORTS[0]
        return decide(self.sight.subject, action, Thing(noun, state="draft", owner=tenant), self.context(tenant))

    def edits(self, noun: str, tenant: str, lifecycle: str) -> Decision:
        """Whether they may change a record in this state; the secretariat's import is itself the permission."""
        context, thing = self.context(tenant), Thing(noun, state=lifecycle, owner=tenant)
        if context.relation != "own":
            return decide(self.sight.subject, IMPORTS[1], thing, context)
        return decide(self.sight.subject, "edit", thing, context)

    def states(self, tenants: Iterable[str], listing: Container[str] = ()) -> list[str]:
        """The states that new records of all these organisations may be given; `listing`: those with listings.

        Nobody of the house that runs the hub brings listings of its own and publishes them alone. What is no listing
        (an item, a call, a declared conflict) has no page on which a second person could.
        """
        contexts = {self.context(t): t for t in tenants}
        found = [state for state, ways in STATES.items() if all(self._may(ways, t) for t in contexts.values())]
        alone = self.organisation.is_operator and self.own in listing
        return [state for state in found if state != "published" or not alone]

    def context(self, tenant: str) -> Context:
        if tenant not in self._contexts:
            self._contexts[tenant] = self.sight.context(uuid.UUID(tenant))
        return self._contexts[tenant]

    def _may(self, ways: Sequence[tuple[str, str]], tenant: str) -> bool:
        asked = (decide(self.sight.subject, action, Thing("", state=state, owner=tenant), self.context(tenant))
                 for action, state in ways)  # fmt: skip
        return not ways or any(asked)
