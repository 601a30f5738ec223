"""What experts bring to the navigation and to the first page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tongtu.hub.experts import judging
from tongtu.hub.experts.views import open_to
from tongtu.hub.look.home import place, section
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.records.sight import sight_for

MOST = 6


def to_judge(request: HttpRequest) -> dict[str, Any] | None:
    """What an expert was assigned to and has not judged yet."""
    asker = request.asker  # type: ignore[attr-defined]
    if "expert" not in asker.roles:
        return None
    waiting = [task for task in judging.mine(sight_for(asker), lang()) if task.opinion is None]
    return {"tasks": waiting[:MOST]} if waiting else None


place(38, "experts:index", "hub_experts.nav", open_to)
section(10, "experts/_home.html", to_judge)
