"""A pack as read and not yet believed: every file parsed, every fault so far collected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from tongtu.packs import sheets
from tongtu.packs.faults import fault
from tongtu.packs.folder import Files
from tongtu.packs.layout import CROSSWALKS, MANIFEST, REQUIRED, crosswalk, layout
from tongtu.packs.sheets import Sheet
from tongtu.terms.faults import Fault
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label

Vocabularies = Mapping[str, Mapping[str, Label]]


@dataclass
class Draft:
    """Sheets and crosswalks by name, the manifest, and what was wrong with them."""

    manifest: Marked = field(default_factory=Marked)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    crosswalks: dict[str, Sheet] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def __getitem__(self, name: str) -> Sheet:
        """A sheet by name; one the pack does not have is empty."""
        return self.sheets.get(name) or Sheet(f"{name}.csv", layout()[name])

    def all_sheets(self) -> list[Sheet]:
        return [*self.sheets.values(), *self.crosswalks.values()]

    def vocabularies(self) -> dict[str, dict[str, Label]]:
        """Vocabulary → code → label; directions and regions are vocabularies too."""
        found: dict[str, dict[str, Label]] = {}
        for row in self["vocabularies"].rows:
            if row["vocabulary"] and row["code"]:
                label = Label(row["zh"] or "", row["en"] or "")
                found.setdefault(row["vocabulary"], {}).setdefault(row["code"], label)
        for name, key in (("directions", "direction"), ("regions", "region")):
            rows = (row for row in self[name].rows if row[key])
            found[key] = {row[key]: Label(row["name"] or "", row["name_en"] or "") for row in rows}
        return found


def read(files: Files) -> Draft:
    """Parses every file; nothing is raised, the draft carries the faults."""
    draft = Draft()
    for path in sorted(files):
        _place(draft, path, files[path])
    if MANIFEST not in files:
        draft.faults.append(fault("no-manifest", MANIFEST))
    for name in REQUIRED:
        if f"{name}.csv" not in files:
            draft.faults.append(fault("no-sheet", f"{name}.csv"))
    return draft


def _place(draft: Draft, path: str, content: bytes) -> None:
    """Puts one file where it belongs: manifest, sheet, crosswalk or a text for another room."""
    place = PurePosixPath(path)
    folder = place.parts[0] if len(place.parts) > 1 else ""
    if path == MANIFEST:
        _manifest(draft, path, content)
    elif folder == CROSSWALKS and place.suffix == ".csv":
        draft.crosswalks[place.stem] = _crosswalk(draft, path, content)
    elif folder:
        _text(draft, folder, path, content)
    elif place.suffix == ".csv" and place.stem in layout():
        rows = sheets.table(path, content, draft.faults)
        draft.sheets[place.stem] = sheets.sheet(path, rows, layout()[place.stem], draft.faults)
    elif place.suffix != ".md":
        import difflib

        near = difflib.get_close_matches(path, [MANIFEST, *(f"{name}.csv" for name in layout())], 1, 0)
        draft.faults.append(fault("unknown-file", path, value=path, near=near[0]))


def _manifest(draft: Draft, path: str, content: bytes) -> None:
    from tongtu.terms import marked

    try:
        document, faults = marked.load(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        draft.faults.append(fault("not-utf8", path, content.count(b"\n", 0, error.start) + 1))
        return
    draft.faults += faults
    if isinstance(document, Marked):
        draft.manifest = document
    elif not faults:
        draft.faults.append(fault("manifest-no-mapping", path, 1))


def _crosswalk(draft: Draft, path: str, content: bytes) -> Sheet:
    rows = sheets.table(path, content, draft.faults)
    if not rows:
        return Sheet(path, ())
    left, right = (*rows[0], "", "")[:2]
    return sheets.sheet(path, rows, crosswalk(left, right), draft.faults)


def _text(draft: Draft, folder: str, path: str, content: bytes) -> None:
    try:
        draft.texts.setdefault(folder, {})[path[len(folder) + 1 :]] = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        draft.faults.append(fault("not-utf8", path, content.count(b"\n", 0, error.start) + 1))


def text(value: Any) -> Label | None:
    """A `{zh: …, en: …}` of the manifest as a label; None where it is anything else."""
    if not isinstance(value, dict):
        return None
    zh, en = (" ".join(side.split()) if isinstance(side := value.get(k), str) else "" for k in ("zh", "en"))
    return Label(zh, en) if zh and en else None
