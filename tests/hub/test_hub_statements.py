"""Statements compiled once say what the ORM says, for whoever asks, whatever was asked before."""

import os
import random
import time
import uuid

import pytest
from django.db.models import Q
from hub_world import World

from tongtu.hub import statements
from tongtu.hub.people.asking import asker_of
from tongtu.hub.people.models import Expertise, Grant, Organisation, Rivalry, Role
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.hub.statements import Ids, fetch, first

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> None:
    statements._kept.clear()


def test_a_kept_statement_is_filled_with_who_asks_now(world: World) -> None:
    houses = list(Organisation.objects.all())
    for house in houses * 2:
        rows = Organisation.objects.filter(Q(pk=house.pk) | Q(parent=house.pk))
        assert fetch(("kin",), (house.pk,), lambda rows=rows: rows) == list(rows)
    assert len(statements._kept) == 1


def test_what_is_not_given_is_never_kept(world: World) -> None:
    """A forgotten argument costs time and cannot show one organisation's rows to another."""
    for house in Organisation.objects.all():
        found = fetch(("forgotten",), (), lambda house=house: Organisation.objects.filter(pk=house.pk))
        assert found == [house]
        text = fetch(("text",), (), lambda house=house: MODELS["needs"].objects.filter(organisation=str(house.pk)))
        assert text == []
    assert set(statements._kept.values()) == {None}


def test_times_are_never_kept(world: World) -> None:
    at = Role.objects.latest("since").since
    assert len(fetch(("since",), (), lambda: Role.objects.filter(since__lt=at))) < Role.objects.count()
    assert list(statements._kept.values()) == [None]


def test_equal_ids_are_another_form(world: World) -> None:
    one, other = Organisation.objects.all()[:2]

    def asked(a: uuid.UUID, b: uuid.UUID) -> set[Organisation]:
        return set(fetch(("two",), (a, b), lambda: Organisation.objects.filter(Q(pk=a) | Q(pk=b))))

    assert asked(one.pk, one.pk) == {one}
    assert asked(one.pk, other.pk) == {one, other}
    assert asked(other.pk, other.pk) == {other}


def test_lists_of_any_length_are_one_form(world: World) -> None:
    every = list(Organisation.objects.order_by().values_list("pk", flat=True))
    for count in (0, 1, 2, len(every)):
        ids = Ids(every[:count])
        rows = fetch(("among",), (ids,), lambda ids=ids: Organisation.objects.filter(pk__among=ids).values_list("pk"))
        assert {pk for (pk,) in rows} == set(every[:count])
    assert len(statements._kept) == 1


def test_rows_are_as_the_orm_makes_them(listed: World) -> None:
    for model in (MODELS["needs"], MODELS["achievements"]):
        for rows in (model.objects.all(), model.objects.select_related("tenant", "batch")):
            for kept, plain in zip(fetch((model.noun, str(rows.query)), (), lambda rows=rows: rows), rows, strict=True):
                assert kept.__dict__.keys() == plain.__dict__.keys()
                values = {f.attname: getattr(plain, f.attname) for f in model._meta.concrete_fields}
                assert {name: getattr(kept, name) for name in values} == values
                assert kept.tenant == plain.tenant
        columns = ("pk", "raised", "published_at", "tenant__name")
        rows = model.objects.order_by("pk").values_list(*columns)
        assert fetch((model.noun, "columns"), (), lambda rows=rows: rows) == list(rows)


def test_quotes_and_percent_signs_are_text(world: World) -> None:
    house = Organisation.objects.create(name="100%s'of'\\50%%")
    rows = Organisation.objects.filter(name=house.name)
    assert fetch(("text",), (), lambda: rows) == fetch(("text",), (), lambda: rows) == [house]
    assert None not in statements._kept.values()
    assert first(("text of", 1), (house.pk,), lambda: rows.filter(pk=house.pk)) == house


def test_sights_after_random_changes_read_what_the_orm_reads(listed: World) -> None:
    """Whoever asks in whatever order: a form made for one is right for all whose nearness has it."""
    draw = random.Random(7)
    houses = list(Organisation.objects.all())
    people = [(role.user, str(role.organisation_id)) for role in Role.objects.select_related("user")]
    records = [(model, row) for model in (MODELS["needs"], MODELS["achievements"]) for row in model.objects.all()]
    for _ in range(25):
        _change(draw, houses, records)
        for user, house in draw.sample(people, min(6, len(people))):
            asker = asker_of(user, house)
            for model, row in records:
                sight = Sight(asker)
                wanted = set(model.objects.visible_to(Sight(asker)).values_list("pk", flat=True))
                kept = sight.fetch((model.noun,), lambda m=model, s=sight: m.objects.visible_to(s))
                assert {one.pk for one in kept} == wanted
                of_row = sight.fetch(
                    (model.noun, "of"), lambda m=model, s=sight, r=row: m.objects.visible_to(s).filter(pk=r.pk), row.pk
                )
                assert [one.pk for one in of_row] == [row.pk] * (row.pk in wanted)


def _change(draw: random.Random, houses: list[Organisation], records: list) -> None:
    from django.utils import timezone

    one, other = draw.sample(houses, 2)
    now = timezone.now()
    match draw.randrange(6):
        case 0:
            Rivalry.objects.get_or_create(organisation=one, rival=other)
        case 1:
            Rivalry.objects.all().delete()
        case 2:
            Organisation.objects.filter(pk=one.pk).update(
                parent=None if draw.random() < 0.5 or _above(other, one) else other
            )
        case 3:
            a, b = draw.sample([row for _, row in records], 2) if len(records) > 1 else (records[0][1],) * 2
            Grant.objects.filter(record_a=a.pk, record_b=b.pk).delete()
            Grant.objects.create(
                a=a.tenant, b=b.tenant, record_a=a.pk, record_b=b.pk, interest_a=now, interest_b=now,
                accepted_a=draw.choice([None, now]), accepted_b=now, released_a=draw.choice([None, now]),
            )  # fmt: skip
        case 4:
            role = Role.objects.filter(name="expert").first()
            if role is not None:
                Expertise.objects.create(user=role.user, organisation=one, conflicted=draw.random() < 0.3)
        case _:
            model, row = draw.choice(records)
            model.objects.filter(pk=row.pk).update(lifecycle=draw.choice(["draft", "published", "review", "expired"]))


def _above(one: Organisation, other: Organisation) -> bool:
    """Whether `other` is above `one`, so that the tree stays one."""
    here = Organisation.objects.get(pk=one.pk)
    while here is not None:
        if here.pk == other.pk:
            return True
        here = here.parent
    return False


@pytest.mark.skipif("TONGTU_TEST_DATABASE" not in os.environ, reason="of PostgreSQL alone")
def test_a_connection_that_the_server_has_closed_is_not_used(world: World) -> None:
    from django.db import connection

    other = connection.copy()
    try:
        other.ensure_connection()
        assert other.is_usable()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [other.connection.info.backend_pid])
        assert any(not other.is_usable() or time.sleep(0.05) for _ in range(100))
    finally:
        other.close()
