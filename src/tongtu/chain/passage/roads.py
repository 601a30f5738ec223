"""The pathways of a pack: which there are, and what one of them asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from tongtu.chain.dossier.charts import Arrow, Box, Flow
from tongtu.chain.dossier.document import Block, Chart, Document, Section, cell, joined, same
from tongtu.chain.dossier.pieces import by_pack
from tongtu.chain.law import pathways as pathways_of
from tongtu.chain.law import templates
from tongtu.chain.passage.pieces import facts, section, table, told
from tongtu.chain.report.spoken import Pair, both, labels, pair, words
from tongtu.pathway.exchange import asked, clock, serviced, step_told
from tongtu.pathway.model import Pathway, Stage
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

_SHARE = 100


@dataclass(frozen=True)
class Roads:
    """Every pathway of a pack, in every version."""

    pack: Pack
    pathways: tuple[Pathway, ...]
    as_of: date

    def document(self, most: int | None = None) -> Document:
        names = labels(self.pack)
        rows = [
            [cell(same(one.id)), cell(pair(one.label)), cell(same(one.version)), cell(told(f"side-{one.side}")),
             cell(same(str(len(one.stages)))), cell(_ways(one, names)),
             cell(same(one.grade), "warn" if one.grade == "ours" else ""),
             cell(told("in-force" if one.in_force(self.as_of) else "not-in-force"),
                  "good" if one.in_force(self.as_of) else "soft")]
            for one in self.pathways
        ]  # fmt: skip
        heads = ("pathway", "name/long", "version/day", "side", "n-stages/n", "ways", "grade/day", "force")
        return _document(
            self.pack, self.as_of, told("roads-title"), [section("roads", table(heads, rows, "no-roads", most))]
        )


@dataclass(frozen=True)
class Road:
    """One version of one pathway: its picture, stages and gates, statutory steps and fast lanes."""

    pack: Pack
    pathway: Pathway
    as_of: date

    def document(self, most: int | None = None) -> Document:
        own = self.pathway
        sections = [self._head(), section("stages", self._stages()), *(self._gate(stage) for stage in own.stages)]
        sections += [section("lanes", self._lanes())] if own.lanes else []
        title = told("road-title", name=own.label, version=own.version)
        return _document(self.pack, self.as_of, title, sections)

    def _head(self) -> Section:
        own, names = self.pathway, labels(self.pack)
        found = facts(
            ("pathway-id", cell(same(own.key))), ("side", cell(told(f"side-{own.side}"))),
            ("ways", cell(_ways(own, names))),
            ("since", cell(same(own.since.isoformat()))),
            ("until", cell(same("" if own.until is None else own.until.isoformat()))),
            ("templates", cell(joined([self._template(one) for one in own.agreements]))),
            ("buyer-side", cell(self._buyer())),
            ("source", cell(same(own.source))), ("grade", cell(same(own.grade), "warn" if own.grade == "ours" else "")),
        )  # fmt: skip
        return section("overview", [found, self._picture()])

    def _template(self, own: str) -> Pair:
        known = templates(self.pack)
        return pair(known[own].label) if own in known else same(own)

    def _buyer(self) -> Pair:
        known = [one.label for one in pathways_of(self.pack).values() if one.id == self.pathway.buyer]
        return pair(known[0]) if known else same(self.pathway.buyer)

    def _picture(self) -> Chart:
        boxes = [Box(stage.id, pair(stage.label), 1 if stage.parallel else 2 if stage.optional else 0,
                     both(Why("pathway_exchange.named-role", {"name": stage.gate.label, "role": _role(stage)})))
                 for stage in self.pathway.stages]  # fmt: skip
        arrows = [Arrow(before, stage.id) for stage in self.pathway.stages for before in stage.after]
        arrows += [Arrow(stage.id, stage.gate.recycle_to, told("sent-back"), dashed=True)
                   for stage in self.pathway.stages if stage.gate.recycle_to not in ("", stage.id)]  # fmt: skip
        kinds = [(told("box-stage"), "c0"), (told("box-parallel"), "c3"), (told("box-optional"), "c5")]
        shown = max(box.kind for box in boxes) + 1
        return Chart(told("chart-pathway"), Flow(boxes, arrows, kinds[:shown]), told("chart-pathway-shows"))  # type: ignore[arg-type]

    def _stages(self) -> list[Block]:
        names = labels(self.pack)["stage"]
        before = {stage.id: pair(stage.label) for stage in self.pathway.stages}
        rows = [[cell(pair(stage.label)), cell(names.get(stage.phase, same(stage.phase))),
                 cell(joined([before[one] for one in stage.after]) if stage.after else told("from-start")),
                 cell(_days(stage)), cell(pair(stage.gate.label)), cell(both(_role(stage))),
                 cell(same(str(stage.gate.decide_within)))] for stage in self.pathway.stages]  # fmt: skip
        return table(("stage", "phase", "after-stages", "typical-days/long", "gate", "owner", "decide-within/n"), rows,
                     "no-stages")  # fmt: skip

    def _gate(self, stage: Stage) -> Section:
        gate = stage.gate
        rows = [[cell(told("kind-asks")), cell(both(asked(one)))] for one in gate.criteria]
        rows += [[cell(told("kind-clock")), cell(both(one))] for one in clock(gate)]
        rows += [[cell(told("kind-step")), cell(told("step-is", step=step.label, what=step_told(step)))]
                 for step in stage.statutory]  # fmt: skip
        if gate.services:
            rows.append([cell(told("kind-services")), cell(joined([pair(one) for one in serviced(gate)]))])
        if stage.parallel:
            limits = {name: getattr(stage.parallel, name) for name in ("least", "most", "partners", "keep")}
            rows.append([cell(told("kind-branches")), cell(both(Why("pathway_exchange.side-by-side", limits)))])
        return Section(
            told("gate-title", stage=stage.label, gate=gate.label), table(("what", "said/long"), rows, "nothing")
        )

    def _lanes(self) -> list[Block]:
        gates = {stage.gate.id: pair(stage.gate.label) for stage in self.pathway.stages}
        rows = [[cell(pair(lane.label)), cell(both(Why(f"pathway.role-{lane.risk_owner}"))),
                 cell(joined([gates.get(one, same(one)) for one in lane.waives])),
                 cell(same(f"{lane.days_factor * _SHARE:g}%")),
                 cell(joined([both(asked(one)) for one in lane.conditions], "；", "; ")),
                 cell(same(lane.grade))] for lane in self.pathway.lanes]  # fmt: skip
        return table(
            ("lane", "risk-owner", "waives", "days-factor/n", "conditions/long", "grade/day"), rows, "no-lanes"
        )


def _role(stage: Stage) -> Why:
    return Why(f"pathway.role-{stage.gate.owner}")


def _days(stage: Stage) -> Pair:
    return joined(
        [both(Why("pathway_exchange.days-from", {"trl": trl, "days": n})) for trl, n in stage.days], "；", "; "
    )


def _ways(pathway: Pathway, names: dict[str, dict[str, Pair]]) -> Pair:
    return joined([names["cooperation"].get(one, same(one)) for one in pathway.cooperation])


def _document(pack: Pack, as_of: date, title: Pair, sections: list[Section]) -> Document:
    stamp = [words("dossier.as-of", day=as_of), by_pack(pack)]
    return Document(title, stamp, sections, [told("ours-is"), told("not-decided")], told("brand"))


def roads(pack: Pack, as_of: date) -> Roads:
    """All pathways of a pack. Raises PackRefused."""
    return Roads(pack, tuple(pathways_of(pack).values()), as_of)


def road(pack: Pack, said: str, as_of: date) -> Road:
    """One pathway by `id` (the newest version in force, else the newest) or `id@version`. Raises UsageFault."""
    found = pathways_of(pack)
    mine = [one for one in found.values() if said in (one.key, one.id, *pair(one.label))]
    if not mine:
        ids = sorted({one.id for one in found.values()})
        near = get_close_matches(said, [*ids, *found], 5, 0.4) or ids
        raise UsageFault.because("passage.no-pathway", "passage.no-pathway-repair", pathway=said, ids=tuple(near))
    return Road(pack, max(mine, key=lambda one: (one.in_force(as_of), one.since, one.version)), as_of)
