"""OR-Tools and HiGHS must live in one process, whichever comes first; later releases of HiGHS cannot."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "order",
    ["import ortools.graph.python.min_cost_flow, highspy", "import highspy, ortools.graph.python.min_cost_flow"],
)
def test_both_solvers_load_in_either_order(order: str) -> None:
    done = subprocess.run([sys.executable, "-c", order], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_tongtu_loads_no_engine() -> None:
    heavy = ("polars", "numpy", "scipy", "ortools", "highspy", "sqlglot", "tantivy", "pint", "django")
    code = f"import sys, tongtu, tongtu.cli; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
