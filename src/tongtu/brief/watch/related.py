"""Which other briefs a brief is related to, and by what: shared numbers, instruments, actors, directions, words.

What everybody speaks of relates nobody, so a shared name counts by how few of the others have it. The parts add up
like independent hints: 1 − Π(1 − weight × share).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import polars as pl

from tongtu.brief.facts.plain import plain
from tongtu.brief.model import Brief
from tongtu.brief.watch.follows import Names
from tongtu.terms.why import Ratio, Why
from tongtu.text import canonical, terms

RELATED: dict[str, Any] = {
    "brief": pl.String, "other": pl.String, "score": pl.Float64, "by": pl.List(pl.String), "why": pl.String,
}  # fmt: skip
#: how much a kind of hint can say alone; ours
WEIGHTS: Mapping[str, float] = {"number": 0.9, "instrument": 0.7, "actor": 0.4, "direction": 0.3, "text": 0.8}
AT_LEAST, MOST = 0.15, 10
_CLOSE = 0.12  # closeness of two texts below which their words say nothing
_FEW = 3  # among so few others nothing is common yet
_NAMED = 5  # shared names that a reason lists
_TERMS, _CHARACTERS = 120, 4_000  # terms by which a text is compared, and how much of it is read
_ALONE = frozenset({"number", "instrument"})  # of which one shared is as good as all


def related(
    brief: Brief,
    others: Sequence[Brief],
    *,
    at_least: float = AT_LEAST,
    most: int = MOST,
    directions: Names | None = None,
) -> pl.DataFrame:
    """The briefs related to one, the closest first, ties by id; the brief itself is never among them.

    Columns: brief, other, score (0..1), by (number instrument actor direction text: what they share), why with what
    is shared. `directions` are their names by code, for the reasons.
    """
    known = {other.id: other for other in others if other.id != brief.id}
    ordered = [known[name] for name in sorted(known)]
    mine, theirs = _names(brief), [_names(other) for other in ordered]
    holders = {kind: Counter(name for names in theirs for name in names[kind]) for kind in mine}
    rows = []
    for other, names, close in zip(ordered, theirs, _closeness(brief, ordered), strict=True):
        shared = {kind: _share(kind, mine[kind], names[kind], holders[kind], len(ordered)) for kind in mine}
        shared["text"] = (close if close >= _CLOSE else 0.0, ())
        found = {kind: told for kind, told in shared.items() if told[0] > 0}
        score = round(1 - prod(1 - WEIGHTS[kind] * share for kind, (share, _) in found.items()), 4)
        if found and score >= at_least:
            rows.append((brief.id, other.id, score, list(found), _why(found, directions or {}).to_json()))
    rows.sort(key=lambda row: (-row[2], row[1]))
    return pl.DataFrame(rows[:most], schema=RELATED, orient="row")


_KINDS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str | None]]] = {
    "number": ("numbers", lambda row: row["number"]),
    "instrument": ("instruments", lambda row: row["name"]),
    "actor": ("actors", lambda row: row["canonical"] or row["name"]),
    "direction": ("directions", lambda row: row["direction"]),
}


def _names(brief: Brief) -> dict[str, dict[str, str]]:
    """What a brief names, kind by kind: folded → as written."""
    found: dict[str, dict[str, str]] = {}
    for kind, (table, told) in _KINDS.items():
        frame = brief.facts.get(table)
        names = [told(row) for row in frame.iter_rows(named=True)] if frame is not None else []
        found[kind] = {plain(name): name for name in sorted(filter(None, names), reverse=True)}
    return found


def _share(
    kind: str, mine: Mapping[str, str], theirs: Mapping[str, str], holders: Counter[str], among: int
) -> tuple[float, tuple[str, ...]]:
    """How much of the smaller of two lists is shared, each name by its rarity; and the shared ones, rarest first."""
    shared = [name for name in mine if name in theirs]
    if not shared:
        return 0.0, ()
    others = max(among - 1, _FEW)
    rarity = {name: 1 - (max(holders[name], 1) - 1) / others for name in {*mine, *theirs}}
    shared.sort(key=lambda name: (-rarity[name], name))
    if kind in _ALONE:
        share = rarity[shared[0]]
    else:
        total = min(sum(rarity[name] for name in names) for names in (mine, theirs))
        share = min(sum(rarity[name] for name in shared) / total, 1.0) * rarity[shared[0]] if total else 0.0
    return share, tuple(mine[name] for name in shared[:_NAMED])


def _closeness(brief: Brief, others: Sequence[Brief]) -> list[float]:
    """BM25 of each other's leading report for a brief's telling words, as a share of what the brief's own gets."""
    if not others:
        return []
    from tongtu.text.forward import Forward

    bags = [_bag(one.documents[0].text[:_CHARACTERS] if one.documents else "") for one in (brief, *others)]
    kept = Forward(bags)
    weights = {term: float(n) for term, n in sorted(Counter(bags[0]).items())}
    telling = kept.heaviest(weights, _TERMS, len(bags) * _TERMS)
    own = float(kept.score(telling, [0])[0])
    rows = list(range(1, len(bags)))
    return [min(float(s) / own, 1.0) if own > 0 else 0.0 for s in kept.score(telling, rows)]


@lru_cache(maxsize=2048)
def _bag(text: str) -> tuple[str, ...]:
    """The words a text is compared by: pairs of characters, and stems."""
    found = terms(canonical(text))
    return (*(t for t in found.han if len(t) > 1), *(t for t in found.latin if len(t) > 2))


def _why(found: Mapping[str, tuple[float, tuple[str, ...]]], directions: Names) -> Why:
    parts = []
    for kind, (share, names) in found.items():
        shown = tuple(directions.get(name, name) for name in names) if kind == "direction" else names
        args: dict[str, Any] = {"near": Ratio(round(share, 3))} if kind == "text" else {"names": shown}
        parts.append(Why(f"brief_watch.shared-{kind}", args))
    return Why("brief_watch.related", {}, tuple(parts))
