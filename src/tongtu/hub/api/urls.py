"""Where the API stands: the page of operations, their OpenAPI document, and the operations under /api/v1/."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path

from tongtu.hub.api import pages
from tongtu.hub.api.door import door
from tongtu.hub.api.operations import load
from tongtu.hub.api.routes import api

load()


@door
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """What stands nowhere is not there, like what one may not know of."""
    raise Http404


app_name = "api"
urlpatterns: list[URLPattern] = [
    path("", pages.operations, name="docs"),
    path("v1/openapi.json", door(pages.openapi), name="openapi"),
    *(URLPattern(found.pattern, door(found.callback), found.default_args, found.name)
      for found in api.urls[0] if found.name != "api-root"),
    path("v1/<path:rest>", nothing, name="nothing"),
]  # fmt: skip
