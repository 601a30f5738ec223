"""Readiness: how far a subject has come on a scale, by questions answered with evidence.

`standing` tells the level claimed, supported and verified of every subject and scale, and the question that stops
the next one. Answers carry forward, with who gave them, when and on what, until the same assessor answers anew;
nobody answers everything twice. `differences` shows what moved between two days and why, `agreement` how far
assessors agree (weighted kappa, Krippendorff's alpha) and over which questions they part, `srl` the literature's
system readiness beside the weakest component its mean hides.

The questions are data of the pack, in our own words. Inside: `answers` (which stand, what they are worth),
`assessed` (levels said as such), `standing` (the ladder), `differences`, `kappa` (the measures), `agreement`, `system`.
"""

from tongtu.appraise.readiness.agreement import Agreement, agreement
from tongtu.appraise.readiness.answers import answered
from tongtu.appraise.readiness.differences import differences
from tongtu.appraise.readiness.kappa import Alpha, Kappa, krippendorff_alpha, weighted_kappa
from tongtu.appraise.readiness.standing import standing
from tongtu.appraise.readiness.system import SystemReadiness, srl, srl_level, uniform_srl

__all__ = [
    "Agreement", "Alpha", "Kappa", "SystemReadiness", "agreement", "answered", "differences", "krippendorff_alpha",
    "srl", "srl_level", "standing", "uniform_srl", "weighted_kappa",
]  # fmt: skip
