"""Ranking texts for questions, alone or by profile: what `tongtu match rank` does with a BEIR-layout folder.

`texts` counts terms by their place; `shelf` computes every signal of every document; `fuse` makes them one score;
`feedback` learns from judgments; `rank` puts them together; `measure` says how good a ranking is,
and `reading` brings files in.
"""

from tongtu.match.ranking.feedback import Learnt
from tongtu.match.ranking.measure import ndcg, recall
from tongtu.match.ranking.rank import Ranking, rank
from tongtu.match.ranking.reading import PROFILE, read_judgments, read_texts

__all__ = ["PROFILE", "Learnt", "Ranking", "ndcg", "rank", "read_judgments", "read_texts", "recall"]
