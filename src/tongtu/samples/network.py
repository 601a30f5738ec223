"""The pilot network: platforms, lines, equipment, services, opening hours, usage, and the true gaps.

Shortage is planted: three fields have a fifth of the lines that their demand asks for. `capacity` in the
truth gives for each direction and region the hours that needs will ask for within a year, drawn per need,
beside the hours that lines offer, and the gap between them.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from tongtu.samples import listings, texts
from tongtu.samples.draw import Floats, Ints, dates, ids, take
from tongtu.samples.ground import SOURCE, Ground, constant, money, priced
from tongtu.samples.lore import table
from tongtu.samples.needs import Needs
from tongtu.samples.organisations import Actors

#: fields whose platforms are planted too few
STARVED = ("quantum", "robot", "h2")
_STAGES = ("design", "function", "process", "adaptation", "production")
#: the 2024 service kind that stands beside each stage
_KIND_2024 = ("rd_transfer", "performance_test", "scale_up", "application_validation", "small_batch")
_WEEKS = 52


class Network:
    """The tables as they grow; `field` and `region` by platform, `home` of each line."""

    def __init__(self, ground: Ground, actors: Actors) -> None:
        self._ground, self._actors = ground, actors
        draw, n = ground.draw("platforms"), ground.size.platforms
        weights = [
            w * (0.2 if f in STARVED else 1.0) for f, w in ground.lore.fields.select("field", "weight").iter_rows()
        ]
        self.field = draw.dealt(weights, n)
        self.region = draw.which(ground.regions["platform_weight"].to_list(), n)
        self.ids = ids("PL", n)
        self.per = draw.between(2, 4, n)
        self.home = np.repeat(np.arange(n), self.per)
        self.line_ids = ids("L", len(self.home))
        self.stage = np.concatenate([np.arange(k) + s for k, s in zip(self.per, draw.below(5, n), strict=True)]) % 5
        self.hours: Floats = draw.between(4, 14, len(self.home)).astype(np.float64) * 8
        self.parallel = 1 + draw.which([7, 2, 1], len(self.home))

    def platforms(self) -> pl.DataFrame:
        ground, actors, lore = self._ground, self._actors, self._ground.lore
        draw, n = ground.draw("platforms/rows"), ground.size.platforms
        kinds = ("platform_operator", "institute", "university", "central_soe")
        blocks = [actors.by_field(ground, kind) for kind in kinds]
        which = draw.which([5, 3, 2, 2], n)
        operator = np.stack([b.pick(draw, self.field) for b in blocks])[which, np.arange(n)]
        trade, trade_en = (
            take(lore.fields[f"trade_{x}"].str.split(";").list.first(), self.field) for x in ("zh", "en")
        )
        national, key = ground.size.tiers
        order = draw.order(n)
        tier = np.where(order < national, 0, np.where(order < national + key, 1, 2))
        place = take(ground.regions["name"], self.region)
        place_en = take(ground.regions["pinyin"], self.region)
        number = pl.Series(np.arange(1, n + 1)).cast(pl.String)
        staff = draw.between(12, 160, n) + np.where(tier < 2, 40, 0)
        full = (staff * draw.uniform(0.35, 0.95, n)).astype(np.int64)
        capability = self._capability("zh")
        return pl.DataFrame(
            {
                "platform": self.ids,
                "organisation": actors.ids.gather(operator),
                "name": texts.joined(place, trade, constant("中试平台（合成", n), number, constant("号）", n)),
                "name_en": texts.joined(
                    place_en, trade_en, constant("pilot platform (synthetic", n), number + ")", between=" "
                ),
                "kind": take(
                    ["pilot", "shared_facility", "laboratory", "concept_centre", "test_site"],
                    draw.which([10, 2, 1, 1, 1], n),
                ),
                "tier": take(ground.codes("platform_tier", ["national", "key", "reserve"]), tier),
                "builder": take(["firm_market", "university", "joint", "firm_open"], which),
                "directions": ground.directions_of(self.field),
                "fields": take(lore.fields["service_field"], self.field).reshape((n, 1)).arr.to_list(),
                "region": ground.region_codes(self.region),
                "capability": capability,
                "capability_en": self._capability("en"),
                "is_public": draw.chance(0.7, n),
                "legal_person": which == 0,
                "founded": draw.days(ground.as_of, -365 * 9, -200, n),
                "area_m2": draw.amounts(300, 20_000, n).astype(np.float64),
                "equipment_value": money(draw.amounts(500, 30_000, n, unit=10_000)),
                **priced(ground, n),
                "staff": staff,
                "staff_full_time": full,
                "staff_senior": (full * 0.4).astype(np.int64),
                "accident_3y": draw.chance(0.02, n),
                "publishes_services": draw.chance(0.85, n),
                "ip_rules": draw.chance(0.9, n),
                "state": constant("published", n),
                "source": constant(SOURCE, n),
            }
        )

    def _capability(self, lang: str) -> pl.Series:
        """What a platform says it can do: three concepts and an application of its field."""
        ground, lore = self._ground, self._ground.lore
        draw, n = ground.draw("platforms/capability"), ground.size.platforms
        first = listings.member(draw, lore.subjects, self.field)
        family = lore.family_of[first]
        picked = {
            "c": first,
            "m": listings.member(draw, lore.near.companions, family),
            "c2": listings.member(draw, lore.subjects, self.field),
            "a": listings.member(draw, lore.near.applications, family),
        }
        industry = np.zeros(n, dtype=np.int64)
        said = {name: listings.words(lore, index, industry, industry, lang) for name, index in picked.items()}
        frame = pl.DataFrame({**said, "n": draw.between(8, 120, n)})
        return texts.sentence(draw, frame, lore.patterns["platform"]["capability"][lang])

    def _stage_names(self, lang: str) -> pl.Series:
        """What each line validates, as the pack calls it."""
        labels = self._ground.vocabularies["service_category"]
        return take([labels[code].say(lang) for code in _STAGES], self.stage)

    def lines(self) -> pl.DataFrame:
        ground, n = self._ground, len(self.home)
        draw, fields = ground.draw("lines"), ground.lore.fields
        field = self.field[self.home]
        # Which of the platform's lines this is: the field's kinds of line come in turn.
        turn = np.arange(n) - np.repeat(np.cumsum(self.per) - self.per, self.per)
        names = {
            lang: take(fields[f"line_{lang}"].str.split(";"), field)
            .to_frame("k")
            .with_columns(t=pl.Series(turn))
            .select(pl.col("k").list.get(pl.col("t") % pl.col("k").list.len()))
            .to_series()
            for lang in ("zh", "en")
        }
        stage = take(_STAGES, self.stage)
        low, high = take(fields["batch_low"], field), take(fields["batch_high"], field)
        return pl.DataFrame(
            {
                "line": self.line_ids,
                "platform": self.ids.gather(self.home),
                "name": texts.joined(names["zh"], constant("（", n), self._stage_names("zh"), constant("）", n)),
                "name_en": texts.joined(names["en"], self._stage_names("en"), between=", "),
                "stage": stage,
                "directions": ground.directions_of(field),
                "process": names["zh"],
                "process_en": names["en"],
                "batch_min": low,
                "batch_max": high,
                "batch_unit": take(fields["batch_unit"], field),
                "parallel": self.parallel,
                "hours_week": self.hours,
                "setup_days": draw.between(1, 10, n).astype(np.float64),
                "hourly_price": money(draw.amounts(200, 8_000, n)),
                **priced(ground, n),
            }
        )

    def equipment(self) -> pl.DataFrame:
        ground = self._ground
        draw = ground.draw("equipment")
        line = np.repeat(np.arange(len(self.home)), draw.between(1, 3, len(self.home)))
        n, kit = len(line), table("equipment")
        which = draw.below(kit.height, n)
        model = texts.joined(constant("SY-", n), pl.Series(draw.between(100, 999, n)).cast(pl.String))
        return pl.DataFrame(
            {
                "equipment": ids("EQ", n),
                "platform": self.ids.gather(self.home[line]),
                "line": self.line_ids.gather(line),
                "name": take(kit["zh"], which),
                "name_en": take(kit["en"], which),
                "model": model,
                "value": money(draw.amounts(20, 3_000, n, unit=10_000)),
                **priced(ground, n),
                "installed": draw.days(ground.as_of, -365 * 8, -60, n),
                "parameters": texts.joined(
                    constant("控制精度 ±", n), take(["0.1 %", "0.5 %", "0.1 ℃", "1 μm", "0.05 MPa"], draw.below(5, n))
                ),
            }
        )

    def services(self) -> pl.DataFrame:
        ground, n = self._ground, len(self.home)
        draw, stage = ground.draw("services"), take(_STAGES, self.stage)
        trade = take(ground.lore.fields["trade_zh"].str.split(";").list.last(), self.field[self.home])
        trade_en = take(ground.lore.fields["trade_en"].str.split(";").list.last(), self.field[self.home])
        return pl.DataFrame(
            {
                "service": ids("SV", n),
                "platform": self.ids.gather(self.home),
                "name": texts.joined(trade, self._stage_names("zh"), constant("服务", n)),
                "name_en": texts.joined(trade_en, self._stage_names("en"), between=": "),
                "category": stage,
                "kind_2024": take(_KIND_2024, self.stage),
                "line": self.line_ids,
                "qualification": take(["CNAS（合成）", "CMA（合成）", None], draw.which([3, 3, 4], n)),
                "hours": draw.between(2, 40, n) * 8.0,
                "price": money(draw.amounts(2, 80, n, unit=10_000)),
                **priced(ground, n),
                "contact": constant("service@example.org", n),
            }
        )

    def openings(self) -> pl.DataFrame:
        """Two half-years from this month on, and a maintenance stop on some lines."""
        ground, n = self._ground, len(self.home)
        draw, first = ground.draw("openings"), ground.as_of.replace(day=1)
        parts = [self._opening(np.arange(n), first + timedelta(i * 182), 181, self.hours, "常规开放") for i in range(2)]
        stopped = np.flatnonzero(draw.chance(0.15, n))
        parts.append(self._opening(stopped, first + timedelta(364), 20, np.zeros(n), "检修停线"))
        return pl.concat(parts)

    def _opening(self, chosen: Ints, start: date, days: int, hours: Floats, why: str) -> pl.DataFrame:
        zero = np.zeros(len(chosen), dtype=np.int64)
        return pl.DataFrame(
            {
                "line": self.line_ids.gather(chosen),
                "date_from": dates(start, zero),
                "date_to": dates(start, zero + days),
                "hours_week": hours[chosen],
                "reason": constant(why, len(chosen)),
            }
        )

    def builds(self) -> pl.DataFrame:
        """What regions have begun or announced: a project for every eighth platform, half of them new places."""
        ground, actors, lore = self._ground, self._actors, self._ground.lore
        n = max(2, ground.size.platforms // 8)
        draw, number = ground.draw("builds"), pl.Series(np.arange(1, n + 1)).cast(pl.String)
        at, new = draw.below(len(self.ids), n), np.arange(n) % 2 == 0
        field, region = self.field[at], draw.which(ground.regions["platform_weight"].to_list(), n)
        region = np.where(new, region, self.region[at])
        owners = actors.by_field(ground, "platform_operator").pick(draw, field)
        trade = take(lore.fields["trade_zh"].str.split(";").list.first(), field)
        begins = ground.as_of + timedelta(-60)
        return pl.DataFrame(
            {
                "build": ids("BD", n),
                "name": texts.joined(trade, constant("中试平台建设项目（合成", n), number, constant("号）", n)),
                "name_en": texts.joined(constant("pilot build project (synthetic", n), number + ")", between=" "),
                "action": np.where(new, "supplement", "strengthen"),
                "platform": take([*self.ids, None], np.where(new, len(self.ids), at)),
                "organisation": actors.ids.gather(owners),
                "directions": ground.directions_of(field),
                "region": ground.region_codes(region),
                "hours_week": draw.between(4, 14, n) * 8.0,
                "investment": money(draw.amounts(500, 8_000, n, unit=10_000)),
                **priced(ground, n),
                "date_from": dates(begins, draw.between(0, 300, n)),
                "date_to": dates(begins, draw.between(400, 900, n)),
                "state": take(["building", "announced"], np.arange(n) % 2),
                "source": constant(SOURCE, n),
            }
        )

    def usage(self) -> pl.DataFrame:
        """What was really used in the last two years; about one hour in six by outside users."""
        ground, n = self._ground, self._ground.size.usage
        draw = ground.draw("usage")
        line = draw.below(len(self.home), n)
        users = self._actors.of("sme", "private", "university", "institute", "central_soe")
        start, length = -draw.between(20, 720, n), draw.between(1, 15, n)
        external = draw.chance(0.3, n)
        hours = np.round(self.hours[line] * length / 7 * draw.uniform(0.3, 1.0, n) * np.where(external, 0.5, 1.0), 1)
        fee = np.round(hours * draw.uniform(200, 3_000, n)).astype(np.int64)
        return pl.DataFrame(
            {
                "usage": ids("U", n),
                "line": self.line_ids.gather(line),
                "platform": self.ids.gather(self.home[line]),
                "user": self._actors.ids.gather(users[draw.below(len(users), n)]),
                "date_from": dates(ground.as_of, start),
                "date_to": dates(ground.as_of, start + length),
                "hours": hours,
                "external": external,
                "fee": money(np.where(external, fee, 0)),
                **priced(ground, n),
                "recorded_at": dates(ground.as_of, start + length + 2),
            }
        )

    def capacity(self, needs: Needs) -> pl.DataFrame:
        """True demand and capacity in hours a year: direction, region, demand, capacity, gap, state."""
        ground = self._ground
        draw, n = ground.draw("capacity"), len(needs.trl_min)
        hours = draw.amounts(80, 900, n).astype(np.float64)
        wanted = needs.frame.select("direction", "region", pl.Series("demand", hours)).filter(needs.open)
        demand = wanted.drop_nulls("direction").group_by("direction", "region").agg(pl.col("demand").sum())
        shared = pl.DataFrame(
            {
                "direction": ground.directions_of(self.field[self.home]),
                "region": ground.region_codes(self.region[self.home]),
                "capacity": self.hours * self.parallel * _WEEKS,
            }
        ).with_columns(pl.col("capacity") / pl.col("direction").list.len())
        offered = shared.filter(pl.col("direction").list.len() > 0).explode("direction", empty_as_null=True)
        offered = offered.group_by("direction", "region").agg(pl.col("capacity").sum().round(1))
        both = demand.join(offered, on=["direction", "region"], how="full", coalesce=True)
        both = both.with_columns(pl.col("demand", "capacity").fill_null(0.0))
        short, idle = pl.col("demand") > pl.col("capacity"), pl.col("demand") < 0.3 * pl.col("capacity")
        state = pl.when(short).then(pl.lit("short")).when(idle).then(pl.lit("idle")).otherwise(pl.lit("balanced"))
        return both.with_columns(
            (pl.col("demand") - pl.col("capacity")).round(1).alias("gap"), state.alias("state")
        ).sort("direction", "region")
