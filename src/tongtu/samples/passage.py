"""Cases on their way and cases that came to an end, each day of them as events, with offers and agreements.

Cases under way stand on planted pairs, as a consortium's would. Past ones are drawn from true stage days, odds of
passing and habits (asking twice, handing over, waiting for an answer) that the truth folder tells: the days shorten by
a tenth with every year, so that "was the passage compressed" has an answer. Outside contracts are what registers know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from tongtu.samples.achievements import FIT, Offers
from tongtu.samples.draw import ids
from tongtu.samples.ground import CURRENCY, MINOR, SOURCE, Ground
from tongtu.samples.needs import Needs
from tongtu.samples.organisations import Actors

Row = dict[str, Any]


class Leg(NamedTuple):
    """One stage as it truly goes: median days of work, chance to pass, who decides at which gate."""

    stage: str
    gate: str
    owner: str
    days: int
    passes: float


LEGS = (
    Leg("disclosure", "G1", "holder", 45, 0.93),
    Leg("concept", "G2", "demander", 130, 0.82),
    Leg("pilot", "G3", "demander", 190, 0.8),
    Leg("scale_up", "G4", "demander", 260, 0.78),
    Leg("first_order", "G5", "demander", 140, 0.85),
    Leg("repeat_order", "G6", "demander", 150, 0.9),
)
_YEARLY = 0.9  # what a later year's stages take of an earlier year's
_SPREAD = 0.3
_DECIDE = (4, 22)  # days a gate takes
_TWICE, _HANDED, _RECYCLED, _HELD, _MEETING = 0.15, 0.2, 0.15, 0.05, 0.6
_PAPERS = ("检测报告", "查新报告", "工艺说明", "样品数据", "成本测算", "安全评价")
_KILLED = ("中试批次稳定性不足", "成本高于现用方案", "需求方调整计划", "关键设备未能解决")
_RECYCLE = ("测试条件与合同不一致，补测", "批次数据不足，补做三批", "缺少第三方检测报告")
#: the pathway's statutory step and when the co-operation is agreed
_REGISTERED, _AGREED = "contract_registration", "concept"


class Passages(NamedTuple):
    """The nouns, and the truth they were drawn from."""

    cases: pl.DataFrame
    events: pl.DataFrame
    offers: pl.DataFrame
    agreements: pl.DataFrame
    contracts: pl.DataFrame
    truth: pl.DataFrame


@dataclass(slots=True)
class _Story:
    """One case as it is told: who takes part, the day it is, what happened so far. Days after `as_of` are not told.

    `kept`: it is not stopped, so that every need it stands on has a case today.
    """

    case: str
    who: dict[str, str]
    day: int
    draw: Any
    factor: float = 1.0
    kept: bool = False
    events: list[Row] = field(default_factory=list)
    stage: str | None = None
    state: str = "open"
    closed: int | None = None
    agreed: int | None = None

    def tell(self, kind: str, role: str, **more: Any) -> None:
        if self.day <= 0:
            self.events.append(
                {"case": self.case, "kind": kind, "role": role, "by": self.who[role], "day": self.day, **more}
            )

    def pass_days(self, days: float) -> None:
        self.day += max(1, round(days))

    @property
    def over(self) -> bool:
        return self.day > 0


def passages(
    ground: Ground, actors: Actors, needs: Needs, offers: Offers, pathway: tuple[str, str]
) -> Passages:  # fmt: skip
    """Cases under way on planted pairs, past ones without a need of today, and what registers outside hold."""
    rng = np.random.Generator(np.random.PCG64([ground.seed, 0x7061_7373]))
    secretariat = str(actors.ids[int(_first(actors, "association", "government"))])
    rows, stories = [], []
    for row, who, opened in [*_under_way(ground, actors, needs, offers), *_past(ground, actors, offers)]:
        story = _Story(row["case"], {**who, "secretariat": secretariat}, opened, rng)
        story.factor, story.kept = _YEARLY ** ((opened + 2200) / 365), row["need"] is not None
        _live(story, pathway[1])
        row |= {"stage": story.stage, "state": story.state, "closed": _on(ground, story.closed)}
        rows.append({**row, "opened": _on(ground, opened), "pathway": pathway[0], "pathway_version": pathway[1]})
        stories.append(story)
    events = _events(ground, stories)
    bids, signed = _talks(ground, stories, rng)
    cases = pl.DataFrame(rows, infer_schema_length=None)
    return Passages(cases, events, bids, signed, _contracts(ground, actors, stories, signed, rng), _truth())


def _under_way(
    ground: Ground, actors: Actors, needs: Needs, offers: Offers
) -> Iterator[tuple[Row, dict[str, str], int]]:
    """Cases on planted pairs, one for a need at most, opened within the last year."""
    draw = ground.draw("cases")
    planted = np.flatnonzero((offers.role == FIT) & (offers.copy_of < 0))
    chosen = planted[np.sort(draw.distinct(len(planted), min(ground.size.cases, len(planted))))]
    _, first = np.unique(offers.need[chosen], return_index=True)
    chosen = chosen[np.sort(first)]
    need, opened = offers.need[chosen], -draw.between(100, 380, len(chosen))
    told = zip(ids("K", len(chosen)), chosen.tolist(), need.tolist(), opened.tolist(), strict=True)
    for case, offer, asked, day in told:
        holder, buyer = str(actors.ids[int(offers.holder[offer])]), str(actors.ids[int(needs.buyer[asked])])
        row = {
            "case": case, "need": needs.frame["need"][asked], "achievement": offers.label[offer],
            "direction": needs.frame["direction"][asked], **_parties(holder, buyer),
        }  # fmt: skip
        yield row, {"holder": holder, "demander": buyer}, day


def _past(ground: Ground, actors: Actors, offers: Offers) -> Iterator[tuple[Row, dict[str, str], int]]:
    """Cases opened up to six years ago, whose needs are no longer listed."""
    draw, n = ground.draw("past cases"), ground.size.past_cases
    free = np.flatnonzero((offers.role != FIT) & (offers.copy_of < 0))
    chosen = free[draw.below(len(free), n)]
    buyers = actors.of("central_soe", "local_soe", "private")
    buyer, opened = buyers[draw.below(len(buyers), n)], np.sort(-draw.between(500, 2_200, n))
    directions = ground.topic_direction(offers.topics.concept[chosen])
    for i, case in enumerate(ids("KP", n)):
        holder, demander = str(actors.ids[int(offers.holder[chosen[i]])]), str(actors.ids[int(buyer[i])])
        row = {
            "case": case, "need": None, "achievement": offers.label[int(chosen[i])], "direction": directions[i],
            **_parties(holder, demander),
        }  # fmt: skip
        yield row, {"holder": holder, "demander": demander}, int(opened[i])


def _parties(holder: str, demander: str) -> Row:
    return {
        "holder": holder,
        "demander": demander,
        "lead": holder,
        "partners": [demander],
        "track": "industrialisation",
    }


def _live(story: _Story, version: str) -> None:
    """From the opening on, stage after stage, until it ends or today is reached."""
    story.tell("opened", "holder", version=version)
    for leg in LEGS:
        if story.over or story.state != "open":
            return
        story.stage = leg.stage
        _work(story, leg)
        _decide(story, leg)
    if not story.over and story.state == "open":
        story.tell("closed", "secretariat")
        story.state, story.closed = "done", story.day


def _work(story: _Story, leg: Leg) -> None:
    """Work in a stage: it is entered with a date by which it is due, papers are asked for and handed in."""
    rng, planned = story.draw, leg.days * story.factor
    due = story.day + round(planned * 1.15) + 20
    story.tell("entered", leg.owner, stage=leg.stage, due=due)
    took = planned * float(np.exp(rng.normal(0.0, _SPREAD)))
    papers = [str(p) for p in rng.choice(_PAPERS, 2, replace=False)]
    for share, kind, chance in ((0.3, "met", _MEETING), (0.2, "handed", _HANDED), (0.4, "asked", _TWICE)):
        story.pass_days(took * share)
        if rng.random() < chance:
            _aside(story, leg, kind, papers)
    story.pass_days(took * 0.1)
    if leg.stage == _AGREED and not story.over:
        story.agreed = story.day
    story.tell("submitted", "holder", stage=leg.stage, asked=papers)


def _aside(story: _Story, leg: Leg, kind: str, papers: list[str]) -> None:
    more: Row = {"asked": papers} if kind == "asked" else {}
    if kind == "handed":
        more = {"to": story.who["demander"]}
    role = {"met": "secretariat", "handed": "holder", "asked": leg.owner}[kind]
    story.tell(kind, role, stage=leg.stage, **more)
    if kind == "asked":
        story.tell("asked", "secretariat", stage=leg.stage, asked=papers)


def _decide(story: _Story, leg: Leg) -> None:
    """The gate: held or sent back first now and then, then passed or stopped."""
    rng = story.draw
    story.pass_days(rng.uniform(*_DECIDE))
    if rng.random() < _HELD:
        story.tell("decided", leg.owner, stage=leg.stage, gate=leg.gate, decision="hold", reason="等待预算确认")
        story.state = "held" if not story.over else story.state
        story.pass_days(rng.uniform(20, 70))
        story.tell("resumed", leg.owner, stage=leg.stage)
        story.state = "open" if not story.over else story.state
    if rng.random() < _RECYCLED:
        why = str(rng.choice(_RECYCLE))
        story.tell("decided", leg.owner, stage=leg.stage, gate=leg.gate, decision="recycle", reason=why)
        story.state = "recycled" if not story.over else story.state
        story.pass_days(leg.days * story.factor * 0.3)
        story.tell("submitted", "holder", stage=leg.stage, asked=[str(rng.choice(_PAPERS))])
        story.state = "open" if not story.over else story.state
        story.pass_days(rng.uniform(*_DECIDE))
    if story.over:
        return
    if rng.random() >= leg.passes and not story.kept:
        why = str(rng.choice(_KILLED))
        story.tell("decided", leg.owner, stage=leg.stage, gate=leg.gate, decision="kill", reason=why)
        story.state, story.closed = "killed", story.day
        return
    story.tell("decided", leg.owner, stage=leg.stage, gate=leg.gate, decision="go")
    _afterwards(story, leg)


def _afterwards(story: _Story, leg: Leg) -> None:
    """What a passed gate brings: a registered contract, a line that produces, an order."""
    if leg.stage == _AGREED:
        registered = story.day
        story.day += int(story.draw.integers(12, 30))
        story.tell("completed", "holder", stage=leg.stage, step=_REGISTERED)
        story.day = registered
    if leg.stage == "scale_up":
        story.tell("produced", "holder", stage=leg.stage)
    if leg.stage in ("first_order", "repeat_order"):
        story.tell("ordered", "demander", stage=leg.stage)
    story.pass_days(1)


def _events(ground: Ground, stories: list[_Story]) -> pl.DataFrame:
    rows = [event for story in stories for event in story.events]
    schema = dict.fromkeys(
        ("case", "kind", "role", "by", "stage", "gate", "decision", "reason", "step", "to", "version"), pl.String
    )
    frame = pl.DataFrame(
        rows, schema={**schema, "day": pl.Int64, "due": pl.Int64, "asked": pl.List(pl.String)}, orient="row"
    ).sort("case", "day", maintain_order=True)
    on = _dated(ground, frame["day"])
    told = frame.with_columns(on.alias("on"), _dated(ground, frame["due"]).alias("due"), on.alias("recorded_at"))
    papers = pl.when(pl.col("kind") == "submitted").then(pl.lit(None, pl.List(pl.String))).otherwise(pl.col("asked"))
    return told.with_columns(papers.alias("asked")).drop("day").select(ids("EV", frame.height).alias("event"), pl.all())


def _dated(ground: Ground, days: pl.Series) -> pl.Series:
    return pl.DataFrame({"day": days}).select(pl.lit(ground.as_of) + pl.duration(days="day")).to_series()


def _on(ground: Ground, day: int | None) -> Any:
    return None if day is None else ground.as_of + timedelta(days=day)


def _talks(ground: Ground, stories: list[_Story], rng: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two or three rounds of offers in the stage that ends with an agreement, then the agreement."""
    bids: list[Row] = []
    signed: list[Row] = []
    for story in stories:
        if story.agreed is None or story.agreed > -15:
            continue
        asked, sides = float(rng.uniform(80, 900)) * 10_000, ("holder", "demander")
        first, rounds, before = story.agreed - 60, int(rng.integers(2, 4)), None
        for step in range(rounds):
            by, to = (story.who[side] for side in (sides[step % 2], sides[(step + 1) % 2]))
            offer, made, last = f"OF{len(bids) + 1:06}", first + 20 * step, step == rounds - 1
            asked *= 1.0 if step == 0 else float(rng.uniform(0.8, 0.97))
            bids.append({
                "offer": offer, "case": story.case, "by": by, "to": to, "answers": before,
                "amount": round(asked / 10_000) * 10_000 * MINOR, "currency": CURRENCY, "price_year": ground.as_of.year,
                "made": _on(ground, made), "expires": _on(ground, made + 30),
                "state": "accepted" if last else "countered",
            })  # fmt: skip
            before = offer
        signed.append({
            "agreement": f"AG{len(signed) + 1:06}", "case": story.case, "kind": "licence",
            "party_a": story.who["holder"], "party_b": story.who["demander"], "signed": _on(ground, story.agreed),
            "amount": bids[-1]["amount"], "currency": CURRENCY, "price_year": ground.as_of.year,
        })  # fmt: skip
    return pl.DataFrame(bids, infer_schema_length=None), pl.DataFrame(signed, infer_schema_length=None)


def _contracts(ground: Ground, actors: Actors, stories: list[_Story], signed: pl.DataFrame, rng: Any) -> pl.DataFrame:
    """What a register outside holds: the agreements made here, and about as many made without the system."""
    reporter = next(iter(stories)).who["secretariat"]
    inside = {row["case"]: row for row in signed.iter_rows(named=True)}
    firms = actors.ids.gather(actors.of("private", "central_soe", "sme")).to_list()
    labs = actors.ids.gather(actors.of("university", "institute")).to_list()
    rows: list[Row] = []
    for story in stories:
        agreed = inside.get(story.case)
        if agreed is not None:
            rows.append(_contract(ground, rows, reporter, agreed["party_a"], agreed["party_b"], story.agreed or 0,
                                  int(rng.integers(60, 260)), agreed["amount"], story.case))  # fmt: skip
        if rng.random() < 0.4:
            sides = str(rng.choice(labs)), str(rng.choice(firms))
            day, wait, amount = int(rng.integers(-2_000, -10)), int(rng.integers(120, 480)), int(rng.integers(20, 600))
            rows.append(_contract(ground, rows, reporter, *sides, day, wait, amount * 10_000 * MINOR, None))
    return pl.DataFrame(rows, infer_schema_length=None)


def _contract(
    ground: Ground, before: list[Row], reporter: str, seller: str, buyer: str, day: int, wait: int, amount: int,
    case: str | None,
) -> Row:  # fmt: skip
    return {
        "contract": f"CT{len(before) + 1:06}", "reporter": reporter, "kind": "licence", "seller_organisation": seller,
        "buyer_organisation": buyer, "case": case, "first_contact": _on(ground, day - wait), "signed": _on(ground, day),
        "amount": amount, "currency": CURRENCY, "price_year": ground.as_of.year, "order": "first" if case else "other",
        "source_register": f"技术合同登记（{SOURCE}）", "recorded_at": _on(ground, min(day + 15, 0)),
    }  # fmt: skip


def _truth() -> pl.DataFrame:
    """stage, days (median of work, for a case opened 2,200 days ago), passes (chance), yearly_factor."""
    legs = [(leg.stage, leg.days, leg.passes, _YEARLY) for leg in LEGS]
    return pl.DataFrame(legs, schema=["stage", "days", "passes", "yearly_factor"], orient="row")


def _first(actors: Actors, *kinds: str) -> int:
    for kind in kinds:
        found = actors.of(kind)
        if len(found):
            return int(found[0])
    return 0
