"""Who depends on whom, and what may be done about it: products, bottlenecks, routes, control lists, research inputs.

    trade         products a jurisdiction depends on others for, from trade tables (GeoDep)
    bottlenecks   lists as dated snapshots, ranked by the graph, with who is at work on each
    routes        technology routes to one function, compared without adding up
    controls      dated control lists as scenarios: items, cases and needs hit
    scenario      what remains when some supply stops
    inputs        instruments, software, data and reagents that research stands on

Everything here stands on the graph of `autonomy`.
"""

from tongtu.appraise.dependency.bottlenecks import bottlenecks
from tongtu.appraise.dependency.controls import Hits, hit
from tongtu.appraise.dependency.inputs import research_inputs
from tongtu.appraise.dependency.routes import CRITERIA, Comparison, compare
from tongtu.appraise.dependency.scenario import Remaining, stop
from tongtu.appraise.dependency.trade import GEODEP, Dependency, Thresholds, dependency

__all__ = [
    "CRITERIA", "GEODEP", "Comparison", "Dependency", "Hits", "Remaining", "Thresholds", "bottlenecks", "compare",
    "dependency", "hit", "research_inputs", "stop",
]  # fmt: skip
