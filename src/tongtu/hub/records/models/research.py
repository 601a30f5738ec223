"""Generated from `registry/nouns/*.csv` by `scripts/models`: change the definitions, not this file."""

from typing import ClassVar

from django.db import models

from tongtu.hub.records.base import Record


class Project(Record):
    """研发项目 · R&D projects"""

    noun = "projects"

    project = models.TextField(null=True, blank=True)
    title = models.TextField(null=True, blank=True)
    title_en = models.TextField(null=True, blank=True)
    summary = models.TextField(null=True, blank=True)
    lead = models.TextField(null=True, blank=True, db_index=True)
    funder = models.TextField(null=True, blank=True)
    call = models.TextField(null=True, blank=True, db_index=True)
    track = models.TextField(null=True, blank=True)
    frascati = models.TextField(null=True, blank=True)
    direction = models.TextField(null=True, blank=True)
    budget = models.BigIntegerField(null=True, blank=True)
    state_funds = models.BigIntegerField(null=True, blank=True)
    own_funds = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)
    papers = models.BigIntegerField(null=True, blank=True)
    outputs = models.JSONField(null=True, blank=True)
    scheme = models.TextField(null=True, blank=True)
    months = models.BigIntegerField(null=True, blank=True)
    talent_titles = models.BigIntegerField(null=True, blank=True)
    awards = models.BigIntegerField(null=True, blank=True)
    maturity = models.BigIntegerField(null=True, blank=True)
    autonomy = models.FloatField(null=True, blank=True)
    orders = models.BigIntegerField(null=True, blank=True)
    plan_investment = models.BigIntegerField(null=True, blank=True)
    goals_met = models.BooleanField(null=True, blank=True)
    first_set_level = models.TextField(null=True, blank=True)
    insured_as = models.TextField(null=True, blank=True)
    insured_units = models.BigIntegerField(null=True, blank=True)
    contract_months = models.BigIntegerField(null=True, blank=True)
    premium = models.BigIntegerField(null=True, blank=True)
    liability = models.BigIntegerField(null=True, blank=True)
    product_value = models.BigIntegerField(null=True, blank=True)
    other_support = models.BooleanField(null=True, blank=True)
    understanding = models.BooleanField(null=True, blank=True)
    use_considered = models.BooleanField(null=True, blank=True)
    coding_evidence = models.JSONField(null=True, blank=True)
    coded_by = models.TextField(null=True, blank=True, db_index=True)
    originality = models.TextField(null=True, blank=True)
    originality_evidence = models.JSONField(null=True, blank=True)
    review_years = models.FloatField(null=True, blank=True)
    case = models.TextField(null=True, blank=True, db_index=True)

    class Meta:
        db_table = "records_projects"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "project"], name="key_projects"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_projects"),
        ]


class Participant(Record):
    """项目参与单位 · Project participants"""

    noun = "participants"

    project = models.TextField(null=True, blank=True, db_index=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    role = models.TextField(null=True, blank=True)
    share = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "records_participants"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "project", "organisation"], name="key_participants"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_participants"),
        ]
