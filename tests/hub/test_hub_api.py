"""The API as a program uses it: reads as the pages do, changes with a mark, does nothing twice, explains refusals."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tongtu.hub.api.door import buckets
from tongtu.hub.api.models import Answer
from tongtu.hub.api.problems import MEDIA, PROBLEMS
from tongtu.hub.api.routes import routes
from tongtu.hub.listings.kinds import kinds
from tongtu.hub.listings.lifecycle import OPEN
from tongtu.hub.people.asking import ANONYMOUS
from tongtu.hub.people.tokens import create, revoke
from tongtu.hub.policy.tables import vocabulary
from tongtu.hub.records.models import MODELS, Seen

PEOPLE = (
    None, "secretariat", "system", "security", "audit", "lead", "viewer", "editor", "approver", "admin", "secrecy",
    "scientist", "competitor", "stranger",
)  # fmt: skip
DRAFT = {
    "values": {"title": "低损耗陶瓷基板", "text": "毫米波天线模组用", "direction": "ic", "budget": 350_000_000,
               "currency": "CNY", "keywords": ["LTCC", "5G"], "deadline": "2027-12-31", "trl_min": 5},
    "raised": {"text": "restricted"},
    "rows": {"indicators": [{"quantity": "介电损耗", "operator": "le", "high": 0.0002, "conditions": "@10 GHz"}]},
}  # fmt: skip
JSON = "application/json"


@pytest.fixture(autouse=True)
def _unhurried() -> Iterator[None]:
    buckets.clear()
    yield
    buckets.clear()


def post(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    text = "" if body is None else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(f"/api/v1{path}", text, content_type=JSON, headers=named)


def patch(client: Client, path: str, body: Any, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(f"/api/v1{path}", json.dumps(body), content_type=JSON, headers=named)


def read(client: Client, record: Any) -> Any:
    return client.get(f"/api/v1/{record.noun}/{record.pk}")


def problem(answer: Any, name: str) -> dict[str, Any]:
    assert answer.status_code == PROBLEMS[name], answer.content
    assert answer["Content-Type"] == MEDIA
    said = answer.json()
    assert said["type"].endswith(f"#problem-{name}"), said
    assert said["request"] == answer["X-Request-Id"]
    return said


# --- reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_reads_what_their_pages_show(listed: Any, person: str | None) -> None:
    listed.record("needs", "rival", "R-1", title="远成的需求", raised={"title": "restricted"})
    listed.record("needs", "firm", "D-1", lifecycle="draft", title="未提交")
    listed.record("needs", "firm", "V-1", lifecycle="review", title="待审核")
    client = listed.client(person)
    for noun in kinds():
        shown = client.get(f"/api/v1/{noun}").json()["items"]
        page = client.get(reverse("listings:list", args=[noun])).content.decode()
        assert all(item["uid"] in page for item in shown), (noun, shown)
        for record in MODELS[noun].objects.all():
            detail = client.get(reverse("listings:detail", args=[noun, record.pk]))
            answer = read(client, record)
            assert answer.status_code == detail.status_code
            assert (str(record.pk) in page) == (str(record.pk) in {i["uid"] for i in shown})
            if answer.status_code == 200:
                said, text = answer.json(), detail.content.decode()
                assert (said["values"].get("title") or "") in text
                if "budget" in said["values"] and said["values"]["budget"]:
                    assert "500" in text
                assert {"values", "hidden"} <= said.keys()
                assert not said["values"].keys() & said["hidden"].keys()


def test_hidden_columns_are_absent_and_say_why(listed: Any) -> None:
    said = read(listed.client("competitor", "en"), listed.need).json()
    assert "budget" not in said["values"]
    assert "need" not in said["values"]
    assert said["hidden"]["budget"]["code"] == "hub_policy.hidden-restricted"
    assert said["hidden"]["need"]["code"] == "hub_api.own-number"
    assert said["clearance"] == "teaser"
    assert not said["own"]
    own = read(listed.client("editor"), listed.need).json()
    assert own["values"]["budget"] == 500_000_000
    assert own["values"]["need"] == "N-1"
    assert own["own"]


def test_a_reference_to_something_hidden_is_not_told(listed: Any) -> None:
    draft = listed.record("items", "rival", "I-1", lifecycle="draft")
    MODELS["needs"].objects.filter(pk=listed.need.pk).update(item=str(draft.pk))
    assert read(listed.client("editor"), listed.need).json()["values"]["item"] is None


def test_reading_beyond_the_teaser_is_noted_for_the_owner(listed: Any) -> None:
    listed.grant(listed.need, listed.achievement)
    read(listed.client("viewer"), listed.need)
    read(listed.client("competitor"), listed.need)
    assert not Seen.objects.exists()
    read(listed.client("scientist"), listed.need)
    seen = Seen.objects.get()
    assert (seen.way, seen.disclosure, seen.record) == ("api", "restricted", listed.need.pk)


def test_what_one_may_not_know_of_is_not_there(listed: Any) -> None:
    draft = listed.record("needs", "rival", "D-1", lifecycle="draft", title="秘密")
    client, number = listed.client("editor"), {"X-Request-Id": "a" * 32}
    paths = [("get", ""), ("get", "/indicators"), ("patch", ""), ("post", "/submit"), ("delete", "")]
    for method, rest in paths:
        body = {"data": "{}", "content_type": JSON} if method in ("post", "patch") else {}
        answers = [
            getattr(client, method)(f"/api/v1/needs/{uid}{rest}", headers=number, **body)
            for uid in (draft.pk, uuid.uuid4())
        ]
        assert {a.status_code for a in answers} == {404}
        assert answers[0].content == answers[1].content
        assert dict(answers[0].headers) == dict(answers[1].headers)


def test_an_answer_does_not_tell_of_what_changed_unseen(listed: Any) -> None:
    client = listed.client("competitor")
    before, listing = read(client, listed.need), client.get("/api/v1/needs")
    MODELS["needs"].objects.filter(pk=listed.need.pk).update(budget=1, revision=9, item="x")
    after, again = read(client, listed.need), client.get("/api/v1/needs")
    assert (before.content, before["ETag"]) == (after.content, after["ETag"])
    assert listing.content == again.content


def test_every_noun_is_read_as_far_as_it_is_open(listed: Any) -> None:
    listed.record("teams", "firm", "T-1", lifecycle="draft")
    people = [(listed.client(), ANONYMOUS), *((listed.client(p), listed.asker(p)) for p in ("editor", "competitor"))]
    for noun in MODELS:
        for client, asker in people:
            visible = MODELS[noun].objects.visible_to(asker)
            for scope, rows in (("all", visible.filter(lifecycle__in=OPEN)), ("own", visible.own(asker))):
                answer = client.get(f"/api/v1/{noun}?scope={scope}")
                assert {i["uid"] for i in answer.json()["items"]} == {str(r.pk) for r in rows}


def test_unchanged_answers_304(listed: Any) -> None:
    client = listed.client("viewer")
    tag = read(client, listed.need)["ETag"]
    path = f"/api/v1/needs/{listed.need.pk}"
    again = client.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert not again.content
    assert again["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert listed.client("viewer", "en").get(path, headers={"If-None-Match": tag}).status_code == 200


# --- lists --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_give_everything_once(listed: Any, limit: int) -> None:
    made = [listed.record("needs", "firm", f"P-{n}", title=str(n)) for n in range(6)]
    MODELS["needs"].objects.filter(pk__in=[m.pk for m in made[:3]]).update(published_at=made[0].published_at)
    MODELS["needs"].objects.filter(pk__in=[m.pk for m in made[4:]]).update(published_at=None)
    client, cursor, found = listed.client("competitor"), "", []
    while True:
        said = client.get("/api/v1/needs", {"limit": limit, "cursor": cursor}).json()
        found += [item["uid"] for item in said["items"]]
        cursor = said["next"]
        if not cursor:
            break
    assert sorted(found) == sorted(str(pk) for pk in MODELS["needs"].objects.values_list("pk", flat=True))


def test_a_cursor_holds_for_its_own_list_alone(listed: Any) -> None:
    for n in range(3):
        listed.record("needs", "firm", f"P-{n}")
    client = listed.client("competitor")
    cursor = client.get("/api/v1/needs", {"limit": 1}).json()["next"]
    for path, args in [("needs", {"direction": "ic"}), ("achievements", {}), ("needs", {"scope": "own"})]:
        said = problem(client.get(f"/api/v1/{path}", {"cursor": cursor, **args}), "invalid")
        assert said["faults"][0]["code"] == "hub_api.cursor-other"
    for forged in ("x", cursor[:-2], cursor + "a", "W10:" + cursor.split(":")[1]):
        assert problem(client.get("/api/v1/needs", {"cursor": forged}), "invalid")["faults"][0]["field"] == "cursor"


def test_filters_narrow_and_misspelt_ones_are_faults(listed: Any) -> None:
    listed.record("needs", "firm", "P-1", direction="ic")
    listed.record("needs", "firm", "P-2", direction="ai")
    MODELS["needs"].objects.filter(pk=listed.need.pk).update(direction="ai")
    client = listed.client("competitor")
    assert len(client.get("/api/v1/needs").json()["items"]) == 3
    assert len(client.get("/api/v1/needs?direction=ic").json()["items"]) == 1
    assert len(client.get("/api/v1/needs?direction=ic&direction=ai").json()["items"]) == 3
    for wrong in ("derection=ic", "direction=nowhere", "limit=0", "limit=101", "state=gone", "since=3", "scope=mine"):
        assert problem(client.get(f"/api/v1/needs?{wrong}"), "invalid")["faults"][0]["field"] == wrong.split("=")[0]
    assert problem(client.get("/api/v1/needs?direction=ic&state=draft"), "invalid")


def test_own_drafts_are_listed_for_their_house_alone(listed: Any) -> None:
    listed.record("needs", "firm", "D-1", lifecycle="draft")
    assert len(listed.client("editor").get("/api/v1/needs?scope=own&state=draft").json()["items"]) == 1
    assert listed.client("competitor").get("/api/v1/needs?state=draft").json()["items"] == []
    assert listed.client().get("/api/v1/needs?scope=own").json()["items"] == []


# --- writing ------------------------------------------------------------------------------------------------


def test_a_listing_lives_from_draft_to_withdrawn(world: Any) -> None:
    editor, approver = world.client("editor"), world.client("approver")
    made = post(editor, "/needs", DRAFT)
    assert made.status_code == 201, made.content
    said, path = made.json(), made["Location"].removeprefix("/api/v1")
    for name, value in DRAFT["values"].items():  # type: ignore[attr-defined]
        assert said["values"][name] == value
    assert said["rows"]["indicators"][0]["values"]["high"] == 0.0002
    changed = patch(editor, path, {"values": {"budget": None, "title": "新标题"}}, If_Match=made["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["values"]["title"] == "新标题"
    assert changed.json()["values"]["budget"] is None
    assert changed.json()["values"]["text"] == "毫米波天线模组用"
    assert len(changed.json()["rows"]["indicators"]) == 1
    problem(patch(editor, path, {"values": {"title": "旧"}}, If_Match=made["ETag"]), "stale")
    sent = post(editor, f"{path}/submit", If_Match=changed["ETag"])
    assert sent.json()["state"] == "review", sent.content
    back = post(approver, f"{path}/return", {"remarks": {"title": "写明"}}, If_Match=sent["ETag"])
    assert back.json()["state"] == "returned"
    sent = post(editor, f"{path}/submit", If_Match=back["ETag"])
    out = post(approver, f"{path}/publish", If_Match=sent["ETag"])
    assert out.json()["state"] == "published"
    assert world.client("competitor").get(f"/api/v1{path}").status_code == 200
    gone = post(approver, f"{path}/withdraw", If_Match=out["ETag"])
    assert gone.json()["state"] == "withdrawn"
    assert world.client("competitor").get(f"/api/v1{path}").status_code == 404


def test_rows_that_are_named_are_replaced_and_keep_their_uid(world: Any) -> None:
    editor = world.client("editor")
    made = post(editor, "/needs", DRAFT)
    path = made["Location"].removeprefix("/api/v1")
    (kept,) = made.json()["rows"]["indicators"]
    rows = [{"uid": kept["uid"], "quantity": "介电常数"}, {"quantity": "厚度", "unit": "mm"}]
    said = patch(editor, path, {"rows": {"indicators": rows}}, If_Match=made["ETag"]).json()
    assert [r["values"]["quantity"] for r in said["rows"]["indicators"]] == ["介电常数", "厚度"]
    assert said["rows"]["indicators"][0]["uid"] == kept["uid"]
    tag = editor.get(f"/api/v1{path}")["ETag"]
    assert patch(editor, path, {"rows": {"indicators": []}}, If_Match=tag).json()["rows"]["indicators"] == []


def test_an_owner_is_named_by_uid(world: Any) -> None:
    lab = str(world.organisations["lab"].pk)
    rows = {"ownership": [{"holder": lab, "right": "owner", "share": 1.0}]}
    made = post(world.client("scientist"), "/achievements", {"values": {"title": "涂层"}, "rows": rows})
    assert made.json()["rows"]["ownership"][0]["values"]["holder"] == lab, made.content
    rows["ownership"][0]["holder"] = str(uuid.uuid4())
    said = problem(
        post(world.client("scientist"), "/achievements", {"values": {"title": "涂层"}, "rows": rows}), "invalid"
    )
    assert said["faults"][0]["field"] == "/rows/ownership/0/holder"


def test_a_change_needs_the_mark_of_what_was_read(listed: Any) -> None:
    MODELS["needs"].objects.filter(pk=listed.need.pk).update(direction="ic")
    client, path = listed.client("approver"), f"/needs/{listed.need.pk}"
    problem(patch(client, path, {"values": {"title": "x"}}), "precondition")
    problem(post(client, f"{path}/withdraw"), "precondition")
    problem(patch(client, path, {"values": {"title": "x"}}, If_Match='"0"'), "stale")
    tag = read(client, listed.need)["ETag"]
    problem(patch(client, path, {"values": {"title": "x"}}, If_Match="W/" + tag), "stale")
    assert patch(client, path, {"values": {"title": "x"}}, If_Match=f'"0", {tag}').status_code == 200
    assert patch(client, path, {"values": {"title": "y"}}, If_Match="*").status_code == 200


def test_every_fault_is_named_at_once_in_both_languages(world: Any) -> None:
    wrong = {"values": {"direction": "nowhere", "trl_min": 12, "title": "题" * 200}}
    fields = {"/values/direction", "/values/trl_min", "/values/title"}
    for lang in ("zh-hans", "en"):
        said = problem(post(world.client("editor", lang), "/needs", wrong), "invalid")
        assert {f["field"] for f in said["faults"]} == fields
        assert all(f["what"] and f["repair"] for f in said["faults"])
        assert said["title"] == {"zh-hans": "提交内容有误", "en": "There are faults in what was sent"}[lang]
    typed = {"values": {"trl_min": "five", "keywords": 3, "deadline": "soon", "nothing": 1}, "more": {}}
    said = problem(post(world.client("editor"), "/needs", typed), "invalid")
    assert {f["field"] for f in said["faults"]} == {
        "/values/trl_min", "/values/keywords", "/values/deadline", "/values/nothing", "/more",
    }  # fmt: skip
    assert not MODELS["needs"].objects.exists()


def test_a_refusal_gives_the_policys_reason(listed: Any) -> None:
    said = problem(post(listed.client("viewer", "en"), "/needs", DRAFT), "refused")
    assert said["code"].startswith("hub_policy.")
    assert len(said["detail"]) > 10
    tag = read(listed.client("editor"), listed.need)["ETag"]
    problem(post(listed.client("editor"), f"/needs/{listed.need.pk}/withdraw", If_Match=tag), "refused")
    problem(post(listed.client(), "/needs", DRAFT), "unauthenticated")
    made = post(listed.client("editor"), "/needs", {"values": {"title": "只有标题"}})
    path = made["Location"].removeprefix("/api/v1")
    said = problem(post(listed.client("editor"), f"{path}/submit", If_Match=made["ETag"]), "invalid")
    assert {f["field"] for f in said["faults"]} >= {"/values/text"}


def test_what_cannot_be_read_is_a_problem(world: Any) -> None:
    client = world.client("editor")
    problem(client.post("/api/v1/needs", "{", content_type=JSON), "malformed")
    problem(client.post("/api/v1/needs", b"\xff\xfe", content_type=JSON), "malformed")
    problem(client.post("/api/v1/needs", "[" * 100_000, content_type=JSON), "malformed")
    problem(client.post("/api/v1/needs", '{"values": {"title": "\\ud800"}}', content_type=JSON), "malformed")
    problem(client.post("/api/v1/needs", '{"values": {"\\ud800": 1}}', content_type=JSON), "malformed")
    problem(client.post("/api/v1/needs", "<x/>", content_type="text/xml"), "media-type")
    problem(client.post("/api/v1/needs", " " * (6 * 2**20), content_type=JSON), "too-large")
    assert problem(client.put("/api/v1/needs", "{}", content_type=JSON), "method")
    assert "POST" in client.put("/api/v1/needs")["Allow"]
    problem(client.get("/api/v1/nothing/here"), "missing")
    problem(client.get("/api/v1/needs/not-a-uid"), "missing")
    for text in (
        '{"values": {"budget": 1e400}}',
        '{"values": {"budget": NaN}}',
        f'{{"values": {{"budget": {10**40}}}}}',
    ):
        problem(client.post("/api/v1/needs", text, content_type=JSON), "invalid")


# --- who comes ----------------------------------------------------------------------------------------------


def test_a_program_comes_with_a_token(listed: Any) -> None:
    firm = listed.organisations["firm"]
    token, secret = create(listed.asker("admin"), firm, "erp", read_only=False)
    client, bearing = Client(), {"Authorization": f"Bearer {secret}"}
    me = client.get("/api/v1/me", headers=bearing)
    assert me.status_code == 200
    assert me.json()["organisation"]["uid"] == str(firm.pk)
    assert me.json()["service"]
    assert me.json()["may_create"]
    made = client.post("/api/v1/needs", json.dumps(DRAFT), content_type=JSON, headers=bearing)
    assert made.status_code == 201, made.content
    _, reading = create(listed.asker("admin"), firm, "bi")
    answer = client.post("/api/v1/needs", "{}", content_type=JSON, headers={"Authorization": f"Bearer {reading}"})
    assert problem(answer, "refused")["code"] == "hub_api.read-only"
    revoke(listed.asker("admin"), token)
    problem(client.get("/api/v1/needs", headers=bearing), "unauthenticated")
    problem(client.get("/api/v1/me"), "unauthenticated")


def test_a_wrong_token_never_falls_back_on_the_session(listed: Any) -> None:
    client = listed.client("editor")
    answer = client.get("/api/v1/needs", headers={"Authorization": "Bearer tongtu_wrong"})
    problem(answer, "unauthenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_changes_nothing_without_its_csrf_token(listed: Any) -> None:
    client = listed.client("editor")
    client.handler.enforce_csrf_checks = True
    problem(post(client, "/needs", DRAFT), "forged")
    client.get(reverse("listings:new", args=["needs"]))
    token = client.cookies["csrftoken"].value
    assert post(client, "/needs", DRAFT, X_CSRFToken=token).status_code == 201


def test_who_asks_too_often_waits(listed: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(buckets, "burst", 3.0)
    monkeypatch.setattr(buckets, "rate", 0.1)
    client, other = listed.client("editor"), listed.client("competitor")
    answers = [client.get("/api/v1/me") for _ in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 10
    assert other.get("/api/v1/me").status_code == 200


# --- the description ----------------------------------------------------------------------------------------


def test_every_operation_has_a_scope_that_the_policy_knows() -> None:
    actions = {*vocabulary("actions").rows, "self"}
    names = [r.name for r in routes()]
    assert len(names) == len(set(names))
    for route in routes():
        assert route.scope, route
        assert set(route.scope) <= actions, route


def test_the_description_is_whole_and_the_same_for_everybody(listed: Any) -> None:
    answers = [listed.client(p).get("/api/v1/openapi.json") for p in (None, "editor")]
    assert answers[0].content == answers[1].content
    said = answers[0].json()
    assert said["openapi"].startswith("3.")
    assert sum(len(path) for path in said["paths"].values()) == len(routes())
    schemas, text = said["components"]["schemas"], answers[0].content.decode()
    for path in said["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert operation["x-scope"]
            assert "401" in operation["responses"]
    import re

    for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', text):
        assert name in said["components"][kind]
    for noun in MODELS:
        values = [s for name, s in schemas.items() if name.endswith("Values") and "Draft" not in name]
        assert any(set(v["properties"]) == set(_columns(noun)) for v in values), noun


def _columns(noun: str) -> list[str]:
    from tongtu.registry.columns import noun as definition

    return [c.name for c in definition(noun).columns]


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_page_of_operations_comes_from_here_alone(listed: Any, lang: str) -> None:
    answer = listed.client(None, lang).get(reverse("api:docs"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "/api/v1/needs/{uid}/publish" in text
    assert "http://cdn" not in text
    assert "https://" not in text.replace("https://schema.org", "")
    assert "hub_api." not in text
    for name in PROBLEMS:
        assert f'id="problem-{name}"' in text


# --- once ---------------------------------------------------------------------------------------------------


def test_the_same_request_is_done_once(world: Any) -> None:
    client = world.client("editor")
    first = post(client, "/needs", DRAFT, Idempotency_Key="order-1")
    again = post(client, "/needs", DRAFT, Idempotency_Key="order-1")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first["ETag"] == again["ETag"]
    assert first["Location"] == again["Location"]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert MODELS["needs"].objects.count() == 1
    problem(post(client, "/needs", {}, Idempotency_Key="order-1"), "key-reused")
    assert post(world.client("scientist"), "/needs", DRAFT, Idempotency_Key="order-1").status_code == 201
    assert MODELS["needs"].objects.count() == 2


def test_what_was_refused_may_be_corrected_under_the_same_key(world: Any) -> None:
    client = world.client("editor")
    problem(post(client, "/needs", {"values": {"direction": "x"}}, Idempotency_Key="k"), "invalid")
    assert post(client, "/needs", DRAFT, Idempotency_Key="k").status_code == 201
    problem(post(client, "/needs", DRAFT, Idempotency_Key=""), "malformed")
    problem(post(client, "/needs", DRAFT, Idempotency_Key="é"), "malformed")


def test_a_request_under_way_is_not_begun_again(world: Any) -> None:
    from datetime import timedelta

    client = world.client("editor")
    post(client, "/needs", DRAFT, Idempotency_Key="k")
    Answer.objects.update(status=None)
    waits = post(client, "/needs", DRAFT, Idempotency_Key="k")
    problem(waits, "in-flight")
    assert waits["Retry-After"] == "1"
    kept = Answer.objects.get()
    Answer.objects.update(at=kept.at - timedelta(minutes=2))  # its process has died
    assert post(client, "/needs", DRAFT, Idempotency_Key="k").status_code == 201
    Answer.objects.update(at=kept.at - timedelta(days=2))  # its time is over
    assert post(client, "/needs", {"values": {"title": "x"}}, Idempotency_Key="k").status_code == 201


def test_a_claim_that_was_taken_over_leaves_nothing_behind(world: Any, monkeypatch: Any) -> None:
    from tongtu.hub.api.operations import listings

    original = listings.create

    def slow(*args: Any) -> Any:
        made = original(*args)
        Answer.objects.update(at="2020-01-01T00:00:00Z")  # another process has taken the claim over meanwhile
        return made

    monkeypatch.setattr(listings, "create", slow)
    problem(post(world.client("editor"), "/needs", DRAFT, Idempotency_Key="k"), "in-flight")
    assert not MODELS["needs"].objects.exists()
