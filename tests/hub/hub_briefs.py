"""Briefs for tests: one made by hand of a text, and put on an organisation's shelf."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from django.utils import timezone

from tongtu.brief.claims import CLAIMS
from tongtu.brief.document import TITLE, Block, Document, Span, identity
from tongtu.brief.facts import SCHEMAS
from tongtu.brief.model import QUOTED, Brief, Sentence
from tongtu.brief.scores import SCORES
from tongtu.brief.writing import SOURCES, TIMELINE
from tongtu.hub.briefs import models as kept
from tongtu.hub.briefs import reading
from tongtu.terms.why import Why

DAY = date(2026, 11, 20)


def document(title: str, text: str, day: date | None = DAY) -> Document:
    whole = f"{title}\n{text}"
    blocks = (Block(0, len(title), TITLE), Block(len(title) + 1, len(whole), "paragraph"))
    return Document(
        identity(whole, ""), whole, blocks, title, "《通途日报》", "https://news.example/1", day, "zh", True, "text"
    )


def made(title: str, text: str, as_of: date | None = None, direction: str = "") -> Brief:
    """A brief of one document: its title and its text, quoted."""
    found = document(title, text)
    start = len(title) + 1
    spans = Span(found.id, 0, len(title)), Span(found.id, start, len(found.text))
    sure = Why("hub_briefs.untitled")
    headline, first = (
        Sentence("summary", Why("brief_writing.quote", {"quote": found.quote(span)}), QUOTED, (span,), sure, 0.9)
        for span in spans
    )
    facts = {name: pl.DataFrame(schema=schema) for name, schema in SCHEMAS.items()}
    if direction:
        facts["directions"] = pl.DataFrame(
            [{"document": found.id, "start": 0, "end": 2, "direction": direction, "written": title[:2],
              "confidence": 0.9, "why": sure.to_json()}],
            schema=SCHEMAS["directions"],
        )  # fmt: skip
    source = {"document": found.id, "outlet": found.outlet, "title": title, "address": found.address,
              "published": found.published, "official": True, "role": "primary", "grade": "A",
              "why": sure.to_json()}  # fmt: skip
    hot = {"score": "hot", "part": None, "value": float(len(text)), "weight": None, "why": sure.to_json()}
    return Brief(
        id=found.id, as_of=as_of or timezone.localdate(), headline=headline, documents=(found,), sentences=(first,),
        sources=pl.DataFrame([source], schema=SOURCES), timeline=pl.DataFrame(schema=TIMELINE),
        claims=pl.DataFrame(schema=CLAIMS), audience=pl.DataFrame(), scores=pl.DataFrame([hot], schema=SCORES),
        facts=facts,
    )  # fmt: skip


def shelved(world: Any, person: str, brief: Brief) -> kept.Brief:
    """The brief on the shelf of this person's organisation, as if they had read its document in."""
    asker = world.asker(person)
    read = kept.Reading.objects.create(
        organisation_id=asker.organisation, user_id=asker.user, names=["文件.txt"], as_of=brief.as_of, state="done"
    )
    return reading.shelve(read, brief)
