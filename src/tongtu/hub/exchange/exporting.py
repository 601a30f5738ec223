"""Complete exports: every field that the asker may see, with a mark of who took it, when and for whom.

What is exported is what pages show: the rows of `visible_parts`, each up to its class. Own records carry their own
numbers, so the file can be imported again; records of others carry their ids in the hub, never their owner's number,
and a reference to what the asker may not see is empty.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tongtu.hub.care.log import record as log
from tongtu.hub.exchange import files
from tongtu.hub.exchange.importer import Importer
from tongtu.hub.exchange.lists import lists
from tongtu.hub.exchange.models import Export
from tongtu.hub.exchange.tenants import handfuls
from tongtu.hub.people.models import Organisation
from tongtu.hub.records.adapt import LIFECYCLE, TENANT, UID, table
from tongtu.hub.records.columnar import frame, insert
from tongtu.hub.records.columns import field_name
from tongtu.hub.records.keys import TENANTS, kind_of, own_number, pointers
from tongtu.hub.records.models import MODELS, Seen
from tongtu.hub.records.sight import Sight
from tongtu.hub.records.visible import visible_parts
from tongtu.registry.cells import as_text, for_sheet, written
from tongtu.registry.codes import Codes
from tongtu.registry.columns import DISCLOSURE, Column, Noun, noun
from tongtu.registry.names import written_header
from tongtu.registry.vocabularies import Vocabularies
from tongtu.registry.workbooks import FRUGAL, Book
from tongtu.terms.words import Lang, word

CLEARANCE = "_clearance"
_TEASER = DISCLOSURE.index("teaser")

Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Watermark:
    """Who took the file, for whom and when; it stands in the file in words, and in its properties."""

    organisation: str
    person: str
    at: datetime
    number: str

    def line(self, lang: Lang) -> str:
        at = timezone.localtime(self.at).strftime("%Y-%m-%d %H:%M")
        return word("hub_exchange.watermark", lang, organisation=self.organisation, person=self.person, at=at,
                    number=self.number)  # fmt: skip

    def values(self) -> dict[str, str]:
        return {
            "organisation": self.organisation,
            "person": self.person,
            "at": self.at.isoformat(),
            "number": self.number,
        }


def make(export: Export, running: Any) -> None:
    """Makes the file, notes who has seen what, and says that it is ready; all of it may happen again after a crash."""
    importer, lang = Importer.of(export.user, export.organisation), "en" if export.lang == "en" else "zh"
    rows: Frames = {}
    for done, name in enumerate(export.nouns):
        rows[name] = readable(name, importer.sight, export.scope)
        running.progress(done, len(export.nouns))
    mark = Watermark(export.organisation.title(lang), str(export.user), timezone.now(), str(export.pk))
    name = f"tongtu-{timezone.localdate().isoformat()}.{'zip' if export.form == 'csv' else export.form}"
    path = files.workplace("exports", export.pk) / name
    part = path.with_suffix(".part")
    shown = {n: _named(n, found, importer) for n, found in rows.items() if found.height}
    _FORMS[export.form](shown, part, lang, lists(importer.sight), mark)
    part.replace(path)
    counts = {n: found.height for n, found in shown.items()}
    with transaction.atomic():
        if Export.objects.filter(pk=export.pk, state="making").update(
            state="ready", name=name, size=path.stat().st_size, counts=counts, made_at=mark.at
        ):
            for n, found in rows.items():
                _seen(n, found, importer)
            log(importer.asker, "export", kind="export", thing=export.pk, tenant=export.organisation_id)


def readable(name: str, sight: Sight, scope: str) -> pl.DataFrame:
    """The rows of a noun that the asker may export, each up to its class, behind the hub's own columns."""
    own, manager = sight.asker.organisation, MODELS[name].objects
    extra = (UID, TENANT, LIFECYCLE)
    parts = [table(name, manager.none(), extra=extra).with_columns(pl.lit("").alias(CLEARANCE))]
    for where, top in visible_parts(sight, name, "export"):
        rows = manager.filter(where)
        rows = rows.filter(tenant=own) if scope == "own" else rows
        parts.append(table(name, rows, top, extra).with_columns(pl.lit(top).alias(CLEARANCE)))
    return pl.concat(parts).sort(UID)


def _named(name: str, rows: pl.DataFrame, importer: Importer) -> pl.DataFrame:
    """The rows with what people call them: own numbers for own records, ids for those of others."""
    found = noun(name)
    number = own_number(found)
    if number is not None:
        own = pl.col(TENANT) == importer.own
        rows = rows.with_columns(pl.when(own).then(pl.col(number.name)).otherwise(pl.col(UID)).alias(number.name))
    for column in found.columns:
        targets = [*pointers(column)]
        if targets and rows[column.name].null_count() < rows.height:
            rows = rows.with_columns(_called(column, targets, rows, importer))
    return rows


def _called(column: Column, targets: Sequence[tuple[str, str]], rows: pl.DataFrame, importer: Importer) -> pl.Series:
    """References as the names of what they refer to; null where that is hidden from the asker."""
    if column.many:
        (target, _), *_ = targets
        each = rows.select(column.name).with_row_index("row").explode(column.name).drop_nulls(column.name)
        each = each.with_columns(_names(target, each[column.name], importer).alias("named")).drop_nulls("named")
        many = each.group_by("row", maintain_order=True).agg("named")
        index = rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
        return index.join(many, on="row", how="left", maintain_order="left")["named"].alias(column.name)
    called = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    for target, kind in targets:
        here = rows[column.name]
        if kind:
            here = here.set((rows[kind_of(column)] != kind).fill_null(True), None)
        called = called.fill_null(_names(target, here, importer))
    return called.alias(column.name)


def _names(target: str, uids: pl.Series, importer: Importer) -> pl.Series:
    """Own number of own records, id of others that the asker may see; organisations by their credit code."""
    number, manager = own_number(noun(target)), MODELS[target].objects
    known = {}
    for some in handfuls(uids):
        if target == TENANTS:
            known |= _organisations(some, importer)
        visible = manager.visible_to(importer.sight, "export").filter(pk__in=some)
        seen = frame(visible, ["uid", "tenant", field_name(number) if number else "uid"][: 3 if number else 2])
        for uid, tenant, *own in seen.iter_rows():
            known.setdefault(uid, own[0] if own and own[0] and tenant == importer.own else uid)
    return uids.replace_strict(known, default=None, return_dtype=pl.String)


def _organisations(some: Sequence[str], importer: Importer) -> dict[str, str]:
    """The asker's own organisation, by its number where it has one, else by its credit code or id."""
    if importer.own not in some:
        return {}
    number = MODELS[TENANTS].objects.filter(pk=importer.own).values_list("organisation", flat=True).first()
    return {importer.own: number or importer.organisation.uscc or importer.own}


def _seen(name: str, rows: pl.DataFrame, importer: Importer) -> None:
    """A line for each record of others that was read beyond the teaser, and for every one an operator takes."""
    asker, today = importer.asker, timezone.localdate()
    operator = Organisation.objects.filter(pk=asker.organisation, is_operator=True).exists()
    high = pl.col(CLEARANCE).replace_strict({c: i for i, c in enumerate(DISCLOSURE)}, default=0) > _TEASER
    beyond = rows.filter((pl.col(TENANT) != importer.own) & (high | operator))
    for (top,), found in beyond.group_by(CLEARANCE, maintain_order=True):
        line = {"viewer_id": asker.user, "organisation_id": asker.organisation, "disclosure": top, "way": "export",
                "day": today}  # fmt: skip
        again: set[str] = set()
        for some in handfuls(found[UID]):
            lines = Seen.objects.filter(record__in=some, **line)
            again |= {str(uid) for uid in lines.values_list("record", flat=True)}
            lines.update(times=F("times") + 1)
        new = found.filter(~pl.col(UID).is_in([*again])).select(
            pl.col(UID).alias("record"), pl.col(TENANT).alias("tenant")
        )
        same = {"noun": name, "viewer": asker.user, "organisation": asker.organisation, "disclosure": top,
                "way": "export", "day": today, "times": 1}  # fmt: skip
        insert(Seen, new, same, "default")


def _xlsx(rows: Frames, path: Path, lang: Lang, lists: Vocabularies, mark: Watermark) -> None:
    """One workbook, a sheet for each noun; text is written as text, so nothing in it is ever a formula."""
    codes = Codes(lists)
    cells = sum(found.height * found.width for found in rows.values())
    with Book(path, lang, frugal=cells > FRUGAL) as book:
        book.workbook.set_properties({"author": mark.person, "company": mark.organisation, "comments": mark.line(lang)})
        for name, found in rows.items():
            columns = written(found, noun(name), lang, codes)
            book.table(noun(name)).rows(zip(*(map(for_sheet, c) for c in columns.values()), strict=True))
        notes = book.workbook.add_worksheet(word("registry.sheet-notes", lang))
        notes.set_column(0, 0, 96, book.formats["note"])
        notes.write_string(0, 0, mark.line(lang), book.formats["note"])


def _csv(rows: Frames, path: Path, lang: Lang, lists: Vocabularies, mark: Watermark) -> None:
    """A zip with one CSV file a noun and the mark as a text beside them."""
    codes = Codes(lists)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, found in rows.items():
            columns = written(found, noun(name), lang, codes)
            texts = {
                written_header(c, lang): pl.Series([_harmless(v) for v in columns[c.name]], dtype=pl.String)
                for c in noun(name).columns
            }
            archive.writestr(f"{name}.csv", pl.DataFrame(texts).write_csv(include_bom=True))
        archive.writestr(f"{word('registry.sheet-notes', lang)}.md", mark.line(lang) + "\n")


def _harmless(value: Any) -> str | None:
    """A cell that no spreadsheet takes for a formula, also where blanks stand before it."""
    return as_text(value.lstrip("\t\r\n ") if isinstance(value, str) else value)


def _json(rows: Frames, path: Path, lang: Lang, lists: Vocabularies, mark: Watermark) -> None:
    """Records under machine names with codes, minor units and the hub's own fields; one line a record."""
    with path.open("w", encoding="utf-8") as out:
        out.write('{"watermark": ' + json.dumps(mark.values(), ensure_ascii=False))
        for name, found in rows.items():
            out.write(f',\n"{name}": [\n' + ",\n".join(_lines(noun(name), found)) + "\n]")
        out.write("\n}\n")


def _lines(found: Noun, rows: pl.DataFrame) -> Iterator[str]:
    """What stands above a record's class is absent from it, not empty."""
    ranks = {c.name: DISCLOSURE.index(c.disclosure) for c in found.columns}
    for row in rows.iter_rows(named=True):
        top = DISCLOSURE.index(row[CLEARANCE])
        open_ = {c: v for c, v in row.items() if c in ranks and ranks[c] <= top}
        own = {"uid": row[UID], "organisation_uid": row[TENANT], "lifecycle": row[LIFECYCLE]}
        yield json.dumps({"hub": own, **open_}, ensure_ascii=False, default=str)


_FORMS: Mapping[str, Any] = {"xlsx": _xlsx, "csv": _csv, "json": _json}
