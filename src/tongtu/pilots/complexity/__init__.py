"""Economic complexity: what regions are good at, how near it lies to what they are not, and how sure that is.

`complexity` measures a table of places and products: advantage, proximity, density, ECI and PCI, fitness, with
intervals from resampling. `relatedness` gives the density of each region and direction of a registry, a prior for
where the network should grow. `backtest` says how well density foretold what came.

    table      a frame as a matrix, checked             measures   the measures on matrices
    drawn      resampling, intervals, ranks             engine     all of it with reasons
    network    counts of a registry, relatedness        forecast   the back-test on two periods
"""

from tongtu.pilots.complexity.drawn import Resample
from tongtu.pilots.complexity.engine import Complexity, complexity
from tongtu.pilots.complexity.forecast import Backtest, backtest
from tongtu.pilots.complexity.network import relatedness

__all__ = ["Backtest", "Complexity", "Resample", "backtest", "complexity", "relatedness"]
