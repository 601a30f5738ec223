"""Law as data: a book of schemes, each with dated versions, tiers, criteria and scores, every one cited.

RuleBook
└── Scheme            who is judged, in which currency, with which measures
    └── Version       when in force and for what purpose, by which document; how long what it awards lasts
        ├── Intake    when one can apply
        ├── Score     parts → items → points, each an interval
        └── Tier      what is awarded
            ├── Criterion   a group of criteria, or a leaf: check · holds · score · manual
            └── Grant       money or access that comes with it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from tongtu.rules.expressions import Measure, Node, Truth, Value
from tongtu.rules.rubric import (
    Bands,
    BestOf,
    Bonus,
    Cut,
    Interval,
    Item,
    Level,
    Linear,
    Ordinal,
    Part,
    Scale,
    Score,
)
from tongtu.terms.why import Label, Quantity
from tongtu.terms.words import LANGUAGES, word

if TYPE_CHECKING:
    import polars as pl

#: One door to everything a book is made of, its scores (`rubric`) among it.
__all__ = [
    "GRADES",
    "PURPOSES",
    "Bands",
    "BestOf",
    "Body",
    "Bonus",
    "Check",
    "Citation",
    "Criterion",
    "Cut",
    "Failure",
    "Grant",
    "Group",
    "Holds",
    "Intake",
    "Interval",
    "Item",
    "Lasts",
    "Level",
    "Lifecycle",
    "Linear",
    "Manual",
    "MonthDay",
    "More",
    "Ordinal",
    "Part",
    "Payment",
    "Purpose",
    "Reclaim",
    "Role",
    "RuleBook",
    "Scale",
    "Scheme",
    "Score",
    "Span",
    "Tier",
    "Total",
    "Version",
    "Window",
    "on_day",
]

Purpose = Literal["new", "review"]
PURPOSES: tuple[Purpose, ...] = ("new", "review")
GRADES = ("A", "B", "C", "ours")
#: A day of every year: month and day.
MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a criterion comes from and how well that is evidenced."""

    document: str
    article: str
    sources: tuple[str, ...]
    grade: str

    def label(self) -> Label:
        text = " ".join(part for part in (self.document, self.article) if part)
        return Label(*(f"{text} · {word(f'rules.grade-{self.grade.lower()}', lang)}" for lang in LANGUAGES))


@dataclass(frozen=True, slots=True)
class Span:
    """When a version is in force, for which purposes; with batches, for those alone, before any other."""

    start: date
    end: date | None
    purposes: tuple[Purpose, ...]
    batches: tuple[str, ...] = ()

    def covers(self, day: date, purpose: str, batch: str | None) -> bool:
        inside = self.start <= day and (self.end is None or day <= self.end)
        return inside and purpose in self.purposes and (batch in self.batches if self.batches else True)


@dataclass(frozen=True, slots=True)
class Check:
    """A condition. `each` or `any_of` years > 0 ask it of several past years, else of the last one."""

    node: Truth


@dataclass(frozen=True, slots=True)
class Holds:
    """A valid title of one of these kinds (and levels, where given)."""

    kinds: tuple[str, ...]
    levels: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        return "holds." + "|".join(self.kinds) + ("@" + "|".join(self.levels) if self.levels else "")


@dataclass(frozen=True, slots=True)
class Manual:
    """A person decides; `evidence` is what they ask for."""

    evidence: Label


@dataclass(frozen=True, slots=True)
class Total:
    """A score, or one part of it, must reach a number of points."""

    score: str
    part: str
    at_least: float

    @property
    def column(self) -> str:
        return f"score.{self.score}.{self.part}" if self.part else f"score.{self.score}"


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of which `least` must hold; None means all. `negated` means none of them may."""

    parts: tuple[Criterion, ...]
    least: int | None = None
    negated: bool = False


Body = Check | Holds | Manual | Total | Group
Role = Literal["counts", "tie_break", "trigger"]


@dataclass(frozen=True, slots=True)
class Window:
    """The past years a condition is asked of, counted back; all of them must hold, or one."""

    years: tuple[int, ...] = (1,)
    each: bool = True


@dataclass(frozen=True, slots=True)
class Criterion:
    """One numbered condition. `path` is unique in its version, as `S4.amount`.

    years    > 0: asked of each of so many past years; < 0: of any one of them; 0: of the last year
    skip_if  purposes for which it is not examined
    waiver   a criterion that, when met, stands in for this one
    role     `tie_break` and `trigger` are judged and shown but decide nothing
    """

    path: str
    label: Label
    cite: Citation
    body: Body
    years: int = 0
    skip_if: tuple[Purpose, ...] = ()
    waiver: Criterion | None = None
    role: Role = "counts"
    line: int = field(default=0, compare=False)

    def window(self, outer: Window) -> Window:
        """The years it is asked of, inside a group asked of others."""
        return Window(tuple(range(1, abs(self.years) + 1)), self.years > 0) if self.years else outer

    def parts(self) -> tuple[Criterion, ...]:
        """What it is directly made of, its waiver last."""
        below = self.body.parts if isinstance(self.body, Group) else ()
        return below if self.waiver is None else (*below, self.waiver)

    def below(self, outer: Window = Window()) -> Iterator[tuple[Criterion, Window]]:
        """This criterion and every one under it, in reading order, each with its years."""
        own = self.window(outer)
        yield self, own
        for part in self.parts():
            yield from part.below(own)

    @property
    def leaf(self) -> bool:
        return not isinstance(self.body, Group)


@dataclass(frozen=True, slots=True)
class Payment:
    """A share of the amount, and what it is paid upon."""

    share: float
    when: Label


@dataclass(frozen=True, slots=True)
class Reclaim:
    """A claw-back: when `node` holds, a share of the amount is reclaimed or withheld."""

    reclaim: str
    label: Label
    node: Truth
    share: float


@dataclass(frozen=True, slots=True)
class More:
    """What is added to an amount when a condition holds, before the cap."""

    node: Truth
    amount: Value


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long a grant lasts: so many months, or as long as the title it comes with."""

    months: int | None = None
    with_title: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What a met tier unlocks: money, or access to a resource.

    amount   money in minor units, null where none is computed; `more` is added, then `cap` limits it
    cap      an expression too, so that it may differ from one subject to another
    per      whether amount, cap and quota are granted once or each year; over_years: years it is spread over
    quota    how much of the resource; priority: 1 is served first
    """

    grant: str
    label: Label
    kind: str
    cite: Citation
    when: Truth | None = None
    amount: Value | None = None
    more: tuple[More, ...] = ()
    cap: Value | None = None
    per: Literal["once", "year"] = "once"
    over_years: int = 1
    payments: tuple[Payment, ...] = ()
    reclaims: tuple[Reclaim, ...] = ()
    resource: str = ""
    quota: Quantity | None = None
    priority: int | None = None
    lasts: Lasts = Lasts()
    line: int = field(default=0, compare=False)

    def nodes(self) -> Iterator[Node]:
        """Every expression it reads."""
        yield from (node for node in (self.when, self.amount, self.cap) if node is not None)
        for more in self.more:
            yield from (more.node, more.amount)
        yield from (reclaim.node for reclaim in self.reclaims)


@dataclass(frozen=True, slots=True)
class Tier:
    tier: str
    label: Label
    root: Criterion
    grants: tuple[Grant, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """Kinds of title it awards: the ids of its grants of kind `title`, else its own name."""
        return tuple(grant.grant for grant in self.grants if grant.kind == "title") or (self.tier,)


@dataclass(frozen=True, slots=True)
class Intake:
    """A time in which one can apply (申报窗口): two days, or two days of every year (over New Year if the second
    comes before the first). An intake of a `batch` is for that batch alone.
    """

    intake: str
    label: Label
    opens: date | MonthDay
    closes: date | MonthDay
    purposes: tuple[Purpose, ...]
    cite: Citation
    batch: str = ""

    def in_year(self, year: int) -> tuple[date, date]:
        """First and last day of the one that opens in a year; the same whatever the year if it has a date."""
        opens = self.opens if isinstance(self.opens, date) else on_day(year, self.opens)
        closes = self.closes if isinstance(self.closes, date) else on_day(opens.year, self.closes)
        return opens, closes if closes >= opens else on_day(opens.year + 1, (closes.month, closes.day))


def on_day(year: int, day: MonthDay) -> date:
    """A day of a year; 29 February is the 28th in a year that has none."""
    try:
        return date(year, *day)
    except ValueError:
        return date(year, day[0], 28)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failed review leads to: so many months to put it right, then a new check or removal."""

    rectify_months: int
    then: Literal["recheck", "remove"]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How long a tier lasts once held, and what its holder owes.

    update_by   the day of every year by which figures are updated
    report_change_months   time to report a major change; ban_years: no new application after a removal
    """

    valid_years: int | None = None
    update_by: MonthDay | None = None
    review_every_years: int | None = None
    report_change_months: int | None = None
    ban_years: int | None = None
    on_failure: Failure | None = None
    cite: Citation | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    version: str
    jurisdiction: str
    spans: tuple[Span, ...]
    cite: Citation
    tiers: tuple[Tier, ...]
    scores: tuple[Score, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    windows: tuple[Intake, ...] = ()

    def criteria(self) -> Iterator[tuple[Tier, Criterion, Window]]:
        """Every criterion a person would recognise, tier by tier; the tiers' own roots are left out."""
        for tier in self.tiers:
            for criterion, window in tier.root.below():
                if criterion is not tier.root:
                    yield tier, criterion, window


@dataclass(frozen=True, slots=True, eq=False)
class Scheme:
    """`subject` is the noun judged, `yearly` the noun with its figures by year ('' where none).

    `holder` is the subject's column naming the organisation whose titles count; '' for organisations.
    """

    scheme: str
    label: Label
    subject: str
    yearly: str
    currency: str
    measures: Mapping[str, Measure]
    versions: tuple[Version, ...]
    applies: Truth | None = None
    notice: Label | None = None
    holder: str = ""

    def version(self, name: str, jurisdiction: str | None = None) -> Version:
        """A version by its name, in force or not. Raises KeyError for one the scheme does not have."""
        for version in self.versions:
            if version.version == name and jurisdiction in (None, version.jurisdiction):
                return version
        raise KeyError(f"{self.scheme} has no version {name}")

    def in_force(
        self, day: date, purpose: Purpose = "new", batch: str | None = None, jurisdiction: str | None = None
    ) -> Version | None:
        """The version for a day, purpose and batch; one made for the batch comes before the general one."""
        found = [
            (bool(span.batches), version)
            for version in self.versions
            if jurisdiction is None or version.jurisdiction == jurisdiction
            for span in version.spans
            if span.covers(day, purpose, batch)
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else None


@dataclass(frozen=True)
class RuleBook:
    """Schemes by name; `digest` is the SHA-256 of the files they came from."""

    schemes: Mapping[str, Scheme]
    digest: str = ""

    def __getitem__(self, name: str) -> Scheme:
        """Raises KeyError for a scheme the book does not hold."""
        return self.schemes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.schemes)

    @cached_property
    def versions(self) -> pl.DataFrame:
        """Every span of every version: scheme, version, document, effective_from, effective_to, digest."""
        import polars as pl

        rows = [
            (s.scheme, v.version, v.cite.document, span.start, span.end, self.digest)
            for s in self.schemes.values()
            for v in s.versions
            for span in v.spans
        ]
        columns = {
            "scheme": pl.String, "version": pl.String, "document": pl.String,
            "effective_from": pl.Date, "effective_to": pl.Date, "digest": pl.String,
        }  # fmt: skip
        return pl.DataFrame(rows, schema=columns, orient="row")
