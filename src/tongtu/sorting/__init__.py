"""Sorting into ordered categories: tiers, maturity levels. Never a ranking: one's category does not depend on
who else applies.

    model          criteria with weights, categories and the profiles between them, a cutting level
    tri            MR-Sort and ELECTRE TRI-B: each subject's category, by the strict and by the lenient rule
    acceptability  how sure a category is, where weights, level, thresholds, profiles or evidence are doubted
    change         the smallest change of one indicator, or of the fewest, that lifts a subject
    weighing       the smallest change of one weight that changes a category
    levels         between which cutting levels a category holds
    dimensions     every subject sorted without each dimension
    steady         one level to rise, a lower one to stay
    prefer         order within a category by stated preferences
    appeal         sorted again with contested figures, and what that changes
    audit          pairs where the better stands lower
    learn          weights, level and profiles from a committee's examples

Every function takes a `Sorting` and a frame of figures: the subjects' ids in its first column, then one column per
criterion, null where a figure is missing. What it returns is ordered by id, whatever the order of the rows given.
"""

from tongtu.sorting.acceptability import acceptability
from tongtu.sorting.appeal import Difference, differ
from tongtu.sorting.audit import inversions
from tongtu.sorting.change import smallest_change
from tongtu.sorting.dimensions import without_dimensions
from tongtu.sorting.doubt import Doubt
from tongtu.sorting.learn import Learned, learn
from tongtu.sorting.levels import level_interval
from tongtu.sorting.model import Category, Criterion, Profile, Sorting
from tongtu.sorting.moves import Move
from tongtu.sorting.prefer import preferred
from tongtu.sorting.steady import Steady, hold
from tongtu.sorting.tri import assign, credibility, electre_tri, mr_sort
from tongtu.sorting.weighing import weight_change

__all__ = [
    "Category",
    "Criterion",
    "Difference",
    "Doubt",
    "Learned",
    "Move",
    "Profile",
    "Sorting",
    "Steady",
    "acceptability",
    "assign",
    "credibility",
    "differ",
    "electre_tri",
    "hold",
    "inversions",
    "learn",
    "level_interval",
    "mr_sort",
    "preferred",
    "smallest_change",
    "weight_change",
    "without_dimensions",
]
