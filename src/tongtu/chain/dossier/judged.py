"""What a subject holds, what it lacks and until when, what to answer next, and what it could obtain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from tongtu.chain.dossier.benefits import benefits
from tongtu.chain.dossier.document import (
    Block,
    Cell,
    Document,
    Facts,
    Paragraph,
    Section,
    Table,
    cell,
    joined,
    lean,
    same,
)
from tongtu.chain.dossier.gaps import Rise, gaps, rises
from tongtu.chain.dossier.pieces import VERDICTS, Row, columns, day_of, foot, stamp, tier_name, verdict
from tongtu.chain.dossier.subject import Subject
from tongtu.chain.report.spoken import Pair, both, pair, shown, words
from tongtu.rules import Judgement
from tongtu.rules.asking import ask_next, history, what_if
from tongtu.rules.asking.dues import Span, dues
from tongtu.rules.asking.titles import held, valid
from tongtu.rules.model import on_day
from tongtu.terms.why import Label, Why

#: questions listed after the first
_QUESTIONS = 8
#: years ahead in which what a holder owes is looked for
_AHEAD = 5


def judged(asked: Subject, changes: Mapping[str, Any] | None = None) -> Document:
    """The dossier of one subject; `changes` are figures supposed beside the recorded ones, as `what_if` takes them.

    Raises UsageFault for changes that cannot be taken.
    """
    ahead = rises(asked)
    sections = [
        *([_supposed(asked, changes)] if changes else []),
        _holds(asked),
        _verdicts(asked),
        gaps(asked, ahead),
        _open(asked),
        _manual(asked, ahead),
        benefits(asked, {rise.place for rise in ahead}),
    ]
    title = words("dossier.title", name=Label(*asked.name))
    told = [section for section in sections if section is not None]
    return Document(title, stamp(asked, purpose=True), told, foot(asked.pack, asked.as_of))


# --- what it holds -----------------------------------------------------------------------------------------


def _holds(asked: Subject) -> Section | None:
    if asked.noun != "organisations":
        return None
    titles = held(asked.book, asked.registry, asked.key)
    now = valid(titles, asked.as_of)
    if titles.is_empty():
        code = "dossier.no-titles" if "titles" in asked.registry else "dossier.titles-unknown"
        return Section(words("dossier.holds"), [Paragraph(words(code), "soft")])
    blocks: list[Block] = []
    if now.height:
        due = _due(asked)
        rows = [_held(asked, row, due.get(row["title"], {})) for row in now.sort("until", "title").to_dicts()]
        heads = columns("title", "level", "number", "from/day", "until/day", "update/day", "review/day")
        blocks.append(lean(Table(heads, rows)))
    else:
        blocks.append(Paragraph(words("dossier.none-valid"), "warn"))
    blocks += _past(asked, set(now["title"]))
    return Section(words("dossier.holds"), blocks)


def _due(asked: Subject) -> dict[str, dict[str, date]]:
    """The next update and review of each title, by its record."""
    last = on_day(asked.as_of.year + _AHEAD, (asked.as_of.month, asked.as_of.day))
    table = dues(asked.book, asked.registry, asked.key, Span(asked.as_of, last))
    found: dict[str, dict[str, date]] = {}
    for row in table.sort("on", descending=True).iter_rows(named=True):
        found.setdefault(row["name"], {})[row["kind"]] = row["on"]
    return found


def _held(asked: Subject, row: Row, due: Mapping[str, date]) -> list[Cell]:
    until = day_of(row["until"])
    if row["reckoned"]:
        until = joined([until, words("dossier.reckoned")], "", " ")
    soon = row["until"] is not None and row["until"] - asked.as_of < timedelta(days=183)
    return [
        cell(asked.label("title_kind", row["kind"])), cell(asked.label("level", row["level"])),
        cell(same(row["number"] or "")), cell(day_of(row["valid_from"])), cell(until, "warn" if soon else "good"),
        cell(day_of(due.get("update"))), cell(day_of(due.get("review"))),
    ]  # fmt: skip


def _past(asked: Subject, current: set[str]) -> Iterator[Block]:
    """What became of titles that are no longer valid."""
    told = history(asked.registry, asked.key, asked.book)
    for row in told.filter(~pl.col("title").is_in(list(current)), pl.col("valid_from") <= asked.as_of).to_dicts():
        yield Paragraph(joined([asked.label("title_kind", row["kind"]), both(row["why"])], "：", ": "), "soft")


# --- every scheme's verdict --------------------------------------------------------------------------------


def _verdicts(asked: Subject) -> Section:
    rows: list[tuple[str, list[Cell]]] = []
    outside: list[Label] = []
    asleep: list[Label] = []
    notes: list[Block] = []
    for judgement in asked.judgements.values():
        scheme = judgement.scheme
        judged_rows = judgement.verdicts.to_dicts()
        if judgement.version is None:
            asleep.append(scheme.label)
        elif all(row["verdict"] == "not_applicable" for row in judged_rows):
            outside.append(scheme.label)
        else:
            rows += [(row["verdict"], _judged(judgement, row)) for row in judged_rows]
            if scheme.notice is not None and scheme.notice.zh:
                notes.append(Paragraph(joined([pair(scheme.label), pair(scheme.notice)], "：", ": "), "soft"))
    rows.sort(key=lambda entry: VERDICTS.index(entry[0]))
    table = Table(columns("tier", "verdict/day", "open/long", "version"), [line for _, line in rows])
    blocks: list[Block] = [table] if rows else []
    blocks += notes
    for code, names in (("not-covered", outside), ("not-in-force", asleep)):
        if names:
            blocks.append(Paragraph(words(f"dossier.{code}", n=len(names), names=names), "soft"))
    return Section(words("dossier.verdicts"), blocks)


def _judged(judgement: Judgement, row: Row) -> list[Cell]:
    version = judgement.version
    assert version is not None
    law = f"{version.cite.document} · {version.version}" if version.cite.document else version.version
    graded = words("dossier.graded", law=law, grade=Why(f"rules.grade-{version.cite.grade.lower()}"))
    return [cell(tier_name(judgement, row["tier"])), verdict(row["verdict"]), cell(_because(row)), cell(graded, "soft")]


def _because(row: Row) -> Pair:
    """The conditions that decide a tier's verdict, or the whole reason where it rests on none."""
    if row["verdict"] == "met":
        return words("dossier.all-met")
    why = Why.from_json(row["why"])
    return shown(why.args["parts"]) if why.args.get("parts") else both(why)


# --- what to answer ----------------------------------------------------------------------------------------


def _open(asked: Subject) -> Section | None:
    waiting = [one for one in asked.judgements.values() if "unknown" in one.verdicts["verdict"].to_list()]
    table = ask_next(waiting, asked.key).filter(pl.col("noun").is_not_null())
    if table.is_empty():
        return None
    first, *rest = table.head(1 + _QUESTIONS).to_dicts()
    blocks: list[Block] = [
        Paragraph(words("dossier.ask-first", what=Why.from_json(first["label"])), "warn"),
        Paragraph(both(first["why"])),
    ]
    if rest:
        rows = [[cell(both(row["label"])), cell(same(row["field"]), "soft"), cell(same(str(row["settles_criteria"]))),
                 cell(same(str(row["could_settle_tiers"])))] for row in rest]  # fmt: skip
        blocks.append(Table(columns("then", "field", "criteria/n", "tiers/n"), rows))
    if table.height > 1 + _QUESTIONS:
        blocks.append(Paragraph(words("dossier.more", n=table.height - 1 - _QUESTIONS), "soft"))
    return Section(words("dossier.open"), blocks)


def _manual(asked: Subject, ahead: list[Rise]) -> Section | None:
    """What only a person can decide, once for each condition, in tiers that are next or wait for nothing else."""
    places = {rise.place for rise in ahead}
    waiting = [(j, row["tier"]) for j in asked.judgements.values() for row in j.verdicts.to_dicts()
               if row["verdict"] == "manual" or (j.scheme.scheme, row["tier"]) in places]  # fmt: skip
    asks: dict[tuple[str, str], dict[str, list[Pair]]] = {}
    for judgement, tier in waiting:
        for row in asked.missing(judgement.scheme.scheme, tier).filter(pl.col("verdict") == "manual").to_dicts():
            args = Why.from_json(row["why"]).args
            label, evidence = shown(args["name"]), shown(args.get("evidence", args["name"]))
            one = asks.setdefault((label[0], evidence[0]), {"label": [label], "evidence": [evidence]})
            for name, said in (("tier", tier_name(judgement, tier)), ("by", shown(args["by"]))):
                if said not in one.setdefault(name, []):
                    one[name].append(said)
    if not asks:
        return None
    order = ("label", "evidence", "tier", "by")
    rows = [[cell(joined(one[name], "；", "; ")) for name in order] for one in asks.values()]
    table = Table(columns("criterion", "evidence/long", "tier", "by"), rows)
    return Section(words("dossier.manual"), [Paragraph(words("dossier.manual-note"), "soft"), table])


# --- what if -----------------------------------------------------------------------------------------------


def _supposed(asked: Subject, changes: Mapping[str, Any]) -> Section:
    """What would move if some figures were different."""
    codes = {name: list(entries) for name, entries in asked.pack.vocabularies.items()}
    schemes = asked.wanted
    table = what_if(asked.book, asked.registry, asked.key, changes, asked.as_of, schemes, asked.purpose, codes=codes)
    supposed = Facts([(same(path), cell(same(str(value)))) for path, value in changes.items()])
    moved = table.filter(pl.col("change") != "same")
    rows = [_moved(asked, row) for row in moved.to_dicts()]
    blocks: list[Block] = [supposed]
    blocks.append(lean(Table(columns("tier", "criterion", "before/day", "after/day", "because/long"), rows)) if rows
                  else Paragraph(words("dossier.nothing-moves"), "soft"))  # fmt: skip
    return Section(words("dossier.what-if"), blocks)


def _moved(asked: Subject, row: Row) -> list[Cell]:
    judgement = asked.judgements[row["scheme"]]
    name = shown(Why.from_json(row["why"]).args.get("name", row["criterion"])) if row["criterion"] else same("")
    return [cell(tier_name(judgement, row["tier"])), cell(name), verdict(row["before"]), verdict(row["after"]),
            cell(both(row["why"]))]  # fmt: skip
