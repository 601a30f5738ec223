"""A drafted version as the text of a rule file, in the form of the pack's own files.

Above each condition stands a comment with the article, the characters and the words it was read from. Words of the
document come in as quoted strings and one-line comments only, so no document can write rules by its wording.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from tongtu.brief.proposals.draft import Check, Draft, Group, Leaf
from tongtu.brief.proposals.heading import Heading
from tongtu.brief.proposals.meanings import Figure, Meanings
from tongtu.terms.why import Label
from tongtu.terms.words import word

_LONGEST_COMMENT = 160


@dataclass(slots=True)
class Page:
    """The lines of the file, and on which of them each leaf and group stands (from 1)."""

    lines: list[str] = field(default_factory=list)
    places: dict[int, Leaf | Group] = field(default_factory=dict)

    def add(self, indent: int, text: str, of: Leaf | Group | None = None) -> None:
        self.lines.append(" " * indent + text)
        if of is not None:
            self.places[len(self.lines)] = of

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def page(draft: Draft, meanings: Meanings) -> Page:
    """The draft as a file. Paths of leaves and groups are set as the file gives them."""
    names = _Names(meanings)
    tiers = {tier: Page() for tier in ("", *(t.tier for t in draft.tiers))}
    for tier, group in draft.groups():
        _group(tiers[tier], 6 if tier == "" else 10, group, "", names)
    out = Page()
    for comment in word("brief_proposals.file-head", "zh"), word("brief_proposals.file-head", "en"):
        out.add(0, f"# {comment}")
    _head(out, draft)
    if names.used:
        out.add(0, "measures:")
        for name, body in names.used.items():
            out.add(2, f"{name}: {body}")
    _version(out, draft.heading)
    if draft.gates:
        out.add(4, "gates:")
        _append(out, tiers[""])
    out.add(4, "tiers:")
    for entry in draft.tiers:
        out.add(6, f"- tier: {entry.tier}")
        out.add(8, f"name: {_label(entry.name)}")
        out.add(8, "all:")
        _append(out, tiers[entry.tier])
    return out


def _append(out: Page, part: Page) -> None:
    before = len(out.lines)
    out.lines += part.lines
    out.places |= {before + line: of for line, of in part.places.items()}


def _head(out: Page, draft: Draft) -> None:
    out.add(0, f"scheme: {draft.scheme}")
    out.add(0, f"name: {_label(draft.name)}")
    out.add(0, f"notice: {_label(draft.notice)}")
    out.add(0, f"subject: {draft.subject}")
    for key, value in (("holder", draft.holder), ("yearly", draft.yearly), ("currency", draft.currency)):
        if value:
            out.add(0, f"{key}: {value}")
    out.add(0, f"jurisdiction: {_text(draft.jurisdiction)}")
    if draft.applies:
        out.add(0, f"applies: {_text(draft.applies)}")


def _version(out: Page, head: Heading) -> None:
    until = f", to: {head.until.isoformat()}" if head.until is not None else ""
    out.add(0, "versions:")
    out.add(2, f"- version: {_text(head.version)}")
    out.add(4, "in_force:")
    out.add(6, f"- {{from: {head.since.isoformat()}{until}, purposes: [new, review]}}")
    out.add(4, f"cite: {{document: {_text(head.document)}, source: [{_text(head.source)}], grade: {head.grade}}}")
    if head.valid_years:
        out.add(4, f"lifecycle: {{valid_years: {head.valid_years}}}")


def _group(out: Page, indent: int, group: Group, above: str, names: _Names, key: str = "- ") -> None:
    out.add(indent, f"{key}id: {group.path.rpartition('.')[2]}", group)
    indent += len(key)
    out.add(indent, f"name: {_label(group.name)}")
    if group.cite:
        out.add(indent, f"cite: {{article: {_text(group.cite)}}}")
    if group.way == "at_least":
        out.add(indent, f"at_least: {group.least}")
    out.add(indent, "of:" if group.way == "at_least" else f"{group.way}:")
    for part in group.parts:
        if isinstance(part, Group):
            _group(out, indent + 2, part, group.path, names)
        else:
            _leaf(out, indent + 2, part, names)
    if group.instead is not None:
        out.add(indent, "waived_if:")
        _group(out, indent + 2, group.instead, group.path, names, key="")


def _leaf(out: Page, indent: int, leaf: Leaf, names: _Names) -> None:
    quote = " ".join(str(leaf.why.args["quote"]).split())
    said = quote if len(quote) <= _LONGEST_COMMENT else quote[: _LONGEST_COMMENT - 1] + "…"
    shown = "".join(char for char in said if char.isprintable())
    out.add(indent, f"# {leaf.cite} [{leaf.start}-{leaf.end}] {shown}".replace("#  [", "# ["))
    parts = [f"id: {leaf.path.rpartition('.')[2]}", *_asked(leaf, names)]
    if leaf.cite:
        parts.append(f"cite: {{article: {_text(leaf.cite)}}}")
    out.add(indent, f"- {{{', '.join(parts)}}}", leaf)


def _asked(leaf: Leaf, names: _Names) -> Iterator[str]:
    match leaf.asked:
        case Check() as check:
            if check.each_year:
                yield f"each_year: {check.each_year}"
            leaf.text = written(check, names)
            yield f"check: {_text(leaf.text)}"
        case Label() as evidence:
            leaf.text = evidence.zh
            yield f"manual: {_label(evidence)}"
        case kinds:
            leaf.text = ", ".join(kinds)
            yield f"name: {_label(Label(word('brief_proposals.holds', 'zh'), word('brief_proposals.holds', 'en')))}"
            yield f"holds: [{', '.join(kinds)}]"


def written(check: Check, names: _Names) -> str:
    """A check as an expression over columns and measures."""
    if check.figure is None:
        return check.bounds[0]
    name = names.of(check.figure)
    told = [f"{name} {bound}" for bound in check.bounds]
    return told[0] if len(told) == 1 else " AND ".join(f"({part})" for part in told)


class _Names:
    """The names figures go by in one file; a figure that needs a measure is given one, below those it rests on."""

    def __init__(self, meanings: Meanings) -> None:
        self.meanings = meanings
        self.used: dict[str, str] = {}
        self._by_figure: dict[Figure, str] = {}

    def of(self, figure: Figure) -> str:
        if figure.over is None and not figure.parts:
            return figure.column
        if figure not in self._by_figure:
            parts = [self.of(part) for part in figure.parts]
            name = self._free(self._wished(figure, parts))
            label = _label(self.meanings.label(figure))
            body = f"value: {' / '.join(parts)}" if parts else f"{figure.over}: {figure.column}"
            years = f", years: {figure.years}" if figure.over in ("sum", "mean", "growth") else ""
            self.used[name] = f"{{name: {label}, {body}{years}}}"
            self._by_figure[figure] = name
        return self._by_figure[figure]

    def _wished(self, figure: Figure, parts: list[str]) -> str:
        known = self.meanings.known.get(figure)
        if known is not None:
            return known.name
        if parts:
            return "_per_".join(parts)
        ends = {"age": "_age", "sum": f"_{figure.years}y", "mean": f"_mean_{figure.years}y"}
        return figure.column + ends.get(figure.over or "", f"_growth_{figure.years}y")

    def _free(self, name: str) -> str:
        found, n = name, 1
        while found in self.used or found in self.meanings.columns:
            n += 1
            found = f"{name}_{n}"
        return found


def _text(text: str) -> str:
    """A string no wording can break out of: JSON is YAML."""
    return json.dumps("".join(c if c.isprintable() else " " for c in text), ensure_ascii=False)


def _label(label: Label) -> str:
    return f"{{zh: {_text(label.zh)}, en: {_text(label.en or label.zh)}}}"
