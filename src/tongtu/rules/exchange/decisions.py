"""Criteria, scores and tiers as decisions: the same program that `judging` runs, told as a graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tongtu.rules.exchange.drg import FLAG, NUMBER, TEXT, VERDICT, Column, Graph, Source, Table
from tongtu.rules.exchange.feel import Writer, both, number, text
from tongtu.rules.exchange.plain import Speaker
from tongtu.rules.exchange.scales import Scales
from tongtu.rules.model import (
    Check,
    Citation,
    Criterion,
    Group,
    Holds,
    Manual,
    Purpose,
    Scheme,
    Tier,
    Total,
    Version,
    Window,
)
from tongtu.rules.rubric import Score
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES


def graph_of(scheme: Scheme, version: Version, purpose: Purpose) -> Graph:
    """Every tier's verdict with all it rests on, for one purpose."""
    return _Builder(scheme, version, purpose).build()


@dataclass(slots=True)
class _Builder:
    scheme: Scheme
    version: Version
    purpose: Purpose
    graph: Graph = field(default_factory=Graph)
    _seen: dict[str, Criterion] = field(default_factory=dict)

    def build(self) -> Graph:
        applies = self._applies()
        for score in self.version.scores:
            Scales(self.graph, self.scheme.currency).score(score)
            self._grades(score)
        for tier in self.version.tiers:
            root = self._criterion(tier, tier.root, Window())
            self._verdict(tier, applies, None if root is None else self.graph.name(root))
        return self.graph

    def writer(self) -> Writer:
        return Writer(self.graph, self.scheme.currency)

    def _applies(self) -> str | None:
        if self.scheme.applies is None:
            return None
        writer = self.writer()
        logic = writer.truth(self.scheme.applies)
        return self.graph.decide("applies", FLAG, both("applies-name"), logic, writer.needs)

    def _verdict(self, tier: Tier, applies: str | None, root: str | None) -> None:
        needs = [name for name in (applies, root) if name]
        logic = '"not_applicable"'
        if root is not None:
            logic = f'if {root} = null then "unknown" else if {root} then "met" else "unmet"'
        if applies is not None:
            outside = f'if {applies} = null then "unknown" else if not({applies}) then "not_applicable" else'
            logic = f"{outside} {logic}"
        what = Why("exchange.is-verdict")
        self.graph.decide(f"verdict_{tier.tier}", VERDICT, tier.label, logic, needs, what=what)

    # criteria

    def _criterion(self, tier: Tier, criterion: Criterion, outer: Window) -> str | None:
        """The key of a criterion's decision; None where it is not examined for the purpose."""
        window = criterion.window(outer)
        parts = {part.path: self._criterion(tier, part, window) for part in criterion.parts()}
        if self.purpose in criterion.skip_if:
            self.graph.note("exchange.note-skipped", path=criterion.path, name=criterion.label)
            return None
        key = self._key(tier, criterion)
        yearly = []
        for back in window.years:
            one = _at(key, window, back)
            below = {path: _below(under, parts[path], window, back) for path, under in _parts(criterion)}
            name = self._yearly(one, criterion, back, below)
            if name is not None:
                yearly.append(name)
        if not yearly:
            return None
        if len(window.years) > 1:
            self._decide(key, criterion, (" and " if window.each else " or ").join(yearly), yearly)
        return key

    def _key(self, tier: Tier, criterion: Criterion) -> str:
        """Criteria that several tiers share are one decision; others of the same path are told apart by tier."""
        path = f"c_{criterion.path}" if criterion is not tier.root else f"tier_{tier.tier}"
        if self._seen.setdefault(path, criterion) == criterion:
            return path
        return f"tier:c_{tier.tier}_{criterion.path}"

    def _yearly(self, key: str, criterion: Criterion, back: int, below: dict[str, str | None]) -> str | None:
        """A criterion in one year, its waiver taken into account."""
        names = {path: None if part is None else self.graph.name(part) for path, part in below.items()}
        writer = self.writer()
        logic = self._body(criterion, back, writer, names)
        if logic is None:
            return None
        waiver = names[criterion.waiver.path] if criterion.waiver is not None else None
        if waiver is None:
            return self._decide(key, criterion, logic, writer.needs)
        own = self._decide(f"own:{key.rpartition(':')[2]}_own", criterion, logic, writer.needs)
        return self._decide(key, criterion, f"{own} or {waiver}", [own, waiver])

    def _body(self, criterion: Criterion, back: int, writer: Writer, names: dict[str, str | None]) -> str | None:
        match criterion.body:
            case Check(node):
                return writer.truth(node, back)
            case Holds() as title:
                return writer.use(self._title(title, criterion))
            case Manual(evidence):
                self.graph.note("exchange.note-manual", path=criterion.path, name=criterion.label)
                what = Why("exchange.is-finding", {"evidence": evidence})
                return writer.use(self.graph.input(f"finding_{criterion.path}", FLAG, criterion.label, what))
            case Total(score, of, least):
                points = writer.use(self.graph.name(f"part:score_{score}_{of}" if of else f"score_{score}"))
                reach = number(least)
                return f"if {points}.low >= {reach} then true else if {points}.high < {reach} then false else null"
            case Group(below, least, negated):
                found = [name for p in below if p.role == "counts" and (name := names[p.path]) is not None]
                return _combined([writer.use(name) for name in found], least, negated) if found else None

    def _title(self, title: Holds, criterion: Criterion) -> str:
        args = {"kinds": title.kinds, "levels": title.levels}
        self.graph.note("exchange.note-title", kinds=title.kinds)
        what = Why("exchange.is-title-level" if title.levels else "exchange.is-title", args)
        return self.graph.input(title.column.replace("|", "_or_").replace("@", "_at_"), FLAG, criterion.label, what)

    def _decide(self, key: str, criterion: Criterion, logic: str, needs: Sequence[str]) -> str:
        what = Why("exchange.is-criterion", {"path": criterion.path, "by": criterion.cite.label()})
        source = self._source(criterion.cite)
        asks = Label(*(speaker.criterion(criterion) for speaker in self._speakers()))
        return self.graph.decide(key, FLAG, criterion.label, logic, needs, what=what, asks=asks, source=source)

    def _speakers(self) -> list[Speaker]:
        return [Speaker(lang, self.scheme.currency, self.version.scores) for lang in LANGUAGES]

    def _source(self, cite: Citation) -> str:
        text_ = " ".join(part for part in (cite.document, cite.article) if part)
        name = f"source_{len(self.graph.sources) + 1}"
        for known, source in self.graph.sources.items():
            if (source.label, source.grade) == (text_, cite.grade):
                return known
        address = next((s for s in cite.sources if s.startswith(("http://", "https://"))), "")
        self.graph.sources[name] = Source(name, text_, cite.grade, address)
        return name

    def _grades(self, score: Score) -> None:
        """The best and the worst grade that a total can still have."""
        if not score.grades:
            return
        tests = [f">= {number(least)}" for least, _ in score.grades]
        for i in range(1, len(tests)):
            tests[i] = f"[{number(score.grades[i][0])}..{number(score.grades[i - 1][0])})"
        rules = tuple(((test,), (text(name.zh),)) for test, (_, name) in zip(tests, score.grades, strict=True))
        points = self.graph.name(f"score_{score.score}")
        for end in ("low", "high"):
            logic = Table((Column(f"{points}.{end}", NUMBER),), (("grade", TEXT),), rules)
            what = Why(f"exchange.is-grade-{end}")
            self.graph.decide(f"grade_{score.score}_{end}", TEXT, score.label, logic, [points], what=what)


def _parts(criterion: Criterion) -> Iterator[tuple[str, Criterion]]:
    return ((part.path, part) for part in criterion.parts())


def _at(key: str, window: Window, back: int) -> str:
    """The decision of one year of several."""
    return key if len(window.years) == 1 else f"year:{key.rpartition(':')[2]}_y{back}"


def _below(part: Criterion, key: str | None, window: Window, back: int) -> str | None:
    """A part's decision in a year; one with years of its own has the same in all."""
    return key if key is None or part.years else _at(key, window, back)


def _combined(names: list[str], least: int | None, negated: bool) -> str:
    """`all`, `any`, `none` by FEEL's own three-valued words; so many of several by counting."""
    if least is None:
        return " and ".join(names)
    if least == 1:
        return f"not({' or '.join(names)})" if negated else " or ".join(names)
    listed = f"[{', '.join(names)}]"
    met, lost = f"count({listed}[item = true])", f"count({listed}[item = false])"
    return f"if {met} >= {least} then true else if {len(names)} - {lost} < {least} then false else null"
