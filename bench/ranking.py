"""How well texts are ranked by people's judgments: ours, bm25s, tantivy raw, TF-IDF and LSA, over the same terms.

`--data` is a folder of BEIR-layout folders (`corpus.jsonl`, `queries.jsonl`, `qrels.tsv`); a question with the id of a
document never gets that document. Ours has one configuration for all of them and no model. A folder of parallel
passages (`parallel.jsonl`: zh, en) is asked across languages: the Chinese passage, whole and its first 60 characters,
for the English one among all, the joint space taught by the other four fifths. With feedback, a fifth of the
questions is asked after judgments of the other four fifths.

The peers live in `.venv-bench` (see `bench/peers.txt`) and are given the terms that Tongtu cuts.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import polars as pl

from bench._turns import ROOT
from tongtu import text
from tongtu.match import ranking

PEERS = ROOT / ".venv-bench" / "bin" / "python"
FEEDBACK = ("sbir2017_topic_en",)
FOLDS, SHORT, SEED = 5, 60, 0
GOALS = {
    "stard_pos_zh_ours_ndcg10": 0.555, "vaswani_en_ours_ndcg10": 0.49, "sbir2017_topic_en_ours_ndcg10": 0.435,
    "sbir2017_topic_en_feedback_ndcg10": 0.45, "csl_title_zh_ours_ndcg10": 0.985,
    "csprd_zh_en_whole_ndcg10": 0.98, "csprd_zh_en_short_ndcg10": 0.70,
}  # fmt: skip

Judged = Mapping[str, Mapping[str, float]]
Ranked = Mapping[str, Sequence[str]]


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`quick`: the smallest set only, without feedback."""
    if data is None or not PEERS.exists():
        raise SystemExit("scripts/bench ranking --data FOLDER needs a folder of collections and the peers.")
    rows, versions = [], {}
    for folder in sorted(one for one in data.iterdir() if one.is_dir()):
        progress(f"{folder.name} …")
        if (folder / "parallel.jsonl").exists():
            rows += [] if quick else _across(folder)
        elif not quick or folder.name.startswith("stard"):
            found, versions = _collection(folder)
            rows += found
            rows += [_feedback(folder)] if folder.name in FEEDBACK and not quick else []
    figures = {f"{row['set']}_{row['engine']}_{name}": row[name] for row in rows for name in ("ndcg10", "recall100")}
    return {"figures": figures, "goals": GOALS, "rows": rows, "peers": versions, "seed": SEED}


def _collection(folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    corpus, questions, judged = _read(folder)
    ours = _listed(ranking.rank(corpus, questions).run)
    peers, versions = _peers(corpus, questions)
    return [_row(folder.name, name, ranked, judged) for name, ranked in {"ours": ours, **peers}.items()], versions


def _peers(corpus: pl.DataFrame, questions: pl.DataFrame) -> tuple[dict[str, Ranked], dict[str, Any]]:
    with tempfile.TemporaryDirectory() as place:
        source, target = Path(place) / "terms.json", Path(place) / "answers.npz"
        cut = {name: [list(chain(*text.terms(text.canonical(one)))) for one in frame["text"]]
               for name, frame in (("documents", corpus), ("questions", questions))}  # fmt: skip
        source.write_text(json.dumps(cut), encoding="utf-8")
        command = [PEERS, "-m", "bench._ranking_peers", source, target]
        told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
        with np.load(target) as answers:
            found = {name: _named(answers[name], corpus["id"], questions["id"]) for name in answers.files}
    return found, json.loads(told)


def _named(answers: np.ndarray, documents: pl.Series, questions: pl.Series) -> Ranked:
    """Rows as ids, a question's own listing taken out."""
    names = documents.to_list()
    return {
        question: [name for n in found if n >= 0 and (name := names[n]) != question][:100]
        for question, found in zip(questions, answers.tolist(), strict=True)
    }


def _feedback(folder: Path) -> dict[str, Any]:
    corpus, questions, judged = _read(folder)
    return _row(folder.name, "feedback", _crossed(corpus, questions, judged), judged)


def _across(folder: Path) -> list[dict[str, Any]]:
    """Judged passages are whole, since they teach; those that ask are whole or short."""
    found = [json.loads(line) for line in (folder / "parallel.jsonl").read_text(encoding="utf-8").splitlines()]
    corpus = pl.DataFrame({"id": [one["_id"] for one in found], "text": [one["en"] for one in found]})
    questions = pl.DataFrame({"id": [f"zh:{one['_id']}" for one in found], "text": [one["zh"] for one in found]})
    judged = {f"zh:{one['_id']}": {one["_id"]: 1.0} for one in found}
    lengths = {"whole": None, "short": SHORT}
    return [
        _row(folder.name, kind, _crossed(corpus, questions, judged, most), judged) for kind, most in lengths.items()
    ]


def _crossed(corpus: pl.DataFrame, questions: pl.DataFrame, judged: Judged, most: int | None = None) -> Ranked:
    """Each question's answers, of its first `most` characters, when only the other folds' judgments are known."""
    order = np.random.default_rng(SEED).permutation(sorted(judged)).tolist()
    answers: dict[str, Sequence[str]] = {}
    for fold in range(FOLDS):
        asked = order[fold::FOLDS]
        told = [(q, d, gain) for q in order if q not in asked for d, gain in judged[q].items()]
        judgments = pl.DataFrame(told, schema=["question", "document", "relevance"], orient="row")
        short = pl.when(pl.col("id").is_in(asked)).then(pl.col("text").str.head(most or 1 << 30)).otherwise("text")
        run = ranking.rank(corpus, questions.with_columns(text=short), judgments=judgments).run
        answers |= {q: found for q, found in _listed(run).items() if q in asked}
    return answers


def _read(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, Judged]:
    corpus, questions = (ranking.read_texts(folder / f"{name}.jsonl") for name in ("corpus", "queries"))
    judgments = ranking.read_judgments(folder / "qrels.tsv", questions["id"], corpus["id"])
    judged: dict[str, dict[str, float]] = {}
    for question, document, relevance in judgments.iter_rows():
        judged.setdefault(question, {})[document] = relevance
    return corpus, questions, judged


def _listed(run: pl.DataFrame) -> Ranked:
    grouped = run.group_by("question", maintain_order=True).agg("document")
    return dict(zip(grouped["question"], grouped["document"].to_list(), strict=True))


def _row(name: str, engine: str, ranked: Ranked, judged: Judged) -> dict[str, Any]:
    return {
        "set": name, "engine": engine, "questions": len(judged),
        "ndcg10": round(fmean(ranking.ndcg(ranked.get(q, ()), found) for q, found in judged.items()), 4),
        "recall100": round(fmean(ranking.recall(ranked.get(q, ()), found) for q, found in judged.items()), 4),
    }  # fmt: skip
