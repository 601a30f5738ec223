"""What a browser is told with every answer, and the settings of a hub that is reached from outside."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from hub_asking import address, objects, quick, routes, row, send
from hub_ground import Ground, build, still

pytestmark = pytest.mark.django_db
#: answers under a policy of their own: a file is run by nobody, the report carries its scripts
OWN_POLICY = ("listings:download", "matches:plan_report")
#: the nouns of the API stand behind one door; one of them speaks for the others
OPERATIONS = ("api:docs", "api:openapi", "api:me", "api:needs", "api:imports", "api:exports", "api:jobs", "api:matches")


@pytest.fixture
def ground(db: None, settings: Any, tmp_path: Any) -> Iterator[Ground]:
    settings.HOME, settings.MEDIA_ROOT = tmp_path, tmp_path / "attachments"
    with still(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def directives(answer: Any) -> dict[str, list[str]]:
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";") if part.strip())
    return {name: values for name, *values in parts}


def faults(answer: Any, signed_in: bool, own_policy: bool = False) -> Iterator[str]:
    """What is wrong with the headers of an answer."""
    wanted = {
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }  # fmt: skip
    yield from (name for name, value in wanted.items() if answer.get(name) != value)
    if not own_policy:
        policy = directives(answer)
        if policy.get("default-src") != ["'none'"] or policy.get("frame-ancestors") != ["'none'"]:
            yield "policy"
        if policy.get("script-src") != ["'self'"] or "'unsafe-inline'" in policy.get("style-src", []):
            yield "scripts"
        if policy.get("base-uri") != ["'none'"] or policy.get("form-action") != ["'self'"]:
            yield "forms"
    kept = answer.get("Cache-Control", "")
    if signed_in and "no-store" not in kept and not ("private" in kept and "no-cache" in kept):
        yield f"may be kept: {kept}"
    if "X-Request-Id" not in answer:
        yield "number"


def test_every_route_says_what_a_browser_may_do(ground: Ground) -> None:
    wrong = []
    with quick():
        for person in (None, "editor"):
            client = ground.world.client(person)
            for name in routes():
                if (name.startswith("api:") and not name.startswith(OPERATIONS)) or (name == "api:docs" and person):
                    continue
                thing = next(iter(objects(name, ground.things)), "")
                answer = send(client, "GET", address(name, ground.things, thing))
                own = name in OWN_POLICY and answer.status_code == 200
                wrong += [(name, person, fault) for fault in faults(answer, person is not None, own)]
        for path in ("/nothing/", "/listings/needs/0/", "/static/nothing.css"):
            answer = send(ground.world.client("editor"), "GET", path)
            wrong += [(path, fault) for fault in faults(answer, True)]
    assert not wrong, "\n".join(map(str, wrong))
    assert row("home")


def test_no_page_carries_a_script_a_style_or_a_handler_in_itself(ground: Ground) -> None:
    """The policy would stop them; that none is there means that nothing is missing on the page either."""
    script = rb'<script(?![^>]*\bsrc=)(?![^>]*type="application/(?:ld\+)?json")[^>]*>'
    inline = re.compile(script + rb'|<style|\sstyle=|\son[a-z]+="')
    wrong = []
    with quick(navigation=True):
        for person in (None, "editor", "secretariat"):
            client = ground.world.client(person)
            for name in routes():
                if name.startswith("api:") or name == "matches:plan_report":
                    continue
                thing = next(iter(objects(name, ground.things)), "")
                answer = send(client, "GET", address(name, ground.things, thing))
                if "text/html" in answer.get("Content-Type", "") and (found := inline.search(answer.body)):
                    wrong.append((name, person, answer.body[found.start() : found.end() + 60]))
    assert not wrong, "\n".join(map(str, wrong))


def test_the_report_of_the_plan_stands_under_its_own_hashes(ground: Ground) -> None:
    from tongtu.hub.matches import plans
    from tongtu.hub.matches.models import Plan

    script = "document.title = '通途'"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; img-src data:"
    plan = Plan.objects.create(disclosure="teaser", digest="x", as_of=date(2026, 11, 22))
    page = f'<meta http-equiv="Content-Security-Policy" content="{policy}"><script>{script}</script>'
    plans.folder(plan).mkdir(parents=True)
    (plans.folder(plan) / plans.PAGE).write_text(page, encoding="utf-8")
    answer = send(ground.world.client("editor"), "GET", "/matches/plan/report/")
    told = directives(answer)
    assert told["script-src"] == [f"'sha256-{digest}'"]
    assert told["frame-ancestors"] == ["'none'"]
    assert not list(faults(answer, True, own_policy=True))
    assert send(ground.world.client(), "GET", "/matches/plan/report/").status_code == 404


def test_a_hub_behind_https_passes_the_deployment_check(tmp_path: Any) -> None:
    """Also its cookies: only over https, out of reach of scripts, not sent by other sites' forms."""
    say = (
        "import django; django.setup(); from django.conf import settings as s;"
        "assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.LANGUAGE_COOKIE_SECURE;"
        "assert s.SESSION_COOKIE_HTTPONLY and s.LANGUAGE_COOKIE_HTTPONLY;"
        "assert s.SESSION_COOKIE_SAMESITE == s.CSRF_COOKIE_SAMESITE == s.LANGUAGE_COOKIE_SAMESITE == 'Lax';"
        "assert s.SECURE_HSTS_SECONDS >= 31_536_000 and s.SECURE_SSL_REDIRECT and not s.DEBUG;"
        "from django.core.management import call_command;"
        "call_command('check', deploy=True, fail_level='WARNING')"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TONGTU_", "DJANGO_"))}
    told = {"TONGTU_HOME": str(tmp_path), "TONGTU_ADDRESS": "https://hub.example.org"}
    done = subprocess.run(
        [sys.executable, "-c", say], env={**clean, **told, "DJANGO_SETTINGS_MODULE": "tongtu.hub.settings"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
