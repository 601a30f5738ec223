"""What those ask who watch over the hub; no sign-in, no session, nothing that a stranger must not know."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongtu.hub.care.health import findings


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 where the hub can work, 503 where something that it needs is missing; what it is stands in the body."""
    found = findings()
    well = all(finding.ok for finding in found)
    body = {
        "ready": well,
        "time": timezone.now().isoformat(timespec="milliseconds"),
        "checks": {finding.name: finding.shown() for finding in found},
    }
    return JsonResponse(body, status=200 if well else 503)


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """200 where the process answers at all; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


app_name = "health"
urlpatterns = [path("", ready, name="ready"), path("live/", live, name="live")]
