"""`effect`: from a scheme and a registry to what its title does, with the comparison it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from tongtu.registry import Registry, noun
from tongtu.rules.effects import reporting
from tongtu.rules.effects.bunching import bunching
from tongtu.rules.effects.cutoffs import Cutoff, cutoffs, elsewhere
from tongtu.rules.effects.estimates import Crowd, find, title_jump
from tongtu.rules.effects.local import Floats
from tongtu.rules.effects.ratio import Ratio
from tongtu.rules.effects.sample import Round, Span, compared, followed, rounds, scale
from tongtu.rules.judging import Judgement, judge
from tongtu.rules.model import RuleBook, Scheme, Tier, Version
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

#: What is looked at unless asked otherwise: research, patents, sales.
OUTCOMES = ("rd_spend", "ip_class1_own", "revenue")


@dataclass(frozen=True)
class Effect:
    """What a title does, for each outcome, and what that rests on.

    table       outcome, estimand, estimate, low, high, n_left, n_right, bandwidth, from, to, unit, jump, later,
                p_bunching, early, early_low, early_high, lost, wanted, verdict, why; see `reporting.TABLE`
    candidates  criterion, threshold, unit, n_left, n_right, jump, low, high, chosen: thresholds that could have served
    bins        series, low, high, right, firms, mean: what to draw, no mean of fewer than five firms
    why         the comparison in a sentence, with its caveats below it
    """

    scheme: Scheme
    title: str
    version: Version | None
    tier: Tier | None
    cutoff: Cutoff | None
    rounds: tuple[int, ...]
    table: pl.DataFrame = field(repr=False)
    candidates: pl.DataFrame = field(repr=False)
    bins: pl.DataFrame = field(repr=False)
    why: Why = field(repr=False)


def effect(
    book: RuleBook,
    scheme: str,
    registry: Registry,
    as_of: date,
    *,
    title: str | None = None,
    tier: str | None = None,
    criterion: str | None = None,
    outcomes: Sequence[str] = OUTCOMES,
    before: int = 2,
    after: int = 2,
    version: str | None = None,
    jurisdiction: str | None = None,
) -> Effect:
    """How outcomes of firms change with a title, from firms just above and just below a threshold of its law.

    title      kind of title; by default the one called as the scheme or the tier
    tier       by default the one called as the title, else the version's first
    criterion  path of the criterion whose threshold is the cutoff; by default, of those on which the title is seen to
               jump at all, the one where it surely jumps most (whose 95 % interval begins highest)
    outcomes   columns of the scheme's yearly noun
    before     years before the year of the award, after: years behind it, that are compared
    version    by default the one under which most of the usable titles were given

    Awards count from the first year to the last whose following `after` years were over on `as_of`. `registry` is
    taken as known, as by `judge`.
    Raises KeyError for a scheme the book or a version the scheme does not have, UsageFault where the arguments do
    not fit the scheme.
    """
    law = book[scheme]
    faults = list(_unfit(law, outcomes, before, after))
    if faults:
        raise UsageFault(faults)
    kind, span = _kind(law, registry, title, tier), Span(before, after)
    asked = _Asked(book, law, kind, registry, as_of.year - 1 - after, span, tuple(outcomes), jurisdiction)
    awards = registry["titles"].filter(pl.col("kind") == kind)
    text, used = _version(asked, rounds(awards, asked.last), version)
    if text is None or not used:
        return _nothing(asked, "no_title", text, None)
    level = _tier(text, tier, kind)
    possible = _possible(level, criterion)
    if not possible:
        return _nothing(asked, "no_cutoff", text, level)
    judged = [(one, judge(book, scheme, registry, one.day, jurisdiction=jurisdiction)) for one in used]
    tried = [_Tried.of(asked, cutoff, judged, awards) for cutoff in possible]
    return _told(asked, text, level, used, tried)


def _unfit(law: Scheme, outcomes: Sequence[str], before: int, after: int) -> Iterator[Fault]:
    if law.subject != "organisations" or not law.yearly:
        yield Fault(Why("effects.no-yearly", {"scheme": law.label}), Why("effects.no-yearly-repair"))
        return
    numbers = {c.name for c in noun(law.yearly).columns if c.kind in ("money", "int", "float", "ratio")}
    for name in outcomes:
        if name not in numbers:
            what = Why("effects.no-outcome", {"outcome": name})
            yield Fault(what, Why("effects.choose", {"choices": tuple(sorted(numbers))}))
    for name, value in (("before", before), ("after", after)):
        if value < 1:
            yield Fault(Why("effects.no-years", {"option": name, "value": value}), Why("effects.no-years-repair"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """`last` is the last year whose awards have all the years wanted behind them."""

    book: RuleBook
    law: Scheme
    title: str
    registry: Registry
    last: int
    span: Span
    outcomes: tuple[str, ...]
    jurisdiction: str | None


@dataclass(frozen=True, slots=True)
class _Tried:
    """A cutoff with its firms and the title's jump there."""

    cutoff: Cutoff
    sample: pl.DataFrame
    crowd: Crowd
    jump: Ratio | None

    @classmethod
    def of(cls, asked: _Asked, cutoff: Cutoff, judged: list[tuple[Round, Judgement]], awards: pl.DataFrame) -> _Tried:
        sample = compared(judged, cutoff, awards, asked.law, asked.span)
        crowd = _crowd(sample)
        return cls(cutoff, sample, crowd, title_jump(crowd))

    def rank(self) -> tuple[float, int]:
        """By the lower end of the jump, then by the firms on the thinner side; the first of equals comes first."""
        return (self.jump.low if self.jump else -np.inf, min(self.crowd.count()))


def _told(asked: _Asked, version: Version, tier: Tier, used: list[Round], tried: list[_Tried]) -> Effect:
    """The comparison at the best of the cutoffs tried, outcome by outcome."""
    law, best = asked.law, max(tried, key=_Tried.rank)
    years = tuple(one.year for one in used)
    design = reporting.Design(law, tier, best.cutoff, asked.span, years)
    p = None if best.crowd.judged() else bunching(best.crowd.x, best.crowd.right)
    rows, changes = [], {}
    for outcome in asked.outcomes:
        post, change, early = _followed(best.sample, asked, outcome)
        rows.append(reporting.row(design, outcome, find(best.crowd, scale(law, outcome), post, change, early), p))
        changes[outcome] = change
    table = reporting.table(rows)
    others = elsewhere(asked.book, law, best.cutoff, [one.day for one in used])
    return Effect(
        law, asked.title, version, tier, best.cutoff, years, table,
        reporting.candidates(law, [(one.cutoff, one.crowd, one.jump, one is best) for one in tried]),
        reporting.bins(design, best.crowd, changes, table["bandwidth"].max()),
        design.why(others, len(tried)),
    )  # fmt: skip


def _nothing(asked: _Asked, verdict: reporting.Nothing, version: Version | None, tier: Tier | None) -> Effect:
    """An answer without a comparison."""
    law = asked.law
    why = reporting.nothing(verdict, law, tier, asked.last)
    table = reporting.table([reporting.empty_row(outcome, verdict, why) for outcome in asked.outcomes])
    bare, none = reporting.candidates(law, []), reporting.no_bins()
    return Effect(law, asked.title, version, tier, None, (), table, bare, none, why)


def _kind(law: Scheme, registry: Registry, title: str | None, tier: str | None) -> str:
    """The kind of title: as asked, or the one recorded that is called as the scheme or one of its tiers."""
    if title is not None:
        return title
    kinds = registry["titles"]["kind"].drop_nulls().unique().sort().to_list()
    names = [law.scheme, *([tier] if tier else []), *(t.tier for v in law.versions for t in v.tiers)]
    for name in names:
        if name in kinds or not kinds:
            return name
    what = Why("effects.which-title", {"scheme": law.label})
    raise UsageFault(Fault(what, Why("effects.choose", {"choices": tuple(kinds)})))


def _version(asked: _Asked, found: list[Round], name: str | None) -> tuple[Version | None, list[Round]]:
    """The version asked for, or that of most awards (the latest among equals), and its rounds."""
    law = asked.law
    rounds_of: dict[str, list[Round]] = {}
    texts: dict[str, Version] = {}
    for one in reversed(found):
        text = law.in_force(one.day, "new", None, asked.jurisdiction)
        if text is not None:
            texts[text.version] = text
            rounds_of.setdefault(text.version, []).insert(0, one)
    if name is not None:
        return law.version(name, asked.jurisdiction), rounds_of.get(name, [])
    most = max(rounds_of, key=lambda v: sum(one.awards for one in rounds_of[v]), default=None)
    return (texts[most], rounds_of[most]) if most is not None else (None, [])


def _tier(version: Version, name: str | None, title: str) -> Tier:
    names = {t.tier: t for t in version.tiers}
    if name is not None and name not in names:
        what = Why("effects.no-tier", {"version": version.version, "tier": name})
        raise UsageFault(Fault(what, Why("effects.choose", {"choices": tuple(names)})))
    return names.get(name or title, version.tiers[0])


def _possible(tier: Tier, path: str | None) -> list[Cutoff]:
    """The cutoffs to try: all, or the one asked for."""
    found = cutoffs(tier, "new")
    chosen = [one for one in found if path in (None, one.criterion.path)]
    if path is not None and not chosen:
        what = Why("effects.no-such-cutoff", {"criterion": path, "tier": tier.label})
        raise UsageFault(Fault(what, Why("effects.choose", {"choices": tuple(c.criterion.path for c in found)})))
    return chosen


def _crowd(sample: pl.DataFrame) -> Crowd:
    firm = sample["firm"].rank("dense").cast(pl.Int64).to_numpy()
    right, title, later = (sample[name].to_numpy() for name in ("right", "title", "later"))
    return Crowd(sample["x"].to_numpy(), right, firm, title, later)


def _followed(sample: pl.DataFrame, asked: _Asked, outcome: str) -> tuple[Floats, Floats, Floats]:
    """post, change, early as arrays, NaN where not recorded."""
    frame = followed(sample, asked.registry, asked.law, outcome, asked.span)
    post, change, early = (frame[name].fill_null(np.nan).to_numpy() for name in ("post", "change", "early"))
    return post, change, early
