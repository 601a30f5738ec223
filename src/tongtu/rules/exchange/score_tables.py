"""Scores as tables: a row for each item, its points, and the bands or line that give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tongtu.rules.exchange.markup import Markup, row, table, tag
from tongtu.rules.exchange.plain import Speaker, plain_number
from tongtu.rules.rubric import Bands, BestOf, Bonus, Item, Linear, Ordinal, Part, Score


def score_table(score: Score, speaker: Speaker) -> Markup:
    """Parts with their caps, items below them, the total and its grades last."""
    head = [speaker.word(f"col-{name}") for name in ("item", "points", "scale")]
    rows = [line for part in score.parts for line in _part(part, speaker)]
    total = speaker.word("total", points=plain_number(score.points))
    rows.append(row(tag("td", tag("b", total), colspan=3), class_="group"))
    if score.grades:
        rows.append(row(tag("td", grades(score, speaker), colspan=3)))
    return table(head, rows, class_="scores")


def grades(score: Score, speaker: Speaker) -> str:
    """The names of the ranges of a total, best first."""
    said = [speaker.word("graded", name=speaker.label(name), n=plain_number(least)) for least, name in score.grades]
    return speaker.word("grades", grades=speaker.listed(said, "semicolon"))


def _part(part: Part, speaker: Speaker) -> Iterator[Markup]:
    cap = speaker.word("capped", points=plain_number(part.points))
    yield row(tag("td", tag("b", speaker.label(part.label)), colspan=2), tag("td", cap, class_="soft"), class_="group")
    for item in part.items:
        yield from _item(item, speaker, 1)


def _item(item: Item, speaker: Speaker, depth: int) -> Iterator[Markup]:
    yield row(
        tag("td", speaker.label(item.label), " ", tag("code", item.path), class_=f"d{depth}"),
        tag("td", plain_number(item.points), class_="n"),
        tag("td", scale(item, speaker)),
    )
    if isinstance(item.scale, BestOf):
        for alternative in item.scale.items:
            yield from _item(alternative, speaker, depth + 1)


def scale(item: Item, speaker: Speaker) -> Markup:
    """How an item's points come about."""
    match item.scale:
        case Bands() as bands:
            return _pairs(speaker.value(bands.of), ranges(bands, speaker))
        case Linear() as linear:
            return tag("span", _line(linear, speaker))
        case Bonus(node, points):
            name = "deducted" if item.points < 0 else "added"
            return tag(
                "span", speaker.word(name, points=speaker.points(points, unsigned=True), what=speaker.truth(node))
            )
        case Ordinal(evidence, levels=levels):
            said = speaker.word("ordinal", evidence=speaker.label(evidence))
            return _pairs(said, [(speaker.label(level.label), speaker.points(level.points)) for level in levels])
        case BestOf():
            return tag("span", speaker.word("best-of"))
    raise TypeError(type(item.scale).__name__)


def _line(linear: Linear, speaker: Speaker) -> str:
    args = {
        "of": speaker.value(linear.of),
        "zero": speaker.figure(linear.zero, linear.of.unit),
        "full": speaker.figure(linear.full, linear.of.unit),
        "start": speaker.points(linear.start),
        "points": speaker.points(linear.points),
    }
    return speaker.word("linear", **args)


def _pairs(said: str, pairs: Iterable[tuple[str, str]]) -> Markup:
    """What is looked at, and below it a line for each answer and its points."""
    lines = [tag("tr", tag("td", answer), tag("td", points, class_="n")) for answer, points in pairs]
    return tag("div", said, tag("table", tag("tbody", lines), class_="bands") if lines else None)


def ranges(bands: Bands, speaker: Speaker) -> Iterator[tuple[str, str]]:
    """(range, points) of every band in words; a cut belongs to the band that the rule gives it to."""
    side = "up-to" if bands.falling else "from"
    for cut in bands.cuts:
        name = f"band-{side}-{'open' if cut.strict else 'closed'}"
        yield speaker.word(name, cut=speaker.figure(cut.at, bands.of.unit)), speaker.points(cut.points)
    yield speaker.word("band-rest"), speaker.points(bands.otherwise)
