"""A declared rivalry ends the pairs of the two; those that were open before it did so are ended here."""

from typing import Any

from django.db import migrations
from django.db.models import Q
from django.utils import timezone


def part(apps: Any, schema_editor: Any) -> None:
    rivalry, grant = apps.get_model("people", "Rivalry"), apps.get_model("people", "Grant")
    for one, other in rivalry.objects.values_list("organisation", "rival"):
        pairs = Q(a=one, b=other) | Q(a=other, b=one)
        mutual = grant.objects.filter(pairs, ended_at=None, interest_a__isnull=False, interest_b__isnull=False)
        mutual.update(ended_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [migrations.RunPython(part, migrations.RunPython.noop, elidable=True)]
