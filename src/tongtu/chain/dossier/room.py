"""Headings, tables and sections whose words all stand in one room of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongtu.chain.dossier.document import Block, Cell, Column, Facts, Paragraph, Section, Table, lean
from tongtu.chain.report.spoken import Pair, words


@dataclass(frozen=True, slots=True)
class Room:
    """`name`: the catalogue's file; headings of columns stand there under `col-NAME`."""

    name: str

    def words(self, code: str, **args: object) -> Pair:
        return words(f"{self.name}.{code}", **args)

    def columns(self, *named: str) -> list[Column]:
        """Columns by the names of their headings; `name/kind` sets how they look."""
        split = (name.partition("/") for name in named)
        return [Column(self.words(f"col-{name}"), kind or "") for name, _, kind in split]  # type: ignore[arg-type]

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[Cell]], nothing: str, most: int | None = None
    ) -> list[Block]:  # fmt: skip
        """A table of the first `most` rows and how many more there are, or the sentence under `nothing`."""
        if not rows:
            return [Paragraph(self.words(nothing), "soft")]
        shown = rows if most is None else rows[:most]
        blocks: list[Block] = [lean(Table(self.columns(*heads), shown))]
        if len(shown) < len(rows):
            blocks.append(Paragraph(self.words("more", n=len(rows) - len(shown)), "soft"))
        return blocks

    def facts(self, *rows: tuple[str, Cell]) -> Facts:
        """Names by their code, each with what stands beside it; rows without a text are left out."""
        return Facts([(self.words(code), found) for code, found in rows if any(found.text)])

    def section(self, title: str, blocks: Sequence[Block], badge: Cell | None = None, **args: object) -> Section:
        return Section(self.words(title, **args), blocks, badge)

    def note(self, code: str, **args: object) -> Paragraph:
        """A sentence that explains rather than tells."""
        return Paragraph(self.words(code, **args), "soft")
