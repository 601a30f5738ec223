"""What people bring to the navigation and to the account's menu."""

from __future__ import annotations

from tongtu.hub.look.home import belongs, place
from tongtu.hub.people.asking import Asker
from tongtu.hub.records.permit import may


def _verifies(asker: Asker) -> bool:
    return asker.signed_in and may(asker, "verify_organisation", kind="organisation").allowed


def _sees_members(asker: Asker) -> bool:
    return belongs(asker) and may(asker, "see_members", kind="people", tenant=asker.organisation).allowed


place(70, "people:organisations", "hub_people.organisations", _verifies)
place(10, "people:organisation", "hub_people.organisation", belongs, menu=True)
place(20, "people:members", "hub_people.members", _sees_members, menu=True)
place(30, "people:tokens", "hub_people.tokens", _sees_members, menu=True)
