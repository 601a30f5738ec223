"""Who should care, computed: which coded rule a document speaks of, whom it moves, and what they can do about it.

    recognising   coded, comparisons   coded versions a document is about or names, and the version before each
    standing      (nearness)           everybody under both versions: gains, loses, opens, closes, near by one thing
    counting      (dimensions)         named groups with counts; below a floor, and what would betray them, withheld
    acting                             what to do and by when: windows, single gaps, evidence, titles falling due
    touching      touched              for any document: directions, focus entries, priorities, mechanisms, regions
    working       working, chances     who in the registry works there, and which calls are open to them

Of the rules engine only its public questions are asked. A group's members stay in `Audience.changes`, for a face
that may show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from tongtu.brief.audience import acting, standing
from tongtu.brief.audience.acting import ACTIONS
from tongtu.brief.audience.counting import EFFECTS, FLOOR, GROUPINGS, GROUPS
from tongtu.brief.audience.recognising import CODED, COMPARISONS, Sign, coded, comparisons, signs
from tongtu.brief.audience.touching import TOUCHED, touched
from tongtu.brief.audience.working import chances, working
from tongtu.registry import Registry, Vocabularies
from tongtu.rules import RuleBook
from tongtu.rules.asking import Diff
from tongtu.rules.model import Purpose

__all__ = [
    "ACTIONS", "CODED", "COMPARISONS", "EFFECTS", "FLOOR", "GROUPINGS", "GROUPS", "TOUCHED", "Audience", "Sign",
    "audience", "chances", "coded", "comparisons", "signs", "touched", "working",
]  # fmt: skip


@dataclass(frozen=True)
class Audience:
    """Who is moved by a change of one rule.

    groups   GROUPS: scheme, tier, tier_zh, tier_en, noun, effect, transition, before, after, group_by, group,
             label_zh, label_en, subjects, of, small, criteria, ids, why. A withheld count is null and `small`;
             `of` is everybody in the group whom the rule covers. Who is `near` may be in another effect too.
    changes  the comparison itself, by subject: for those who may see it
    actions  ACTIONS: scheme, tier, effect, who, kind, action, criterion, subjects, small, by, document, why
    """

    groups: pl.DataFrame
    changes: Diff
    actions: pl.DataFrame


def audience(
    book: RuleBook,
    scheme: str,
    old_version: str | None,
    new_version: str,
    registry: Registry,
    as_of: date,
    *,
    codes: Vocabularies | None = None,
    purpose: Purpose = "new",
    floor: int = FLOOR,
    horizon: int = 365,
) -> Audience:
    """Everybody the scheme may cover, judged by both versions on one day; `old_version` None: there was none.

    `codes` are lists of a pack whose entries have names; `horizon` is how many days ahead dates are looked for;
    `registry` is taken as known on the day. Groups of fewer than `floor` are not counted.
    Raises KeyError for a scheme the book, or a version the scheme, does not have.
    """
    changes = standing.compared(book, scheme, old_version, new_version, registry, as_of, purpose)
    found, naming = standing.standing(changes), standing.Naming.of(changes, registry, codes)
    groups = standing.groups(found, registry, naming, floor)
    todo = acting.Acting(found, naming, registry, codes, floor, horizon)
    return Audience(groups, changes, acting.actions(todo.rows()))
