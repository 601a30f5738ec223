"""The lexical index: tantivy in memory, built by a pure function, searched with weighted terms.

Fields are of three kinds. A `text` field holds terms and is scored by BM25 (k1 = 1.2, b = 0.75, tantivy's
own and fixed). A `code` field holds whole values, such as concepts or holders: a code that is asked for
adds exactly its weight, so a caller can take its share out of a total again. A `number` field serves
filters. Filters stand inside the query: a document they exclude never takes a place among the answers.

>>> found = build([{"han": ["介", "电"]}, {"han": ["电"]}], {"han": "text"})
>>> found.search({"han": {"电": 1.0}}, limit=1).numbers
[1]
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import tantivy

Kind = Literal["text", "code", "number"]
Document = Mapping[str, Sequence[str] | int]
#: field → term → weight
Weights = Mapping[str, Mapping[str, float]]

_K1, _B = 1.2, 0.75
_HEAP = 256 << 20


class Hits(NamedTuple):
    """Numbers of the documents found, best first, ties by number; and their scores."""

    numbers: list[int]
    scores: list[float]


class Index:
    """Documents numbered from 0 in the order they were given; `number` is a field too. Made by `build`."""

    def __init__(self, index: tantivy.Index, fields: Mapping[str, Kind], size: int, mean: dict[str, float]):
        from tantivy import Occur, Query

        self._query: Any = Query
        self._occur: Any = Occur
        self._schema: Any = index.schema
        self._searcher: Any = index.searcher()
        self._fields = dict(fields)
        self._size = size
        self._mean = mean
        self._idf = cache(self._idf_now)
        self._unknown = math.log1p((size + 0.5) / 0.5)  # the idf of a term no document has

    def __len__(self) -> int:
        return self._size

    def idf(self, field: str, term: str) -> float:
        """ln(1 + (N - n + 0.5) / (n + 0.5)): what BM25 gives a term found in n of N documents."""
        return self._idf(field, term)

    def heaviest(self, field: str, weights: Mapping[str, float], limit: int) -> dict[str, float]:
        """The terms of a long text that can raise a score most; terms no document has are left out.

        The tail of a long query costs time and changes little. Ties keep the order of the terms.
        """
        worth = {t: w * rarity for t, w in weights.items() if (rarity := self._idf(field, t)) < self._unknown}
        best = sorted(worth, key=worth.__getitem__, reverse=True)[:limit]
        return {t: weights[t] for t in best}

    def score(self, field: str, weights: Mapping[str, float], counts: Mapping[str, float]) -> float:
        """BM25 of a text with these term counts, whether or not it is in the index, under its statistics.

        Of a question against itself (`counts` = `weights`) it is what makes questions comparable: a score
        divided by it. Differs from `search` by the rounding of lengths in tantivy, 0 up to 40 terms.
        """
        norm = _K1 * (1 - _B + _B * sum(counts.values()) / (self._mean.get(field) or 1.0))
        shared = ((w * self.idf(field, t), counts[t]) for t, w in weights.items() if t in counts)
        return sum(worth * n * (_K1 + 1) / (n + norm) for worth, n in shared)

    def search(
        self,
        terms: Weights,
        *,
        limit: int,
        codes: Weights | None = None,
        only: Mapping[str, Collection[str | int]] | None = None,
        without: Mapping[str, Collection[str | int]] | None = None,
    ) -> Hits:
        """The `limit` best documents. A term's weight (its frequency in the question) multiplies its score.

        `only`: the field holds one of these values; `without`: it holds none of them.
        """
        wanted = [self._boosted(f, t, w) for f, group in terms.items() for t, w in group.items()]
        wanted += [self._flat(f, c, w) for f, group in (codes or {}).items() for c, w in group.items()]
        if not wanted or not self._size or not limit:
            return Hits([], [])
        query = self._filtered(wanted, only or {}, without or {})
        found = self._searcher.search(query, min(limit, self._size), count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in found])
        order = sorted(zip((-score for score, _ in found), numbers, strict=True))
        return Hits([n for _, n in order], [-s for s, _ in order])

    def _idf_now(self, field: str, term: str) -> float:
        n = self._searcher.doc_freq(field, term)
        return math.log1p((self._size - n + 0.5) / (n + 0.5))

    def _boosted(self, field: str, term: str, weight: float) -> Any:
        query = self._query.term_query(self._schema, field, term, "freq")
        return self._occur.Should, query if weight == 1.0 else self._query.boost_query(query, weight)

    def _flat(self, field: str, code: str, weight: float) -> Any:
        query = self._query.term_query(self._schema, field, code, "basic")
        return self._occur.Should, self._query.const_score_query(query, weight)

    def _filtered(
        self,
        wanted: list[Any],
        only: Mapping[str, Collection[str | int]],
        without: Mapping[str, Collection[str | int]],
    ) -> Any:
        query, occur = self._query.boolean_query(wanted), self._occur
        rules = [(occur.Must, field, values) for field, values in only.items()]
        rules += [(occur.MustNot, field, values) for field, values in without.items() if values]
        if not rules:
            return query
        return self._query.boolean_query([(occur.Must, query), *(self._rule(*rule) for rule in rules)])

    def _rule(self, occur: Any, field: str, values: Collection[str | int]) -> Any:
        chosen = self._query.term_set_query(self._schema, field, sorted(values, key=str))
        return occur, self._query.const_score_query(chosen, 0.0)


def build(documents: Iterable[Document], fields: Mapping[str, Kind]) -> Index:
    """An index over the documents in the order given; one writer thread: same input, same index.

    A document maps field to terms (`text`), values (`code`) or an integer (`number`); absent fields are
    empty. Raises KeyError for a field that was not declared. Integers are signed: an unsigned fast field
    kills tantivy's writer.
    """
    import tantivy

    index = tantivy.Index(_schema(fields))
    writer = index.writer(_HEAP, num_threads=1)
    lengths = dict.fromkeys((f for f, kind in fields.items() if kind == "text"), 0)
    size = 0
    for size, document in enumerate(documents, 1):
        row = tantivy.Document()
        row.add_integer("number", size - 1)
        for field, value in document.items():
            lengths[field] = lengths.get(field, 0) + _add(row, field, fields[field], value)
        writer.add_document(row)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return Index(index, fields, size, {f: total / max(size, 1) for f, total in lengths.items()})


def _schema(fields: Mapping[str, Kind]) -> Any:
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_integer_field("number", fast=True, indexed=True)
    for name, kind in fields.items():
        match kind:
            case "text":
                schema.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
            case "code":
                schema.add_text_field(name, tokenizer_name="raw", index_option="basic")
            case "number":
                schema.add_integer_field(name, indexed=True)
    return schema.build()


def _add(row: tantivy.Document, field: str, kind: Kind, value: Sequence[str] | int) -> int:
    if isinstance(value, int):
        row.add_integer(field, value)
        return 0
    if kind == "text":
        row.add_text(field, " ".join(value))
    else:
        for code in value:
            row.add_text(field, code)
    return len(value)
