"""Corrections: any reader proposes a wording, whoever keeps the shelf decides, and the old wording stays to be read."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongtu.hub.briefs.models import Brief, Correction, kept
from tongtu.hub.briefs.page import named, restored, sentence_of
from tongtu.hub.care.log import record as log
from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import secrecy
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang

LONGEST = 1000
_WAITING_OF_ONE = 50


@transaction.atomic
def propose(asker: Asker, row: Brief, sentence: str, wording: str, reason: str, lang: Lang) -> Correction:
    """Keeps what a reader would rather have a sentence say.

    Raises PermissionDenied, and UsageFault where words are missing, too many, or the sentence is gone.
    """
    _require(asker, row, "propose_correction")
    wording, reason = _clean(wording), _clean(reason)
    if not wording or not reason or max(len(wording), len(reason)) > LONGEST:
        raise UsageFault.because("hub_briefs.no-wording", "hub_briefs.no-wording-repair", most=LONGEST)
    secrecy.refuse(wording, reason)
    found = sentence_of(row, sentence)
    if found is None:
        raise UsageFault.because("hub_briefs.no-sentence", "hub_briefs.no-sentence-repair")
    if row.corrections.filter(user=asker.user, state="proposed").count() >= _WAITING_OF_ONE:
        raise UsageFault.because("hub_briefs.many-proposed", "hub_briefs.many-proposed-repair", most=_WAITING_OF_ONE)
    made = Correction.objects.create(
        brief=row, sentence=found[1].origin, said=kept(found[0].says), wording=wording, lang=lang, reason=reason,
        user_id=asker.user, organisation_id=asker.organisation,
    )  # fmt: skip
    log(asker, "propose_correction", kind="brief", thing=row.pk, tenant=row.organisation_id)
    return made


@transaction.atomic
def decide(asker: Asker, found: Correction, accept: bool) -> bool:
    """Accepts or declines a proposal; False where somebody else has decided it. Raises PermissionDenied."""
    _require(asker, found.brief, "decide_correction")
    state = "accepted" if accept else "declined"
    open_ = Correction.objects.filter(pk=found.pk, state="proposed")
    if not open_.update(state=state, decided_by=asker.user, decided_at=timezone.now()):
        return False
    if accept:
        Brief.objects.filter(pk=found.brief_id).update(**named(restored(found.brief)))
    log(asker, "decide_correction", kind="brief", thing=found.brief_id, tenant=found.brief.organisation_id)
    return True


def waiting(asker: Asker) -> QuerySet[Correction]:
    """What this asker can decide: proposals on briefs of their own organisation."""
    own = Brief.objects.visible_to(asker).filter(organisation=asker.organisation)
    return Correction.objects.filter(brief__in=own).select_related("brief", "user", "organisation")


def _require(asker: Asker, row: Brief, action: str) -> None:
    decision = row.allows(asker, action)
    if not decision.allowed:
        raise PermissionDenied(decision.reason)


def _clean(text: str) -> str:
    return " ".join(text.replace("\0", "").split())
