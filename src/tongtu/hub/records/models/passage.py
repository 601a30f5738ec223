"""Generated from `registry/nouns/*.csv` by `scripts/models`: change the definitions, not this file."""

from typing import ClassVar

from django.db import models

from tongtu.hub.records.base import Record


class Case(Record):
    """项目案例 · Cases"""

    noun = "cases"

    case = models.TextField(null=True, blank=True)
    need = models.TextField(null=True, blank=True, db_index=True)
    achievement = models.TextField(null=True, blank=True, db_index=True)
    pathway = models.TextField(null=True, blank=True)
    pathway_version = models.TextField(null=True, blank=True)
    stage = models.TextField(null=True, blank=True)
    state = models.TextField(null=True, blank=True)
    lead = models.TextField(null=True, blank=True, db_index=True)
    partners = models.JSONField(null=True, blank=True)
    platform = models.TextField(null=True, blank=True, db_index=True)
    track = models.TextField(null=True, blank=True)
    opened = models.DateField(null=True, blank=True)
    closed = models.DateField(null=True, blank=True)
    lane = models.TextField(null=True, blank=True)
    risk_owner = models.TextField(null=True, blank=True, db_index=True)
    demander = models.TextField(null=True, blank=True, db_index=True)
    holder = models.TextField(null=True, blank=True, db_index=True)
    direction = models.TextField(null=True, blank=True)
    parent = models.TextField(null=True, blank=True, db_index=True)

    class Meta:
        db_table = "records_cases"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "case"], name="key_cases"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_cases"),
        ]


class Event(Record):
    """事件 · Events"""

    noun = "events"

    event = models.TextField(null=True, blank=True)
    case = models.TextField(null=True, blank=True, db_index=True)
    kind = models.TextField(null=True, blank=True)
    stage = models.TextField(null=True, blank=True)
    gate = models.TextField(null=True, blank=True)
    decision = models.TextField(null=True, blank=True)
    by = models.TextField(null=True, blank=True, db_index=True)
    on = models.DateField(null=True, blank=True)
    due = models.DateField(null=True, blank=True)
    recorded_at = models.DateField(null=True, blank=True)
    note = models.TextField(null=True, blank=True)
    branch = models.TextField(null=True, blank=True)
    role = models.TextField(null=True, blank=True)
    person = models.TextField(null=True, blank=True, db_index=True)
    to = models.TextField(null=True, blank=True, db_index=True)
    step = models.TextField(null=True, blank=True)
    documents = models.JSONField(null=True, blank=True)
    asked = models.JSONField(null=True, blank=True)
    version = models.TextField(null=True, blank=True)
    lane = models.TextField(null=True, blank=True)
    offer = models.TextField(null=True, blank=True, db_index=True)
    agreement = models.TextField(null=True, blank=True, db_index=True)
    reason = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_events"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "event"], name="key_events"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_events"),
        ]


class Agreement(Record):
    """协议 · Agreements"""

    noun = "agreements"

    agreement = models.TextField(null=True, blank=True)
    case = models.TextField(null=True, blank=True, db_index=True)
    kind = models.TextField(null=True, blank=True)
    party_a = models.TextField(null=True, blank=True, db_index=True)
    party_b = models.TextField(null=True, blank=True, db_index=True)
    signed = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    amount = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    royalty = models.FloatField(null=True, blank=True)
    registration = models.TextField(null=True, blank=True)
    template = models.TextField(null=True, blank=True)
    template_version = models.TextField(null=True, blank=True)
    positions = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "records_agreements"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "agreement"], name="key_agreements"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_agreements"),
        ]


class Offer(Record):
    """报价与要约 · Offers"""

    noun = "offers"

    offer = models.TextField(null=True, blank=True)
    case = models.TextField(null=True, blank=True, db_index=True)
    by = models.TextField(null=True, blank=True, db_index=True)
    to = models.TextField(null=True, blank=True, db_index=True)
    answers = models.TextField(null=True, blank=True, db_index=True)
    amount = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    royalty = models.FloatField(null=True, blank=True)
    clauses = models.TextField(null=True, blank=True)
    made = models.DateField(null=True, blank=True)
    expires = models.DateField(null=True, blank=True)
    state = models.TextField(null=True, blank=True)
    template = models.TextField(null=True, blank=True)
    positions = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "records_offers"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "offer"], name="key_offers"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_offers"),
        ]


class Evidence(Record):
    """证据 · Evidence"""

    noun = "evidence"

    evidence = models.TextField(null=True, blank=True)
    subject_kind = models.TextField(null=True, blank=True)
    subject = models.TextField(null=True, blank=True, db_index=True)
    kind = models.TextField(null=True, blank=True)
    grade = models.TextField(null=True, blank=True)
    dimension = models.TextField(null=True, blank=True)
    level = models.BigIntegerField(null=True, blank=True)
    title = models.TextField(null=True, blank=True)
    issuer = models.TextField(null=True, blank=True, db_index=True)
    independent = models.BooleanField(null=True, blank=True)
    dated = models.DateField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateField(null=True, blank=True)
    sha256 = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_evidence"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "evidence"], name="key_evidence"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_evidence"),
        ]


class Assessment(Record):
    """成熟度评定 · Readiness assessments"""

    noun = "assessments"

    assessment = models.TextField(null=True, blank=True)
    subject_kind = models.TextField(null=True, blank=True)
    subject = models.TextField(null=True, blank=True, db_index=True)
    scale = models.TextField(null=True, blank=True)
    level = models.BigIntegerField(null=True, blank=True)
    status = models.TextField(null=True, blank=True)
    assessor = models.TextField(null=True, blank=True, db_index=True)
    independent = models.BooleanField(null=True, blank=True)
    on = models.DateField(null=True, blank=True)
    evidence = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "records_assessments"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "assessment"], name="key_assessments"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_assessments"),
        ]


class Answer(Record):
    """成熟度答复 · Readiness answers"""

    noun = "answers"

    answer = models.TextField(null=True, blank=True)
    subject_kind = models.TextField(null=True, blank=True)
    subject = models.TextField(null=True, blank=True, db_index=True)
    scale = models.TextField(null=True, blank=True)
    question = models.TextField(null=True, blank=True)
    said = models.TextField(null=True, blank=True)
    evidence = models.JSONField(null=True, blank=True)
    assessor = models.TextField(null=True, blank=True, db_index=True)
    independent = models.BooleanField(null=True, blank=True)
    on = models.DateField(null=True, blank=True)
    recorded_at = models.DateField(null=True, blank=True)
    note = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_answers"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "answer"], name="key_answers"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_answers"),
        ]


class Outcome(Record):
    """历史结果 · Outcomes"""

    noun = "outcomes"

    outcome = models.TextField(null=True, blank=True)
    case = models.TextField(null=True, blank=True, db_index=True)
    achievement = models.TextField(null=True, blank=True, db_index=True)
    member = models.TextField(null=True, blank=True, db_index=True)
    stage = models.TextField(null=True, blank=True)
    entered = models.DateField(null=True, blank=True)
    left = models.DateField(null=True, blank=True)
    result = models.TextField(null=True, blank=True)
    direction = models.TextField(null=True, blank=True)
    piloted = models.BooleanField(null=True, blank=True)
    cost_planned = models.BigIntegerField(null=True, blank=True)
    cost_actual = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    days_planned = models.BigIntegerField(null=True, blank=True)
    value_added = models.BigIntegerField(null=True, blank=True)
    yield_value = models.FloatField(null=True, blank=True)
    price_against_incumbent = models.FloatField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    recorded_at = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_outcomes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "outcome"], name="key_outcomes"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_outcomes"),
        ]


class Contract(Record):
    """外部登记合同 · Contracts from outside registers"""

    noun = "contracts"

    contract = models.TextField(null=True, blank=True)
    reporter = models.TextField(null=True, blank=True, db_index=True)
    kind = models.TextField(null=True, blank=True)
    seller = models.TextField(null=True, blank=True)
    seller_organisation = models.TextField(null=True, blank=True, db_index=True)
    buyer = models.TextField(null=True, blank=True)
    buyer_organisation = models.TextField(null=True, blank=True, db_index=True)
    achievement = models.TextField(null=True, blank=True, db_index=True)
    need = models.TextField(null=True, blank=True, db_index=True)
    case = models.TextField(null=True, blank=True, db_index=True)
    direction = models.TextField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    first_contact = models.DateField(null=True, blank=True)
    signed = models.DateField(null=True, blank=True)
    amount = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    order = models.TextField(null=True, blank=True)
    source_register = models.TextField(null=True, blank=True)
    registration = models.TextField(null=True, blank=True)
    recorded_at = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_contracts"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "contract"], name="key_contracts"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_contracts"),
        ]
