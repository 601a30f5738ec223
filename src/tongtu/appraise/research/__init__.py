"""Dual research: pure and applied basic research as two tracks, told apart by evidence and judged differently.

`coding` sets track, Frascati class and Pasteur's quadrant side by side and reports where they contradict each other
(`findings`); `portfolio` gives shares in projects and in money, `leading` who leads and who merely joins,
`conversion` what became of it, `track_checks` whether projects are what their track is meant to be, `originality`
what claims of it rest on. `target_gap` sets a published share against its target with all vintages; `dashboard` puts
figures of the middle-technology trap and the innovation paradox side by side, never as one score.
`dual_tracks` is the table of the chain.
"""

from tongtu.appraise.research.checks import track_checks
from tongtu.appraise.research.coding import coding, findings
from tongtu.appraise.research.conversion import conversion, conversions
from tongtu.appraise.research.dashboard import Dashboard, dashboard
from tongtu.appraise.research.leading import Leading, leading
from tongtu.appraise.research.originality import originality
from tongtu.appraise.research.portfolio import Shares, portfolio
from tongtu.appraise.research.targets import target_gap, vintages
from tongtu.appraise.research.tracks import dual_tracks

__all__ = [
    "Dashboard", "Leading", "Shares", "coding", "conversion", "conversions", "dashboard", "dual_tracks", "findings",
    "leading", "originality", "portfolio", "target_gap", "track_checks", "vintages",
]  # fmt: skip
