"""Reading scores: parts, items and the scales that give points."""

from __future__ import annotations

from itertools import pairwise

from tongtu.rules.expressions import Value
from tongtu.rules.model import Bands, BestOf, Bonus, Item, Linear, Ordinal, Part, Scale, Score
from tongtu.rules.reading.measures import Names
from tongtu.terms.marked import Marked, MarkedList
from tongtu.terms.why import Label

_SCALES = ("bands", "linear", "ordinal", "bonus", "deduct", "best_of")
_BESIDE = ("item", "name", "points", "from", "up_to", "otherwise", "boundary", "zero", "full")


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
    points = page.number(found, "points")
    if (points < 0) != (kinds[0] == "deduct"):
        page.fault(found.at("points"), "points-sign", key="points")
    scale = _scale(names, kinds[0], found, points, path)
    return None if scale is None else Item(path, page.label(found), points, scale, found.line)


def _scale(names: Names, kind: str, found: Marked, points: float, path: str) -> Scale | None:
    match kind:
        case "ordinal":
            return Ordinal(names.page.label(found, "ordinal"))
        case "bonus" | "deduct":
            node = names.truth(found, kind)
            return None if node is None else Bonus(node)
        case "best_of":
            return BestOf(_items(names, found, "best_of", path))
    of = names.value(found, kind)
    if of is None:
        return None
    return _linear(names, found, of) if kind == "linear" else _bands(names, found, of, points)


def _linear(names: Names, found: Marked, of: Value) -> Linear | None:
    page = names.page
    for key in ("zero", "full"):
        page.text(found, key)
    zero, full = (names.constant(found.get(k, 0), found.at(k), k, of.unit) for k in ("zero", "full"))
    if zero is None or full is None:
        return None
    if zero == full:
        page.fault(found.at("full"), "linear-flat", key="full")
    return Linear(of, zero, full)


def _bands(names: Names, found: Marked, of: Value, points: float) -> Bands | None:
    page = names.page
    falling = "up_to" in found
    key = "up_to" if falling else "from"
    cuts = []
    for pair, line in page.entries(found, key):
        if not isinstance(pair, MarkedList) or len(pair) != 2 or not isinstance(pair[1], int | float):
            page.fault(line, "bad-band", key=key)
            continue
        cut = names.constant(pair[0], line, key, of.unit)
        if cut is not None:
            cuts.append((cut, float(pair[1]), line))
    _check_bands(names, cuts, key, points)
    boundary = page.one_of(found, "boundary", ("higher_band", "lower_band"), "higher_band")
    pairs = tuple((cut, given) for cut, given, _ in cuts)
    return Bands(of, pairs, page.number(found, "otherwise", 0.0), falling, boundary == "higher_band")


def _check_bands(names: Names, cuts: list[tuple[float, float, int]], key: str, points: float) -> None:
    """Bands stand from best to worst: the cuts move one way and the points fall, or two bands overlap."""
    sign = -1 if key == "up_to" else 1
    for (cut, given, _), (next_cut, next_given, line) in pairwise(cuts):
        if sign * next_cut >= sign * cut or next_given >= given:
            names.page.fault(line, "bands-overlap", key=key)
    for _, given, line in cuts:
        if given > points:
            names.page.fault(line, "band-above-points", key=key, given=given, points=points)
