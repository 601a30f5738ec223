"""Reading documents in: what somebody uploads, what the job makes of it, and what is kept.

Uploads lie in a folder of their reading until its job has ended; what is kept is the briefs, whose documents' texts
hold every quotation. A reading that is refused leaves nothing but its faults.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from tongtu.hub.briefs.models import OWN, SHARED, Brief, Claim, Draft, Reading, Tag, fault_data, kept, of_own
from tongtu.hub.briefs.pack import pack
from tongtu.hub.briefs.page import named, restored
from tongtu.hub.care.log import record as log
from tongtu.hub.exchange import files
from tongtu.hub.jobs.queue import enqueue
from tongtu.hub.people.asking import Asker, asker_of
from tongtu.hub.people.models import Organisation
from tongtu.hub.policy import secrecy
from tongtu.terms.faults import Cancelled, Fault, FileRefused, TongtuError
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.brief.document import Document
    from tongtu.brief.model import Brief as Made

#: what may be uploaded: prose of every form that the boundary reads, and archives of it
PROSE = (".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".rss", ".atom", ".xml", ".json", ".jsonl")
TAKEN = (*PROSE, ".zip")
MOST_FILES = 20
NEW, OLD = "new", "old"
_FOLDER = "readings"
_KEPT_FAULTS = 200
_SCORES = ("hot", "quality", "impact")


class Upload(NamedTuple):
    """A file as somebody brings it."""

    name: str
    pieces: Iterable[bytes]


def begin(asker: Asker, new: Sequence[Upload], old: Sequence[Upload] = ()) -> Reading:
    """Keeps the uploads and enqueues their reading; `old` are earlier versions, only compared with.

    Raises PermissionDenied, or FileRefused for what is not taken.
    """
    decision = of_own(asker, "read_in")
    if not decision.allowed:
        raise PermissionDenied(decision.reason)
    if not new:
        raise FileRefused.because("hub_exchange.no-file", "hub_exchange.no-file-repair")
    if len(new) + len(old) > MOST_FILES:
        raise FileRefused.because("hub_briefs.many-files", "hub_briefs.many-files-repair", most=MOST_FILES)
    reading = Reading(organisation_id=asker.organisation, user_id=asker.user, as_of=timezone.localdate())
    try:
        reading.names = _put(reading, NEW, new)
        reading.earlier = _put(reading, OLD, old)
        with transaction.atomic():
            reading.save(force_insert=True)
            job = enqueue("briefs.read", {"reading": str(reading.pk)}, by=asker.user, organisation=asker.organisation)
            Reading.objects.filter(pk=reading.pk).update(job=job)
            log(asker, "read_in", kind="reading", thing=reading.pk, tenant=asker.organisation)
    except BaseException:
        forget(reading)
        raise
    return reading


def _put(reading: Reading, part: str, uploads: Sequence[Upload]) -> list[str]:
    """The names under which uploads lie; a name that is there already is refused."""
    names: list[str] = []
    for upload in uploads:
        if files.safe(upload.name) in names:
            raise FileRefused.because("hub_exchange.zip-twice", "hub_briefs.twice-repair", name=files.safe(upload.name))
        folder = files.workplace(_FOLDER, reading.pk) / part
        folder.mkdir(mode=0o700, exist_ok=True)
        names.append(files.put(folder, upload.name, upload.pieces, TAKEN))
    return names


def forget(reading: Reading) -> None:
    """Throws the uploads of a reading away."""
    files.drop(_FOLDER, reading.pk)


def read(reading: Reading, progress: Any = None) -> list[Brief]:
    """The work of the job: documents through the boundary, briefs of them, all on the shelf or nothing."""
    try:
        documents, earlier = _documents(reading, NEW, progress), _documents(reading, OLD, None)
        _refuse_secrets([*documents, *earlier])
        made = _composed(documents, earlier, reading.as_of, progress)
        drafts = {brief.id: drafted(brief, reading.as_of) for brief in made}
    except Cancelled:
        raise
    except TongtuError as refusal:
        _refused(reading, refusal.faults)
        return []
    with transaction.atomic():
        rows = [shelve(reading, brief, drafts[brief.id]) for brief in made]
        Reading.objects.filter(pk=reading.pk).update(state="done", documents=len(documents), told=[])
    forget(reading)
    return rows


def _documents(reading: Reading, part: str, progress: Any) -> tuple[Document, ...]:
    from tongtu.chain import briefing

    folder = files.workplace(_FOLDER, reading.pk) / part
    if not folder.is_dir():
        return ()
    for path in sorted(folder.glob("*.zip")):
        _unpacked(path)
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() != ".zip"]
    return tuple(briefing.documents_of(paths, limits=files.limits(), progress=progress))


def _unpacked(path: Path) -> None:
    """An archive beside itself as a folder; a job that is tried again finds it done."""
    target = path.with_suffix("")
    if not target.exists():
        half = path.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        files.unpack(path, half, PROSE)
        half.rename(target)
    path.unlink()


def _refuse_secrets(documents: Iterable[Document]) -> None:
    """Raises FileRefused where a document bears the mark of a state secret; its words are not repeated."""
    marks = ((document, secrecy.mark(document.text)) for document in documents)
    faults = [
        Fault(Why("hub_policy.state-secret", {"mark": seen}), Why("hub_policy.state-secret-repair", {"mark": seen}))
        for _, seen in marks
        if seen is not None
    ]
    if faults:
        raise FileRefused(faults)


def _composed(documents: Sequence[Document], earlier: Sequence[Document], as_of: date, progress: Any) -> Sequence[Made]:
    from tongtu.chain import briefing
    from tongtu.hub.records.adapt import snapshot

    return briefing.compose(
        documents, pack(), as_of, registry=snapshot(clearance=SHARED), earlier=earlier, progress=progress
    )


def drafted(made: Made, as_of: date) -> list[Any]:
    """A draft rule file of the document a brief is of, where it sets conditions rather than tells of some."""
    from tongtu.brief.facts import extract
    from tongtu.brief.proposals import proposal
    from tongtu.chain import briefing
    from tongtu.chain.law import rule_book

    document = made.documents[0]  # the preferred one: others report of it
    facts = extract(document, briefing.words_of(pack()))
    draft = proposal(document, facts, rule_book(pack()), codes=pack().vocabularies, as_of=as_of)
    return [draft] if (draft.lines["end"] > draft.lines["start"]).any() else []


def _refused(reading: Reading, faults: Sequence[Fault]) -> None:
    """Notes what is wrong, with files by the names they came under and never by our own places."""
    folder = files.place(_FOLDER, reading.pk)
    bare = (re.sub(rf"^{re.escape(str(folder))}/(?:{NEW}|{OLD})/", "", fault.file) for fault in faults)
    told = [fault_data(replace(fault, file=name)) for fault, name in zip(faults[:_KEPT_FAULTS], bare, strict=False)]
    Reading.objects.filter(pk=reading.pk).update(state="refused", told=told)
    if any(fault.what.code == "hub_policy.state-secret" for fault in faults):
        asker = asker_of(reading.user, str(reading.organisation_id))
        log(asker, "read_in", kind="reading", thing=reading.pk, tenant=reading.organisation_id, allowed=False,
            why=Why("hub_policy.state-secret-seen"))  # fmt: skip
    forget(reading)


# --- on the shelf -------------------------------------------------------------------------------------------


def shelve(reading: Reading, made: Made, drafts: Sequence[Any] = ()) -> Brief:
    """Keeps a brief; one of the same event that stands there already is replaced and keeps its corrections."""
    from tongtu.chain import briefing

    first = made.documents[0] if made.documents else None
    house = Organisation.objects.get(pk=reading.organisation_id)
    values = {
        "disclosure": SHARED if house.is_operator else OWN, "reading": reading, **named(made),
        "day": first.published if first else None, "language": first.language if first else "",
        "as_of": made.as_of, "body": briefing.stored([made]), "made_at": timezone.now(), **_scores(made),
    }  # fmt: skip
    row, _ = Brief.objects.update_or_create(organisation=house, event=made.id, defaults=values)
    if row.corrections.filter(state="accepted").exists():  # they outlast a new reading, the headline's too
        Brief.objects.filter(pk=row.pk).update(**named(restored(row)))
    row.tags.all().delete()
    Tag.objects.bulk_create(Tag(brief=row, kind=kind, value=value) for kind, value in sorted(_tags(made)))
    row.claims.all().delete()
    Claim.objects.bulk_create(_claims(row, made))
    row.drafts.filter(approved_at=None).delete()
    for draft in drafts:
        text = {"name": draft.file, "text": draft.text}
        tables = {"lines": _rows(draft.lines), "questions": _rows(draft.questions)}
        Draft.objects.get_or_create(brief=row, document=draft.document, defaults={**text, **tables})
    return row


def _scores(made: Made) -> dict[str, float | None]:
    import polars as pl

    whole = made.scores.filter(pl.col("part").is_null())
    found = dict(whole.select("score", "value").iter_rows()) if whole.height else {}
    return {name: found.get(name) for name in _SCORES}


def _tags(made: Made) -> set[tuple[str, str]]:
    """What lists can be narrowed to: directions by code, actors by their canonical names."""
    directions = made.facts["directions"]["direction"] if "directions" in made.facts else []
    actors = made.facts.get("actors")
    names = [] if actors is None else [c or n for c, n in actors.select("canonical", "name").iter_rows()]
    return {("direction", d) for d in directions if d} | {("organisation", n[:200]) for n in names if n}


def _claims(row: Brief, made: Made) -> list[Claim]:
    """The forecasts of a brief as rows of the register; what a source leaves open stays empty."""
    texts = ("claim", "source", "statement", "measure", "scope", "form", "operator", "unit", "due_precision")
    values = ("low", "high", "made", "due")
    return [
        Claim(
            brief=row, number=number, state=one["state"], why=kept(Why.from_json(one["why"])),
            **{name: _fitted(name, one[name]) for name in texts}, **{name: one[name] for name in values},
        )
        for number, one in enumerate(made.claims.to_dicts())
    ]  # fmt: skip


def _fitted(name: str, text: str | None) -> str:
    """A text as long as its column takes."""
    return (text or "")[: Claim._meta.get_field(name).max_length]


def _rows(frame: Any) -> list[dict[str, Any]]:
    """A frame as a JSON column takes it."""
    import json

    return list(json.loads(frame.write_json()))
