"""Our side of `scripts/bench rules`, each measure in a process of its own so that its peak memory is its own.

python -m bench._rules_ours turns FIRMS.npz            takes turns with a peer (see `_turns`)
python -m bench._rules_ours MEASURE [ARGUMENT ...]     prints the figures of one measure as JSON
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench import _rules_firms, _rules_nation
from bench._turns import Engine, peak_mb, serve
from tongtu import packs, rules
from tongtu.registry import Registry
from tongtu.rules.asking import compare
from tongtu.terms.why import Why
from tongtu.terms.words import say

DAY = date(2026, 7, 1)
NATION = "CN"
TOLD = 1_000


def turns(firms: str) -> None:
    """The thirty criteria: a verdict code for every criterion and tier, and the margin of every criterion."""
    book = rules.load({"bench.yaml": _rules_firms.rule_text()})
    with np.load(firms) as given:
        registry = _rules_firms.registry_of({name: given[name] for name in given.files})

    def judge(_: Any = None) -> rules.Judgement:
        return rules.judge(book, "bench", registry, DAY)

    def work(_: Any) -> rules.Judgement:
        judged = judge()
        assert judged.margins.height
        return judged

    def answers(judged: rules.Judgement) -> np.ndarray:
        version = judged.version
        assert version is not None
        leaves = [f"{tier.tier}:{part.path}" for tier in version.tiers for part in tier.root.parts()]
        codes = judged.codes.select(*leaves, *(f"{tier.tier}:" for tier in version.tiers))
        return codes.to_numpy()

    def codes() -> dict[str, float]:
        return {"seconds": median(_timed(judge) for _ in range(7))}

    def told() -> dict[str, float]:
        judged, chosen = judge(), registry["organisations"]["organisation"].head(TOLD)
        rendered = median(_timed(lambda: judged.criteria_of(chosen)) for _ in range(3))
        reasons = judged.criteria_of(chosen)["why"].to_list()
        spoken = _timed(lambda: [say(Why.from_json(why), "zh") for why in reasons])
        return {"criteria": len(reasons), "seconds": rendered, "said_seconds": rendered + spoken}

    serve(Engine(work, answers, more={"codes": codes, "told": told}))


def book() -> dict[str, Any]:
    """Reading and checking the pack's rule book, in a process that has just started."""
    begun = time.perf_counter()
    found = _book()
    seconds = time.perf_counter() - begun
    versions = [version for name in found for version in found[name].versions]
    criteria = sum(1 for version in versions for _ in version.criteria())
    return {"seconds": seconds, "schemes": len(list(found)), "versions": len(versions), "criteria": criteria}


def nation(folder: str) -> dict[str, Any]:
    """Codes and margins of every national scheme, then verdicts with reasons, scheme by scheme."""
    book, registry = _book(), _rules_nation.read(Path(folder))
    gc.collect()
    figures: dict[str, Any] = {"firms": registry["organisations"].height, "registry_mb": peak_mb()}
    rows = [_coded(book, name, registry) for name in _national(book)]
    figures["codes_peak_mb"] = peak_mb()
    rows = [{**row, **_reasoned(book, row["scheme"], registry)} for row in rows]
    figures |= {"schemes": len(rows), "reasons": sum(row["reasons"] for row in rows), "peak_mb": peak_mb()}
    figures["codes_and_margins_seconds"] = sum(row["codes_seconds"] + row["margins_seconds"] for row in rows)
    figures["verdicts_with_reasons_seconds"] = sum(row["reasoned_seconds"] for row in rows)
    return {**figures, "rows": rows}


def _coded(book: rules.RuleBook, scheme: str, registry: Registry) -> dict[str, Any]:
    begun = time.perf_counter()
    judged = rules.judge(book, scheme, registry, DAY)
    coded = time.perf_counter()
    assert judged.margins.height
    version = judged.version.version if judged.version else None
    return {"scheme": scheme, "version": version, "codes_seconds": coded - begun,
            "margins_seconds": time.perf_counter() - coded}  # fmt: skip


def _reasoned(book: rules.RuleBook, scheme: str, registry: Registry) -> dict[str, Any]:
    begun = time.perf_counter()
    verdicts = rules.judge(book, scheme, registry, DAY).verdicts
    seconds = time.perf_counter() - begun
    return {"reasoned_seconds": seconds, "reasons": verdicts.height, "reasons_mb": verdicts["why"].estimated_size("mb")}


def one(folder: str) -> dict[str, float]:
    """One firm under every scheme for firms: verdicts, every criterion with its reasons, and grants."""
    book, registry = _book(), _rules_nation.read(Path(folder))

    def ask(firm: str) -> None:
        for finding in rules.judge_one(book, registry, firm, DAY):
            assert finding.verdicts is not None
            assert finding.criteria is not None
            assert finding.grants is not None

    firms = registry["organisations"]["organisation"].to_list()
    cold = _timed(lambda: ask(firms[0]))
    times = [_timed(lambda firm=firm: ask(firm)) for firm in firms]
    schemes = len(rules.judge_one(book, registry, firms[0], DAY))
    return {"cold_ms": cold * 1e3, "ms": median(times) * 1e3, "p95_ms": float(np.quantile(times, 0.95)) * 1e3,
            "schemes": schemes, "peak_mb": peak_mb()}  # fmt: skip


def diff(folder: str) -> dict[str, Any]:
    """What the 2026 measures change against those of 2022: who gains, who loses, and which criterion decides."""
    book, registry = _book(), _rules_nation.read(Path(folder))
    gc.collect()
    found: dict[str, Any] = {"registry_mb": peak_mb()}
    for scheme in ("srdi", "little_giant"):
        begun = time.perf_counter()
        changed = compare(book, scheme, "2022", "2026", registry, DAY)
        found[f"{scheme}_seconds"] = time.perf_counter() - begun
        found[f"{scheme}_changes"] = changed.changes.height
    return {**found, "seconds": found["srdi_seconds"] + found["little_giant_seconds"], "peak_mb": peak_mb()}


def write(folder: str, firms: str) -> dict[str, float]:
    _rules_nation.write(Path(folder), int(firms))
    return {"peak_mb": peak_mb()}


def _book() -> rules.RuleBook:
    pack = packs.load("cn")
    return rules.load(pack.texts("rules"), codes=pack.vocabularies)


def _national(book: rules.RuleBook) -> list[str]:
    found = [book[name] for name in book]
    mine = [law for law in found if law.subject == "organisations"]
    return [law.scheme for law in mine if any(version.jurisdiction == NATION for version in law.versions)]


def _timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


MEASURES = {"book": book, "nation": nation, "one": one, "diff": diff, "write": write}

if __name__ == "__main__":
    if sys.argv[1] == "turns":
        turns(*sys.argv[2:])
    else:
        print(json.dumps(MEASURES[sys.argv[1]](*sys.argv[2:])))
