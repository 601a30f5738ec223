"""Supply-chain autonomy: a graph of 100,000 items, cuts and reliability against every world tried, the chip chain.

    networkx 3.6.1   BSD-3-Clause   the same propagation, point values only

Both sides begin with the same items, components and substitutes and end with the autonomy of every item; ours reads
the registry's tables, checks them, and adds the interval, the mean and the weakest path. The peer is given the own
shares ready made. Turns alternate, each engine in a process of its own, so that whatever else the machine does falls
on both. `differences` counts the items on which the two do not agree to nine digits.

Small graphs are answered by trying every world: the largest error of the reliability and the number of graphs whose
minimal cuts differ. With `--data` holding `supply_chain/chips_2026` (the Emerging Technology Observatory's chip chain,
CC BY-NC 4.0, not shipped) the published concentrations of 2025 are reproduced from the shares as printed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench._autonomy_drawn import PLACES, Small, timed
from bench._autonomy_engines import AS_OF, compiled
from bench._turns import ROOT, Worker, alternate
from tongtu.appraise.autonomy import (
    collapse,
    concentration,
    criticality,
    cuts,
    disrupt,
    endurance,
    graph,
    percolate,
    propagate,
    reliability,
)

PEERS = ROOT / ".venv-bench" / "bin" / "python"
ITEMS, MIDDLE, SMALL, SEED, TURNS = 100_000, 10_000, 40, 0, 5
CHIPS = {
    "chips_hhi_lithography": 0.6871, "chips_hhi_euv": 1.0, "chips_median_hhi": 0.58, "chips_inputs": 84,
    "chips_one_country_70": 47, "chips_one_country_50": 73, "chips_one_country_100": 7, "chips_hhi_above_025": 81,
    "chips_home_mean": 0.0518, "chips_home_zero": 33,
}  # fmt: skip
GOALS = {
    "together_seconds": 2.0, "differences": 0, "reliability_error": 1e-9, "cuts_differ": 0, **CHIPS,
}  # fmt: skip


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data`: folder that may hold `supply_chain/chips_2026`; everything else is drawn from a fixed seed."""
    if not PEERS.exists():
        raise SystemExit("The peers are not installed: run scripts/bench autonomy.")
    progress("networkx …")
    figures = _beside(ITEMS // (10 if quick else 1), 1 if quick else TURNS)
    progress("every world …")
    figures |= _tried(SMALL // (4 if quick else 1))
    progress("10,000 …")
    figures |= _middle(MIDDLE // (10 if quick else 1))
    goals = dict(GOALS)
    chips = data / "supply_chain" / "chips_2026" if data else None
    if chips is not None and chips.is_dir():
        progress("chips …")
        figures |= _chips(chips)
    else:
        goals = {name: goal for name, goal in goals.items() if name not in CHIPS}
    return {"figures": figures, "goals": goals, "peers": {"networkx": "3.6.1"}, "seed": SEED}


def _beside(size: int, turns: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        given, found = Path(place) / "graph.npz", Path(place) / "answers"
        with Worker(sys.executable, "bench._autonomy_engines", size, SEED, given) as ours:
            alone = ours.ask("alone")
            with Worker(PEERS, "bench._autonomy_peers", given) as peer:
                mine, theirs = alternate(ours, peer, turns)
                answers = []
                for worker in (ours, peer):
                    worker.ask(f"answers {found}.npy")
                    answers.append(np.load(f"{found}.npy"))
    return {
        "items": size, "compile_seconds": round(alone["compile"], 3),
        "propagate_seconds": round(alone["propagate"], 3), "together_seconds": round(mine, 3),
        "networkx_seconds": round(theirs, 3), "ratio_networkx": round(theirs / mine, 1),
        "differences": int((np.abs(answers[0] - answers[1]) > 1e-9).sum()),
    }  # fmt: skip


def _tried(count: int) -> dict[str, Any]:
    error, differ, tried = 0.0, 0, 0
    for seed in range(count):
        small = Small(seed)
        made = graph(**small.tables(), as_of=AS_OF)
        exact = reliability(made, [small.top], small.outages(), method="exact")["available"][0]
        error = max(error, abs(exact - small.available()))
        for column, by in ((1, "supplier"), (2, "jurisdiction")):
            rows = cuts(made, small.top, by=by).select("first", "second").iter_rows()  # type: ignore[arg-type]
            differ += {tuple(name for name in row if name) for row in rows} != small.cut(column)
            tried += 1
    return {
        "small_graphs": count,
        "reliability_error": float(f"{error:.0e}"),
        "cuts_tried": tried,
        "cuts_differ": differ,
    }


def _middle(size: int) -> dict[str, Any]:
    """Ten thousand items: what each of the other engines takes, once."""
    made = compiled(size, SEED)
    found = propagate(made, "CN").frame()
    target = found.sort("autonomy", "item", descending=[True, False])["item"][0]
    deep = max(made.items[-50:], key=lambda item: len(made.cone(item)))
    places = pl.DataFrame({"kind": "jurisdiction", "id": PLACES, "probability": 0.02})
    kept: dict[str, Any] = {}
    work: dict[str, Callable[[], Any]] = {
        "concentration": lambda: concentration(made),
        "cuts": lambda: cuts(made, deep, by="supplier"),
        "cuts_half": lambda: cuts(made, deep, by="supplier", enough=0.5),
        "reliability_65536": lambda: reliability(made, [deep, target], places, method="drawn"),
        "percolation": lambda: percolate(made, target=deep),
        "endurance": lambda: endurance(made, deep),
        "disruption": lambda: disrupt(made, jurisdictions=["US"], days=90),
        "criticality_500": lambda: criticality(made, "CN"),
    }

    def keep(name: str) -> Callable[[], object]:
        def once() -> None:
            kept[name] = work[name]()

        return once

    seconds = {f"middle_{name}_seconds": round(timed(keep(name), 1), 3) for name in work}
    return {
        "middle_items": size, "middle_cone": len(made.cone(deep)), "middle_cuts": kept["cuts"].height,
        "middle_collapse": collapse(kept["percolation"]), **seconds,
    }  # fmt: skip


def _chips(folder: Path) -> dict[str, Any]:
    providers = pl.read_csv(folder / "providers.csv").filter(pl.col("provider_type") == "country")
    provision = pl.read_csv(folder / "provision.csv", infer_schema_length=None)
    rows = provision.join(providers.select("provider_id").unique(), on="provider_id", how="semi")
    supplies = rows.filter(pl.col("share_provided").is_not_null() & (pl.col("year") == 2025)).select(
        pl.col("provided_id").alias("item"), pl.col("provider_name").alias("supplier"),
        pl.col("provider_name").alias("jurisdiction"), (pl.col("share_provided") / 100).alias("share"), "year",
    )  # fmt: skip
    edges = pl.read_csv(folder / "sequence.csv")
    into = edges.drop_nulls("goes_into_id").select(item="goes_into_id", component="input_id")
    kinds = edges.drop_nulls("is_type_of_id").select(item="is_type_of_id", component="input_id", route="input_id")
    made = graph(supplies, pl.concat([into, kinds], how="diagonal"), as_of=AS_OF)
    found = concentration(made)
    hhi = dict(found.select("item", "hhi").iter_rows())
    supplied = propagate(made, "CHN").frame().join(found, on="item", how="semi")
    return {
        "chips_items": len(made.items), "chips_inputs": found.height,
        "chips_hhi_lithography": round(hhi["N19"], 4), "chips_hhi_euv": round(hhi["N20"], 4),
        "chips_median_hhi": round(float(found["hhi"].median()), 3),  # type: ignore[arg-type]
        "chips_hhi_above_025": int((found["hhi"] > 0.25).sum()),
        "chips_one_country_50": int((found["share"] >= 0.5).sum()),
        "chips_one_country_70": int((found["share"] >= 0.7).sum()),
        "chips_one_country_100": int((found["share"] >= 0.995).sum()),
        "chips_home_mean": round(float(supplied["own"].mean()), 4),  # type: ignore[arg-type]
        "chips_home_zero": int((supplied["own"] == 0).sum()),
        "chips_cuts_seconds": round(timed(lambda: cuts(made, "N99", by="jurisdiction", enough=0.3)), 4),
        "chips_cuts_at_030": cuts(made, "N99", by="jurisdiction", enough=0.3).height,
    }  # fmt: skip
