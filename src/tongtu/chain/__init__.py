"""The chain: from records to a plan, its report, and what changed between two plans."""

from tongtu.chain.compose import LINKS, plan
from tongtu.chain.diff import Difference, diff
from tongtu.chain.plan import Manifest, Plan
from tongtu.chain.work import Options

__all__ = ["LINKS", "Difference", "Manifest", "Options", "Plan", "diff", "plan"]
