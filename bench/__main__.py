"""`python -m bench NAME [--data DIR] [--quick] …`: runs one measurement, prints a table, keeps the figures.

A measurement that takes more says so in `OPTIONS`: name and help of each, given to its `run` as keyword (text).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
_PACKAGES = (
    "tongtu",
    "polars",
    "numpy",
    "ortools",
    "highspy",
    "tantivy",
    "python-calamine",
    "openpyxl",
    "pandas",
    "xlsxwriter",
)


def names() -> list[str]:
    here = Path(__file__).parent
    return sorted(p.stem.replace("_", "-") for p in here.glob("*.py") if not p.stem.startswith("_"))


def machine() -> dict[str, Any]:
    """What the figures were measured on; nothing that names a host or person."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "packages": found,
    }


def shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return str(value)


def table(result: dict[str, Any]) -> str:
    """Figures beside their goals, one line each."""
    goals = result.get("goals", {})
    lines = [f"{'figure':42} {'measured':>14} {'goal':>14}"]
    lines += [
        f"{name:42} {shown(value):>14} {shown(goals.get(name, '')):>14}" for name, value in result["figures"].items()
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Ours beside the named peer, in one run.")
    parser.add_argument("name", choices=names())
    parser.add_argument(
        "--data", type=Path, default=None, help="folder of real inputs, where the measurement takes one"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a smaller run that ends within a minute; figures are not kept"
    )
    known, _ = parser.parse_known_args()
    module = import_module(f"bench.{known.name.replace('-', '_')}")
    options: dict[str, str] = getattr(module, "OPTIONS", {})
    for option, text in options.items():
        parser.add_argument(f"--{option}", default=None, help=text)
    chosen = parser.parse_args()
    more = {option: value for option in options if (value := getattr(chosen, option)) is not None}
    if chosen.data is not None and not chosen.data.is_dir():
        parser.error(f"--data: there is no folder {chosen.data}")
    result = module.run(chosen.data, chosen.quick, lambda *a: print(*a, file=sys.stderr), **more)
    print(table(result))
    if not chosen.quick:
        RESULTS.mkdir(exist_ok=True)
        kept = {"name": chosen.name, "machine": machine(), **result}
        (RESULTS / f"{chosen.name}.json").write_text(
            json.dumps(kept, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
