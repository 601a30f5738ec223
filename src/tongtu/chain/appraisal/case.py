"""One case: what it has proved, how sure that is, what holds it down, what evidence lifts it and where to get it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from tongtu.chain.appraisal import pictures
from tongtu.chain.appraisal.beside import beside
from tongtu.chain.appraisal.ground import Appraisal
from tongtu.chain.appraisal.pieces import (
    DASH,
    Row,
    between,
    cell,
    chance,
    cost,
    day,
    document,
    facts,
    joined,
    label,
    level,
    note,
    number,
    same,
    section,
    table,
    tell,
    words,
)
from tongtu.chain.dossier.document import Block, Cell, Document, Paragraph, Section, Tone
from tongtu.chain.report.spoken import Pair, both
from tongtu.terms.why import Why

#: parts of a reason that a table's columns or the foot of the page say already
_PLAIN = {"appraise.required", "appraise.beside", "appraise.ours-maturity"}
_WHOLE = {"appraise.overall", "appraise.overall-top"}
#: sets of evidence that are looked for, for each goal
_SETS = 3
_TONES: dict[str, Tone] = {"own": "good", "offered": "good", "unpriced": "warn", "nobody": "bad"}


@dataclass(frozen=True)
class Case:
    """`rows`: the case's rows of the table of maturity, the whole last; `sets`: what would lift it; `lapsing`:
    when its evidence runs out."""

    ground: Appraisal
    own: str
    rows: list[Row]
    chances: pl.DataFrame
    sets: pl.DataFrame
    lapsing: pl.DataFrame

    @property
    def whole(self) -> Row:
        return self.rows[-1]

    def document(self, most: int | None = None) -> Document:
        sections = [
            self._head(),
            self._dimensions(),
            self._sure(),
            *self._lifting(),
            *beside(self.ground, self.own, most),
        ]
        title = words("appraisal.case-title", name=label(self.ground.name(self.own)))
        return document(self.ground.network, title, sections)

    # ------------------------------------------------------------------------------------------ what is proved

    def _head(self) -> Section:
        row, network = self.ground.rows[self.own], self.ground.network
        weakest = [network.label("maturity_dimension", one["dimension"]) for one in self.rows if one["weakest"]]
        told = facts(
            ("achievement", cell(network.name("achievements", row["achievement"], "title"))),
            ("direction", cell(network.direction(row["direction"]))),
            ("stage", cell(network.label("stage", row["stage"]))),
            ("known-level", level(self.whole["level"])),
            ("range", between(self.whole["low"], self.whole["high"])),
            ("weakest", cell(joined(weakest), "warn")),
            ("sure-of-it", chance(self._chance(self.whole["level"]))),
        )
        why = Why.from_json(self.whole["why"])
        # where all is known the facts say it already
        open_ = [] if why.code in _WHOLE else [Paragraph(both(Why(why.code, why.args)))]
        return section("result", [told, *open_])

    def _chance(self, at: int | None) -> float | None:
        if at is None:
            return None
        return dict(self.chances.select("level", "p").iter_rows()).get(at)

    def _dimensions(self) -> Section:
        parts = self.rows[:-1]
        target = None if self.whole["level"] is None else min(self.whole["level"] + 1, 9)
        rows = [self._dimension(row) for row in parts]
        heads = (
            "dimension/day",
            "role/day",
            "claimed/n",
            "said/n",
            "shown/n",
            "grade/day",
            "can-be/day",
            "because/long",
        )
        return section("dimensions", [pictures.dimensions(self.ground, parts, target), *table(heads, rows, "nothing")])

    def _dimension(self, row: Row) -> list[Cell]:
        network = self.ground.network
        why = Why.from_json(row["why"])
        codes = {part.code for part in why.parts}
        role = words("appraisal.required" if "appraise.required" in codes else "appraisal.beside")
        told = [both(part) for part in why.parts if part.code not in _PLAIN]
        sources = why.args.get("sources", ())
        if sources:
            told.insert(0, words("appraisal.sources-told", n=why.args["n"], ids=tuple(sources)))
        return [
            cell(network.label("maturity_dimension", row["dimension"]), "warn" if row["weakest"] else ""),
            cell(role),
            number(row["claimed"]),
            number(pictures.said(row)),
            number(row["level"]),
            cell(network.label("evidence_grade", row["grade"]) if row["grade"] else DASH),
            between(row["low"], row["high"]),
            cell(joined(told, "；", "; ")),
        ]

    def _sure(self) -> Section:
        return section("sure", [pictures.chances(self.chances, self.whole["level"]), note("sure-is")])

    # ------------------------------------------------------------------------------------------ what would lift it

    def _lifting(self) -> Iterator[Section]:
        for (goal, target), rows in self.sets.group_by("goal", "target", maintain_order=True):
            found: list[Block] = [note(f"goal-{goal}", target=target)]
            for _, chosen in rows.group_by("option", maintain_order=True):
                found += self._set(chosen)
            yield section(f"lift-{goal}", found, target=target)

    def _lapsing(self) -> Iterator[Section]:
        """When evidence runs out, and what the level comes to if nobody renews it."""
        rows = [
            [
                day(row["on"]),
                cell(same(", ".join(row["evidence"]))),
                level(row["level"]),
                between(row["low"], row["high"]),
            ]
            for row in self.lapsing.iter_rows(named=True)
        ]
        if rows:
            yield section(
                "lapsing",
                [note("lapsing-is"), *table(("on/day", "ends", "known-level/day", "range/day"), rows, "nothing")],
            )

    def _set(self, chosen: pl.DataFrame) -> list[Block]:
        lifts = chosen.to_dicts()
        heads = ("dimension/day", "step/day", "must-show/long", "by-evidence", "who", "fee/n", "ready/day", "route")
        total = Paragraph(words("appraisal.set", option=lifts[0]["option"], **self._totals(lifts)))
        return [total, *table(heads, [self._lift(row) for row in lifts], "nothing")]

    def _totals(self, lifts: list[Row]) -> dict[str, object]:
        currency = next((row["currency"] for row in lifts if row["currency"]), None)
        paid, days = lifts[0]["total"], lifts[0]["total_days"]
        fee = words("appraisal.no-fee") if paid == 0 else cost(paid, currency).text
        own = all(row["status"] == "own" for row in lifts)
        wait = (
            words("appraisal.own-time")
            if own
            else words("terms.unknown")
            if days is None
            else words("appraisal.days", n=days)
        )
        return {"n": len(lifts), "fee": label(fee), "wait": label(wait)}

    def _lift(self, row: Row) -> list[Cell]:
        network = self.ground.network
        step = (
            words("appraisal.unshown-step", to=row["to"])
            if row["from"] is None
            else same(f"{row['from']} → {row['to']}")
        )
        kinds = [network.label("evidence_kind", row["kind"]), network.label("evidence_grade", row["grade"])]
        route = "near" if row["near"] and row["status"] == "offered" else row["status"]
        return [
            cell(network.label("maturity_dimension", row["dimension"])),
            cell(step),
            cell(self._text(row["dimension"], row["to"])),
            cell(joined([one for one in kinds if any(one)], " · ", " · ")),
            self._who(row),
            self._fee(row),
            self._ready(row),
            cell(words(f"appraise_maturity.by-{route}"), _TONES[row["status"]]),
        ]

    def _text(self, dimension: str, at: int) -> Pair:
        from tongtu.appraise.maturity import level_texts

        rows = level_texts().filter(pl.col("dimension") == dimension, pl.col("level") == at)
        return list(rows.select("zh", "en").row(0)) if rows.height else ["", ""]

    def _who(self, row: Row) -> Cell:
        network, seller = self.ground.network, row["seller"]
        if seller is None:
            return cell(DASH, "soft")
        name = network.name("platforms", seller)
        if name[0] == seller:
            providers = dict(network.registry["providers"].select("provider", "organisation").iter_rows())
            name = network.name("organisations", providers.get(seller)) if seller in providers else name
        place = network.place(row["region"])
        return cell([f"{name[0]}（{place[0]}）", f"{name[1]} ({place[1]})"] if any(place) else name)

    def _fee(self, row: Row) -> Cell:
        if row["status"] == "own":
            return cell(words("appraisal.no-fee"), "soft")
        return cell(DASH, "soft") if row["status"] == "nobody" else cost(row["price"], row["currency"])

    def _ready(self, row: Row) -> Cell:
        if row["days"] is None or row["status"] == "own":
            return cell(DASH, "soft")
        start = self.ground.network.as_of
        return cell(same((start + timedelta(days=row["days"])).isoformat()))


def case(ground: Appraisal, said: str) -> Case:
    """What one case has proved, found by its id, its need, its achievement or a title. Raises UsageFault."""
    from tongtu.appraise.maturity import lapses, next_evidence

    own = ground.one(said)
    tell(ground.network, "reading-case")
    mine = ground.of(ground.maturity, own)
    near = {own: ground.rows[own]["region"]}
    sets = next_evidence(mine, ground.offers, near=near, most=_SETS)
    network, one = ground.network, ground.of(ground.cases, own)
    ending = lapses(one, network.registry, network.as_of, given=ground.given)
    return Case(ground, own, mine.to_dicts(), ground.of(ground.chances, own), sets, ending)
