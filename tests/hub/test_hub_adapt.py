"""A snapshot holds what its class may know: never a column, row or reference above it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import polars as pl
import pytest
from django.utils import timezone

from tongtu.hub.records import keys
from tongtu.hub.records.adapt import snapshot, table
from tongtu.hub.records.columnar import frame, insert, update
from tongtu.hub.records.models import MODELS
from tongtu.registry.columns import DISCLOSURE, nouns

pytestmark = pytest.mark.django_db


def firm_record(world: Any, name: str = "firm") -> Any:
    owner = world.organisations[name]
    return MODELS["organisations"].objects.create(
        uid=owner.pk, tenant=owner, organisation="O-1", name=owner.name, kind="private", lifecycle="published"
    )


def test_keys_are_uids_and_columns_above_the_class_are_null(listed: Any) -> None:
    firm_record(listed)
    needs = snapshot(clearance="teaser")["needs"]
    row = needs.to_dicts()[0]
    assert row["need"] == str(listed.need.pk)
    assert row["organisation"] == str(listed.organisations["firm"].pk)
    assert row["title"] == "高镍正极材料的耐热涂层"
    assert row["state"] == "published"
    closed = [c.name for c in nouns()["needs"].columns if DISCLOSURE.index(c.disclosure) > 1]
    assert closed
    assert all(row[name] is None for name in closed)


def test_each_class_shows_what_the_class_below_shows_and_more(listed: Any) -> None:
    firm_record(listed)
    before: dict[str, Any] = {}
    for name in DISCLOSURE[:-1]:
        row = snapshot(clearance=name)["needs"].to_dicts()[0]
        assert all(row[k] == v for k, v in before.items() if v is not None)
        before = row
    assert before["budget"] == 500_000_000


def test_drafts_and_withdrawn_records_are_absent(world: Any) -> None:
    for state in ("draft", "review", "returned", "expired", "withdrawn", "published", "expiring"):
        world.record("needs", "firm", state, lifecycle=state)
    assert snapshot(["needs"])["needs"]["title"].len() == 2
    states = snapshot(["needs"], lifecycle=("returned", "expiring", "withdrawn"))["needs"]["state"].to_list()
    assert sorted(states) == ["draft", "published", "withdrawn"]


def test_a_raised_field_is_null_and_a_raised_record_absent(listed: Any) -> None:
    listed.need.raised = {"title": "restricted"}
    listed.need.save()
    assert snapshot(["needs"])["needs"]["title"].to_list() == [None]
    listed.need.disclosure = "restricted"
    listed.need.save()
    assert snapshot(["needs"])["needs"].height == 0


def test_references_to_what_is_absent_are_null_and_children_go_with_their_parent(listed: Any) -> None:
    world = listed
    team = world.record("teams", "lab", "T-1", lifecycle="draft", name="机密团队")
    world.achievement.team = str(team.pk)
    world.achievement.save()
    owner = world.organisations["firm"]
    hidden = world.record("needs", "firm", "N-2", lifecycle="draft")
    for at, need in enumerate((world.need, hidden)):
        MODELS["indicators"].objects.create(
            tenant=owner, indicator=f"I-{at}", subject_kind="need", subject=str(need.pk), quantity="寿命",
            lifecycle="published",
        )  # fmt: skip
    found = snapshot()
    assert found["achievements"]["team"].to_list() == [None]
    assert found["indicators"]["subject"].to_list() == [str(world.need.pk)]
    assert snapshot(["indicators"])["indicators"].height == 0


def test_own_lines_only(listed: Any) -> None:
    firm = listed.organisations["firm"]
    assert snapshot(["needs", "achievements"], tenants=[firm.pk]).counts() == {"needs": 1}
    assert snapshot(["needs", "achievements"], records=[listed.achievement.pk]).counts() == {"achievements": 1}
    assert snapshot(records=[]).rows == 0


def test_every_kind_of_value_comes_back(world: Any) -> None:
    world.record(
        "needs", "firm", "N-9", title="题", keywords=["甲", "乙；丙"], bottleneck=True, trl_min=3,
        posted=date(2026, 1, 2), deadline=None,
    )  # fmt: skip
    row = snapshot(["needs"], clearance="commercial")["needs"].to_dicts()[0]
    assert row["keywords"] == ["甲", "乙；丙"]
    assert row["bottleneck"] is True
    assert row["trl_min"] == 3
    assert row["posted"] == date(2026, 1, 2)
    assert row["deadline"] is None


def test_the_digest_does_not_depend_on_the_order_of_storing(world: Any) -> None:
    a, b = sorted((uuid.uuid4(), uuid.uuid4()), key=str)
    digests = []
    for order in ((a, b), (b, a)):
        MODELS["needs"].objects.all().delete()
        for uid in order:
            world.record("needs", "firm", str(uid), uid=uid, title=str(uid))
        digests.append(snapshot(["needs"]).digest())
    assert digests[0] == digests[1]


def test_tenancy_names_columns_that_can_say_whose_a_row_is() -> None:
    for name in keys.tenancy():
        named, followed = keys.named_by(name), keys.follows(name)
        assert (named is None) != (followed is None), name
        if followed is not None:
            assert followed.required, name
            assert any(keys.pointers(followed)), name


def test_a_noun_with_an_organisation_column_is_not_forgotten() -> None:
    about_others = {"conflicts", "events", "evidence", "agreements", "supplies", "usage", "ownership", "participants"}
    for name, found in nouns().items():
        names_somebody = any(c.kind == "ref" and c.of == "organisations" for c in found.columns)
        if names_somebody and name not in about_others:
            assert keys.named_by(name) is not None, name


def test_many_rows_go_in_and_come_out_as_they_were(world: Any) -> None:
    odd = ["甲\t乙", "a\\N", "\\", "一\n二\r", "\\.", "", None, '"引"', "𠀀"]
    rows = pl.DataFrame(
        {
            "uid": [str(uuid.uuid4()) for _ in odd], "need": [str(i) for i in range(len(odd))], "text": odd,
            "keywords": [[t] if t else None for t in odd], "trl_min": [i or None for i in range(len(odd))],
            "bottleneck": [i % 2 == 0 for i in range(len(odd))], "posted": [date(2026, 1, 1)] * len(odd),
        }
    )  # fmt: skip
    now = timezone.now()
    same = {"tenant": world.organisations["firm"].pk, "lifecycle": "draft", "revision": 1, "raised": {},
            "disclosure": "public", "created_at": now, "changed_at": now, "source": None}  # fmt: skip
    model = MODELS["needs"]
    insert(model, rows, same, "default")
    assert frame(model.objects.order_by("need"), rows.columns).rows() == rows.rows()
    assert model.objects.get(need="1").created_at == now
    assert update(model, rows.select("uid", text=pl.lit("新")), {"revision": 2}, ["uid"], "default") == len(odd)
    assert table("needs", model.objects.all())["text"].unique().to_list() == ["新"]
