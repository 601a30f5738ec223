"""What every optimisation has in common: its answer's shape, progress, cancelling, and running over partitions."""

from tongtu.solve.progress import Progress, Silent, check
from tongtu.solve.solution import Relax, Solution, Status

__all__ = ["Progress", "Relax", "Silent", "Solution", "Status", "check"]
