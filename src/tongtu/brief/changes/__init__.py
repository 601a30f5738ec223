"""What changed, computed: between two versions of a text, between their numeric targets, between coded rules.

alignment  text_changes     passages: same, changed word by word, added, removed, moved
targets    target_changes   numeric targets by measure: raised, lowered, same, introduced, dropped, respecified
rules      rule_changes     conditions of two versions of a scheme: which thresholds moved
"""

from tongtu.brief.changes.alignment import text_changes
from tongtu.brief.changes.rules import rule_changes
from tongtu.brief.changes.targets import target_changes

__all__ = ["rule_changes", "target_changes", "text_changes"]
