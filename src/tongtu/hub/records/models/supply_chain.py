"""Generated from `registry/nouns/*.csv` by `scripts/models`: change the definitions, not this file."""

from typing import ClassVar

from django.db import models

from tongtu.hub.records.base import Record


class Item(Record):
    """产品与物项 · Items"""

    noun = "items"

    item = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    kind = models.TextField(null=True, blank=True)
    direction = models.TextField(null=True, blank=True)
    hs = models.JSONField(null=True, blank=True)
    bottleneck_since = models.DateField(null=True, blank=True)
    stock_days = models.FloatField(null=True, blank=True)
    recovery_days = models.FloatField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)
    substitute_days = models.FloatField(null=True, blank=True)
    value_share = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "records_items"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "item"], name="key_items"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_items"),
        ]


class Component(Record):
    """物项构成 · Components"""

    noun = "components"

    item = models.TextField(null=True, blank=True, db_index=True)
    component = models.TextField(null=True, blank=True, db_index=True)
    route = models.TextField(null=True, blank=True)
    required = models.BooleanField(null=True, blank=True)
    value_share = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "records_components"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "item", "component", "route"], name="key_components"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_components"),
        ]


class Substitute(Record):
    """替代关系 · Substitutes"""

    noun = "substitutes"

    item = models.TextField(null=True, blank=True, db_index=True)
    substitute = models.TextField(null=True, blank=True, db_index=True)
    performance = models.FloatField(null=True, blank=True)
    switch_days = models.FloatField(null=True, blank=True)
    cost_factor = models.FloatField(null=True, blank=True)
    qualified = models.BooleanField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_substitutes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "item", "substitute"], name="key_substitutes"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_substitutes"),
        ]


class Supply(Record):
    """供应关系 · Supplies"""

    noun = "supplies"

    item = models.TextField(null=True, blank=True, db_index=True)
    supplier = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    jurisdiction = models.TextField(null=True, blank=True)
    share = models.FloatField(null=True, blank=True)
    share_low = models.FloatField(null=True, blank=True)
    share_high = models.FloatField(null=True, blank=True)
    qualified = models.FloatField(null=True, blank=True)
    lead_days = models.FloatField(null=True, blank=True)
    year = models.BigIntegerField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_supplies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "item", "supplier", "jurisdiction", "year"], name="key_supplies"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_supplies"),
        ]


class Bottleneck(Record):
    """瓶颈清单 · Bottleneck lists"""

    noun = "bottlenecks"

    bottleneck = models.TextField(null=True, blank=True)
    list = models.TextField(null=True, blank=True)
    item = models.TextField(null=True, blank=True, db_index=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    direction = models.TextField(null=True, blank=True)
    status = models.TextField(null=True, blank=True)
    on = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)
    grade = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_bottlenecks"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "bottleneck"], name="key_bottlenecks"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_bottlenecks"),
        ]


class Control(Record):
    """管制清单 · Control lists"""

    noun = "controls"

    control = models.TextField(null=True, blank=True)
    list = models.TextField(null=True, blank=True)
    jurisdiction = models.TextField(null=True, blank=True)
    against = models.JSONField(null=True, blank=True)
    item = models.TextField(null=True, blank=True, db_index=True)
    hs = models.JSONField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)
    grade = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_controls"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "control"], name="key_controls"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_controls"),
        ]


class Trade(Record):
    """贸易数据 · Trade"""

    noun = "trade"

    product = models.TextField(null=True, blank=True)
    exporter = models.TextField(null=True, blank=True)
    importer = models.TextField(null=True, blank=True)
    year = models.BigIntegerField(null=True, blank=True)
    value = models.FloatField(null=True, blank=True)
    unit = models.TextField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_trade"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "product", "exporter", "importer", "year"], name="key_trade"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_trade"),
        ]
