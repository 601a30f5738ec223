"""What the market asks for together, what it lacks, what nobody asks for, and who might develop jointly."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from tongtu.chain.clearing.ground import Clearing, percent
from tongtu.chain.clearing.pieces import below, document, label, listed, refusal, section, table, with_id
from tongtu.chain.dossier.document import Cell, Document, Facts, Paragraph, Section, cell, joined, same
from tongtu.chain.report.spoken import Pair, both, named, shown, words
from tongtu.match import demand
from tongtu.match.demand.seen import may_see
from tongtu.terms.money import Money
from tongtu.terms.why import Why

Row = dict[str, Any]
_MEMBERS = "teaser"  # what members may know of each other before they have met
_DEPTH = 10  # answers of each need that are looked at
_TONES: dict[str, Any] = {"call": "good", "research_topic": "warn"}


@dataclass(frozen=True)
class Demanded:
    """Demands, the topics and the technologies left over, and proposals of joint development, which rest on no more
    than members may know of each other."""

    clearing: Clearing
    demands: demand.Demands
    unmet: demand.Unmet
    unasked: pl.DataFrame
    joint: pl.DataFrame

    def document(self, most: int | None = None) -> Document:
        """The first `most` of everything; all of it without."""
        sections = [*self._gathered(most), self._topics(most), self._leftover(most), self._proposals(most)]
        return document(self.clearing, words("clearing.demand-title"), sections)

    # ------------------------------------------------------------------------------------------ demands

    def _gathered(self, most: int | None) -> list[Section]:
        rows = self.demands.demands.sort("rank").to_dicts()
        budgets: dict[str, list[Row]] = defaultdict(list)
        for row in self.demands.budgets.to_dicts():
            budgets[row["demand"]].append(row)
        lines = [self._demand(row, budgets[row["demand"]]) for row in rows]
        common = [line for line, row in zip(lines, rows, strict=True) if row["size"] > 1]
        single = [line for line, row in zip(lines, rows, strict=True) if row["size"] == 1]
        heads = ("place/n", "demand", "points/n", "made-of/long", "needs/n", "voices/n", "budget", "deadline/day")
        alone = ("place/n", "need", "points/n", "made-of/long", "budget", "deadline/day")
        kept = [[line[i] for i in (0, 1, 2, 3, 6, 7)] for line in single]
        details = [self._members(row) for row in rows if row["size"] > 1][:most]
        note = Paragraph(words("clearing.points-are"), "soft")
        return [section("common", [note, *table(heads, common, "no-common", most), *details]),
                section("single", table(alone, kept, "no-single", most))]  # fmt: skip

    def _demand(self, row: Row, budgets: list[Row]) -> list[Cell]:
        name = named(row, "label")
        name = with_id(name, row["centre"]) if row["size"] == 1 else name
        voices = words("clearing.fewer-than-three") if row["voices"] is None else same(str(row["voices"]))
        deadline = row["first_deadline"]
        made_of = listed(_share(part) for part in Why.from_json(row["why"]).parts if _kind(part))
        return [cell(same(str(row["rank"]))), cell(name), cell(shown(round(row["points"], 1))), cell(made_of),
                cell(same(str(row["size"]))), cell(voices), cell(listed(map(_budget, budgets))),
                cell(same(deadline.isoformat() if deadline else "—"))]  # fmt: skip

    def _members(self, row: Row) -> Section:
        """Who stands behind a common demand and what they want together."""
        needs = [self._need(key) for key in row["needs"]]
        stated = self.demands.indicators.filter(pl.col("demand") == row["demand"])
        told = [cell(both(i["why"]), "warn" if i["contradicts"] else "") for i in stated.iter_rows(named=True)]
        facts: list[tuple[Pair, Cell]] = [(words("clearing.its-needs"), cell(listed(needs)))]
        facts += [(words("clearing.its-indicator"), one) for one in told]
        facts += [(words("clearing.its-grounds"), cell(both(self._called(part))))
                  for part in Why.from_json(row["why"]).parts]  # fmt: skip
        return Section(named(row, "label"), [Facts(facts)])

    def _called(self, why: Why) -> Why:
        """A reason in which a priority is called by what it favours, not by its code."""
        args = dict(why.args)
        if why.code == "match_demand.priority-of":
            args["priority"] = label(self._favoured.get(args["priority"], same(args["priority"])))
        return Why(why.code, args, tuple(map(self._called, why.parts)))

    @cached_property
    def _favoured(self) -> dict[str, Pair]:
        clearing = self.clearing
        found = {}
        for row in clearing.registry["priorities"].iter_rows(named=True):
            of = [
                clearing.directions.get(row["direction"], ["", ""]),
                clearing.regions.get(row["region"], ["", ""]),
                clearing.label("track", row["track"]),
            ]
            if any(one[0] for one in of):
                found[row["priority"]] = joined(of)
        return found

    def _need(self, key: str) -> Pair:
        who = self.clearing.owner("need", key)
        name = with_id(self.clearing.name("need", key), key)
        return joined([name, who], "，", ", ")

    # ------------------------------------------------------------------------------------------ what is lacking

    def _topics(self, most: int | None) -> Section:
        rows = []
        for row in self.unmet.topics.iter_rows(named=True):
            kind = words(f"clearing.topic-{row['kind'].replace('_', '-')}")
            name, why = named(row, "title"), Why.from_json(row["why"])
            if len(row["needs"]) == 1:
                name = with_id(name, row["needs"][0])
            rows.append([cell(kind, _TONES[row["kind"]]), cell(name), cell(shown(round(row["points"], 1))),
                         cell(below(why))])  # fmt: skip
        heads = ("proposal/day", "subject", "points/n", "because/long")
        return section(
            "topics", [Paragraph(words("clearing.topics-are"), "soft"), *table(heads, rows, "no-topics", most)]
        )

    def _leftover(self, most: int | None) -> Section:
        rows = [self._unasked(row) for row in self.unasked.iter_rows(named=True)]
        heads = ("achievement", "nearest", "likeness/n", "apart/long")
        return section("unasked", table(heads, rows, "no-unasked", most))

    def _unasked(self, row: Row) -> list[Cell]:
        name = with_id(self.clearing.name("achievement", row["achievement"]), row["achievement"])
        if row["need"] is None:
            return [cell(name), cell(words("clearing.none"), "soft"), cell(same("—")), cell(same(""))]
        near = with_id(self.clearing.name("need", row["need"]), row["need"])
        apart = _apart(self.clearing, Why.from_json(row["why"]))
        return [cell(name), cell(near), cell(percent(row["likeness"], 0)), cell(apart, "bad" if row["refused"] else "")]

    # ------------------------------------------------------------------------------------------ joint development

    def _proposals(self, most: int | None) -> Section:
        best = self.joint.sort("points", "joint", "addressee", descending=[True, False, False])
        best = best.unique("joint", keep="first", maintain_order=True)
        listings = self.joint.select("joint", "addressee", "own").explode("own").unique().sort("joint", "own")
        owners: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for proposal, who, own in listings.iter_rows():
            owners[proposal][who].append(own)
        rows = [self._proposal(row, owners[row["joint"]]) for row in best.iter_rows(named=True)]
        heads = ("joint/day", "points/n", "parties/long", "because/long")
        note = Paragraph(words("clearing.joint-is"), "soft")
        return section("joint", [note, *table(heads, rows, "no-joint", most)])

    def _proposal(self, row: Row, owners: dict[str, list[str]]) -> list[Cell]:
        told = may_see(self.clearing.see, "achievements", "organisation")
        parties = [words("clearing.party", what=label(listed(self._work(own) for own in mine)),
                         who=label(self.clearing.name("organisation", who) if told else words("clearing.somebody")))
                   for who, mine in sorted(owners.items())]  # fmt: skip
        why = below(Why.from_json(row["why"]), "match_demand.identities-hidden")
        return [cell(same(row["joint"])), cell(shown(round(row["points"], 1))), cell(listed(parties)), cell(why)]

    @cached_property
    def _achievements(self) -> frozenset[str]:
        return frozenset(self.clearing.listings("achievement")["id"])

    def _work(self, own: str) -> Pair:
        """An achievement or a project."""
        kind = "achievement" if own in self._achievements else "project"
        return with_id(self.clearing.name(kind, own), own)

    def letters(self) -> dict[str, Document]:
        """For each owner addressed, the proposals as members may read them. Who the others are is not said until
        both have told that they are interested: the secretariat brings them together."""
        members = replace(self.clearing, see=_MEMBERS)
        letters = {}
        for (who,), rows in self.joint.group_by("addressee", maintain_order=True):
            name = members.name("organisation", str(who))
            sections = [self._letter(row) for row in rows.iter_rows(named=True)]
            letters[str(who)] = document(members, words("clearing.letter-title", name=label(name)), sections,
                                         words("clearing.letter-is"), scored=False)  # fmt: skip
        return letters

    def _letter(self, row: Row) -> Section:
        partners = row["partners"] if row["mutual"] else ()
        who = listed(self.clearing.name("organisation", one) for one in partners) if partners else None
        why = below(Why.from_json(row["why"]), "match_demand.identities-hidden")
        facts: list[tuple[Pair, Cell]] = [
            (words("clearing.yours"), cell(listed(self._work(own) for own in row["own"]))),
            (words("clearing.others"), cell(listed(same(title) for title in row["titles"]))),
            (words("clearing.partners"), cell(who or words("clearing.closed-yet"), "" if who else "soft")),
            (words("clearing.col-because"), cell(why)),
        ]
        badge = cell(words("clearing.of-100", points=round(row["points"], 1)))
        return section("proposal", [Facts(facts)], badge, joint=row["joint"])


def demanded(clearing: Clearing) -> Demanded:
    """Raises UsageFault where there are no needs or no achievements."""
    found, words_of = clearing.matched(_DEPTH), clearing.vocabularies
    known = clearing.registry, clearing.pack.glossary, clearing.as_of
    demands = demand.common(*known, see=clearing.see, vocabularies=words_of, progress=clearing.progress)
    unmet = demand.unmet(demands, found.pairs, found.refusals, *known, vocabularies=words_of)
    unasked = demand.unasked(demands, found.pairs, found.refusals, *known, vocabularies=words_of)
    joint = demand.joint(*known, see=_MEMBERS, vocabularies=words_of)
    return Demanded(clearing, demands, unmet, unasked, joint)


def _budget(row: Row) -> Pair:
    low, high, currency = row["low"], row["high"], row["currency"]
    if low is None:
        return ["", ""]
    least = shown(Money(low, currency))
    if high is None:
        return words("clearing.at-least", low=Money(low, currency))
    return least if low == high else joined([least, shown(Money(high, currency))], "—", " – ")


def _apart(clearing: Clearing, why: Why) -> Pair:
    """What separates the two, each thing once though it is also why they were refused."""
    said = {part.code: part for part in why.parts if part.code not in ("match_demand.shares", "match.refused")}
    told = [part for part in why.parts if part.code not in ("match_demand.shares", "match.refused")]
    refused = [inner for part in why.parts if part.code == "match.refused" for inner in part.parts]
    level = {"match.refused-trl"} if "match_demand.level-short" in said else set()
    told += [inner for inner in refused if inner not in told and inner.code not in level]
    return listed(refusal(clearing, part) for part in told) if told else words("clearing.nothing-apart")


def _kind(part: Why) -> str:
    """Which of the four things points are given for a reason speaks of; empty for what is only told."""
    name = part.code.removeprefix("match_demand.").split("-")[0]
    return name if name in ("size", "urgency", "budget", "priority") else ""


def _share(part: Why) -> Pair:
    """What one of them adds: `size 12.5`; without points it is not known or not told."""
    name = label(words(f"clearing.points-{_kind(part)}"))
    if "points" not in part.args:
        return words("clearing.points-unknown", name=name)
    return words("clearing.points-of", name=name, points=f"{part.args['points']:.1f}")
