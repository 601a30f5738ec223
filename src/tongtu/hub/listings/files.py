"""Files of listings: kept under the hash of their content, handed out through visibility alone."""

from __future__ import annotations

import hashlib
import os
import tempfile
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from tongtu.hub import statements
from tongtu.hub.care.log import record as log
from tongtu.hub.listings.kinds import kinds
from tongtu.hub.listings.models import Attachment
from tongtu.hub.policy.secrecy import mark
from tongtu.hub.records.models import MODELS
from tongtu.hub.records.permit import may
from tongtu.hub.records.seen import note
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import reads
from tongtu.registry.columns import DISCLOSURE
from tongtu.terms.faults import FileRefused
from tongtu.terms.why import Why

MOST_BYTES = 50 * 2**20
MOST_FILES = 30
#: ending -> (what it is, how such a file begins); nothing that a browser would run is taken
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    ".pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", (b"PK\x03\x04",)),
    ".zip": ("application/zip", (b"PK\x03\x04", b"PK\x05\x06")),
    ".ofd": ("application/ofd", (b"PK\x03\x04",)),
    ".txt": ("text/plain", ()),
    ".csv": ("text/csv", ()),
}
_PLAIN = (".txt", ".csv")
#: classes a file may be given, the most open first; 核心商密 are kept outside
CLASSES = DISCLOSURE[: DISCLOSURE.index("core")]


class Upload(Protocol):
    """What Django gives for an uploaded file."""

    name: str | None
    size: int | None

    def chunks(self) -> Iterable[bytes]: ...


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file as the page lists it: `open` where this asker may have it."""

    attachment: Attachment
    open: bool


def place(digest: str) -> Path:
    """Where content of this hash lies."""
    return Path(settings.MEDIA_ROOT) / digest[:2] / digest[2:]


def attach(sight: Sight, record: Any, upload: Upload, disclosure: str) -> Attachment:
    """Keeps a file of a record. Raises PermissionDenied, and FileRefused for a kind or size that is not taken."""
    allowed = may(sight, "attach", record=record)
    if not allowed:
        raise PermissionDenied(allowed.reason)
    name = tidy(upload.name or "")
    mime, starts = KINDS.get(Path(name).suffix.lower(), ("", ()))
    if not mime:
        raise FileRefused.because("hub_listings.file-kind", "hub_listings.file-kind-repair", kinds=sorted(KINDS))
    if (upload.size or 0) > MOST_BYTES:
        raise _too_large()
    if Attachment.objects.filter(record=record.pk).count() >= MOST_FILES:
        raise FileRefused.because("hub_listings.file-many", "hub_listings.file-many-repair", n=MOST_FILES)
    _refuse_secrets(sight, record, name, upload)
    digest, size = keep(upload.chunks(), starts)
    with transaction.atomic():
        made = Attachment.objects.create(
            noun=record.noun, record=record.pk, tenant_id=record.tenant_id, name=name, kind=mime, size=size,
            digest=digest, disclosure=disclosure if disclosure in CLASSES else "restricted",
            added_by_id=sight.asker.user,
        )  # fmt: skip
        log(sight.asker, "attach", kind=record.noun, thing=record.pk, tenant=record.tenant_id)
    return made


def _refuse_secrets(sight: Sight, record: Any, name: str, upload: Upload) -> None:
    """Raises FileRefused where the name, or the text of a plain file, bears a mark of a state secret."""
    texts = [Path(name).stem]
    if Path(name).suffix.lower() in _PLAIN:
        whole = b"".join(upload.chunks())
        texts += [whole.decode(encoding, errors="ignore") for encoding in ("utf-8", "gb18030")]
    found = next(filter(None, map(mark, texts)), None)
    if found is not None:
        log(sight.asker, "attach", kind=record.noun, thing=record.pk, tenant=record.tenant_id, allowed=False,
            why=Why("hub_policy.state-secret-seen"))  # fmt: skip
        raise FileRefused.because("hub_policy.state-secret", "hub_policy.state-secret-repair", mark=found)


def detach(sight: Sight, attachment: Attachment, record: Any) -> None:
    """Takes a file off its record; content that no record holds any more goes with it."""
    allowed = may(sight, "attach", record=record)
    if not allowed:
        raise PermissionDenied(allowed.reason)
    with transaction.atomic():
        attachment.delete()
        log(sight.asker, "detach", kind=record.noun, thing=record.pk, tenant=record.tenant_id)
        transaction.on_commit(lambda: sweep([attachment.digest]))


def sweep(digests: Iterable[str]) -> None:
    """Removes content that nothing refers to."""
    for digest in digests:
        if not Attachment.objects.filter(digest=digest).exists():
            place(digest).unlink(missing_ok=True)


def keep(chunks: Iterable[bytes], starts: tuple[bytes, ...] = ()) -> tuple[str, int]:
    """Content under its hash, whole or not at all; its hash and size. Raises FileRefused."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    found, size = hashlib.sha256(), 0
    descriptor, partial = tempfile.mkstemp(dir=root, prefix="part-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            for chunk in filter(None, chunks):
                if not size and starts and not chunk.startswith(starts):
                    raise FileRefused.because("hub_listings.file-content", "hub_listings.file-content-repair")
                size += len(chunk)
                if size > MOST_BYTES:
                    raise _too_large()
                found.update(chunk)
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        if not size:
            raise FileRefused.because("hub_listings.file-empty", "hub_listings.file-empty-repair")
        target = place(found.hexdigest())
        target.parent.mkdir(exist_ok=True, mode=0o700)
        os.replace(partial, target)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return found.hexdigest(), size


def listed(sight: Sight, record: Any, top: str) -> list[Shelved]:
    """The files of a record that its reader may know of: those up to their class. Others are not counted either."""
    rank = DISCLOSURE.index
    rows = statements.fetch(
        ("files", record.noun), (record.pk,), lambda: Attachment.objects.filter(record=record.pk, noun=record.noun)
    )
    return [Shelved(row, True) for row in rows if rank(row.disclosure) <= rank(top)]


def fetch(sight: Sight, uid: uuid.UUID) -> Attachment | None:
    """A file that this asker may have, or None as if there were none; the owner is told who had it."""
    found = Attachment.objects.filter(pk=uid).first()
    record = found and record_of(found)
    if found is None or record is None:
        return None
    top = reads(sight, record, "download")
    if top is None or DISCLOSURE.index(found.disclosure) > DISCLOSURE.index(top):
        return None
    note(record, sight.asker, found.disclosure, "attachment")
    return found


def record_of(attachment: Attachment) -> Any:
    """The record a file belongs to."""
    if attachment.noun not in kinds():
        return None
    return MODELS[attachment.noun].objects.filter(pk=attachment.record).first()


def tidy(name: str) -> str:
    """A file's name as it is shown: one line, no path, no characters that turn its ending round."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    stem, dot, ending = plain.strip().rpartition(".")
    return f"{stem[:150]}{dot}{ending[:10]}" if dot else plain[:150]


def _too_large() -> FileRefused:
    refused = FileRefused.because("hub_listings.file-large", "hub_listings.file-large-repair", n=MOST_BYTES // 2**20)
    assert isinstance(refused, FileRefused)
    return refused
