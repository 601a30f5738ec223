"""Tiers of platforms with everything a decision rests on: gates, figures and their source, both rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.dossier.document import (
    Block,
    Cell,
    Document,
    Facts,
    Paragraph,
    Section,
    Tone,
    cell,
    joined,
    lean,
    same,
)
from tongtu.chain.dossier.document import Table as Plain
from tongtu.chain.dossier.pieces import verdict
from tongtu.chain.network.ground import Network
from tongtu.chain.network.learned import Learnt
from tongtu.chain.network.pieces import (
    DASH,
    IN_DEPTH,
    because,
    between,
    columns,
    document,
    facts,
    label,
    note,
    number,
    quantity,
    section,
    share,
    state,
    table,
    with_id,
)
from tongtu.chain.report.spoken import Pair, pair, words

if TYPE_CHECKING:
    from tongtu.pilots.evaluation import Rubric, Tiers

Row = dict[str, Any]
_SOURCES: dict[str, Tone] = {"ledger": "good", "evidence": "good", "declared": "warn", "contested": "warn"}


@dataclass(frozen=True)
class Tiered:
    """`one`: the only platform asked about, where there is one; `learnt`: weights from a committee's examples."""

    network: Network
    found: Tiers
    one: str | None = None
    learnt: Learnt | None = None
    _parts: dict[str, dict[str, list[Row]]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def rubric(self) -> Rubric:
        return self.found.rubric

    def document(self, most: int | None = None) -> Document:
        """The table of all platforms; each in depth where they are few or one was asked for."""
        sections = [self._result()]
        if self.one is None:
            sections.append(self._overview(most))
        sections += self._appeal(most)
        if self.learnt is not None:
            sections += self.learnt.sections()
        told = self._rows("tiers")
        if self.one is not None:
            sections += [Section(*self._deep(told[self.one][0]))]
        elif most is None and len(told) <= IN_DEPTH:
            each = [Section(*self._deep(rows[0])) for rows in told.values()]
            sections.append(section("in-depth", each))
        return self._made(sections)

    def sheets(self) -> Document:
        """The same as flat tables: a sheet each for tiers, gates, figures, changes and what each dimension carries."""
        sections = [self._result(), self._overview(None), *self._appeal(None)]
        sections += self.learnt.sections() if self.learnt is not None else []
        for name, heads, row in (
            ("gates", ("platform", "tier", "gate", "verdict/day", "cite", "because/long"), self._gate),
            ("figures", ("platform", *_FIGURES), self._figure),
            ("changes", ("platform", *_CHANGES), self._change),
            ("without", ("platform", *_WITHOUT), self._without),
        ):
            rows = [[self._platform(own), *row(line)]
                    for own, lines in self._rows(_TABLES[name]).items() for line in lines]  # fmt: skip
            sections.append(section(name, table(heads, rows, "nothing")))
        return self._made(sections)

    def _made(self, sections: list[Section]) -> Document:
        if self.one is None:
            return document(self.network, words("network.tier-title"), sections, self._by())
        title = words("network.tier-of", name=label(self.network.name("platforms", self.one)))
        return document(self.network, title, sections, same(self.one), self._by())

    def _by(self) -> Pair:
        rubric = self.rubric
        return words("network.by-rubric", name=rubric.name, version=rubric.version)

    # ------------------------------------------------------------------------------------------ all of them

    def _result(self) -> Section:
        """Whose rubric it is, how many stand where, what is open."""
        rubric, frame = self.rubric, self.found.tiers
        counted = dict(frame.group_by("tier").len().iter_rows())
        rows = [(pair(tier.label), cell(same(str(counted.get(tier.name, 0))))) for tier in reversed(rubric.tiers)]
        rows.append(
            (words("network.no-tier"), cell(same(str(counted.get(None, 0))), "warn" if None in counted else ""))
        )
        blocks: list[Block] = []
        if rubric.grade == "ours":
            blocks.append(
                Paragraph(
                    [
                        f"{a}：{b}" if i == 0 else f"{a}: {b}"
                        for i, (a, b) in enumerate(zip(pair(rubric.name), pair(rubric.notice), strict=True))
                    ],
                    "warn",
                )
            )
        if self.one is None:
            blocks.append(Facts(rows))
        told = {"up": rubric.cutting_level, "down": rubric.keep_level, "n": len(rubric.scored)}
        blocks += [note("rule-strict", **told), note("rule-shares")]
        return section("result", blocks)

    def _overview(self, most: int | None) -> Section:
        frame = self.found.tiers
        order = {tier.name: place for place, tier in enumerate(self.rubric.tiers)}
        rows = sorted(frame.to_dicts(), key=lambda row: (-order.get(row["tier"], -1), row["platform"]))
        tiers = [tier.name for tier in self.rubric.tiers]
        heads = ("platform", "held/day", "tier/day", "gate/day", "both/day", "shares/n", "level/n", "unknown/n")
        blocks = table(heads, [self._standing(row, tiers) for row in rows], "no-platforms", most)
        lifts = [[self._platform(own), cell(self._small(self._rows("changes")[own]))]
                 for own in (row["platform"] for row in rows) if own in self._rows("changes")]  # fmt: skip
        if lifts:
            blocks += [
                Paragraph(words("network.changes")),
                *table(("platform", "smallest/long"), lifts, "nothing", most),
            ]
        return section("tiers", blocks)

    def _standing(self, row: Row, tiers: list[str]) -> list[Cell]:
        shares = [row.get(f"share_{tier}") for tier in tiers]
        said = same(" / ".join("—" if one is None else f"{one * 100:.0f}" for one in shares))
        unknown = cell(same(str(row["missing"] or 0)), "warn" if row["missing"] else "soft")
        strict, lenient = self._short(row["strict"]), self._short(row["lenient"])
        rules = cell(joined([strict, lenient], " / ", " / "), "warn" if strict != lenient else "")
        decided = self._decided(row)
        decided = cell(self._short(row["tier"]), decided.tone) if row["tier"] else decided
        return [
            self._platform(row["platform"]),
            cell(self._short(row["held"])),
            decided,
            self._gated(row["gate"]),
            rules,
            cell(said),
            cell(between(row["level_low"], row["level_high"])),
            unknown,
        ]

    def _appeal(self, most: int | None) -> list[Section]:
        """What the contested figures change: the figures themselves, the support they give, the tiers."""
        appeal = self.found.appeal
        if appeal is None:
            return []
        rows = [self._contested(row) for row in appeal.rows.iter_rows(named=True)]
        heads = ("platform", "indicator", "before/n", "after/n", "tier-before/day", "tier-after/day", "because/long")
        support = [self._supported(row) for row in appeal.difference.support.iter_rows(named=True)]
        told = ("platform", "to-tier/day", "indicator", "support-before/n", "support-after/n")
        blocks = [note("appeal-is"), *table(heads, rows, "no-appeal", most)]
        if support:
            blocks += [Paragraph(words("network.support-changed")), *table(told, support, "nothing", most)]
        return [section("appeal", blocks)]

    def _contested(self, row: Row) -> list[Cell]:
        unit = self.rubric[row["indicator"]].unit
        before, after = self._tier(row["tier_before"]), self._tier(row["tier_after"])
        if row["tier_before"] != row["tier_after"]:
            after = cell(after.text, "good")
        return [self._platform(row["platform"]), self._named(row["indicator"]), quantity(row["before"], unit),
                quantity(row["after"], unit), before, after, because(row["why"])]  # fmt: skip

    def _supported(self, row: Row) -> list[Cell]:
        return [self._platform(row["platform"]), self._tier(row["category"]), self._named(row["criterion"]),
                cell(share(row["before"], 0)), cell(share(row["after"], 0))]  # fmt: skip

    # ------------------------------------------------------------------------------------------ one of them

    def _deep(self, row: Row) -> tuple[Pair, list[Block], Cell]:
        """Heading, blocks and badge of a platform."""
        own = row["platform"]
        shares = [joined([pair(t.label), share(row.get(f"share_{t.name}"), 1)], " ", " ") for t in self.rubric.tiers]
        head = facts(
            ("held-now", self._tier(row["held"])),
            ("decided", self._decided(row)),
            ("both-rules", cell([f"{a} / {b}" for a, b in zip(self._tier(row["strict"]).text,
                                                              self._tier(row["lenient"]).text, strict=True)])),
            ("acceptability", cell(joined(shares))),
            ("support", cell(share(row["support"]))),
            ("level-holds", cell(between(row["level_low"], row["level_high"]))),
            ("not-known", number(row["missing"])),
            ("place", number(row.get("order"))),
            ("because", because(row["why"])),
        )  # fmt: skip
        blocks: list[Block] = [head]
        for name, heads, cells in (
            ("gates", ("tier/day", "gate", "verdict/day", "cite", "because/long"), self._gate),
            ("figures", _FIGURES, self._figure),
            ("changes", _CHANGES, self._change),
            ("without", _WITHOUT, self._without),
        ):
            lines = [cells(line) for line in self._rows(_TABLES[name]).get(own, [])]
            if lines:
                blocks += [Paragraph(words(f"network.{name}"), ""), lean(Plain(columns(*heads), lines))]
        return with_id(self.network.name("platforms", own), own), blocks, self._decided(row)

    def _gate(self, row: Row) -> list[Cell]:
        cite = cell(same(row["citation"] or ""), "soft")
        return [
            self._tier(row["tier"]),
            cell(self._gates.get(row["gate"], same(row["gate"]))),
            verdict(row["verdict"]),
            cite,
            because(row["why"]),
        ]

    def _figure(self, row: Row) -> list[Cell]:
        unit, scored = row["unit"], self.rubric[row["indicator"]]
        asked = [quantity(scored.at.get(tier.name), unit).text if scored.at else same("")
                 for tier in self.rubric.tiers[1:]]  # fmt: skip
        met = [self._meets(row["value"], row["indicator"], tier.name) for tier in self.rubric.tiers[1:]]
        tone: Tone = (
            "good" if met and met[-1] else "" if met and met[0] else "bad" if row["value"] is not None else "warn"
        )
        place = same(f"{row['place']}/{row['peers']}") if row["place"] else DASH
        return [self._named(row["dimension"], "soft"), self._named(row["indicator"]),
                quantity(row["value"], unit, tone if scored.scored else ""),
                cell(joined(asked, " / ", " / "), "soft"), number(scored.weight or None),
                state("source", row["source"], _SOURCES) if row["source"] else cell(words("terms.unknown"), "warn"),
                quantity(row["median"], unit) if row["median"] is not None else cell(DASH, "soft"), cell(place),
                because(row["why"])]  # fmt: skip

    def _meets(self, value: float | None, indicator: str, tier: str) -> bool:
        asked = self.rubric[indicator].at.get(tier)
        return value is not None and asked is not None and self.rubric[indicator].better(value, asked)

    def _change(self, row: Row) -> list[Cell]:
        unit = row["unit"]
        named = self._named(row["indicator"]) if row["indicator"] else cell(DASH, "soft")
        return [self._tier(row["target"]), number(row["option"]), named, quantity(row["value"], unit),
                quantity(row["wanted"], unit, "good") if row["wanted"] is not None else cell(DASH, "soft"),
                state("how", row["how"]), because(row["why"])]  # fmt: skip

    def _without(self, row: Row) -> list[Cell]:
        moved: Tone = "warn" if row["shift"] else ""
        return [self._named(row["dimension"]), cell(self._tier(row["strict"]).text, moved), number(row["shift"], moved),
                because(row["why"])]  # fmt: skip

    # ------------------------------------------------------------------------------------------ small pieces

    @cached_property
    def _gates(self) -> dict[str, Pair]:
        """Names of the scheme's criteria by path."""
        versions = self.rubric.scheme.versions
        return {one.path: pair(one.label) for version in versions for _, one, _ in version.criteria()}

    def _rows(self, name: str) -> dict[str, list[Row]]:
        """Platform → its rows of one of the frames."""
        if name not in self._parts:
            found: dict[str, list[Row]] = {}
            frame: pl.DataFrame = getattr(self.found, name)
            for row in frame.iter_rows(named=True):
                found.setdefault(row["platform"], []).append(row)
            wanted = found if self.one is None else {self.one: found.get(self.one, [])}
            self._parts[name] = wanted
        return self._parts[name]

    def _platform(self, own: str) -> Cell:
        return cell(with_id(self.network.name("platforms", own), own))

    def _tier(self, tier: str | None) -> Cell:
        if tier is None:
            return cell(DASH, "soft")
        if tier in {one.name for one in self.rubric.tiers}:
            return cell(pair(self.rubric.label(tier)))
        return cell(self.network.label("platform_tier", tier))

    def _decided(self, row: Row) -> Cell:
        if row["tier"] is None:
            return cell(words("network.no-tier"), "bad" if row["gate"] == "unmet" else "warn")
        return cell(self._tier(row["tier"]).text, "good" if row["tier"] == row["strict"] else "warn")

    def _gated(self, found: str | None) -> Cell:
        return cell(DASH, "soft") if found is None else verdict(found)

    def _named(self, name: str, tone: Tone = "") -> Cell:
        return cell(pair(self.rubric.label(name)), tone)

    def _small(self, rows: list[Row]) -> Pair:
        """The first way to the next tier: one figure, or several that only together are enough."""
        first = [row for row in rows if row["goal"] == "next" and row["option"] == 1]
        if not first or first[0]["indicator"] is None:
            return words("network.no-change")
        target = label(self._short(first[0]["target"]))
        if len(first) > 1:
            names = label(joined([pair(self.rubric.label(row["indicator"])) for row in first]))
            return words("network.together", n=len(first), names=names, tier=target)
        row = first[0]
        ends = [quantity(row[end], row["unit"]).text for end in ("value", "wanted")]
        told = {"name": self.rubric.label(row["indicator"]), "before": label(ends[0]), "after": label(ends[1])}
        return words("network.smallest-change", tier=target, **told)

    def _short(self, tier: str | None) -> Pair:
        """A tier by the shortest of its names: tables have little room."""
        if tier is None:
            return DASH
        also = [name for name, code in self.network.pack.aliases.get("platform_tier", {}).items() if code == tier]
        return [min(also, key=len), tier] if also else self._tier(tier).text


_TABLES = {"gates": "gates", "figures": "evaluation", "changes": "changes", "without": "without"}
_FIGURES = ("dimension", "indicator", "value/n", "asked/n", "weight/n", "source/day", "median/n", "peers-place/n",
            "because/long")  # fmt: skip
_CHANGES = ("to-tier/day", "option/n", "indicator", "now/n", "wanted/n", "how/day", "because/long")
_WITHOUT = ("dimension", "tier/day", "shift/n", "because/long")


def tiered(
    network: Network,
    *,
    platform: str | None = None,
    direction: str | None = None,
    rubric: Rubric | None = None,
    contested: pl.DataFrame | None = None,
    examples: pl.DataFrame | None = None,
    draws: int = 1000,
) -> Tiered:
    """Tiers of the platforms of the folder, or of one direction.

    `contested`: platform, indicator, value and perhaps grade, for an appeal; `examples`: platform and category from
    which weights are learnt. Raises UsageFault where there are no platforms or no such platform.
    """
    from tongtu.chain.network.learned import learnt
    from tongtu.pilots import evaluation

    network.filled("platforms")
    one = None if platform is None else network.one("platforms", platform)
    network.tell("sorting")
    found = evaluation.tiers(
        network.registry, network.pack, network.as_of, network.seed, rubric=rubric, known_at=network.known_at,
        direction=direction, contested=contested, draws=draws, progress=network.progress,
    )  # fmt: skip
    taught = None if examples is None else learnt(network, found, examples)
    if one is not None and one not in found.tiers["platform"]:
        raise network.not_among("platforms", one, found.tiers["platform"].to_list())
    return Tiered(network, found, one, taught)


def rubric(network: Network, text: str | None, file: str) -> Rubric:
    """The rubric of a file of one's own, or the pack's. Raises PackRefused with every fault and its line."""
    from tongtu.pilots import evaluation

    return evaluation.rubric_of(network.pack) if text is None else evaluation.read_rubric(text, network.pack, file)
