"""Generated from `registry/nouns/*.csv` by `scripts/models`: change the definitions, not this file."""

from typing import ClassVar

from django.db import models

from tongtu.hub.records.base import Record


class Platform(Record):
    """中试平台与共享设施 · Pilot platforms, laboratories and shared facilities"""

    noun = "platforms"

    platform = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    kind = models.TextField(null=True, blank=True)
    tier = models.TextField(null=True, blank=True)
    builder = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    fields = models.JSONField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    capability = models.TextField(null=True, blank=True)
    capability_en = models.TextField(null=True, blank=True)
    is_public = models.BooleanField(null=True, blank=True)
    legal_person = models.BooleanField(null=True, blank=True)
    founded = models.DateField(null=True, blank=True)
    area_m2 = models.FloatField(null=True, blank=True)
    equipment_value = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    staff = models.BigIntegerField(null=True, blank=True)
    staff_full_time = models.BigIntegerField(null=True, blank=True)
    staff_senior = models.BigIntegerField(null=True, blank=True)
    accident_3y = models.BooleanField(null=True, blank=True)
    publishes_services = models.BooleanField(null=True, blank=True)
    ip_rules = models.BooleanField(null=True, blank=True)
    division = models.TextField(null=True, blank=True)
    main_focus = models.TextField(null=True, blank=True)
    build_type = models.TextField(null=True, blank=True)
    investment = models.BigIntegerField(null=True, blank=True)
    revenue = models.BigIntegerField(null=True, blank=True)
    service_income = models.BigIntegerField(null=True, blank=True)
    total_cost = models.BigIntegerField(null=True, blank=True)
    rd_spend = models.BigIntegerField(null=True, blank=True)
    rd_spend_mean = models.BigIntegerField(null=True, blank=True)
    staff_rd = models.BigIntegerField(null=True, blank=True)
    staff_qualified = models.BigIntegerField(null=True, blank=True)
    experts = models.BigIntegerField(null=True, blank=True)
    experts_senior = models.BigIntegerField(null=True, blank=True)
    users_sme = models.BigIntegerField(null=True, blank=True)
    accident_1y = models.BooleanField(null=True, blank=True)
    filed = models.BooleanField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_platforms"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "platform"], name="key_platforms"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_platforms"),
        ]


class Line(Record):
    """中试线 · Lines"""

    noun = "lines"

    line = models.TextField(null=True, blank=True)
    platform = models.TextField(null=True, blank=True, db_index=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    stage = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    process = models.TextField(null=True, blank=True)
    process_en = models.TextField(null=True, blank=True)
    batch_min = models.FloatField(null=True, blank=True)
    batch_max = models.FloatField(null=True, blank=True)
    batch_unit = models.TextField(null=True, blank=True)
    parallel = models.BigIntegerField(null=True, blank=True)
    hours_week = models.FloatField(null=True, blank=True)
    setup_days = models.FloatField(null=True, blank=True)
    changeover_days = models.FloatField(null=True, blank=True)
    cleaning_days = models.FloatField(null=True, blank=True)
    hourly_price = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "records_lines"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "line"], name="key_lines"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_lines"),
        ]


class Equipment(Record):
    """设备 · Equipment"""

    noun = "equipment"

    equipment = models.TextField(null=True, blank=True)
    platform = models.TextField(null=True, blank=True, db_index=True)
    line = models.TextField(null=True, blank=True, db_index=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    model = models.TextField(null=True, blank=True)
    value = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    installed = models.DateField(null=True, blank=True)
    parameters = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_equipment"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "equipment"], name="key_equipment"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_equipment"),
        ]


class Service(Record):
    """平台服务 · Services"""

    noun = "services"

    service = models.TextField(null=True, blank=True)
    platform = models.TextField(null=True, blank=True, db_index=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    category = models.TextField(null=True, blank=True)
    kind_2024 = models.TextField(null=True, blank=True)
    line = models.TextField(null=True, blank=True, db_index=True)
    qualification = models.TextField(null=True, blank=True)
    hours = models.FloatField(null=True, blank=True)
    price = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    contact = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_services"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "service"], name="key_services"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_services"),
        ]


class Opening(Record):
    """开放时间 · Opening hours"""

    noun = "openings"

    line = models.TextField(null=True, blank=True, db_index=True)
    date_from = models.DateField(null=True, blank=True)
    date_to = models.DateField(null=True, blank=True)
    hours_week = models.FloatField(null=True, blank=True)
    reason = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_openings"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "line", "date_from"], name="key_openings"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_openings"),
        ]


class Build(Record):
    """平台建设项目 · Platform build projects"""

    noun = "builds"

    build = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    name_en = models.TextField(null=True, blank=True)
    action = models.TextField(null=True, blank=True)
    platform = models.TextField(null=True, blank=True, db_index=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    builder = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    hours_week = models.FloatField(null=True, blank=True)
    investment = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    fund = models.TextField(null=True, blank=True, db_index=True)
    date_from = models.DateField(null=True, blank=True)
    date_to = models.DateField(null=True, blank=True)
    state = models.TextField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_builds"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "build"], name="key_builds"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_builds"),
        ]


class Provider(Record):
    """服务机构 · Service providers"""

    noun = "providers"

    provider = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    kind = models.TextField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    qualification = models.TextField(null=True, blank=True)
    capacity = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "records_providers"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "provider"], name="key_providers"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_providers"),
        ]


class ProviderService(Record):
    """机构服务 · Provider services"""

    noun = "provider_services"

    provider_service = models.TextField(null=True, blank=True)
    provider = models.TextField(null=True, blank=True, db_index=True)
    gate_service = models.TextField(null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    price = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    days = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "records_provider_services"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "provider_service"], name="key_provider_services"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_provider_services"),
        ]


class DataResource(Record):
    """数据资源 · Data resources"""

    noun = "data_resources"

    data_resource = models.TextField(null=True, blank=True)
    organisation = models.TextField(null=True, blank=True, db_index=True)
    name = models.TextField(null=True, blank=True)
    sector = models.TextField(null=True, blank=True)
    directions = models.JSONField(null=True, blank=True)
    terms = models.TextField(null=True, blank=True)
    data_class = models.TextField(null=True, blank=True)

    class Meta:
        db_table = "records_data_resources"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "data_resource"], name="key_data_resources"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_data_resources"),
        ]


class Usage(Record):
    """使用台账 · Usage ledger"""

    noun = "usage"

    usage = models.TextField(null=True, blank=True)
    line = models.TextField(null=True, blank=True, db_index=True)
    platform = models.TextField(null=True, blank=True, db_index=True)
    service = models.TextField(null=True, blank=True, db_index=True)
    user = models.TextField(null=True, blank=True, db_index=True)
    case = models.TextField(null=True, blank=True, db_index=True)
    date_from = models.DateField(null=True, blank=True)
    date_to = models.DateField(null=True, blank=True)
    hours = models.FloatField(null=True, blank=True)
    external = models.BooleanField(null=True, blank=True)
    fee = models.BigIntegerField(null=True, blank=True)
    currency = models.TextField(null=True, blank=True)
    price_year = models.BigIntegerField(null=True, blank=True)
    recorded_at = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "records_usage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "usage"], name="key_usage"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lifecycle", "-published_at"], name="open_usage"),
        ]
