"""The plan of the chain for the hub: made by the worker from what members read of each other, shown as its report."""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from tongtu.hub.matches.models import Plan

#: the class of readers a plan is made for
DISCLOSURE = "teaser"
PAGE, BOOK = "report.html", "plan.xlsx"
KEPT = 3
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def folder(plan: Plan) -> Path:
    """Where a plan's files lie."""
    return Path(settings.HOME) / "plans" / str(plan.pk)


def current() -> Plan | None:
    """The newest plan that is complete: its row is written after its files."""
    return Plan.objects.filter(disclosure=DISCLOSURE).order_by("-created_at").first()


def make(as_of: date, progress: Any = None, pack: str = "cn", lang: str = "zh") -> Plan | None:
    """A new plan, or None where the newest one stands on the same records and day."""
    from tongtu.hub.records.adapt import snapshot

    registry = snapshot(clearance=DISCLOSURE)
    digest = registry.digest()
    newest = current()
    if newest is not None and (newest.digest, newest.as_of) == (digest, as_of):
        return None
    from tongtu import chain, packs
    from tongtu.door import report

    law = packs.load(pack)
    made = chain.plan(registry, law, as_of=as_of, progress=progress)
    rows = made["links"].select("link", "status", "rows_in", "rows_out").to_dicts()
    plan = Plan(disclosure=DISCLOSURE, digest=digest, as_of=as_of, links=rows)
    place = folder(plan)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as half:
        report(made, half, law, "en" if lang == "en" else "zh")
        Path(half).rename(place)
        Path(half).mkdir()  # for the context manager to remove
    with transaction.atomic():
        plan.save(force_insert=True)
        old = list(Plan.objects.filter(disclosure=DISCLOSURE).order_by("-created_at")[KEPT:])
        Plan.objects.filter(pk__in=[p.pk for p in old]).delete()
    for gone in old:
        shutil.rmtree(folder(gone), ignore_errors=True)
    return plan


def policy(page: str) -> str:
    """The page's own Content-Security-Policy: hashes of the scripts that it carries, and nothing from outside."""
    found = _POLICY.search(page)
    if found is None:
        raise ValueError("the report states no Content-Security-Policy")
    return f"{found[1].rstrip('; ')}; frame-ancestors 'none'"
