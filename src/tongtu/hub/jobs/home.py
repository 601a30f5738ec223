"""What the room of jobs brings to the navigation."""

from __future__ import annotations

from tongtu.hub.look.home import place
from tongtu.hub.people.asking import Asker
from tongtu.hub.records.permit import may


def _open_to(asker: Asker) -> bool:
    return asker.signed_in and may(asker, "see_jobs", kind="job", tenant=asker.organisation).allowed


place(80, "jobs:index", "hub_jobs.nav", _open_to, menu=True)
