"""Twin worlds: two that differ in nothing but what a viewer may not know answer this viewer byte for byte the same.

Ids are drawn from named seeds and the clock stands still, so that everything else is equal. Each person asks a part of
all addresses in one language here, drawn by a fixed seed; `TONGTU_TWINS=all` asks for everything in both.
"""

from __future__ import annotations

import difflib
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hub_asking import quick, send, told
from hub_ground import NOW, PEOPLE, Ground, Here, build, knows, named, secrets, still

from tongtu.hub.exchange import files

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ALL = os.environ.get("TONGTU_TWINS") == "all"
PART = 32
LANGS = ("zh-hans", "en")
#: those who share a pair of worlds: what none of them may know is turned
TOGETHER: tuple[tuple[str | None, ...], ...] = (
    (None,), ("competitor",), ("scientist",), ("lead", "expert"), ("secretariat",),
    ("stranger", "system", "security", "audit"), ("viewer", "admin"), ("editor", "approver", "secrecy"),
)  # fmt: skip
#: in the world that turns everything these see that it is another one; who audits sees it in the log alone
WITNESSES = tuple(person for person in PEOPLE if person != "audit")
#: pages on which the navigation is compared too
FRONT = ("/", "/listings/mine/")
NOUNS = ("needs", "achievements", "scenarios", "platforms")
PLAIN = (
    "/", "/listings/mine/", "/listings/review/", "/listings/saved/", "/matches/", "/matches/grants/",
    "/matches/rounds/", "/matches/plan/", "/matches/plan/report/", "/matches/plan/workbook/",
    "/briefs/", "/briefs/digest/", "/briefs/claims/", "/briefs/corrections/", "/briefs/read/",
    "/experts/", "/exchange/", "/exchange/export/", "/jobs/", "/people/",
    "/people/organisations/", "/people/organisation/", "/people/tokens/", "/care/log/", "/care/log.csv",
    "/accounts/sessions/", "/api/v1/me", "/api/v1/imports", "/api/v1/exports", "/api/v1/jobs",
    "/exchange/template/needs/", "/listings/needs/new/",
)  # fmt: skip
SEARCHES = (
    "", "?q=涂层", "?q=密语", "?q=华原", "?region=CN-31", "?direction=new_materials", "?since=30", "?q=涂层&since=7",
    "?trl_min=4&direction=new_materials",
)  # fmt: skip
PROGRAM = ("/api/v1/me", "/api/v1/needs", "/api/v1/needs?q=涂层", "/api/v1/achievements?scope=own",
           "/api/v1/indicators", "/api/v1/jobs", "/api/v1/exports")  # fmt: skip
#: what the log of everybody tells those who audit it
AUDITED = ("/care/log",)


def addresses(ground: Ground) -> list[str]:
    """Everything that is read: pages, lists with words and facets, feeds, JSON, every thing by its id."""
    things = ground.things
    found = list(PLAIN)
    for noun in NOUNS:
        found += [f"/listings/{noun}/{ask}" for ask in (SEARCHES if noun == "needs" else SEARCHES[:2])]
        found += [f"/listings/{noun}/feed/{ask}" for ask in SEARCHES[:2]]
        found += [f"/api/v1/{noun}{ask}" for ask in ("", "?q=涂层", "?limit=2")]
    found += [f"/api/v1/{noun}" for noun in ("organisations", "indicators", "ownership", "services", "judgments")]
    found += [f"/api/v1/{noun}?scope=own" for noun in ("needs", "achievements")]
    for thing, uid in sorted(things.items()):
        kind, *rest = thing.split("/")
        if thing.endswith("/more") or "phantom" in thing:
            continue
        if kind in NOUNS:
            found.append(reverse("listings:detail", args=[kind, uid]))
        if kind == "needs" and rest[1] == "published":
            found += [f"/experts/needs/{uid}/", f"/listings/needs/{uid}/revision/", f"/listings/needs/{uid}/revise/"]
        if kind == "platforms":
            found.append(f"/listings/platforms/{uid}/hours/")
        if kind == "needs" and rest[1] in ("published", "expiring"):
            found += [f"/api/v1/needs/{uid}", f"/api/v1/needs/{uid}/indicators"]
        if kind == "needs" and rest[1] == "published":
            found += [f"/matches/of/{uid}/", f"/matches/of/{uid}/platforms/", f"/api/v1/matches/{uid}"]
            found += [f"/matches/pair/{uid}/{things[f'achievements/{house}/published']}/" for house in ("lab", "rival")]
        found += {
            "house": [f"/people/of/{uid}/"], "files": [f"/listings/files/{uid}/"], "jobs": [f"/jobs/{uid}/"],
            "batches": [f"/exchange/batches/{uid}/"], "exports": [f"/exchange/export/{uid}/"],
            "rounds": [f"/matches/rounds/{uid}/"], "briefs": [f"/briefs/{uid}/"], "drafts": [f"/briefs/drafts/{uid}/"],
            "readings": [f"/briefs/readings/{uid}/"],
        }.get(kind, [])  # fmt: skip
    return found


def turned(people: tuple[str | None, ...]) -> set[str]:
    return set.intersection(*(secrets() - knows(person) for person in people))


@contextmanager
def a_world(settings: Any, folder: Any, secret: Any = (), anew: bool = False) -> Iterator[Ground]:
    """A world in a transaction that leaves nothing behind, with files and indexes of its own."""
    from tongtu.hub.listings import index

    settings.HOME, settings.MEDIA_ROOT = folder, folder / "attachments"
    index.forget()
    with still(), transaction.atomic():
        yield build(secret, anew)
        transaction.set_rollback(True)
    index.forget()


def answers(ground: Ground, people: tuple[str | None, ...], only: tuple[str, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """(person, language, address) -> everything that was answered, to each as if nobody else had been there."""
    found: dict[tuple[Any, ...], Any] = {}
    for person in people:
        with transaction.atomic():
            for front in (True, False):
                with quick(navigation=front):
                    clients = {lang: ground.world.client(person, lang) for lang in LANGS}
                    for lang, url in asked(person, ground):
                        if (url in FRONT) is front and (not only or url in only):
                            found[person, lang, url] = told(send(clients[lang], "GET", url))
            if not only and person is not None:
                found |= {(person, "", what): said for what, said in beside(ground, person)}
            transaction.set_rollback(True)
    return found


def beside(ground: Ground, person: str) -> Iterator[tuple[str, Any]]:
    """What reaches somebody otherwise than as a page: a file of all they may export, the daily message and the feed of
    a saved search, and what a program of their house reads with its token."""
    from tongtu.hub.exchange import exporting, ordering
    from tongtu.hub.listings import saved, shelf
    from tongtu.hub.listings.kinds import kind
    from tongtu.hub.listings.models import SavedSearch
    from tongtu.hub.people import tokens

    world, house = ground.world, ground.world.organisations[PEOPLE[person][0]]
    asker = world.asker(person)
    named(f"beside {person}")
    for form in ("json", "csv"):
        made = ordering.order(asker, ("needs", "achievements", "platforms", "indicators"), "all", form, "zh")
        exporting.make(made, Here())
        made.refresh_from_db()
        text = (files.workplace("exports", made.pk) / made.name).read_bytes()
        yield f"export {form}", [text] if form == "json" else sorted(_members(text))
    SavedSearch.objects.filter(user=asker.user).delete()
    kept = saved.save(asker, kind("needs"), "全部", shelf.Question())
    assert kept is not None
    saved.open_feed(asker, kept)
    SavedSearch.objects.exclude(pk=kept.pk).update(alert=False)
    SavedSearch.objects.filter(pk=kept.pk).update(told_at=NOW - timedelta(days=3))
    sent = len(mail.outbox)
    saved.tell(NOW)
    yield "mail", [(m.subject, m.body, m.to) for m in mail.outbox[sent:]]
    kept.refresh_from_db()
    with quick():
        yield "feed", told(send(Client(), "GET", reverse("listings:kept_feed", args=[saved.key_of(kept)])))
        _, secret = tokens.create(asker, house, "程序")
        program = Client(headers={"authorization": f"Bearer {secret}"})
        for url in PROGRAM:
            yield f"token {url}", told(send(program, "GET", url))


def _members(text: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(BytesIO(text)) as packed:
        yield from ((name, packed.read(name)) for name in packed.namelist())


def asked(person: str | None, ground: Ground) -> Iterator[tuple[str, str]]:
    """The languages and addresses in which this person asks."""
    for url in addresses(ground):
        if person == "audit" and url.startswith(AUDITED):
            continue
        drawn = zlib.crc32(f"{person}{url}".encode())
        if ALL:
            yield from ((lang, url) for lang in LANGS)
        elif url in PLAIN or drawn % PART == 0:
            yield LANGS[drawn // PART % 2], url


def differences(one: dict[Any, Any], other: dict[Any, Any]) -> list[str]:
    """What differs, shortly."""
    found = [] if one.keys() == other.keys() else ["the two worlds have other addresses"]
    for key in one.keys() & other.keys():
        if one[key] == other[key]:
            continue
        if not isinstance(one[key], bytes) or not isinstance(other[key], bytes):
            found.append(f"{key}: files")
            continue
        lines = [text.decode(errors="replace").replace(">", ">\n").splitlines() for text in (one[key], other[key])]
        parts = [p for p in difflib.unified_diff(*lines, n=0, lineterm="") if not p.startswith(("---", "+++", "@@"))]
        found.append(f"{key}: " + " ¦ ".join(p[:160] for p in parts[:8]))
    return found


def test_two_worlds_that_differ_in_secrets_answer_the_same(settings: Any, tmp_path: Any) -> None:
    with a_world(settings, tmp_path / "plain") as ground:
        plain = answers(ground, (None, *PEOPLE))
    broken = [key for key, text in plain.items() if text[:1] == b"5"]
    wrong, pairs, changed = [], 0, set()
    for number, people in enumerate(TOGETHER):
        secret = turned(people)
        with a_world(settings, tmp_path / str(number), secret, anew=not number) as other:  # one market is computed anew
            seen = answers(other, people)
            if secret == secrets():
                witnessed = answers(other, WITNESSES, PLAIN)
                changed = {key[0] for key, text in witnessed.items() if text != plain[key]}
        expected = {key: text for key, text in plain.items() if key[0] in people}
        wrong += differences(expected, seen)
        pairs += len(seen)
    print(f"{pairs} pairs of responses")
    assert not broken
    assert not wrong, f"{len(wrong)} of {pairs} differ:\n" + "\n".join(sorted(wrong)[:60])
    assert changed == set(WITNESSES), "the worlds differ, so whoever may know a secret must see it"
    assert pairs >= 600
