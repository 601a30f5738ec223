"""A market that stands: listings come and go, and every one is answered at once.

`Desk` keeps both sides; a face opens one for each class of disclosure. Inside: `board` (one side that stands),
`kept` (its index, resumed after a crash), `narrow` (the market of two boards, judged as `meet` judges one),
`names` (a glossary's names found in a single text).
"""

from tongtu.match.standing.board import Alike
from tongtu.match.standing.desk import Desk
from tongtu.match.standing.kept import Repaired

__all__ = ["Alike", "Desk", "Repaired"]
