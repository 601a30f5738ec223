"""Reading criteria: groups of conditions, and the four kinds of leaf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tongtu.rules.expressions import Between, Comparison, Truth, children, label
from tongtu.rules.model import (
    GRADES,
    Body,
    Check,
    Citation,
    Criterion,
    Group,
    Holds,
    Manual,
    Purpose,
    Role,
    Score,
    Total,
)
from tongtu.rules.reading.measures import Names
from tongtu.rules.reading.page import Page
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label

_BODIES = ("check", "holds", "manual", "score", "all", "any", "none", "at_least")
_BESIDE = (
    "id",
    "name",
    "cite",
    "each_year",
    "any_year",
    "skip_if",
    "waived_if",
    "role",
    "levels",
    "part",
    "reach",
    "of",
)
_ID = re.compile(r"[A-Za-z0-9_-]+")


def read_citation(page: Page, found: Marked, above: Citation | None = None) -> Citation | None:
    """A citation; what it leaves out is taken from the one above."""
    if "cite" not in found:
        if above is None:
            page.fault(found.line, "no-citation", key="cite")
        return above
    cite = page.mapping(found["cite"], found.at("cite"), "cite")
    if cite is None:
        return above
    page.only(cite, ("document", "article", "source", "grade"))
    if above is None:
        for key in ("document", "source", "grade"):
            if not cite.get(key):
                page.fault(cite.line, "no-citation", key=key)
        above = Citation("", "", (), "")
    return Citation(
        page.text(cite, "document", above.document),
        page.text(cite, "article", above.article),
        page.texts(cite, "source", required=False) or above.sources,
        page.one_of(cite, "grade", GRADES, above.grade),
    )


@dataclass(slots=True)
class Reader:
    """Reads the criteria of one tier; paths are kept to find one used twice."""

    names: Names
    scores: tuple[Score, ...]
    paths: dict[str, int]

    @property
    def page(self) -> Page:
        return self.names.page

    def group(self, found: Marked, key: str, above: Citation, path: str) -> tuple[Criterion, ...]:
        """The criteria of a list, each under `path`."""
        parts = []
        for i, entry in enumerate(self.page.mappings(found, key), start=1):
            part = self.criterion(entry, above, path, i)
            if part is not None:
                parts.append(part)
        return tuple(parts)

    def criterion(self, found: Marked, above: Citation, parent: str, place: int) -> Criterion | None:
        page = self.page
        page.only(found, (*_BODIES, *_BESIDE))
        kinds = [key for key in _BODIES if key in found]
        if len(kinds) != 1:
            page.fault(found.line, "one-body", names=_BODIES)
            return None
        path = self._path(found, parent, place)
        cite = read_citation(page, found, above) or above
        body = self._body(kinds[0], found, cite, path)
        if body is None:
            return None
        criterion = Criterion(
            path,
            Label(""),
            cite,
            body,
            self._years(found),
            self._skips(found),
            role=self._role(found),
            line=found.line,
        )
        return replace(
            criterion,
            label=page.label(found, default=_natural_label(body)),
            waiver=self._waiver(found, cite, path),
        )

    def _path(self, found: Marked, parent: str, place: int) -> str:
        own = self.page.text(found, "id", str(place))
        if not _ID.fullmatch(own):
            self.page.fault(found.at("id"), "bad-id", key="id", value=own)
        path = f"{parent}.{own}" if parent else own
        if path in self.paths:
            self.page.fault(found.at("id"), "id-twice", key="id", value=path, first=self.paths[path])
        self.paths.setdefault(path, found.line)
        return path

    def _body(self, kind: str, found: Marked, cite: Citation, path: str) -> Body | None:
        page = self.page
        match kind:
            case "check":
                node = self.names.truth(found, "check")
                return None if node is None else Check(node)
            case "holds":
                return self._holds(found)
            case "manual":
                return Manual(page.label(found, "manual"))
            case "score":
                return self._total(found)
            case "at_least":
                parts = self.group(found, "of", cite, path)
                least = page.count(found, "at_least")
                if not 1 <= least <= max(len(parts), 1):
                    page.fault(found.at("at_least"), "k-of-n", key="at_least", k=least, n=len(parts))
                return Group(parts, least)
        parts = self.group(found, kind, cite, path)
        return Group(parts, None if kind == "all" else 1, negated=kind == "none")

    def _holds(self, found: Marked) -> Holds:
        kinds = self.page.texts(found, "holds")
        levels = self.page.texts(found, "levels", required=False)
        if self.names.subject != "organisations" and not self.names.holder:
            self.page.fault(found.at("holds"), "no-titles", key="holds")
        self.names.check_codes(found, "holds", "title_kind", kinds)
        self.names.check_codes(found, "levels", "level", levels)
        return Holds(kinds, levels)

    def _total(self, found: Marked) -> Total | None:
        page = self.page
        name, part, reach = (
            page.text(found, "score"),
            page.text(found, "part", ""),
            page.number(found, "reach"),
        )
        score = next((s for s in self.scores if s.score == name), None)
        if score is None:
            names = [s.score for s in self.scores]
            page.fault(found.at("score"), "unknown-score", key="score", name=name, names=names)
            return None
        most = next((p.points for p in score.parts if p.part == part), None) if part else score.points
        if most is None:
            names = [p.part for p in score.parts]
            page.fault(found.at("part"), "unknown-score", key="part", name=part, names=names)
            return None
        if reach > most:
            page.fault(found.at("reach"), "never-met", key="reach", what=f"{reach:g} > {most:g}")
        return Total(name, part, reach)

    def _years(self, found: Marked) -> int:
        each, any_of = self.page.count(found, "each_year", 0), self.page.count(found, "any_year", 0)
        if each and any_of:
            self.page.fault(found.at("any_year"), "each-and-any", key="any_year")
        return each or -any_of

    def _skips(self, found: Marked) -> tuple[Purpose, ...]:
        return self.page.purposes(found, "skip_if")

    def _role(self, found: Marked) -> Role:
        role: Any = self.page.one_of(found, "role", ("counts", "tie_break", "trigger"), "counts")
        chosen: Role = role
        return chosen

    def _waiver(self, found: Marked, cite: Citation, path: str) -> Criterion | None:
        if "waived_if" not in found:
            return None
        waiver = self.page.mapping(found["waived_if"], found.at("waived_if"), "waived_if")
        if waiver is None:
            return None
        waiver.setdefault("id", "waiver")
        return self.criterion(waiver, cite, path, 0)


def _natural_label(body: Body) -> Label | None:
    """A leaf without a name is called after what it compares; a group must have one."""
    match body:
        case Check(node):
            return label(next(iter(_compared(node)), node))
        case Manual(evidence):
            return evidence
        case Group(parts) if len(parts) == 1:
            return parts[0].label
    return None


def _compared(node: Truth) -> Iterator[Any]:
    if isinstance(node, Comparison | Between):
        yield children(node)[0]
    for child in children(node):
        if not hasattr(child, "unit"):
            yield from _compared(child)
