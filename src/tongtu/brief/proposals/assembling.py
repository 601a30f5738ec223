"""Articles to groups: how their items are asked together, to which tier they belong, and what stands in for what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from tongtu.brief.facts import clauses
from tongtu.brief.proposals import words
from tongtu.brief.proposals.conditions import Reading, item, manual
from tongtu.brief.proposals.draft import Group, Leaf, Tier, Way
from tongtu.brief.proposals.outline import Article, Node
from tongtu.brief.proposals.questions import Question
from tongtu.brief.proposals.thresholds import Row
from tongtu.terms.why import Label, Why
from tongtu.terms.words import word

MOST = 400  # lines that ask for something in one draft
_NEAR = 200  # characters before a figure that may say what it is
_NAME = 30  # characters of an article's words in the name of its group
_COUNT = re.compile(r"\s*(?:其中)?(?P<n>\d{1,2}|[一二两三四五六七八九十])\s*(?:项|条|个)")
_LEAD_END = re.compile(r"[:]\s*")


class Assembly:
    """Groups by tier, and the questions that arise while they are made."""

    def __init__(self, reading: Reading, tiers: Mapping[str, Label], *, several: bool) -> None:
        self.reading, self.known, self.several = reading, tiers, several
        self.gates: list[Group] = []
        self.tiers: dict[str, list[Group]] = {}
        self.questions: list[Question] = []
        self.left = MOST

    def add(self, article: Article) -> None:
        """One article, as a group of the tiers it names or of all; what it does not decide becomes a question."""
        node, text = article.node, self.reading.text
        said = text[node.start : node.end]
        figures = self.reading.inside(self.reading.figures, node.start, node.end)
        if not self._room(node):
            return
        if article.plain and (not figures or words.phrase("grant").search(said)):
            if not figures:
                why = Why("brief_proposals.condition-left-out", {"cite": article.cite})
                self.questions.append(Question("condition", why, start=node.start, end=node.end))
            return
        group = self._group(node, article.cite)
        homes = [self.tiers.setdefault(tier, []) for tier in self._tiers_of(article)] or [self.gates]
        for home in homes:
            self._place(group, home, said)

    def _place(self, group: Group, home: list[Group], said: str) -> None:
        asking = [before for before in home if before.way != "none" and before.instead is None]
        if words.phrase("instead").search(said) and asking:
            other = asking[-1]
            other.instead = group
            why = Why("brief_proposals.stands-in", {"cite": group.cite, "other": other.cite or other.name})
            self.questions.append(Question("structure", why, start=group.start, end=group.end))
        else:
            home.append(group)

    def _tiers_of(self, article: Article) -> list[str]:
        """Titles named in the article's first words, else in the heading above it."""
        for start, end in article.opening:
            named = [row["tier"] for row in self.reading.tiers if start <= row["start"] < end]
            found = [tier for tier in dict.fromkeys(named) if tier in self.known]
            if found:
                return found if self.several else found[:1]
        return list(self.known) if len(self.known) == 1 else []

    # groups

    def _group(self, node: Node, cite: str) -> Group:
        way, least = self._way(node)
        group = Group(self._name(node, cite), cite, node.start, node.end, way, least)
        if node.below:
            for child in node.below:
                if self._room(child):
                    group.parts += self._parts(child, cite + child.label)
            if way == "at_least" and not 1 <= least <= len(group.parts):
                group.way, group.least = "all", 0
                why = Why("brief_proposals.not-so-many", {"cite": cite, "least": least, "parts": len(group.parts)})
                self.questions.append(Question("structure", why, start=node.start, end=node.end))
        else:
            start = self._after_lead(node)
            leaves, choice = item(self.reading, start, node.end, cite)
            group.parts += leaves
            group.way = "any" if choice else group.way if group.way != "at_least" else "all"
        if not group.parts:
            group.parts.append(manual(self.reading, node.start, node.end, cite))
        return group

    def _room(self, node: Node) -> bool:
        """Whether the draft may grow; a text with more conditions than anybody has written is told once."""
        if self.left == 0:
            why = Why("brief_proposals.too-many", {"most": MOST})
            self.questions.append(Question("structure", why, start=node.start, end=node.end))
        self.left -= 1
        return self.left >= 0

    def _parts(self, node: Node, cite: str) -> Sequence[Group | Leaf]:
        if node.below:
            return [self._group(node, cite)]
        leaves, choice = item(self.reading, node.start, node.end, cite)
        if len(leaves) < 2:
            return leaves
        way: Way = "any" if choice else "all"
        return [Group(self._name(node, cite), cite, node.start, node.end, way, parts=[*leaves])]

    def _way(self, node: Node) -> tuple[Way, int]:
        said = self.reading.text[node.start : node.end]
        least = words.phrase("least").search(said)
        count = _COUNT.match(said, least.end()) if least else None
        if count is not None and (n := words.number(count["n"])):
            return "at_least", n
        if node.below and words.phrase("bar").search(said):
            return "none", 0
        return ("any", 0) if node.below and words.phrase("any").search(said) else ("all", 0)

    def _after_lead(self, node: Node) -> int:
        """Where the conditions of a line begin: behind the colon of its first words."""
        lead = words.phrase("lead").search(self.reading.text, node.start, node.end)
        colon = _LEAD_END.search(self.reading.text, lead.end() if lead else node.start, node.end)
        return colon.end() if colon else lead.end() if lead else node.start

    def _name(self, node: Node, cite: str) -> Label:
        quote = self.reading.quote(node.start, node.end)
        short = quote if len(quote) <= _NAME else quote[: _NAME - 1] + "…"
        zh = f"{cite} {short.rstrip(':：。；;')}".strip() or word("brief_proposals.conditions", "zh")
        return Label(zh, word("brief_proposals.group", "en", cite=cite or short))


def loose(reading: Reading, walls: Iterable[int]) -> list[Group]:
    """Where no article holds conditions: each sentence that sets a bound, unless it grants something."""
    found: list[Group] = []
    for start, end in clauses.sentences(reading.text, walls):
        rows = [r for r in reading.inside(reading.figures, start, end) if r["kind"] == "limit"]
        if rows and len(found) < MOST and not words.phrase("grant").search(reading.text, start, end):
            leaves, choice = item(reading, start, end, "")
            name = Label(word("brief_proposals.conditions", "zh"), word("brief_proposals.conditions", "en"))
            if leaves:
                found.append(Group(name, "", start, end, "any" if choice else "all", parts=[*leaves]))
    return found


def listed_cases(reading: Reading, nodes: Iterable[Node]) -> list[Question]:
    """Lists of cases that bar nobody from applying: they end a title or call for a check, which is not drafted."""
    return [
        Question("structure", Why("brief_proposals.cases-left-out", {"quote": reading.quote(node.start, node.end)}),
                 start=node.start, end=node.end)
        for node in nodes
    ]  # fmt: skip


def passed_over(reading: Reading, groups: Iterable[Group], bounded: Iterable[Row]) -> list[Question]:
    """Figures that set a bound and are in no condition of the draft: support given, times, shares."""
    taken = [(leaf.start, leaf.end) for group in groups for leaf in group.leaves()]
    asked = []
    for row in bounded:
        if not any(start <= row["start"] and row["end"] <= end for start, end in taken):
            earliest = max(row["start"] - _NEAR, 0)
            begin = max(reading.text.rfind(mark, earliest, row["start"]) for mark in "。\n;") + 1 or earliest
            grant = words.phrase("grant").search(reading.text, begin, row["end"]) is not None
            kind = "grant" if grant else "figure"
            why = Why(f"brief_proposals.{kind}-left-out", {"quote": reading.quote(row["start"], row["end"])})
            asked.append(Question(kind, why, start=row["start"], end=row["end"]))
    return asked


def numbered(groups: Iterable[Group]) -> None:
    """Gives every group and leaf its path: A5.2, with the article's number where it has one."""
    taken: set[str] = set()
    for at, group in enumerate(groups, start=1):
        match = re.search(r"\d+|[一二三四五六七八九十百]+", group.cite)
        n = words.number(match.group()) if match else None
        name = f"A{n}" if n is not None else f"G{at}"
        while name in taken:
            name += "x"
        taken.add(name)
        _paths(group, name)


def _paths(group: Group, path: str) -> None:
    group.path = path
    for at, part in enumerate(group.parts, start=1):
        if isinstance(part, Group):
            _paths(part, f"{path}.{at}")
        else:
            part.path = f"{path}.{at}"
    if group.instead is not None:
        _paths(group.instead, f"{path}.instead")


def tiers_named(reading: Reading, articles: Iterable[Article]) -> list[str]:
    """Titles that the first words of an article, or the heading above it, speak of."""
    found = []
    for article in articles:
        for start, end in reversed(article.opening):
            found += [row["tier"] for row in reading.tiers if start <= row["start"] < end]
    return list(dict.fromkeys(found))


def settled(
    assembly: Assembly, known: Mapping[str, Label], otherwise: tuple[str, Label]
) -> tuple[list[Group], list[Tier]]:
    """Gates and tiers: with one tier everything is its own, without any the one given is made."""
    named = [Tier(tier, known[tier], groups) for tier, groups in assembly.tiers.items() if groups]
    if len(named) > 1:
        return assembly.gates, named
    if named:
        groups = sorted([*assembly.gates, *named[0].groups], key=lambda g: g.start)
        return [], [Tier(named[0].tier, named[0].name, groups)]
    return [], [Tier(*otherwise, assembly.gates)]
