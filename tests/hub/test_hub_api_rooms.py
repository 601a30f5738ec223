"""Matches, imports, exports and jobs through the API."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tongtu.hub.api.door import buckets
from tongtu.hub.exchange import work
from tongtu.hub.jobs.models import Job
from tongtu.hub.matches import market
from tongtu.hub.records.models import MODELS, Seen

JSON = "application/json"
CSV = "需求编号,标题,需求说明\nN-7,低损耗陶瓷基板,毫米波天线模组用\n"


class Now:
    """A job that runs here and now."""

    def step(self, name: str, do: Any) -> Any:
        return do()

    def progress(self, *said: Any) -> None: ...

    def __call__(self, *said: Any) -> None: ...


@pytest.fixture(autouse=True)
def _unhurried() -> Iterator[None]:
    buckets.clear()
    yield
    buckets.clear()


@pytest.fixture
def computed(listed: Any) -> Any:
    for noun, record, low in (("needs", listed.need, 1000.0), ("achievements", listed.achievement, 1200.0)):
        listed.record(
            "indicators", "firm" if noun == "needs" else "lab", f"I-{noun}", subject=str(record.pk),
            subject_kind=noun.removesuffix("s"), quantity="循环寿命", operator="ge", low=low, unit="次",
        )  # fmt: skip
    market.compute("teaser", timezone.localdate())
    return listed


def post(client: Any, path: str, body: Any = None, **headers: str) -> Any:
    text = "" if body is None else json.dumps(body)
    return client.post(f"/api/v1{path}", text, content_type=JSON, headers=headers)


def test_matches_are_told_with_their_reasons_in_both_languages(computed: Any) -> None:
    for lang in ("zh-hans", "en"):
        client = computed.client("editor", lang)
        said = client.get(f"/api/v1/matches/{computed.need.pk}").json()
        (match,) = said["ranked"]
        assert match["other"] == str(computed.achievement.pk)
        assert sum(p["points"] or 0 for p in match["parts"]) == pytest.approx(match["score"], abs=1e-5)
        assert all(p["reason"]["said"] for p in match["parts"])
    assert computed.client("competitor").get(f"/api/v1/matches/{computed.need.pk}").status_code == 404
    assert computed.client().get(f"/api/v1/matches/{computed.need.pk}").status_code == 404
    wrong = computed.client("editor").get(f"/api/v1/matches/{computed.need.pk}?noun=needs")
    assert wrong.json()["faults"][0]["field"] == "noun"


def test_two_sides_open_a_pair_step_by_step(computed: Any) -> None:
    need, achievement = computed.need, computed.achievement
    here, there = f"/matches/{need.pk}/{achievement.pk}", f"/matches/{achievement.pk}/{need.pk}"
    editor, approver, lab = (computed.client(p) for p in ("editor", "approver", "scientist"))
    early = post(editor, f"{here}/decline")
    assert (early.status_code, early.json()["type"]) == (409, "/api/#problem-wrong-state")
    assert early.json()["faults"][0]["repair"]
    assert post(editor, f"{here}/interest").json() == {"standing": "asked"}
    assert lab.get(f"/api/v1{there}").json()["standing"] == "received"
    assert post(lab, f"{there}/interest").json() == {"standing": "mutual"}
    assert post(editor, f"{here}/accept").status_code == 403
    assert post(approver, f"{here}/accept").json() == {"standing": "waiting"}
    assert post(lab, f"{there}/accept").json() == {"standing": "open"}
    said = editor.get(f"/api/v1{here}").json()
    assert said["other"]["values"]["price"] == 80_000_000
    assert said["closer"]
    assert Seen.objects.filter(record=achievement.pk, way="api", disclosure="restricted").exists()
    assert post(editor, f"{here}/judge", {"useful": 3, "why": "合适"}).json() == {"useful": 3, "why": "合适"}
    assert editor.get(f"/api/v1{here}").json()["judged"] == 3
    assert post(computed.client("competitor"), f"{here}/interest").status_code == 404
    assert post(editor, f"{here}/decline").json() == {"standing": "ended"}
    assert "price" not in editor.get(f"/api/v1{here}").json()["other"]["values"]


def test_a_file_is_read_stored_and_taken_back(world: Any) -> None:
    client = world.client("editor")

    def upload() -> Any:
        file = SimpleUploadedFile("needs.csv", CSV.encode(), "text/csv")
        return client.post("/api/v1/imports", {"file": file}, headers={"Idempotency-Key": "monday"})

    made = upload()
    assert made.status_code == 202, made.content
    again = upload()
    assert again.content == made.content
    assert again["Idempotency-Replayed"] == "true"
    assert Job.objects.filter(task="exchange.read").count() == 1
    path = made["Location"].removeprefix("/api/v1")
    assert client.get(f"/api/v1/jobs/{made.json()['job']}").json()["state"] == "waiting"
    early = post(client, f"{path}/store", {})
    assert early.status_code == 409, early.content
    work.read(Now(), batch=made.json()["uid"])
    said = client.get(f"/api/v1{path}").json()
    assert said["state"] == "ready", said
    assert said["counts"]["needs"]["new"] == 1
    wrong = post(client, f"{path}/store", {"lifecycle": "published"})
    assert wrong.status_code == 422
    assert post(client, f"{path}/store", {"lifecycle": "draft"}).status_code == 202
    work.store(Now(), batch=made.json()["uid"])
    assert client.get(f"/api/v1{path}").json()["state"] == "stored"
    assert MODELS["needs"].objects.filter(need="N-7").exists()
    assert post(client, f"{path}/undo").json()["state"] == "undone"
    assert not MODELS["needs"].objects.exists()
    assert [i["uid"] for i in client.get("/api/v1/imports").json()["items"]] == [made.json()["uid"]]
    assert world.client("competitor").get(f"/api/v1{path}").status_code == 404
    assert world.client("viewer").get("/api/v1/imports").status_code == 403


def test_what_cannot_be_taken_is_a_fault_of_the_file(world: Any) -> None:
    client = world.client("editor")
    said = client.post("/api/v1/imports", {"file": SimpleUploadedFile("a.exe", b"MZ", "text/csv")})
    assert (said.status_code, said.json()["faults"][0]["field"]) == (422, "file")
    assert client.post("/api/v1/imports", {}).json()["faults"][0]["code"] == "hub_api.fault-absent"


def test_an_export_is_made_for_one_person(listed: Any) -> None:
    client = listed.client("editor")
    made = post(client, "/exports", {"nouns": ["needs"], "form": "json"})
    assert made.status_code == 202, made.content
    path = made["Location"].removeprefix("/api/v1")
    assert client.get(f"/api/v1{path}/file").status_code == 404
    work.export(Now(), export=made.json()["uid"])
    assert client.get(f"/api/v1{path}").json()["counts"] == {"needs": 1}
    file = client.get(f"/api/v1{path}/file")
    assert b"500000000" in b"".join(file.streaming_content)
    for person in ("viewer", "competitor"):
        assert listed.client(person).get(f"/api/v1{path}").status_code == 404
        assert listed.client(person).get(f"/api/v1{path}/file").status_code == 404
    assert post(client, "/exports", {"nouns": ["nothing"]}).status_code == 422
    assert post(listed.client(), "/exports", {}).status_code == 401


def test_jobs_are_listed_for_their_house_and_stopped_by_it(world: Any) -> None:
    from tongtu.hub.jobs.queue import enqueue

    firm, rival = world.organisations["firm"], world.organisations["rival"]
    jobs = [enqueue("jobs.tidy", by=world.people["editor"], organisation=firm) for _ in range(5)]
    other = enqueue("jobs.tidy", by=world.people["competitor"], organisation=rival)
    client, cursor, found = world.client("editor"), "", []
    while True:
        said = client.get("/api/v1/jobs", {"limit": 2, "cursor": cursor, "state": "open"}).json()
        found += [job["uid"] for job in said["items"]]
        cursor = said["next"]
        if not cursor:
            break
    assert sorted(found) == sorted(str(job.pk) for job in jobs)
    assert post(client, f"/jobs/{jobs[0].pk}/cancel").json()["state"] == "cancelled"
    assert post(client, f"/jobs/{jobs[0].pk}/retry").json()["state"] == "waiting"
    assert post(client, f"/jobs/{other.pk}/cancel").status_code == 404
    assert client.get(f"/api/v1/jobs/{uuid.uuid4()}").status_code == 404
    seen = world.client("system").get(f"/api/v1/jobs/{other.pk}").json()
    assert "result" not in seen
