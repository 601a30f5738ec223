"""The tiers one can rise to next, and what is in the way of each."""

from __future__ import annotations

from typing import Any

import polars as pl

from tongtu.chain.dossier.document import Block, Cell, Facts, Paragraph, Section, Table, Tone, cell, joined, lean, same
from tongtu.chain.dossier.pieces import Row, columns, tier_name, verdict
from tongtu.chain.dossier.subject import Subject
from tongtu.chain.report.spoken import Pair, both, shown, words
from tongtu.rules import Judgement
from tongtu.rules.asking import next_tier
from tongtu.rules.model import Group
from tongtu.terms.why import Ratio, Why


class Rise:
    """A tier to rise to: its judgement, its row among the next tiers, and what is in the way."""

    def __init__(self, judgement: Judgement, row: Row, missing: pl.DataFrame) -> None:
        self.judgement, self.row, self.missing = judgement, row, missing

    @property
    def place(self) -> tuple[str, str]:
        return self.judgement.scheme.scheme, self.row["tier"]


def rises(asked: Subject) -> list[Rise]:
    """The next tier of every ladder; for schemes asked for by name, or another kind of subject, each open tier."""
    if asked.noun == "organisations" and not asked.schemes:
        places = next_tier(asked.book, asked.registry, asked.key, asked.as_of, asked.purpose).tiers.to_dicts()
    else:
        places = [row for j in asked.judgements.values() for row in j.verdicts.to_dicts()
                  if row["verdict"] in ("unmet", "unknown", "manual")]  # fmt: skip
    found: list[Rise] = []
    for row in places:
        judgement = asked.judgements[row["scheme"]]
        if judgement.version is None or row["tier"] not in {tier.tier for tier in judgement.version.tiers}:
            continue  # the version of a batch has other tiers than that of the day
        found.append(Rise(judgement, row, asked.missing(row["scheme"], row["tier"])))
    return found


def gaps(asked: Subject, found: list[Rise]) -> Section:
    if not found:
        return Section(words("dossier.gaps"), [Paragraph(words("dossier.no-gaps"), "soft")])
    return Section(words("dossier.gaps"), [_rise(asked, rise) for rise in found])


def _rise(asked: Subject, rise: Rise) -> Section:
    counts = {v: rise.missing.filter(pl.col("verdict") == v).height for v in ("unmet", "unknown", "manual")}
    facts: list[tuple[Pair, Cell]] = [(words("dossier.window"), _window(asked, rise))]
    facts.append((words("dossier.in-the-way"), cell(words("dossier.counts", **counts))))
    choices = _choices(rise)
    rows = [missing(row, choices.get(row["criterion"])) for row in rise.missing.to_dicts()]
    blocks: list[Block] = [Facts(facts)]
    if rows:
        blocks.append(lean(Table(columns("verdict/day", "criterion", "now", "asked", "short", "by"), rows)))
    return Section(tier_name(rise.judgement, rise.row["tier"]), blocks, verdict(rise.row["verdict"]))


def _window(asked: Subject, rise: Rise) -> Cell:
    if rise.missing.is_empty() or rise.missing["next_opens"][0] is None:
        opens, closes = rise.row.get("next_opens"), rise.row.get("next_closes")
    else:
        opens, closes = rise.missing["next_opens"][0], rise.missing["next_closes"][0]
    if opens is None:
        return cell(words("dossier.no-window"), "soft")
    now = opens <= asked.as_of
    return cell(words("dossier.window-open" if now else "dossier.window-next", opens=opens, closes=closes),
                "good" if now else "")  # fmt: skip


def _choices(rise: Rise) -> dict[str, Why]:
    """Criteria of which only some are needed, with what to add to their names: the group, and how many suffice.

    Only where there is a choice: a group of which several ways are still open.
    """
    version = rise.judgement.version
    assert version is not None
    root = next(tier.root for tier in version.tiers if tier.tier == rise.row["tier"])
    found: dict[str, Why] = {}
    open_ = set(rise.missing["criterion"])
    for group, _ in root.below():
        body = group.body
        if isinstance(body, Group) and body.least is not None and not body.negated and body.least < len(body.parts):
            said = Why("dossier.suffices", {"group": group.label, "n": body.least})
            ways = [{one.path for one, _ in part.below()} for part in body.parts]
            if sum(not way.isdisjoint(open_) for way in ways) > 1:
                found |= {path: said for way in ways for path in way}
    return found


def missing(row: Row, choice: Why | None) -> list[Cell]:
    """A criterion in the way: what is observed, what is asked, how far they are apart, by which text."""
    why = Why.from_json(row["why"])
    args = why.args
    now, wanted, short = same(""), same(""), same("")
    tone: Tone = ""
    if "observed" in args:
        now = shown(args["observed"])
        wanted = joined([shown(args["op"]), shown(args["threshold"])], " ", " ")
    elif "reach" in args:
        now = words("dossier.points", low=args["low"], high=args["high"])
        wanted = words("dossier.reach", reach=args["reach"])
    elif "evidence" in args:
        wanted, tone = words("dossier.evidence", evidence=args["evidence"]), "warn"
    elif "lacks" in args:
        now, tone = shown(args["lacks"]), "warn"
    elif why.code != "rules.unmet":  # which says no more than label and verdict do
        now = both(why)
    if "short" in args:
        short = _short(args["short"], row["effort"])
    label, by = (shown(args[name]) if name in args else same("") for name in ("name", "by"))
    if choice is not None:
        label = joined([label, both(choice)], "", " ")
    return [verdict(row["verdict"]), cell(label), cell(now, tone), cell(wanted), cell(short, "bad"), cell(by, "soft")]


def _short(missing: Any, effort: float | None) -> Pair:
    """What is missing, and as a share of what is asked; a share itself lacks percentage points."""
    if isinstance(missing, Ratio):
        return words("dossier.percentage-points", n=round(missing.value * 100, 2))
    if effort is None:
        return shown(missing)
    return words("dossier.short", short=missing, share=Ratio(round(effort, 3)))
