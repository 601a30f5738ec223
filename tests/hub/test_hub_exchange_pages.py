"""The pages of import and export as their readers meet them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from test_hub_exchange import Now, book, need

from tongtu.hub.exchange import work
from tongtu.hub.exchange.models import Batch, Export
from tongtu.hub.records.models import MODELS
from tongtu.registry import boundary

pytestmark = pytest.mark.django_db
LANGS = ("zh-hans", "en")


def sent(client: Any, content: bytes, name: str = "books.zip") -> Any:
    return client.post(reverse("exchange:upload"), {"file": SimpleUploadedFile(name, content)})


def imported(world: Any, person: str, content: bytes) -> Batch:
    sent(world.client(person), content)
    batch = Batch.objects.first()
    assert batch is not None
    work.read(Now(), batch=str(batch.pk))
    batch.refresh_from_db()
    return batch


@pytest.mark.parametrize("lang", LANGS)
def test_the_whole_way_through_the_pages(world: Any, tmp_path: Path, lang: str) -> None:
    client = world.client("editor", lang)
    assert client.get(reverse("exchange:home")).status_code == 200
    answer = sent(client, book(tmp_path, needs=[need("N-1"), need("N-2", trl_min=99)]))
    batch = Batch.objects.get()
    address = reverse("exchange:batch", args=[batch.pk])
    assert answer.url == address
    assert b'id="working"' in client.get(address).content
    work.read(Now(), batch=str(batch.pk))
    page = client.get(address, {"kind": "error"}).content.decode()
    assert "99" in page
    refused = client.post(reverse("exchange:store", args=[batch.pk]), {"how": "all", "lifecycle": "draft"})
    assert refused.status_code == 422
    marked = client.get(reverse("exchange:marked", args=[batch.pk]))
    (tmp_path / "marked.xlsx").write_bytes(b"".join(marked.streaming_content))
    assert boundary.read(tmp_path / "marked.xlsx")
    client.post(reverse("exchange:store", args=[batch.pk]), {"how": "rows", "lifecycle": "draft"})
    work.store(Now(), batch=str(batch.pk))
    assert MODELS["needs"].objects.get().need == "N-1"
    assert client.get(address).status_code == 200
    assert client.post(reverse("exchange:undo", args=[batch.pk])).url == address
    assert not MODELS["needs"].objects.exists()
    assert client.get(reverse("exchange:home")).status_code == 200


def test_nobody_else_meets_a_batch(world: Any, tmp_path: Path) -> None:
    batch = imported(world, "editor", book(tmp_path, needs=[need("N-1")]))
    for person in ("viewer", "competitor", "scientist", "secretariat", "system", "security", "audit", None):
        client = world.client(person)
        for name in ("batch", "marked"):
            answer = client.get(reverse(f"exchange:{name}", args=[batch.pk]))
            assert answer.status_code in (403, 404), (person, name)
        for name in ("store", "undo"):
            answer = client.post(reverse(f"exchange:{name}", args=[batch.pk]), {"how": "rows"})
            assert answer.status_code in (403, 404), (person, name)
    assert world.client("approver").get(reverse("exchange:batch", args=[batch.pk])).status_code == 200


def test_who_may_import_nothing_is_told_why(world: Any, tmp_path: Path) -> None:
    answer = sent(world.client("viewer"), b"")
    assert answer.status_code == 403
    assert "编辑" in answer.content.decode()
    assert world.client(None).get(reverse("exchange:home")).status_code == 403


def test_a_file_of_the_wrong_kind_is_said_on_the_page(world: Any) -> None:
    assert sent(world.client("editor"), b"MZ", "x.exe").status_code == 422
    assert world.client("editor").post(reverse("exchange:upload")).status_code == 422
    assert not Batch.objects.exists()


@pytest.mark.parametrize("lang", LANGS)
def test_templates_come_in_the_reader_s_language(world: Any, tmp_path: Path, lang: str) -> None:
    for noun in ("needs", "all"):
        answer = world.client("editor", lang).get(reverse("exchange:template", args=[noun]))
        (tmp_path / "needs.xlsx").write_bytes(b"".join(answer.streaming_content))
        sheets = boundary.read(tmp_path / "needs.xlsx")
        assert ("需求编号" if lang == "zh-hans" else "Need id") in str(sheets[7 if noun == "all" else 0].columns)
    assert world.client("editor").get(reverse("exchange:template", args=["secrets"])).status_code == 404


def test_an_export_is_its_maker_s_alone(listed: Any) -> None:
    client = listed.client("editor")
    client.post(reverse("exchange:export"), {"scope": "all", "form": "json", "nouns": ["needs"]})
    made = Export.objects.get()
    assert client.get(reverse("exchange:exported", args=[made.pk])).status_code == 404
    work.export(Now(), export=str(made.pk))
    assert client.get(reverse("exchange:export")).status_code == 200
    answer = client.get(reverse("exchange:exported", args=[made.pk]))
    assert b"N-1" in BytesIO(b"".join(answer.streaming_content)).read()
    for person in ("approver", "competitor", "secretariat", None):
        assert listed.client(person).get(reverse("exchange:exported", args=[made.pk])).status_code == 404, person


def test_the_list_is_paged(world: Any) -> None:
    asker = world.asker("editor")
    for n in range(35):
        Batch.objects.create(
            organisation_id=asker.organisation, user_id=asker.user, name=f"file-{n:02}.xlsx", digest=""
        )
    client, found = world.client("editor"), []
    address = reverse("exchange:home")
    while address:
        page = client.get(address)
        found += [batch.name for batch, _ in page.context["batches"]]
        address = f"?after={page.context['more']}" if page.context["more"] else ""
        address = reverse("exchange:home") + address if address else ""
    assert found == [f"file-{n:02}.xlsx" for n in reversed(range(35))]
