"""What changed from one version of a scheme to the next, figure by figure.

Two versions number their criteria differently, so conditions are paired by what they speak of: the same
figures, the same title, the same score, the same proof. A threshold that alone moved is tightened or relaxed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal as OneOf

from tongtu.rules.exchange.plain import Speaker
from tongtu.rules.expressions import Comparison, Literal, Name, Relation, walk
from tongtu.rules.model import Check, Criterion, Group, Holds, Manual, Scheme, Tier, Total, Version

Kind = OneOf["new", "dropped", "tightened", "relaxed", "changed", "same"]
KINDS: tuple[Kind, ...] = ("tightened", "relaxed", "changed", "new", "dropped", "same")
_UP: frozenset[Relation] = frozenset((">=", ">"))
_DOWN: frozenset[Relation] = frozenset(("<=", "<"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A leaf with its years, from it or a group above it, and the group's way of asking where it is no `all`."""

    criterion: Criterion
    years: int
    within: str

    @property
    def same(self) -> tuple[object, ...]:
        """What must be equal for two of them to ask the same."""
        found = self.criterion
        return (found.body, self.years, self.within, found.skip_if, found.role)


@dataclass(frozen=True, slots=True)
class Change:
    """One figure in two versions: what was asked (path and words), what is asked, and how they differ."""

    name: str
    kind: Kind
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    tiers: tuple[str, ...] = ()


def in_order(scheme: Scheme) -> list[Version]:
    """Versions from the oldest to the newest, those of one jurisdiction beside each other."""
    return sorted(scheme.versions, key=lambda v: (v.jurisdiction, min(span.start for span in v.spans)))


def successions(scheme: Scheme) -> list[tuple[Version, Version]]:
    """Each version with the one that followed it in the same jurisdiction."""
    return [(old, new) for old, new in pairwise(in_order(scheme)) if old.jurisdiction == new.jurisdiction]


def changes(old: Version, new: Version, before: Speaker, after: Speaker) -> list[Change]:
    """Every figure that either version asks for, in the new version's order, what was dropped last.

    `before` and `after` speak for the two versions. Tiers are paired by their name; where a figure changed alike
    in several tiers it is told once.
    """
    tiers: dict[Change, list[str]] = {}
    for tier, was, now in _tiers(old, new):
        for change in _between(_leaves(was), _leaves(now), before, after):
            tiers.setdefault(change, []).append(tier)
    return [replace(change, tiers=tuple(names)) for change, names in tiers.items()]


def _tiers(old: Version, new: Version) -> Iterator[tuple[str, Tier | None, Tier | None]]:
    was, now = ({tier.tier: tier for tier in version.tiers} for version in (old, new))
    for name in dict.fromkeys([*now, *was]):
        yield name, was.get(name), now.get(name)


def _between(
    old: Mapping[Hashable, list[Asked]], new: Mapping[Hashable, list[Asked]], before: Speaker, after: Speaker
) -> Iterator[Change]:
    for figure in [*new, *(f for f in old if f not in new)]:
        was, now = old.get(figure, []), new.get(figure, [])
        name = (after if now else before).label((now or was)[0].criterion.label)
        yield Change(name, _kind(was, now), _said(was, before), _said(now, after))


def _said(asked: list[Asked], speaker: Speaker) -> tuple[tuple[str, str], ...]:
    return tuple((a.criterion.path, requirement(a, speaker)) for a in asked)


def requirement(asked: Asked, speaker: Speaker) -> str:
    """What a leaf asks with all that hangs on it: years, purposes, its group, its role."""
    said = speaker.body(asked.criterion.body)
    if asked.years:
        said = speaker.word("each-year" if asked.years > 0 else "any-year", n=abs(asked.years), what=said)
    if asked.within:
        said = speaker.word(f"within-{asked.within}", what=said)
    return said + "".join(remarks(asked.criterion, speaker))


def remarks(criterion: Criterion, speaker: Speaker) -> list[str]:
    """When it is not examined, and where it decides nothing."""
    found = []
    if criterion.skip_if:
        found.append(speaker.word("skipped", purposes=speaker.purposes(criterion.skip_if)))
    if criterion.role != "counts":
        found.append(speaker.word("role-" + criterion.role.replace("_", "-")))
    return found


def _leaves(tier: Tier | None) -> dict[Hashable, list[Asked]]:
    found: dict[Hashable, list[Asked]] = {}
    for asked in _below(tier.root, 0, "") if tier is not None else ():
        found.setdefault(_figure(asked), []).append(asked)
    return found


def _below(criterion: Criterion, years: int, within: str) -> Iterator[Asked]:
    years = criterion.years or years
    if criterion.waiver is not None:
        yield from _below(criterion.waiver, years, "waiver")
    if isinstance(criterion.body, Group):
        inner = _way(criterion.body) or within
        for part in criterion.body.parts:
            yield from _below(part, years, inner)
    else:
        yield Asked(criterion, years, within)


def _way(group: Group) -> str:
    if group.negated:
        return "none"
    return "" if group.least is None or group.least == len(group.parts) else "some"


def _figure(asked: Asked) -> Hashable:
    """What a leaf speaks of; two versions' leaves of the same are compared."""
    match asked.criterion.body:
        case Check(node):
            return ("check", frozenset(n.field.name for n in walk(node) if isinstance(n, Name)))
        case Holds(kinds):
            return ("holds", kinds)
        case Total(score, part):
            return ("score", score, part)
        case Manual():
            return ("manual", asked.criterion.label)
    raise TypeError(type(asked.criterion.body).__name__)


def _kind(was: list[Asked], now: list[Asked]) -> Kind:
    if not was or not now:
        return "new" if now else "dropped"
    if sorted(map(repr, (a.same for a in was))) == sorted(map(repr, (a.same for a in now))):
        return "same"
    if len(was) == len(now) == 1 and was[0].same[1:] == now[0].same[1:]:
        return _moved(was[0], now[0])
    return "changed"


def _moved(was: Asked, now: Asked) -> Kind:
    """Whether a threshold that alone moved asks more or less."""
    match was.criterion.body, now.criterion.body:
        case (
            Check(Comparison(op_, left_, Literal(float() | int() as before))),
            Check(Comparison(op, left, Literal(float() | int() as after))),
        ) if op == op_ and left == left_ and op in _UP | _DOWN:
            return "tightened" if (after > before) == (op in _UP) else "relaxed"
        case Total(_, _, before), Total(_, _, after):
            return "tightened" if after > before else "relaxed"
    return "changed"
