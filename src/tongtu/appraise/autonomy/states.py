"""Who is out, and what still stands: 64 scenarios in the bits of a word, all items at once.

An item's own supply goes on while enough of its *named* suppliers remain: what is attributed to nobody is no qualified
route. A supplier is out with its jurisdiction. An item of which no supplier is known has nothing that could be taken
out; it stands or falls with its inputs. So every answer here is monotone: taking out more never lets more stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.appraise.autonomy.compiled import SupplyGraph
from tongtu.appraise.autonomy.net import Floats, Ints, Net, folded, reduced
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

By = Literal["supplier", "jurisdiction"]
KINDS: tuple[By, By] = ("supplier", "jurisdiction")
Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
_EPS = 1e-12
#: rows × scenarios whose shares are added up at once
_CELLS = 1 << 24


@dataclass(frozen=True, eq=False)
class Held:
    """Named supplies that can be above zero, as arrays sorted by item: a row per supplier and jurisdiction."""

    graph: SupplyGraph
    item: Ints
    supplier: Ints
    #: −1 where the jurisdiction is unknown: then none can take it out
    place: Ints
    #: the most the share can be
    most: Floats
    share: Floats
    suppliers: tuple[str, ...]
    places: tuple[str, ...]

    def ids(self, by: By) -> tuple[str, ...]:
        return self.suppliers if by == "supplier" else self.places

    def code(self, by: By) -> Ints:
        return self.supplier if by == "supplier" else self.place

    @cached_property
    def first(self) -> Ints:
        """Where each item's rows begin."""
        return np.flatnonzero(np.diff(self.item, prepend=-1))

    def positions(self, by: By, wanted: list[str]) -> Ints:
        """Raises DataRefused naming all that supply nothing here."""
        known = {name: k for k, name in enumerate(self.ids(by))}
        unknown = sorted({name for name in wanted if name not in known})
        if unknown:
            raise DataRefused(_stranger(by, name) for name in unknown)
        return np.array([known[name] for name in wanted], np.int64)


def held(graph: SupplyGraph) -> Held:
    """The rows of a graph that can be taken out."""
    rows = graph.supplies.filter(pl.col("supplier").is_not_null())
    free = (1.0 - pl.coalesce("share", "share_low", pl.lit(0.0)).sum().over("item")).clip(0.0, 1.0)
    rows = rows.with_columns(pl.coalesce("share_high", "share", free).alias("most")).filter(pl.col("most") > 0)
    rows = rows.sort("item", "supplier", "jurisdiction", nulls_last=True)
    supplier, suppliers = _coded(rows["supplier"])
    place, places = _coded(rows["jurisdiction"])
    share = rows["share"].fill_null(float("nan")).to_numpy()
    return Held(graph, graph.coded(rows["item"]), supplier, place, rows["most"].to_numpy(), share, suppliers, places)


def _coded(names: pl.Series) -> tuple[Ints, tuple[str, ...]]:
    known = tuple(names.drop_nulls().unique().sort())
    codes = names.cast(pl.Enum(known)).to_physical().cast(pl.Int64).fill_null(-1)
    return codes.to_numpy(), known


def packed(flags: Flags) -> Words:
    """Rows of scenarios into words; the spare bits at the end are zero."""
    width = -(-flags.shape[1] // 64) * 8
    found = np.zeros((flags.shape[0], width), np.uint8)
    bits = np.packbits(flags, axis=1, bitorder="little")
    found[:, : bits.shape[1]] = bits
    return found.view(np.uint64)


def unpacked(words: Words, count: int) -> Flags:
    bits = np.ascontiguousarray(words).view(np.uint8)
    return np.unpackbits(bits, axis=1, bitorder="little", count=count).astype(bool)


def supplied(held: Held, out: dict[By, Flags], enough: float = 0.0) -> Words:
    """Whether each item's own supply goes on: items × scenarios, in words. `out`: ids × scenarios, by kind."""
    count = next(iter(out.values())).shape[1]
    up = np.full((len(held.item), -(-count // 64)), ~np.uint64(0), np.uint64)
    for by, flags in out.items():
        everyone = np.vstack([packed(~flags), np.full((1, up.shape[1]), ~np.uint64(0), np.uint64)])
        up &= everyone[held.code(by)]
    own = np.full((len(held.graph.items), up.shape[1]), ~np.uint64(0), np.uint64)
    if len(held.item):
        own[held.item[held.first]] = _remaining(held, up, enough)
    return own


def _remaining(held: Held, up: Words, enough: float) -> Words:
    if enough <= 0:
        return reduced(np.bitwise_or, up, held.first)
    floor = np.minimum(enough, np.add.reduceat(held.most, held.first))[:, None] - _EPS
    step = max(1, _CELLS // (64 * len(held.item)))
    parts = []
    for low in range(0, up.shape[1], step):
        flags = unpacked(up[:, low : low + step], 64 * min(step, up.shape[1] - low))
        parts.append(packed(reduced(np.add, flags * held.most[:, None], held.first) >= floor))
    return np.hstack(parts)


def standing(net: Net, own: Words) -> Words:
    """Whether each node can be had, from whether each item's own supply goes on (items are the first nodes)."""
    values = np.full((net.size, own.shape[1]), ~np.uint64(0), np.uint64)
    values[: len(own)] = own
    return folded(net, values, np.bitwise_and, np.bitwise_or, np.bitwise_and)


def chunks(total: int, rows: int, cells: int = 1 << 25) -> Iterator[slice]:
    """Scenarios in portions of whole words that fit into memory."""
    step = max(64, cells // max(1, rows) // 64 * 64)
    for low in range(0, total, step):
        yield slice(low, min(total, low + step))


def _stranger(by: By, name: str) -> Fault:
    args = {"name": name, "sheet": "supplies"}
    return Fault(
        Why(f"appraise_autonomy.unknown-{by}", args), Why("appraise_autonomy.unknown-holder-repair"), value=name
    )
