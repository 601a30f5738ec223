"""Law as data: a book of schemes, each with dated versions, tiers, criteria and scores, every one cited.

RuleBook
└── Scheme            who is judged, in which currency, with which measures
    └── Version       when in force and for what purpose, by which document
        ├── Score     parts → items → points, each an interval
        └── Tier      what is awarded
            └── Criterion   a group of criteria, or a leaf: check · holds · score · manual
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from tongtu.rules.expressions import Measure, Truth, Value
from tongtu.terms.why import Label

if TYPE_CHECKING:
    import polars as pl

Purpose = Literal["new", "review"]
PURPOSES: tuple[Purpose, ...] = ("new", "review")
GRADES = ("A", "B", "C", "ours")


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a criterion comes from and how well that is evidenced."""

    document: str
    article: str
    sources: tuple[str, ...]
    grade: str

    def label(self) -> Label:
        text = " ".join(part for part in (self.document, self.article) if part)
        return Label(f"{text} · {self.grade}")


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
class Bands:
    """Points by the band a value falls in; at a cut it takes the higher-scoring band unless said otherwise.

    `cuts` are (from, points), highest first; for a falling scale (`falling`) they are (up to, points).
    """

    of: Value
    cuts: tuple[tuple[float, float], ...]
    otherwise: float
    falling: bool = False
    higher_band: bool = True


@dataclass(frozen=True, slots=True)
class Linear:
    """No points at `zero`, all of them at `full`, straight between, flat outside."""

    of: Value
    zero: float
    full: float


@dataclass(frozen=True, slots=True)
class Ordinal:
    """A reviewer's mark: anything from nothing to all points until it is given."""

    evidence: Label


@dataclass(frozen=True, slots=True)
class Bonus:
    """All points when a condition holds; a deduction is a bonus with negative points."""

    node: Truth


@dataclass(frozen=True, slots=True)
class BestOf:
    """The best of several alternatives."""

    items: tuple[Item, ...]


Scale = Bands | Linear | Ordinal | Bonus | BestOf


@dataclass(frozen=True, slots=True)
class Item:
    path: str
    label: Label
    points: float
    scale: Scale
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Part:
    """Items summed and capped at `points`."""

    part: str
    label: Label
    points: float
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Parts summed; `grades` are (from, name), highest first."""

    score: str
    label: Label
    parts: tuple[Part, ...]
    grades: tuple[tuple[float, Label], ...] = ()

    @property
    def points(self) -> float:
        return sum(part.points for part in self.parts)


@dataclass(frozen=True, slots=True)
class Tier:
    tier: str
    label: Label
    root: Criterion


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How long a tier lasts once held, and the day of the year (month, day) a holder must report by."""

    valid_years: int | None = None
    update_by: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Version:
    version: str
    jurisdiction: str
    spans: tuple[Span, ...]
    cite: Citation
    tiers: tuple[Tier, ...]
    scores: tuple[Score, ...] = ()
    lifecycle: Lifecycle = Lifecycle()

    def criteria(self) -> Iterator[tuple[Tier, Criterion, Window]]:
        """Every criterion a person would recognise, tier by tier; the tiers' own roots are left out."""
        for tier in self.tiers:
            for criterion, window in tier.root.below():
                if criterion is not tier.root:
                    yield tier, criterion, window


@dataclass(frozen=True, slots=True)
class Scheme:
    """`subject` is the noun judged, `yearly` the noun with its figures by year ('' where none)."""

    scheme: str
    label: Label
    subject: str
    yearly: str
    currency: str
    measures: Mapping[str, Measure]
    versions: tuple[Version, ...]
    applies: Truth | None = None
    notice: Label | None = None

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
