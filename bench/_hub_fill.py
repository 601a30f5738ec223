"""`python -m bench._hub_fill PARTS`: a hub (TONGTU_HOME, TONGTU_DATABASE) with a nation's records, and who is at work.

A full hub is 1,000,000 records of 10,000 organisations with 50,000 people; `PARTS` divides all of it. Rows are written
past the models (nothing but their number is of interest), words are those of the pack's glossary; search indexes and
the counts of facets are then made by the hub's own functions. Computing the market of so many listings takes a machine
to itself and is put off; its stored matches are made up. Prints JSON: the sessions of people at work, and what they
may ask for.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtu.hub.settings")

SEED = 20261122
ORGANISATIONS, USERS, SESSIONS = 10_000, 50_000, 500
#: noun -> rows of a full hub, one million together with the organisations
ROWS = {
    "needs": 60_000,
    "achievements": 120_000,
    "scenarios": 10_000,
    "platforms": 5_000,
    "lines": 15_000,
    "services": 20_000,
    "equipment": 60_000,
    "indicators": 300_000,
    "firm_years": 100_000,
    "usage": 250_000,
    "outcomes": 50_000,
}
ASKING, BEST = 20_000, 10  # needs that have been matched, and how many answers each has
_AT_ONCE = 5_000


def main(parts: int) -> dict[str, Any]:
    import django

    django.setup()
    from tongtu.hub.care.upgrading import upgrade

    upgrade()
    began = time.perf_counter()
    hub = Fill(parts)
    hub.organisations()
    hub.people()
    hub.listings()
    hub.belongings()
    hub.market()
    filled = time.perf_counter()
    _indexed()
    _put_off("matches.compute")
    seconds = {"fill_seconds": filled - began, "index_seconds": time.perf_counter() - filled}
    return {"sessions": hub.sessions(), "records": hub.records, **seconds}


class Table:
    """Rows of a model by the thousand: what is the same in all of them is made ready once."""

    def __init__(self, model: Any) -> None:
        self.name = model._meta.db_table
        self.fields = {
            field.attname: field
            for field in model._meta.concrete_fields
            if not field.get_internal_type().endswith("AutoField")
        }
        blank = model()
        self.fixed = {name: self._ready(name, getattr(blank, name)) for name in self.fields}

    def put(self, rows: Iterable[dict[str, Any]]) -> int:
        """Writes rows, given as what differs from a blank one; how many."""
        from django.db import connection, transaction

        columns = ", ".join(f'"{field.column}"' for field in self.fields.values())
        marks = ", ".join(["%s"] * len(self.fields))
        statement = f'INSERT INTO "{self.name}" ({columns}) VALUES ({marks})'
        done = 0
        left = iter(rows)
        while some := list(islice(left, _AT_ONCE)):
            made = [self.fixed | {name: self._ready(name, value) for name, value in row.items()} for row in some]
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(statement, [tuple(row.values()) for row in made])
            done += len(some)
        return done

    def _ready(self, name: str, value: Any) -> Any:
        from django.db import connection

        return self.fields[name].get_db_prep_save(value, connection)


class Fill:
    """What is written, in order; `records` counts the rows of nouns."""

    def __init__(self, parts: int) -> None:
        from django.utils import timezone

        self.parts = parts
        self.draw = random.Random(SEED)
        self.now = timezone.now()
        self.words = _words()
        self.records = 0
        self.houses: list[uuid.UUID] = []
        self.people_at_work: list[tuple[uuid.UUID, uuid.UUID]] = []
        self.ids: dict[str, list[tuple[uuid.UUID, uuid.UUID]]] = {}

    def organisations(self) -> None:
        from tongtu.hub.people.models import Organisation

        self.houses = [self._uid() for _ in range(ORGANISATIONS // self.parts)]
        names = [
            f"{self._one(0)}{self.draw.choice(('股份', '科技', '研究院', '大学'))}{n}" for n in range(len(self.houses))
        ]
        rows = ({"id": house, "name": name, "name_en": f"{self._one(1)} {n}", "verified_at": self.now}
                for n, (house, name) in enumerate(zip(self.houses, names, strict=True)))  # fmt: skip
        Table(Organisation).put(rows)
        kinds = ("central_soe", "sme", "institute", "university")
        self._put("organisations", (
            self._record("organisation", n, house, uid=house, disclosure="public", name=name, kind=kinds[n % 4])
            for n, (house, name) in enumerate(zip(self.houses, names, strict=True))
        ))  # fmt: skip

    def people(self) -> None:
        from tongtu.hub.people.models import Role, User

        people = [self._uid() for _ in range(USERS // self.parts)]
        Table(User).put(
            {"id": one, "email": f"{n}@example.org", "name": f"P{n}", "password": "!"} for n, one in enumerate(people)
        )
        placed = [(one, self.houses[n % len(self.houses)]) for n, one in enumerate(people)]
        roles = (
            (one, house, role)
            for n, (one, house) in enumerate(placed)
            for role in ("editor", "approver")[: 1 + (n % 5 == 0)]
        )
        Table(Role).put({"user_id": one, "organisation_id": house, "name": role} for one, house, role in roles)
        self.people_at_work = placed[:SESSIONS]

    def listings(self) -> None:
        """Published but for one in twenty; the first belong to the houses whose people are at work."""
        for noun in ("needs", "achievements", "scenarios", "platforms"):
            count = ROWS[noun] // self.parts
            self.ids[noun] = [(self._uid(), self.houses[n % len(self.houses)]) for n in range(count)]
            self._put(noun, (self._listing(noun, n, uid, house) for n, (uid, house) in enumerate(self.ids[noun])))

    def belongings(self) -> None:
        """What stands beside the listings: indicators, lines and their ledger, figures of firms, outcomes."""
        for noun, count in ROWS.items():
            if noun not in self.ids:
                self._put(noun, (self._belonging(noun, n) for n in range(count // self.parts)))

    def market(self) -> None:
        """The best answers of some needs, as the worker stores them."""
        from tongtu.hub.matches.models import Market, Match
        from tongtu.terms.why import Ratio, Why

        market = Market.objects.create(
            disclosure="teaser", digest="0" * 64, as_of=date(2026, 11, 22), finished_at=self.now
        )
        asking = self.ids["needs"][: ASKING // self.parts]
        why = json.loads(Why("match.pair", {"score": Ratio(0.8)}).to_json())
        reasons = {"base": -2.0, "by": {"lexical": 1.2, "lsa": 0.8, "directions": 0.5},
                   "indicators": {"met": 1, "unmet": 0, "unknown": 2}, "why": why}  # fmt: skip
        Table(Match).put(
            {"id": self._uid(), "market_id": market.pk, "question_noun": "needs", "question": need, "rank": rank,
             "answer_noun": "achievements", "answer": answer, "score": 0.9 - rank / 20, "reasons": reasons}
            for need, _ in asking
            for rank, (answer, _) in enumerate(self.draw.sample(self.ids["achievements"], BEST), 1)
        )  # fmt: skip

    def sessions(self) -> list[dict[str, Any]]:
        """One session for each person at work: the cookie, and own listings and others' to ask for."""
        from django.conf import settings
        from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        from tongtu.hub.people.asking import ACTING
        from tongtu.hub.people.models import User

        own = {house: uid for uid, house in reversed(self.ids["needs"][: ASKING // self.parts])}
        found = []
        for person, house in self.people_at_work:
            user, session = User.objects.get(pk=person), SessionStore()
            session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person), user.get_session_auth_hash()
            session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
            session[ACTING] = str(house)
            session.create()
            others = {noun: [str(uid) for uid, _ in self.draw.choices(self.ids[noun], k=20)] for noun in self.ids}
            words = [self._one(n % 2) for n in range(10)]
            found.append({"cookie": session.session_key, "own": str(own[house]), "others": others, "words": words})
        return found

    def _put(self, noun: str, rows: Iterable[dict[str, Any]]) -> None:
        from tongtu.hub.records.models import MODELS

        began, done = time.perf_counter(), Table(MODELS[noun]).put(rows)
        self.records += done
        print(f"{noun}: {done} in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)

    def _record(self, key: str, n: int, house: uuid.UUID, **values: Any) -> dict[str, Any]:
        at = self.now - timedelta(seconds=self.draw.randrange(180 * 86_400))
        return {
            "uid": self._uid(), "tenant_id": house, "lifecycle": "published", "disclosure": "teaser", key: f"{key}-{n}",
            "created_at": at, "changed_at": at, "published_at": at, "expires_at": at + timedelta(days=365), **values,
        }  # fmt: skip

    def _listing(self, noun: str, n: int, uid: uuid.UUID, house: uuid.UUID) -> dict[str, Any]:
        title, text = self._said(0, 3), self._said(0, 12)
        named = {"name": title, "capability": text} if noun == "platforms" else {"title": title, "text": text}
        placed = {"region": self.draw.choice(self.words.regions)}
        direction = self.draw.choice(self.words.directions)
        placed |= {"directions": [direction], "kind": "pilot"} if noun == "platforms" else {"direction": direction}
        if n % 20 == 19:
            placed |= {"lifecycle": "draft", "published_at": None, "expires_at": None}
        known = {"organisation": str(house), "disclosure": "public"}
        return self._record(noun.removesuffix("s"), n, house, uid=uid, **named, **placed, **known)

    def _belonging(self, noun: str, n: int) -> dict[str, Any]:
        house = self.houses[n % len(self.houses)]
        parent, owner = self.draw.choice(self.ids["needs" if noun == "indicators" else "platforms"])
        key, day = noun.removesuffix("s"), date(2024, 1, 1) + timedelta(days=n % 1000)
        of_platform = {"platform": str(parent), "name": self._one(0)}
        match noun:
            case "indicators":
                said = {
                    "subject_kind": "need",
                    "subject": str(parent),
                    "quantity": self._one(0),
                    "operator": ">=",
                    "low": n % 97,
                    "unit": "MPa",
                }
            case "firm_years":
                said = {
                    "organisation": str(house),
                    "year": 2015 + n // len(self.houses),
                    "revenue": n * 10_000,
                    "currency": "CNY",
                }
                return {k: v for k, v in self._record("organisation", n, house).items() if k != "organisation"} | said
            case "usage":
                said = {"platform": str(parent), "date_from": day, "hours": 4.0 + n % 9, "external": n % 3 > 0}
            case "outcomes":
                said = {"member": str(house), "stage": "pilot", "entered": day, "result": "passed"}
                owner = house
            case "lines":
                said = of_platform | {"hours_week": 40.0 + n % 60, "hourly_price": 50_000, "currency": "CNY"}
            case "services":
                said = of_platform | {"category": "process", "hours": 40.0}
            case _:
                said = of_platform | {"value": 1_000_000 * (n % 50), "currency": "CNY"}
        return self._record(key, n, owner, **said)

    def _said(self, lang: int, count: int) -> str:
        return "，".join(self._one(lang) for _ in range(count))

    def _one(self, lang: int) -> str:
        return self.draw.choice(self.words.terms)[lang]

    def _uid(self) -> uuid.UUID:
        return uuid.UUID(int=self.draw.getrandbits(128), version=4)


@dataclass(frozen=True)
class Words:
    """Terms in Chinese and English, codes of directions and of regions."""

    terms: Sequence[tuple[str, str]]
    directions: Sequence[str]
    regions: Sequence[str]


def _words() -> Words:
    from tongtu import packs
    from tongtu.registry import vocabularies

    pack = packs.load("cn")
    known = {**vocabularies(), **pack.vocabularies}
    terms = [(zh, en) for zh, en in pack.sheet("glossary").select("zh", "en").iter_rows() if zh and en]
    return Words(terms, sorted(known["direction"]), sorted(known["region"]))


def _indexed() -> None:
    """What the worker keeps up day by day: indexes of words, counts of facets."""
    from tongtu.hub.listings import counts, index
    from tongtu.hub.listings.kinds import kind, kinds
    from tongtu.hub.listings.work import MEMBER, PUBLIC

    for name in kinds():
        index.rebuild(kind(name))
        for sight in (PUBLIC, MEMBER):
            counts.keep(kind(name), sight)


def _put_off(name: str) -> None:
    """A task that comes round by itself has had its turn for the next hours."""
    from django.utils import timezone

    from tongtu.hub.jobs.models import Job
    from tongtu.hub.jobs.tasks import tasks

    every = tasks()[name].every.total_seconds()
    period = int(timezone.now().timestamp() // every)
    now = {"state": "done", "ended_at": timezone.now()}
    Job.objects.bulk_create([Job(task=name, key=f"{name}@{period + n}", **now) for n in range(12)])


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
