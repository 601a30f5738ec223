"""Industrial application maturity: what a case has proved, how sure that is, and which evidence would lift it.

    scale       scale.toml, levels.csv, ways.csv: the rule, the dimensions, what shows each level and who can show it
    standing    everything said of a case's dimensions;  sound   readings that no scale can hold are refused
    rule        the level of the whole, by the sorting room: gates and a weighted coalition
    table       `maturity`, the chain's table;  told   its reasons
    chance      how sure a level is: P(level ≥ L) from readings of different grade and age
    lapsing     what becomes of a level when its evidence runs out
    lifting     the cheapest evidence that secures a level, or reaches the next, and who can produce it
    handed      readings that other engines hand in: autonomy, checklists of readiness

No published index of industrial application maturity exists: scale, caps and rule are ours and every reason says so.
"""

from tongtu.appraise.maturity.chance import chances, posteriors
from tongtu.appraise.maturity.handed import readiness_readings, supply_readings
from tongtu.appraise.maturity.lapsing import lapses
from tongtu.appraise.maturity.lifting import OFFERS, next_evidence
from tongtu.appraise.maturity.scale import MaturityScale, level_texts, maturity_scale, ways
from tongtu.appraise.maturity.standing import GIVEN
from tongtu.appraise.maturity.table import OVERALL, maturity

__all__ = [
    "GIVEN", "OFFERS", "OVERALL", "MaturityScale", "chances", "lapses", "level_texts", "maturity", "maturity_scale",
    "next_evidence", "posteriors", "readiness_readings", "supply_readings", "ways",
]  # fmt: skip
