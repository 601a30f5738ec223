"""Who asks, as the hub knows them."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from tongtu.hub.api.both import both
from tongtu.hub.api.door import sight_of, unauthenticated
from tongtu.hub.api.records import answer
from tongtu.hub.api.routes import route
from tongtu.hub.api.schemas import Open
from tongtu.hub.listings.kinds import kinds
from tongtu.hub.listings.saving import may_create
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.people.models import Organisation, User
from tongtu.terms.why import Why


class House(Open):
    uid: uuid.UUID
    name: str


class Me(Open):
    """The person or program, the organisation acted for, and what they may begin."""

    user: uuid.UUID
    name: str
    service: bool = Field(description=both("field-service"))
    organisation: House | None
    roles: list[str] = Field(examples=[["editor"]])
    verified: bool
    two_factor: bool
    may_create: list[str] = Field(examples=[["needs", "achievements"]])
    lang: str = Field(examples=["zh"])


@route("GET", "/me", "me", scope=["self"], group=Why("hub_api.group-me"), about=Why("hub_api.op-me"), answers={200: Me})
def me(request: HttpRequest) -> HttpResponse:
    asker, sight = request.asker, sight_of(request)
    if not asker.signed_in:
        raise unauthenticated()
    user = User.objects.get(pk=asker.user)
    house = Organisation.objects.filter(pk=asker.organisation).first()
    return answer(Me, {
        "user": user.pk, "name": str(user), "service": user.is_service, "roles": sorted(asker.roles),
        "organisation": {"uid": house.pk, "name": house.title(lang())} if house else None,
        "verified": asker.verified, "two_factor": asker.two_factor, "lang": lang(),
        "may_create": [name for name, kind in kinds().items() if may_create(sight, kind)],
    })  # fmt: skip
