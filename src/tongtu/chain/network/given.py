"""Tables a person gives beside the folder: contested figures, examples, requirements, jobs, an earlier schedule."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tongtu.chain.given import Forms, Given
from tongtu.chain.network.asking import REQUEST, requirements_of
from tongtu.chain.network.ground import Network
from tongtu.registry import noun
from tongtu.registry.codes import Codes
from tongtu.registry.findings import Problem
from tongtu.terms import numbers
from tongtu.terms.why import Label
from tongtu.terms.words import entries

if TYPE_CHECKING:
    from tongtu.pilots.evaluation import Rubric
    from tongtu.registry.boundary import Limits

_ALIKE = 3  # ids that a fault names at most
FORMS = Forms(
    __package__ or "",
    {
        "contested": ("platform", "indicator"),
        "examples": ("platform",),
        "requests": (),
        "jobs": ("case", "stage"),
        "slots": ("case", "stage"),
    },
)
_YES = {"是": 1.0, "有": 1.0, "yes": 1.0, "true": 1.0, "否": 0.0, "无": 0.0, "no": 0.0, "false": 0.0}
STATUSES = ("placed", "no-line", "full-until", "unknown")


def contested(network: Network, rubric: Rubric, path: Path, limits: Limits | None = None) -> pl.DataFrame:
    """platform, indicator, value, and grade where given. A value left out strikes the figure out.

    Values are written as people write them: 1,200万, 35%, 是. Raises DataRefused with every fault.
    """
    indicators = {one.indicator: one.label for one in rubric.indicators}
    table = _Own(network, "contested", path, limits, {"indicator": indicators})
    table.named("platform", "platforms")
    table.value()
    found = table.done()
    return found.select("platform", "indicator", "value", *(["grade"] if found["grade"].count() else []))


def examples(network: Network, rubric: Rubric, path: Path, limits: Limits | None = None) -> pl.DataFrame:
    """platform, category: what a committee decided. Raises DataRefused with every fault."""
    table = _Own(network, "examples", path, limits, {"rubric_tier": {one.name: one.label for one in rubric.tiers}})
    table.named("platform", "platforms")
    return table.done().select("platform", "category")


def requests(
    network: Network, path: Path, limits: Limits | None = None, *, steps: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """Requests, and their requirements, of a table with a row for each requirement.

    What a row leaves out stands in an earlier row of its request; rows without an id are of the row before. With
    `steps` each request is a step of one route, in their order. Raises DataRefused with every fault.
    """
    table = _Own(network, "requests", path, limits)
    frame = table.frame.with_columns(pl.col("request").forward_fill().fill_null("1"))
    if steps:
        first = frame.select(pl.col("request").unique(maintain_order=True)).with_row_index("_at", 1)
        frame = frame.join(first, on="request", how="left", maintain_order="left")
        frame = frame.with_columns(pl.coalesce("step", pl.col("_at").cast(pl.Int64)).alias("step")).drop("_at")
    table.frame = frame
    read, wrong, problems = requirements_of(network, frame)
    table.wrong("requirement", wrong, problems)
    table.done()
    asked = frame.group_by("request", maintain_order=True).agg(
        pl.col(name).drop_nulls().first() for name in REQUEST if name != "request"
    )
    kept = [name for name in REQUEST if steps or name != "step"]
    return asked.select(kept), read


def jobs(network: Network, path: Path, limits: Limits | None = None) -> pl.DataFrame:
    """case, stage and what `pilots.schedule` takes of jobs. Raises DataRefused with every fault."""
    table = _Own(network, "jobs", path, limits)
    stages = table.frame.group_by("case").agg(pl.col("stage").alias("_stages"))
    rows = table.frame.join(stages, on="case", how="left", maintain_order="left")
    lost = [
        [one for one in after or () if one not in stages_ or one == stage]
        for after, stages_, stage in rows.select("after", "_stages", "stage").iter_rows()
    ]
    mask = pl.Series([bool(one) for one in lost], dtype=pl.Boolean)
    known = [list(s) for s in rows["_stages"]]
    table.wrong(
        "after",
        mask,
        [
            Problem.of("network.no-stage", names=one, stages=stages_)
            for one, stages_ in zip(lost, known, strict=True)
            if one
        ],
    )
    return table.done().drop("note")


def slots(network: Network, path: Path, limits: Limits | None = None) -> pl.DataFrame:
    """case, stage, status, platform, line, start, end, hours: a schedule as `--csv` wrote it, or as kept by hand.

    A row with line, start and end counts as placed where its status is left out. Raises DataRefused.
    """
    said = entries("network")
    labels = {name.replace("-", "_"): Label(**said[f"slot-{name}"]) for name in STATUSES}
    table = _Own(network, "slots", path, limits, {"slot_status": labels})
    table.named("line", "lines")
    placed = pl.all_horizontal(pl.col(name).is_not_null() for name in ("line", "start", "end"))
    lacking = (table.frame["status"] == "placed") & ~table.frame.select(placed).to_series()
    table.wrong("status", lacking, Problem.of("network.placed-nowhere"))
    table.fill("status", pl.coalesce("status", pl.when(placed).then(pl.lit("placed")).otherwise(pl.lit("unknown"))))
    home = dict(network.registry["lines"].select("line", "platform").iter_rows())
    table.fill("platform", pl.col("line").replace_strict(home, default=None, return_dtype=pl.String))
    return table.done().drop("note").with_columns(why=pl.lit(None, pl.String))


class _Own(Given):
    """A table whose ids are those of the folder's own tables."""

    def __init__(
        self, network: Network, name: str, path: Path, limits: Limits | None,
        lists: Mapping[str, Mapping[str, Label]] | None = None,
    ) -> None:  # fmt: skip
        self.network = network
        self._values: pl.Series | None = None
        codes = Codes({**network.pack.vocabularies, **(lists or {})})
        super().__init__(FORMS, name, path, codes, limits, network.pack.currency)

    def named(self, column: str, table: str) -> None:
        """Ids by id or name; one that nothing has, or several have, is a fault."""
        made = noun(table)
        known: dict[str, set[str]] = {}
        for own, zh, en in self.network.registry[table].select(made.key[0], "name", "name_en").iter_rows():
            for name in filter(None, (own, zh, en)):
                known.setdefault(name, set()).add(own)
        ids = set(self.network.registry[table][made.key[0]])
        found, wrong, problems = [], [], []
        for said in self.frame[column]:
            mine = {said} if said in ids else known.get(said, set())
            found.append(next(iter(mine)) if len(mine) == 1 else said)
            wrong.append(said is not None and len(mine) != 1)
            if wrong[-1]:
                alike = sorted(mine) or get_close_matches(said, sorted(known), _ALIKE, 0.4) or sorted(ids)
                told = {"table": Label(made.zh, made.en), "ids": alike[:_ALIKE]}
                problems.append(Problem.of("network.given-unknown", **told))
        self.frame = self.frame.with_columns(pl.Series(column, found, dtype=pl.String))
        self.wrong(column, pl.Series(wrong, dtype=pl.Boolean), problems)

    def value(self) -> None:
        """The column `value` as a number: a plain one, a share, or yes and no."""
        read: list[float | None] = []
        wrong: list[bool] = []
        for said in self.frame["value"]:
            found = _number(said)
            read.append(found)
            wrong.append(found is None and said is not None and said.strip().lower() not in numbers.BLANKS)
        self.wrong("value", pl.Series(wrong, dtype=pl.Boolean), Problem.of("network.no-figure"))
        self._values = pl.Series("value", read, dtype=pl.Float64)

    def done(self) -> pl.DataFrame:
        frame = super().done()
        return frame if self._values is None else frame.with_columns(self._values)


def _number(said: str | None) -> float | None:
    if said is None:
        return None
    text = said.strip().lower()
    if text in _YES:
        return _YES[text]
    number = numbers.parse_ratio(text).value if text.endswith(("%", "％")) else numbers.parse_number(text).value
    amount = number if number is not None else getattr(numbers.parse_money(text).value, "value", None)
    return None if amount is None else float(amount)
