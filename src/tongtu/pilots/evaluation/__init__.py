"""Which tier a platform belongs to, from what was recorded of it: reserve, key, national.

    rubric  reading            the rubric as data of a pack, or of a file of one's own, every fault with its line
    ledger  figures            figures of a platform computed from usage, services, equipment, cases
    lawful                     figures and gates that the rules room measures and judges
    declared  counting         what platforms say of themselves and the evidence behind it; which figure counts
    evaluate  peers  reasons   what counts, beside the peers of the same direction, and why
    gates  ties                hard conditions with their clause; who comes first among equals
    applied  deciding  changes
    tiers                      the tier that is decided, how firm it is, what would lift it, and appeals

The rubric that ships is an example of ours (示例评价表（非官方）): no official weight or threshold is known.
"""

from tongtu.pilots.evaluation.evaluate import evaluate
from tongtu.pilots.evaluation.reading import read_rubric, rubric_of
from tongtu.pilots.evaluation.rubric import Rubric
from tongtu.pilots.evaluation.tiers import Appeal, Tiers, tiers

__all__ = ["Appeal", "Rubric", "Tiers", "evaluate", "read_rubric", "rubric_of", "tiers"]
