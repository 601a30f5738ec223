"""Generated from `registry/nouns/*.csv` by `scripts/models`: change the definitions, not this file."""

from typing import ClassVar

from django.db import models

from tongtu.hub.records.base import Record


class Cashflow(Record):
    """预期现金流 · Expected cash flows"""

    noun = "cashflows"

    cashflow = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    case = models.TextField(null=True, blank=True, db_index=True)
    need = models.TextField(null=True, blank=True, db_index=True)
    achievement = models.TextField(null=True, blank=True, db_index=True)
    kind = models.TextField(null=True, blank=True)
    year = models.BigIntegerField(null=True, blank=True)
    low = models.BigIntegerField(null=True, blank=True)
    likely = models.BigIntegerField(null=True, blank=True)
    high = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)
    recorded_at = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_cashflows"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "cashflow"], name="key_cashflows"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_cashflows"),
        ]


class Call(Record):
    """资金申报与计划 · Funding calls and programmes"""

    noun = "calls"

    call = models.TextField(null=True, blank=True)
    title = models.TextField(null=True, blank=True)
    title_en = models.TextField(null=True, blank=True)
    issuer = models.TextField(null=True, blank=True)
    kind = models.TextField(null=True, blank=True)
    track = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    regions = models.JSONField(null=True, blank=True)
    opens = models.DateField(null=True, blank=True)
    closes = models.DateField(null=True, blank=True)
    amount = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    conditions = models.TextField(null=True, blank=True)
    scheme = models.TextField(null=True, blank=True)
    firm_leads = models.BooleanField(null=True, blank=True)
    partners_max = models.BigIntegerField(null=True, blank=True)
    own_to_state = models.FloatField(null=True, blank=True)
    registered_by = models.DateField(null=True, blank=True)
    months_max = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "records_calls"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "call"], name="key_calls"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_calls"),
        ]


class Fund(Record):
    """资金 · Funds"""

    noun = "funds"

    fund = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    kind = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    tracks = models.JSONField(null=True, blank=True)
    stages = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "records_funds"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "fund"], name="key_funds"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_funds"),
        ]


class Budget(Record):
    """预算 · Budgets"""

    noun = "budgets"

    budget = models.TextField(null=True, blank=True)
    fund = models.TextField(null=True, blank=True, db_index=True)
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)
    amount = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    direction = models.TextField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    track = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_budgets"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "budget"], name="key_budgets"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_budgets"),
        ]


class Rate(Record):
    """汇率表 · Exchange rates"""

    noun = "rates"

    currency = models.TextField(null=True, blank=True)
    quote = models.TextField(null=True, blank=True)
    date = models.DateField(null=True, blank=True)
    rate = models.FloatField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_rates"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "currency", "quote", "date"], name="key_rates"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_rates"),
        ]
