"""What a case has proved, how far its supply is one's own, and who leads which kind of research.

    readiness   TRL and its kin as evidence checklists: claimed, supported, verified; disagreement; system readiness
    maturity    industrial application maturity: gated levels over ten dimensions, capped by evidence, by `sorting`
    evaluation  two schemes of project evaluation over one portfolio: who rises, who falls, and why
    autonomy    the supply graph: concentration, propagated autonomy, cut sets, endurance, disruption, criticality
    dependency  products by trade, bottleneck lists, control lists, technology routes to one function
    research    dual research: coding, shares against targets with vintages, who leads, originality

No published index of industrial application maturity or of supply-chain autonomy exists: scales, caps and formulas that
are ours stand as data, and every reason says so. The chain's tables come from the three functions below.
"""

from tongtu.appraise.autonomy import autonomy
from tongtu.appraise.maturity import maturity
from tongtu.appraise.research.tracks import dual_tracks

__all__ = ["autonomy", "dual_tracks", "maturity"]
