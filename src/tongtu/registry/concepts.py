"""The glossary at work: which concepts a text names, by whatever name and in whichever language.

Need and technology speak two vocabularies; a concept they both name is where they meet. Names are
searched all at once (Polars' Aho–Corasick over canonical texts). Of names within one another only the
longest counts: "激光雷达" is no "激光".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from tongtu import text
from tongtu.terms.why import Label

_NAMES = ("zh", "en")
_OTHERS = ("zh_alt", "en_alt")


@dataclass(frozen=True)
class Glossary:
    """`patterns`: pattern, concept (a name may belong to several); `labels`: concept → its name."""

    patterns: pl.DataFrame
    labels: dict[str, Label]

    @property
    def spellings(self) -> list[str]:
        """Every name, in canonical spelling."""
        return self.patterns["pattern"].to_list()

    @cached_property
    def own(self) -> dict[str, str]:
        """Pattern → concept, of the names that belong to one."""
        one = self.patterns.filter(pl.col("concept").n_unique().over("pattern") == 1)
        return dict(zip(one["pattern"].to_list(), one["concept"].to_list(), strict=True))


def read(glossary: pl.DataFrame) -> Glossary:
    """From the pack's frame: concept, zh, en and, where it has them, the lists zh_alt and en_alt."""
    rows = list(glossary.sort("concept").iter_rows(named=True)) if glossary.height else []
    names = [(name, row["concept"]) for row in rows for name in _names(row)]
    found = {(pattern(name), concept) for name, concept in names}
    kept = sorted((p, c) for p, c in found if len(p.strip()) > 1)
    frame = pl.DataFrame(kept, schema={"pattern": pl.String, "concept": pl.String}, orient="row")
    return Glossary(frame, {row["concept"]: Label(row.get("zh") or "", row.get("en") or "") for row in rows})


def pattern(name: str) -> str:
    """A name as it stands in canonical texts."""
    return text.phrase(text.canonical(name))


def find(texts: Sequence[str], glossary: Glossary) -> list[frozenset[str]]:
    """The concepts each of the canonical texts names."""
    found: list[frozenset[str]] = [frozenset()] * len(texts)
    for row, concepts in _search(texts, glossary).group_by("row").agg("concept").iter_rows():
        found[row] = frozenset(concepts)
    return found


def named(names: Iterable[str], glossary: Glossary) -> dict[str, str]:
    """Name → concept, for names that are a concept's own and no other's (quantities, products)."""
    return {name: glossary.own[p] for name in names if (p := pattern(name)) in glossary.own}


def _search(texts: Sequence[str], glossary: Glossary) -> pl.DataFrame:
    """row, concept: the longest names at each place."""
    names = glossary.patterns["pattern"].unique(maintain_order=True).to_list()
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).with_row_index("row")
    if not names or not texts:
        return pl.DataFrame(schema={"row": pl.Int64, "concept": pl.String})
    found = (
        frame.select(
            pl.col("row").cast(pl.Int64),
            pl.col("text").str.extract_many(names, overlapping=True).alias("pattern"),
            pl.col("text").str.find_many(names, overlapping=True).cast(pl.List(pl.Int64)).alias("start"),
        )
        .filter(pl.col("pattern").list.len() > 0)
        .explode("pattern", "start")
        .with_columns(end=pl.col("start") + pl.col("pattern").str.len_bytes())
        .sort("row", "start", "end", descending=[False, False, True])
    )
    covered = pl.col("end") <= pl.col("end").cum_max().shift(1).over("row").fill_null(-1)
    longest = found.filter(~covered).select("row", "pattern")
    return longest.join(glossary.patterns, on="pattern").select("row", "concept").unique()


def _names(row: dict[str, object]) -> list[str]:
    own = [row.get(column) for column in _NAMES]
    others = [name for column in _OTHERS if isinstance(found := row.get(column), list) for name in found]
    return [str(name) for name in (*own, *others) if name]
