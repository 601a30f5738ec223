"""Rules over a population, beside four engines that are asked the same; and what only ours is asked.

The same thirty threshold criteria (ten figures, three tiers) over the same firms, 2 % of three figures missing, in

    openfisca-core   AGPL-3.0     a variable per criterion and tier, over vectors: true or false
    DuckDB           MIT          one SQL statement from table to table
    zen-engine       MIT          a decision graph, firm by firm; also its two quicker ways
    cel-python       Apache-2.0   a program per criterion, firm by firm

and ours, which gives for every criterion and tier one of five verdicts, unknown among them, and for every criterion
its margin; `codes_only` leaves the margins out. Ours and a peer take turns, and medians are compared. All must give
the same answer to every criterion and tier of every firm that states all its figures; of the others only ours says
what is unknown. Time begins with figures in memory in each engine's own form: an empty simulation, a compiled program
or a prepared graph costs nothing. The peers live in `.venv-bench` (see `bench/peers.txt`), each in its own process.

Apart from that: a nation under every national scheme of the pack, with reasons; one firm under all schemes; what the
2026 measures change against those of 2022; and reading the rule book. Peaks of memory are whole processes'.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench import _rules_firms
from bench._turns import ROOT, Worker, alternate

PEERS = ROOT / ".venv-bench" / "bin" / "python"
FIRMS = 100_000
#: how many of the firms each engine is asked of; one by one takes long
ASKED = {"openfisca": FIRMS, "duckdb": FIRMS, "zen": 5_000, "zen_loaded": 5_000, "zen_expression": 5_000, "cel": 500}
TURNS = 7
NATION, DIFF, ONE = 1_000_000, 600_000, 200
GOALS = {
    "ratio_openfisca": 1.0, "ratio_zen": 500.0, "one_firm_ms": 10.0, "diff_seconds": 10.0,
    "disagreements": 0,
}  # fmt: skip
#: codes of `rules.logic` for unknown and met
_UNKNOWN, _MET = 1, 3


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data` is not used: the firms are drawn here, from a fixed seed."""
    if not PEERS.exists():
        raise SystemExit("The peers are not installed: run scripts/bench rules.")
    small = 50 if quick else 1
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        figures, rows, versions = _beside_peers(folder, FIRMS // (10 if quick else 1), 2 if quick else TURNS, progress)
        apart, more = _apart(folder, small, progress)
    found = {**figures, **apart}
    return {"figures": found, "goals": GOALS, "rows": [*rows, *more], "peers": versions, "seed": _rules_firms.SEED}


def _beside_peers(
    folder: Path, firms: int, turns: int, progress: Callable[..., None]
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """The thirty criteria; figures, a row per peer, and the versions of the peers."""
    drawn = _rules_firms.firms(firms)
    criteria = folder / "criteria.json"
    criteria.write_text(json.dumps(_rules_firms.thresholds()), encoding="utf-8")
    rows, versions = [], {}
    with Worker(sys.executable, "bench._rules_ours", "turns", _saved(folder, drawn, firms)) as ours:
        for engine, most in ASKED.items():
            progress(f"{engine} …")
            asked = {name: values[: most * firms // FIRMS] for name, values in drawn.items()}
            arguments = (engine, _saved(folder, asked, most * firms // FIRMS), criteria)
            with Worker(PEERS, "bench._rules_peers", *arguments) as peer:
                versions |= peer.ask("version")
                rows.append({"engine": engine, **_compared(folder, ours, peer, asked, firms, turns)})
        said = ours.ask("told")
        codes, peak = _answers(ours, folder / "ours.npy")
    figures = {
        "firms": firms, "criteria": len(_rules_firms.thresholds()),
        "compared": sum(row["compared"] for row in rows), "disagreements": sum(row["disagreements"] for row in rows),
        "unknown_verdicts": int((codes == _UNKNOWN).sum()),
        "ours_firms_per_second": round(median(row["ours_firms_per_second"] for row in rows)),
        "ours_reasons_per_second": round(said["criteria"] / said["seconds"]),
        "ours_reasons_said_per_second": round(said["criteria"] / said["said_seconds"]), "ours_peak_mb": round(peak),
    }  # fmt: skip
    for row in rows:
        name = row["engine"]
        figures |= {f"{name}_firms_per_second": row["firms_per_second"], f"ratio_{name}": row["ratio"],
                    f"{name}_peak_mb": row["peak_mb"]}  # fmt: skip
    figures["ratio_openfisca_codes_only"] = rows[0]["ratio_codes_only"]
    if figures["disagreements"]:
        raise AssertionError(f"the engines disagree: {rows}")
    return figures, rows, versions


def _compared(
    folder: Path, ours: Worker, peer: Worker, asked: dict[str, np.ndarray], firms: int, turns: int
) -> dict[str, Any]:
    """Speeds of ours and a peer, and how many of their answers about firms that state all figures differ."""
    complete = ~np.any([np.isnan(values) for values in asked.values()], axis=0)
    size = len(complete)
    mine, theirs = alternate(ours, peer, turns if size == firms else max(2, turns // 2))
    bare = ours.ask("codes")["seconds"]
    codes, _ = _answers(ours, folder / "ours.npy")
    told, peak = _answers(peer, folder / "peer.npy")
    speed = size / theirs
    return {
        "firms": size, "firms_per_second": round(speed), "peak_mb": round(peak),
        "ours_firms_per_second": round(firms / mine), "ratio": round(firms / mine / speed, 2),
        "ours_codes_only_firms_per_second": round(firms / bare), "ratio_codes_only": round(firms / bare / speed, 2),
        "compared": int(complete.sum()) * told.shape[1],
        "disagreements": int(((codes[:size] == _MET) != told)[complete].sum()),
    }  # fmt: skip


def _saved(folder: Path, drawn: dict[str, np.ndarray], firms: int) -> Path:
    path = folder / f"firms-{firms}.npz"
    if not path.exists():
        np.savez(path, **drawn)
    return path


def _answers(worker: Worker, path: Path) -> tuple[np.ndarray, float]:
    peak = worker.ask(f"answers {path}")["peak_mb"]
    return np.load(path), peak


def _apart(folder: Path, small: int, progress: Callable[..., None]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What only ours is asked."""
    progress("the rule book …")
    book = sorted((_ours("book") for _ in range(3)), key=lambda found: found["seconds"])[1]
    figures = {f"book_{name}": value for name, value in book.items()}
    progress("one firm …")
    one = _ours("one", _nation(folder, ONE))
    figures |= {"one_firm_ms": one["ms"], "one_firm_p95_ms": one["p95_ms"], "one_firm_cold_ms": one["cold_ms"],
                "one_firm_schemes": one["schemes"], "one_firm_peak_mb": one["peak_mb"]}  # fmt: skip
    progress("what 2026 changes …")
    diff = _ours("diff", _nation(folder, DIFF // small))
    figures |= {"diff_firms": DIFF // small, **{f"diff_{name}": value for name, value in diff.items()}}
    progress("a nation …")
    nation = _ours("nation", _nation(folder, NATION // small))
    rows = nation.pop("rows")
    figures |= {f"nation_{name}": value for name, value in nation.items()}
    rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}
    return rounded, [{k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()} for row in rows]


def _nation(folder: Path, firms: int) -> Path:
    place = folder / f"nation-{firms}"
    place.mkdir()
    _ours("write", place, firms)
    return place


def _ours(measure: str, *arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench._rules_ours", measure, *map(str, arguments)]
    return dict(json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout))
