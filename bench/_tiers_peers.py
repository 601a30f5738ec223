"""The peer's side of `scripts/bench tiers`: `mcda`'s ELECTRE TRI-B on given cases, both rules.

    python -m bench._tiers_peers CASES.json ANSWERS.json     (in the peers' own environment)

It compares every alternative of a table with every other, which sorting does not need; so it gets tables of one
alternative, and once a table of ten.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any


def main(source: Path, target: Path) -> None:
    import pandas
    from mcda.matrices import PerformanceTable
    from mcda.outranking.electre import ElectreTri
    from mcda.scales import PreferenceDirection, QuantitativeScale

    def table(rows: dict[str, list[float]], criteria: list[dict[str, Any]]) -> Any:
        names = [c["name"] for c in criteria]
        ends = {c["name"]: (PreferenceDirection.MIN if c["falling"] else PreferenceDirection.MAX) for c in criteria}
        scales = {n: QuantitativeScale(-1e6, 1e6, preference_direction=way) for n, way in ends.items()}
        return PerformanceTable(pandas.DataFrame.from_dict(rows, orient="index", columns=names), scales=scales)

    def sorter(case: dict[str, Any], rows: dict[str, list[float]]) -> Any:
        criteria = case["criteria"]

        def of(field: str) -> dict[str, float]:
            return {c["name"]: c[field] for c in criteria}

        profiles = table({f"profile-{h}": row for h, row in enumerate(case["profiles"], 1)}, criteria)
        return ElectreTri(
            table(rows, criteria), of("weight"), profiles, of("indifference"), of("preference"),
            {c["name"]: c["veto"] for c in criteria if c["veto"] is not None}, case["level"],
        )  # fmt: skip

    answers, seconds, pairs = [], 0.0, 0
    cases = json.loads(source.read_text(encoding="utf-8"))
    for case in cases:
        for name, row in case["rows"].items():
            begun = time.perf_counter()
            one = sorter(case, {name: row})
            found = one.construct()
            rules = [int(one.exploit(found, pessimistic=strict).data[name]) for strict in (True, False)]
            seconds += time.perf_counter() - begun
            answers.append([case["name"], name, *rules])
            pairs += 1
    many = cases[-1]
    begun = time.perf_counter()
    sorter(many, many["rows"]).assign(pessimistic=True)
    together = (time.perf_counter() - begun) / len(many["rows"])
    told = {"seconds": seconds / pairs, "together": together, "answers": answers, "mcda": version("mcda")}
    target.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
