"""Every route, every person, every thing of another organisation: what one may not know of is as if it were not there.

The answer must equal, byte for byte, the answer about an id that nothing has. `TONGTU_SWEEP=all` asks every thing at
every route; otherwise routes beside the two that read are asked about a few things each, by a fixed draw.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hub_asking import NOTHING, address, count_rows, methods, objects, quick, routes, row, send, told
from hub_ground import PEOPLE, Ground, build, still

pytestmark = pytest.mark.django_db
ALL = os.environ.get("TONGTU_SWEEP") == "all"
FEW = 1
EVERYBODY = (None, *PEOPLE)
#: whom no brief of the operator is for: nobody, who is not verified, and the three administrators
SHUT_OUT = {None, "stranger", "system", "security", "audit"}
#: routes that are asked about every thing
WHOLE = ("listings:detail",)


def who_knows(thing: str) -> set[str | None]:
    """Kept by hand: who may know that a thing is there."""
    kind, house, *rest = thing.split("/")
    last = rest[0] if rest else ""
    own: set[str | None] = {person for person, (where, _) in PEOPLE.items() if where == house}
    match kind, last:
        case (("needs" | "achievements" | "platforms" | "scenarios"), ("published" | "expiring")):
            return set(EVERYBODY)
        case (("needs" | "achievements"), "review"):
            return own | {"secretariat"}
        case (("needs" | "achievements"), "expired"):
            return own | {"secretariat"} | ({"lead"} if house == "firm" else set())
        case "house", _:
            return own | {"secretariat", "security"}
        case (("invitations" | "tokens"), _):
            return own | {"security"}
        case "jobs", _:
            return own | {"secretariat", "system"}
        case "files", "open":
            return set(EVERYBODY)
        case "files", "closed":
            return own | ({"scientist", "expert"} if house == "firm" else set())  # the pair, and who judges it
        case "rounds", _:
            return {"secretariat"} if house == "preview" else set(EVERYBODY) - {None, "stranger"}
        case (("briefs" | "drafts" | "corrections"), _):
            return set(EVERYBODY) - SHUT_OUT if house == "operator" else own
        case "searches", _:
            return {"secrecy"} if house == "secrecy" else own
    return own


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Any:
    return tmp_path_factory.mktemp("sweep")


@pytest.fixture
def ground(db: None, settings: Any, folder: Any) -> Iterator[Ground]:
    settings.HOME, settings.MEDIA_ROOT = folder, folder / "attachments"
    with still(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def asked(person: str | None, name: str, ground: Ground, draw: random.Random) -> Iterator[tuple[str, str]]:
    """The things this person is sent to a route with: those it may be about, and one of another kind."""
    meant = [thing for thing in objects(name, ground.things) if person not in who_knows(thing)]
    if not (ALL or name in WHOLE):
        most = FEW if (found := row(name)) and found.safe else 1
        meant = draw.sample(meant, min(most, len(meant)))
    for thing in meant:
        yield thing, thing.split("/")[0]
    others = [t for t in ground.things if t not in meant and person not in who_knows(t)]  # of another kind
    found = row(name)
    named = {value for _, value in found.arguments} if found else set()
    others = [t for t in others if t not in named]  # what stands in every address of the route already
    if name == "api:organisations_see":  # a house's particulars are public under its id
        others = [t for t in others if not t.startswith("house/") or "phantom" in t]
    for thing in draw.sample(others, 1):
        yield thing, (objects(name, ground.things) or ["needs"])[0].split("/")[0]


def test_what_one_may_not_know_of_answers_as_if_it_were_not_there(ground: Ground) -> None:
    about = [name for name in routes() if (found := row(name)) and found.reach == "object"]
    before, requests, wrong = count_rows(), 0, []
    with quick():
        for person in EVERYBODY:
            client, draw = ground.world.client(person), random.Random(str(person))
            for name in about:
                found = row(name)
                assert found is not None
                ways = ["GET"] * found.safe + [methods().get(name, "POST")] * found.unsafe
                for method in ways:
                    plain: dict[str, Any] = {}
                    for thing, kind in asked(person, name, ground, draw):
                        if kind not in plain:
                            none = address(name, ground.things, kind=kind)
                            plain[kind] = told(send(client, method, none), {str(NOTHING): "ID"})
                            requests += 1
                        uid = str(ground.things[thing])
                        url = address(name, ground.things, uid=uid, kind=kind)
                        answer = told(send(client, method, url), {uid: "ID"})
                        requests += 1
                        if answer != plain[kind] or answer.startswith(b"5") or "密语".encode() in answer:
                            wrong.append((person, method, name, thing, answer[:60], plain[kind][:60]))
    print(f"{requests} requests")
    assert not wrong, f"{len(wrong)} leaks of {requests}:\n" + "\n".join(map(str, wrong[:60]))
    assert count_rows() == before
    assert requests >= 5_000


def test_an_id_in_a_form_tells_no_more_than_one_in_an_address(ground: Ground) -> None:
    """Appeals, organisations to act for, rivals to take back, answers: another's id is as good as none."""
    things, wrong = ground.things, []
    published = f"/matches/rounds/{things['rounds/published']}"
    forms = [
        (
            f"{published}/appeal/",
            "record",
            ("needs/rival/draft", "needs/operator/review"),
        ),
        (f"{published}/answer/", "appeal", ("appeals/lab",)),
        ("/people/act/", "organisation", ("house/operator", "house/phantom")),
        ("/people/organisation/rivals/", "remove", ("house/lab", "house/phantom")),
    ]
    before = count_rows()
    with quick():
        for person in (None, "viewer", "approver", "admin", "competitor", "stranger", "lead"):
            for url, field, names in forms:
                if person == "competitor" and "rival" in str(names):
                    continue
                with transaction.atomic():  # taking back a rival who is none is written in one's own log
                    client = ground.world.client(person)
                    said = [told(send(client, "POST", url, {field: str(uid), "text": "为什么"}), {str(uid): "ID"})
                            for uid in (NOTHING, *(things[name] for name in names))]  # fmt: skip
                    transaction.set_rollback(True)
                lines = [set(one.splitlines()) for one in said]
                wrong += [(person, url, *sorted(one ^ lines[0])) for one in lines if one != lines[0]]
    assert not wrong, wrong
    assert count_rows() == before
