"""Hot, quality and impact of a brief, 0 to 100, by formulas that are shown with their parts.

    weights     every constant, from the pack's list `scoring` (ours, and labelled so)
    curves      the two curves all scores are made of: saturation, and a product over the parts that are known
    hot  quality  impact        one score each: its parts, its whole, its formula with the numbers put in
    scoring     scores          all three as one frame

    hot      100 × (1 − 2^(−sum of outlet weight × decay / half))          decay = 2^(−days / half-life)
    quality  100 × max(0, grade × corroboration × specificity − unsupported share)
    impact   100 × strength × breadth × size of the change

A part that is not known is null and named; then the score stands on the known parts (their geometric mean takes the
place of what is missing), and it says so with the range that the missing parts leave open.
"""

from tongtu.brief.scores.quality import unsupported_share
from tongtu.brief.scores.scoring import scores
from tongtu.brief.scores.tables import SCORES
from tongtu.brief.scores.weights import Weights, weights

__all__ = ["SCORES", "Weights", "scores", "unsupported_share", "weights"]
