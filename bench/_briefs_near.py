"""Briefs, near-duplicates: paragraphs of the government's work reports asked for by perturbed copies of themselves.

    --data FOLDER   briefs/government_work_reports.jsonl

A question is a paragraph of 150 to 1,500 characters as another outlet would bring it: each sentence dropped with
probability r, each character then replaced, lost or doubled with probability r / 5, and a dateline in front; r is 0.1
(light) or 0.3 (heavy). Every paragraph is kept; recall is the share of questions whose own paragraph is proposed,
`others` the mean number of other paragraphs proposed. These include true repetitions from year to year, which no
method should miss, so `others_on_top` leaves out those that the unperturbed paragraph has as well. Each seed perturbs
afresh; figures are means over seeds.

Beside it, where installed: datasketch, MinHash with 128 permutations over the same trigrams and LSH at threshold 0.4,
its own answer unverified, in the same run on the same questions.
"""

from __future__ import annotations

import json
import random
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tongtu.text.duplicates import PASSAGES, Sketches

FILE = "government_work_reports.jsonl"
RATES = {"light": 0.1, "heavy": 0.3}
GOALS = {
    "recall_light": 0.97, "recall_heavy": 0.73, "others_light": 0.1, "others_heavy": 0.1,
}  # fmt: skip
SEEDS = (101, 102, 103, 104, 105)
_SENTENCE = re.compile(r"[^。！？；]*[。！？；]|[^。！？；]+")
_DATELINES = (
    "新华社北京{m}月{d}日电（记者　{a}{b}）",
    "本报北京{m}月{d}日讯　",
    "中新网{m}月{d}日电　",
    "据{a}{b}日报{m}月{d}日报道，",
)

Near = Callable[[str], set[str]]


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    texts = paragraphs(data)
    asked = sorted(texts)[:: 10 if quick else 1]
    engines = [("ours", _ours)] + ([("datasketch", _datasketch)] if _has_datasketch() else [])
    rows = []
    for name, build in engines:
        begun = time.perf_counter()
        near = build(texts)
        row: dict[str, Any] = {"engine": name, "kept_per_second": round(len(texts) / (time.perf_counter() - begun))}
        clean = {key: near(texts[key]) for key in asked}
        for rate_name, rate in RATES.items():
            row |= _scored(near, texts, asked, clean, rate_name, rate, SEEDS[: 1 if quick else None])
        rows.append(row)
        progress(row)
    ours = {key: value for key, value in rows[0].items() if key != "engine"}
    figures: dict[str, Any] = {
        "paragraphs": len(texts),
        "questions": len(asked) * (1 if quick else len(SEEDS)) * len(RATES),
        **ours,
    }
    for peer in rows[1:]:
        figures["speed_to_datasketch"] = round(ours["kept_per_second"] / peer["kept_per_second"], 2)
        figures |= {f"{key}_datasketch": peer[key] for key in ("recall_light", "recall_heavy", "others_light")}
    return {"figures": figures, "goals": GOALS, "rows": rows}


def paragraphs(data: Path | None) -> dict[str, str]:
    """Key → paragraph of 150 to 1,500 characters."""
    place = next((p for p in (data / FILE, data / "briefs" / FILE) if p.exists()), None) if data else None
    if place is None:
        raise SystemExit(f"Give --data the folder that holds {FILE}.")
    found = {}
    for at, line in enumerate(place.read_text(encoding="utf-8").splitlines()):
        content = unicodedata.normalize("NFC", json.loads(line)["content"])
        for number, text in enumerate(piece.strip() for piece in content.split("\n")):
            if 150 <= len(text) <= 1500:
                found[f"{at:02}-{number:04}"] = text
    return found


def perturbed(text: str, rate: float, draw: random.Random) -> str:
    """The text as another outlet would bring it; never without a sentence."""
    sentences = _SENTENCE.findall(text)
    kept = [s for s in sentences if draw.random() >= rate] or [draw.choice(sentences)]
    body = "".join(_noisy("".join(kept), rate / 5, draw))
    names = "".join(draw.sample(text, 2))
    line = draw.choice(_DATELINES)
    return line.format(m=draw.randint(1, 12), d=draw.randint(1, 28), a=names[0], b=names[1]) + body


def _noisy(text: str, rate: float, draw: random.Random) -> Iterator[str]:
    for char in text:
        if draw.random() >= rate:
            yield char
        else:
            yield draw.choice((draw.choice(text), "", char + char))


def _scored(
    near: Near, texts: dict[str, str], asked: list[str], clean: dict[str, set[str]], name: str, rate: float,
    seeds: tuple[int, ...],
) -> dict[str, Any]:  # fmt: skip
    hits = others = on_top = 0
    seconds = 0.0
    for seed in seeds:
        draw = random.Random(f"{seed}-{name}")
        questions = [(key, perturbed(texts[key], rate, draw)) for key in asked]
        begun = time.perf_counter()
        found = [near(question) for _, question in questions]
        seconds += time.perf_counter() - begun
        for key, keys in zip(asked, found, strict=True):
            hits += key in keys
            others += len(keys - {key})
            on_top += len(keys - clean[key] - {key})
    count = len(asked) * len(seeds)
    return {
        f"recall_{name}": round(hits / count, 4), f"others_{name}": round(others / count, 4),
        f"others_on_top_{name}": round(on_top / count, 4), f"asked_per_second_{name}": round(count / seconds),
    }  # fmt: skip


def _ours(texts: dict[str, str]) -> Near:
    kept = Sketches(manner=PASSAGES)
    for key, text in texts.items():
        kept.add(key, text)
    return lambda text: {near.key for near in kept.near(text)}


def _has_datasketch() -> bool:
    from importlib.util import find_spec

    return find_spec("datasketch") is not None


def _datasketch(texts: dict[str, str]) -> Near:
    from datasketch import MinHash, MinHashLSH

    def sketch(text: str) -> Any:
        made = MinHash(num_perm=128)
        made.update_batch([text[i : i + 3].encode() for i in range(max(len(text) - 2, 1))])
        return made

    kept = MinHashLSH(threshold=0.4, num_perm=128)
    for key, text in texts.items():
        kept.insert(key, sketch(text))
    return lambda text: set(kept.query(sketch(text)))
