"""Generated from `registry/nouns/*.csv` by `scripts/models`: change the definitions, not this file."""

from typing import ClassVar

from django.db import models

from tongtu.hub.records.base import Record


class Organisation(Record):
    """组织 · Organisations"""

    noun = "organisations"

    organisation = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    kind = models.TextField(null=True, blank=True)
    uscc = models.TextField(null=True, blank=True)
    ror = models.TextField(null=True, blank=True)
    owner_group = models.TextField(null=True, blank=True, db_index=True)
    parent = models.TextField(null=True, blank=True, db_index=True)
    region = models.TextField(null=True, blank=True)
    industry = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    founded = models.DateField(null=True, blank=True)
    legal_person = models.BooleanField(null=True, blank=True)
    listed = models.BooleanField(null=True, blank=True)
    website = models.TextField(null=True, blank=True)
    profile = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_organisations"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "organisation"], name="key_organisations"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_organisations"),
        ]


class Membership(Record):
    """成员资格 · Memberships"""

    noun = "memberships"

    organisation = models.TextField(null=True, blank=True, db_index=True)
    member_class = models.TextField(null=True, blank=True)
    role = models.TextField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_memberships"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "organisation", "since"], name="key_memberships"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_memberships"),
        ]


class Duty(Record):
    """成员义务 · Duties"""

    noun = "duties"

    duty = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    kind = models.TextField(null=True, blank=True)
    quantity = models.FloatField(null=True, blank=True)
    unit = models.TextField(null=True, blank=True)
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_duties"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "duty"], name="key_duties"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_duties"),
        ]


class Person(Record):
    """人员与专家 · People and experts"""

    noun = "people"

    person = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    orcid = models.TextField(null=True, blank=True)
    role = models.TextField(null=True, blank=True)
    grade = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    expertise = models.TextField(null=True, blank=True)
    is_expert = models.BooleanField(null=True, blank=True)
    load_max = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "records_people"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person"], name="key_people"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_people"),
        ]


class Team(Record):
    """团队 · Teams"""

    noun = "teams"

    team = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    leader = models.TextField(null=True, blank=True, db_index=True)
    members = models.JSONField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    capability = models.TextField(null=True, blank=True)
    capacity = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "records_teams"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "team"], name="key_teams"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_teams"),
        ]


class FirmYear(Record):
    """企业年度数据 · Firm-years"""

    noun = "firm_years"

    organisation = models.TextField(null=True, blank=True, db_index=True)
    year = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    revenue = models.BigIntegerField(null=True, blank=True)
    main_revenue = models.BigIntegerField(null=True, blank=True)
    rd_spend = models.BigIntegerField(null=True, blank=True)
    total_cost = models.BigIntegerField(null=True, blank=True)
    total_assets = models.BigIntegerField(null=True, blank=True)
    total_debt = models.BigIntegerField(null=True, blank=True)
    net_assets = models.BigIntegerField(null=True, blank=True)
    net_profit = models.BigIntegerField(null=True, blank=True)
    total_income = models.BigIntegerField(null=True, blank=True)
    equity_raised = models.BigIntegerField(null=True, blank=True)
    employees = models.BigIntegerField(null=True, blank=True)
    rd_staff = models.BigIntegerField(null=True, blank=True)
    rd_staff_full_time = models.BigIntegerField(null=True, blank=True)
    sci_tech_staff = models.BigIntegerField(null=True, blank=True)
    segment_years = models.FloatField(null=True, blank=True)
    segment_share = models.FloatField(null=True, blank=True)
    domestic_rank = models.BigIntegerField(null=True, blank=True)
    global_rank = models.BigIntegerField(null=True, blank=True)
    ip_class1 = models.BigIntegerField(null=True, blank=True)
    ip_class1_own = models.BigIntegerField(null=True, blank=True)
    ip_class1_developed = models.BigIntegerField(null=True, blank=True)
    ip_class1_high_value = models.BigIntegerField(null=True, blank=True)
    ip_class2 = models.BigIntegerField(null=True, blank=True)
    high_tech_revenue = models.BigIntegerField(null=True, blank=True)
    rd_domestic = models.BigIntegerField(null=True, blank=True)
    conversions = models.BigIntegerField(null=True, blank=True)
    award_level = models.TextField(null=True, blank=True)
    award_rank = models.BigIntegerField(null=True, blank=True)
    national_award_5y = models.BooleanField(null=True, blank=True)
    led_standard_5y = models.BooleanField(null=True, blank=True)
    contest_level = models.TextField(null=True, blank=True)
    rd_body_level = models.TextField(null=True, blank=True)
    platform_score = models.FloatField(null=True, blank=True)
    digital_level = models.BigIntegerField(null=True, blank=True)
    product_field = models.TextField(null=True, blank=True)
    chain_role = models.TextField(null=True, blank=True)
    high_tech_field = models.BooleanField(null=True, blank=True)
    new_product = models.BooleanField(null=True, blank=True)
    abnormal_list = models.BooleanField(null=True, blank=True)
    accident_3y = models.BooleanField(null=True, blank=True)
    accident_1y = models.BooleanField(null=True, blank=True)
    excluded_product = models.BooleanField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    recorded_at = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)
    total_profit = models.BigIntegerField(null=True, blank=True)
    rd_equipment = models.BigIntegerField(null=True, blank=True)
    rd_area_m2 = models.FloatField(null=True, blank=True)
    rd_amortised = models.BigIntegerField(null=True, blank=True)
    projects_3y = models.BigIntegerField(null=True, blank=True)
    patents_3y = models.FloatField(null=True, blank=True)
    standards_led = models.BigIntegerField(null=True, blank=True)
    brands = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "records_firm_years"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "organisation", "year", "recorded_at"], name="key_firm_years"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_firm_years"),
        ]


class Title(Record):
    """称号与证书 · Titles and certificates"""

    noun = "titles"

    title = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    kind = models.TextField(null=True, blank=True)
    level = models.TextField(null=True, blank=True)
    number = models.TextField(null=True, blank=True)
    issuer = models.TextField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_titles"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "title"], name="key_titles"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_titles"),
        ]
