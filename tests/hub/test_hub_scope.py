"""Nothing without a scope: every model says who sees its rows, every route stands in `routes.csv` and keeps to it."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.utils.module_loading import import_string
from hub_asking import address, methods, objects, quick, routes, row, rows, send
from hub_ground import PEOPLE, Ground, build, still

from tongtu.hub.records.base import Record

ALL = os.environ.get("TONGTU_SWEEP") == "all"
HUB = "tongtu.hub."
#: models that are no records -> what reads their rows for an asker; "" where no page ever lists rows of others
SCOPED = {
    "people.Organisation": "people.views.members.organisation_of",
    "people.Rivalry": "people.views.organisations.own",
    "people.User": "people.members.members",
    "people.Role": "people.members.members",
    "people.Invitation": "people.views.members.organisation_of",
    "people.Token": "people.views.access.index",
    "people.Expertise": "records.sight.Sight",
    "people.Grant": "matches.interest.mine",
    "records.Seen": "listings.detail.detail",
    "jobs.Job": "jobs.seeing.visible_to",
    "jobs.Worker": "care.health.findings",
    "care.Event": "care.log.visible_to",
    "care.Checkpoint": "care.log.whole",
    "exchange.Batch": "exchange.models.OfOwnHouse.visible_to",
    "exchange.BatchFault": "exchange.models.OfOwnHouse.visible_to",
    "exchange.Change": "exchange.models.OfOwnHouse.visible_to",
    "exchange.Export": "exchange.models.OfOneself.visible_to",
    "listings.Attachment": "listings.files.fetch",
    "listings.SavedSearch": "listings.views.desk.searches",
    "listings.Return": "listings.detail.detail",
    "listings.Revision": "listings.revising.pending",
    "listings.Stale": "listings.index.follow",
    "matches.Market": "matches.pair.rows",
    "matches.Match": "matches.pair.rows",
    "matches.Feedback": "matches.feedback.given",
    "matches.Plan": "matches.plans.current",
    "matches.Round": "matches.rounds.visible_to",
    "matches.Appeal": "matches.rounds.appeals",
    "experts.Opinion": "experts.judging.assignments",
    "briefs.Reading": "briefs.models.OfReaders.visible_to",
    "briefs.Brief": "briefs.models.Shelved.visible_to",
    "briefs.Tag": "briefs.shelf.facets",
    "briefs.Claim": "briefs.views.mending.claims",
    "briefs.Correction": "briefs.mending.waiting",
    "briefs.Draft": "briefs.views.mending.draft",
    "briefs.Desk": "briefs.desk.known",
    "briefs.Follow": "briefs.desk.known",
    "briefs.Sent": "briefs.desk.known",
    "api.Answer": "api.once.once",
}
#: words of the column `reach` that are no roles
REACHES = {"public", "signed_in", "member", "verified", "object", "nobody"}


def _models() -> list[Any]:
    return [model for model in apps.get_models() if model.__module__.startswith(HUB)]


@pytest.mark.parametrize("model", _models(), ids=lambda model: model._meta.label)
def test_every_model_says_who_sees_its_rows(model: Any) -> None:
    if issubclass(model, Record):
        assert callable(model.objects.visible_to)
        return
    assert model._meta.label in SCOPED, f"{model._meta.label} has no scope: name in SCOPED what reads it for an asker"
    where, _, last = f"{HUB}{SCOPED[model._meta.label]}".rpartition(".")
    try:
        found = import_string(f"{where}.{last}")
    except ImportError:
        found = getattr(import_string(where), last)
    assert callable(found)


def test_the_table_of_models_names_nothing_that_is_gone() -> None:
    assert set(SCOPED) <= {model._meta.label for model in _models()}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    unnamed = [str(pattern.pattern) for pattern in routes().values() if not pattern.name]
    assert not unnamed, f"routes without a name: {unnamed}"
    lacking = [name for name in routes() if row(name) is None]
    assert not lacking, f"routes without a row in routes.csv: {lacking}"
    used = {row(name) for name in routes()}
    assert not [r.route for r in rows() if r not in used], "rows in routes.csv that no route has"


def test_the_rows_are_in_the_words_of_the_table() -> None:
    from tongtu.hub.policy.tables import vocabulary

    for one in rows():
        assert one.method in ("safe", "unsafe", "both", "foreign")
        assert set(one.reach.split()) <= REACHES | set(vocabulary("roles").rows), one


def test_every_operation_of_the_api_asks_the_policy_for_something_it_knows() -> None:
    from tongtu.hub.api.routes import routes as operations
    from tongtu.hub.policy.tables import vocabulary

    known = set(vocabulary("actions").rows) | {"self"}
    for one in operations():
        assert one.scope, one.name
        assert set(one.scope) <= known, one.name
        found = row(f"api:{one.name}")
        assert found is not None
        assert found.unsafe is one.unsafe, one.name


# --- asked over HTTP ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Any:
    return tmp_path_factory.mktemp("scope")


@pytest.fixture
def ground(db: None, settings: Any, folder: Any) -> Iterator[Ground]:
    settings.HOME, settings.MEDIA_ROOT = folder, folder / "attachments"
    with still(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def _address(name: str, ground: Ground) -> str:
    found = objects(name, ground.things)
    return address(name, ground.things, next(iter(found), ""))


def test_what_changes_something_refuses_get_and_whoever_brings_no_secret_of_a_form(ground: Ground) -> None:
    wrong = []
    with quick():
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = ground.world.client("editor").cookies
        safe = {_address(name, ground) for name in routes() if (found := row(name)) and found.safe}
        for name in routes():
            found = row(name)
            if found is None or not found.unsafe:
                continue
            url = _address(name, ground)
            if found.method == "unsafe" and url not in safe and (code := send(strict, "GET", url).status_code) != 405:
                wrong.append((name, "GET", code))
            method = methods().get(name, "POST")
            if (code := send(strict, method, url).status_code) != 403:
                wrong.append((name, method, code))
            refused = send(Client(enforce_csrf_checks=True), method, url)
            if refused.status_code not in (401, 403):
                wrong.append((name, method, "nobody", refused.status_code))
    assert not wrong


def _may(person: str | None, reach: str, ground: Ground) -> bool | None:
    """Whether the table says that a person reaches a route; None where it depends on the thing."""
    if reach in ("object", "public"):
        return None if reach == "object" else True
    if person is None or reach == "nobody":
        return False
    house, roles = PEOPLE[person]
    if reach == "verified":
        return ground.world.organisations[house].verified_at is not None
    return reach in ("signed_in", "member") or bool(set(reach.split()) & set(roles))


def test_every_route_answers_everybody_and_lets_in_whom_the_table_names(ground: Ground) -> None:
    """A part of all people at each route by default; `TONGTU_SWEEP=all` sends everybody everywhere."""
    wrong, draw, asked = [], random.Random(5), 0
    everybody = (None, *PEOPLE)
    clients = {person: ground.world.client(person) for person in everybody}
    with quick():
        for name in routes():
            found = row(name)
            assert found is not None
            chosen = everybody if ALL or not name.startswith("api:") else (None, *draw.sample(list(PEOPLE), 1))
            chosen = chosen if name != "api:docs" else (None,)
            for person in chosen:
                answer = send(clients[person], "GET", _address(name, ground))
                asked += 1
                login = answer.status_code == 302 and answer["Location"].startswith("/accounts/login")
                refused = answer.status_code in (401, 403, 404) or login
                if answer.status_code >= 500 and name != "health:ready":
                    wrong.append((name, person, answer.status_code))
                if found.safe and _may(person, found.reach, ground) is refused and name not in ABSENT:
                    wrong.append((name, person, found.reach, answer.status_code))
    print(f"{asked} requests")
    assert not wrong, "\n".join(map(str, wrong))


#: routes that answer 404 to everybody here, since nothing stands behind the sample
ABSENT = ("people:join", "listings:kept_feed", "briefs:feed")


def test_who_is_let_in_nowhere_changes_nothing(ground: Ground) -> None:
    """What is not theirs to do is refused to each, whatever is sent."""
    wrong = []
    with quick():
        for person in (None, *PEOPLE):
            client = ground.world.client(person)
            for name in routes():
                found = row(name)
                if found is None or found.method != "unsafe" or _may(person, found.reach, ground) is not False:
                    continue
                if name.startswith("api:") and re.search("create", name) and name[4:].split("_")[0] != "needs":
                    continue
                answer = send(client, methods().get(name, "POST"), _address(name, ground))
                login = answer.status_code == 302 and answer["Location"].startswith("/accounts/login")
                if answer.status_code not in (401, 403, 404) and not login:
                    wrong.append((name, person, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
