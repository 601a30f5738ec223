"""The life of a listing against a model of a few lines, step by random step; files; what time does."""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tongtu.hub.listings import files, moves
from tongtu.hub.listings.detail import _TOLD
from tongtu.hub.listings.kinds import kind, kinds
from tongtu.hub.listings.lifecycle import GONE, after, by_clock
from tongtu.hub.listings.lifecycle import moves as table
from tongtu.hub.listings.models import Attachment, Stale
from tongtu.hub.listings.moves import move
from tongtu.hub.listings.reading import read
from tongtu.hub.listings.saving import Conflict, change, create
from tongtu.hub.policy import Context, Subject, Thing, decide
from tongtu.hub.policy.tables import vocabulary
from tongtu.hub.records.models import MODELS, Seen
from tongtu.hub.records.sight import Sight

FORM = {
    "title": "低损耗基板", "text": "说明", "indicators-rows": "1", "indicators-0-quantity": "损耗",
    "indicators-0-operator": "le", "indicators-0-high": "1",
}  # fmt: skip
#: the life of a listing once more, written down by hand: (step, state) -> (who, state after)
MODEL = {
    ("edit", "draft"): ("editor approver", "draft"), ("edit", "returned"): ("editor approver", "returned"),
    ("edit", "published"): ("approver", "published"), ("edit", "expiring"): ("approver", "expiring"),
    ("submit", "draft"): ("editor approver", "review"), ("submit", "returned"): ("editor approver", "review"),
    ("return", "review"): ("approver", "returned"), ("publish", "review"): ("approver", "published"),
    ("renew", "expiring"): ("editor approver", "published"), ("renew", "expired"): ("editor approver", "published"),
    ("withdraw", "review"): ("editor approver", "draft"), ("withdraw", "published"): ("approver", "withdrawn"),
    ("withdraw", "expiring"): ("approver", "withdrawn"), ("withdraw", "expired"): ("approver", "withdrawn"),
    ("delete", "draft"): ("editor approver", "gone"), ("delete", "returned"): ("editor approver", "gone"),
}  # fmt: skip
STEPS = sorted({action for action, _ in MODEL})
ACTORS = ("editor", "approver", "viewer", "competitor")


def form(noun: str, sent: dict[str, str]) -> Any:
    return read(kind(noun), sent, {name: [value] for name, value in sent.items()})


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.lists(st.tuples(st.sampled_from([*STEPS, "time"]), st.sampled_from(ACTORS), st.booleans()), max_size=14))
def test_life_follows_the_model(world: Any, steps: list[tuple[str, str, bool]]) -> None:
    of = kind("needs")
    need = create(Sight(world.asker("editor")), of, form("needs", FORM))
    state, revision = "draft", 1
    for action, actor, late in steps:
        if action == "time":
            state = _time_passes(need, state)
            need.refresh_from_db()
            revision = need.revision
            continue
        who, then = MODEL.get((action, state), ("", ""))
        allowed, given_revision = actor in who.split(), revision - late
        wanted = PermissionDenied if not allowed else Conflict if late else None
        need.refresh_from_db()
        sight = Sight(world.asker(actor))
        with pytest.raises(wanted) if wanted else nullcontext():
            if action == "edit":
                change(sight, of, need, form("needs", FORM), given_revision)
            else:
                move(sight, need, action, given_revision)
        if wanted:
            continue
        if then == GONE:
            assert not MODELS["needs"].objects.filter(pk=need.pk).exists()
            assert not MODELS["indicators"].objects.filter(subject=str(need.pk)).exists()
            return
        state, revision = then, revision + 1
        need.refresh_from_db()
        assert (need.lifecycle, need.revision) == (state, revision)
        rows = MODELS["indicators"].objects.filter(subject=str(need.pk))
        assert {row.lifecycle for row in rows} == {state}
        assert {row.tenant_id for row in rows} == {need.tenant_id}


def _time_passes(need: Any, state: str) -> str:
    """The end comes near, and at the next time it is there."""
    if state not in ("published", "expiring"):
        assert moves.by_clock(timezone.now()) == 0
        return state
    left = timedelta(days=1) if state == "published" else timedelta(seconds=-1)
    MODELS["needs"].objects.filter(pk=need.pk).update(expires_at=timezone.now() + left)
    assert moves.by_clock(timezone.now()) == 1
    return "expiring" if state == "published" else "expired"


def test_policy_and_lifecycle_agree_on_where_a_step_starts() -> None:
    """A step that the table knows is somebody's to take, and nobody may take one that leads nowhere."""
    subjects = [Subject("o", frozenset({role}), True, True) for role in ("editor", "approver")]
    for action in {a for a, _ in table()} - by_clock():
        for state in vocabulary("states").rows:
            may = any(decide(s, action, Thing("needs", "public", state, "o"), Context("own")) for s in subjects)
            assert bool(may) == (after(state, action) is not None), (action, state)


def test_every_column_of_a_kind_is_asked_or_known() -> None:
    for of in kinds().values():
        names = [f.name for f in of.asked] + list(of.known)
        assert sorted(names) == sorted(c.name for c in of.noun.columns), of.name
        for child in of.children:
            names = [f.name for f in child.ask] + list(child.known)
            assert sorted(names) == sorted(c.name for c in child.noun.columns), child.noun.name
        assert of.noun.key[0] in of.known
        assert len(of.short) <= 10


def test_every_word_made_of_data_is_in_the_catalogue() -> None:
    from tongtu.hub.jobs.tasks import tasks
    from tongtu.terms.words import entries

    steps = {action for action, _ in table()}
    wanted = {f"about-{n}" for n in kinds()} | {f"new-{n}" for n in kinds()}
    wanted |= {f"do-{a}" for a in steps - by_clock()}
    wanted |= {f"did-{a}" for a in steps | {"create", "detach"}}
    wanted |= {f"done-{a}" for a in steps - by_clock() - {"edit", "attach", "revise"}}
    wanted |= {"sure-withdraw", "sure-delete"}
    wanted |= {f"did-{a.replace('_', '-')}" for a in _TOLD}
    wanted |= {f"way-{w}" for w in ("page", "export", "api", "attachment")}
    wanted |= {f"hint-{c.noun.name}" for of in kinds().values() for c in of.children}
    wanted |= {f"task-{name.partition('.')[2]}" for name in tasks() if name.startswith("listings.")}
    assert wanted <= set(entries("hub_listings"))


def test_own_listings_are_paged_without_loss(world: Any, monkeypatch: Any) -> None:
    from tongtu.hub.listings.views import desk

    monkeypatch.setattr(desk, "_PAGE", 3)
    when = timezone.now()
    made = {str(world.record(n, "firm", f"K-{i}", "draft", changed_at=when).pk) for n in kinds() for i in range(3)}
    client, address, seen = world.client("editor"), reverse("listings:mine"), []
    while address:
        text = client.get(address).content.decode()
        seen += re.findall(r'<th scope="row"><a href="/listings/[a-z]+/([^/]+)/', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        address = reverse("listings:mine") + following[1] if following else ""
    assert len(seen) == 12
    assert set(seen) == made


def test_a_change_tells_the_index_in_its_own_transaction(world: Any) -> None:
    editor = Sight(world.asker("editor"))
    need = create(editor, kind("needs"), form("needs", FORM))
    assert not Stale.objects.exists()
    move(editor, need, "submit", 1)
    assert Stale.objects.filter(record=need.pk).count() == 1


# --- files -------------------------------------------------------------------------------------------------


def upload(name: str = "报告.pdf", content: bytes = b"%PDF-1.7 data") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_file_goes_through_visibility(listed: Any) -> None:
    need = listed.need
    approver = listed.client("approver")
    address = reverse("listings:attach", args=["needs", need.pk])
    assert approver.post(address, {"file": upload(), "class": "restricted"}).status_code == 302
    assert approver.post(address, {"file": upload("目录.txt", b"list"), "class": "teaser"}).status_code == 302
    kept, teaser = Attachment.objects.order_by("added_at")
    assert files.place(kept.digest).read_bytes() == b"%PDF-1.7 data"

    def got(person: str | None, file: Attachment) -> int:
        answer = listed.client(person).get(reverse("listings:download", args=[file.pk]))
        b"".join(answer)  # type: ignore[arg-type]
        return int(answer.status_code)

    assert [got(p, kept) for p in ("viewer", "scientist", "competitor", None)] == [200, 404, 404, 404]
    assert [got(p, teaser) for p in ("viewer", "scientist", "competitor", None)] == [200, 200, 200, 404]
    assert (
        "报告.pdf"
        not in listed.client("scientist").get(reverse("listings:detail", args=["needs", need.pk])).content.decode()
    )
    listed.grant(listed.achievement, need)
    answer = listed.client("scientist").get(reverse("listings:download", args=[kept.pk]))
    assert answer.status_code == 200
    assert b"".join(answer) == b"%PDF-1.7 data"
    assert answer["Content-Disposition"].startswith("attachment")
    assert Seen.objects.get(way="attachment", viewer=listed.people["scientist"], disclosure="restricted").times == 1
    assert listed.client("competitor").post(reverse("listings:detach", args=[kept.pk])).status_code == 404
    assert approver.post(reverse("listings:detach", args=[kept.pk])).status_code == 302
    assert not Attachment.objects.filter(pk=kept.pk).exists()


def test_equal_content_is_kept_once_and_goes_with_its_last_record(
    listed: Any, django_capture_on_commit_callbacks: Any
) -> None:
    asker = Sight(listed.asker("approver"))
    one = files.attach(asker, listed.need, upload(), "teaser")
    two = files.attach(asker, listed.need, upload("副本.pdf"), "teaser")
    assert one.digest == two.digest
    for attachment, stays in ((one, True), (two, False)):
        with django_capture_on_commit_callbacks(execute=True):
            files.detach(asker, attachment, listed.need)
        assert files.place(one.digest).exists() == stays


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"MZ", "file-kind"), ("a.html", b"<script>", "file-kind"), ("a.svg", b"<svg>", "file-kind"),
        ("a.pdf", b"<html>", "file-content"), ("a.pdf", b"", "file-empty"), ("pdf", b"%PDF-", "file-kind"),
        ("a.png", b"%PDF-", "file-content"),
    ],
)  # fmt: skip
def test_what_is_not_taken_leaves_nothing(listed: Any, name: str, content: bytes, code: str) -> None:
    from tongtu.terms.faults import FileRefused

    with pytest.raises(FileRefused) as refused:
        files.attach(Sight(listed.asker("approver")), listed.need, upload(name, content), "teaser")
    assert refused.value.faults[0].what.code == f"hub_listings.{code}"
    assert not Attachment.objects.exists()
    assert not list(files.place("00").parent.parent.glob("part-*"))


def test_names_of_files_are_plain() -> None:
    assert files.tidy("../../etc/报告\u202efdp.exe") == "报告fdp.exe"
    assert files.tidy("C:\\x\\方案.docx") == "方案.docx"
    assert len(files.tidy("长" * 500 + ".pdf")) == 154
    assert Path(files.tidy("a\nb\0.pdf")).name == "ab.pdf"
