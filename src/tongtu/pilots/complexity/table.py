"""What each place has of each product: a frame of three columns as a matrix, checked on entry."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_MOST = 50  # faults of one kind that are listed


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """`values`: places × products, both sorted by id; NaN where the frame says that nobody knows.

    A pair that the frame does not name is zero; a pair named twice is added up.
    """

    places: list[str]
    products: list[str]
    values: Floats

    @property
    def known(self) -> Floats:
        """The values with what is unknown counted as nothing."""
        return np.nan_to_num(self.values, nan=0.0)

    @property
    def whole(self) -> bool:
        """Whether all values are counts."""
        return bool((self.known == np.floor(self.known)).all())


def read(frame: pl.DataFrame, place: str = "place", product: str = "product", value: str = "value") -> Table:
    """The table of a frame. Raises DataRefused with every fault: columns, blanks, and values that are no amounts."""
    missing = [name for name in (place, product, value) if name not in frame.columns]
    if missing:
        raise DataRefused([_fault("no-column", {"column": name}, name) for name in missing])
    number = pl.col(value).cast(pl.Float64, strict=False)
    plain = frame.select(
        pl.col(place).cast(pl.String).alias("place"),
        pl.col(product).cast(pl.String).alias("product"),
        number.alias("value"),
        (pl.col(value).is_not_null() & number.is_null()).alias("odd"),
    ).with_row_index("row")
    faults = _faults(plain, {"place": place, "product": product, "value": value})
    if faults:
        raise DataRefused(faults)
    return _pivot(plain)


def _faults(plain: pl.DataFrame, headers: dict[str, str]) -> list[Fault]:
    value = pl.col("value")
    rules = [
        ("blank", "place", pl.col("place").is_null()),
        ("blank", "product", pl.col("product").is_null()),
        ("no-number", "value", pl.col("odd") | value.is_nan() | value.is_infinite()),
        ("negative", "value", value < 0),
    ]
    broken = plain.select(wrong.any().alias(f"{n}") for n, (*_, wrong) in enumerate(rules)).row(0)
    faults = []
    for code, column, wrong in itertools.compress(rules, broken):
        for row in plain.filter(wrong)["row"].head(_MOST):
            faults.append(_fault(code, {"column": headers[column]}, headers[column], row + 2))
    if not faults and not (plain["value"].fill_null(0.0) > 0).any():
        faults.append(_fault("nothing", {}, headers["value"]))
    return faults


def _fault(code: str, args: dict[str, str], column: str, row: int | None = None) -> Fault:
    repair = "nothing" if code == "nothing" else "columns" if code == "no-column" else "value"
    return Fault(
        Why(f"pilots_complexity.{code}", args), Why(f"pilots_complexity.repair-{repair}"), row=row, column=column
    )


def option_fault(option: str, value: object) -> Fault:
    what = Why("pilots_complexity.option", {"option": option, "value": value})
    return Fault(what, Why(f"pilots_complexity.repair-{option}"))


def _pivot(plain: pl.DataFrame) -> Table:
    (places, place), (products, product) = _numbered(plain["place"]), _numbered(plain["product"])
    shape = len(places), len(products)
    cell = place * shape[1] + product
    added = np.bincount(cell, weights=plain["value"].fill_null(0.0).to_numpy(), minlength=shape[0] * shape[1])
    added[cell[plain["value"].is_null().to_numpy()]] = np.nan
    values: Floats = added.reshape(shape).astype(np.float64, copy=False)
    return Table(places, products, values)


def _numbered(column: pl.Series) -> tuple[list[str], Ints]:
    """The names in order, and the number of each row's; rows that stand together under one name are read once."""
    together = 2 * int(column.rle_id()[-1]) < len(column)
    runs = column.rle().struct.unnest() if together else None
    read = column if runs is None else runs["value"]
    names = read.unique().sort()
    numbers: Ints = read.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    return names.to_list(), numbers if runs is None else np.repeat(numbers, runs["len"].to_numpy())
