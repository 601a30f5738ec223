"""A plan (规划建设方案) for each platform to be built: what, who, how, as a document to be appraised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tongtu.chain.dossier.document import Block, Cell, Document, Paragraph, Section, cell, joined, lean, same
from tongtu.chain.dossier.document import Table as Plain
from tongtu.chain.network.ground import Network
from tongtu.chain.network.laid import Laid
from tongtu.chain.network.pieces import columns, cost, document, number, optima, quantity, section
from tongtu.chain.report.spoken import Pair, both, words

if TYPE_CHECKING:
    from tongtu.pilots.layout import Plan, PlanRow


def planned(laid: Laid) -> dict[str, Document]:
    """Place → its plan, in the order of the actions."""
    from tongtu.pilots import layout

    network = laid.network
    found = layout.plans_of(network.registry, laid.found, network.pack, network.as_of, laid.relatedness)
    return {plan.place: _document(laid, plan) for plan in found}


def _document(laid: Laid, plan: Plan) -> Document:
    network = laid.network
    sections = [section("summary", [Paragraph(both(plan.summary))])]
    sections += [Section(both(part.heading), _rows(network, part.rows)) for part in plan.sections]
    sections.append(section("optimum", optima(laid.found.solutions)))
    return document(network, both(plan.title), sections, foot=[words("network.plan-foot")])


def _rows(network: Network, rows: tuple[PlanRow, ...]) -> list[Block]:
    """Lines with a candidate or a score as a table of candidates; the others as a table of items."""
    ranked: dict[str, list[PlanRow]] = {}
    for row in rows:
        if row.organisation is not None:
            ranked.setdefault(row.item, []).append(row)
    others = [row for row in rows if row.organisation is None]
    blocks: list[Block] = []
    if others:
        heads = columns("item", "figure/n", "range", "period-of/day", "because/long")
        blocks.append(lean(Plain(heads, [_item(row) for row in others])))
    for item, mine in ranked.items():
        heads = columns("rank/n", "organisation", "kind/day", "score/n", "because/long")
        lines = [_candidate(network, place, row) for place, row in enumerate(mine, start=1)]
        blocks += [Paragraph(words(f"network.plan-{item}")), lean(Plain(heads, lines))]
    return blocks


def _item(row: PlanRow) -> list[Cell]:
    days = [same(day.isoformat()) for day in (row.date_from, row.date_to) if day is not None]
    return [cell(both(row.text)), _figure(row), cell(_range(row)), cell(joined(days, " – ", " – ")),
            cell(both(row.why))]  # fmt: skip


def _figure(row: PlanRow) -> Cell:
    if row.money is not None:
        return cost(row.money.minor, row.money.currency)
    return cell(same("")) if row.value is None else _quantity(row, row.value)


def _quantity(row: PlanRow, value: float) -> Cell:
    if row.money is not None:
        return cost(round(value), row.money.currency)
    return quantity(value, row.unit)


def _range(row: PlanRow) -> Pair:
    """From lowest to highest of the peers, and how many they are."""
    ends = [_quantity(row, end).text for end in (row.low, row.high) if end is not None]
    span = joined(ends, " – ", " – ") if len(ends) == 2 and ends[0] != ends[1] else same("")
    return [f"{span[0]}（n={row.n}）", f"{span[1]} (n={row.n})"] if row.n and span[0] else span


def _candidate(network: Network, place: int, row: PlanRow) -> list[Cell]:
    name = network.name("organisations", row.organisation)
    return [cell(same(str(place))), cell(name), cell(network.label("builder_kind", row.builder)),
            number(row.score, digits=2), cell(both(row.why))]  # fmt: skip
