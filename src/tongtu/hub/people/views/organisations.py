"""Organisations: registering one, verifying it, where it stands in its group, and whom it calls its rivals."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tongtu.hub.care.log import record
from tongtu.hub.look.faults import sentences
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.hub.people import houses
from tongtu.hub.people.models import Organisation, Rivalry
from tongtu.hub.people.views.members import organisation_of
from tongtu.hub.records.permit import may, require
from tongtu.terms.faults import UsageFault


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All organisations for whoever verifies them; for others the own one."""
    if not may(request.asker, "verify_organisation", kind="organisation").allowed:
        return own(request)
    rows = houses.page(after=request.GET.get("after", ""))
    return render(request, "people/organisations.html", {"rows": rows})


@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """The organisation acted for: where it stands, its parent, its rivals."""
    if request.asker.organisation is None:
        raise Http404
    found = get_object_or_404(Organisation, pk=request.asker.organisation)
    context = {
        "organisation": found,
        "title": found.title(lang()),
        "children": found.children.all(),
        "rivals": Rivalry.objects.filter(organisation=found).select_related("rival"),
        "may_edit": may(request.asker, "edit_organisation", kind="organisation", tenant=found.pk),
        "may_rival": may(request.asker, "declare_rival", kind="organisation", tenant=found.pk),
    }
    return render(request, "people/organisation.html", context)


@require_POST
def edit(request: HttpRequest) -> HttpResponse:
    """Changes the own organisation's names."""
    found = organisation_of(request, None, "edit_organisation")
    try:
        houses.edit(request.asker, found, request.POST)
    except UsageFault as fault:
        messages.error(request, " ".join(sentences(fault)))
    return redirect("people:organisation")


@require_POST
def verify(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Confirms that an organisation is who it says it is."""
    require(request.asker, "verify_organisation", kind="organisation")  # before it is looked for: ids tell nothing
    found = get_object_or_404(Organisation, pk=pk)
    require(request.asker, "verify_organisation", kind="organisation", tenant=found.pk)
    with transaction.atomic():
        Organisation.objects.filter(pk=found.pk, verified_at=None).update(verified_at=timezone.now())
        record(request.asker, "verify_organisation", kind="organisation", thing=str(found.pk), tenant=found.pk)
    return redirect("people:organisations")


@require_POST
def rival(request: HttpRequest) -> HttpResponse:
    """Names another organisation a rival, or takes that back; the other one is not told."""
    found = organisation_of(request, None, "declare_rival")
    try:
        houses.rival(request.asker, found, request.POST.get("name", ""), request.POST.get("remove", ""))
    except UsageFault as fault:
        messages.error(request, " ".join(sentences(fault)))
    return redirect("people:organisation")
