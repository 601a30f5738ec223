"""Progress of all cases as one document: outcomes, funnel, speed, compression, burden, bypass, goals.

found   the figures, from the engines           pieces   what its sections are made of
speed   outcomes, funnel, days, compression, finish      costs   who waits, gates, contracts outside, goals
"""

from tongtu.chain.passage.progress.found import Progressed, progress

__all__ = ["Progressed", "progress"]
