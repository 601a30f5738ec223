"""Briefs, in four parts, each told in the module that measures it.

_briefs_targets  numeric targets that moved between work reports, beside a key made by hand
_briefs_near     near-duplicates of perturbed paragraphs, beside datasketch
_briefs_tags     tags of 74 laws, beside a majority and TF-IDF with logistic regression
_briefs_speed    files to briefs, beside newspaper4k and sumy

--data FOLDER   its folder `briefs`
--key FILE      the key of the targets (by default tests/brief/keys/targets.csv)
--part NAME     one part alone (targets, near, tags, speed); the figures of the others stay as they were kept
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.__main__ import RESULTS

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # as `tongtu brief` has it

PARTS = ("targets", "near", "tags", "speed")
OPTIONS = {"key": "targets.csv, the changes found by hand", "part": f"one of {', '.join(PARTS)}"}


def run(
    data: Path | None,
    quick: bool,
    progress: Callable[..., None] = print,
    key: str | None = None,
    part: str | None = None,
) -> dict[str, Any]:
    if part is not None and part not in PARTS:
        raise SystemExit(f"--part: one of {', '.join(PARTS)}")
    found: dict[str, Any] = {"figures": {}, "goals": {}, "parts": {}}
    if part is not None and (kept := RESULTS / "briefs.json").exists():
        found |= {name: value for name, value in json.loads(kept.read_text(encoding="utf-8")).items() if name in found}
    for name in PARTS if part is None else (part,):
        module = import_module(f"bench._briefs_{name}")
        progress(name)
        result = module.run(data, quick, progress, **({"key": key} if name == "targets" else {}))
        found["figures"] |= result.pop("figures")
        found["goals"] |= result.pop("goals", {})
        found["parts"][name] = result
    return found
