"""Which numeric targets moved between two documents: two years' reports, or two versions of one rule text.

A target is known by the listed measure that its words name, and its family of units; one that names none by how many
character pairs of its words another's has. Annual targets are compared with annual ones, those of a plan with those
of a plan. Of a target that a document says twice the first one counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongtu.brief.document import Document
from tongtu.brief.facts import Facts
from tongtu.brief.facts.plain import plain
from tongtu.terms.why import Ratio, Why

CHANGES = ("raised", "lowered", "same", "respecified", "introduced", "dropped")
_ALIKE = 0.7  # share of character pairs two unlisted measures have in common, at least
_SHORT = 4  # characters; words that short must be equal
_MONEY = frozenset(("CNY", "USD", "EUR", "HKD"))
_NEAR = 1e-9

_SIDE: dict[str, Any] = {
    "low": pl.Float64, "high": pl.Float64, "unit": pl.String, "operator": pl.String, "start": pl.Int64, "end": pl.Int64,
}  # fmt: skip
SCHEMA: dict[str, Any] = {
    "measure": pl.String, "code": pl.String,
    **{f"{name}_from": kind for name, kind in _SIDE.items()},
    **{f"{name}_to": kind for name, kind in _SIDE.items()},
    "change": pl.String, "confidence": pl.Float64, "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Target:
    """A target of one document: the listed measure it names ('' for none), the words, and the row of its figure."""

    code: str
    words: str
    row: Mapping[str, Any]

    @property
    def family(self) -> str:
        return str(self.row["family"])

    @property
    def plan(self) -> bool:
        """Whether it is of several years or of a later one, not of the document's own."""
        return bool(self.row["horizon"])

    def key(self) -> tuple[str, bool, str]:
        return (self.code or self.words, self.plan, self.family)


def target_changes(old: Document, old_facts: Facts, new: Document, new_facts: Facts) -> pl.DataFrame:
    """Every target of either document, in the new one's order, what was dropped last.

    Columns: measure (the source's own words, the new document's where it has them), code (of a listed measure), low,
    high, unit, operator, start and end of both sides (`_from`, `_to`), change (raised lowered same respecified
    introduced dropped), confidence, why. An end that the operator leaves open is null; a value that moved with its
    bounds is compared in the base unit of its family.
    """
    before, after = list(_targets(old_facts)), list(_targets(new_facts))
    pairs = _paired(before, after)
    by_new = {j: (i, alike) for i, j, alike in pairs}
    met = {i for i, _, _ in pairs}
    rows = []
    for j, target in enumerate(after):
        i, alike = by_new.get(j, (None, 1.0))
        rows.append(_row(old, new, before[i] if i is not None else None, target, alike))
    rows += [_row(old, new, target, None, 1.0) for i, target in enumerate(before) if i not in met]
    return pl.DataFrame(rows, schema=SCHEMA)


def _targets(facts: Facts) -> Iterator[_Target]:
    seen: set[tuple[str, bool, str]] = set()
    said: set[tuple[Any, ...]] = set()
    rows = facts.figures.filter(pl.col("kind").is_in(["target", "limit"])).sort("start")
    for row in rows.iter_rows(named=True):
        words = re.sub(r"[\W\d_]", "", plain(row["subject"] or row["what"]))
        number = (row["low"], row["high"], row["operator"], row["family"])
        if not row["measures"] and (not words or _is_aside(row) or number in said):
            continue
        for code in row["measures"] or [""]:
            target = _Target(code, words, row)
            if target.key() not in seen:
                seen.add(target.key())
                said.add(number)
                yield target


def _is_aside(row: Mapping[str, Any]) -> bool:
    """A figure without a listed measure that counts years, or people by a scale alone: it sets nothing."""
    return row["family"] == "time" or not row["unit_written"]


def _paired(before: list[_Target], after: list[_Target]) -> list[tuple[int, int, float]]:
    scored = []
    for i, was in enumerate(before):
        for j, now in enumerate(after):
            alike = _alike(was, now)
            if alike > 0:
                scored.append((-alike, was.family != now.family, abs(i - j), i, j))
    found, met, came = [], set(), set()
    for alike, _, _, i, j in sorted(scored):
        if i not in met and j not in came:
            met.add(i)
            came.add(j)
            found.append((i, j, min(-alike, 1.0)))
    return found


def _alike(was: _Target, now: _Target) -> float:
    """How surely two targets are of one measure: 2 for the same listed one in one family of units, 0 for others."""
    if was.plan != now.plan or bool(was.code) != bool(now.code):
        return 0.0
    same_family = was.family == now.family
    if was.code:
        return 0.0 if was.code != now.code else 2.0 if same_family else 0.9
    if not same_family or min(len(was.words), len(now.words)) <= _SHORT:
        return 1.0 if same_family and was.words == now.words else 0.0
    near = dice(was.words, now.words)
    return near if near >= _ALIKE else 0.0


def dice(one: str, other: str) -> float:
    """Sørensen–Dice similarity of the character pairs of two words."""
    left, right = (Counter(word[i : i + 2] for i in range(len(word) - 1)) for word in (one, other))
    total = sum(left.values()) + sum(right.values())
    return 2 * sum((left & right).values()) / total if total else 0.0


def _row(old: Document, new: Document, was: _Target | None, now: _Target | None, alike: float) -> dict[str, Any]:
    change = _change(was, now)
    told = now or was
    assert told is not None
    sure = min(side.row["confidence"] for side in (was, now) if side is not None) * alike
    args = {"measure": told.row["subject"] or told.row["what"]}
    if was is not None:
        args["before"] = _quote(old, was)
    if now is not None:
        args["after"] = _quote(new, now)
    part = Why("brief_changes.by-measure") if told.code else Why("brief_changes.by-likeness", {"near": Ratio(alike)})
    parts = (part,) if was is not None and now is not None else ()
    return {
        "measure": args["measure"], "code": told.code or None, **_side(was, "from"), **_side(now, "to"),
        "change": change, "confidence": round(sure, 2),
        "why": Why(f"brief_changes.target-{change}", args, parts).to_json(),
    }  # fmt: skip


def _side(target: _Target | None, suffix: str) -> dict[str, Any]:
    return {f"{name}_{suffix}": target.row[name] if target is not None else None for name in _SIDE}


def _quote(document: Document, target: _Target) -> str:
    return " ".join(document.text[target.row["start"] : target.row["end"]].split())


def _change(was: _Target | None, now: _Target | None) -> str:
    if was is None or now is None:
        return "introduced" if was is None else "dropped"
    if not _comparable(was, now):
        return "respecified"
    moves = [_moved(a, b) for a, b in zip(_ends(was), _ends(now), strict=True)]
    if None not in moves and any(moves) and min(moves) * max(moves) >= 0:  # type: ignore[type-var, operator]
        return "raised" if max(moves) > 0 else "lowered"  # type: ignore[type-var, operator]
    if None not in moves and not any(moves):
        return "same" if was.row["operator"] == now.row["operator"] else "respecified"
    middle = _moved(_middle(was), _middle(now))
    if middle and was.row["operator"] != "range" != now.row["operator"]:
        return "raised" if middle > 0 else "lowered"
    return "respecified"


def _comparable(was: _Target, now: _Target) -> bool:
    """Whether the two numbers count the same: units, what they are counted by, and of money a level or a step."""
    per = was.row["per"], now.row["per"]
    money = was.family in _MONEY and was.row["form"] != now.row["form"]
    return was.family == now.family and not money and (per[0] == per[1] or "" in per)


def _ends(target: _Target) -> tuple[float | None, float | None]:
    factor = target.row["factor"]
    low, high = target.row["low"], target.row["high"]
    return (None if low is None else low * factor, None if high is None else high * factor)


def _middle(target: _Target) -> float | None:
    ends = [end for end in _ends(target) if end is not None]
    return sum(ends) / len(ends) if ends else None


def _moved(before: float | None, after: float | None) -> int | None:
    """1 up, -1 down, 0 not at all; null where only one side has the end."""
    if before is None and after is None:
        return 0
    if before is None or after is None:
        return None
    if abs(after - before) <= _NEAR * max(abs(before), abs(after), 1e-300):
        return 0
    return 1 if after > before else -1
