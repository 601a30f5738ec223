"""What every dossier is put together from: verdicts, dates, names of tiers, its head and its foot."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tongtu.chain.dossier.document import Cell, Column, Tone, cell, joined, same
from tongtu.chain.dossier.subject import Subject
from tongtu.chain.report.spoken import Pair, both, pair, words
from tongtu.registry import noun
from tongtu.rules import Judgement
from tongtu.rules.model import Scheme
from tongtu.terms import marked
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack

Row = dict[str, Any]

TONES: dict[str, Tone] = {"met": "good", "unmet": "bad", "unknown": "warn", "manual": "warn", "not_applicable": "soft"}
#: verdicts as a reader wants them: what is reached, what is near, what is not
VERDICTS = ("met", "manual", "unknown", "unmet", "not_applicable")


def stamp(asked: Subject, *, purpose: bool = False) -> list[Pair]:
    """Of whom, as of when (and for which purpose and batch), by which rules."""
    coded = {column.name: column.of for column in noun(asked.noun).columns if column.kind == "code"}
    shown_of = [asked.label(coded[name], asked.row[name]) for name in ("kind", "region") if name in coded]
    about = [same(asked.key), *shown_of]
    day = [words("dossier.as-of", day=asked.as_of)]
    if purpose:
        day.append(both(Why(f"rules.purpose-{asked.purpose}")))
    if purpose and asked.batch:
        day.append(words("dossier.batch", batch=asked.batch))
    return [joined(about, " · ", " · "), joined(day, "，"), by_pack(asked.pack)]


def by_pack(pack: Pack) -> Pair:
    return words("dossier.rules", pack=pack.title, version=pack.version, digest=pack.digest[:12])


def foot(pack: Pack, as_of: date) -> list[Pair]:
    """What every dossier says at its end: what the pack tells all who apply, and that nothing here is official."""
    told = []
    for path, text in sorted(pack.texts("notices").items()):
        for notice in marked.load(text, path)[0] or ():
            since = notice.get("since")
            if since is None or since <= as_of:
                said = {"text": Label(notice["zh"], notice["en"]), "source": notice["source"], "grade": notice["grade"]}
                told.append(words("dossier.notice", **said))
    return [*told, words("dossier.not-official")]


def verdict(value: str) -> Cell:
    return cell(words(f"report.verdict-{value.replace('_', '-')}"), TONES[value])


def columns(*names: str) -> list[Column]:
    """Columns by the names of their headings; `name/kind` sets how they look."""
    split = (name.partition("/") for name in names)
    return [Column(words(f"dossier.col-{name}"), kind or "") for name, _, kind in split]  # type: ignore[arg-type]


def day_of(value: date | None) -> Pair:
    return same("—") if value is None else same(value.isoformat())


def tier_name(judgement: Judgement, tier: str) -> Pair:
    """The tier, with its scheme before it where that has another name."""
    scheme = judgement.scheme
    versions = [v for v in (judgement.version, *scheme.versions) if v is not None]
    labels = [t.label for version in versions for t in version.tiers if t.tier == tier]
    return named_tier(scheme, labels[0]) if labels else same(tier)


def named_tier(scheme: Scheme, label: Label) -> Pair:
    mine, whole = pair(label), pair(scheme.label)
    return mine if mine == whole else [f"{w} · {m}" for w, m in zip(whole, mine, strict=True)]
