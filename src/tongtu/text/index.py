"""The lexical index: tantivy searched with weighted terms; `build` makes one in memory by a pure function.

Fields are of three kinds. A `text` field holds terms and is scored by BM25 (k1 = 1.2, b = 0.75, tantivy's
own and fixed). A `code` field holds whole values, such as concepts or holders: a code that is asked for
adds exactly its weight, so a caller can take its share out of a total again. A `number` field serves
filters. A document that filters exclude never takes a place among the answers.

Filters cost little: the best documents are found without them, which lets tantivy pass over most postings
(block-max WAND), some more than asked for, and are sifted afterwards. Only where too few pass do the filters
go into the query. Scores know nothing of filters, so the answers of both ways are the same.

>>> found = build([{"han": ["介", "电"]}, {"han": ["电"]}], {"han": "text"})
>>> found.search({"han": {"电": 1.0}}, limit=1).numbers
[1]
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import tantivy

Kind = Literal["text", "code", "number"]
Document = Mapping[str, Sequence[str] | int]
#: field → term → weight
Weights = Mapping[str, Mapping[str, float]]
#: field → values
Filter = Mapping[str, Collection[str | int]]

K1, B = 1.2, 0.75
HEAP = 256 << 20
_SPARE = 8  # documents looked at beyond those asked for, to see where a tie ends
_MOST = 1024  # looked at and sifted; where more are needed the filters go into the query
_RARE = 256  # documents that hold a value, so few that all of them are listed
_FEW = 64  # values of a filter that are looked up one by one; more are found in one walk of the dictionary


class Hits(NamedTuple):
    """Numbers of the documents found, best first, ties by number; and their scores."""

    numbers: list[int]
    scores: list[float]


class Asked(NamedTuple):
    """One question of many: the arguments of `Index.search`."""

    terms: Weights
    codes: Weights | None = None
    only: Filter | None = None
    without: Filter | None = None


class Index:
    """Documents by `number`, which is a field too. Made by `build`, numbered from 0, or by `Live`.

    `size`: the documents that can be found. `mean`: terms of a document by text field. `witness`: the
    number of any document, given where deleted documents may still be counted in the statistics.
    """

    def __init__(
        self,
        index: tantivy.Index,
        fields: Mapping[str, Kind],
        size: int,
        mean: Mapping[str, float],
        witness: int | None = None,
    ):
        from tantivy import Occur, Query

        self._query: Any = Query
        self._occur: Any = Occur
        self._schema: Any = index.schema
        self._searcher: Any = index.searcher()
        self._fields: dict[str, Kind] = {**fields, "number": "number"}
        self._size = size
        self._mean = dict(mean)
        self._guessed = set(self._mean) if witness is not None else set()
        self._counted = size if witness is None else self._counted_by(witness)
        self._idf = cache(self._idf_now)
        self._unknown = math.log1p((self._counted + 0.5) / 0.5)  # the idf of a term no document has

    def __len__(self) -> int:
        return self._size

    @property
    def lingering(self) -> int:
        """Deleted documents that are still counted in the statistics; none in an index made by `build`."""
        return self._counted - self._size

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

    def parts(self, field: str, weights: Mapping[str, float], counts: Mapping[str, float]) -> dict[str, float]:
        """What each shared term adds to the BM25 of a text with these term counts, in or outside the index.

        The parts add up to what `search` gives the text, but for its 32-bit floats.
        """
        norm = self._norm(field, weights, sum(counts.values()))
        shared = ((t, w * self.idf(field, t), counts[t]) for t, w in weights.items() if counts.get(t))
        return {t: worth * n * (K1 + 1) / (n + norm) for t, worth, n in shared}

    def shared(self, terms: Weights, documents: Sequence[Document]) -> list[dict[str, dict[str, float]]]:
        """For each document the terms it shares with a question and what each adds to its score, by field."""
        found: list[dict[str, dict[str, float]]] = [{} for _ in documents]
        for field, weights in terms.items():
            worth = [(t, f" {t} ", w * self.idf(field, t) * (K1 + 1)) for t, w in weights.items()]
            for told, document in zip(found, documents, strict=True):
                text = packed(document.get(field, ()))
                norm = self._norm(field, weights, text.count("  ") + 1)
                told[field] = {t: most * n / (n + norm) for t, spaced, most in worth if (n := text.count(spaced))}
        return found

    def score(self, field: str, weights: Mapping[str, float], counts: Mapping[str, float]) -> float:
        """The sum of `parts`. Of a question against itself (`counts` = `weights`) it makes questions
        comparable: a score divided by it."""
        return sum(self.parts(field, weights, counts).values())

    def search(
        self,
        terms: Weights,
        *,
        limit: int,
        codes: Weights | None = None,
        only: Filter | None = None,
        without: Filter | None = None,
    ) -> Hits:
        """The `limit` best documents. A term's weight (its frequency in the question) multiplies its score.

        `only`: the field holds one of these values; `without`: it holds none of them. Where more than a
        thousand documents tie for the last place, which of them take it is tantivy's choice, the same in
        the same index.
        """
        wanted = [self._boosted(f, t, w) for f, group in terms.items() for t, w in group.items()]
        wanted += [self._flat(f, c, w) for f, group in (codes or {}).items() for c, w in group.items()]
        rules = [(True, field, values) for field, values in (only or {}).items()]
        if not wanted or not self._size or not limit or not all(values for _, _, values in rules):
            return Hits([], [])
        rules += [(False, field, values) for field, values in (without or {}).items() if values]
        query = self._query.boolean_query(wanted)
        found = self._sifted(query, rules, limit)
        if found is None:
            found = self._sifted(self._filtered(query, rules), [], limit) or []
        best = sorted(found)[:limit]
        return Hits([n for _, n in best], [-s for s, _ in best])

    def search_many(self, asked: Sequence[Asked], *, limit: int, threads: int = 1) -> list[Hits]:
        """`search` for each question, in their order. Threads help: tantivy searches without Python's lock."""
        one = partial(self._search_one, limit=limit)
        if threads <= 1:
            return list(map(one, asked))
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(one, asked))

    def _search_one(self, asked: Asked, limit: int) -> Hits:
        return self.search(asked.terms, limit=limit, codes=asked.codes, only=asked.only, without=asked.without)

    def _sifted(self, query: Any, rules: list[Any], limit: int) -> list[tuple[float, int]] | None:
        """(negative score, number) of the documents that pass, `limit` or more; None where filters must lead."""
        asked = limit + _SPARE + (limit if rules else 0)
        while True:
            hits = self._searcher.search(query, min(asked, self._size), count=False).hits
            kept = self._passing(hits, rules)
            enough = len(kept) >= limit
            if len(hits) < asked or (enough and hits[-1][0] < -kept[limit - 1][0]):
                return kept
            if enough:
                if asked >= _MOST:
                    return kept
                asked *= 4
            else:
                asked = 2 * asked * limit // max(len(kept), 1)
                if asked > max(_MOST, 2 * limit + _SPARE):
                    return None

    def _passing(self, hits: list[Any], rules: list[Any]) -> list[tuple[float, int]]:
        """What is left of hits, in their order, after each filter in turn; filters of numbers first."""
        addresses = [address for _, address in hits]
        scores = [-score for score, _ in hits]
        kept = list(range(len(hits)))
        numbers = self._searcher.fast_field_values("number", addresses)
        for keep, field, values in sorted(rules, key=lambda rule: self._fields.get(rule[1]) != "number"):
            if self._fields.get(field) == "number":
                found = self._searcher.fast_field_values(field, addresses)
                allowed = frozenset(values)
                kept = [i for i in kept if (found[i] in allowed) == keep]
            elif kept:
                holding = self._holding(field, values, [numbers[i] for i in kept])
                kept = [i for i in kept if (numbers[i] in holding) == keep]
        return [(scores[i], numbers[i]) for i in kept]

    def _holding(self, field: str, values: Collection[str | int], numbers: list[int]) -> frozenset[int]:
        """Which of some documents hold one of some values: all that do, where they are few, or those among both."""
        query, most = self._any(field, values), _RARE
        if len(values) <= _FEW:
            most = sum(self._searcher.doc_freq(field, value) for value in values)
        if most >= _RARE:
            must, most = self._occur.Must, len(numbers)
            query = self._query.boolean_query([(must, self._any("number", numbers)), (must, query)])
        hits = self._searcher.search(query, most, count=False).hits if most else []
        return frozenset(self._searcher.fast_field_values("number", [address for _, address in hits]))

    def _filtered(self, query: Any, rules: list[Any]) -> Any:
        occur = self._occur
        sides = [(occur.Must if keep else occur.MustNot, self._any(field, values)) for keep, field, values in rules]
        return self._query.boolean_query([(occur.Must, query), *sides])

    def _any(self, field: str, values: Collection[str | int]) -> Any:
        """Matches documents that hold one of the values, and adds nothing to their scores."""
        if len(values) > _FEW:
            chosen = self._query.term_set_query(self._schema, field, sorted(values, key=str))
        else:
            each = [self._query.term_query(self._schema, field, v, "basic") for v in sorted(values, key=str)]
            chosen = self._query.boolean_query([(self._occur.Should, one) for one in each])
        return self._query.const_score_query(chosen, 0.0)

    def _boosted(self, field: str, term: str, weight: float) -> Any:
        query = self._query.term_query(self._schema, field, term, "freq")
        return self._occur.Should, query if weight == 1.0 else self._query.boost_query(query, weight)

    def _flat(self, field: str, code: str, weight: float) -> Any:
        query = self._query.term_query(self._schema, field, code, "basic")
        return self._occur.Should, self._query.const_score_query(query, weight)

    def _norm(self, field: str, terms: Iterable[str], length: float) -> float:
        return K1 * (1 - B + B * kept_length(round(length)) / (self._mean_of(field, terms) or 1.0))

    def _idf_now(self, field: str, term: str) -> float:
        n = self._searcher.doc_freq(field, term)
        return math.log1p((self._counted - n + 0.5) / (n + 0.5))

    def _mean_of(self, field: str, terms: Iterable[str]) -> float:
        """Mean length of a field as tantivy has it; asked for once, of the first term that any document has."""
        if field in self._guessed:
            for term in terms:
                told = self._explained(self._query.term_query(self._schema, field, term, "freq"))
                if told is not None:
                    self._guessed.discard(field)
                    self._mean[field] = told["avgdl"]
                    break
        return self._mean.get(field, 0.0)

    def _counted_by(self, witness: int) -> int:
        told = self._explained(self._query.term_query(self._schema, "number", witness))
        return self._size if told is None else int(told["N"])

    def _explained(self, query: Any) -> dict[str, float] | None:
        """The statistics tantivy scores a term with: N documents, `avgdl` their mean length."""
        hits = self._searcher.search(query, 1, count=False).hits
        if not hits:
            return None
        told = json.loads(query.explain(self._searcher, hits[0][1]).to_json())
        return {
            fact["description"].split(",")[0]: fact["value"]
            for part in told["details"]
            for fact in part.get("details", ())
        }


def build(documents: Iterable[Document], fields: Mapping[str, Kind]) -> Index:
    """An index over the documents in the order given; one writer thread: same input, same index.

    A document maps field to terms (`text`; a term holds no white space), values (`code`) or an integer
    (`number`); absent fields are empty. Raises KeyError for a field that was not declared. Integers are
    signed: an unsigned fast field kills tantivy's writer.
    """
    import tantivy

    index = tantivy.Index(schema(fields))
    writer = index.writer(HEAP, num_threads=1)
    lengths = dict.fromkeys((f for f, kind in fields.items() if kind == "text"), 0)
    size = 0
    for size, document in enumerate(documents, 1):
        writer.add_document(as_row(size - 1, document, fields))
        for field in lengths:
            lengths[field] += len(document.get(field, ()))  # type: ignore[arg-type]
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return Index(index, fields, size, {f: total / max(size, 1) for f, total in lengths.items()})


def schema(fields: Mapping[str, Kind]) -> Any:
    """The fields as tantivy declares them, with `number`."""
    import tantivy

    found = tantivy.SchemaBuilder()
    found.add_integer_field("number", fast=True, indexed=True)
    for name, kind in fields.items():
        match kind:
            case "text":
                found.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
            case "code":
                found.add_text_field(name, tokenizer_name="raw", index_option="basic")
            case "number":
                found.add_integer_field(name, fast=True, indexed=True)
    return found.build()


def as_row(number: int, document: Document, fields: Mapping[str, Kind]) -> tantivy.Document:
    """A document as tantivy takes it."""
    import tantivy

    row = tantivy.Document()
    row.add_integer("number", number)
    for field, value in document.items():
        kind = fields[field]
        if isinstance(value, int):
            row.add_integer(field, value)
        elif kind == "text":
            row.add_text(field, packed(value))
        else:
            for code in value:
                row.add_text(field, code)
    return row


def packed(terms: Sequence[str] | int) -> str:
    """Terms in one string, spaces on both sides of each, so that counting is plain search; a packed one as it is."""
    if isinstance(terms, str):
        return terms
    return f" {'  '.join(terms)} " if terms and not isinstance(terms, int) else ""


def kept_length(length: int) -> int:
    """A length as tantivy keeps it in one byte: exact up to 40, then with four significant bits (as Lucene does)."""
    if length <= 40:
        return length
    shift = max((length - 24).bit_length() - 4, 0)
    return 24 + ((length - 24) >> shift << shift)
