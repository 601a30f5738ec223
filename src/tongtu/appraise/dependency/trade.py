"""Which products a jurisdiction depends on others for, from trade tables alone, bottom up.

A product is dependent in a year where its imports come from few (Herfindahl–Hirschman index of their shares above
0.4), the world's exports do (above 0.4), and more is imported than exported; and it counts where that holds in two of
three years. That is CEPII's GeoDep (https://cepii.fr/cepii/en/bdd_modele/bdd_modele_item.asp?id=41); the persistence
matters, since one in five products dependent in 2018 was not in 2019 (CEPII Policy Brief 2023-41). We depart in what
is not known: values that are rounded or of an unnamed partner give an interval, and an index whose interval holds the
threshold is neither above nor below it. A single point of failure is our own reading: see `Thresholds.single`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import isinf
from typing import Any

import polars as pl

from tongtu.appraise.autonomy import persists
from tongtu.appraise.dependency.concentrated import concentrated
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Ratio, Why

_KEY = ["product", "year"]
#: an interval narrower than this is not told
_ROUND = 0.0005
#: columns of the largest and of its share
_LARGEST = {"imports": ("supplier", "supplier_share"), "exports": ("largest", "largest_share")}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a product counts as dependent; GeoDep's figures by default (source: see the module).

    imports, exports   the index of concentration must be above
    ratio              imports per exports must be above; without exports they are above any
    years, least       it must hold in at least so many of the latest years
    single             ours: a world exporter with at least this share is a single point of failure
    """

    imports: float = 0.4
    exports: float = 0.4
    ratio: float = 1.0
    years: int = 3
    least: int = 2
    single: float = 0.7


GEODEP = Thresholds()


@dataclass(frozen=True, slots=True)
class Dependency:
    """`years`: a row per product and year in which it was traded, by product and year. Money as in the table given:
    product, year, imports, exports, partners, hhi_imports, hhi_imports_low, hhi_imports_high, supplier (the largest),
    supplier_share, exporters, hhi_exports, hhi_exports_low, hhi_exports_high, largest (exporter of the world),
    largest_share, ratio (infinite without exports), ratio_low, ratio_high, concentrated, scarce, uncovered (the three
    conditions), dependent (all of them; null: not known), single (one exporter has the threshold's share), spare (what
    all others export to the world, per unit imported from the largest supplier).

    `products`: a row per product, by product: product, dependent (null: not known), held (years in which it held),
    unknown (years of which it is not known), latest (year), the latest year's figures as above, why.
    """

    years: pl.DataFrame
    products: pl.DataFrame


def dependency(
    trade: pl.DataFrame,
    home: str | Collection[str],
    *,
    latest: int | None = None,
    thresholds: Thresholds = GEODEP,
    rounding: float = 0.0,
    unattributed: Collection[str] = (),
) -> Dependency:
    """Dependency of a jurisdiction, product by product.

    trade: the noun (product, exporter, importer, year, value). Trade of a place with itself is left out.
    home: its code, or every code it goes by in the table. latest: the last year that counts (default: the table's).
    rounding: half the step values are rounded to. unattributed: codes that stand for exporters nobody named.
    A year in which home imports nothing at all is a year that is not covered: unknown, not independent.
    Raises DataRefused where home is not among the importers.
    """
    codes = {home} if isinstance(home, str) else set(home)
    codes = {code.strip().upper() for code in codes}
    flows = _flows(trade, codes, latest)
    others = sorted(code.strip().upper() for code in unattributed)
    sums = _sums(flows, rounding)
    inward = concentrated(_sums(flows.filter(pl.col("into_home")), rounding), others)
    outward = concentrated(sums, others)
    exported = sums.filter(pl.col("exporter").is_in(sorted(codes))).group_by(_KEY).agg(
        pl.col("value").sum().alias("exports"), pl.col("unknown").sum().alias("exports_unknown"),
        pl.col("width").sum().alias("exports_width"),
    )  # fmt: skip
    years = _joined(inward, outward, exported)
    years = _judged(_spared(years, sums, codes), thresholds)
    return Dependency(years, _products(years, flows, latest, thresholds))


def _flows(trade: pl.DataFrame, codes: Collection[str], latest: int | None) -> pl.DataFrame:
    """The table with codes in capitals, up to the latest year, without a place's trade with itself."""
    place = [pl.col(name).str.strip_chars().str.to_uppercase() for name in ("exporter", "importer")]
    flows = trade.select("product", *place, pl.col("year").cast(pl.Int64), pl.col("value").cast(pl.Float64))
    flows = flows.filter(pl.col("exporter") != pl.col("importer"), pl.col("product").is_not_null())
    flows = flows if latest is None else flows.filter(pl.col("year") <= latest)
    flows = flows.with_columns(into_home=pl.col("importer").is_in(sorted(codes)))
    flows = flows.filter(~(pl.col("into_home") & pl.col("exporter").is_in(sorted(codes))))
    if not flows["into_home"].any():
        known = flows["importer"].drop_nulls().unique().sort().to_list()
        args = {"home": ", ".join(sorted(codes)), "n": len(known), "codes": tuple(known[:8])}
        code = "appraise_dependency.home-not-traded"
        raise DataRefused(Fault(Why(code, args), Why(f"{code}-repair", args), sheet="trade", column="importer"))
    return flows


def _sums(flows: pl.DataFrame, rounding: float) -> pl.DataFrame:
    """What each exporter sold of a product in a year, and how far rounding may have moved it."""
    return flows.group_by([*_KEY, "exporter"]).agg(
        pl.col("value").sum(), pl.col("value").null_count().alias("unknown"), (pl.len() * rounding).alias("width")
    )


def _joined(inward: pl.DataFrame, outward: pl.DataFrame, exported: pl.DataFrame) -> pl.DataFrame:
    inside = {"total": "imports", "unknown": "imports_unknown", "width": "imports_width", "n": "partners",
              "hhi": "hhi_imports", "low": "hhi_imports_low", "high": "hhi_imports_high", "largest": "supplier",
              "largest_share": "supplier_share", "largest_value": "supplier_value"}  # fmt: skip
    outside = {"total": "world", "n": "exporters", "hhi": "hhi_exports", "low": "hhi_exports_low",
               "high": "hhi_exports_high"}  # fmt: skip
    found = outward.drop("unknown", "width", "largest_value").rename(outside)
    found = found.join(inward.rename(inside), on=_KEY, how="left").join(exported, on=_KEY, how="left")
    numbers = ["imports", "imports_width", "exports", "exports_width"]
    counts = ["partners", "imports_unknown", "exports_unknown"]
    return found.with_columns(
        *(pl.col(name).fill_null(0.0) for name in numbers), *(pl.col(name).fill_null(0) for name in counts)
    ).sort(_KEY)


def _spared(years: pl.DataFrame, sums: pl.DataFrame, codes: Collection[str]) -> pl.DataFrame:
    """What everybody but the largest supplier and home exports, per unit that home buys from that supplier."""
    foreign = sums.filter(~pl.col("exporter").is_in(sorted(codes)))
    abroad = foreign.group_by(_KEY).agg(pl.col("value").sum().alias("abroad"))
    by_supplier = foreign.select(*_KEY, "exporter", sold="value")
    found = years.join(abroad, on=_KEY, how="left", maintain_order="left").join(
        by_supplier, left_on=[*_KEY, "supplier"], right_on=[*_KEY, "exporter"], how="left", maintain_order="left"
    )
    return found.with_columns(spare=(pl.col("abroad") - pl.col("sold")) / pl.col("supplier_value")).drop(
        "abroad", "sold", "supplier_value"
    )


def _judged(years: pl.DataFrame, by: Thresholds) -> pl.DataFrame:
    """The three conditions and what they say together; an interval on both sides of a threshold says nothing."""
    low, high = pl.col("imports") - pl.col("imports_width"), pl.col("imports") + pl.col("imports_width")
    least, most = pl.col("exports") - pl.col("exports_width"), pl.col("exports") + pl.col("exports_width")
    known = (pl.col("imports_unknown") == 0) & (pl.col("exports_unknown") == 0)
    bought = (pl.col("imports") > 0) | (pl.col("imports_unknown") > 0)
    years = years.with_columns(
        ratio=pl.when(known & bought).then(_per(pl.col("imports"), pl.col("exports"))),
        ratio_low=pl.when(known & bought).then(_per(low.clip(0.0), most)),
        ratio_high=pl.when(known & bought).then(_per(high, least.clip(0.0))),
    )
    nothing = pl.col("imports_unknown") == 0, high <= 0
    years = years.with_columns(
        concentrated=_above("hhi_imports", by.imports),
        scarce=_above("hhi_exports", by.exports),
        uncovered=_above("ratio", by.ratio),
        single=pl.col("largest_share") >= by.single,
    )
    together = pl.col("concentrated") & pl.col("scarce") & pl.col("uncovered")
    return years.with_columns(
        dependent=pl.when(pl.all_horizontal(nothing)).then(pl.lit(False)).otherwise(together)
    ).select(
        *_KEY, "imports", "exports", "partners", "hhi_imports", "hhi_imports_low", "hhi_imports_high", "supplier",
        "supplier_share", "exporters", "hhi_exports", "hhi_exports_low", "hhi_exports_high", "largest",
        "largest_share", "ratio", "ratio_low", "ratio_high", "concentrated", "scarce", "uncovered", "dependent",
        "single", "spare",
    )  # fmt: skip


def _per(what: pl.Expr, by: pl.Expr) -> pl.Expr:
    return pl.when(by > 0).then(what / by).otherwise(float("inf"))


def _above(name: str, threshold: float) -> pl.Expr:
    low, high = pl.col(f"{name}_low"), pl.col(f"{name}_high")
    return pl.when(low > threshold).then(pl.lit(True)).when(high <= threshold).then(pl.lit(False))


def _products(years: pl.DataFrame, flows: pl.DataFrame, latest: int | None, by: Thresholds) -> pl.DataFrame:
    """Persistence over the latest years, with the figures of the last year that was traded."""
    covered = flows.filter(pl.col("into_home"))["year"]
    last = int(latest if latest is not None else covered.max() or 0)  # type: ignore[arg-type]
    span = [year for year in range(last - by.years + 1, last + 1) if (covered == year).any()]
    names = years.select("product").unique().sort("product")
    flags = names.join(pl.DataFrame({"year": span}, schema={"year": pl.Int64}), how="cross").join(
        years.select(*_KEY, "dependent", traded=pl.lit(True)), on=_KEY, how="left"
    )  # of a covered year a product that nobody traded is not depended on
    said = flags.select(*_KEY, flag=pl.when(pl.col("traded")).then(pl.col("dependent")).otherwise(pl.lit(False)))
    lasting = persists(said, latest=last, years=by.years, least=by.least, key=("product",))
    figures = years.filter(pl.col("year") <= last).group_by("product", maintain_order=True).last()
    found = names.join(lasting, on="product", how="left").join(
        figures.rename({"year": "latest", "dependent": "now"}), on="product", how="left"
    )
    found = found.rename({"holds": "dependent", "true": "held"}).sort("product")
    whys = [_why(row, by).to_json() for row in found.iter_rows(named=True)]
    return found.with_columns(pl.Series("why", whys, pl.String))


def _why(row: dict[str, Any], by: Thresholds) -> Why:
    verdict = {True: "dependent", False: "independent", None: "open"}[row["dependent"]]
    args = {"product": row["product"], "held": row["held"], "years": by.years, "least": by.least}
    if row["latest"] is None or not row["imports"]:
        return Why(f"appraise_dependency.{verdict}", args, (Why("appraise_dependency.no-imports"),))
    parts = [_source(row, "imports", by.imports), _source(row, "exports", by.exports), _covered(row, by.ratio)]
    if row["single"]:
        parts.append(Why("appraise_dependency.single", {"largest": row["largest"], "share": Ratio(by.single)}))
    return Why(f"appraise_dependency.{verdict}", args, tuple(parts))


def _source(row: dict[str, Any], side: str, threshold: float) -> Why:
    """How concentrated imports, or the world's exports, are, and on whom."""
    code = f"appraise_dependency.{side}"
    hhi, low, high = (row[f"hhi_{side}{end}"] for end in ("", "_low", "_high"))
    largest, share = (
        (row["supplier"], row["supplier_share"]) if side == "imports" else (row["largest"], row["largest_share"])
    )
    if hhi is None or share is None:
        return Why(f"{code}-unknown", {"threshold": threshold})
    args = {"largest": largest, "share": Ratio(share), "hhi": round(hhi, 3), "threshold": threshold}
    if high - low < _ROUND:
        return Why(code, args)
    return Why(f"{code}-between", {**args, "low": round(low, 3), "high": round(high, 3)})


def _covered(row: dict[str, Any], threshold: float) -> Why:
    if row["ratio"] is None:
        return Why("appraise_dependency.ratio-unknown", {"threshold": threshold})
    if isinf(row["ratio"]):
        return Why("appraise_dependency.no-exports")
    return Why("appraise_dependency.ratio", {"ratio": round(row["ratio"], 3), "threshold": threshold})
