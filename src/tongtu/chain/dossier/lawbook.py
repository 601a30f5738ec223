"""The rules themselves: which are loaded, what changed between two versions, what a title does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.compose import with_pack
from tongtu.chain.dossier.document import Block, Cell, Document, Paragraph, Section, Table, Tone, cell, joined, same
from tongtu.chain.dossier.pieces import Row, by_pack, columns, foot, named_tier, verdict
from tongtu.chain.dossier.subject import plausible
from tongtu.chain.law import rule_book
from tongtu.chain.report.spoken import Pair, both, named, pair, shown, words
from tongtu.registry import Registry, noun
from tongtu.rules.asking import Diff, compare
from tongtu.rules.asking.values import near
from tongtu.rules.effects import Effect, effect
from tongtu.rules.model import PURPOSES
from tongtu.terms.faults import UsageFault
from tongtu.terms.why import Label, Ratio, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.rules.model import Purpose, Scheme, Version

_TONES: dict[str, Tone] = {"gained": "good", "lost": "bad", "became_unmet": "bad", "same": "soft"}


def scheme_of(pack: Pack, name: str) -> Scheme:
    """Raises UsageFault where the pack has no scheme of that name."""
    book = rule_book(pack)
    if name not in book.schemes:
        raise UsageFault.because("asking.no-scheme", "asking.no-scheme-repair", name=name, names=near(name, book))
    return book[name]


def version_of(scheme: Scheme, name: str | None, as_of: date, purpose: Purpose = "new") -> Version:
    """A version by its name, else the one in force, else the latest. Raises UsageFault for one it does not have."""
    if name is None:
        return scheme.in_force(as_of, purpose) or max(scheme.versions, key=lambda v: min(s.start for s in v.spans))
    try:
        return scheme.version(name)
    except KeyError:
        known = [v.version for v in scheme.versions]
        told = {"scheme": scheme.label, "name": name, "names": known}
        raise UsageFault.because("dossier.no-version", "dossier.no-version-repair", **told) from None


def listing(pack: Pack, as_of: date) -> Document:
    """Every scheme with its versions, and how well each is evidenced."""
    rows = [_listed(scheme, as_of) for scheme in rule_book(pack).schemes.values()]
    table = Table(columns("scheme/day", "name", "subject/day", "versions", "grade/day"), rows)
    stamp = [words("dossier.as-of", day=as_of), by_pack(pack)]
    title = words("dossier.rules-list")
    return Document(title, stamp, [Section(title, [table])], foot(pack, as_of))


def _listed(scheme: Scheme, as_of: date) -> list[Cell]:
    now = {v.version for p in PURPOSES if (v := scheme.in_force(as_of, p)) is not None}
    versions = "  ".join(f"{v.version}*" if v.version in now else v.version for v in scheme.versions)
    grades = sorted({v.cite.grade for v in scheme.versions})
    known = noun(scheme.subject)
    return [cell(same(scheme.scheme)), cell(pair(scheme.label)), cell([known.zh, known.en]), cell(same(versions)),
            cell(shown([Why(f"rules.grade-{g.lower()}") for g in grades]))]  # fmt: skip


# --- two versions ------------------------------------------------------------------------------------------


def changed(
    pack: Pack, registry: Registry, scheme: str, old: str, new: str, as_of: date, purpose: Purpose = "new",
    rows: int = 20,
) -> Document:  # fmt: skip
    """Who gains and who loses between two versions, and by which criteria; at most `rows` subjects by name."""
    law = scheme_of(pack, scheme)
    for name in (old, new):
        version_of(law, name, as_of)
    seen = with_pack(registry, pack).known(plausible(as_of))
    found = compare(rule_book(pack), scheme, old, new, seen, as_of, purpose)
    title = words("dossier.diff-title", name=law.label, old=old, new=new)
    stamp = [joined([words("dossier.as-of", day=as_of), both(Why(f"rules.purpose-{purpose}"))], "，"), by_pack(pack)]
    return Document(title, stamp, [*_sections(law, found, seen, rows)], foot(pack, as_of))


def _sections(law: Scheme, found: Diff, registry: Registry, rows: int) -> list[Section]:
    whole = found.summary.filter(pl.col("criterion").is_null())
    deciding = found.summary.filter(pl.col("criterion").is_not_null())
    heads = columns("change/day", "tier", "verdicts/day", "subjects/n")
    totals = Table(heads, [_counted(law, row) for row in whole.iter_rows(named=True)])
    sections = [Section(words("dossier.diff-summary"), [totals])]
    if found.changes.is_empty():
        return [*sections, Section(words("dossier.diff-changes"), [Paragraph(words("dossier.diff-none"), "soft")])]
    if deciding.height:
        heads = columns("change/day", "criterion", "verdicts/day", "subjects/n")
        labels = _criteria(found)
        table = Table(heads, [_decided(labels, row) for row in deciding.iter_rows(named=True)])
        sections.append(Section(words("dossier.diff-criteria"), [table]))
    return [*sections, _one_by_one(law, found, registry, rows)]


def _change(row: Row) -> Cell:
    name = row["transition"].replace("_", "-")
    return cell(words(f"dossier.change-{name}"), _TONES.get(row["transition"], "warn"))


def _verdicts(row: Row) -> Cell:
    sides = [verdict(row[side]).text if row[side] else same("—") for side in ("before", "after")]
    return cell(words("dossier.from-to", before=Label(*sides[0]), after=Label(*sides[1])))


def _counted(law: Scheme, row: Row) -> list[Cell]:
    return [_change(row), cell(_tier(law, row["tier"])), _verdicts(row), cell(shown(row["subjects"]))]


def _decided(labels: dict[str, Pair], row: Row) -> list[Cell]:
    return [_change(row), cell(labels.get(row["criterion"], same(row["criterion"]))), _verdicts(row),
            cell(shown(row["subjects"]))]  # fmt: skip


def _criteria(found: Diff) -> dict[str, Pair]:
    """Names of criteria by path, those of the later version where both have one."""
    versions = [side.version for side in (found.before, found.after) if side.version is not None]
    criteria = [one for version in versions for _, one, _ in version.criteria()]
    return {one.path: joined([pair(one.label), same(one.path)], " ", " ") for one in criteria}


def _tier(law: Scheme, tier: str) -> Pair:
    labels = [t.label for version in law.versions for t in version.tiers if t.tier == tier]
    return named_tier(law, labels[0]) if labels else same(tier)


def _one_by_one(law: Scheme, found: Diff, registry: Registry, rows: int) -> Section:
    key = found.after.key
    names = {row[key]: named(row) for row in registry[law.subject].iter_rows(named=True)}
    lines = [
        [cell(joined([same(row[key]), names.get(row[key], same(""))], " ", " ")), _change(row), cell(both(row["why"]))]
        for row in found.changes.head(rows).iter_rows(named=True)
    ]
    blocks: list[Block] = [Table(columns("who", "change/day", "because/long"), lines)]
    if found.changes.height > rows:
        blocks.append(Paragraph(words("dossier.diff-rest", n=found.changes.height - rows), "soft"))
    return Section(words("dossier.diff-changes"), blocks)


# --- what a title does -------------------------------------------------------------------------------------


def of_title(pack: Pack, registry: Registry, scheme: str, as_of: date, **chosen: Any) -> Document:
    """Outcomes with and without a title, with intervals, or that the data cannot tell; `chosen` goes to `effect`."""
    law = scheme_of(pack, scheme)
    seen = with_pack(registry, pack).known(plausible(as_of))
    found = effect(rule_book(pack), scheme, seen, as_of, **chosen)
    title = words("dossier.effect-title", name=law.label)
    stamp = [words("dossier.as-of", day=as_of), by_pack(pack)]
    return Document(title, stamp, [_effect(law, found)], foot(pack, as_of))


def _effect(law: Scheme, found: Effect) -> Section:
    blocks: list[Block] = [Paragraph(both(Why(found.why.code, found.why.args)))]
    blocks += [Paragraph(both(part), "soft") for part in found.why.parts]
    rows = [_outcome(law, row) for row in found.table.iter_rows(named=True)]
    if rows:
        blocks.append(Table(columns("outcome", "estimate", "firms/n", "because/long"), rows))
    return Section(words("dossier.effect"), blocks)


def _outcome(law: Scheme, row: Row) -> list[Cell]:
    known = noun(law.yearly).column(row["outcome"])
    if row["estimate"] is None:
        change = cell(words("dossier.cannot-tell"), "warn")
    else:
        figures = {name: Ratio(round(row[name], 3)) for name in ("estimate", "low", "high")}
        change = cell(words("dossier.interval", **figures))
    firms = [shown(row[side]) for side in ("n_left", "n_right")]
    return [cell([known.zh, known.en]), change, cell(joined(firms, " / ", " / ")), cell(both(row["why"]))]
