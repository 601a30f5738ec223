"""Forecasts held against what came: the round that follows them, and how often each source was right."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from tongtu.hub.briefs.models import Brief, Claim, kept
from tongtu.hub.briefs.pack import pack
from tongtu.hub.briefs.page import original
from tongtu.hub.people.asking import Asker
from tongtu.terms.why import Why

OPEN = "open"
_COUNTED = 20_000
#: what tells one forecast from another, and how it stands
_COUNTS = (
    "claim", "source", "statement", "measure", "scope", "operator", "low", "high", "unit", "made", "due", "state",
)  # fmt: skip


def follow(as_of: date, progress: Any = None) -> int:
    """Every forecast that is still open, held against the statistics known on a day. How many are decided now."""
    from tongtu.brief.claims import follow as followed

    waiting = Brief.objects.filter(pk__in=Claim.objects.filter(state=OPEN).values("brief")).order_by("pk")
    if not waiting.exists():
        return 0
    observed, decided = _statistics(as_of), 0
    for row in waiting.iterator(chunk_size=50):
        if progress is not None:
            progress.progress(decided)
        found = {one["claim"]: one for one in followed(original(row).claims, observed, as_of).to_dicts()}
        with transaction.atomic():
            for claim in row.claims.filter(state=OPEN):
                now = found.get(claim.claim)
                if now is not None:
                    why = kept(Why.from_json(now["why"]))
                    Claim.objects.filter(pk=claim.pk).update(state=now["state"], why=why)
                    decided += now["state"] != OPEN
    return decided


def _statistics(as_of: date) -> Any:
    """What has been measured, as far as everybody may know it: the pack's figures and those of the records."""
    from tongtu.chain.compose import with_pack
    from tongtu.hub.briefs.models import SHARED
    from tongtu.hub.records.adapt import snapshot

    return with_pack(snapshot(clearance=SHARED), pack()).known(as_of)["statistics"]


def sources(asker: Asker) -> list[dict[str, Any]]:
    """How each source of the briefs one sees has fared; a share only where enough of its forecasts are decided."""
    import polars as pl

    from tongtu.brief.claims import CLAIMS, by_source

    visible = Claim.objects.filter(brief__in=Brief.objects.visible_to(asker)).exclude(source="")
    rows = [
        {name: None if value == "" else value for name, value in row.items()}
        for row in visible.order_by("pk").values(*_COUNTS)[:_COUNTED]
    ]
    found = by_source(pl.DataFrame(rows, schema=dict(CLAIMS))) if rows else pl.DataFrame()
    return [{**row, "why": Why.from_json(row["why"])} for row in found.to_dicts()]
