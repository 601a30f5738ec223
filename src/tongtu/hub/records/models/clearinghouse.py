"""Generated from `registry/nouns/*.csv` by `scripts/models`: change the definitions, not this file."""

from typing import ClassVar

from django.db import models

from tongtu.hub.records.base import Record


class Need(Record):
    """需求 · Needs"""

    noun = "needs"

    need = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    title = models.TextField(null=True, blank=True)
    title_en = models.TextField(null=True, blank=True)
    text = models.TextField(null=True, blank=True)
    text_en = models.TextField(null=True, blank=True)
    keywords = models.JSONField(null=True, blank=True)
    direction = models.TextField(null=True, blank=True)
    focus = models.JSONField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    trl_min = models.BigIntegerField(null=True, blank=True)
    trl_target = models.BigIntegerField(null=True, blank=True)
    urgency = models.TextField(null=True, blank=True)
    budget = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    capacity = models.BigIntegerField(null=True, blank=True)
    cooperation = models.JSONField(null=True, blank=True)
    bottleneck = models.BooleanField(null=True, blank=True)
    item = models.TextField(null=True, blank=True, db_index=True)
    posted = models.DateField(null=True, blank=True)
    deadline = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_needs"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "need"], name="key_needs"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_needs"),
        ]


class Achievement(Record):
    """成果 · Achievements"""

    noun = "achievements"

    achievement = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    title = models.TextField(null=True, blank=True)
    title_en = models.TextField(null=True, blank=True)
    text = models.TextField(null=True, blank=True)
    text_en = models.TextField(null=True, blank=True)
    keywords = models.JSONField(null=True, blank=True)
    direction = models.TextField(null=True, blank=True)
    focus = models.JSONField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    result_type = models.TextField(null=True, blank=True)
    trl = models.BigIntegerField(null=True, blank=True)
    mrl = models.BigIntegerField(null=True, blank=True)
    ipc = models.JSONField(null=True, blank=True)
    patents = models.JSONField(null=True, blank=True)
    price = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    capacity = models.BigIntegerField(null=True, blank=True)
    cooperation = models.JSONField(null=True, blank=True)
    team = models.TextField(null=True, blank=True, db_index=True)
    project = models.TextField(null=True, blank=True, db_index=True)
    posted = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_achievements"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "achievement"], name="key_achievements"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_achievements"),
        ]


class Ownership(Record):
    """成果权属链 · Ownership chain"""

    noun = "ownership"

    achievement = models.TextField(null=True, blank=True, db_index=True)
    step = models.BigIntegerField(null=True, blank=True)
    holder = models.TextField(null=True, blank=True, db_index=True)
    holder_person = models.TextField(null=True, blank=True, db_index=True)
    right = models.TextField(null=True, blank=True)
    share = models.FloatField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    basis = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_ownership"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "achievement", "step"], name="key_ownership"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_ownership"),
        ]


class Scenario(Record):
    """场景 · Scenarios"""

    noun = "scenarios"

    scenario = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    title = models.TextField(null=True, blank=True)
    title_en = models.TextField(null=True, blank=True)
    text = models.TextField(null=True, blank=True)
    text_en = models.TextField(null=True, blank=True)
    direction = models.TextField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    trl_min = models.BigIntegerField(null=True, blank=True)
    capacity = models.BigIntegerField(null=True, blank=True)
    open_from = models.DateField(null=True, blank=True)
    open_to = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_scenarios"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "scenario"], name="key_scenarios"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_scenarios"),
        ]


class Indicator(Record):
    """指标 · Indicators"""

    noun = "indicators"

    indicator = models.TextField(null=True, blank=True)
    subject_kind = models.TextField(null=True, blank=True)
    subject = models.TextField(null=True, blank=True, db_index=True)
    quantity = models.TextField(null=True, blank=True)
    quantity_en = models.TextField(null=True, blank=True)
    operator = models.TextField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    unit = models.TextField(null=True, blank=True)
    conditions = models.TextField(null=True, blank=True)
    method = models.TextField(null=True, blank=True)
    must = models.BooleanField(null=True, blank=True)
    evidence = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "records_indicators"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "indicator"], name="key_indicators"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_indicators"),
        ]


class Conflict(Record):
    """利益冲突 · Declared conflicts"""

    noun = "conflicts"

    conflict = models.TextField(null=True, blank=True)
    a = models.TextField(null=True, blank=True, db_index=True)
    b = models.TextField(null=True, blank=True, db_index=True)
    kind = models.TextField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_conflicts"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "conflict"], name="key_conflicts"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_conflicts"),
        ]


class Judgment(Record):
    """匹配反馈 · Match judgments"""

    noun = "judgments"

    judgment = models.TextField(null=True, blank=True)
    need = models.TextField(null=True, blank=True, db_index=True)
    achievement = models.TextField(null=True, blank=True, db_index=True)
    by = models.TextField(null=True, blank=True, db_index=True)
    useful = models.BigIntegerField(null=True, blank=True)
    why = models.TextField(null=True, blank=True)
    on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_judgments"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "judgment"], name="key_judgments"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_judgments"),
        ]
