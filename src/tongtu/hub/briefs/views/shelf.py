"""The list of briefs, one brief, and taking one off the shelf."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tongtu.hub.briefs import page, shelf
from tongtu.hub.briefs.models import may_read_in
from tongtu.hub.briefs.views.common import brief_of, reader
from tongtu.hub.care.log import record as log
from tongtu.hub.look.templatetags.tongtu import lang
from tongtu.terms.words import word


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The briefs this reader sees: newest or hottest first, narrowed as the address says."""
    asker, asked = reader(request), shelf.asked(request.GET)
    rows, more = shelf.page(asker, asked)
    kinds = [
        (kind, [(value, n, asked.query(**{kind: value, "page": ""})) for value, n in shelf.facets(asker, kind)])
        for kind in ("direction", "organisation")
    ]
    context = {
        "rows": [(row, [t.value for t in row.tags.all() if t.kind == "direction"][:4]) for row in rows], "asked": asked,
        "orders": [(order, asked.query(order=order), f"hub_briefs.order-{order}") for order in shelf.ORDERS],
        "kinds": kinds, "may_read_in": may_read_in(asker), "narrowed": asked.query(order=""),
        "following": asked.query(page=asked.page + 1) if more else "",
        "before": asked.query(page=asked.page - 1) if asked.page > 1 else "",
    }  # fmt: skip
    return render(request, "briefs/index.html", context)


@require_safe
def brief(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A brief with the source under every sentence."""
    row = brief_of(request, pk)
    whole = page.page(row)
    context = {
        "row": row, "page": whole,
        "related": page.related(request.asker, row, whole.made), "drafts": list(row.drafts.only("pk", "name")),
        "directions": [t.value for t in row.tags.all() if t.kind == "direction"],
        "may_correct": row.allows(request.asker, "propose_correction").allowed,
        "may_remove": row.allows(request.asker, "read_in").allowed,
    }  # fmt: skip
    return render(request, "briefs/brief.html", context)


@require_POST
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Takes a brief off the shelf, with what readers said of it; the log keeps that it was there."""
    row = brief_of(request, pk)
    decision = row.allows(request.asker, "read_in")
    if not decision.allowed:
        raise PermissionDenied(decision.reason)
    with transaction.atomic():
        log(request.asker, "remove_brief", kind="brief", thing=row.pk, tenant=row.organisation_id)
        row.delete()
    messages.success(request, word("hub_briefs.removed", lang()))
    return redirect("briefs:index")
