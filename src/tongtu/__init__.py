"""Tongtu 通途: from laboratory result to industry, for a consortium, a region or a nation.

    import tongtu
    r = tongtu.load("folder")
    p = tongtu.plan(r, pack="cn", as_of="2026-11-21")

Importing this package reads next to nothing; each name below is brought in when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tongtu.terms.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from tongtu.chain.diff import diff as diff
    from tongtu.chain.plan import Plan as Plan
    from tongtu.door import load as load
    from tongtu.door import plan as plan
    from tongtu.door import report as report
    from tongtu.registry import Registry as Registry
    from tongtu.terms.words import say as say

_PLACES = {
    "load": "tongtu.door",
    "plan": "tongtu.door",
    "report": "tongtu.door",
    "diff": "tongtu.chain",
    "Plan": "tongtu.chain",
    "Registry": "tongtu.registry",
    "say": "tongtu.terms.words",
}

__all__ = ["Plan", "Registry", "__version__", "diff", "load", "plan", "report", "say"]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'tongtu' has no attribute '{name}'")
