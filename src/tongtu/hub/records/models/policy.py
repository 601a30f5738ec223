"""Generated from `registry/nouns/*.csv` by `scripts/models`: change the definitions, not this file."""

from typing import ClassVar

from django.db import models

from tongtu.hub.records.base import Record


class Document(Record):
    """政策文件 · Policy documents"""

    noun = "documents"

    document = models.TextField(null=True, blank=True)
    title = models.TextField(null=True, blank=True)
    title_en = models.TextField(null=True, blank=True)
    issuer = models.TextField(null=True, blank=True)
    number = models.TextField(null=True, blank=True)
    issued = models.DateField(null=True, blank=True)
    effective_from = models.DateField(null=True, blank=True)
    effective_to = models.DateField(null=True, blank=True)
    jurisdiction = models.TextField(null=True, blank=True)
    url = models.TextField(null=True, blank=True)
    text = models.TextField(null=True, blank=True)
    grade = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_documents"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "document"], name="key_documents"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_documents"),
        ]


class RuleVersion(Record):
    """规则版本 · Rule versions"""

    noun = "rule_versions"

    scheme = models.TextField(null=True, blank=True)
    version = models.TextField(null=True, blank=True)
    document = models.TextField(null=True, blank=True, db_index=True)
    effective_from = models.DateField(null=True, blank=True)
    effective_to = models.DateField(null=True, blank=True)
    digest = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_rule_versions"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "scheme", "version"], name="key_rule_versions"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_rule_versions"),
        ]


class Mechanism(Record):
    """制度与机制 · Mechanisms in force"""

    noun = "mechanisms"

    mechanism = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    kind = models.TextField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    document = models.TextField(null=True, blank=True, db_index=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_mechanisms"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "mechanism"], name="key_mechanisms"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_mechanisms"),
        ]


class FocusEntry(Record):
    """重点领域清单 · Focus lists"""

    noun = "focus"

    focus_list = models.TextField(null=True, blank=True)
    entry = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)
    grade = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_focus"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "focus_list", "entry"], name="key_focus"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_focus"),
        ]


class Priority(Record):
    """战略优先级 · Priorities"""

    noun = "priorities"

    priority = models.TextField(null=True, blank=True)
    direction = models.TextField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    track = models.TextField(null=True, blank=True)
    weight = models.FloatField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_priorities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "priority"], name="key_priorities"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_priorities"),
        ]


class Goal(Record):
    """目标 · Goals"""

    noun = "goals"

    goal = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    measure = models.TextField(null=True, blank=True)
    scope_direction = models.TextField(null=True, blank=True)
    scope_region = models.TextField(null=True, blank=True)
    baseline = models.FloatField(null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    target = models.FloatField(null=True, blank=True)
    unit = models.TextField(null=True, blank=True)
    deadline = models.DateField(null=True, blank=True)
    owner = models.TextField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)
    grade = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_goals"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "goal"], name="key_goals"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_goals"),
        ]


class Statistic(Record):
    """统计指标 · Statistics"""

    noun = "statistics"

    measure = models.TextField(null=True, blank=True)
    scope = models.TextField(null=True, blank=True)
    year = models.BigIntegerField(null=True, blank=True)
    published = models.DateField(null=True, blank=True)
    value = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    unit = models.TextField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)
    grade = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_statistics"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "measure", "scope", "year", "published"], name="key_statistics"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_statistics"),
        ]


class Region(Record):
    """地区 · Regions"""

    noun = "regions"

    region = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    division = models.TextField(null=True, blank=True)
    parent = models.TextField(null=True, blank=True, db_index=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    successor = models.TextField(null=True, blank=True, db_index=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "records_regions"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "region"], name="key_regions"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_regions"),
        ]


class Direction(Record):
    """重点方向 · Directions"""

    noun = "directions"

    direction = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    area = models.TextField(null=True, blank=True)
    status = models.TextField(null=True, blank=True)
    maturity_kind = models.TextField(null=True, blank=True)
    points = models.TextField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)
    grade = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_directions"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "direction"], name="key_directions"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_directions"),
        ]
