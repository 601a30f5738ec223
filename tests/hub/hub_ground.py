"""A world that is full: something of everything in every organisation, each built by the hub's own functions.

What one organisation may not know of another is a `secret`, by name; a world is built with some secrets turned, and
everything else in it, ids and times included, is equal to that of every other world. `knows` says who may know what.
"""

from __future__ import annotations

import random
import types
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.feedgenerator import SyndicationFeed
from hub_world import ACHIEVEMENT, NEED, PEOPLE, World, people_it

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HOUSES = ("operator", "group", "firm", "lab", "rival", "newcomer")
STATES = {"drafts": ("draft", "returned", "withdrawn"), "review": ("review",), "expired": ("expired",)}

#: who may know a secret of a house besides its own people. `audit` reads the whole log: its pages of it are left out
ALSO: dict[str, tuple[str, ...]] = {
    "values": (),  # restricted and commercial values, own numbers, what was raised, files above the teaser
    "drafts": (),
    "review": ("secretariat",),
    "expired": ("secretariat",),
    "people": ("secretariat", "security"),  # members, invitations, tokens
    "jobs": ("secretariat", "system"),  # that there is work; imports and exports are work
    "work": (),  # whose work it is, what it is about and why it failed
    "private": (),  # rivals declared, feedback, saved searches
}
#: houses of the open pair: what it opens of them is told to both
OPENED = ("firm", "lab")
#: secrets of no single house
OTHERS: dict[str, tuple[str, ...]] = {
    "opened": ("firm", "lab", "expert"),  # what the open pair of these two has opened, and the expert judges
    "opinion": ("expert", "secretariat"),
    "commercial": ("editor", "approver", "secrecy"),  # the firm's own 商密, within the firm
    "colleague": ("secrecy",),  # one colleague's saved searches
    "expired-of-pair": ("firm", "lab"),
    "courtship": ("lab", "rival"),  # interest between two houses
    "phantom": ("secretariat", "security"),  # a house that is not verified
    "preview": ("secretariat",),  # a round that is not published
    "appeal": ("lab", "secretariat"),
}


def secrets() -> set[str]:
    return {f"{kind}:{house}" for kind in ALSO for house in HOUSES} | set(OTHERS)


def knows(person: str | None) -> set[str]:
    """The secrets that this person may know."""
    if person is None:
        return set()
    house = PEOPLE[person][0]
    own = {f"{kind}:{house}" for kind in ALSO}
    told = {f"{kind}:{other}" for kind, who in ALSO.items() for other in HOUSES if person in who}
    if house == "group":
        told |= {"expired:firm", "expired-of-pair"}  # a parent looks back at what its subsidiary let expire
    return own | told | {name for name, who in OTHERS.items() if person in who or house in who}


@contextmanager
def still() -> Iterator[None]:
    """The clock stands, and ids are drawn from a generator that `named` seeds."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return NOW.astimezone(tz) if tz else NOW.replace(tzinfo=None)

    drawn = types.SimpleNamespace(**vars(__import__("os")))
    drawn.urandom = _draw.randbytes
    with ExitStack() as stack:
        stack.enter_context(mock.patch("django.utils.timezone.datetime", Then))
        stack.enter_context(mock.patch.object(uuid, "os", drawn))
        stack.enter_context(mock.patch.object(SyndicationFeed, "latest_post_date", _latest))  # of an empty feed: now
        yield


def _latest(feed: Any) -> datetime:
    return max((item["updateddate"] for item in feed.items), default=NOW)


_draw = random.Random(0)


def named(what: str) -> None:
    """Ids from here on follow from this name, whatever was made before."""
    _draw.seed(what)


class Here:
    """A job's work, done here and now."""

    def step(self, name: str, do: Any) -> Any:
        return do()

    def progress(self, *said: Any) -> None: ...

    def __call__(self, *said: Any) -> None: ...


@dataclass
class Ground:
    """The world and what stands in it: `things` are ids by kind and owner, such as `needs/firm/published`."""

    turned: frozenset[str] = frozenset()
    world: World = field(default_factory=World)
    things: dict[str, Any] = field(default_factory=dict)
    market: list[Any] = field(default_factory=list)
    cleared: dict[str, Any] = field(default_factory=dict)

    def is_turned(self, secret: str) -> bool:
        return secret in self.turned

    def pick(self, secret: str, usual: Any, turned: Any) -> Any:
        return turned if secret in self.turned else usual

    def canary(self, name: str) -> str:
        """Words that stand in this secret and nowhere else."""
        return f"密语{name.replace(':', '')}{self.pick(name, '甲', '乙')}"


def build(turned: Any = (), anew: bool = False) -> Ground:
    """The world with these secrets turned. Called within `still` and a transaction.

    The market, and the round that clears it, are computed for the first world; other worlds take them over, for what
    a market is computed of must be byte for byte the same in all of them. `anew`: they are computed all the same.
    """
    like = None if anew else next(iter(_first), None)
    from tongtu.hub.listings import index
    from tongtu.hub.listings.kinds import kind, kinds

    ground = Ground(frozenset(turned))
    named("people")
    ground.world = people_it()
    ground.things |= {f"house/{name}": house.pk for name, house in ground.world.organisations.items()}
    ground.things |= {f"person/{name}": person.pk for name, person in ground.world.people.items()}
    _phantom(ground)
    for house in HOUSES:
        _listings(ground, house)
    for name in kinds():
        index.rebuild(kind(name))
    _market(ground, like)
    _pairs(ground)
    for house in ("operator", "firm", "lab", "rival"):
        _briefs(ground, house)
    for house in HOUSES:
        _people(ground, house)
        _work(ground, house)
        _private(ground, house)
    _rounds(ground, like)
    _judged(ground)
    _plan(ground)
    if like is None:
        _first[:] = [ground]
    return ground


_first: list[Ground] = []


def _market(ground: Ground, like: Ground | None) -> None:
    """The market of the teaser, computed; or taken over from a world that computes it of the very same snapshot."""
    from tongtu.hub.matches.market import compute
    from tongtu.hub.matches.models import Market, Match
    from tongtu.hub.records.adapt import snapshot

    if like is None:
        named("market")
        market = compute("teaser", timezone.localdate())
        ground.market = [market, *Match.objects.filter(market=market).order_by("pk")]
        return
    market, *pairs = like.market
    assert snapshot(clearance="teaser").digest() == market.digest, "a secret reaches what the market is computed of"
    Market.objects.bulk_create([market])
    Match.objects.bulk_create(pairs)
    ground.market = like.market


def _listings(ground: Ground, house: str) -> None:
    """A need, an achievement, a platform and a scenario, with rows, files and the house's public particulars."""
    world, pick, canary = ground.world, ground.pick, ground.canary(f"values:{house}")
    turned = f"values:{house}"
    shown = {"firm": ("published", "expiring")}.get(house, ("published",))
    owner = world.organisations[house]
    named(f"organisation {house}")
    from tongtu.hub.records.models import MODELS

    MODELS["organisations"].objects.create(
        uid=owner.pk, tenant=owner, lifecycle="published", published_at=NOW, organisation=f"O-{house}", name=owner.name,
        name_en=owner.name_en, kind="university" if house == "lab" else "enterprise",
    )  # fmt: skip
    number = pick(turned, "1", "9")
    for state in shown:
        _listing(ground, house, state, number, canary)
    named(f"rest {house}")
    anchor = ground.things[f"needs/{house}/published"]
    world.record(
        "indicators", house, f"I{number}-{house}", subject=str(anchor), subject_kind="need", quantity="循环寿命",
        operator="ge", low=float(pick("opened" if house in OPENED else turned, 1000, 3000)), unit="次",
    )  # fmt: skip
    platform = world.record(
        "platforms", house, f"P{number}-{house}", name=f"{owner.name}中试平台", region="CN-31", capability="涂层中试",
        revenue=pick("commercial" if house == "firm" else turned, 111_111, 222_222), staff=int(pick(turned, 77, 78)),
    )  # fmt: skip
    scenario = world.record("scenarios", house, f"S{number}-{house}", title=f"{owner.name}产线", text="可验证涂层")
    ground.things |= {f"platforms/{house}/published": platform.pk, f"scenarios/{house}/published": scenario.pk}
    for secret, states in STATES.items():
        for state in states:
            name = f"{secret}:{house}"
            _listing(ground, house, state, "1", ground.canary(name), name)
            if name in ground.turned:
                _listing(ground, house, state, "2", ground.canary(name), name)
    _files(ground, house)


def _listing(ground: Ground, house: str, state: str, number: str, canary: str, secret: str = "") -> None:
    """A need and an achievement in one state; what may not be known of them holds the canary."""
    world = ground.world
    closed = state not in ("published", "expiring")
    opened = state == "published" and house in OPENED
    cents = 100_000 * (1 + ground.is_turned(secret or ("opened" if opened else f"values:{house}"))) + len(house)
    for noun, given, money in (("needs", NEED, "budget"), ("achievements", ACHIEVEMENT, "price")):
        named(f"{noun} {house} {state} {number if closed else ''}")
        title = canary + state if closed else f"{given['title']}（{world.organisations[house].name}·{state}）"
        values = {**given, "title": title, money: cents * 100, "keywords": [canary] if closed else ["涂层", house]}
        if closed:
            values["text"] = canary
        if state == "expiring":  # a text that its owner has put into a stricter class
            values |= {"text": canary, "raised": {"text": "restricted"}}
        record = world.record(noun, house, f"{noun[0]}{number}-{house}-{state}", lifecycle=state, **values)
        if state == "expiring":
            type(record).objects.filter(pk=record.pk).update(published_at=NOW - timedelta(days=170))
        key = f"{noun}/{house}/{state}" + ("/more" if closed and number == "2" else "")
        ground.things[key] = record.pk


def _files(ground: Ground, house: str) -> None:
    """A public file, a restricted one, and one of a draft."""
    from tongtu.hub.listings.files import attach
    from tongtu.hub.listings.models import Attachment
    from tongtu.hub.records.models import MODELS

    writer = {"firm": "editor", "lab": "scientist", "rival": "competitor", "newcomer": "stranger"}.get(house)
    if writer is None:
        return
    from tongtu.hub.records.sight import Sight

    sight = Sight(ground.world.asker(writer))
    closed = "opened" if house == "firm" else f"values:{house}"
    for name, state, disclosure, secret in (
        ("open", "published", "public", ""), ("closed", "published", "restricted", closed),
        ("drafted", "draft", "public", f"drafts:{house}"),
    ):  # fmt: skip
        record = MODELS["needs"].objects.get(pk=ground.things[f"needs/{house}/{state}"])
        named(f"file {house} {name}")
        text = ground.canary(secret) if secret else "公开说明"
        upload = SimpleUploadedFile(f"{text}.txt", text.encode())
        if state == "published":
            type(record).objects.filter(pk=record.pk).update(lifecycle="draft")  # files are added to what is unfinished
            record.lifecycle = "draft"
        made = attach(sight, record, upload, disclosure)
        if state == "published":
            type(record).objects.filter(pk=record.pk).update(lifecycle="published")
        ground.things[f"files/{house}/{name}"] = made.pk
    assert Attachment.objects.filter(tenant=ground.world.organisations[house]).count() == 3


def _pairs(ground: Ground) -> None:
    """An open pair of firm and laboratory; interest of the laboratory in the rival, which is a secret of theirs."""
    from tongtu.hub.matches import interest
    from tongtu.hub.records.models import MODELS

    def need(house: str) -> Any:
        return MODELS["needs"].objects.get(pk=ground.things[f"needs/{house}/published"])

    def achievement(house: str) -> Any:
        return MODELS["achievements"].objects.get(pk=ground.things[f"achievements/{house}/published"])

    world = ground.world
    named("pair firm lab")
    own, other = need("firm"), achievement("lab")
    interest.express(world.asker("editor"), own, other)
    interest.express(world.asker("scientist"), other, own)
    interest.accept(world.asker("approver"), own, other)
    found = interest.accept(world.asker("scientist"), other, own)
    ground.things["grants/firm-lab"] = found.grant.pk
    named("pair lab rival")
    if ground.is_turned("courtship"):
        interest.express(world.asker("scientist"), need("lab"), achievement("rival"))
        interest.express(world.asker("competitor"), achievement("rival"), need("lab"))


def _phantom(ground: Ground) -> None:
    """A house that nobody has verified, with a person and a draft."""
    from tongtu.hub.people.models import Organisation, Role, User

    named("phantom")
    house = Organisation.objects.create(name=ground.canary("phantom"), name_en="Phantom")
    ground.things["house/phantom"] = house.pk
    ground.world.organisations["phantom"] = house
    for n in range(1 + 2 * ground.is_turned("phantom")):
        user = User.objects.create_user(f"phantom{n}@example.org", name=ground.canary("phantom"))
        Role.objects.create(user=user, organisation=house, name="editor")


def _people(ground: Ground, house: str) -> None:
    """A further member, an invitation and a token; turned, there are more of them."""
    from tongtu.hub.people import members, tokens
    from tongtu.hub.people.asking import Asker
    from tongtu.hub.people.models import Role, User

    secret = f"people:{house}"
    organisation, words = ground.world.organisations[house], ground.canary(secret)
    by = Asker(next(ground.world.people[n].pk for n, (where, _) in PEOPLE.items() if where == house), organisation.pk,
               frozenset({"organisation_admin"}), True, True)  # fmt: skip
    for n in range(1 + 2 * ground.is_turned(secret)):
        named(f"member {house} {n}")
        user = User.objects.create_user(f"{house}{n}{ground.pick(secret, 'x', 'y')}@example.org", name=words)
        Role.objects.create(user=user, organisation=organisation, name="viewer")
        invitation, _ = members.invite(by, organisation, f"{words}{n}@example.org", "viewer")
        token, _ = tokens.create(by, organisation, words)
        if n == 0:
            ground.things |= {f"person/{house}/more": user.pk, f"invitations/{house}": invitation.pk,
                              f"tokens/{house}": token.pk}  # fmt: skip


def _work(ground: Ground, house: str) -> None:
    """A failed job, an import and an export of one person; turned, there are more, or they are about something else."""
    from tongtu.hub.exchange import files
    from tongtu.hub.exchange.models import Batch, Export
    from tongtu.hub.jobs.models import Job
    from tongtu.hub.jobs.queue import enqueue, stored
    from tongtu.terms.why import Why

    inside, about = f"work:{house}", f"jobs:{house}"
    organisation = ground.world.organisations[house]
    user = next(ground.world.people[n] for n, (where, _) in PEOPLE.items() if where == house)
    for n in range(1 + ground.is_turned(about)):
        named(f"work {house} {n}")
        words = ground.canary(inside)
        why = Why("hub_people.no-such-house", {"name": words})
        batch = Batch.objects.create(organisation=organisation, user=user, name=f"{words}.xlsx", digest="ab" * 32,
                                     state="refused", errors=1, why=stored(why))  # fmt: skip
        export = Export.objects.create(organisation=organisation, user=user, state="ready", name=f"{words}.json")
        (files.workplace("exports", export.pk) / export.name).write_text(words, encoding="utf-8")
        job = enqueue("exchange.read", {"batch": str(batch.pk), "words": words}, by=user, organisation=organisation)
        Job.objects.filter(pk=job.pk).update(
            state="failed", message=stored(why), result={"words": words}, steps={"read": words}, ended_at=NOW
        )
        Batch.objects.filter(pk=batch.pk).update(job=job)
        if n == 0:
            ground.things |= {f"batches/{house}": batch.pk, f"exports/{house}": export.pk, f"jobs/{house}": job.pk}


def _private(ground: Ground, house: str) -> None:
    """A rival named, a match judged, searches saved."""
    from tongtu.hub.listings import saved, shelf
    from tongtu.hub.listings.kinds import kind
    from tongtu.hub.matches import feedback
    from tongtu.hub.people import houses
    from tongtu.hub.people.asking import asker_of
    from tongtu.hub.records.models import MODELS

    secret, world = f"private:{house}", ground.world
    organisation, of = world.organisations[house], kind("needs")
    person = next(n for n, (where, _) in PEOPLE.items() if where == house)
    asker = asker_of(world.people[person], two_factor=True)
    for n in range(1 + 2 * ground.is_turned(secret)):
        named(f"search {house} {n}")
        words = ground.canary(secret)
        kept = saved.save(asker, of, words, shelf.question(of, {"q": [words]}))
        if n == 0:
            ground.things[f"searches/{house}"] = kept.pk
    if house == "firm":
        named("search secrecy")
        words = ground.canary("colleague")
        kept = saved.save(asker_of(world.people["secrecy"]), of, words, shelf.question(of, {"q": [words]}))
        ground.things["searches/secrecy"] = kept.pk
    writers = {"firm": "editor", "lab": "scientist", "rival": "competitor"}
    if house in writers:
        _revision(ground, house, writers[house])
    if ground.is_turned(secret) and house in writers:
        named(f"private {house}")
        # not of an open pair: that would end it, as `test_hub_matches` shows, and both sides would see as much
        against = {"firm": "rival", "lab": "rival", "rival": "firm"}[house]
        houses.rival(asker, organisation, world.organisations[against].name)
        other = {"firm": "rival", "lab": "firm", "rival": "lab"}[house]
        own = MODELS["achievements"].objects.get(pk=ground.things[f"achievements/{house}/published"])
        met = MODELS["needs"].objects.get(pk=ground.things[f"needs/{other}/published"])
        feedback.judge(world.asker(writers[house]), own, met, {"useful": "3", "why": ground.canary(secret)})


def _briefs(ground: Ground, house: str) -> None:
    """A brief with a forecast, a draft rule and a correction; of all but the operator it is the house's own affair."""
    from hub_briefs import made, shelved

    from tongtu.hub.briefs import desk
    from tongtu.hub.briefs.models import Claim, Correction, Draft, kept
    from tongtu.terms.why import Why

    named(f"brief {house}")
    person = next(n for n, (where, _) in PEOPLE.items() if where == house and n not in ("viewer", "lead"))
    words = "人人可读的通知" if house == "operator" else ground.canary(f"private:{house}")
    user, organisation = ground.world.people[person], ground.world.organisations[house]
    row = shelved(ground.world, person, made(words, f"{words}支持中试", timezone.localdate(), "frontier_materials"))
    Claim.objects.create(brief=row, number=0, claim="c", statement=f"{words}预计增长", source=words)
    draft = Draft.objects.create(brief=row, document="d", name=f"{words}.yaml", text=words, questions=[])
    said = kept(Why("brief_writing.quote", {"quote": words}))
    change = Correction.objects.create(brief=row, sentence="0a1b2c3d4e5f", said=said, wording=words, lang="zh",
                                       reason=words, user=user, organisation=organisation)  # fmt: skip
    own = desk.desk_of(ground.world.asker(person))
    desk.follow(own, "topic", words)
    ground.things |= {
        f"briefs/{house}": row.pk, f"readings/{house}": row.reading_id, f"drafts/{house}": draft.pk,
        f"corrections/{house}": change.pk,
    }  # fmt: skip


def _revision(ground: Ground, house: str, writer: str) -> None:
    """A new text of what is published, which nobody but the house reads yet."""
    from tongtu.hub.listings import form, revising
    from tongtu.hub.listings.kinds import kind
    from tongtu.hub.listings.saving import children_of
    from tongtu.hub.records.models import MODELS
    from tongtu.hub.records.sight import Sight

    of, sight = kind("needs"), Sight(ground.world.asker(writer))
    record = MODELS["needs"].objects.get(pk=ground.things[f"needs/{house}/published"])
    named(f"revision {house}")
    given = form.of_record(sight, of, record.row(), record.raised, children_of(of, record), "zh")
    given.typed |= {"text": ground.canary(f"drafts:{house}"), "direction": "", "keywords": ""}
    revising.propose(sight, of, record, revising.judge(of, given))


def _judged(ground: Ground) -> None:
    """An expert assigned to the firm's need, and what they said of it."""
    from tongtu.hub.experts import judging
    from tongtu.hub.records.models import MODELS

    world = ground.world
    need = MODELS["needs"].objects.get(pk=ground.things["needs/firm/published"])
    named("opinion")
    judging.assign(world.asker("secretariat"), need, world.people["expert"].pk)
    score = str(ground.pick("opinion", 2, 4))
    judging.judge(world.asker("expert"), need, score, ground.canary("opinion"), "")


def _plan(ground: Ground) -> None:
    """A plan that says what it stands on: the snapshot of the teaser, which no secret reaches."""
    from tongtu.hub.matches import plans
    from tongtu.hub.matches.models import Plan
    from tongtu.hub.records.adapt import snapshot

    named("plan")
    digest = snapshot(clearance=plans.DISCLOSURE).digest()
    plan = Plan.objects.create(
        disclosure=plans.DISCLOSURE, digest=digest, as_of=timezone.localdate(), created_at=NOW - timedelta(days=1)
    )
    plans.folder(plan).mkdir(parents=True, exist_ok=True)
    policy = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'">"""
    (plans.folder(plan) / plans.PAGE).write_text(f"<!doctype html>{policy}{digest}", encoding="utf-8")
    (plans.folder(plan) / plans.BOOK).write_text(digest, encoding="utf-8")


def _rounds(ground: Ground, like: Ground | None) -> None:
    """A published round, an appeal of the laboratory, and previews."""
    from tongtu.hub.matches import rounds
    from tongtu.hub.matches.models import Round
    from tongtu.hub.records.models import MODELS

    asker = ground.world.asker("secretariat")
    named("round")
    found = rounds.begin(asker, "第一轮", rounds.Options())
    ground.cleared = like.cleared if like else rounds.clear(found, timezone.localdate())
    Round.objects.filter(pk=found.pk).update(result=ground.cleared)
    found.refresh_from_db()
    rounds.publish(asker, found)
    found.refresh_from_db()
    for n in range(1 + ground.is_turned("preview")):
        named(f"preview {n}")
        preview = rounds.begin(asker, ground.canary("preview"), rounds.Options())
        ground.things.setdefault("rounds/preview", preview.pk)
    named("appeal")
    own = MODELS["achievements"].objects.get(pk=ground.things["achievements/lab/published"])
    for _ in range(1 + ground.is_turned("appeal")):
        appeal = rounds.appeal(ground.world.asker("scientist"), found, own, ground.canary("appeal"))
    ground.things |= {"rounds/published": found.pk, "appeals/lab": appeal.pk}
