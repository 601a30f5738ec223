"""The frame, the account pages, refusals and mails: whole in both languages, and under the headers."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.contrib.staticfiles import finders
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import path

from tongtu.hub import urls
from tongtu.hub.look import home, views
from tongtu.terms.why import Why

WHY = Why("hub_policy.hidden-restricted")


def refuse(request: object) -> None:
    raise PermissionDenied(WHY)


def stale(request: Any) -> Any:
    return views.conflict(request, WHY)


def fall(request: object) -> None:
    raise RuntimeError("a secret that no page may show")


handler403, handler404, handler500 = urls.handler403, urls.handler404, urls.handler500
urlpatterns = [*urls.urlpatterns, path("refuse/", refuse), path("stale/", stale), path("fall/", fall)]

VISITOR = ["/", "/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/signup/"]
MEMBER = [
    "/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/logout/",
    "/accounts/reauthenticate/",
]  # fmt: skip
SAID = [("/refuse/", 403), ("/nowhere/", 404), ("/stale/", 409), ("/fall/", 500)]
#: Latin words that a Chinese page may show
FOREIGN = {"English", "TOTP", "IP"}


class Text(HTMLParser):
    """What a reader sees or hears of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.words += [v for k, v in attrs if v and k in ("title", "alt", "aria-label", "placeholder")]

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style", "code") and data.strip():
            self.words.append(data.strip())


def text(answer: Any) -> str:
    return "\n".join(Text(answer.content.decode()).words)


def english(said: str, *names: str) -> set[str]:
    """Latin words in a Chinese text, without addresses and what is allowed."""
    bare = re.sub(r"\S+@\S+|\b[0-9a-f]{32}\b|https?://\S+|testserver", "", said)
    return set(re.findall(r"[A-Za-z]{2,}", bare)) - FOREIGN - set(names)


def chinese(said: str, *names: str) -> set[str]:
    for name in ("中文", *names):
        said = said.replace(name, "")
    return set(re.findall(r"[\u4e00-\u9fff]+", said))


@pytest.fixture(autouse=True)
def _unlimited() -> None:
    """What one test tried does not count against the next."""
    cache.clear()


@pytest.fixture
def names(world: Any) -> list[str]:
    return [word for o in world.organisations.values() for word in (o.name, *o.name_en.split())] + list(world.people)


@pytest.mark.parametrize("where", VISITOR)
def test_a_visitor_reads_one_language(world: Any, where: str) -> None:
    assert english(text(world.client(lang="zh-hans").get(where))) == set()
    assert chinese(text(world.client(lang="en").get(where))) == set()


@pytest.mark.parametrize("where", MEMBER)
def test_a_member_reads_one_language(world: Any, names: list[str], where: str) -> None:
    zh = world.client("editor").get(where, follow=True)
    en = world.client("editor", lang="en").get(where, follow=True)
    assert zh.status_code == en.status_code == 200
    assert english(text(zh), *names) == set()
    assert chinese(text(en), *names) == set()


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("where", "status"), SAID)
@pytest.mark.parametrize("person", [None, "editor"])
def test_what_cannot_be_answered_is_said_in_words(
    world: Any, names: list[str], where: str, status: int, person: str | None
) -> None:
    for lang, foreign in (("zh-hans", english), ("en", chinese)):
        client = world.client(person, lang=lang)
        client.raise_request_exception = False
        answer = client.get(where)
        assert answer.status_code == status
        assert foreign(text(answer), *names) == set()
        assert answer["X-Request-Id"] in text(answer)
        assert b"RuntimeError" not in answer.content
        assert b"a secret" not in answer.content


@pytest.mark.urls(__name__)
def test_a_refusal_carries_its_reason(world: Any) -> None:
    assert "受限内容" in text(world.client("editor").get("/refuse/"))


@pytest.mark.urls(__name__)
def test_the_page_of_an_error_needs_no_database(world: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = views.broken(RequestFactory().get("/"))
    assert answer.status_code == 500


@pytest.mark.parametrize("where", [*VISITOR, "/nowhere/", "/static/tongtu/hub.css"])
def test_every_answer_carries_the_headers(world: Any, where: str) -> None:
    answer = world.client().get(where)
    answer.close()  # a file is streamed
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    if answer["Content-Type"].startswith("text/html"):
        assert answer["X-Frame-Options"] == "DENY"
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_colours_are_chosen_and_kept(world: Any) -> None:
    client = world.client()
    answer = client.post("/theme/", {"theme": "dark", "next": "/accounts/login/"})
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/"
    page = client.get("/accounts/login/").content.decode()
    assert 'data-theme="dark"' in page
    assert re.search(r'dark\.[0-9a-f]{12}\.css" media="screen"', page)
    client.post("/theme/", {"theme": "light"})
    assert not re.search(r"dark\.[0-9a-f]+\.css", client.get("/").content.decode())


@pytest.mark.parametrize(
    "next_", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "\\\\x", ""]
)
def test_choosing_colours_leads_nowhere_else(world: Any, next_: str) -> None:
    answer = world.client().post("/theme/", {"theme": "dark", "next": next_})
    assert answer["Location"] == "/"


def test_only_known_colours_are_kept(world: Any) -> None:
    assert world.client().post("/theme/", {"theme": "<script>"}).cookies.get("theme") is None
    client = world.client()
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/").content.decode()


def test_a_get_changes_no_colours(world: Any) -> None:
    assert world.client().get("/theme/").status_code == 405


def test_the_language_is_switched_on_the_page_one_is_on(world: Any) -> None:
    client = world.client()
    answer = client.post("/language/", {"language": "en", "next": "/accounts/login/"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/"
    assert chinese(text(answer)) == set()


def test_a_form_without_its_secret_is_refused_in_words(world: Any) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "zh-hans"})
    answer = client.post("/accounts/login/", {})
    assert answer.status_code == 403
    assert "页面已过期" in text(answer)


def test_faults_of_a_form_are_tied_to_their_fields(world: Any) -> None:
    page = world.client().post("/accounts/login/", {"login": "", "password": ""}).content.decode()
    described = re.findall(r'aria-invalid="true"[^>]*aria-describedby="([^"]+)"', page)
    ids = {one for value in described for one in value.split()}
    assert len(described) == 2
    assert all(f'id="{one}"' in page for one in ids)


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_mail_for_a_forgotten_password_speaks_one_language(world: Any, lang: str) -> None:
    for address in ("editor@example.org", "nobody@example.org"):
        world.client(lang=lang).post("/accounts/password/reset/", {"email": address})
    known, unknown = mail.outbox
    for letter in (known, unknown):
        said = f"{letter.subject}\n{letter.body}"
        assert (english(said) if lang == "zh-hans" else chinese(said)) == set()
        assert "signup" not in letter.body
        assert "&#" not in said
    assert "/accounts/password/reset/key/" in known.body


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_way_through_a_new_password(world: Any, names: list[str], lang: str) -> None:
    foreign = english if lang == "zh-hans" else chinese
    client = world.client(lang=lang)
    client.post("/accounts/password/reset/", {"email": "editor@example.org"})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    assert foreign(text(form)) == set()
    where = form.redirect_chain[-1][0]
    weak = client.post(where, {"password1": "password", "password2": "other"})
    assert foreign(text(weak)) == set()
    done = client.post(where, {"password1": "a-long-new-pass-77", "password2": "a-long-new-pass-77"}, follow=True)
    assert foreign(text(done), *names) == set()
    used = world.client(lang=lang).get(link, follow=True)
    assert foreign(text(used)) == set()
    for letter in mail.outbox[1:]:
        assert foreign(f"{letter.subject}\n{letter.body}".replace("Asia/Shanghai", "")) == set()


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_way_through_a_second_factor(world: Any, names: list[str], lang: str) -> None:
    foreign = english if lang == "zh-hans" else chinese
    client = world.client(lang=lang)
    client.post("/accounts/login/", {"login": "editor@example.org", "password": "correct horse battery staple"})
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery staple"})
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    assert foreign(text(page), *names) == set()
    secret = page.context["form"].secret
    assert foreign(text(client.post("/accounts/2fa/totp/activate/", {"code": "000000"})), *names) == set()
    code = f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06d}"
    for answer in (
        client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True),
        client.get("/accounts/2fa/"),
        client.get("/accounts/2fa/recovery-codes/"),
        client.get("/accounts/2fa/recovery-codes/generate/"),
        client.get("/accounts/2fa/totp/deactivate/"),
    ):
        assert answer.status_code == 200
        assert foreign(re.sub(r"\b[0-9a-f]{8}\b", "", text(answer)), *names) == set()
    again = world.client(lang=lang)
    asked = again.post(
        "/accounts/login/", {"login": "editor@example.org", "password": "correct horse battery staple"}, follow=True
    )
    assert asked.redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    assert foreign(text(asked)) == set()


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_too_many_attempts_are_said_in_words(world: Any, lang: str) -> None:
    client = world.client(lang=lang)
    limited = next(a for a in (client.post("/accounts/login/") for _ in range(60)) if a.status_code != 200)
    assert limited.status_code == 429
    assert (english if lang == "zh-hans" else chinese)(text(limited)) == set()


def test_the_navigation_marks_where_one_is(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_places", set())
    home.place(2, "account_login", "hub.sign-in", home.everybody)
    home.place(1, "home", "hub.desk", home.everybody)
    home.place(3, "nowhere:at-all", "hub.desk", home.everybody)
    home.place(4, "mfa_index", "hub.second-factor")
    home.place(5, "usersessions_list", "hub.sessions", home.everybody, menu=True)
    page = world.client().get("/accounts/login/").content.decode()
    nav = re.search(r"<nav .*?</nav>", page, re.DOTALL)[0]
    assert re.findall(r'href="([^"]+)"( aria-current="page")?', nav) == [
        ("/", ""), ("/accounts/login/", ' aria-current="page"'),
    ]  # fmt: skip


def test_a_room_brings_its_part_to_the_first_page(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_sections", set())
    home.section(2, "look/footer.html", lambda request: {})
    home.section(1, "look/header.html", lambda request: None)
    assert world.client("editor").get("/").content.decode().count("<footer") == 2


def test_one_may_act_for_each_of_ones_organisations(world: Any) -> None:
    from tongtu.hub.people.models import Role

    Role.objects.create(user=world.people["editor"], organisation=world.organisations["lab"], name="viewer")
    client = world.client("editor")
    assert text(client.get("/")).count("江城大学材料研究所") == 1
    client.post("/people/act/", {"organisation": str(world.organisations["lab"].pk)})
    assert "代表 江城大学材料研究所" in text(client.get("/"))


def test_static_files_are_kept_for_ever_under_the_mark_of_their_content(db: None) -> None:
    """Every file that a page names exists under that name, says it never changes, and is the file of the plain name."""
    client = Client()
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").content.decode()))
    assert len(named) >= 4
    for address in named:
        assert re.search(r"\.[0-9a-f]{12}\.", address), address
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer["Cache-Control"]
        assert finders.find(address.removeprefix("/static/"))  # for servers of tests, which ask the finders
        plain = client.get(re.sub(r"\.[0-9a-f]{12}\.", ".", address))
        assert "immutable" not in plain["Cache-Control"]
        assert b"".join(plain.streaming_content) == b"".join(answer.streaming_content)


def test_the_foot_of_every_page_leads_to_the_api(db: None) -> None:
    assert 'href="/api/"' in Client().get("/").content.decode()
