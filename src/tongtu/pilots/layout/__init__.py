"""Where the network is to be strengthened, activated and supplemented.

`layout` chooses actions under budgets and proves how good the choice is; `preview` gives an answer at once. `plans_of`
spells out each new place: what, who, how. `progress_of` tells how far the network is towards its goals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tongtu.pilots.layout.engine import Layout, layout, preview
    from tongtu.pilots.layout.plans import Plan, PlanRow, Section, plan_frames, plans_of
    from tongtu.pilots.layout.progress import progress_of
    from tongtu.pilots.layout.settings import Period, Settings

_HOMES = {
    "Layout": "engine", "layout": "engine", "preview": "engine", "Plan": "plans", "PlanRow": "plans",
    "Section": "plans", "plan_frames": "plans", "plans_of": "plans", "progress_of": "progress", "Period": "settings",
    "Settings": "settings",
}  # fmt: skip

__all__ = [
    "Layout", "Period", "Plan", "PlanRow", "Section", "Settings", "layout", "plan_frames", "plans_of", "preview",
    "progress_of",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"tongtu.pilots.layout.{_HOMES[name]}"), name)
