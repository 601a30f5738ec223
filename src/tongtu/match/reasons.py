"""Reasons as data: what two listings share, why they score as they do, why one was refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl

from tongtu import text
from tongtu.match import eligible, indicators, listings, signals
from tongtu.match.listings import Side
from tongtu.match.market import Judged, Market
from tongtu.match.retrieve import Question, Shelf
from tongtu.registry.vocabularies import Vocabularies
from tongtu.terms.why import Label, Ratio, Why

_SHOWN = 6  # words and concepts named in one reason
_EDGES = "在的和与及对为以于了是等"  # characters that join words; a string is shown without them at its ends
_PAIRS = 24  # heaviest pairs of characters that shown strings begin with

Row = Mapping[str, Any]
Pair = tuple[int, int]


class Writer:
    """Writes the reasons of pairs, as JSON in the order of their rows."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._words = market.terms.words

    def pairs(self, judged: Judged) -> list[str]:
        market, found = self._market, []
        read = self._indicators(judged.compared)
        shared: Shared | None = None
        for row in judged.pairs.iter_rows(named=True):
            n, a = row["n"], row["a"]
            if shared is None or shared.row != n:
                shared = Shared(market.question(n), market.shelf, market.needs, market.known.labels)
            found.append(_pair(row, shared, market.offers, read.get((n, a), ()), self._words).to_json())
        return found

    def refusals(self, judged: Judged) -> list[str]:
        """Most are refused for one of a few reasons, which are put into words once."""
        read = self._indicators(indicators.failed(judged.compared))
        rules: defaultdict[Pair, list[tuple[Any, ...]]] = defaultdict(list)
        for n, a, *facts in judged.rules[list(eligible.SCHEMA)].iter_rows():
            rules[n, a].append(tuple(facts))
        put = cache(self._refused)
        return [
            self._refused(tuple(rules[key]), read[key]) if key in read else put(tuple(rules[key]))
            for key in judged.pairs[["n", "a"]].iter_rows()
        ]

    def _refused(self, rules: tuple[tuple[Any, ...], ...], unmet: Sequence[Why] = ()) -> str:
        facts = list(eligible.SCHEMA)[2:]
        told = [self._refusal(dict(zip(facts, rule, strict=True))) for rule in rules]
        return Why("match.refused", {}, (*told, *unmet)).to_json()

    def _indicators(self, compared: pl.DataFrame) -> dict[tuple[int, int], list[Why]]:
        """Every compared indicator of a pair, in words."""
        found = defaultdict(list)
        demands = indicators.Spoken(self._market.demanded)
        claims = indicators.Spoken(self._market.claimed)
        for n, a, i, j, status, _ in compared.iter_rows():
            found[n, a].append(indicators.why(demands, i, claims, j, status))
        return found

    def _refusal(self, row: Row) -> Why:
        code = row["rule"]
        match code.removeprefix("match.refused-"):
            case "group":
                return Why(code, {"group": self._market.organisations.get(row["name"], Label(row["name"]))})
            case "conflict":
                kind = {"kind": self._name("conflict_kind", row["name"])}
                return Why(f"{code}-until", {**kind, "until": row["day"]}) if row["day"] else Why(code, kind)
            case "state":
                return Why(code, {"state": self._name("listing_state", row["name"])})
            case "not-posted":
                return Why(code, {"posted": row["day"]})
            case "past":
                return Why(code, {"deadline": row["day"]})
            case "rule":
                return Why(code, {}, (Why.from_json(row["name"]),))
            case "ownership":
                return Why(code, {"share": Ratio(row["value"])})
            case "trl":
                return Why(code, {"trl": int(row["value"]), "limit": int(row["limit"])})
        return Why(code)

    def _name(self, vocabulary: str, code: str) -> Label:
        return self._words.get(vocabulary, {}).get(code, Label(code))


class Shared:
    """What one need shares with the achievements found for it."""

    def __init__(self, asked: Question, shelf: Shelf, needs: Side, labels: Mapping[str, Label]) -> None:
        self.row = asked.row
        pairs = [gram for gram in asked.terms["han"] if len(gram) > 1][:_PAIRS]
        self._grams = {gram: shelf.words["han"].idf(gram) for gram in pairs}
        self._stems = [(stem, f" {stem} ") for stem in asked.terms["latin"] if not stem.isdigit()]
        self._rarity = asked.concepts
        self._labels = labels
        self._places = _places(needs.texts[asked.row], self._grams)
        self._surfaces = text.surfaces(" ".join(listings.written(needs.frame.row(asked.row, named=True))))

    def han(self, other: str) -> tuple[str, ...]:
        """The longest Chinese strings both texts have, those of most weight first."""
        found: dict[str, float] = {}
        for run, places in self._places:
            end = 0
            for place in places:
                if place >= end - 1 and run[place : place + 2] in other:
                    end = _longest(run, place, other)
                    named = run[place:end].strip(_EDGES)
                    if len(named) > 1:
                        found[named] = max(self._weight(run, place, end), found.get(named, 0.0))
        whole = [one for one in found if not any(one != longer and one in longer for longer in found)]
        return tuple(sorted(whole, key=found.__getitem__, reverse=True)[:_SHOWN])

    def latin(self, other: str) -> tuple[str, ...]:
        """English words, numbers and abbreviations both texts have, as the need writes them."""
        shared = [stem for stem, spaced in self._stems if spaced in other]
        return tuple(self._surfaces.get(stem, stem) for stem in shared[:_SHOWN])

    def concepts(self, other: frozenset[str]) -> tuple[Label, ...]:
        """Concepts both name, the rarest first."""
        both = sorted(other & self._rarity.keys(), key=lambda c: (-self._rarity[c], c))
        return tuple(self._labels[c] for c in both[:_SHOWN])

    def _weight(self, run: str, place: int, end: int) -> float:
        return sum(self._grams.get(run[i : i + 2], 0.0) for i in range(place, end - 1))


def _longest(run: str, start: int, other: str) -> int:
    """End of the longest string from `start`, two characters or more, that is in both."""
    end = start + 2
    while end < len(run) and run[start : end + 1] in other:
        end += 1
    return end


def _places(canonical: str, grams: Mapping[str, float]) -> list[tuple[str, list[int]]]:
    """The runs of a text and where in each its weighty pairs of characters stand."""
    runs = dict.fromkeys(canonical.split())
    found = ((run, [i for i in range(len(run) - 1) if run[i : i + 2] in grams]) for run in runs)
    return [(run, places) for run, places in found if places]


def _pair(row: Row, shared: Shared, offers: Side, judged: Sequence[Why], names: Vocabularies) -> Why:
    """Why a pair scores as it does: what a pair of which nothing is known would score, and one part a signal.

    The `points` of the parts add up to the score. A signal that is unknown says so and counts nothing.
    """
    a = row["a"]
    words = shared.han(offers.texts[a]) + shared.latin(offers.texts[a])
    found = {
        "lexical": Why("match.lexical", {"words": words}) if words else Why("match.lexical-none"),
        "concepts": _concepts(row, shared.concepts(offers.named[a])),
        "semantic": _cosine("semantic", row),
        "encoder": _cosine("encoder", row) if "encoder" in row else None,
        "indicators": _indicators(row, judged),
        **{name: signal.why(row, names) for name, signal in signals.ALL.items()},
    }
    parts = [_counted(reason, row.get(f"by_{name}")) for name, reason in found.items() if reason is not None]
    base = Why("match.base", {"points": Ratio(row["base"])})
    return Why("match.pair", {"score": Ratio(row["score"])}, (base, *parts))


def _concepts(row: Row, met: tuple[Label, ...]) -> Why:
    if row["concepts"] is None:
        return Why("match.concepts-unknown")
    return Why("match.concepts", {"concepts": met}) if met else Why("match.concepts-none")


def _cosine(space: str, row: Row) -> Why:
    cosine = row[space]
    return Why(f"match.{space}-unknown") if cosine is None else Why(f"match.{space}", {"cosine": round(cosine, 2)})


def _indicators(row: Row, judged: Sequence[Why]) -> Why:
    return Why("match.indicators" if row["indicators"] is not None else "match.indicators-unknown", {}, tuple(judged))


def _counted(reason: Why, points: float | None) -> Why:
    """A reason with what it adds to the score or takes from it; its finer reasons stay below."""
    if points is None:
        return Why("match.not-counted", {"reason": Why(reason.code, reason.args)}, reason.parts)
    code = "match.adds" if points >= 0 else "match.takes"
    return Why(code, {"reason": Why(reason.code, reason.args), "points": Ratio(points + 0.0)}, reason.parts)
