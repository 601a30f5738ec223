"""A workbook in: dry run, faults, storing, undo; for one's own organisation and for a consortium."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tongtu.hub.exchange import work
from tongtu.hub.exchange.importing import begin, decide_to_store
from tongtu.hub.exchange.models import Batch
from tongtu.hub.exchange.undoing import undo
from tongtu.hub.people.models import Organisation
from tongtu.hub.records.models import MODELS
from tongtu.registry import Registry, write
from tongtu.registry.columns import noun
from tongtu.terms.faults import DataRefused, FileRefused

pytestmark = pytest.mark.django_db

USCC = "91310000MA1FL3L33A"


class Now:
    """A job that runs here and now."""

    def step(self, name: str, do: Callable[[], Any]) -> Any:
        from django.db import transaction

        with transaction.atomic():
            return do()

    def progress(self, *said: Any) -> None: ...

    def __call__(self, *said: Any) -> None: ...


def book(folder: Path, **tables: list[dict[str, Any]]) -> bytes:
    """Tables of records as one zip of workbooks."""
    frames = {}
    for name, rows in tables.items():
        schema = noun(name).schema()
        filled = [{c: row.get(c) for c in schema} for row in rows]
        frames[name] = pl.DataFrame(filled, schema=schema)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in write(Registry(frames), folder / f"books-{len(list(folder.iterdir()))}", lang="zh"):
            archive.write(path, path.name)
    return out.getvalue()


def bring(world: Any, person: str, content: bytes, name: str = "books.zip") -> Batch:
    """Uploads and runs the dry run."""
    batch = begin(world.asker(person), name, [content])
    work.read(Now(), batch=str(batch.pk))
    batch.refresh_from_db()
    return batch


def keep(world: Any, person: str, batch: Batch, lifecycle: str = "draft", partial: bool = False) -> Batch:
    decide_to_store(world.asker(person), batch, lifecycle, partial)
    work.store(Now(), batch=str(batch.pk))
    batch.refresh_from_db()
    return batch


def said(batch: Batch) -> list[str]:
    return [f.fault.what.code for f in batch.faults.filter(severity="error")]


def need(key: str, **values: Any) -> dict[str, Any]:
    return {"need": key, "organisation": "华原材料有限公司", "title": f"题目{key}", "text": "说明文字", "trl_min": 4,
            "keywords": ["甲", "乙"], **values}  # fmt: skip


def case(**values: Any) -> dict[str, Any]:
    return {"case": "C-1", "lead": "华原材料有限公司", "pathway": "p", "pathway_version": "1", "state": "open",
            "opened": date(2026, 1, 1), **values}  # fmt: skip


def test_a_member_brings_needs_with_their_indicators(world: Any, tmp_path: Path) -> None:
    given = book(
        tmp_path,
        needs=[need("N-1", budget=100, currency="CNY"), need("N-2")],
        indicators=[{"indicator": "I-1", "subject_kind": "need", "subject": "N-1", "quantity": "寿命", "operator": "ge",
                     "low": 1000.0, "unit": "1"}],
    )  # fmt: skip
    batch = bring(world, "editor", given)
    assert said(batch) == [], [f.fault.say() for f in batch.faults.all()]
    assert batch.state == "ready"
    assert batch.counts["needs"] == {"new": 2, "changed": 0, "unchanged": 0, "wrong": 0, "left": 0}
    assert MODELS["needs"].objects.count() == 0
    keep(world, "editor", batch)
    assert batch.state == "stored"
    stored = MODELS["needs"].objects.get(need="N-1")
    firm = world.organisations["firm"]
    assert (stored.tenant, stored.organisation, stored.lifecycle, stored.revision) == (firm, str(firm.pk), "draft", 1)
    assert (stored.budget, stored.keywords, stored.disclosure) == (100, ["甲", "乙"], "public")
    indicator = MODELS["indicators"].objects.get()
    assert (indicator.subject, indicator.tenant, indicator.low) == (str(stored.pk), firm, 1000.0)


def test_the_same_file_again_changes_nothing_and_an_edited_one_what_was_edited(world: Any, tmp_path: Path) -> None:
    keep(world, "editor", bring(world, "editor", book(tmp_path, needs=[need("N-1"), need("N-2")])))
    again = bring(world, "editor", book(tmp_path, needs=[need("N-1"), need("N-2")]))
    assert again.counts["needs"]["unchanged"] == 2
    edited = bring(world, "editor", book(tmp_path, needs=[need("N-1", title="新题目"), need("N-3")]))
    assert (edited.counts["needs"]["new"], edited.counts["needs"]["changed"]) == (1, 1)
    keep(world, "editor", edited)
    changed = MODELS["needs"].objects.get(need="N-1")
    assert (changed.title, changed.revision) == ("新题目", 2)
    undo(edited, world.asker("editor"))
    changed.refresh_from_db()
    assert (changed.title, changed.revision, changed.keywords) == ("题目N-1", 3, ["甲", "乙"])
    assert sorted(MODELS["needs"].objects.values_list("need", flat=True)) == ["N-1", "N-2"]


def test_storing_twice_stores_once(world: Any, tmp_path: Path) -> None:
    batch = keep(world, "editor", bring(world, "editor", book(tmp_path, needs=[need("N-1")])))
    work.store(Now(), batch=str(batch.pk))
    work.read(Now(), batch=str(batch.pk))
    assert MODELS["needs"].objects.count() == 1


def test_one_fault_refuses_all_or_leaves_out_its_row_and_what_refers_to_it(world: Any, tmp_path: Path) -> None:
    given = book(
        tmp_path,
        needs=[need("N-1"), need("N-2", trl_min=99)],
        indicators=[{"indicator": f"I-{n}", "subject_kind": "need", "subject": f"N-{n}", "quantity": "寿命",
                     "operator": "ge", "low": 1.0, "unit": "1"} for n in (1, 2)],
    )  # fmt: skip
    batch = bring(world, "editor", given)
    assert said(batch) == ["registry.range"]
    assert batch.counts["indicators"]["left"] == 1
    with pytest.raises(DataRefused):
        decide_to_store(world.asker("editor"), batch, "draft", False)
    keep(world, "editor", batch, partial=True)
    assert MODELS["needs"].objects.get().need == "N-1"
    assert MODELS["indicators"].objects.get().indicator == "I-1"
    assert work.files.workplace("imports", batch.pk).joinpath("marked").is_dir()


def test_rows_of_another_organisation_are_faults_but_references_to_it_are_not(listed: Any, tmp_path: Path) -> None:
    lab = listed.organisations["lab"]
    MODELS["organisations"].objects.create(
        uid=lab.pk, tenant=lab, organisation="X", name=lab.name, kind="university", uscc=USCC, lifecycle="published"
    )
    batch = bring(listed, "editor", book(tmp_path, needs=[need("N-7", organisation=USCC)]))
    assert said(batch) == ["hub_exchange.other-tenant"]
    given = book(tmp_path, cases=[case(partners=[USCC], achievement=str(listed.achievement.pk))])
    batch = keep(listed, "editor", bring(listed, "editor", given))
    found = MODELS["cases"].objects.get()
    assert (found.partners, found.achievement) == ([str(lab.pk)], str(listed.achievement.pk))


def test_what_is_hidden_is_not_found(listed: Any, tmp_path: Path) -> None:
    listed.achievement.lifecycle = "draft"
    listed.achievement.save()
    for missing in (str(listed.achievement.pk), "00000000-0000-4000-8000-000000000000", "A-1"):
        batch = bring(listed, "editor", book(tmp_path, cases=[case(achievement=missing)]))
        assert said(batch) == ["hub_exchange.reference"]


def test_an_editor_cannot_change_what_is_published_but_an_approver_can(listed: Any, tmp_path: Path) -> None:
    given = book(tmp_path, needs=[need("N-1", title="改过的题目")])
    batch = bring(listed, "editor", given)
    assert batch.counts["needs"]["wrong"] == 1
    batch = keep(listed, "approver", bring(listed, "approver", given))
    listed.need.refresh_from_db()
    assert (listed.need.title, listed.need.lifecycle, listed.need.revision) == ("改过的题目", "published", 2)


def test_the_states_on_offer_are_those_the_policy_allows(world: Any, tmp_path: Path) -> None:
    given = book(tmp_path, needs=[need("N-1")])
    assert bring(world, "editor", given).choices == ["draft", "review"]
    batch = bring(world, "approver", given)
    assert batch.choices == ["draft", "review", "published"]
    keep(world, "approver", batch, "published")
    found = MODELS["needs"].objects.get()
    assert found.lifecycle == "published"
    assert found.expires_at > found.published_at
    refused = bring(world, "editor", book(tmp_path, needs=[need("N-2")]))
    with pytest.raises(DataRefused):
        decide_to_store(world.asker("editor"), refused, "published", False)


def test_the_secretariat_brings_a_consortium(world: Any, tmp_path: Path) -> None:
    firm = world.organisations["firm"]
    firm.uscc = USCC
    firm.save()
    given = book(
        tmp_path,
        organisations=[
            {"organisation": "O-1", "name": "华原材料有限公司", "kind": "private", "uscc": USCC},
            {"organisation": "O-2", "name": "新单位", "kind": "institute", "parent": "O-1"},
        ],
        needs=[need("N-1", organisation="O-1")],
        achievements=[{"achievement": "A-1", "organisation": "O-2", "title": "成果", "text": "说明", "trl": 5}],
        ownership=[{"achievement": "A-1", "step": 1, "holder": "O-2", "right": "owner"}],
    )
    batch = bring(world, "secretariat", given)
    assert said(batch) == [], [f.fault.say() for f in batch.faults.all()]
    keep(world, "secretariat", batch)
    made = Organisation.objects.get(name="新单位")
    assert made.parent == firm
    assert MODELS["organisations"].objects.get(name="新单位").pk == made.pk
    assert MODELS["needs"].objects.get().tenant == firm
    chain = MODELS["ownership"].objects.get()
    assert (chain.tenant, chain.holder) == (made, str(made.pk))
    more = book(tmp_path, needs=[need("N-1", organisation="O-2")])
    keep(world, "secretariat", bring(world, "secretariat", more))
    assert MODELS["needs"].objects.filter(need="N-1").count() == 2
    with pytest.raises(DataRefused):
        undo(batch, world.asker("secretariat"))


def test_undo_of_a_consortium_takes_its_organisations_with_it(world: Any, tmp_path: Path) -> None:
    before = Organisation.objects.count()
    rows = [
        {"organisation": "O-1", "name": "甲", "kind": "private"},
        {"organisation": "O-2", "name": "乙", "kind": "sme"},
    ]
    batch = keep(world, "secretariat", bring(world, "secretariat", book(tmp_path, organisations=rows)))
    assert Organisation.objects.count() == before + 2
    undo(batch, world.asker("secretariat"))
    assert Organisation.objects.count() == before
    assert MODELS["organisations"].objects.count() == 0


def test_undo_is_refused_where_somebody_built_on_it(world: Any, tmp_path: Path) -> None:
    batch = keep(world, "approver", bring(world, "approver", book(tmp_path, needs=[need("N-1")])), "published")
    found = MODELS["needs"].objects.get()
    achievement = world.record("achievements", "lab", "A-1")
    world.grant(achievement, found)
    with pytest.raises(DataRefused) as refused:
        undo(batch, world.asker("approver"))
    assert [f.what.code for f in refused.value.faults] == ["hub_exchange.matched-since"]
    batch.refresh_from_db()
    assert batch.state == "stored"
    assert MODELS["needs"].objects.count() == 1


def test_a_state_secret_is_refused_and_not_kept(world: Any, tmp_path: Path) -> None:
    batch = bring(world, "editor", book(tmp_path, needs=[need("N-1", text="机密★10年\n某某参数")]))
    assert batch.state == "refused"
    assert said(batch) == ["hub_exchange.state-secret"]
    assert all(not f.value for f in batch.faults.all())
    assert not work.files.upload(batch.digest, batch.name).exists()
    csv = "需求编号,密级\nN-1,秘密\n".encode()
    assert said(bring(world, "editor", csv, "needs.csv")) == ["hub_exchange.state-secret"]
    for harmless in ("商业秘密保护制度", "机密封装工艺", "不涉及国家秘密"):
        assert bring(world, "editor", book(tmp_path, needs=[need("N-1", text=harmless)])).state == "ready"


def test_files_that_are_none_of_ours_are_refused(world: Any) -> None:
    with pytest.raises(FileRefused):
        begin(world.asker("editor"), "needs.exe", [b"MZ"])
    for name, content in (("books.zip", b"PK\x03\x04 not a zip"), ("needs.xlsx", b"plain"), ("books.zip", b"")):
        assert bring(world, "editor", content, name).state == "refused"


def test_the_secretariat_leaves_commercial_fields_to_their_owner(world: Any, tmp_path: Path) -> None:
    firm = world.organisations["firm"]
    firm.uscc = USCC
    firm.save()
    rows = [{"organisation": USCC, "year": 2025, "revenue": 100, "currency": "CNY", "staff": 10}]
    batch = bring(world, "secretariat", book(tmp_path, firm_years=rows))
    assert said(batch) == []
    assert "hub_exchange.withheld" in [f.fault.what.code for f in batch.faults.all()]
    keep(world, "secretariat", batch)
    assert MODELS["firm_years"].objects.get().revenue is None
    keep(world, "editor", bring(world, "editor", book(tmp_path, firm_years=rows)))
    found = MODELS["firm_years"].objects.get()
    assert (found.revenue, found.revision) == (100, 2)


def test_what_changed_since_the_dry_run_sends_the_batch_back(world: Any, tmp_path: Path) -> None:
    kept = keep(world, "editor", bring(world, "editor", book(tmp_path, needs=[need("N-1")])))
    batch = bring(world, "editor", book(tmp_path, needs=[need("N-1", title="改")]))
    MODELS["needs"].objects.update(lifecycle="review")
    keep(world, "editor", batch)
    assert batch.state == "ready"
    assert batch.reason is not None
    assert MODELS["needs"].objects.get().title == "题目N-1"
    assert kept.state == "stored"
