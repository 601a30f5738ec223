"""Models as JSON: written so that people can read and compare them, read with every fault named."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from itertools import pairwise
from typing import Any

import orjson

from tongtu.match.learning.calibration import Calibration
from tongtu.match.learning.linear import Linear
from tongtu.match.learning.model import Figure, Model
from tongtu.match.learning.trees import Tree, Trees
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

FORMAT = 1
_KINDS = ("linear", "trees")
_TREE = {"signal": int, "limit": float, "left": int, "right": int, "share": float, "value": float}


def write(model: Model) -> str:
    """One key a line, numbers as short as they can be."""
    form = model.form
    body = asdict(form) if isinstance(form, Linear) else {**asdict(form), "trees": [asdict(t) for t in form.trees]}
    document = {
        "format": FORMAT,
        "name": model.name,
        "version": model.version,
        "made_on": model.made_on.isoformat(),
        "grade": model.grade,
        "source": json.loads(model.source.to_json()),
        "judgments": model.judgments,
        "questions": model.questions,
        "crowding": model.crowding,
        "answers": model.answers,
        "kind": model.kind,
        "form": body,
        "calibration": {name: column for name, column in asdict(model.calibration).items() if column},
        "measured": {name: [f.value, f.low, f.high] for name, f in model.measured.items()},
    }
    return "{\n" + ",\n".join(f"  {_dump(key)}: {_dump(value)}" for key, value in document.items()) + "\n}\n"


def read(text: str | bytes, file: str = "") -> Model:
    """The model written by `write`. Raises DataRefused with every fault, the path of the entry as its column."""
    page = _Page(file)
    try:
        top = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        page.fault("json-syntax", "", row=error.lineno)
        raise DataRefused(page.faults) from error
    if not isinstance(top, dict):
        page.fault("json-type", "", wanted=Why("match_learning.type-object"))
        raise DataRefused(page.faults)
    if page.take(top, "format", int) not in (None, FORMAT):
        page.fault("json-format", "format", format=top["format"], known=FORMAT)
        raise DataRefused(page.faults)
    model = _model(page, top)
    if model is None or page.faults:
        raise DataRefused(page.faults)
    return model


def _model(page: _Page, top: dict[str, Any]) -> Model | None:
    words = {name: page.take(top, name, str) for name in ("name", "version", "grade")}
    made_on, source = _day(page, top), _source(page, top)
    counts = {name: page.take(top, name, int) for name in ("judgments", "questions", "answers")}
    crowding = page.take(top, "crowding", float)
    if counts["answers"] is not None and counts["answers"] < 1:
        page.fault("json-range", "answers", low=1, high=10**9)
    form, calibration, measured = _form(page, top), _calibration(page, top), _measured(page, top)
    if page.faults or form is None or made_on is None or source is None or calibration is None:
        return None
    return Model(**words, **counts, made_on=made_on, source=source, form=form, calibration=calibration,
                 measured=measured, crowding=float(crowding))  # fmt: skip


class _Page:
    """What was found wrong so far, and the one way to take an entry."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, code: str, path: str, row: int | None = None, **args: object) -> None:
        args = {"path": path, **args}
        what, repair = (Why(f"match_learning.{name}", args) for name in (code, f"{code}-repair"))
        self.faults.append(Fault(what, repair, file=self.file, row=row, column=path))

    def take(self, holder: Mapping[str, Any], key: str, kind: type, path: str = "") -> Any:
        """The entry where it is of this kind (a whole number is a number too); None, and a fault, where not."""
        path = f"{path}.{key}" if path else key
        if key not in holder:
            self.fault("json-missing", path)
            return None
        return holder[key] if self.typed(holder[key], kind, path) else None

    def typed(self, value: object, kind: type, path: str) -> bool:
        good = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
        if good and isinstance(value, float) and not math.isfinite(value):
            good = False
        if not good:
            self.fault("json-type", path, wanted=_WANTED[kind])
        return good

    def each(self, entries: Mapping[str, object], kind: type) -> bool:
        """Whether all entries, by path, are of this kind; those that are not have become faults."""
        return not [path for path, value in entries.items() if not self.typed(value, kind, path)]

    def numbers(self, holder: Mapping[str, Any], key: str, path: str, kind: type = float) -> list[Any] | None:
        found = self.take(holder, key, list, path)
        if found is None or not self.each({f"{path}.{key}[{i}]": v for i, v in enumerate(found)}, kind):
            return None
        return [kind(v) for v in found]

    def named(self, holder: Mapping[str, Any], key: str, path: str) -> dict[str, float] | None:
        found = self.take(holder, key, dict, path)
        if found is None or not self.each({f"{path}.{key}.{name}": v for name, v in found.items()}, float):
            return None
        return {name: float(v) for name, v in found.items()}


_WANTED = {
    str: Why("match_learning.type-text"),
    int: Why("match_learning.type-whole"),
    float: Why("match_learning.type-number"),
    list: Why("match_learning.type-list"),
    dict: Why("match_learning.type-object"),
}


def _day(page: _Page, top: Mapping[str, Any]) -> date | None:
    text = page.take(top, "made_on", str)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        page.fault("json-date", "made_on")
        return None


def _source(page: _Page, top: Mapping[str, Any]) -> Why | None:
    found = page.take(top, "source", dict)
    try:
        return None if found is None else Why.from_json(json.dumps(found))
    except (ValueError, TypeError, AttributeError):
        page.fault("json-type", "source", wanted=Why("match_learning.type-why"))
        return None


def _form(page: _Page, top: Mapping[str, Any]) -> Linear | Trees | None:
    kind, body = page.take(top, "kind", str), page.take(top, "form", dict)
    if kind is not None and kind not in _KINDS:
        page.fault("json-kind", "kind", kind=kind, kinds=_KINDS)
    if kind not in _KINDS or body is None:
        return None
    intercept = page.take(body, "intercept", float, "form")
    form = _linear(page, body) if kind == "linear" else _trees(page, body)
    if intercept is None or form is None:
        return None
    return Linear(float(intercept), *form) if kind == "linear" else Trees(float(intercept), *form)


def _linear(page: _Page, body: Mapping[str, Any]) -> tuple[Any, ...] | None:
    weights, means = page.named(body, "weights", "form"), page.named(body, "means", "form")
    if weights is None or means is None:
        return None
    if weights.keys() != means.keys():
        page.fault("json-signals", "form.means", names=sorted(weights.keys() ^ means.keys()))
        return None
    for name, mean in means.items():
        if not 0.0 <= mean <= 1.0:
            page.fault("json-range", f"form.means.{name}", low=0, high=1)
    start = None if body.get("start") is None else page.take(body, "start", float, "form")
    return weights, {name: means[name] for name in weights}, _spread(page, body, len(weights)), start


def _spread(page: _Page, body: Mapping[str, Any], signals: int) -> tuple[tuple[float, ...], ...]:
    """How signals vary together; a model that does not say lets none speak for another."""
    rows = body.get("spread", [])
    square = isinstance(rows, list) and len(rows) in (0, signals)
    numbers = square and all(isinstance(r, list) and len(r) == signals and _are_numbers(r) for r in rows)
    if not numbers:
        page.fault("json-square", "form.spread", n=signals)
        return ()
    return tuple(tuple(map(float, row)) for row in rows)


def _are_numbers(row: list[Any]) -> bool:
    return all(isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in row)


def _trees(page: _Page, body: Mapping[str, Any]) -> tuple[Any, ...] | None:
    signals, trees = page.take(body, "signals", list, "form"), page.take(body, "trees", list, "form")
    if signals is None or trees is None:
        return None
    if not page.each({f"form.signals[{i}]": s for i, s in enumerate(signals)}, str):
        return None
    found = [_tree(page, tree, f"form.trees[{i}]", len(signals)) for i, tree in enumerate(trees)]
    return (tuple(signals), tuple(t for t in found if t is not None)) if None not in found else None


def _tree(page: _Page, tree: object, path: str, signals: int) -> Tree | None:
    if not isinstance(tree, dict):
        page.fault("json-type", path, wanted=_WANTED[dict])
        return None
    columns = {name: page.numbers(tree, name, path, kind) for name, kind in _TREE.items()}
    found = {name: tuple(column) for name, column in columns.items() if column is not None}
    if len(found) < len(_TREE):
        return None
    if not _grows(found, signals):
        page.fault("json-tree", path)
        return None
    return Tree(**found)


def _grows(tree: Mapping[str, Sequence[Any]], signals: int) -> bool:
    """Whether every node but the first is the child of exactly one that stands before it."""
    nodes = len(tree["signal"])
    if not nodes or {len(column) for column in tree.values()} != {nodes}:
        return False
    splits = [n for n in range(nodes) if tree["signal"][n] >= 0]
    children = [child for n in splits for child in (tree["left"][n], tree["right"][n])]
    after = all(n < min(tree["left"][n], tree["right"][n]) for n in splits)
    within = all(-1 <= s < signals for s in tree["signal"]) and all(0.0 <= s <= 1.0 for s in tree["share"])
    return after and within and sorted(children) == list(range(1, nodes))


def _calibration(page: _Page, top: Mapping[str, Any]) -> Calibration | None:
    body = page.take(top, "calibration", dict)
    if body is None:
        return None
    z, p = page.numbers(body, "z", "calibration"), page.numbers(body, "p", "calibration")
    if z is None or p is None:
        return None
    rising = all(a < b for column in (z, p) for a, b in pairwise(column))
    if len(z) != len(p) or len(z) < 2 or not rising or not 0.0 <= p[0] < p[-1] <= 1.0:
        page.fault("json-curve", "calibration")
        return None
    ends = [page.numbers(body, name, "calibration") for name in ("low", "high") if name in body]
    if any(end is None or len(end) != len(z) for end in ends) or len(ends) == 1:
        page.fault("json-band", "calibration")
        return None
    return Calibration(tuple(z), tuple(p), *(tuple(end) for end in ends if end is not None))


def _measured(page: _Page, top: Mapping[str, Any]) -> dict[str, Figure]:
    found = {}
    for name, figure in (page.take(top, "measured", dict) or {}).items():
        path = f"measured.{name}"
        if not isinstance(figure, list) or len(figure) != 3:
            page.fault("json-type", path, wanted=Why("match_learning.type-figure"))
        elif page.typed(figure[0], float, path) and all(v is None or page.typed(v, float, path) for v in figure[1:]):
            found[name] = Figure(*figure)
    return found


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()
