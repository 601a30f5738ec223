"""What briefs bring to the navigation and to the first page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tongtu.hub.briefs.models import Brief, may_see, of_own
from tongtu.hub.look.home import place, section
from tongtu.hub.people.asking import Asker

MOST = 4


def reads(asker: Asker) -> bool:
    return asker.signed_in and may_see(asker)


def decides(asker: Asker) -> bool:
    return asker.signed_in and of_own(asker, "decide_correction").allowed


def latest(request: HttpRequest) -> dict[str, Any] | None:
    """The briefs that came last."""
    asker = request.asker  # type: ignore[attr-defined]
    if not reads(asker):
        return None
    rows = list(Brief.objects.visible_to(asker).defer("body").order_by("-made_at", "-id")[:MOST])
    return {"rows": rows} if rows else None


place(37, "briefs:index", "hub_briefs.nav", reads)
place(22, "briefs:digest", "hub_briefs.nav-digest", reads, menu=True)
place(24, "briefs:corrections", "hub_briefs.nav-corrections", decides, menu=True)
section(50, "briefs/_home.html", latest)
