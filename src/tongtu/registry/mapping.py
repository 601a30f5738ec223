"""`Mapping`: how a table with headers of its own becomes one of our nouns, kept in a file a person edits.

    format: 1
    file: topics.xlsx               # beside this file, or a path from here
    sheet: Sheet1                   # the first sheet with rows, where left out
    noun: needs
    blank: [N/A]                    # what stands for `unknown` in their cells
    columns:                        # our column: their header
      title: Topic Name
      text: {first_of: [Description, Topic Name]}
      keywords: {join: [Tag 1, Tag 2], with: ；}
      budget: {header: Amount, unit: 万元}
      urgency: {header: Priority, map: {A: high, B: medium}}
      organisation: Agency
    constants: {state: published}   # the same for every row
    make: {need: "topic-{row}"}     # where blank: from the row number or {Their Header}
    derive:                         # a table of the different names in one of our reference columns
      organisations: {of: organisation, constants: {kind: government}}
    unmapped: [Phase, Program]      # said, not read
    on_fault: refuse                # or skip_row: leave out rows with errors, each of them said

A file `*.map.yaml` in a folder is found by itself at the next import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongtu.registry.blocks import Block, OnFault
from tongtu.registry.columns import Noun, noun, nouns
from tongtu.registry.findings import Findings, Problem
from tongtu.terms.checked import plain
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.marked import Marked, load

if TYPE_CHECKING:
    from tongtu.registry.boundary import Sheet

FORMAT = 1
SUFFIX = ".map.yaml"
_KEYS = ("format", "file", "sheet", "noun", "blank", "columns", "constants", "make", "derive", "unmapped", "on_fault")


@dataclass(frozen=True, slots=True)
class Pick:
    """Where a column's cells come from: one header, the first that is filled, or several joined."""

    headers: tuple[str, ...]
    joined: str | None = None
    unit: str = ""
    words: dict[str, str] = field(default_factory=dict)

    def to_yaml(self) -> Any:
        """The shortest form that says it."""
        more: dict[str, Any] = {"unit": self.unit} if self.unit else {}
        if self.words:
            more["map"] = dict(self.words)
        if self.joined is not None:
            return {"join": [*self.headers], "with": self.joined, **more}
        if len(self.headers) > 1:
            return {"first_of": [*self.headers], **more}
        return {"header": self.headers[0], **more} if more else self.headers[0]


@dataclass(frozen=True, slots=True)
class Derived:
    """A table made of the different names in a reference column, each with a key made from the name."""

    of: str
    columns: dict[str, Pick] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapping:
    """One sheet of one file onto one noun."""

    file: str
    noun: str
    columns: dict[str, Pick]
    sheet: str = ""
    blank: tuple[str, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    make: dict[str, str] = field(default_factory=dict)
    derive: dict[str, Derived] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    on_fault: OnFault = "refuse"
    home: Path | None = None
    """The folder the mapping file stands in."""

    @property
    def path(self) -> Path | None:
        """The file to read, where it can be told from here."""
        found = Path(self.file) if self.home is None else self.home / self.file
        return found if found.is_absolute() or self.home is not None else None

    def of(self, path: Path) -> bool:
        """True where this mapping speaks of that file."""
        return Path(self.file).name == path.name

    def blocks(self, sheets: Sequence[Sheet], file: str, findings: Findings) -> list[Block]:
        """The rows of the file as blocks of our nouns."""
        from tongtu.registry.mapped import map_sheets

        return map_sheets(self, sheets, file, findings)

    def save(self, path: Path) -> Path:
        """Write the mapping as a file that a person can edit; a folder gives it the usual name."""
        import yaml

        if path.is_dir():
            path = path / f"{Path(self.file).name}{SUFFIX}"
        text = yaml.safe_dump(self.to_yaml(), allow_unicode=True, sort_keys=False, width=100)
        path.write_text(text, encoding="utf-8")
        return path

    def to_yaml(self) -> dict[str, Any]:
        whole: dict[str, Any] = {
            "format": FORMAT, "file": self.file, "sheet": self.sheet, "noun": self.noun, "blank": [*self.blank],
            "columns": {name: pick.to_yaml() for name, pick in self.columns.items()},
            "constants": dict(self.constants), "make": dict(self.make),
            "derive": {name: _derived_yaml(d) for name, d in self.derive.items()},
            "unmapped": [*self.unmapped], "on_fault": self.on_fault,
        }  # fmt: skip
        return {k: v for k, v in whole.items() if v not in ("", [], {})}

    @classmethod
    def load(cls, path: Path) -> Mapping:
        """Raises DataRefused with every fault of the file, each with its line."""
        reader = _Reader(path.name)
        value, faults = load(path.read_text(encoding="utf-8"), path.name)
        mapping = reader.mapping(value) if not faults else None
        if mapping is None or reader.faults:
            raise DataRefused([*faults, *reader.faults])
        return replace(mapping, home=path.parent)


def mappings_in(folder: Path, findings: Findings) -> list[Mapping]:
    """The mappings that stand in a folder; faults of their files are findings."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            found.append(Mapping.load(path))
        except DataRefused as refusal:
            for fault in refusal.faults:
                findings.add(fault)
    return found


class _Reader:
    """Turns the YAML of a mapping into one, collecting what is wrong with it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def mapping(self, value: Any) -> Mapping | None:
        if not isinstance(value, Marked):
            self.wrong("registry.map-shape", 1, expected="file, noun, columns")
            return None
        for name in value:
            if name not in _KEYS:
                self.wrong("registry.map-key", value.at(name), key=name, keys=_KEYS)
        for name in ("file", "noun", "columns"):
            if not value.get(name):
                self.wrong("registry.map-shape", value.line, expected=name)
        if value.get("on_fault", "refuse") not in ("refuse", "skip_row"):
            self.wrong("registry.map-shape", value.at("on_fault"), expected="on_fault: refuse | skip_row")
        if value.get("noun") and value["noun"] not in nouns():
            self.wrong("registry.map-noun", value.at("noun"), noun=value["noun"])
        if self.faults:
            return None
        found = noun(value["noun"])
        return Mapping(
            file=str(value["file"]), noun=found.name, columns=self.columns(found, value, "columns"),
            sheet=str(value.get("sheet") or ""), blank=tuple(map(str, value.get("blank") or ())),
            constants=self.texts(found, value, "constants"), make=self.texts(found, value, "make"),
            derive=self.derived(found, value), unmapped=tuple(label(str(h)) for h in value.get("unmapped") or ()),
            on_fault=value.get("on_fault", "refuse"),
        )  # fmt: skip

    def columns(self, found: Noun, value: Marked, name: str) -> dict[str, Pick]:
        part = self.part(value, name)
        return {c: self.pick(part[c], part.at(c)) for c in part if self.known(found, c, part.at(c))}

    def texts(self, found: Noun, value: Marked, name: str) -> dict[str, str]:
        part = self.part(value, name)
        return {c: str(v) for c, v in part.items() if self.known(found, c, part.at(c))}

    def derived(self, found: Noun, value: Marked) -> dict[str, Derived]:
        part, made = self.part(value, "derive"), {}
        for name, rest in part.items():
            line = part.at(name)
            if name not in nouns() or not isinstance(rest, Marked):
                self.wrong("registry.map-noun", line, noun=name)
            elif self.known(found, str(rest.get("of")), line):
                target = noun(name)
                columns, constants = self.columns(target, rest, "columns"), self.texts(target, rest, "constants")
                made[name] = Derived(str(rest["of"]), columns, constants)
        return made

    def pick(self, value: Any, line: int) -> Pick:
        if not isinstance(value, Marked):
            return Pick((label(str(value)),))
        ways = [w for w in ("header", "first_of", "join") if w in value]
        strange = [k for k in value if k not in ("header", "first_of", "join", "with", "unit", "map")]
        if len(ways) != 1 or strange:
            self.wrong("registry.map-shape", line, expected="header | first_of | join")
            return Pick(("",))
        given = value[ways[0]]
        headers = tuple(label(str(g)) for g in (given if isinstance(given, list) else [given]))
        joined = str(value.get("with", " ")) if ways[0] == "join" else None
        words = {str(k): str(v) for k, v in (value.get("map") or {}).items()}
        return Pick(headers, joined, str(value.get("unit") or ""), words)

    def part(self, value: Marked, name: str) -> Marked:
        part = value.get(name)
        if part is None or isinstance(part, Marked):
            return part if part is not None else Marked()
        self.wrong("registry.map-shape", value.at(name), expected=f"{name}: {{…}}")
        return Marked()

    def known(self, found: Noun, column: str, line: int) -> bool:
        if any(c.name == column for c in found.columns):
            return True
        self.wrong("registry.map-column", line, column=column, noun=found.name)
        return False

    def wrong(self, code: str, line: int, **args: object) -> None:
        problem = Problem.of(code, **args)
        self.faults.append(Fault(problem.what, problem.repair, self.file, row=line))


def label(text: str) -> str:
    """A header in the form in which mappings name it: half-width, on one line."""
    return " ".join(plain(text).split())


def _derived_yaml(derived: Derived) -> dict[str, Any]:
    columns = {name: pick.to_yaml() for name, pick in derived.columns.items()}
    whole = {"of": derived.of, "columns": columns, "constants": dict(derived.constants)}
    return {k: v for k, v in whole.items() if v}
