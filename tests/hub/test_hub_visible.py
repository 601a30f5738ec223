"""`visible_to` is the row-by-row decision as one query, over random worlds; who counts as what; parts are disjoint."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tongtu.hub.people.asking import ANONYMOUS, Asker
from tongtu.hub.people.models import Expertise, Grant, Organisation, Rivalry, Role, User
from tongtu.hub.policy import Thing, clearance
from tongtu.hub.policy.tables import vocabulary
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import ANCHORS, Sight, anchor
from tongtu.hub.records.visible import disclosure_of, shown, visible_parts
from tongtu.registry.columns import DISCLOSURE, nouns

STATES = list(vocabulary("states").rows)
NOUNS = ("needs", "indicators", "achievements", "ownership")
HOUSE_ROLES = ("viewer", "editor", "approver", "organisation_admin", "secrecy_officer")
ROLES = (
    (),
    *((r,) for r in vocabulary("roles").rows if r != "anonymous"),
    ("editor", "approver"),
    ("viewer", "expert"),
)

listings = st.tuples(
    st.sampled_from(NOUNS), st.integers(0, 3), st.sampled_from(STATES), st.sampled_from(DISCLOSURE),
    st.none() | st.integers(0, 7),
)  # fmt: skip
grants = st.tuples(
    st.integers(0, 7), st.integers(0, 7), st.sampled_from(["interest", "mutual", "open", "released", "ended"])
)
experts = st.tuples(st.integers(0, 3), st.none() | st.integers(0, 7), st.booleans(), st.booleans())
worlds = st.fixed_dictionaries({
    "leads": st.lists(st.none() | st.integers(0, 3), min_size=4, max_size=4),
    "rivals": st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=2, unique=True),
    "works": st.none() | st.integers(0, 3),
    "parents": st.lists(st.none() | st.integers(0, 2), min_size=4, max_size=4),
    "records": st.lists(listings, min_size=1, max_size=8),
    "grants": st.lists(grants, max_size=4), "experts": st.lists(experts, max_size=3),
    "asker": st.tuples(st.none() | st.integers(0, 3), st.sampled_from(ROLES), st.booleans(), st.booleans()),
})  # fmt: skip


def built(spec: dict[str, Any]) -> tuple[Sight, list[Any]]:
    for noun in NOUNS:
        MODELS[noun].objects.all().delete()
    Expertise.objects.all().delete()
    Grant.objects.all().delete()
    Organisation.objects.update(parent=None, owner_group=None)
    Organisation.objects.all().delete()
    houses = _houses(spec)
    records: list[Any] = []
    for n, (noun, tenant, state, disclosure, belongs) in enumerate(spec["records"]):
        values: dict[str, Any] = {"tenant": houses[tenant], "lifecycle": state, "disclosure": disclosure}
        column = ANCHORS.get(noun)
        if column:
            target = records[belongs % len(records)] if belongs is not None and records else None
            values[column] = str(target.pk) if target else None
        values |= {"step": n} if noun == "ownership" else {noun.removesuffix("s"): f"K{n}"}
        records.append(MODELS[noun].objects.create(**values))
    user, _ = User.objects.get_or_create(email="asker@example.org")
    if spec["works"] is not None:
        Role.objects.create(user=user, organisation=houses[spec["works"]], name="viewer")
    pairs = set()
    for a, b, how in spec["grants"]:
        one, other = records[a % len(records)], records[b % len(records)]
        if one.tenant_id != other.tenant_id and (one.pk, other.pk) not in pairs:
            pairs.add((one.pk, other.pk))
            _grant(one, other, how)
    for house, record, conflicted, over in spec["experts"]:
        until = timezone.now() + timedelta(days=-1 if over else 1)
        target = records[record % len(records)].pk if record is not None else None
        Expertise.objects.create(
            user=user, organisation=houses[house], record=target, conflicted=conflicted, until=until
        )
    house, roles, verified, second = spec["asker"]
    if not roles:
        return Sight(ANONYMOUS), records
    own = houses[house].pk if house is not None else None
    return Sight(Asker(user.pk, own, frozenset(roles), verified, second)), records


def _houses(spec: dict[str, Any]) -> list[Organisation]:
    """Four organisations, their groups, and the rivals among them."""
    houses = [Organisation.objects.create(name=f"组织{i}") for i in range(4)]
    for i, parent in enumerate(spec["parents"]):
        if parent is not None and parent < i:
            houses[i].parent = houses[parent]
            houses[i].save()
    for house, lead in zip(houses, spec["leads"], strict=True):
        if lead is not None and houses[lead] != house:
            house.owner_group = houses[lead]
            house.save()
    for one, other in spec["rivals"]:
        if one != other:
            Rivalry.objects.create(organisation=houses[one], rival=houses[other])
    return houses


def told(sight: Sight, tenant: Any, record: Any) -> str:
    """The relation by hand, from the rows, in the words of `policy/relation.py`'s head."""
    asker = sight.asker
    own, user = asker.organisation, asker.user
    if own == tenant:
        return "own"
    if "expert" in asker.roles:
        now = timezone.now()
        rows = [e for e in Expertise.objects.filter(user=user) if e.until is None or e.until > now]
        works = {role.organisation_id for role in Role.objects.filter(user=user)}

        def closed(house: Any) -> bool:
            return bool(
                any(e.conflicted and e.organisation_id == house for e in rows)
                or any(_chain(w) & _chain(house) for w in works)
                or any(_mutual(g) and g.open and {g.a_id, g.b_id} == {w, house}
                       for g in Grant.objects.all() for w in works)
            )  # fmt: skip

        if rows and closed(tenant):
            return "conflicted_expert"
        tasks = [e for e in rows if not e.conflicted and (e.record or e.organisation_id) in (tenant, record)]
        if any(not closed(e.organisation_id) and not any(_rivals(w, e.organisation_id) for w in works) for e in tasks):
            return "assigned_expert"
    if own is None:
        return "stranger"
    above, below = tenant in _chain(own) - {own}, own in _chain(tenant) - {tenant}
    if _rivals(own, tenant) and not above and not below:
        return "rival"
    pairs = [g for g in Grant.objects.all() if _mutual(g) and (
        (g.a_id, g.record_b) == (own, record) or (g.b_id, g.record_a) == (own, record))]  # fmt: skip
    if pairs:
        return "partner" if any(g.open for g in pairs) else "matched"
    return "parent" if below else "subsidiary" if above else "stranger"


def _chain(house: Any) -> set[Any]:
    """An organisation, the lead of its group, and its parents upward."""
    rows = {o.pk: o for o in Organisation.objects.all()}
    found, here = {house, rows[house].owner_group_id} - {None}, rows[house].parent_id
    while here:
        found.add(here)
        here = rows[here].parent_id
    return found


def _rivals(one: Any, other: Any) -> bool:
    return one != other and any({r.organisation_id, r.rival_id} == {one, other} for r in Rivalry.objects.all())


def _mutual(grant: Grant) -> bool:
    return bool(grant.interest_a and grant.interest_b and not grant.ended_at)


def _grant(one: Any, other: Any, how: str) -> None:
    now = timezone.now()
    level = ["interest", "mutual", "open", "released"].index(how) if how != "ended" else 3
    times = {"interest_b": 0, "accepted_a": 1, "accepted_b": 1, "released_a": 2}
    done = {name: now for name, least in times.items() if level > least}
    ended = now if how == "ended" else None
    Grant.objects.create(
        a=one.tenant, b=other.tenant, record_a=one.pk, record_b=other.pk, interest_a=now, ended_at=ended, **done
    )


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(worlds)
def test_the_query_and_the_decision_agree(spec: dict[str, Any]) -> None:
    sight, records = built(spec)
    for record in records:
        about = anchor(record)
        relation = sight.relation(record.tenant_id, about)
        assert relation == told(sight, record.tenant_id, about)
        groups = [c for q, c in sight.near_groups(record.noun)
                  if MODELS[record.noun].objects.filter(q, pk=record.pk).exists()]  # fmt: skip
        near = MODELS[record.noun].objects.filter(sight.near(record.noun), pk=record.pk).exists()
        strange = relation in ("stranger", "rival")  # a rival's rows are read, counted and kept with the strangers'
        assert groups == ([] if strange else [sight.context(record.tenant_id, about)])
        assert near is not strange
    for noun in NOUNS:
        found = {row.pk for row in MODELS[noun].objects.visible_to(sight)}
        own = [r for r in records if r.noun == noun]
        assert found == {r.pk for r in own if shown(sight, r) is not None}
        parts = [(top, row.pk) for q, top in visible_parts(sight, noun) for row in MODELS[noun].objects.filter(q)]
        assert max(Counter(pk for _, pk in parts).values(), default=1) == 1
        for top, pk in parts:
            record = next(r for r in own if r.pk == pk)
            context = sight.context(record.tenant_id, anchor(record))
            assert top == clearance(
                sight.subject, Thing(noun, record.disclosure, record.lifecycle, str(record.tenant_id)), context
            )


@pytest.mark.django_db
def test_what_is_opened_of_a_listing_is_opened_of_its_indicators(world: Any) -> None:
    need = world.record("needs", "firm", "N-1", title="甲", text="乙")
    achievement = world.record("achievements", "lab", "A-1", title="丙", text="丁")
    row = MODELS["indicators"].objects.create(
        tenant=need.tenant, lifecycle="published", subject=str(need.pk), indicator="I", quantity="介电损耗", low=1.0,
        disclosure=disclosure_of("indicators"),
    )  # fmt: skip
    asker = world.asker("scientist")
    assert "low" not in shown(Sight(asker), row).values  # type: ignore[union-attr]
    world.grant(achievement, need)
    assert shown(Sight(asker), row).values["low"] == 1.0  # type: ignore[union-attr]
    assert row in MODELS["indicators"].objects.visible_to(asker)
    assert shown(Sight(world.asker("competitor")), row).clearance == "teaser"  # type: ignore[union-attr]


def test_every_noun_has_a_most_open_class() -> None:
    for noun in nouns():
        assert disclosure_of(noun) in DISCLOSURE
    assert disclosure_of("needs") == "public"
    assert disclosure_of("indicators") == "teaser"
    assert disclosure_of("ownership") == "restricted"
