"""Reading documents in: the form, and how far a reading is."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tongtu.hub.briefs import reading
from tongtu.hub.briefs.models import Reading, of_own
from tongtu.hub.exchange import files
from tongtu.hub.look.faults import sentences
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.people.models import Organisation
from tongtu.terms.faults import FileRefused

SIZE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The form with the last readings; a POST brings documents and shows how far their reading is."""
    asker = request.asker
    decision = of_own(asker, "read_in")
    if not decision.allowed:
        raise PermissionDenied(decision.reason)
    against: list[str] = []
    if request.method == "POST":
        try:
            made = reading.begin(asker, _uploads(request, "new"), _uploads(request, "old"))
            return redirect("briefs:reading", pk=made.pk)
        except FileRefused as refusal:
            against = sentences(refusal)
    house = Organisation.objects.get(pk=asker.organisation)
    context = {
        "against": against, "taken": ",".join(reading.TAKEN), "limit": files.limits().bytes >> 20,
        "most": reading.MOST_FILES, "shared": house.is_operator, "own": house.title(lang()),
        "readings": Reading.objects.visible_to(asker).select_related("user", "job")[:SIZE],
    }  # fmt: skip
    return render(request, "briefs/begin.html", context, status=422 if against else 200)


def _uploads(request: HttpRequest, name: str) -> list[reading.Upload]:
    return [reading.Upload(given.name or "", given.chunks()) for given in request.FILES.getlist(name)]


@require_safe
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What became of a reading; asked for by htmx, only the part that changes."""
    rows: Any = Reading.objects.visible_to(request.asker).select_related("user", "job")
    found = get_object_or_404(rows, pk=pk)
    working = found.state == "reading" and not found.stuck
    context = {
        "reading": found, "working": working, "briefs": found.briefs.defer("body").order_by("-day", "id"),
        "rows": [{"fault": fault, "place": fault.place(lang())} for fault in found.faults],
    }  # fmt: skip
    part = request.headers.get("HX-Request")
    response = render(request, "briefs/_working.html" if part and working else "briefs/reading.html", context)
    if part and not working:
        response["HX-Refresh"] = "true"  # the work is done: the whole page has something new to say
    return response
