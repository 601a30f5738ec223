"""A file out: every field one may see and none above, harmless to a spreadsheet, with the mark of who took it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tongtu.hub.exchange import work
from tongtu.hub.exchange.models import Export
from tongtu.hub.records.models import MODELS, Seen
from tongtu.registry import boundary

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("http://example.org")'


class Now:
    def progress(self, *said: Any) -> None: ...


def take(world: Any, person: str, *nouns: str, form: str = "json", scope: str = "own") -> Path:
    asker = world.asker(person)
    made = Export.objects.create(
        organisation_id=asker.organisation, user_id=asker.user, nouns=list(nouns), form=form, scope=scope
    )
    work.export(Now(), export=str(made.pk))
    made.refresh_from_db()
    assert made.state == "ready"
    return Path(settings.HOME) / "exports" / str(made.pk) / made.name


def records(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_own_records_come_whole_and_those_of_others_up_to_their_class(listed: Any) -> None:
    own = records(take(listed, "editor", "needs", "achievements"))
    assert own["needs"][0]["budget"] == 500_000_000
    assert own["needs"][0]["need"] == "N-1"
    assert "achievements" not in own
    everything = records(take(listed, "editor", "needs", "achievements", scope="all"))
    other = everything["achievements"][0]
    assert other["achievement"] == str(listed.achievement.pk)
    assert other["title"] == "原子层沉积耐热涂层"
    assert "price" not in other
    assert "A-1" not in json.dumps(everything, ensure_ascii=False)


def test_who_took_what_is_written_down_once_a_day_with_its_count(listed: Any) -> None:
    take(listed, "editor", "achievements", scope="all")
    assert not Seen.objects.exists()
    listed.grant(listed.need, listed.achievement)
    for _ in range(2):
        found = records(take(listed, "editor", "achievements", scope="all"))["achievements"][0]
    assert found["price"] == 80_000_000
    line = Seen.objects.get()
    assert (line.record, line.way, line.times, line.disclosure) == (listed.achievement.pk, "export", 2, "restricted")
    take(listed, "secretariat", "needs", scope="all")
    assert Seen.objects.filter(noun="needs").count() == 1


def test_a_raised_field_stays_closed_in_exports(listed: Any) -> None:
    listed.achievement.raised = {"title": "restricted"}
    listed.achievement.save()
    found = records(take(listed, "editor", "achievements", scope="all"))["achievements"][0]
    assert found["title"] is None


def test_references_to_hidden_records_are_empty(listed: Any) -> None:
    team = listed.record("teams", "lab", "T-1", lifecycle="draft")
    listed.achievement.team = str(team.pk)
    listed.achievement.save()
    found = records(take(listed, "editor", "achievements", scope="all"))["achievements"][0]
    assert found["team"] is None
    assert records(take(listed, "scientist", "achievements"))["achievements"][0]["team"] == "T-1"


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_formula_is_a_text_and_the_mark_stands_in_the_file(listed: Any, form: str, tmp_path: Path) -> None:
    MODELS["needs"].objects.update(text=FORMULA, source="\t@SUM(1)")
    path = take(listed, "editor", "needs", form=form)
    if form == "csv":
        with zipfile.ZipFile(path) as archive:
            assert "editor" in archive.read(next(n for n in archive.namelist() if n.endswith(".md"))).decode()
            rows = list(csv.DictReader(io.StringIO(archive.read("needs.csv").decode("utf-8-sig"))))
        cells = [cell for row in rows for cell in row.values()]
        assert "'" + FORMULA in cells
        assert "'@SUM(1)" in cells
        assert not [cell for cell in cells if cell and cell.lstrip()[0] in "=@+-"]
        return
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        assert not [sheet for sheet in sheets if "<f>" in sheet]
        assert "editor" in archive.read("docProps/core.xml").decode()
    found = boundary.read(path)
    assert any("editor" in str(cell) for sheet in found for column in sheet.columns for cell in column)


def test_what_was_exported_can_be_imported_again_and_changes_nothing(listed: Any, tmp_path: Path) -> None:
    from test_hub_exchange import bring

    MODELS["needs"].objects.update(lifecycle="draft", source=FORMULA, direction=None)
    for form in ("xlsx", "csv"):
        path = take(listed, "editor", "needs", form=form)
        batch = bring(listed, "editor", path.read_bytes(), path.name)
        assert batch.counts["needs"]["unchanged"] == 1, [f.fault.say() for f in batch.faults.all()]
        assert batch.errors == 0


def _order(world: Any, person: str) -> Export:
    world.client(person).post("/exchange/export/", {"nouns": ["needs"], "scope": "own", "form": "json"})
    return Export.objects.select_related("job").latest("created_at")


def test_a_failed_export_says_why_and_is_made_again(listed: Any) -> None:
    from tongtu.hub.jobs.models import Job
    from tongtu.hub.jobs.queue import stored
    from tongtu.terms.why import Why

    made, client = _order(listed, "editor"), listed.client("editor")
    assert made.standing == "making"
    again = f"/exchange/export/{made.pk}/again/"
    client.post(again)
    assert Job.objects.filter(task="exchange.export").count() == 1  # nothing is repeated that has not failed
    why = Why("hub_people.no-such-house", {"name": "盘满了"})
    Job.objects.filter(pk=made.job_id).update(state="failed", message=stored(why))
    page = client.get("/exchange/export/").content.decode()
    assert "盘满了" in page
    assert again in page
    assert "every 2s" not in page  # nothing is being made: the page is still
    assert client.get(f"/api/v1/exports/{made.pk}").json()["state"] == "failed"
    assert listed.client("approver").post(again).status_code == 404
    assert client.post(again).status_code == 302
    made.refresh_from_db()
    assert (made.standing, Job.objects.get(pk=made.job_id).state) == ("making", "waiting")
    work.export(Now(), export=str(made.pk))
    made.refresh_from_db()
    assert made.standing == "ready"


def test_an_export_whose_work_is_gone_is_made_again_too(listed: Any) -> None:
    from tongtu.hub.jobs.models import Job

    made, client = _order(listed, "editor"), listed.client("editor")
    Job.objects.all().delete()
    assert "/again/" in client.get("/exchange/export/").content.decode()
    client.post(f"/exchange/export/{made.pk}/again/")
    made = Export.objects.select_related("job").get(pk=made.pk)
    assert made.job is not None
    assert made.standing == "making"


def test_all_exports_are_listed_page_by_page(listed: Any) -> None:
    import re

    from tongtu.hub.exchange.views import SIZE

    asker = listed.asker("editor")
    rows = [Export(organisation_id=asker.organisation, user_id=asker.user, state="ready", name=f"第{n}份.json")
            for n in range(2 * SIZE + 3)]  # fmt: skip
    Export.objects.bulk_create(rows)
    client, address, seen = listed.client("editor"), "/exchange/export/", []
    for _ in range(3):
        page = client.get(address).content.decode()
        seen += re.findall(r"第\d+份", page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1] if found else ""
    assert address == ""
    assert sorted(seen) == sorted(row.name.removesuffix(".json") for row in rows)
