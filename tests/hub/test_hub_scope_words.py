"""Every page in both languages: no code of the catalogue shows up, and no page speaks the other language.

What people wrote themselves (titles, names, remarks) stays as they wrote it: what stands in the database may be said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.db import models, transaction
from hub_asking import address, objects, quick, routes, row, send
from hub_ground import Ground, build, still

from tongtu.terms.words.catalogue import find

pytestmark = pytest.mark.django_db
PEOPLE = (None, "secretariat", "approver", "admin", "audit")
_CODE = re.compile(r"\b(?:hub(?:_[a-z]+)?|terms|registry|match(?:_[a-z]+)?|policy|chain)\.[a-z]+(?:-[a-z0-9_]+)*\b")
_HAN = re.compile(r"[一-鿿]+")
_ENGLISH = re.compile(r"(?:\b[A-Za-z][a-z']+[ ,]+){4,}[A-Za-z][a-z']+")
#: of a page what no reader takes for our text: code, and what says of itself that it is in another language
_ASIDE = re.compile(
    r"<(script|style|code|pre)\b.*?</\1>|<([a-z]+)[^>]*\slang=\"(?:zh-Hans|en)\"[^>]*>.*?</\2>|<!--.*?-->", re.S
)


@pytest.fixture
def ground(db: None, settings: Any, tmp_path: Any) -> Iterator[Ground]:
    settings.HOME, settings.MEDIA_ROOT = tmp_path, tmp_path / "attachments"
    with still(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def written_by_people() -> str:
    """All texts of the database, one below the other."""
    found: set[str] = set()
    for model in apps.get_models():
        fields = [f.attname for f in model._meta.concrete_fields if isinstance(f, models.CharField | models.TextField)]
        fields += [f.attname for f in model._meta.concrete_fields if isinstance(f, models.JSONField)]
        for values in model._base_manager.values_list(*fields) if fields else ():
            found |= {str(value) for value in values if value}
    return "\n".join(sorted(found))


def texts(page: str) -> str:
    """What a reader reads or hears: text, and the attributes that are spoken."""
    shown = page.partition("<body")[2] or page
    shown = _ASIDE.sub(" ", shown[shown.find(">") :] if "<body" in page else shown)
    spoken = re.findall(r'\s(?:title|aria-label|placeholder|alt|data-confirm)="([^"]*)"', shown)
    return unescape("\n".join([re.sub(r"<[^>]*>", "\n", shown), *spoken]))


def strange(text: str, lang: str, own: str) -> Iterator[str]:
    yield from (code for code in _CODE.findall(text) if find(code) or code.startswith("hub"))
    if lang == "en":
        yield from (words for words in _HAN.findall(text) if words not in own)
    else:
        yield from (words for words in _ENGLISH.findall(text) if words not in own)


def pages(ground: Ground) -> Iterator[tuple[str | None, str, str, str]]:
    """Person, language, route and answer of every page, also those that refuse."""
    for person in PEOPLE:
        for lang in ("zh-hans", "en"):
            client = ground.world.client(person, lang)
            for name in routes():
                found = row(name)
                assert found is not None
                if (name.startswith("api:") and (person or name != "api:docs")) or not (found.safe or found.reach):
                    continue
                for thing in objects(name, ground.things)[:1] or [""]:
                    answer = send(client, "GET", address(name, ground.things, thing))
                    if "text/html" in answer.get("Content-Type", "") and "Location" not in answer:
                        yield person, lang, name, answer.body.decode()


def test_every_page_speaks_one_language_and_no_code(ground: Ground) -> None:
    own, wrong, count = written_by_people(), {}, 0
    with quick(navigation=True):
        for person, lang, name, page in pages(ground):
            count += 1
            for words in strange(texts(page), lang, own):
                if name == "api:docs" and words.islower():  # the values of a field, as programs read them
                    continue
                wrong.setdefault((lang, words), (name, person))
    print(f"{count} pages")
    assert not wrong, "\n".join(f"{key}: {value}" for key, value in wrong.items())


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_problems_and_mails_speak_the_readers_language(ground: Ground, lang: str) -> None:
    own, client = written_by_people(), ground.world.client("editor", lang)
    with quick():
        said = [send(client, "GET", f"/api/v1/needs/{ground.things['needs/rival/draft']}").json()]
        said += [send(client, "POST", f"/api/v1/needs/{ground.things['needs/firm/published']}/{step}").json()
                 for step in ("publish", "renew", "return", "submit")]  # fmt: skip
        said.append(send(client, "POST", "/api/v1/needs").json())
        house = ground.things["house/firm"]
        ground.world.client("admin", lang).post(
            f"/people/of/{house}/invite/", {"email": "new@example.org", "role": "viewer"}
        )
        client.logout()
        client.post("/accounts/password/reset/", {"email": "viewer@example.org"})
    letters = [f"{letter.subject}\n{letter.body}" for letter in mail.outbox]
    assert len(letters) == 2
    spoken = [re.sub(r"'code': '[^']*'", "", str(one)) for one in said]  # a code beside its sentence is for programs
    wrong = [words for one in [*spoken, *letters] for words in strange(one, lang, own + "密语")]
    assert not wrong
