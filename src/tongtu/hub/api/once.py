"""`Idempotency-Key`: a program that does not know whether its request arrived sends it again; it is done once.

What the request does and the answer that is kept are one transaction, so an answer stands exactly if its effects do.
A key belongs to a person in an organisation. Only what succeeded is kept: what was refused changed nothing, and may
be corrected under the same key. A claim whose process died is taken over; should that process be alive after all,
it finds its claim gone and undoes what it did.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tongtu.hub.api.models import NOBODY, Answer
from tongtu.hub.api.problems import Problem, later
from tongtu.hub.people.asking import Asker

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
#: how long an answer is kept, and after how long a claim without an answer counts as left behind
KEPT = timedelta(hours=24)
CLAIMED = timedelta(seconds=60)
_HEADERS = ("Content-Type", "Location", "ETag")


class _Refused(Exception):
    """Carries a refusal out of the transaction that it undoes."""

    def __init__(self, answer: HttpResponse) -> None:
        self.answer = answer


def once(request: HttpRequest, asker: Asker, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer to this request, or the one that was given to it before. Raises Problem."""
    key = request.headers.get(HEADER)
    if key is None or asker.user is None:
        return answer()
    if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Problem("malformed")
    digest = _digest(request, asker)
    claim = _claimed(asker, key, digest)
    if claim is None:
        return _kept(asker, key, digest)
    try:
        with transaction.atomic():
            given = answer()
            if given.status_code >= 300:
                raise _Refused(given)
            _keep(claim, given)
        return given
    except BaseException as error:
        Answer.objects.filter(pk=claim.pk, status=None, at=claim.at).delete()
        if isinstance(error, _Refused):
            return error.answer
        raise


def forget(now: datetime) -> int:
    """Throws away what is older than it is kept."""
    count, _ = Answer.objects.filter(at__lt=now - KEPT).delete()
    return count


def _claimed(asker: Asker, key: str, digest: str) -> Answer | None:
    """A claim on the key; None where somebody has one or has been answered. Raises Problem where that is under way."""
    now, place = timezone.now(), _place(asker, key)
    Answer.objects.filter(**place, at__lt=now - KEPT).delete()
    Answer.objects.filter(**place, at__lt=now - CLAIMED, status=None).delete()
    try:
        with transaction.atomic():
            return Answer.objects.create(**place, digest=digest, at=now)
    except IntegrityError:
        return None


def _kept(asker: Asker, key: str, digest: str) -> HttpResponse:
    found = Answer.objects.filter(**_place(asker, key)).first()
    if found is None:  # it was given back in this moment
        raise later("in-flight", 1)
    if found.digest != digest:
        raise Problem("key-reused")
    if found.status is None:
        raise later("in-flight", 1)
    answer = HttpResponse(found.body, status=found.status)
    for name, value in {**found.headers, REPLAYED: "true"}.items():
        answer[name] = value
    return answer


def _keep(claim: Answer, given: HttpResponse) -> None:
    headers = {name: given[name] for name in _HEADERS if name in given}
    body = given.content.decode()
    mine = Answer.objects.filter(pk=claim.pk, status=None, at=claim.at)
    if not mine.update(status=given.status_code, headers=headers, body=body):
        raise later("in-flight", 1)


def _place(asker: Asker, key: str) -> dict[str, uuid.UUID | str | None]:
    return {"user_id": asker.user, "acting_for": asker.organisation or NOBODY, "key": key}


def _digest(request: HttpRequest, asker: Asker) -> str:
    """What makes two requests the same: a form's parts rather than its bytes, whose borders are drawn by chance."""
    found = hashlib.sha256(repr((request.method, request.get_full_path(), sorted(asker.roles))).encode())
    found.update(request.headers.get("If-Match", "").encode())
    if request.content_type != "multipart/form-data":
        found.update(request.body)
        return found.hexdigest()
    found.update(repr(sorted(request.POST.lists())).encode())
    for name, upload in sorted(request.FILES.items()):
        found.update(repr((name, upload.name, upload.size)).encode())
        for piece in upload.chunks():
            found.update(piece)
        upload.seek(0)
    return found.hexdigest()
