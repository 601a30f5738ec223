"""What the clearinghouse's documents are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tongtu.chain.clearing.ground import Clearing
from tongtu.chain.dossier.document import (
    Block,
    Cell,
    Column,
    Document,
    Paragraph,
    Section,
    Table,
    Tone,
    cell,
    joined,
    lean,
    same,
)
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.terms.why import Label, Why

#: the least class that may know why a pair was refused, where that tells who holds what or what binds whom
_RESERVED = {
    "match.refused-own": "teaser",
    "match.refused-group": "teaser",
    "match.refused-conflict": "restricted",
    "match.refused-conflict-until": "restricted",
    "match.refused-ownership": "restricted",
    "match.refused-rule": "restricted",
}
#: a score from which a pair is marked as good, and from which it is worth a look (ours)
GOOD, SOME = 0.5, 0.1


def columns(*named: str) -> list[Column]:
    """Columns by the names of their headings; `name/kind` sets how they look."""
    split = (name.partition("/") for name in named)
    return [Column(words(f"clearing.col-{name}"), kind or "") for name, _, kind in split]  # type: ignore[arg-type]


def table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], nothing: str, most: int | None = None) -> list[Block]:
    """A table of the first `most` rows and how many more there are, or the sentence `clearing.NOTHING`."""
    if not rows:
        return [Paragraph(words(f"clearing.{nothing}"), "soft")]
    shown = rows if most is None else rows[:most]
    blocks: list[Block] = [lean(Table(columns(*heads), shown))]
    if len(shown) < len(rows):
        blocks.append(Paragraph(words("clearing.more", n=len(rows) - len(shown)), "soft"))
    return blocks


def section(title: str, blocks: Sequence[Block], badge: Cell | None = None, **args: object) -> Section:
    return Section(words(f"clearing.{title}", **args), blocks, badge)


def document(
    clearing: Clearing, title: Pair, sections: Sequence[Section], *stamp: Pair, scored: bool = True
) -> Document:
    return Document(title, clearing.stamp(*stamp), sections, clearing.foot(scored=scored), words("clearing.brand"))


def listed(parts: Iterable[Pair]) -> Pair:
    """Sentences one after another."""
    return joined(list(parts), "；", "; ")


def below(why: Why, *left_out: str) -> Pair:
    """The finer reasons of a reason, without those of these codes."""
    return listed(both(part) for part in why.parts if part.code not in left_out)


def refusal(clearing: Clearing, why: Why) -> Pair:
    """One reason of a refusal, as far as the viewer may know it."""
    return both(why) if clearing.covers(_RESERVED.get(why.code, "public")) else words("clearing.not-disclosed")


def tone_of(score: float) -> Tone:
    return "good" if score >= GOOD else "warn" if score >= SOME else "soft"


def with_id(name: Pair, own: str) -> Pair:
    """A title with the id behind it, once."""
    return name if own in name else [f"{name[0]}（{own}）", f"{name[1]} ({own})"]


def label(said: Pair) -> Label:
    """A pair as an argument of a sentence."""
    return Label(*said)


def number(value: float | None) -> Cell:
    """A figure, or a dash where there is none."""
    return cell(same("—") if value is None else shown(value))
