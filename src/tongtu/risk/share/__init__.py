"""The outcome pact: members pool their odds without showing one another their projects.

Each counts at home in cells frozen beforehand, holds small cells back, and splits its counts into shares that tell
nothing one by one (or trusts an operator with them). Only the sum is published, once per round, with noise that hides
any one project, and paid for from a budget that a ledger keeps. Each member reads the pooled odds beside its own.
This is no federated learning: figures are added, nothing is trained.

    taxonomy  the cells            counting  what a member counts       floor     what stays at home
    shares    secret sharing       noise     what a release protects    budget    the ledger
    release   the noisy total      noisy     rates from noisy counts    compare   own beside pooled
    effects   pooling for members who report effect and standard error only        files   texts of it all
"""

from tongtu.risk.share.budget import Ledger, open_ledger
from tongtu.risk.share.compare import compare
from tongtu.risk.share.counting import Counts, count
from tongtu.risk.share.effects import Effects, pool_effects
from tongtu.risk.share.noise import discrete_laplace, plan, seeded, worst_auc
from tongtu.risk.share.noisy import pool_noisy
from tongtu.risk.share.release import Release, published, release
from tongtu.risk.share.shares import Share, Total, add, add_counts, partial, split
from tongtu.risk.share.taxonomy import Taxonomy, read_taxonomy, standard

__all__ = [
    "Counts", "Effects", "Ledger", "Release", "Share", "Taxonomy", "Total", "add", "add_counts", "compare", "count",
    "discrete_laplace", "open_ledger", "partial", "plan", "pool_effects", "pool_noisy", "published", "read_taxonomy",
    "release", "seeded", "split", "standard", "worst_auc",
]  # fmt: skip
