"""A few `kill -9` in the suite; `scripts/bench crash` does two hundred on each database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_doubled_by_ten_kills(tmp_path: Path) -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("TONGTU_")}
    environ |= {"DJANGO_SETTINGS_MODULE": "tongtu.hub.settings", "TONGTU_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-m", "bench._crash", "10"], env=environ, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["jobs"] > 0
    wrong = {name: n for name, n in found.items() if n and ("lost" in name or "doubled" in name or "broken" in name)}
    assert wrong == {}
