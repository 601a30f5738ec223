"""Reading scores: parts, items and the scales that give points."""

from __future__ import annotations

from itertools import pairwise

from tongtu.rules.expressions import Value
from tongtu.rules.reading.measures import Names
from tongtu.rules.rubric import Bands, BestOf, Bonus, Cut, Interval, Item, Level, Linear, Ordinal, Part, Scale, Score
from tongtu.terms.marked import Marked, MarkedList
from tongtu.terms.why import Label

_SCALES = ("bands", "linear", "ordinal", "bonus", "deduct", "best_of")
_BESIDE = (
    "item",
    "name",
    "points",
    "cuts",
    "from",
    "up_to",
    "otherwise",
    "boundary",
    "zero",
    "at_zero",
    "full",
    "levels",
)
#: How one cut of `cuts` may be written: (counted from above, the value itself left out).
_CUTS = {"from": (False, False), "above": (False, True), "up_to": (True, False), "below": (True, True)}


def read_score(names: Names, found: Marked) -> Score:
    page = names.page
    page.only(found, ("score", "name", "parts", "grades"))
    parts = tuple(_part(names, entry) for entry in page.mappings(found, "parts"))
    return Score(page.text(found, "score"), page.label(found), parts, _grades(names, found))


def _grades(names: Names, found: Marked) -> tuple[tuple[float, Label], ...]:
    page = names.page
    grades = []
    for entry in page.mappings(found, "grades", required=False):
        page.only(entry, ("from", "name"))
        grades.append((page.number(entry, "from"), page.label(entry)))
    if any(high[0] <= low[0] for high, low in pairwise(grades)):
        page.fault(found.at("grades"), "bands-overlap", key="grades")
    return tuple(grades)


def _part(names: Names, found: Marked) -> Part:
    page = names.page
    page.only(found, ("part", "name", "points", "items"))
    name, before = page.text(found, "part"), len(page.faults)
    items = _items(names, found, "items", name)
    whole = len(page.faults) == before
    points = page.number(found, "points")
    reachable = sum(max(item.points, 0) for item in items)
    if whole and points > reachable:
        page.fault(found.at("points"), "never-met", key="points", what=f"{points:g} > {reachable:g}")
    return Part(name, page.label(found), points, items)


def _items(names: Names, found: Marked, key: str, path: str) -> tuple[Item, ...]:
    read = [_item(names, entry, path) for entry in names.page.mappings(found, key)]
    items = [item for item in read if item is not None]
    seen: dict[str, int] = {}
    for item in items:
        if item.path in seen:
            names.page.fault(item.line, "id-twice", key="item", value=item.path, first=seen[item.path])
        seen.setdefault(item.path, item.line)
    return tuple(items)


def _item(names: Names, found: Marked, path: str) -> Item | None:
    page = names.page
    page.only(found, (*_SCALES, *_BESIDE))
    kinds = [key for key in _SCALES if key in found]
    if len(kinds) != 1:
        page.fault(found.line, "one-scale", names=_SCALES)
        return None
    path = f"{path}.{page.text(found, 'item')}"
    points = page.interval(found, "points")
    if (points[0] < 0) != (kinds[0] == "deduct") or points[0] < 0 < points[1]:
        page.fault(found.at("points"), "points-sign", key="points")
    scale = _scale(names, kinds[0], found, points, path)
    most = points[0] if kinds[0] == "deduct" else points[1]
    return None if scale is None else Item(path, page.label(found), most, scale, found.line)


def _scale(names: Names, kind: str, found: Marked, points: Interval, path: str) -> Scale | None:
    match kind:
        case "ordinal":
            return _ordinal(names, found, points[1])
        case "bonus" | "deduct":
            node = names.truth(found, kind)
            return None if node is None else Bonus(node, points)
        case "best_of":
            return BestOf(_items(names, found, "best_of", path))
    of = names.value(found, kind)
    if of is None:
        return None
    return _linear(names, found, of, points) if kind == "linear" else _bands(names, found, of, points[1])


def _ordinal(names: Names, found: Marked, most: float) -> Ordinal:
    """What a reviewer may answer; without levels, any number of points."""
    page, levels, lines = names.page, [], dict[str, int]()
    for entry in page.mappings(found, "levels", required=False):
        page.only(entry, ("id", "name", "points"))
        name, points = page.text(entry, "id"), page.interval(entry, "points")
        if name in lines:
            page.fault(entry.at("id"), "id-twice", key="id", value=name, first=lines[name])
        lines.setdefault(name, entry.line)
        _check_most(names, entry.at("points"), points, most)
        levels.append(Level(name, page.label(entry), points))
    ends = min((v.points[0] for v in levels), default=0.0), max((v.points[1] for v in levels), default=most)
    return Ordinal(page.label(found, "ordinal"), ends, tuple(levels))


def _linear(names: Names, found: Marked, of: Value, points: Interval) -> Linear | None:
    page = names.page
    for key in ("zero", "full"):
        page.text(found, key)
    zero, full = (names.constant(found.get(k, 0), found.at(k), k, of.unit) for k in ("zero", "full"))
    if zero is None or full is None:
        return None
    if zero == full:
        page.fault(found.at("full"), "linear-flat", key="full")
    start = page.interval(found, "at_zero", 0.0)
    if "at_zero" in found:
        _check_most(names, found.at("at_zero"), start, points[1])
    return Linear(of, zero, full, points, start)


def _bands(names: Names, found: Marked, of: Value, most: float) -> Bands | None:
    page = names.page
    inclusive = page.one_of(found, "boundary", ("higher_band", "lower_band"), "higher_band") == "higher_band"
    read = _listed_cuts(names, found, of.unit) if "cuts" in found else _paired_cuts(names, found, of.unit)
    cuts = [(Cut(at, points, strict or not inclusive), falling, line) for at, points, strict, falling, line in read]
    falling = any(down for _, down, _ in cuts)
    otherwise = page.interval(found, "otherwise", 0.0)
    for (cut, down, _), (after, next_down, line) in pairwise(cuts):
        if down != next_down or _overlap(cut, after, falling):
            page.fault(line, "bands-overlap", key="cuts" if "cuts" in found else "up_to" if falling else "from")
    for cut, _, line in cuts:
        _check_most(names, line, cut.points, most)
    return Bands(of, tuple(cut for cut, _, _ in cuts), otherwise, falling)


_Read = tuple[float, Interval, bool, bool, int]


def _paired_cuts(names: Names, found: Marked, unit: str) -> list[_Read]:
    """`from: [[5%, 20], [3%, 15]]`, or `up_to` on a falling scale."""
    page, key, read = names.page, "up_to" if "up_to" in found else "from", list[_Read]()
    for pair, line in page.entries(found, key):
        if not isinstance(pair, MarkedList) or len(pair) != 2:
            page.fault(line, "bad-band", key=key)
            continue
        at, points = names.constant(pair[0], line, key, unit), page.ends(pair[1], line, key)
        if at is not None and points is not None:
            read.append((at, points, False, key == "up_to", line))
    return read


def _listed_cuts(names: Names, found: Marked, unit: str) -> list[_Read]:
    """`cuts: [{from: 35%, points: [9, 10]}, {above: 0, points: [1, 2]}]`."""
    page, read = names.page, list[_Read]()
    for entry in page.mappings(found, "cuts"):
        page.only(entry, (*_CUTS, "points"))
        keys = [key for key in _CUTS if key in entry]
        if len(keys) != 1:
            page.fault(entry.line, "bad-band", key="cuts")
            continue
        falling, strict = _CUTS[keys[0]]
        at, points = names.constant(entry[keys[0]], entry.at(keys[0]), keys[0], unit), page.interval(entry, "points")
        if at is not None:
            read.append((at, points, strict, falling, entry.line))
    return read


def _overlap(cut: Cut, after: Cut, falling: bool) -> bool:
    """Bands stand from best to worst: the cuts move one way and the points fall, or two bands overlap."""
    moves = after.at > cut.at if falling else after.at < cut.at
    stays = after.at == cut.at and cut.strict and not after.strict
    falls = after.points[0] <= cut.points[0] and after.points[1] <= cut.points[1] and after.points != cut.points
    return not (moves or stays) or not falls


def _check_most(names: Names, line: int, given: Interval, most: float) -> None:
    if given[1] > most:
        names.page.fault(line, "band-above-points", key="points", given=given[1], points=most)
