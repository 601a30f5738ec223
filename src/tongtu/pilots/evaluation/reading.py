"""Reading a rubric: YAML in, a checked `Rubric` out, or every fault at once with its file and line.

`packs/cn/pilots/platform_tiers.yaml` shows every key.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tongtu import rules
from tongtu.pilots.evaluation.figures import FIGURES
from tongtu.pilots.evaluation.rubric import NO_EVIDENCE, Dimension, Indicator, Rubric, Smes, TieBreak
from tongtu.registry import noun
from tongtu.registry.vocabularies import vocabularies
from tongtu.rules.model import Bands, Item, Linear, RuleBook, Scheme
from tongtu.rules.reading.page import Page
from tongtu.sorting import Category, Doubt
from tongtu.terms import marked
from tongtu.terms.faults import Fault, PackRefused
from tongtu.terms.marked import Marked
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

FOLDER, FILE = "pilots", "platform_tiers.yaml"
_HEAD = (
    "rubric", "version", "name", "notice", "since", "source", "grade", "scheme", "tiers", "stands_for", "cutting_level",
    "keep_level", "doubt", "caps", "sme", "produced", "gates", "tie_break", "total", "dimensions",
)  # fmt: skip
_INDICATOR = (
    "indicator", "name", "item", "figure", "years", "declared", "weight", "unit", "at", "indifference", "preference",
    "veto", "less_is_better", "cap",
)  # fmt: skip
_MEASURED = ("item", "figure", "declared")
#: columns of a platform that can be read as a number
_NUMERIC = ("int", "float", "ratio", "money", "bool")
_ROUNDING = 1e-9


@lru_cache(maxsize=8)
def rubric_of(pack: Pack) -> Rubric:
    """The pack's own rubric. Raises PackRefused with every fault, or where the pack has none."""
    text = pack.texts(FOLDER).get(FILE)
    if text is None:
        what, repair = (Why(f"pilots_evaluation.no-rubric{tail}", {"file": FILE}) for tail in ("", "-repair"))
        raise PackRefused(Fault(what, repair, f"{FOLDER}/{FILE}"))
    return read_rubric(text, pack, f"{FOLDER}/{FILE}")


def read_rubric(text: str, pack: Pack, file: str = FILE) -> Rubric:
    """A rubric from a file of one's own; its scheme is one of the pack's.

    Raises PackRefused with every fault: unknown keys, figures, items, columns, tiers and directions; weights that do
    not sum to what the file says; profiles that cross; levels and thresholds out of range.
    """
    page = Page(file)
    document, faults = marked.load(text, file)
    page.faults += faults
    found = None if document is None and faults else page.mapping(document, 1)
    rubric = None
    if found is not None:
        page.only(found, _HEAD)
        law = _law(page, found, pack)
        rubric = _Reader(page, pack, *law).rubric(found) if law is not None else None
    if page.faults or rubric is None:
        raise PackRefused(page.faults)
    return rubric


def _law(page: Page, found: Marked, pack: Pack) -> tuple[RuleBook, Scheme] | None:
    """The scheme whose items and gates the rubric names; only the files that mention it are read."""
    name = page.text(found, "scheme")
    texts = {file: text for file, text in pack.texts("rules").items() if name and name in text}
    book = rules.load(texts, pack.vocabularies)
    if name in book.schemes and book[name].subject == "platforms":
        return book, book[name]
    if name:
        names = sorted(s.scheme for s in book.schemes.values() if s.subject == "platforms")
        page.fault(found.at("scheme"), "pilots_evaluation.no-scheme", key="scheme", name=name, names=names)
    return None


class _Reader:
    """One rubric being read against one scheme of one pack."""

    def __init__(self, page: Page, pack: Pack, book: RuleBook, scheme: Scheme) -> None:
        self.page, self.pack, self.book, self.scheme = page, pack, book, scheme
        self.codes: dict[str, Iterable[str]] = {**vocabularies(), **pack.vocabularies}
        self.labels: dict[str, Mapping[str, Label]] = {**vocabularies(), **pack.vocabularies}
        self.items = _items(scheme)
        self.columns = [c.name for c in noun("platforms").columns if c.kind in _NUMERIC]
        self.tiers: tuple[str, ...] = ()
        self.seen: dict[str, int] = {}

    def rubric(self, found: Marked) -> Rubric:
        page = self.page
        self.tiers = self._codes(found, "tiers", "platform_tier")
        if len(self.tiers) < 2:
            self._fault(found.at("tiers"), "two-tiers", "tiers")
        level = self._share(found, "cutting_level", 0.5)
        keep = self._share(found, "keep_level", 0.5) if "keep_level" in found else level
        if keep > level:
            self._fault(found.at("keep_level"), "keep-above", "keep_level", keep=keep, level=level)
        dimensions = tuple(self._dimension(entry) for entry in page.mappings(found, "dimensions"))
        self._sum(found, "total", [d.weight for d in dimensions])
        self._once(found, "dimensions", [d.dimension for d in dimensions])
        labels = self.labels.get("platform_tier", {})
        return Rubric(
            rubric=page.text(found, "rubric"),
            version=page.text(found, "version"),
            name=page.label(found),
            notice=page.label(found, "notice", Label("")),
            since=page.day(found, "since") or date.min,
            source=page.text(found, "source"),
            grade=page.one_of(found, "grade", vocabularies()["source_grade"]),
            book=self.book,
            scheme=self.scheme,
            tiers=tuple(Category(tier, labels.get(tier, Label(tier))) for tier in self.tiers),
            stands_for=self._stands(found),
            cutting_level=level,
            keep_level=keep,
            doubt=self._doubt(found, level),
            caps=self._caps(found),
            sme=self._smes(found),
            produced=self._codes(found, "produced", "stage"),
            gates=self._gates(found),
            tie_break=self._tie_break(found),
            dimensions=dimensions,
            file=page.file,
        )

    # dimensions and their indicators

    def _dimension(self, found: Marked) -> Dimension:
        page = self.page
        page.only(found, ("dimension", "name", "weight", "indicators"))
        known = self.labels.get("platform_dimension", {})
        name = page.one_of(found, "dimension", known) if known else page.text(found, "dimension")
        entries = list(page.mappings(found, "indicators"))
        indicators = tuple(self._indicator(entry, name) for entry in entries)
        weight = self._sum(found, "weight", [i.weight for i in indicators])
        return Dimension(name, page.label(found, "name", known.get(name, Label(name))), weight, indicators)

    def _indicator(self, found: Marked, dimension: str) -> Indicator:
        page = self.page
        page.only(found, _INDICATOR)
        name = page.word(found, "indicator")
        if self.seen.setdefault(name, found.line) != found.line:
            self._fault(found.line, "indicator-twice", "indicator", name=name, first=self.seen[name])
        if not any(key in found for key in _MEASURED) or {"item", "figure"} <= set(found):
            self._fault(found.line, "one-source", "indicator", name=name, names=_MEASURED)
        item, figure, declared = (
            self._known(found, key, names)
            for key, names in zip(_MEASURED, (self.items, FIGURES, self.columns), strict=True)
        )
        weight = self._at_least_zero(found, "weight", 0.0)
        falling = found.get("less_is_better") is True
        at = self._profile(found, name, falling) if weight > 0 else {}
        q, p = self._at_least_zero(found, "indifference", 0.0), self._at_least_zero(found, "preference", 0.0)
        veto = self._at_least_zero(found, "veto", 0.0) if "veto" in found else None
        if "preference" not in found:
            p = max(p, q)
        if q > p or (veto is not None and veto <= p):
            self._fault(found.line, "thresholds", "indicator", name=name)
        return Indicator(
            name, dimension, page.label(found, "name", self.items[item].label if item else None),
            page.text(found, "unit", ""), weight, item, figure, page.positive(found, "years", 1), declared, at,
            q, p, veto, falling, page.number(found, "cap") if "cap" in found else None, found.line,
        )  # fmt: skip

    def _known(self, found: Marked, key: str, names: Iterable[str]) -> str:
        if key not in found:
            return ""
        value, names = self.page.text(found, key), tuple(names)
        if value and value not in names:
            near = difflib.get_close_matches(value, names, n=3) or names
            self._fault(found.at(key), f"unknown-{key}", key, name=value, names=near)
            return ""
        return value

    def _profile(self, found: Marked, name: str, falling: bool) -> dict[str, float]:
        """The least of each tier but the worst; a higher tier asks no less."""
        page = self.page
        at = page.mapping(found.get("at"), found.at("at"), "at") or Marked()
        wanted = self.tiers[1:]
        page.only(at, wanted)
        values = {tier: self._finite(at, tier) for tier in wanted}
        sign = -1 if falling else 1
        for lower, upper in pairwise(wanted):
            if sign * values[upper] < sign * values[lower]:
                low, high = (self.labels.get("platform_tier", {}).get(t, Label(t)) for t in (lower, upper))
                self._fault(
                    at.at(upper), "profiles-cross", name, name=name, lower=low, upper=high,
                    least=values[lower], more=values[upper],
                )  # fmt: skip
        return values

    # what stands at the head of the file

    def _stands(self, found: Marked) -> dict[str, str]:
        table = self._table(found, "stands_for")
        self.page.only(table, self.codes.get("platform_tier", tuple(table)))
        return {tier: self.page.one_of(table, tier, self.tiers) for tier in table}

    def _doubt(self, found: Marked, level: float) -> Doubt:
        page, table = self.page, self._table(found, "doubt")
        page.only(table, ("concentration", "level", "thresholds"))
        spread = page.interval(table, "level") if "level" in table else (level, level)
        if not 0.5 <= spread[0] <= spread[1] <= 1:
            self._fault(table.at("level"), "level-range", "level", name="level", value=list(spread), least=0.5)
        concentration = self._at_least_zero(table, "concentration", 0.0) or None
        return Doubt(concentration, spread, self._at_least_zero(table, "thresholds", 0.0))

    def _caps(self, found: Marked) -> dict[str, str]:
        table = self._table(found, "caps")
        self.page.only(table, (NO_EVIDENCE, *vocabularies()["evidence_grade"]))
        return {grade: self.page.one_of(table, grade, self.tiers[1:]) for grade in table}

    def _smes(self, found: Marked) -> Smes:
        table = self._table(found, "sme")
        self.page.only(table, ("kinds", "titles"))
        return Smes(self._codes(table, "kinds", "organisation_kind"), self._codes(table, "titles", "title_kind"))

    def _gates(self, found: Marked) -> dict[str, tuple[str, ...]]:
        table = self._table(found, "gates")
        self.page.only(table, self.tiers)
        gates = {}
        for tier in table:
            known = _criteria(self.scheme, tier)
            gates[tier] = self.page.texts(table, tier, required=False)
            for name in gates[tier]:
                if name not in known:
                    near = difflib.get_close_matches(name, known, n=3) or known
                    self._fault(table.at(tier), "unknown-gate", tier, name=name, tier=tier, names=near)
        return gates

    def _tie_break(self, found: Marked) -> TieBreak:
        page, table = self.page, self._table(found, "tie_break")
        page.only(table, ("mark", "directions", "source", "grade", "short_times"))
        mark = page.text(table, "mark", "")
        if mark and not any(mark in _criteria(self.scheme, tier) for tier in self.tiers):
            self._fault(table.at("mark"), "unknown-gate", "mark", name=mark, tier="", names=())
        directions = self._codes(table, "directions", "direction")
        times = self._at_least_zero(table, "short_times", math.inf)
        cited = [page.text(table, key, None if directions else "") for key in ("source", "grade")]
        return TieBreak(mark, directions, cited[0], cited[1], times)

    # pieces

    def _table(self, found: Marked, key: str) -> Marked:
        if found.get(key) is None:
            empty = Marked()
            empty.line, empty.lines = found.line, {}
            return empty
        return self.page.mapping(found[key], found.at(key), key) or Marked()

    def _codes(self, found: Marked, key: str, vocabulary: str) -> tuple[str, ...]:
        known = self.codes.get(vocabulary)
        values = []
        for value, line in self.page.entries(found, key, required=False):
            if value is None or (known is not None and str(value) not in known):
                near = difflib.get_close_matches(str(value or ""), list(known or ()), n=3)
                self._fault(line, "unknown-code", key, value=str(value or ""), vocabulary=vocabulary, names=near)
            else:
                values.append(str(value))
        return tuple(dict.fromkeys(values))

    def _finite(self, found: Marked, key: str, default: float | None = None) -> float:
        value = float(self.page.number(found, key, default))
        if not math.isfinite(value) and key in found:
            self._fault(found.at(key), "not-finite", key, name=key)
            return 0.0
        return value

    def _at_least_zero(self, found: Marked, key: str, default: float) -> float:
        value = self._finite(found, key, default)
        if value < 0:
            self._fault(found.at(key), "negative", key, name=key, value=value)
            return 0.0
        return value

    def _share(self, found: Marked, key: str, least: float) -> float:
        value = self._finite(found, key)
        if not least <= value <= 1 and key in found:
            self._fault(found.at(key), "level-range", key, name=key, value=value, least=least)
        return value

    def _sum(self, found: Marked, key: str, parts: list[float]) -> float:
        said = self._at_least_zero(found, key, 0.0)
        if key not in found:
            self.page.fault(found.line, "missing-key", key=key, name=key)
        elif abs(said - sum(parts)) > _ROUNDING * max(1.0, said):
            self._fault(found.at(key), "weights-sum", key, said=said, sum=round(sum(parts), 9))
        elif said <= 0:
            self._fault(found.at(key), "no-weight", key)
        return said

    def _once(self, found: Marked, key: str, names: list[str]) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._fault(found.at(key), "dimension-twice", key, name=name)

    def _fault(self, line: int, code: str, key: str, **args: Any) -> None:
        self.page.fault(line, f"pilots_evaluation.{code}", key=key, **args)


def _items(scheme: Scheme) -> dict[str, Item]:
    """Items of the scheme's scores that are measured, by path."""
    return {
        item.path: item
        for version in scheme.versions
        for score in version.scores
        for part in score.parts
        for item in part.items
        if isinstance(item.scale, Bands | Linear)
    }


def _criteria(scheme: Scheme, tier: str) -> tuple[str, ...]:
    """Paths of the criteria of a tier, over all versions."""
    found = (c.path for version in scheme.versions for t, c, _ in version.criteria() if t.tier == tier)
    return tuple(dict.fromkeys(found))
