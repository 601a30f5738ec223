"""`joint`: parallel achievements and projects of several owners, proposed as joint development.

Listings are gathered as needs are (`alike`). A proposal is written to each owner apart: its own listings, the
others' titles, and who the others are only where it may know or where both have said they are interested.

    points = 100 · (0.6 · likeness + 0.3 · what the others add + 0.1 · spread of readiness) over what is known

What the others add is the share, of all concepts and claimed quantities of the group, that the addressee does
not have. Weights are ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from tongtu.match import eligible
from tongtu.match.demand import alike
from tongtu.match.demand.demanded import keyed, name_of
from tongtu.match.demand.frames import JOINT, made
from tongtu.match.demand.ground import Ground, ground
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Label, Why

_PARTY = 6  # owner groups in one proposal; the most alike are kept
_WEIGHTS = {"alike": 0.6, "adds": 0.3, "readiness": 0.1}
_SCALE = 8  # steps between TRL 1 and 9
_DIGITS = 2
_SHOWN = 6
_INTERESTS = {"joint": pl.String, "organisation": pl.String}

Row = Mapping[str, Any]


def joint(
    registry: Registry,
    glossary: pl.DataFrame,
    as_of: date,
    *,
    see: str = "teaser",
    interests: pl.DataFrame | None = None,
    least: float = alike.LEAST,
    seed: int = 0,
    vocabularies: Vocabularies | None = None,
) -> pl.DataFrame:
    """Frame of `frames.JOINT`: a row for each owner of each proposal, for that owner's eyes alone.

    `see`: what an addressee may know of the others. `interests`: joint, organisation, for those who have said
    so; two of them see each other whatever the class. Owners of one owner group are one party and never
    proposed to each other. Raises UsageFault for a class that does not exist.
    """
    base = ground(registry, glossary, as_of, see, vocabularies)
    book, names = _book(registry, base, least, seed)
    said = pl.DataFrame(schema=_INTERESTS) if interests is None else interests.select(list(_INTERESTS))
    keen: dict[str, set[str]] = defaultdict(set)
    for proposal, organisation in said.iter_rows():
        keen[proposal].add(organisation)
    rows = []
    for name, found in groupby(book.iter_rows(named=True), key=itemgetter("joint")):
        party = _party(list(found))
        if len({one["voice"] for one in party}) > 1:
            rows += [_row(name, owner, party, keen[name], names) for owner in sorted({one["owner"] for one in party})]
    frame = made(rows, JOINT).sort("addressee", "points", "joint", descending=[False, True, False])
    return frame.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("addressee"))


def _book(registry: Registry, base: Ground, least: float, seed: int) -> tuple[pl.DataFrame, dict[str, Label]]:
    """Every open listing with its group, and the names of concepts and quantities.

    joint, id, owner and voice (for addressing alone), organisation (as the addressee may know it), title,
    title_en, trl, regions, fit, concepts, has (concepts and quantities).
    """
    running = registry["projects"].filter((pl.col("end") >= base.as_of).fill_null(True)).select(id="project")
    sides = [base.listed("achievement"), base.listed("project", running)]
    rows = alike.vstacked(base.rows(*sides))
    near = alike.neighbours(rows, len(alike.concept_columns(*sides)), least=least, seed=seed)
    label = alike.groups(rows, near, least=least)
    names: dict[str, Label] = {}
    frames = []
    for side in sides:
        claimed = keyed(base.sheet(side.kind, side.frame)).select("row", "key", "quantity", "quantity_en")
        names |= {row["key"].removeprefix("="): name_of(row) for row in claimed.iter_rows(named=True)}
        has = [set(named) for named in side.named]
        for row, key in claimed.select("row", "key").iter_rows():
            has[row].add(key.removeprefix("="))
        facts = side.frame.select("id", "kind", "organisation", "title", "title_en", "trl", "regions")
        frames.append(
            facts.with_columns(
                concepts=pl.Series([sorted(named) for named in side.named], dtype=pl.List(pl.String)),
                has=pl.Series([sorted(found) for found in has], dtype=pl.List(pl.String)),
            )
        )
    whole = pl.concat(
        [
            registry["achievements"].select(id="achievement", owner="organisation", kind=pl.lit("achievement")),
            registry["projects"].select(id="project", owner="lead", kind=pl.lit("project")),
        ]
    )
    book = pl.concat(frames).with_columns(
        group=pl.Series(label, dtype=pl.Int64),
        fit=pl.Series(alike.fits(rows, label), dtype=pl.Float64, nan_to_null=True),
    )
    book = book.join(whole, on=["id", "kind"], maintain_order="left").filter(pl.col("owner").is_not_null())
    book = book.with_columns(voice=pl.col("owner").replace(eligible.roots(registry))).sort("group", "id", "kind")
    first = pl.format("JD-{}", pl.col("id").first().over("group"))
    return book.with_columns(joint=first).sort("joint", "id", "kind"), {**names, **base.known.labels}


def _party(found: list[Row]) -> list[Row]:
    """The listings of the owner groups most alike to the rest, at most `_PARTY` of them."""
    best: dict[str, float] = defaultdict(float)
    for one in found:
        best[one["voice"]] = max(best[one["voice"]], one["fit"] or 0.0)
    kept = set(sorted(best, key=lambda voice: (-best[voice], voice))[:_PARTY])
    return [one for one in found if one["voice"] in kept]


def _row(name: str, owner: str, party: Sequence[Row], keen: set[str], names: Mapping[str, Label]) -> dict[str, object]:
    voice = next(one["voice"] for one in party if one["owner"] == owner)
    own = [one for one in party if one["owner"] == owner]
    others = [one for one in party if one["voice"] != voice]
    has, theirs = (
        {h for one in side for h in one["has"]} for side in ([o for o in party if o["voice"] == voice], others)
    )
    adds = sorted(theirs - has)
    levels = sorted(one["trl"] for one in party if one["trl"] is not None)
    mutual = keen & {one["owner"] for one in others} if owner in keen else set()
    partners = mutual | {one["organisation"] for one in others if one["organisation"]}
    points, parts = _points(party, len(adds) / max(len(has | theirs), 1), levels)
    regions = sorted({r for one in party for r in one["regions"] or ()})
    shared = sorted(set.intersection(*(set(one["concepts"]) for one in party)))
    parts += _more(shared, adds, regions, bool(partners), names)
    args = {"points": points, "own": _titles(own), "others": _titles(others)}
    return {
        "joint": name, "addressee": owner, "points": points, "own": [one["id"] for one in own],
        "others": [one["id"] for one in others], "titles": [one["title"] for one in others],
        "partners": sorted(partners) or None, "concepts": shared,
        "adds": adds, "trl_low": levels[0] if levels else None,
        "trl_high": levels[-1] if levels else None, "regions": regions, "mutual": bool(mutual),
        "why": Why("match_demand.joint", args, tuple(parts)).to_json(),
    }  # fmt: skip


def _points(party: Sequence[Row], adds: float, levels: Sequence[int]) -> tuple[float, list[Why]]:
    """Points, and the reasons whose points add up to them."""
    fits = [one["fit"] for one in party if one["fit"] is not None]
    parts: dict[str, float | None] = {
        "alike": sum(fits) / len(fits) if fits else None,
        "adds": adds,
        "readiness": (levels[-1] - levels[0]) / _SCALE if len(levels) > 1 else None,
    }
    weight = sum(_WEIGHTS[name] for name, part in parts.items() if part is not None)
    total, whys = 0.0, []
    for name, part in parts.items():
        if part is None:
            whys.append(Why(f"match_demand.joint-{name}-unknown"))
            continue
        points = round(100 * _WEIGHTS[name] * part / weight, _DIGITS)
        total = round(total + points, _DIGITS)
        facts = {"low": levels[0], "high": levels[-1]} if name == "readiness" else {}
        whys.append(Why(f"match_demand.joint-{name}", {"points": points, **facts}))
    return total, whys


def _more(
    shared: Sequence[str], adds: Sequence[str], regions: Sequence[str], known: bool, names: Mapping[str, Label]
) -> list[Why]:
    found = []
    if shared:
        found.append(Why("match_demand.shares", {"concepts": tuple(names[c] for c in shared[:_SHOWN])}))
    if adds:
        found.append(Why("match_demand.joint-brings", {"what": tuple(names[a] for a in adds[:_SHOWN])}))
    if len(regions) > 1:
        found.append(Why("match_demand.joint-regions", {"n": len(regions)}))
    if not known:
        found.append(Why("match_demand.identities-hidden"))
    return found


def _titles(found: Sequence[Row]) -> tuple[Label, ...]:
    return tuple(Label(one["title"] or one["id"], one["title_en"] or "") for one in found[:_SHOWN])
