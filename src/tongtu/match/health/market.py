"""`health`: how well the market works, measure by measure, each with its n; null where n is too small."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any

import polars as pl

from tongtu.match import indicators, listings, sides
from tongtu.match.demand.demanded import keyed
from tongtu.match.demand.ground import Ground, ground
from tongtu.match.health import divergence, waiting, words
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Label, Ratio, Why

#: `measure` of a direction (null: the whole market). `low`, `high`: 95 %. `n`: what it rests on; `n_other`: the
#: supply side's listings where two sides are compared. Shares are 0..1, times are days.
FIGURES = {
    "measure": pl.String, "direction": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "n": pl.Int64, "n_other": pl.Int64, "why": pl.String,
}  # fmt: skip

#: a quantity demanded in a direction: of `demanded` indicators `judged` could be held against a claim; `unmet` of
#: these are met by no candidate (`nearly` of them nearly). `share`: unmet of judged, null where too few are judged.
SHORTFALLS = {
    "direction": pl.String, "rank": pl.Int64, "key": pl.String, "quantity": pl.String, "quantity_en": pl.String,
    "demanded": pl.Int64, "judged": pl.Int64, "unmet": pl.Int64, "nearly": pl.Int64, "share": pl.Float64,
    "why": pl.String,
}  # fmt: skip

#: days after which a listing without a deadline should have been renewed (ours)
RENEWAL: Mapping[str, int] = {"need": 365, "achievement": 730}
_LEAST = 5  # listings below which a share is not told (ours)
_NORMAL = 1.959964
_DIGITS = 6
_BEST = ("met", "nearly", "unmet", "open", "unclaimed")  # the best of a need's candidates counts

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Health:
    """Frames of `FIGURES`, `words.TERMS` and `SHORTFALLS`."""

    figures: pl.DataFrame
    terms: pl.DataFrame
    shortfalls: pl.DataFrame


def health(
    registry: Registry,
    glossary: pl.DataFrame,
    as_of: date,
    *,
    pairs: pl.DataFrame | None = None,
    see: str = "core",
    seed: int = 0,
    renewal: Mapping[str, int] = RENEWAL,
    vocabularies: Vocabularies | None = None,
) -> Health:
    """Measures of the whole market and of each direction.

    `divergence-terms`, `divergence-concepts` (see `divergence`): a market that differs in terms and not in
    concepts speaks two vocabularies about one thing, and the glossary bridges it. `stale-needs`,
    `stale-achievements`: published listings past their deadline or, without one, older than `renewal` days.
    `fill-rate`: needs ever published that led to a signed or finished case. `days-to-answer`: Kaplan–Meier
    median from posting to the first judgment or case; waiting needs are censored. `unmet-indicators`: demanded
    indicators that no candidate in `pairs` (need, achievement) meets, of those that could be judged.
    """
    base = ground(registry, glossary, as_of, see, vocabularies)
    demand, supply = base.listed("need"), base.listed("achievement")
    told, terms = _vocabularies(demand, supply, base, seed)
    found = [*told, *_stale(base, renewal), *_filled(base), *_waits(base)]
    short = _shortfalls(demand, supply, pairs, base)
    found += _unmet(short)
    figures = _frame(found, FIGURES).sort("measure", "direction", nulls_last=False)
    return Health(figures, _frame(terms, words.TERMS), short)


# ------------------------------------------------------------------------------------------ vocabularies


def _vocabularies(demand: listings.Side, supply: listings.Side, base: Ground, seed: int) -> tuple[list[Row], list[Row]]:
    content = {"demand": [words.content(t) for t in demand.texts], "supply": [words.content(t) for t in supply.texts]}
    named = {"demand": demand.named, "supply": supply.named}
    names = words.Names(demand, supply, base.known)
    rows = {"demand": _by_direction(demand), "supply": _by_direction(supply)}
    figures, terms = [], []
    for direction in _directions(rows["demand"].keys() | rows["supply"].keys()):
        here = {side: rows[side].get(direction, []) for side in rows}
        spoken = {side: [content[side][k] for k in here[side]] for side in rows}
        meant = {side: [named[side][k] for k in here[side]] for side in rows}
        for measure, given in (("divergence-terms", spoken), ("divergence-concepts", meant)):
            figures.append(_diverged(measure, direction, divergence.compare(given["demand"], given["supply"], seed)))
        if figures[-2]["value"] is None:
            continue
        only = names.one_sided(direction, here)
        last = {side: sum(row["side"] == side for row in only) for side in here}
        written = {
            "demand": [demand.texts[k] for k in here["demand"]],
            "supply": [supply.texts[k] for k in here["supply"]],
        }
        terms += [*only, *words.one_sided(direction, spoken, written, last)]
    return figures, terms


def _diverged(measure: str, direction: str | None, found: divergence.Divergence) -> Row:
    n, other = found.n
    if found.value is None:
        why = Why("match_health.few-sides", {"demand": n, "supply": other, "least": divergence.LEAST})
    else:
        why = Why(f"match_health.{measure}", {"value": Ratio(found.value), "demand": n, "supply": other})
    return {
        "measure": measure, "direction": direction, "value": found.value, "low": found.low, "high": found.high,
        "n": n, "n_other": other, "why": why.to_json(),
    }  # fmt: skip


def _by_direction(side: listings.Side) -> dict[str | None, list[int]]:
    """Rows of each direction; null has all of them."""
    found: dict[str | None, list[int]] = defaultdict(list)
    found[None] = list(range(side.rows))
    for row, directions in side.frame.select("row", "directions").iter_rows():
        for direction in sorted(set(directions or ())):
            found[direction].append(row)
    return found


def _directions(found: Iterable[str | None]) -> list[str | None]:
    return [None, *sorted(d for d in found if d is not None)]


# ------------------------------------------------------------------------------------------ shares


def _stale(base: Ground, renewal: Mapping[str, int]) -> list[Row]:
    found = []
    for kind, measure in (("need", "stale-needs"), ("achievement", "stale-achievements")):
        shown = sides.listings(base.view, kind).filter(sides.published(base.as_of))
        age = (pl.lit(base.as_of) - pl.col("posted")).dt.total_days()
        stale = (
            pl.when(pl.col("closes").is_not_null()).then(pl.col("closes") < base.as_of).otherwise(age > renewal[kind])
        )
        known = shown.select("directions", hit=stale).drop_nulls("hit")
        found += _shares(measure, known, {"days": renewal[kind]})
    return found


def _filled(base: Ground) -> list[Row]:
    cases = base.view["cases"].filter(pl.col("opened") <= base.as_of)
    asked = sides.listings(base.view, "need")
    asked = asked.filter(pl.col("state").fill_null("published").is_in(["published", "expired"]),
                         (pl.col("posted") <= base.as_of).fill_null(True))  # fmt: skip
    if cases.is_empty():
        return [_unknown("fill-rate", "match_health.no-cases", asked.height)]
    signed = base.view["events"].filter(pl.col("kind") == "signed", pl.col("on") <= base.as_of)
    done = cases.filter((pl.col("state") == "done") | pl.col("case").is_in(signed["case"].implode()))
    return _shares(
        "fill-rate", asked.select("directions", hit=pl.col("id").is_in(done["need"].drop_nulls().implode())), {}
    )


def _shares(measure: str, rows: pl.DataFrame, facts: Mapping[str, object]) -> list[Row]:
    """A share of the whole and of each direction. `rows`: directions, hit."""
    each = rows.explode("directions").drop_nulls("directions").group_by("directions").agg(
        n=pl.len(), hits=pl.col("hit").sum()
    )  # fmt: skip
    found = [_share(measure, None, int(rows["hit"].sum()), rows.height, facts)]
    return found + [_share(measure, d, hits, n, facts) for d, n, hits in each.sort("directions").iter_rows()]


def _share(measure: str, direction: str | None, hits: int, n: int, facts: Mapping[str, object]) -> Row:
    if n < _LEAST:
        return _unknown(measure, "match_health.few", n, direction)
    value = hits / n
    low, high = wilson(hits, n)
    why = Why(f"match_health.{measure}", {"value": Ratio(round(value, _DIGITS)), "hits": hits, "n": n, **facts})
    return {
        "measure": measure, "direction": direction, "value": round(value, _DIGITS), "low": low, "high": high,
        "n": n, "why": why.to_json(),
    }  # fmt: skip


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (1927)."""
    share, square = hits / n, _NORMAL**2
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = _NORMAL / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return round(max(centre - half, 0.0), _DIGITS), round(min(centre + half, 1.0), _DIGITS)


def _unknown(measure: str, code: str, n: int, direction: str | None = None) -> Row:
    why = Why(code, {"n": n, "least": _LEAST} if code == "match_health.few" else {"n": n})
    return {"measure": measure, "direction": direction, "n": n, "why": why.to_json()}


# ------------------------------------------------------------------------------------------ waiting


def _waits(base: Ground) -> list[Row]:
    asked = sides.listings(base.view, "need").filter(
        pl.col("posted") <= base.as_of, pl.col("state").fill_null("published").is_in(["published", "expired"])
    )
    answers = _answers(base)
    if answers.is_empty():
        return [_unknown("days-to-answer", "match_health.no-answers", asked.height)]
    seen = asked.join(answers, left_on="id", right_on="need", how="left")
    until = pl.min_horizontal(pl.lit(base.as_of), "closes")
    answered = pl.col("first").is_not_null() & (pl.col("first") <= base.as_of)
    days = pl.when(answered).then(pl.col("first")).otherwise(until) - pl.col("posted")
    rows = seen.select("directions", days=days.dt.total_days().clip(lower_bound=0), answered=answered)
    every: dict[str | None, list[tuple[int, bool]]] = defaultdict(list)
    for directions, wait, done in rows.iter_rows():
        for direction in (None, *sorted(set(directions or ()))):
            every[direction].append((wait, done))
    return [_wait(direction, every[direction]) for direction in _directions(every.keys() | {None})]


def _answers(base: Ground) -> pl.DataFrame:
    """need, first: the day of the first judgment or case."""
    judged = base.view["judgments"].select("need", first="on")
    opened = base.view["cases"].select("need", first="opened")
    both = pl.concat([judged, opened]).drop_nulls().filter(pl.col("first") <= base.as_of)
    return both.group_by("need").agg(pl.col("first").min())


def _wait(direction: str | None, seen: Sequence[tuple[int, bool]]) -> Row:
    found = waiting.median([float(days) for days, _ in seen], [done for _, done in seen])
    if found.n < waiting.LEAST:
        return _unknown("days-to-answer", "match_health.few", found.n, direction)
    args = {"n": found.n, "answered": found.answered}
    why = Why("match_health.days-to-answer", {**args, "days": found.value})
    if found.value is None:
        why = Why("match_health.days-to-answer-open", args)
    return {
        "measure": "days-to-answer", "direction": direction, "value": found.value, "low": found.low,
        "high": found.high, "n": found.n, "why": why.to_json(),
    }  # fmt: skip


# ------------------------------------------------------------------------------------------ indicators


def _shortfalls(demand: listings.Side, supply: listings.Side, pairs: pl.DataFrame | None, base: Ground) -> pl.DataFrame:
    if pairs is None or pairs.is_empty():
        return pl.DataFrame(schema=SHORTFALLS)
    numbered = pairs.select("need", "achievement").join(demand.frame.select(n="row", need="id"), on="need")
    numbered = numbered.join(supply.frame.select(a="row", achievement="id"), on="achievement")
    sheet = base.sheet("need", demand.frame)
    compared = indicators.compare(
        numbered.select("n", "a").sort("n", "a"), sheet, base.sheet("achievement", supply.frame)
    )
    place = pl.col("status").replace_strict({word: k for k, word in enumerate(_BEST)}, return_dtype=pl.Int64)
    best = compared.group_by("i").agg(place=place.min())
    facts = keyed(sheet).join(demand.frame.select("row", "directions"), on="row")
    told = facts.join(best, on="i", how="left").explode("directions").drop_nulls("directions")
    met, nearly, unmet = (pl.col("place") == k for k in range(3))
    counted = told.group_by("directions", "key").agg(
        pl.col("quantity").mode().sort().first(), pl.col("quantity_en").drop_nulls().mode().sort().first(),
        demanded=pl.len(), judged=(met | nearly | unmet).sum(), unmet=(nearly | unmet).sum(), nearly=nearly.sum(),
    )  # fmt: skip
    enough = pl.col("judged") >= _LEAST
    counted = counted.with_columns(
        direction="directions", share=pl.when(enough).then(pl.col("unmet") / pl.col("judged")).round(_DIGITS)
    ).sort("direction", "unmet", "key", descending=[False, True, False])
    counted = counted.with_columns(rank=pl.int_range(1, pl.len() + 1).over("direction"))
    whys = [_short_why(row).to_json() for row in counted.iter_rows(named=True)]
    counted = counted.with_columns(why=pl.Series(whys, dtype=pl.String))
    return counted.select(pl.col(n).cast(t) for n, t in SHORTFALLS.items())


def _short_why(row: Mapping[str, Any]) -> Why:
    args = {
        "quantity": Label(row["quantity"], row["quantity_en"] or ""),
        **{k: row[k] for k in ("demanded", "judged", "unmet", "nearly")},
    }
    return Why("match_health.shortfall", args)


def _unmet(short: pl.DataFrame) -> list[Row]:
    if short.is_empty():
        return [_unknown("unmet-indicators", "match_health.no-pairs", 0)]
    each = short.group_by("direction").agg(pl.col("unmet").sum(), pl.col("judged").sum()).sort("direction")
    return [_share("unmet-indicators", d, unmet, judged, {}) for d, unmet, judged in each.iter_rows()]


def _frame(rows: list[Row], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: pl.Series(name, [row.get(name) for row in rows], dtype=kind) for name, kind in schema.items()}
    )
