"""Scores as decision tables: an item's points by the band its figure falls in, intervals throughout."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.rules import units
from tongtu.rules.exchange.drg import FLAG, NUMBER, POINTS, Column, Graph, Table
from tongtu.rules.exchange.feel import Writer, number
from tongtu.rules.expressions import Name, Value
from tongtu.rules.rubric import Bands, BestOf, Bonus, Interval, Item, Linear, Ordinal, Score
from tongtu.terms.why import Label, Why

_ENDS = (("low", NUMBER), ("high", NUMBER))
#: a test of the figure, and the lowest and highest points where it fits
Rule = tuple[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scales:
    """Adds a score to a graph: a decision for each item, part and the total."""

    graph: Graph
    currency: str

    def score(self, score: Score) -> str:
        parts = []
        for part in score.parts:
            items = [self.item(score.score, item) for item in part.items]
            parts.append(self._sum(f"part:score_{score.score}_{part.part}", part.label, items, part.points))
        return self._sum(f"score_{score.score}", score.label, parts)

    def _sum(self, key: str, label: Label, names: list[str], cap: float | None = None) -> str:
        def end(side: str) -> str:
            total = " + ".join(f"{name}.{side}" for name in names)
            return total if cap is None else f"min({total}, {number(cap)})"

        return self.graph.decide(key, POINTS, label, f"{{low: {end('low')}, high: {end('high')}}}", names)

    def item(self, score: str, item: Item) -> str:
        """An item's points; where the rule leaves a range to a person, a reviewer's mark narrows it."""
        key = f"item_{score}_{item.path}"
        match item.scale:
            case BestOf(items):
                return self._best(key, item, [self.item(score, alternative) for alternative in items])
            case Ordinal(evidence, ends):
                return self._marked(key, item, evidence, _interval(ends), [])
        if not item.scale.open:
            return self._ranged(key, item)
        found = self._ranged(f"{key}_range", item)
        return self._marked(key, item, item.label, (f"{found}.low", f"{found}.high"), [found])

    def _ranged(self, key: str, item: Item) -> str:
        """The points the facts bring, as a table."""
        match item.scale:
            case Bands() as bands:
                return self._table(key, item, self._figure(key, bands.of, item.label), self._band_rules(bands))
            case Linear() as linear:
                figure = self._figure(key, linear.of, item.label)
                return self._table(key, item, figure, self._line_rules(linear, figure))
            case Bonus() as bonus:
                return self._bonus(key, item, bonus)
        raise TypeError(type(item.scale).__name__)

    def _band_rules(self, bands: Bands) -> list[Rule]:
        """Bands from the best down, each ending where a better one begins; the rest; and what is unknown."""
        rules: list[Rule] = []
        before = None
        for cut in bands.cuts:
            at = self._cut(cut.at, bands.of)
            if before is None:
                test = f"{_beyond(bands.falling, cut.strict)} {at}"
            else:
                better, strict = before
                near, far = ("(" if cut.strict else "["), ("]" if strict else ")")
                test = f"{near}{at}..{better}{far}"
                if bands.falling:
                    test = f"{'[' if strict else '('}{better}..{at}{')' if cut.strict else ']'}"
            rules.append((test, _interval(cut.points)))
            before = at, cut.strict
        if before is not None:
            at, strict = before
            rules.append((f"{_beyond(not bands.falling, not strict)} {at}", _interval(bands.otherwise)))
        return [*rules, ("null", _interval(bands.ends))]

    def _line_rules(self, linear: Linear, figure: str) -> list[Rule]:
        """Flat, sloping, flat; the slope is written out, so that it can be read in the table."""
        zero, full = (self._cut(value, linear.of) for value in (linear.zero, linear.full))
        falling = linear.full < linear.zero
        inside = f"({full}..{zero})" if falling else f"({zero}..{full})"

        def slope(start: float, points: float) -> str:
            rise = number(points - start)
            return f"{number(start)} + {rise} * ({figure} - {zero}) / ({full} - {zero})"

        sloping = [slope(start, points) for start, points in zip(linear.start, linear.points, strict=True)]
        return [
            (f"{_beyond(falling, False)} {full}", _interval(linear.points)),
            (inside, (sloping[0], sloping[1])),
            (f"{_beyond(not falling, False)} {zero}", _interval(linear.start)),
            ("null", _interval(linear.ends)),
        ]

    def _cut(self, value: float, of: Value) -> str:
        return Writer(self.graph, self.currency).figure(value, of.unit)

    def _figure(self, key: str, of: Value, label: Label) -> str:
        """The name of the figure an item is measured by; money must be in the scheme's currency."""
        writer = Writer(self.graph, self.currency)
        if isinstance(of, Name) and not writer.abroad(of, 1, of.unit == units.MONEY):
            return writer.value(of)
        logic = writer.amount(of)
        return self.graph.decide(f"{key}_figure", NUMBER, label, logic, writer.needs)

    def _table(self, key: str, item: Item, figure: str, rules: list[Rule], type_: str = NUMBER) -> str:
        logic = Table((Column(figure, type_),), _ENDS, tuple(((test,), ends) for test, ends in rules))
        return self.graph.decide(key, POINTS, item.label, logic, [figure], what=Why("exchange.is-points"))

    def _bonus(self, key: str, item: Item, bonus: Bonus) -> str:
        writer = Writer(self.graph, self.currency)
        logic = writer.truth(bonus.node)
        met = self.graph.decide(f"{key}_holds", FLAG, item.label, logic, writer.needs)
        rules = [("true", _interval(bonus.points)), ("false", ("0", "0")), ("null", _interval(bonus.ends))]
        return self._table(key, item, met, rules, FLAG)

    def _marked(self, key: str, item: Item, evidence: Label, ends: tuple[str, str], needs: list[str]) -> str:
        """A reviewer's mark within what the rule allows; all it allows until it is given."""
        self.graph.note("exchange.note-mark", path=item.path, name=item.label)
        least, most = ends
        marks = []
        for side in ("low", "high"):
            what = Why(f"exchange.is-mark-{side}", {"evidence": evidence})
            marks.append(self.graph.input(f"mark_{item.path}_{side}", NUMBER, item.label, what))
        low, high = (
            f"if {mark} = null then {unset} else max({least}, min({mark}, {most}))"
            for mark, unset in zip(marks, ends, strict=True)
        )
        return self.graph.decide(key, POINTS, item.label, f"{{low: {low}, high: {high}}}", [*needs, *marks])

    def _best(self, key: str, item: Item, names: list[str]) -> str:
        def end(side: str) -> str:
            best = f"max({', '.join(f'{name}.{side}' for name in names)})"
            return f"min({best}, {number(item.points)})"

        return self.graph.decide(key, POINTS, item.label, f"{{low: {end('low')}, high: {end('high')}}}", names)


def _beyond(falling: bool, strict: bool) -> str:
    return ("<" if falling else ">") + ("" if strict else "=")


def _interval(points: Interval) -> tuple[str, str]:
    return number(points[0]), number(points[1])
