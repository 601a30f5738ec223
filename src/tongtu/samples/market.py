"""Everybody else at the table: scenarios, service providers, funds, calls, data, and what things are made of."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from tongtu.samples import listings, texts
from tongtu.samples.draw import dates, ids, lists, take
from tongtu.samples.ground import Ground, constant, money, priced
from tongtu.samples.indicators import draw_slots
from tongtu.samples.listings import INDUSTRY
from tongtu.samples.lore import table
from tongtu.samples.organisations import Actors

_PROVIDERS = {
    "technology_manager": ["technology_assessment", "market", "contract"],
    "patent": ["patent_search"],
    "valuation": ["valuation"],
    "testing": ["third_party_test"],
    "certification": ["certification"],
    "standards": ["standards"],
    "legal": ["contract"],
    "finance": ["financing"],
    "insurance": ["insurance"],
    "training": ["market"],
    "engineering": ["engineering", "safety_environment"],
}


def scenarios(ground: Ground, actors: Actors) -> pl.DataFrame:
    """Places to test, opened by large firms."""
    draw, n, lore = ground.draw("scenarios"), ground.size.scenarios, ground.lore
    topics = listings.draw_topics(draw, lore, n)
    field = lore.field_of[topics.concept]
    owner = actors.by_field(ground, "central_soe", "local_soe").pick(draw, field)
    industry = np.full(n, INDUSTRY)
    slots = draw_slots(draw, lore, topics.concept, third=0.0, low=0.2, high=0.6)
    written = {}
    for lang in ("zh", "en"):
        said = listings.slots_of_text(draw, ground, topics, industry, slots, lang, demand=True)
        patterns = lore.patterns["scenario"]
        written[lang] = [texts.sentence(draw, said, patterns[part][lang]) for part in ("title", "text")]
    opens, lasts = -draw.between(10, 300, n), draw.between(360, 900, n)
    return pl.DataFrame(
        {
            "scenario": ids("S", n),
            "organisation": actors.ids.gather(owner),
            "title": written["zh"][0],
            "title_en": texts.capital(written["en"][0]),
            "text": written["zh"][1],
            "text_en": texts.capital(written["en"][1]),
            "direction": ground.topic_direction(topics.concept),
            "region": ground.region_codes(actors.region[owner]),
            "trl_min": draw.between(5, 7, n),
            "capacity": draw.between(1, 6, n),
            "open_from": dates(ground.as_of, opens),
            "open_to": dates(ground.as_of, opens + lasts),
            "state": constant("published", n),
        }
    )


def providers(ground: Ground, actors: Actors) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Service providers, every kind once before any twice, and what they offer at the gates."""
    draw, rows = ground.draw("providers"), actors.of("provider")
    # A house may offer several kinds of service: at least one provider of each kind stands in every sample.
    n = max(len(rows), len(_PROVIDERS))
    house, kinds = rows[np.arange(n) % len(rows)], list(_PROVIDERS)
    kind = np.arange(n) % len(kinds)
    label = ids("PR", n)
    frame = pl.DataFrame(
        {
            "provider": label,
            "organisation": actors.ids.gather(house),
            "kind": take(kinds, kind),
            "region": ground.region_codes(actors.region[house]),
            "directions": ground.directions_of(actors.field[house]),
            "qualification": take(["合成资质甲级", "合成资质乙级", "CNAS（合成）"], draw.below(3, n)),
            "capacity": draw.between(3, 20, n),
        }
    )
    offers = pl.DataFrame({"provider": label, "gate_service": lists(list(_PROVIDERS.values()), kind)}).explode(
        "gate_service", empty_as_null=True
    )
    m, names = offers.height, {code: label.zh for code, label in ground.vocabularies["gate_service"].items()}
    services = offers.select(
        ids("PS", m).alias("provider_service"),
        "provider",
        "gate_service",
        pl.col("gate_service").replace_strict(names).alias("name"),
        money(draw.amounts(1, 60, m, unit=10_000)).alias("price"),
    ).with_columns(**priced(ground, m), days=pl.Series(draw.between(5, 60, m)))
    return frame, services


def capital(ground: Ground, actors: Actors) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Funds, their budgets for this year and the next, and open calls."""
    draw, kinds = ground.draw("capital"), table("funds")
    n = kinds.height
    managers = actors.of("fund", "bank", "central_soe")
    label = ids("F", n)
    every = sorted(ground.vocabularies.get("direction", {}))
    funds = pl.DataFrame(
        {
            "fund": label,
            "organisation": actors.ids.gather(managers[draw.below(len(managers), n)]),
            "name": kinds["zh"],
            "name_en": kinds["en"],
            "kind": kinds["kind"],
            "directions": [every] * n,
            "tracks": kinds["tracks"].str.split(";"),
            "stages": kinds["stages"].str.split(";"),
        }
    )
    # Budgets grow with the number of needs: about a third of what the needs' cases will ask for.
    scale = max(1.0, ground.size.needs / 80)
    year = ground.as_of.year
    amounts = np.round(draw.uniform(2_000, 9_000, 2 * n) * scale) * 10_000
    budgets = pl.DataFrame(
        {
            "budget": ids("B", 2 * n),
            "fund": label.gather(np.repeat(np.arange(n), 2)),
            "period_from": [date(year + i % 2, 1, 1) for i in range(2 * n)],
            "period_to": [date(year + i % 2, 12, 31) for i in range(2 * n)],
            "amount": money(amounts.astype(np.int64)),
            **priced(ground, 2 * n),
        }
    )
    opens = draw.days(ground.as_of, -60, -10, len(every))
    calls = pl.DataFrame(
        {
            "call": ids("C", len(every)),
            "title": [f"{ground.vocabularies['direction'][d].zh}中试转化揭榜（合成）" for d in every],
            "title_en": [f"{ground.vocabularies['direction'][d].en}: open challenge (synthetic)" for d in every],
            "issuer": constant("合成样例联合体", len(every)),
            "kind": constant("challenge", len(every)),
            "track": constant("industrialisation", len(every)),
            "directions": [[d] for d in every],
            "opens": opens,
            "closes": draw.days(ground.as_of, 60, 200, len(every)),
            "amount": money(draw.amounts(300, 3_000, len(every), unit=10_000)),
            **priced(ground, len(every)),
        }
    )
    return funds, budgets, calls


def data_resources(ground: Ground, actors: Actors) -> pl.DataFrame:
    """Data that members share on terms."""
    draw, rows = ground.draw("data"), actors.of("central_soe", "hospital")
    n = min(len(rows), max(4, ground.size.needs // 20))
    owner = rows[draw.below(len(rows), n)]
    trade = take(ground.lore.fields["trade_zh"].str.split(";").list.first(), actors.field[owner])
    return pl.DataFrame(
        {
            "data_resource": ids("D", n),
            "organisation": actors.ids.gather(owner),
            "name": texts.joined(trade, constant("运行与检测数据集", n)),
            "sector": trade,
            "directions": ground.directions_of(actors.field[owner]),
            "terms": take(["脱敏后域内使用", "签订协议后提供", "仅限联合项目"], draw.below(3, n)),
            "data_class": take(["general", "important", "core"], draw.which([7, 2, 1], n)),
        }
    )


def supply_graph(
    ground: Ground, items: pl.DataFrame, components: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Items, what they are made of, and who supplies them; every share is synthetic."""
    draw, year, weighed = ground.draw("supply"), ground.as_of.year, ground.draw("criticality")
    held = ground.vocabularies.get("direction", {})
    since = date(year - 1, 6, 30)
    nouns = items.select(
        "item",
        pl.col("zh").alias("name"),
        pl.col("en").alias("name_en"),
        "kind",
        pl.when(pl.col("direction").is_in(list(held))).then("direction").alias("direction"),
        pl.when(pl.col("bottleneck") == "yes").then(pl.lit(since)).alias("bottleneck_since"),
        pl.col("stock_days", "recovery_days").cast(pl.Float64, strict=False),
        pl.Series("value_share", weighed.uniform(0.05, 0.9, items.height).round(2)),
        pl.Series("substitute_days", weighed.between(6, 60, items.height) * 30.0),
        pl.lit(ground.as_of).alias("as_of"),
    )
    parts = components.select("item", "component", "route", pl.col("required") == "true")
    rows = [
        (item, *entry.split(":"))
        for item, shares in items.select("item", "shares").iter_rows()
        for entry in shares.split(";")
    ]
    frame = pl.DataFrame(rows, schema=["item", "jurisdiction", "share"], orient="row").with_columns(
        pl.col("share").cast(pl.Float64)
    )
    n = frame.height
    spread = draw.uniform(0.02, 0.08, n).round(2)
    supplies = frame.select(
        "item",
        (pl.lit("合成供应商-") + pl.col("jurisdiction") + "-" + pl.int_range(1, n + 1).cast(pl.String)).alias(
            "supplier"
        ),
        "jurisdiction",
        "share",
        (pl.col("share") - pl.Series(spread)).clip(0, 1).round(2).alias("share_low"),
        (pl.col("share") + pl.Series(spread)).clip(0, 1).round(2).alias("share_high"),
        pl.Series("qualified", draw.uniform(0.7, 1.0, n).round(2)),
        pl.Series("lead_days", draw.between(20, 240, n).astype(np.float64)),
        pl.lit(year - 1).cast(pl.Int64).alias("year"),
        pl.lit("合成份额 / synthetic share").alias("source"),
    )
    return nouns, parts, supplies
