"""The peers' side of `scripts/bench ranking`: four engines over the same terms, each as it is meant to be used.

    python -m bench._ranking_peers TERMS.json ANSWERS.npz     (in the peers' own environment)

Answers: for each engine a row of documents per question, best first.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

Texts = list[list[str]]
_DEPTH = 101  # a question's own listing is taken out afterwards
_RANK = 256


def bm25s(documents: Texts, questions: Texts) -> np.ndarray:
    """Its defaults: Lucene's BM25 with k1 1.5 and b 0.75."""
    import bm25s as engine

    index = engine.BM25()
    index.index(documents, show_progress=False)
    found, _ = index.retrieve(questions, k=min(_DEPTH, len(documents)), show_progress=False)
    return np.asarray(found)


def tantivy(documents: Texts, questions: Texts) -> np.ndarray:
    """Raw: one text field, a question as its terms, each weighted by its frequency."""
    import tantivy as engine

    builder = engine.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field("row", fast=True, stored=True)
    schema = builder.build()
    index = engine.Index(schema)
    writer = index.writer(128 << 20, num_threads=1)
    for row, terms in enumerate(documents):
        document = engine.Document()
        document.add_text("text", " ".join(terms))
        document.add_integer("row", row)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    answers = np.full((len(questions), _DEPTH), -1)
    for n, terms in enumerate(questions):
        wanted = [
            (engine.Occur.Should, engine.Query.boost_query(engine.Query.term_query(schema, "text", term), float(times)))
            for term, times in Counter(terms).items()
        ]
        hits = searcher.search(engine.Query.boolean_query(wanted), _DEPTH).hits if wanted else []
        rows = [searcher.doc(address)["row"][0] for _, address in hits]
        answers[n, : len(rows)] = rows
    return answers


def tfidf(documents: Texts, questions: Texts) -> np.ndarray:
    """scikit-learn, logarithmic frequencies, cosine."""
    rows, asked = _weighed(documents, questions)
    return _best((asked @ rows.T).toarray())


def lsa(documents: Texts, questions: Texts) -> np.ndarray:
    """scikit-learn's truncated decomposition of the same rows, cosine."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    rows, asked = _weighed(documents, questions)
    made = TruncatedSVD(min(_RANK, *(n - 1 for n in rows.shape)), random_state=0)
    latent = normalize(made.fit_transform(rows))
    return _best(normalize(made.transform(asked)) @ latent.T)


def _weighed(documents: Texts, questions: Texts) -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    made = TfidfVectorizer(analyzer=lambda terms: terms, sublinear_tf=True)
    return made.fit_transform(documents), made.transform(questions)


def _best(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")[:, :_DEPTH]


ENGINES: dict[str, Callable[[Texts, Texts], np.ndarray]] = {
    "bm25s": bm25s, "tantivy": tantivy, "tfidf": tfidf, "lsa": lsa,
}  # fmt: skip


def main(source: Path, target: Path) -> None:
    given = json.loads(source.read_text(encoding="utf-8"))
    answers = {name: engine(given["documents"], given["questions"]) for name, engine in ENGINES.items()}
    np.savez(target, **answers)
    print(json.dumps({name: version(name) for name in ("bm25s", "tantivy", "scikit-learn")}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
