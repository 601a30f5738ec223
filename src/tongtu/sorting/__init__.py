"""Sorting into ordered categories: tiers, maturity levels. Never a ranking: one's category does not depend on
who else applies.

    model     criteria with weights, categories and the profiles between them, a cutting level
    tri       MR-Sort and ELECTRE TRI-B: each subject's category, by the strict and by the lenient rule
"""

from tongtu.sorting.model import Category, Criterion, Profile, Sorting
from tongtu.sorting.tri import credibility, electre_tri, mr_sort

__all__ = ["Category", "Criterion", "Profile", "Sorting", "credibility", "electre_tri", "mr_sort"]
