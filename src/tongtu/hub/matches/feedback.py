"""What people say of a pair: useful or not, and why. It trains the weights, and is its organisation's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.matches.models import Feedback
from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import secrecy
from tongtu.hub.records.permit import require
from tongtu.terms.faults import UsageFault

#: what can be said, as the registry's noun `judgments` counts it
SCALE = (0, 1, 2, 3)
_LONGEST = 500


@transaction.atomic
def judge(asker: Asker, own: Any, other: Any, given: Mapping[str, str]) -> Feedback:
    """Keeps one judgment an organisation and pair; a later one takes its place. Raises UsageFault, PermissionDenied."""
    require(asker, "rate_match", record=own)
    useful, why = given.get("useful", ""), given.get("why", "").strip()
    if useful not in map(str, SCALE) or len(why) > _LONGEST:
        raise UsageFault.because("hub_matches.no-judgment", "hub_matches.no-judgment-repair", most=_LONGEST)
    secrecy.refuse(why)
    found, _ = Feedback.objects.update_or_create(
        question=own.pk,
        answer=other.pk,
        organisation_id=asker.organisation,
        defaults={"useful": int(useful), "why": why, "user_id": asker.user, "at": timezone.now()},
    )
    log(asker, "rate_match", kind="feedback", thing=found.pk, tenant=own.tenant_id)
    return found


def given(asker: Asker, own: Any, other: Any) -> Feedback | None:
    """What the asker's organisation has said of this pair."""
    return Feedback.objects.filter(question=own.pk, answer=other.pk, organisation=asker.organisation).first()
