"""What is kept of policy briefs, and of those who read them.

Reading ── Brief ── Tag       what it speaks of, to narrow lists by      Claim   forecasts, to be held against what came
                 ├─ Correction  a reader's wording of a sentence
                 └─ Draft       a rule file proposed from a document, for a person to approve
Desk    what one reader of one organisation wants: budget, rhythm, mail, feed ── Follow ── Sent
"""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from tongtu.hub.people.asking import Asker
from tongtu.hub.policy import Context, Decision, Thing, clearance, decide
from tongtu.hub.records.sight import sight_for
from tongtu.registry.columns import DISCLOSURE
from tongtu.terms.faults import Fault, Severity
from tongtu.terms.why import Why

#: of the operator, for every verified organisation; of another house, for this house
SHARED, OWN = "teaser", "restricted"
KINDS = ("topic", "direction", "organisation")
EVERY = ("day", "week")


def told(kept: Any) -> Why | None:
    """A reason as a JSON column keeps it."""
    return Why.from_json(json.dumps(kept)) if kept else None


def kept(why: Why | None) -> Any:
    """A reason as a JSON column takes it."""
    return json.loads(why.to_json()) if why else {}


class OfReaders(models.QuerySet):
    """Readings: of one's own organisation, for those who may read documents in."""

    def visible_to(self, asker: Asker) -> OfReaders:
        return self.filter(organisation=asker.organisation) if may_read_in(asker) else self.none()


class Shelved(models.QuerySet):
    """Briefs: one's own organisation's, and those that are for everybody's."""

    def visible_to(self, asker: Asker) -> Shelved:
        own, others = seen(asker)
        mine = Q(organisation=asker.organisation, disclosure__in=own) if own else Q(pk__in=[])
        return self.filter(mine | (Q(disclosure__in=others) & ~Q(organisation=asker.organisation)))


def seen(asker: Asker) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The classes of briefs that somebody sees of their own organisation, and of others."""
    subject = sight_for(asker).subject
    mine = Thing("brief", owner=subject.organisation)
    own = clearance(subject, mine, Context("own"), "see_brief") if subject.organisation else None
    return _up_to(own), _up_to(clearance(subject, Thing("brief"), Context("stranger"), "see_brief"))


def _up_to(highest: str | None) -> tuple[str, ...]:
    return DISCLOSURE[: DISCLOSURE.index(highest) + 1] if highest else ()


def may_see(asker: Asker) -> bool:
    """Whether there are briefs at all for this asker."""
    return any(seen(asker))


def of_own(asker: Asker, action: str) -> Decision:
    """May they do this with the briefs of the organisation they act for: read documents in, decide on corrections?"""
    own = str(asker.organisation) if asker.organisation else None
    return decide(sight_for(asker).subject, action, Thing("brief", owner=own), Context("own" if own else "stranger"))


def may_read_in(asker: Asker) -> bool:
    return of_own(asker, "read_in").allowed


class Reading(models.Model):
    """Documents that somebody brought at one time. `state`: reading, done, refused."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    names = models.JSONField(default=list)  # of the files, as the person called them
    earlier = models.JSONField(default=list)  # of those that are only compared with
    as_of = models.DateField()
    state = models.CharField(max_length=12, default="reading")
    documents = models.PositiveIntegerField(default=0)
    told = models.JSONField(default=list)  # faults as data
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = models.Manager.from_queryset(OfReaders)()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["organisation", "-created_at"])]

    @property
    def faults(self) -> list[Fault]:
        return [fault_of(row) for row in self.told]

    @property
    def stuck(self) -> bool:
        """Nobody works on it any more, and it was not finished."""
        return self.state == "reading" and (self.job is None or self.job.state in ("failed", "cancelled"))


def fault_data(fault: Fault) -> dict[str, Any]:
    """A fault as a JSON column takes it."""
    return {
        "what": kept(fault.what), "repair": kept(fault.repair), "severity": fault.severity,
        "place": [fault.file, fault.sheet, fault.row, fault.column, fault.value],
    }  # fmt: skip


def fault_of(row: dict[str, Any]) -> Fault:
    what = told(row["what"]) or Why("hub_briefs.unknown-fault")
    file, sheet, line, column, value = row["place"]
    severity: Severity = "warning" if row["severity"] == "warning" else "error"
    return Fault(what, told(row["repair"]), file, sheet, line, column, value, severity)


class Brief(models.Model):
    """A brief as the chain made it: `body` is its own lossless text, the columns are what lists need of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    disclosure = models.CharField(max_length=12, default=OWN)
    reading = models.ForeignKey(Reading, null=True, blank=True, on_delete=models.SET_NULL, related_name="briefs")
    event = models.CharField(max_length=64)  # the brief's own id: the same event read in again takes its place
    headline = models.JSONField()
    heading = models.TextField(blank=True)  # the headline in both languages, to be searched
    day = models.DateField(null=True, blank=True)  # when the preferred document was published
    language = models.CharField(max_length=8, blank=True)
    as_of = models.DateField()
    hot = models.FloatField(null=True)
    quality = models.FloatField(null=True)
    impact = models.FloatField(null=True)
    body = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)

    objects = models.Manager.from_queryset(Shelved)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "event"], name="one_brief_an_event")]
        indexes: ClassVar = [
            models.Index(fields=["-made_at", "-id"]),
            models.Index(fields=["as_of"]),
        ]

    @property
    def title(self) -> Why:
        return told(self.headline) or Why("hub_briefs.untitled")

    def allows(self, asker: Asker, action: str) -> Decision:
        """May somebody who sees it do this with it?"""
        sight = sight_for(asker)
        thing = Thing("brief", self.disclosure, owner=str(self.organisation_id))
        return decide(sight.subject, action, thing, sight.context(self.organisation_id))


class Tag(models.Model):
    """A direction or an actor that a brief speaks of."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="tags")
    kind = models.CharField(max_length=12)  # direction | organisation
    value = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brief", "kind", "value"], name="one_tag_a_brief")]
        indexes: ClassVar = [models.Index(fields=["kind", "value"])]


class Claim(models.Model):
    """A forecast of a source: what it said, of what, until when. Never a target."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="claims")
    number = models.PositiveIntegerField()
    claim = models.CharField(max_length=64)
    source = models.CharField(max_length=300, blank=True)
    statement = models.TextField()
    measure = models.TextField(blank=True)
    scope = models.CharField(max_length=20, blank=True)
    form = models.CharField(max_length=12, blank=True)
    operator = models.CharField(max_length=8, blank=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    unit = models.CharField(max_length=80, blank=True)
    made = models.DateField(null=True)
    due = models.DateField(null=True)
    due_precision = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=12, default="open")
    why = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brief", "number"], name="one_claim_a_number")]
        indexes: ClassVar = [models.Index(fields=["state", "due"])]

    @property
    def reason(self) -> Why | None:
        return told(self.why)


class Draft(models.Model):
    """A rule file drawn up from a document. It is approved by being taken away: the hub never applies it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="drafts")
    document = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    text = models.TextField()
    lines = models.JSONField(default=list)
    questions = models.JSONField(default=list)
    approved_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brief", "document"], name="one_draft_a_document")]


class Correction(models.Model):
    """What a reader would rather have a sentence say. `state`: proposed, accepted, declined; the old wording stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="corrections")
    sentence = models.CharField(max_length=64)
    said = models.JSONField()  # the sentence as it stood
    wording = models.TextField()
    lang = models.CharField(max_length=2)
    reason = models.TextField()
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("people.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, default="proposed")
    decided_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["state", "at"])]

    @property
    def number(self) -> str:
        """What it is called on pages: who proposed it is for those who decide."""
        return f"#{self.pk.hex[:6]}"

    @property
    def before(self) -> Why:
        return told(self.said) or Why("hub_briefs.untitled")


class Desk(models.Model):
    """How one reader of one organisation wants to hear of briefs: at most `budget` a day or week."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey("people.Organisation", on_delete=models.CASCADE, related_name="+")
    budget = models.PositiveSmallIntegerField(default=5)
    every = models.CharField(max_length=4, default="week")
    mail = models.BooleanField(default=True)
    feed = models.UUIDField(null=True, blank=True, unique=True)
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "organisation"], name="one_desk_a_reader")]


class Follow(models.Model):
    """A topic (words), a direction (code) or an organisation (name) that a reader follows."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="follows")
    kind = models.CharField(max_length=12)
    value = models.CharField(max_length=100)

    class Meta:
        ordering: ClassVar = ["kind", "value"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["desk", "kind", "value"], name="one_follow")]


class Sent(models.Model):
    """A brief that went out in a reader's digest, and as what: it goes again only where it has changed."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="sent")
    brief = models.CharField(max_length=64)
    event = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    day = models.DateField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["desk", "day"])]
