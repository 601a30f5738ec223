"""The two sides of `scripts/bench complexity`, each in a process of its own, on the same table.

    python -m bench._complexity_engines ours|peer TABLE.npz     (the peer in the peers' own environment)

Ours leaves fitness out, which the peer does not know; the peer also finds outlook index and gain, and checks the
matrix. Answers: a row for each place and product (in order) with ECI, PCI and density; the peer's PCI stands in the
scale of its ECI, so both are compared as standardised by themselves.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench._turns import Engine, serve


def read(path: Path) -> dict[str, Any]:
    with np.load(path) as found:
        return {name: found[name] for name in found.files}


def ours(path: Path) -> Engine:
    import polars as pl

    from tongtu.pilots.complexity import complexity

    given = pl.DataFrame(read(path))

    def answers(found: Any) -> np.ndarray:
        pairs = found.pairs.join(found.places.select("place", "eci"), on="place", maintain_order="left")
        pairs = pairs.join(found.products.select("product", "pci"), on="product", maintain_order="left")
        return pairs.select("eci", "pci", "density").to_numpy()

    def fitness() -> dict[str, float]:
        begun = time.perf_counter()
        complexity(given)
        return {"seconds": time.perf_counter() - begun}

    return Engine(lambda table: complexity(table, iterations=0), answers, lambda: given, {"fitness": fitness})


def peer(path: Path) -> Engine:
    import pandas as pd
    from ecomplexity import ecomplexity

    given = pd.DataFrame({"year": 2000, **read(path)})
    names = {"time": "year", "loc": "place", "prod": "product", "val": "value"}

    def work(table: Any) -> Any:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints the year
            return ecomplexity(table, names)

    def answers(found: Any) -> np.ndarray:
        ordered = found.sort_values(["place", "product"])
        return ordered[["eci", "pci", "density"]].to_numpy(np.float64)

    return Engine(work, answers, given.copy)


if __name__ == "__main__":
    serve({"ours": ours, "peer": peer}[sys.argv[1]](Path(sys.argv[2])))
