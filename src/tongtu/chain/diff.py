"""What moved between two plans, who gains, who loses, and what it costs in expected outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tongtu.terms.why import Why

if TYPE_CHECKING:
    import polars as pl

    from tongtu.chain.plan import Plan

_INPUTS = (
    "pack",
    "pack_version",
    "pack_digest",
    "registry_digest",
    "as_of",
    "known_at",
    "seed",
    "program",
    "options",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Frames with a column `change` (`gone` | `new` | `moved`), and the expected outcome before and after.

    pairs: change, need, achievement. slots: change, case, stage, line/start before and after.
    money: change, case, amount before and after, currency. members: organisation, cases, funded, before and after.
    `expected`: sum of the odds of funded cases (cases industrialised, unweighted), before and after.
    """

    causes: tuple[Why, ...]
    pairs: pl.DataFrame
    slots: pl.DataFrame
    money: pl.DataFrame
    members: pl.DataFrame
    expected: tuple[float, float]

    @property
    def empty(self) -> bool:
        return not any(f.height for f in (self.pairs, self.slots, self.money, self.members))


def diff(before: Plan, after: Plan) -> Difference:
    """Compares two plans table by table; cases are the same where need and achievement are."""
    return Difference(
        causes=_causes(before.manifest.to_dict(), after.manifest.to_dict()),
        pairs=_moved(before["allocation"], after["allocation"], ["need", "achievement"], []),
        slots=_moved(_placed(before), _placed(after), ["case", "stage"], ["line", "start", "end"]),
        money=_moved(_chosen(before), _chosen(after), ["case"], ["amount", "currency", "budget"]),
        members=_moved(
            before["members"], after["members"], ["organisation"], ["matched", "cases", "funded", "currency"]
        ),
        expected=(_expected(before), _expected(after)),
    )


def _causes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Why, ...]:
    return tuple(
        Why(
            "chain.cause",
            {
                "what": Why(f"chain.input-{name.replace('_', '-')}"),
                "before": _short(before[name]),
                "after": _short(after[name]),
            },
        )
        for name in _INPUTS
        if before[name] != after[name]
    )


def _short(value: Any) -> str:
    """A digest's first characters tell two of them apart; everything else is shown whole."""
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={_short(v)}" for k, v in sorted(value.items()))
    text = str(value)
    return text[:12] if len(text) == 64 else text


def _placed(plan: Plan) -> pl.DataFrame:
    import polars as pl

    return plan["slots"].filter(pl.col("status") == "placed")


def _chosen(plan: Plan) -> pl.DataFrame:
    import polars as pl

    return plan["funding"].filter(pl.col("chosen"))


def _expected(plan: Plan) -> float:
    return float(_chosen(plan)["p"].sum())


def _moved(before: pl.DataFrame, after: pl.DataFrame, key: list[str], values: list[str]) -> pl.DataFrame:
    """Rows only in one plan, and rows of both whose values differ; `x` before stands beside `x_after`."""
    import polars as pl

    left = before.select(key + values).with_columns(_in_before=pl.lit(True))
    right = after.select(key + [pl.col(v).alias(f"{v}_after") for v in values]).with_columns(_in_after=pl.lit(True))
    both = left.join(right, on=key, how="full", coalesce=True, nulls_equal=True)
    differ = (
        pl.any_horizontal([~pl.col(v).eq_missing(pl.col(f"{v}_after")) for v in values]) if values else pl.lit(False)
    )
    change = (
        pl.when(pl.col("_in_after").is_null()).then(pl.lit("gone"))
        .when(pl.col("_in_before").is_null()).then(pl.lit("new"))
        .when(differ).then(pl.lit("moved"))
    )  # fmt: skip
    return (
        both.select(change.alias("change"), *key, *[c for v in values for c in (v, f"{v}_after")])
        .drop_nulls("change")
        .sort(key)
    )
