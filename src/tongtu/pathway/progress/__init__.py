"""What the log of all cases tells: progress, burden, bypass, outcomes. Frames in, frames out; nothing is guessed.

visits    every visit of every case to every stage, in one pass over the log (the machine's, a million cases at once)
funnel    who came, who passed, how long they stay, where time piles up    (funnel, time_in_stage, bottlenecks)
outcomes  a line in production, a first order, a repeat order: who gets there and when    (histories, reach, told)
cohorts   was the passage compressed? periods of opening within one window    (compression, horizon)
finish    when the cases under way may finish    (finishes)
burden    who waits for whom; hand-overs; papers asked twice; gates that change nothing    (waits, burden, gates)
bypass    contracts that registers outside know of, and what share passed through here    (traced, share, differences)
headline  outcomes by year, activity apart; goals at their deadline    (headline, projected)
"""

from tongtu.pathway.progress.burden import burden, gates, segments, waits
from tongtu.pathway.progress.bypass import differences, mix, share, traced
from tongtu.pathway.progress.cohorts import Compression, compression, horizon
from tongtu.pathway.progress.finish import finishes
from tongtu.pathway.progress.funnel import bottlenecks, funnel, time_in_stage
from tongtu.pathway.progress.grouping import BY, By, spells
from tongtu.pathway.progress.headline import headline, projected
from tongtu.pathway.progress.outcomes import OUTCOMES, Outcome, histories, passages, reach, reached, told
from tongtu.pathway.progress.visits import stays

__all__ = [
    "BY", "OUTCOMES", "By", "Compression", "Outcome", "bottlenecks", "burden", "compression", "differences",
    "finishes", "funnel", "gates", "headline", "histories", "horizon", "mix", "passages", "projected", "reach",
    "reached", "segments", "share", "spells", "stays", "time_in_stage", "told", "traced", "waits",
]  # fmt: skip
