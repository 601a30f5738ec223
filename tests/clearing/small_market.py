"""A small market cut out of the demo sample, with judgments made from its planted truth."""

from __future__ import annotations

from datetime import date

import polars as pl

from tongtu import packs, registry, samples

AS_OF = date(2026, 11, 21)
DAY = ["--as-of", "2026-11-21"]
_NEEDS, _ACHIEVEMENTS = 20, 36


def small_market() -> registry.Registry:
    """20 needs, their planted answers and 36 other achievements, the organisations and supply chain around them."""
    pack = packs.load("cn")
    lists = {**registry.vocabularies(), **pack.vocabularies}
    sample = samples.make("demo", 5, glossary=pack.glossary, vocabularies=lists, as_of=AS_OF)
    tables, pairs = sample.tables, sample.truth["pairs"]
    needs = tables["needs"].sort("need").head(_NEEDS)
    planted = pairs.join(needs.select("need"), on="need", how="semi")
    others = tables["achievements"].sort("achievement").head(_ACHIEVEMENTS).select("achievement")
    wanted = pl.concat([planted.select("achievement"), others]).unique()
    achievements = tables["achievements"].join(wanted, on="achievement", how="semi").sort("achievement")
    subjects = [*needs["need"], *achievements["achievement"]]
    kept = {name: tables[name] for name in
            ("organisations", "items", "components", "supplies", "platforms", "services", "firm_years", "titles",
             "conflicts", "funds")}  # fmt: skip
    kept |= {
        "projects": tables["projects"].with_columns(outputs=pl.lit(None, pl.List(pl.String))),
        "needs": needs,
        "achievements": achievements.with_columns(team=pl.lit(None, pl.String)),
        "indicators": tables["indicators"].filter(pl.col("subject").is_in(subjects)),
        "cases": tables["cases"].filter(
            pl.col("need").is_in(needs["need"].implode()),
            pl.col("achievement").is_in(achievements["achievement"].implode()),
        ),
        "judgments": judgments(needs, achievements, planted),
    }
    return registry.Registry(kept)


def judgments(needs: pl.DataFrame, achievements: pl.DataFrame, planted: pl.DataFrame) -> pl.DataFrame:
    """Of each need its planted answers, and six others that are of no use."""
    others = needs.select("need").join(achievements.select("achievement"), how="cross").sort("need", "achievement")
    others = others.join(planted, on=["need", "achievement"], how="anti").group_by("need", maintain_order=True).head(6)
    good = planted.select("need", "achievement", useful=pl.col("grade").cast(pl.Int64).clip(2, 3))
    found = pl.concat([good, others.with_columns(useful=pl.lit(0, pl.Int64))]).sort("need", "achievement")
    found = found.with_row_index("k")
    return found.select(
        pl.format("J{}", "k").alias("judgment"), "need", "achievement", "useful", on=pl.lit(date(2026, 11, 1))
    )
