"""One reader's desk: what they follow, the digest of a day or week within its budget, its mail and its feed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.core.mail import send_mail
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tongtu.hub.briefs.models import EVERY, KINDS, SHARED, Brief, Desk, Follow, Sent
from tongtu.hub.briefs.pack import directions, pack
from tongtu.hub.briefs.page import restored
from tongtu.hub.care.log import record as log
from tongtu.hub.people.asking import Asker, asker_of
from tongtu.hub.people.models import Organisation
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, as_lang, say, word

if TYPE_CHECKING:
    from tongtu.brief.model import Brief as Made
    from tongtu.brief.watch import Digest

MOST_FOLLOWED, MOST_BUDGET = 50, 50
_PERIOD = {"day": timedelta(days=1), "week": timedelta(days=7)}
#: a digest is looked for a little before its period is over, so that it does not wander through the day
_EARLY = timedelta(hours=4)
_CANDIDATES, _FED = 200, 30
_SIGNER = Signer(salt="tongtu.briefs.feed")


class Item(NamedTuple):
    """A brief of a digest as it is shown."""

    place: int
    row: Brief
    headline: Why
    again: bool
    why: Why | None


class Shown(NamedTuple):
    """A digest as it is shown: what is in it, what was left out and why, and what would be sent."""

    items: list[Item]
    left: list[Item]
    record: Any


def desk_of(asker: Asker) -> Desk:
    """The desk of this reader; a new one where they have none."""
    found, _ = Desk.objects.get_or_create(user_id=asker.user, organisation_id=asker.organisation)
    return found


def known(asker: Asker) -> Desk | None:
    """The desk of this reader, where they have one."""
    return Desk.objects.filter(user=asker.user, organisation=asker.organisation).first()


def follow(desk: Desk, kind: str, value: str) -> None:
    """Raises UsageFault for what cannot be followed, or where there is too much of it."""
    value = " ".join(value.replace("\0", "").split())
    if kind not in KINDS or not value or len(value) > 100 or (kind == "direction" and value not in directions()):
        raise UsageFault.because("hub_briefs.no-follow", "hub_briefs.no-follow-repair")
    if desk.follows.count() >= MOST_FOLLOWED:
        raise UsageFault.because("hub_briefs.many-follows", "hub_briefs.many-follows-repair", most=MOST_FOLLOWED)
    Follow.objects.get_or_create(desk=desk, kind=kind, value=value)


def settle(desk: Desk, every: str, budget: str, mail: bool) -> None:
    """Sets rhythm and budget. Raises UsageFault for what is no such."""
    number = int(budget) if budget.isdecimal() and len(budget) < 4 else 0
    if every not in EVERY or not 1 <= number <= MOST_BUDGET:
        raise UsageFault.because("hub_briefs.no-budget", "hub_briefs.no-budget-repair", most=MOST_BUDGET)
    Desk.objects.filter(pk=desk.pk).update(every=every, budget=number, mail=mail)


# --- digests ------------------------------------------------------------------------------------------------


def digest(asker: Asker, desk: Desk, as_of: date, sent: bool = False) -> Shown:
    """The digest of the period that ends with `as_of`; with `sent`, without what went out before."""
    from tongtu.brief.watch import digest as compose

    follows = list(desk.follows.all())
    if not follows:
        return Shown([], [], None)
    rows, made = _candidates(asker, as_of - _PERIOD[desk.every], as_of)
    found = compose(
        made, _follows(desk, follows), as_of=as_of, every=desk.every, budget=desk.budget,
        sent=_sent(desk) if sent else None, directions=directions(),
    )  # fmt: skip
    return _shown(found, rows, {one.id: one.headline.says for one in made})


def _candidates(asker: Asker, after: date, until: date) -> tuple[dict[str, Brief], list[Made]]:
    """Briefs of a period that an asker sees: their rows by the brief's own id, and they themselves.

    Two organisations may have read the same event in: one's own reading of it goes before that of others.
    """
    visible = Brief.objects.visible_to(asker).filter(as_of__gt=after, as_of__lte=until)
    newest = visible.prefetch_related("corrections").order_by("-made_at", "-id")[:_CANDIDATES]
    rows: dict[str, Brief] = {}
    for row in sorted(newest, key=lambda row: row.organisation_id != asker.organisation):
        rows.setdefault(row.event, row)
    return rows, [restored(row) for row in rows.values()]


def _follows(desk: Desk, follows: Sequence[Follow]) -> Any:
    import polars as pl

    rows = [
        {"follow": str(one.pk), "reader": str(desk.pk), "kind": one.kind, "value": one.value, "names": _names(one)}
        for one in follows
    ]
    text = pl.String()
    return pl.DataFrame(
        rows, schema={"follow": text, "reader": text, "kind": text, "value": text, "names": pl.List(text)}
    )


def _names(one: Follow) -> list[str]:
    """Every name of an organisation that the hub knows by this one."""
    if one.kind != "organisation":
        return []
    from django.db.models import Q

    found = Organisation.objects.filter(Q(name=one.value) | Q(name_en=one.value)).values_list("name", "name_en")
    return sorted({name for names in found[:5] for name in names if name} | {one.value})


def _sent(desk: Desk) -> Any:
    import polars as pl

    text = pl.String()
    schema = {"reader": text, "brief": text, "event": text, "fingerprint": text, "day": pl.Date()}
    rows = desk.sent.values_list("brief", "event", "fingerprint", "day")
    return pl.DataFrame([(str(desk.pk), *row) for row in rows], schema=schema, orient="row")


def _shown(found: Digest, rows: dict[str, Brief], headlines: dict[str, Why]) -> Shown:
    items = [
        Item(r["place"], rows[r["brief"]], headlines[r["brief"]], r["again"], _why(r["why"]))
        for r in found.items.to_dicts()
    ]
    left = [
        Item(n, rows[r["brief"]], headlines[r["brief"]], False, _why(r["why"]))
        for n, r in enumerate(found.left_out.to_dicts(), 1)
    ]
    return Shown(items, left, found.record)


def _why(text: str | None) -> Why | None:
    return Why.from_json(text) if text else None


# --- mail ---------------------------------------------------------------------------------------------------


def tell(now: datetime) -> int:
    """The round of digests: a letter to each reader whose period is over and for whom there is something. How many."""
    letters = 0
    desks = Desk.objects.filter(mail=True, user__is_active=True, follows__isnull=False).distinct()
    for desk in desks.select_related("user").order_by("pk").iterator(chunk_size=200):
        if desk.told_at > now - _PERIOD[desk.every] + _EARLY:
            continue
        asker = asker_of(desk.user, str(desk.organisation_id))
        if asker.organisation == desk.organisation_id:
            letters += _tell(asker, desk, now)
    return letters


def _tell(asker: Asker, desk: Desk, now: datetime) -> bool:
    """One reader's letter: it is noted as sent in the same transaction, so that none comes twice."""
    found = digest(asker, desk, timezone.localdate(now), sent=True)
    with transaction.atomic():
        if not Desk.objects.filter(pk=desk.pk, told_at=desk.told_at).update(told_at=now) or not found.items:
            return False
        Sent.objects.bulk_create(
            Sent(desk=desk, brief=r["brief"], event=r["event"], fingerprint=r["fingerprint"], day=r["day"])
            for r in found.record.to_dicts()
        )
    subject, text = letter(desk, found, as_lang(desk.user.lang or "zh"))
    send_mail(subject, text, None, [desk.user.email])
    return True


def letter(desk: Desk, found: Shown, lang: Lang) -> tuple[str, str]:
    """Subject and text of a digest's mail."""
    lines = [
        f"{item.place}. {say(item.headline, lang)}\n   {settings.ADDRESS}{reverse('briefs:brief', args=[item.row.pk])}"
        for item in found.items
    ]
    subject = word(f"hub_briefs.mail-subject-{desk.every}", lang, n=len(found.items))
    text = word(
        "hub_briefs.mail-text", lang, n=len(found.items), left=len(found.left), lines="\n".join(lines),
        address=f"{settings.ADDRESS}{reverse('briefs:digest')}",
    )  # fmt: skip
    return subject, text


# --- feed ---------------------------------------------------------------------------------------------------


@transaction.atomic
def open_feed(asker: Asker, desk: Desk) -> None:
    """Gives the desk a feed; a new address takes the place of the one before."""
    Desk.objects.filter(pk=desk.pk).update(feed=uuid.uuid4())
    log(asker, "open_feed", kind="desk", thing=desk.pk, tenant=desk.organisation_id)


@transaction.atomic
def close_feed(asker: Asker, desk: Desk) -> None:
    """Takes the feed away: its address answers from now on as one that never was."""
    Desk.objects.filter(pk=desk.pk).update(feed=None)
    log(asker, "close_feed", kind="desk", thing=desk.pk, tenant=desk.organisation_id)


def key_of(desk: Desk | None) -> str:
    """What stands in the feed's address: whoever has it reads the feed."""
    return _SIGNER.sign(desk.feed.hex) if desk is not None and desk.feed else ""


def feed(key: str, absolute: Any) -> str | None:
    """The newest briefs as Atom for whoever holds a desk's key; None where there is no such feed any more.

    An address is kept in more places than a session, so it says only what every verified organisation may read.
    """
    try:
        desk = Desk.objects.select_related("user").filter(feed=uuid.UUID(hex=_SIGNER.unsign(key))).first()
    except (BadSignature, ValueError):
        return None
    if desk is None:
        return None
    asker = asker_of(desk.user, str(desk.organisation_id))
    if asker.organisation != desk.organisation_id:
        return None
    from tongtu.chain import briefing

    visible = Brief.objects.visible_to(asker).filter(disclosure=SHARED).prefetch_related("corrections")
    rows = {row.event: row for row in visible.order_by("-made_at", "-id")[:_FED]}
    made = [restored(row) for row in rows.values()]
    lang = as_lang(desk.user.lang or "zh")
    return briefing.atom(
        made, pack(), lang, title=word("hub_briefs.feed-title", lang),
        address=lambda one: absolute(reverse("briefs:brief", args=[rows[one.id].pk])),
        own=absolute(reverse("briefs:feed", args=[key])),
    )  # fmt: skip
