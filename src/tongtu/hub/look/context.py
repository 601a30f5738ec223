"""What every page knows: the language, who asks, and where they may go."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tongtu.hub.look.templatetags.tongtu import lang


def page(request: HttpRequest) -> dict[str, Any]:
    return {"lang": lang(), "asker": getattr(request, "asker", None), "number": getattr(request, "number", "")}
