"""What to do, for whom and by when: from what is lacking, what a person will examine, and what falls due.

Nothing is advised that does not follow from the rule, the registry or a date on record; where no date is known the
row says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from tongtu.brief.audience import counting
from tongtu.brief.audience.nearness import blocking, near
from tongtu.brief.audience.standing import Naming, covered
from tongtu.registry import Registry, Vocabularies, vocabularies
from tongtu.rules import Judgement
from tongtu.rules.asking import calendar
from tongtu.rules.asking.titles import held, valid
from tongtu.rules.exchange.plain import Speaker
from tongtu.rules.intakes import Opening, upcoming
from tongtu.rules.model import Check, Citation, Criterion, Group, Manual, Purpose, RuleBook, Tier, Total, Version
from tongtu.terms.money import Money, exponent
from tongtu.terms.why import Label, Ratio, Why
from tongtu.terms.words import LANGUAGES

KINDS = ("know", "apply", "prepare", "close_gap", "supply", "check", "renew")
_TEXTS = ("scheme", "tier", "effect", "who", "kind", "action", "criterion", "document", "why")
ACTIONS: dict[str, Any] = {
    **dict.fromkeys(_TEXTS[:7], pl.String), "subjects": pl.Int64, "small": pl.Boolean, "by": pl.Date,
    **dict.fromkeys(_TEXTS[7:], pl.String),
}  # fmt: skip
_DUES = ("update", "review", "expires")
_MOST = 5  # conditions a sentence names, and single gaps listed for a tier
Row = dict[str, Any]


def actions(rows: Iterator[Row]) -> pl.DataFrame:
    """Rows as ACTIONS, the first date first and what has none last."""
    kind = pl.col("kind").replace_strict(list(KINDS), list(range(len(KINDS))), return_dtype=pl.Int8)
    frame = pl.DataFrame([{name: row.get(name) for name in ACTIONS} for row in rows], schema=ACTIONS)
    return frame.sort("by", kind, "scheme", "tier", -pl.col("subjects"), "effect", "action", nulls_last=True)


@dataclass(frozen=True)
class Acting:
    """What follows from a comparison, `found` being its `standing`."""

    found: pl.DataFrame
    naming: Naming
    registry: Registry
    codes: Vocabularies | None
    floor: int
    horizon: int

    def rows(self) -> Iterator[Row]:
        version = self.naming.changes.after.version
        if version is None:
            return
        for tier in version.tiers:
            yield from self._knowing(version, tier)
            yield from self._applying(version, tier)
            yield from self._closing(version, tier)
            yield from self._supplying(version, tier)
            yield from self._checking(version, tier)
            yield from self._renewing(version, tier)
        yield from self._ending(version)

    # small things

    @property
    def _after(self) -> Judgement:
        return self.naming.changes.after

    @property
    def _day(self) -> date:
        return self._after.as_of

    def _subjects(self, tier: Tier, *effects: str) -> set[str]:
        chosen = (pl.col("tier") == tier.tier) & pl.col("effect").is_in(effects)
        return set(self.found.filter(chosen)[self._after.key])

    def _row(self, tier: Tier, effect: str, n: int, kind: str, action: Why, **more: Any) -> Row:
        few = n < self.floor
        count = counting.told(None if few else n, few, self._after.scheme.subject, self.floor)
        who = Why(f"brief_audience.who-{effect}", {"count": count, "name": tier.label})
        why = more.pop("why")
        return {
            "scheme": self._after.scheme.scheme, "tier": tier.tier, "effect": effect, "who": who.to_json(),
            "kind": kind, "action": action.to_json(), "subjects": None if few else n, "small": few,
            "why": why if isinstance(why, str) else why.to_json(), **more,
        }  # fmt: skip

    # what is in force

    def _knowing(self, version: Version, tier: Tier) -> Iterator[Row]:
        n = self._covered
        if not n:
            return
        cited = {"document": version.cite.document, "why": _by(version.cite)}
        start = min(span.start for span in version.spans)
        code, by = ("from", start) if start > self._day else ("since", None)
        action = Why(f"brief_audience.do-know-{code}", {"on": start, "new": version.version})
        yield self._row(tier, "all", n, "know", action, by=by, **cited)
        old = self.naming.changes.before.version
        if old is None:
            return
        for end in sorted({span.end for span in old.spans if span.end and span.end >= max(self._day, start)}):
            action = Why("brief_audience.do-know-old", {"on": end, "old": old.version})
            yield self._row(tier, "all", n, "know", action, by=end, document=old.cite.document, why=_by(old.cite))

    def _ending(self, version: Version) -> Iterator[Row]:
        """Tiers the new version no longer has."""
        old = self.naming.changes.before.version
        names = {tier.tier for tier in version.tiers}
        for tier in (tier for tier in (old.tiers if old is not None else ()) if tier.tier not in names):
            n = len(self._subjects(tier, "loses", "closes"))
            action = Why("brief_audience.do-know-gone", {"new": version.version, "name": tier.label})
            if n:
                yield self._row(
                    tier, "closes", n, "know", action, document=version.cite.document, why=_by(version.cite)
                )

    @cached_property
    def _covered(self) -> int:
        return covered(self.naming.changes).height

    # when to apply

    def _applying(self, version: Version, tier: Tier) -> Iterator[Row]:
        opening = self._opening
        for effect in ("gains", "opens"):
            n = len(self._subjects(tier, effect))
            if not n:
                continue
            yield self._application(tier, effect, n, opening)
            evidence = tuple(_evidence(tier.root)) if effect == "opens" else ()
            if evidence:
                action = Why("brief_audience.do-prepare", {"evidence": evidence[:_MOST]})
                by = opening.closes if opening else None
                yield self._row(tier, effect, n, "prepare", action, by=by, document=version.cite.document,
                                why=_by(version.cite))  # fmt: skip
        yield from self._calls(tier)

    @cached_property
    def _opening(self) -> Opening | None:
        """The intake open that day, or else the next one known."""
        after = self._after
        assert after.version is not None
        return upcoming(after.scheme, self._day, after.purpose, after.version.jurisdiction)

    def _application(self, tier: Tier, effect: str, n: int, opening: Opening | None) -> Row:
        args: dict[str, Any] = {"name": tier.label}
        if opening is None:
            action = Why("brief_audience.do-apply-unknown", args)
            return self._row(tier, effect, n, "apply", action, why=Why("brief_audience.no-window"))
        action = Why("brief_audience.do-apply", {**args, "opens": opening.opens, "closes": opening.closes})
        cite = opening.intake.cite
        return self._row(tier, effect, n, "apply", action, by=opening.closes, document=cite.document, why=_by(cite))

    def _calls(self, tier: Tier) -> Iterator[Row]:
        """Funding calls that go by this rule."""
        for row in self._falling_due.filter(pl.col("kind") == "call_closes").to_dicts():
            call = self.registry["calls"].row(by_predicate=pl.col("call") == row["name"], named=True)
            label = Label(call["title"], call["title_en"] or "")
            action = Why("brief_audience.do-call", {"name": label, "on": row["on"]})
            yield self._row(tier, "all", self._covered, "apply", action, by=row["on"], why=row["why"])

    # what is lacking

    def _closing(self, version: Version, tier: Tier) -> Iterator[Row]:
        """One row for each condition that is the only one some lack, the most common first."""
        codes = self._after.codes.filter(near(tier))
        lacked = [(criterion, set(codes.filter(where)[self._after.key])) for criterion, where in blocking(tier)]
        often = sorted((pair for pair in lacked if pair[1]), key=lambda pair: (-len(pair[1]), pair[0].path))
        for criterion, who in often[:_MOST]:
            action = Why("brief_audience.do-close-gap", {"condition": self._said(criterion, version)})
            why = self._shortfall(tier, criterion, who) if len(who) >= self.floor else _by(criterion.cite)
            yield self._row(tier, "near", len(who), "close_gap", action, criterion=criterion.path,
                            by=self._opening.closes if self._opening else None, document=criterion.cite.document,
                            why=why)  # fmt: skip

    def _said(self, criterion: Criterion, version: Version) -> Label:
        codes, currency = {**vocabularies(), **(self.codes or {})}, self._after.scheme.currency
        speakers = [Speaker(lang, currency, version.scores, codes) for lang in LANGUAGES]
        return Label(*(_said(criterion, speaker, self._after.purpose) for speaker in speakers))

    def _shortfall(self, tier: Tier, criterion: Criterion, who: set[str]) -> Why:
        """The median of what is missing, as `rules.gap` has it for one, where a figure is asked for."""
        if not isinstance(criterion.body, Check | Total):
            return _by(criterion.cite)
        table = self._after.criteria_of(who, why=False)
        own = table.filter(pl.col("tier") == tier.tier, pl.col("criterion") == criterion.path).drop_nulls("shortfall")
        if own.height < self.floor:
            return _by(criterion.cite)
        middle, unit = own["shortfall"].median(), own["unit"][0]
        figure = _figure(float(middle), unit, self._after.scheme.currency) if isinstance(middle, float) else None
        return Why("brief_audience.by-shortfall", {"by": criterion.cite.label(), "shortfall": figure})

    def _supplying(self, version: Version, tier: Tier) -> Iterator[Row]:
        missing = self.found.filter(
            pl.col("tier") == tier.tier, pl.col("after") == "unknown", pl.col("criteria").list.len() > 0
        )
        yield from self._by_criteria(tier, missing, "other", "supply", version)

    # who must look again

    def _checking(self, version: Version, tier: Tier) -> Iterator[Row]:
        """Those the new version rules out; holders of the title first, since something falls due for them."""
        out = self.found.filter(pl.col("tier") == tier.tier, pl.col("effect").is_in(["loses", "closes"]))
        holding = pl.col(self._after.key).is_in(list(self._holders(tier)))
        yield from self._by_criteria(tier, out.filter(holding), "holders", "check", version)
        for effect in ("loses", "closes"):
            rest = out.filter(~holding, pl.col("effect") == effect)
            yield from self._by_criteria(tier, rest, effect, "check", version)

    def _by_criteria(self, tier: Tier, rows: pl.DataFrame, effect: str, kind: str, version: Version) -> Iterator[Row]:
        n = rows[self._after.key].n_unique()
        if not n:
            return
        often = rows.explode("criteria").group_by("criteria").len().sort(-pl.col("len").cast(pl.Int64), "criteria")
        paths = often["criteria"].drop_nulls().to_list() if n >= self.floor else []
        names = self.naming.criteria(effect, tier.tier, paths) or tuple(c.label for c in _top(tier))
        action = Why(f"brief_audience.do-{kind}", {"criteria": names[:_MOST]})
        by = self._first_due(tier, set(rows[self._after.key])) if n >= self.floor else None
        yield self._row(tier, effect, n, kind, action, by=by, document=version.cite.document, why=_by(version.cite))

    def _renewing(self, version: Version, tier: Tier) -> Iterator[Row]:
        """What those who hold the title owe within the horizon; of few of them no date that would name them."""
        for kind in _DUES:
            rows = self._falling_due.filter(pl.col("kind") == kind, pl.col("tier") == tier.tier)
            n = rows["subject"].n_unique()
            if not n:
                continue
            shown = n >= self.floor or kind == "update"
            by = rows["on"].min() if shown else None
            action = Why(f"brief_audience.do-{kind}" + ("" if shown else "-soon"), {"on": by} if shown else {})
            cite = version.lifecycle.cite or version.cite
            yield self._row(tier, "holders", n, "renew", action, by=by, document=cite.document, why=_by(cite))

    @cached_property
    def _falling_due(self) -> pl.DataFrame:
        """The calendar of this scheme alone: dues of its titles, and calls that go by it."""
        calls = self.registry["calls"].filter(pl.col("scheme") == self._after.scheme.scheme)
        own = Registry({"titles": self.registry["titles"], "regions": self.registry["regions"], "calls": calls})
        return calendar(self._alone, own, None, self._day, self._day + timedelta(days=self.horizon))

    @property
    def _alone(self) -> RuleBook:
        return RuleBook({self._after.scheme.scheme: self._after.scheme})

    def _holders(self, tier: Tier) -> set[str]:
        if self._after.key != "organisation":
            return set()
        titles = valid(held(self._alone, self.registry, None, self._day), self._day)
        return set(titles.filter(pl.col("kind").is_in(list(tier.titles)))["organisation"])

    def _first_due(self, tier: Tier, who: set[str]) -> date | None:
        due = self._falling_due.filter(pl.col("tier") == tier.tier, pl.col("subject").is_in(list(who)))
        first = due["on"].min()
        return first if isinstance(first, date) else None


def _by(cite: Citation) -> Why:
    return Why("brief_audience.by-rule", {"by": cite.label()})


def _top(tier: Tier) -> list[Criterion]:
    return [c for c in tier.root.parts() if c.role == "counts"]


def _evidence(criterion: Criterion) -> Iterator[Why]:
    """What a person will examine, each with what it is for."""
    if isinstance(criterion.body, Manual):
        yield Why("brief_audience.evidence-of", {"name": criterion.label, "evidence": criterion.body.evidence})
    for part in criterion.body.parts if isinstance(criterion.body, Group) else ():
        yield from _evidence(part)


def _said(criterion: Criterion, speaker: Speaker, purpose: Purpose) -> str:
    """A condition in words; a group of all or any by its parts, another by its name."""
    match criterion.body:
        case Group(_, (None | 1) as least, False):
            asked = [p for p in criterion.body.parts if p.role == "counts" and purpose not in p.skip_if]
            said = speaker.listed((_inside(p, speaker, purpose) for p in asked), "and" if least is None else "or")
        case Group():
            return speaker.label(criterion.label)
        case _:
            return speaker.criterion(criterion)
    years = criterion.years
    return speaker.word("each-year" if years > 0 else "any-year", n=abs(years), what=said) if years else said


def _inside(part: Criterion, speaker: Speaker, purpose: Purpose) -> str:
    said = _said(part, speaker, purpose)
    return said if part.leaf else f"（{said}）" if speaker.lang == "zh" else f"({said})"


def _figure(value: float, unit: str, currency: str) -> Money | Ratio | Why:
    if unit == currency:
        return Money(round(value * 10 ** exponent(currency)), currency)
    return Ratio(value) if unit == "ratio" else Why(f"rules.in-{unit}", {"n": round(value, 4)})
