"""The criteria of a tier as one numbered table: what is asked, by which text, how well that is evidenced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tongtu.rules.exchange.changes import remarks
from tongtu.rules.exchange.markup import Markup, row, table, tag
from tongtu.rules.exchange.plain import Speaker
from tongtu.rules.model import Citation, Criterion, Group, Tier, Version


def common(version: Version) -> tuple[Criterion, ...]:
    """The leading criteria that every tier of several shares: its gates."""
    if len(version.tiers) < 2:
        return ()
    first, *others = [tier.root.parts() for tier in version.tiers]
    shared = 0
    while all(shared < len(parts) and parts[shared] == first[shared] for parts in (first, *others)):
        shared += 1
    return first[:shared]


def tier_tables(version: Version, speaker: Speaker) -> Iterator[tuple[str, Markup]]:
    """(heading, table) of what all tiers share, where they do, and of each tier."""
    shared = common(version)
    if shared:
        heading = speaker.word("common", tiers=speaker.listed(speaker.label(t.label) for t in version.tiers))
        yield heading, criteria_table(shared, version.cite, speaker)
    for tier in version.tiers:
        own = tier.root.parts()[len(shared) :]
        yield speaker.label(tier.label), criteria_table(own, version.cite, speaker, _all(tier), start=len(shared) + 1)


def _all(tier: Tier) -> bool:
    return not (isinstance(tier.root.body, Group) and tier.root.body.least is None)


def criteria_table(
    criteria: Sequence[Criterion], cite: Citation, speaker: Speaker, choice: bool = False, start: int = 1
) -> Markup:
    """`choice`: not all of them are needed. What is cited like the version itself shows its article alone."""
    head = [speaker.word(f"col-{name}") for name in ("number", "criterion", "requirement", "basis", "grade")]
    rows: list[Markup] = []
    if choice:
        rows.append(row(tag("td", speaker.sentence(speaker.word("any-of")), colspan=5, class_="group")))
    for i, criterion in enumerate(criteria, start):
        rows += _rows(criterion, str(i), cite, speaker, 0)
    return table(head, rows, class_="criteria")


def _rows(criterion: Criterion, number: str, cite: Citation, speaker: Speaker, depth: int) -> Iterator[Markup]:
    group = isinstance(criterion.body, Group)
    notes = remarks(criterion, speaker)
    yield row(
        tag("td", number, class_="id"),
        tag("td", tag("b", _name(criterion, speaker)) if depth == 0 else _name(criterion, speaker),
            " ", tag("code", criterion.path), class_=f"d{min(depth, 4)}"),
        tag("td", speaker.sentence(speaker.criterion(criterion)),
            tag("span", *notes, class_="soft") if notes else None),
        tag("td", basis(criterion.cite, cite, speaker)),
        tag("td", grade(criterion.cite.grade, speaker)),
        class_="group" if group else None,
    )  # fmt: skip
    if isinstance(criterion.body, Group):
        for i, part in enumerate(criterion.body.parts, 1):
            yield from _rows(part, f"{number}.{i}", cite, speaker, depth + 1)
    if criterion.waiver is not None:
        said = speaker.word("waived-if", number=number, what=_name(criterion.waiver, speaker))
        yield row(
            tag("td", "", class_="id"),
            tag("td", speaker.sentence(said), colspan=4, class_=f"waiver d{min(depth + 1, 4)}"),
        )
        yield from _rows(criterion.waiver, f"{number}*", cite, speaker, depth + 1)


def _name(criterion: Criterion, speaker: Speaker) -> str:
    return speaker.label(criterion.label) or criterion.path


def basis(own: Citation, version: Citation, speaker: Speaker) -> str:
    """Document and article; the document is left out where it is the version's."""
    document = "" if own.document == version.document else own.document
    return " ".join(part for part in (document, own.article) if part) or speaker.word("see-version")


def grade(name: str, speaker: Speaker) -> Markup:
    return tag("span", speaker.word(f"grade-{name.lower()}"), class_=f"grade g-{name.lower()}")


def sources(citations: Iterable[Citation]) -> list[str]:
    """Every source once, in the order it is first cited."""
    return list(dict.fromkeys(source for cite in citations for source in cite.sources))


def citations(version: Version) -> Iterator[Citation]:
    """The version's citation, those of its criteria, windows, lifecycle and grants."""
    yield version.cite
    for _, criterion, _ in version.criteria():
        yield criterion.cite
    yield from (intake.cite for intake in version.windows)
    if version.lifecycle.cite is not None:
        yield version.lifecycle.cite
    yield from (grant.cite for tier in version.tiers for grant in tier.grants)
