"""The opening hours of a platform's lines."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tongtu.hub.listings import hours
from tongtu.hub.listings.showing import as_uuid, title_of
from tongtu.hub.listings.views.common import heeds_conflict, lang, record_or_404, revision_of, sight_of
from tongtu.hub.look.faults import sentences
from tongtu.hub.records.permit import may, require
from tongtu.hub.records.visible import shown
from tongtu.terms.faults import TongtuError


@require_http_methods(["GET", "HEAD", "POST"])
@heeds_conflict
def page(request: HttpRequest, noun: str, uid: uuid.UUID) -> HttpResponse:
    """The lines with their openings; for the platform's own people a form to add one and a button to take one off."""
    of, record = record_or_404(request, noun, uid)
    if noun != hours.KIND:
        raise Http404
    sight, against = sight_of(request), list[str]()
    if request.method == "POST":
        require(sight, "set_openings", record=record)
        try:
            if "remove" in request.POST:
                hours.remove(sight, record, as_uuid(request.POST["remove"]), revision_of(request))
            else:
                line = as_uuid(request.POST.get("line", ""))
                hours.add(sight, record, line, request.POST.dict(), revision_of(request))
        except TongtuError as fault:
            against = sentences(fault)
        else:
            return redirect("listings:hours", noun=noun, uid=uid)
    read = shown(sight, record)
    context = {
        "of": of, "label": of.noun.label(lang()), "record": record, "lines": hours.lines(sight, record, lang()),
        "title": title_of(read.values, lang()) if read else "", "against": against, "sent": request.POST,
        "fields": [(f.name, f.column.label(lang()), f.column.kind) for f in hours.asked()],
        "may": may(sight, "set_openings", record=record), "own": record.tenant_id == sight.asker.organisation,
    }  # fmt: skip
    return render(request, "listings/hours.html", context, status=422 if against else 200)
