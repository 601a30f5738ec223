"""Lists, facets and word search: nothing but what the asker may know finds, ranks or counts."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from tongtu.hub.listings import counts, index, saved, shelf, work
from tongtu.hub.listings.detail import linked_data
from tongtu.hub.listings.kinds import kind, kinds
from tongtu.hub.listings.models import SavedSearch, Stale
from tongtu.hub.listings.similar import similar
from tongtu.hub.people.asking import ANONYMOUS
from tongtu.hub.people.models import Expertise, Role
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import disclosure_of, shown

NEEDS = kind("needs")


@pytest.fixture(autouse=True)
def indexes(tmp_path: Any, settings: Any) -> Any:
    """Indexes in a folder of this test."""
    settings.HOME = tmp_path
    yield
    index.forget()


def put(world: Any, tenant: str, key: str, title: str, days: int = 0, **values: Any) -> Any:
    raised = values.pop("raised", {})
    record = world.record(
        "needs", tenant, key, title=title, raised=raised, disclosure=disclosure_of("needs", raised), **values
    )
    MODELS["needs"].objects.filter(pk=record.pk).update(
        published_at=timezone.now() - timedelta(days=days, minutes=len(key))
    )
    index.touch(record)
    return record


def titles(world: Any, person: str | None, query: str = "") -> list[str]:
    answer = world.client(person).get(reverse("listings:list", args=["needs"]) + query)
    return re.findall(r'<h3><a href="[^"]*">([^<]*)', answer.content.decode())


def test_words_find_what_their_class_may_know(world: Any) -> None:
    put(world, "firm", "N-1", "陶瓷基板", text="用于毫米波天线")
    put(world, "rival", "N-2", "锂电池隔膜", text="涂覆陶瓷")
    assert index.follow() == 2
    assert not Stale.objects.exists()
    assert titles(world, "editor", "?q=陶瓷基板")[0] == "陶瓷基板"
    assert titles(world, "scientist", "?q=毫米波天线") == ["陶瓷基板"]
    assert titles(world, None, "?q=毫米波天线") == [] == titles(world, "stranger", "?q=毫米波天线")
    assert titles(world, None, "?q=陶瓷基板") == ["陶瓷基板"]
    assert titles(world, "scientist", "?q=远成材料有限公司")
    assert not titles(world, None, "?q=远成材料有限公司")


def test_what_is_withdrawn_is_found_no_more(world: Any) -> None:
    need = put(world, "firm", "N-1", "陶瓷基板")
    index.follow()
    MODELS["needs"].objects.filter(pk=need.pk).update(lifecycle="withdrawn")
    assert titles(world, None, "?q=陶瓷") == []  # before the index has followed
    index.touch(need)
    index.follow()
    assert index.search(NEEDS, "public", "陶瓷", {}, 10) == []


def test_a_class_knows_nothing_of_the_next(world: Any) -> None:
    """Two worlds that differ in what the public may not know rank and find the same for the public."""
    records = [put(world, "firm", f"N-{i}", f"涂层材料 {i}", text="耐热") for i in range(4)]
    index.follow()
    before = index.search(NEEDS, "public", "涂层 耐热 材料", {}, 10)
    for record in records[:2]:
        MODELS["needs"].objects.filter(pk=record.pk).update(
            text="涂层 " * 50, budget=1, raised={"keywords": "restricted"}
        )
        index.touch(record)
    index.follow()
    assert index.search(NEEDS, "public", "涂层 耐热 材料", {}, 10) == before
    assert index.rebuild(NEEDS) == 4


def test_a_raised_field_neither_finds_filters_nor_counts(world: Any) -> None:
    put(world, "firm", "N-1", "陶瓷基板", direction="ic", raised={"direction": "restricted", "title": "restricted"})
    put(world, "rival", "N-2", "芯片封装", direction="ic")
    index.follow()
    assert titles(world, "scientist", "?direction=ic") == ["芯片封装"]
    assert sorted(titles(world, "editor", "?direction=ic")) == ["芯片封装", "陶瓷基板"]
    assert titles(world, "scientist", "?q=陶瓷基板") == []
    for person, wanted in (("scientist", 1), ("editor", 2), (None, 1)):
        sight = Sight(world.asker(person) if person else ANONYMOUS)
        found = shelf.find(sight, NEEDS, shelf.Question(), "zh")
        numbers = {f.name: {c.code: c.count for c in f.choices} for f in found.facets}
        assert found.total == 2
        assert numbers["direction"] == {"ic": wanted}
        assert ("urgency" in numbers) is False


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("person", [None, "stranger", "scientist", "editor", "lead", "secretariat"])
def test_counts_are_those_of_the_rows_that_are_read(
    world: Any, person: str | None, kept: bool, monkeypatch: Any
) -> None:
    codes, houses = ["ic", "ai", "steel", None], ["firm", "lab", "rival", "newcomer"]
    for name, sort in (("firm", "private"), ("lab", "university"), ("rival", "sme")):
        owner = world.organisations[name]
        MODELS["organisations"].objects.create(
            uid=owner.pk, tenant=owner, lifecycle="published", kind=sort, organisation=f"O-{name}", name=owner.name
        )
    for i in range(24):
        raised = {"direction": "restricted"} if i % 5 == 0 else {"organisation": "commercial"} if i % 7 == 0 else {}
        put(
            world, houses[i % 4], f"N-{i}", f"需求{i}", days=(0, 10, 60, 200, 500)[i % 5], direction=codes[i % 3],
            urgency=("low", "high")[i % 2], trl_min=i % 9 + 1, raised=raised,
            lifecycle="published" if i % 6 else "review",
        )  # fmt: skip
    world.grant(world.record("achievements", "lab", "A-1"), MODELS["needs"].objects.get(need="N-10"))
    if kept:
        monkeypatch.setattr(counts, "FEW", 1)
        assert all(counts.keep(NEEDS, sight) for sight in (work.PUBLIC, work.MEMBER))
    sight = Sight(world.asker(person) if person else ANONYMOUS)
    read = [shown(sight, r) for r in MODELS["needs"].objects.filter(lifecycle="published")]
    kinds_of = {o.pk: o.kind for o in MODELS["organisations"].objects.all()}
    for asked in (shelf.Question(), shelf.Question(chosen={"direction": ("ic",)}), shelf.Question(since=90),
                  shelf.Question(chosen={"direction": ("ic", "ai"), "urgency": ("high",)}, since=365),
                  shelf.Question(chosen={shelf.OWNER: ("university",)})):  # fmt: skip
        values = []
        for found in filter(None, read):
            row = {n: found.values.get(n) for n in NEEDS.facets}
            row[shelf.OWNER] = kinds_of.get(found.record.tenant_id) if "organisation" in found.values else None
            row["age"] = (timezone.now() - found.record.published_at).days
            values.append(row)
        names = (*NEEDS.facets, shelf.OWNER)

        def fits(row: dict[str, Any], but: str = "", asked: Any = asked, names: Any = names) -> bool:
            return all(not asked.chosen.get(n) or str(row[n]) in asked.chosen[n] for n in names if n != but)

        recent = [r for r in values if not asked.since or r["age"] < asked.since]
        page = shelf.find(sight, NEEDS, asked, "zh", size=100)
        assert page.total == len(page.records) == sum(map(fits, recent))
        for facet in page.facets:
            if facet.name == "since":
                continue
            others = [r for r in recent if fits(r, facet.name)]
            wanted = Counter(str(r[facet.name]) for r in others if r[facet.name] is not None)
            assert {c.code: c.count for c in facet.choices if c.count} == dict(wanted), facet.name


@pytest.mark.parametrize("kept", [False, True])
def test_counts_of_rows_that_one_expert_reads_less_of(world: Any, kept: bool, monkeypatch: Any) -> None:
    """Nothing is raised in any row: only the relation says that a facet does not count."""
    for n, house in enumerate(["firm", "lab", "firm", "rival"]):
        put(world, house, f"N-{n}", f"需求{n}", direction="ic", urgency="high")
    if kept:
        monkeypatch.setattr(counts, "FEW", 1)
        assert all(counts.keep(NEEDS, sight) for sight in (work.PUBLIC, work.MEMBER))
    user, house = world.people["scientist"], world.organisations["lab"]
    Role.objects.create(user=user, organisation=house, name="expert")
    Expertise.objects.create(user=user, organisation=world.organisations["firm"], conflicted=True)
    sight = Sight(world.asker("scientist"))
    read = [found.values for r in MODELS["needs"].objects.all() if (found := shown(sight, r)) is not None]
    wanted = sum(values.get("urgency") == "high" for values in read)
    page = shelf.find(sight, NEEDS, shelf.Question(), "zh")
    counted = {c.code: c.count for f in page.facets if f.name == "urgency" for c in f.choices}
    assert (page.total, counted.get("high", 0)) == (len(read), wanted)
    assert wanted < len(read)


def test_pages_hold_every_listing_once_whatever_is_published_meanwhile(world: Any) -> None:
    made = {put(world, "firm", f"N-{i}", f"需求{i}", days=i % 3).pk for i in range(23)}
    sight, seen, cursor = Sight(ANONYMOUS), [], ""
    for turn in range(6):
        page = shelf.find(sight, NEEDS, shelf.Question(), "zh", cursor, size=5)
        seen += [r.pk for r in page.records]
        cursor = page.following
        put(world, "rival", f"X-{turn}", "新需求")
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 23
    assert set(seen) == made


@pytest.mark.parametrize("cursor", ["zzz", "AAAA", "%00", "MjAyNi0wMS0wMXx4", "9" * 500])
def test_a_cursor_that_means_nothing_is_the_beginning(listed: Any, cursor: str) -> None:
    assert (
        listed.client().get(reverse("listings:list", args=["needs"]), {"after": cursor, "q": "涂层"}).status_code == 200
    )


def test_near_duplicates_are_proposed_among_what_the_writer_reads(world: Any) -> None:
    text = "毫米波天线模组需要低介电损耗的陶瓷基板，介电损耗不大于万分之二，可在十吉赫兹下稳定工作"
    put(world, "rival", "N-1", "低损耗陶瓷基板", text=text)
    put(world, "lab", "N-2", "低损耗陶瓷基板甲", text=text, raised={"text": "restricted", "title": "restricted"})
    index.follow()
    draft = world.record("needs", "firm", "N-9", "draft", title="低损耗陶瓷基板", text=text + "。")
    found = similar(Sight(world.asker("editor")), NEEDS, draft, "zh")
    assert [s.title for s in found] == ["低损耗陶瓷基板"]
    assert found[0].share > 0.9
    address = reverse("listings:detail", args=["needs", draft.pk])
    assert "可能重复" in world.client("editor").get(address).content.decode()


def test_a_feed_holds_public_fields_alone(listed: Any) -> None:
    address = reverse("listings:feed", args=["needs"])
    answers = {listed.client(p).get(address).content for p in (None, "editor", "competitor")}
    assert len(answers) == 1
    text = answers.pop().decode()
    assert listed.need.title in text
    assert listed.need.text not in text
    assert "华原" not in text
    assert listed.client().get(address, {"q": "不存在"})["Content-Type"].startswith("application/atom+xml")


def test_linked_data_is_public_and_cannot_end_its_script(world: Any) -> None:
    need = world.record(
        "needs",
        "firm",
        "N-1",
        title="</script><b>甲&",
        text="不公开的说明",
        raised={"region": "teaser"},
        region="420000",
    )
    text = linked_data(NEEDS, need)
    assert "<" not in text
    assert "&" not in text
    assert "不公开" not in text
    assert "420000" not in text
    assert json.loads(text)["name"] == "</script><b>甲&"
    need.lifecycle = "expired"
    assert linked_data(NEEDS, need) == ""


def test_an_etag_spares_the_public_page(listed: Any) -> None:
    address = reverse("listings:detail", args=["needs", listed.need.pk])
    first = listed.client().get(address)
    again = listed.client().get(address, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    MODELS["needs"].objects.filter(pk=listed.need.pk).update(budget=1, text="不公开", revision=7)
    again = listed.client().get(address, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304  # what is hidden does not tell of its changes
    MODELS["needs"].objects.filter(pk=listed.need.pk).update(title="别的", revision=2)
    assert listed.client().get(address, headers={"if-none-match": first["ETag"]}).status_code == 200
    english = listed.client(lang="en").get(address)
    assert english["ETag"] != first["ETag"]


def test_a_saved_search_tells_once_of_what_its_owner_may_see(world: Any) -> None:
    scientist = world.client("scientist")
    old = put(world, "firm", "N-0", "旧的涂层")
    asked = {"noun": "needs", "q": "涂层", "direction": ["ic", "水产"], "name": "涂层需求"}
    assert scientist.post(reverse("listings:saved"), asked).status_code == 302
    search = SavedSearch.objects.get()
    assert (search.words, search.facets) == ("涂层", {"direction": ["ic"]})
    search.facets = {}
    search.save()
    later = timezone.now() + timedelta(days=1)
    assert saved.tell(timezone.now()) == 0
    put(world, "rival", "N-1", "新的涂层", days=-1)
    put(world, "rival", "N-2", "秘密涂层", days=-1, raised={"title": "restricted"})
    put(world, "rival", "N-3", "无关的阀门", days=-1)
    index.follow()
    SavedSearch.objects.update(told_at=timezone.now())
    assert saved.tell(later) == 1
    assert saved.tell(later + timedelta(days=1)) == 0
    text = mail.outbox[0].body
    assert "新的涂层" in text
    assert "秘密" not in text
    assert "阀门" not in text
    assert old.title not in text
    page = scientist.get(reverse("listings:saved")).content.decode()
    assert "涂层需求" in page
    other = world.client("competitor")
    assert other.post(reverse("listings:forget", args=[search.pk])).status_code == 404
    assert scientist.post(reverse("listings:forget", args=[search.pk])).status_code == 302
    assert not SavedSearch.objects.exists()


def test_every_kind_is_indexed(world: Any) -> None:
    for noun, of in kinds().items():
        values = {of.title: "中试验证", of.text: "陶瓷"}
        record = world.record(noun, "lab", "K-1", **values)
        index.touch(record)
    index.follow()
    for noun, of in kinds().items():
        assert index.search(of, "public", "中试验证", {}, 5) == [MODELS[noun].objects.get().pk]
