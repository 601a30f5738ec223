"""What stands behind an achievement: its ownership chain, evidence, projects; and declared conflicts."""

from __future__ import annotations

import numpy as np
import polars as pl

from tongtu.samples.achievements import FIT, Offers
from tongtu.samples.draw import Ints, dates, ids, take
from tongtu.samples.ground import Ground, constant, money, priced
from tongtu.samples.listings import LABORATORY, words
from tongtu.samples.lore import table
from tongtu.samples.needs import Needs
from tongtu.samples.organisations import Actors
from tongtu.samples.texts import joined

#: evidence issued by a third party
_OUTSIDE = ("test_report", "certificate")


def ownership(ground: Ground, actors: Actors, offers: Offers) -> pl.DataFrame:
    """The holder owns all or shares with one other; what fits nobody may carry a pledge."""
    draw, n = ground.draw("ownership"), len(offers)
    shared = draw.chance(0.08, n)
    # A co-owner is public and so in no group: it never relates a planted fit to the asking firm.
    others = actors.of("university", "institute")
    other = others[draw.below(len(others), n)]
    shared &= other != offers.holder
    pledged = draw.chance(0.03, n) & (offers.role != FIT)
    since = -draw.between(200, 1_500, n)
    share = np.where(shared, draw.between(5, 8, n) / 10, 1.0)

    def part(rows: Ints, step: int, holder: Ints, right: str, portion: pl.Series) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "achievement": offers.label.gather(rows),
                "step": np.full(len(rows), step),
                "holder": actors.ids.gather(holder[rows]),
                "right": constant(right, len(rows)),
                "share": portion,
                "since": dates(ground.as_of, since[rows]),
                "basis": constant("合成：职务成果与合作协议", len(rows)),
            }
        )

    everything, two, bound = np.arange(n), np.flatnonzero(shared), np.flatnonzero(pledged)
    none = pl.Series([None] * len(bound), dtype=pl.Float64)
    banks = actors.of("bank")
    bank = np.full(n, banks[0] if len(banks) else 0)
    frame = pl.concat(
        [
            part(everything, 1, offers.holder, "owner", pl.Series(share)),
            part(two, 2, other, "owner", pl.Series((1 - share[two]).round(1))),
            part(bound, 3, bank, "pledge", none),
        ]
    )
    return frame.sort("achievement", "step")


def evidence(ground: Ground, actors: Actors, offers: Offers) -> pl.DataFrame:
    """Evidence for achievements: the riper, the stronger; a test report comes from a third party."""
    draw, n = ground.draw("evidence"), ground.size.evidence
    about = np.sort(draw.below(len(offers), n))
    trl = offers.trl[about]
    kinds = table("evidence")
    by_ripeness = [draw.which(kinds[column].cast(pl.Float64).to_list(), n) for column in ("low", "middle", "high")]
    kind = np.select([trl <= 3, trl <= 6], by_ripeness[:2], by_ripeness[2])
    testers = actors.of("provider", "institute")
    outside = take(kinds["kind"].is_in(_OUTSIDE), kind).to_numpy()
    issuer = np.where(outside, testers[draw.below(len(testers), n)], offers.holder[about])
    dimensions = sorted(ground.vocabularies["maturity_dimension"])
    speaks = take(kinds["speaks"], kind)
    dimension = speaks.zip_with(pl.Series(draw.chance(0.75, n)), take(dimensions, draw.below(len(dimensions), n)))
    age = draw.between(15, 900, n)
    level = np.clip(trl - draw.below(2, n), 1, 9)
    return pl.DataFrame(
        {
            "evidence": ids("E", n),
            "subject_kind": constant("achievement", n),
            "subject": offers.label.gather(about),
            "kind": take(kinds["kind"], kind),
            "grade": take(kinds["grade"], kind),
            "dimension": dimension,
            "level": level,
            "title": take(kinds["title"], kind),
            "issuer": actors.ids.gather(issuer),
            "independent": outside & (issuer != offers.holder[about]),
            "dated": dates(ground.as_of, -age),
            "valid_from": dates(ground.as_of, -age),
            "recorded_at": dates(ground.as_of, -age + 7),
        }
    )


def of_subject(offers: Offers, found: pl.DataFrame) -> pl.Series:
    """Test reports of each achievement, for its indicators; null where there is none."""
    strong = (
        found.filter(pl.col("grade").is_in(["E2", "E3", "E4"]))
        .group_by("subject")
        .agg(pl.col("evidence").sort().head(2))
    )
    wanted = pl.DataFrame({"subject": offers.label})
    return wanted.join(strong, on="subject", how="left", maintain_order="left")["evidence"]


def projects(ground: Ground, actors: Actors, offers: Offers) -> tuple[pl.DataFrame, pl.DataFrame]:
    """R&D projects and who takes part; the dual tracks of basic research and of industrialisation."""
    draw, n, lore = ground.draw("projects"), ground.size.projects, ground.lore
    about = draw.below(len(offers), n)
    concept = offers.topics.concept[about]
    track = draw.which([1, 3, 4], n)
    plain = np.zeros(n, dtype=np.int64)
    subject, subject_en = (words(lore, concept, plain + LABORATORY, plain, lang) for lang in ("zh", "en"))
    ends = constant("基础机理研究", n).zip_with(pl.Series(track == 0), constant("关键技术研究与应用", n))
    budget = draw.amounts(100, 8_000, n, unit=10_000)
    state = (budget * draw.uniform(0.3, 0.8, n)).astype(np.int64) // 10_000 * 10_000
    start, length = -draw.between(200, 1_600, n), draw.between(540, 1_400, n)
    label = ids("PJ", n)
    frame = pl.DataFrame(
        {
            "project": label,
            "title": joined(subject, ends),
            "title_en": subject_en + ": key technology",
            "lead": actors.ids.gather(offers.holder[about]),
            "funder": take(["合成国家计划", "合成地方计划", "企业自筹"], draw.which([4, 3, 3], n)),
            "track": take(["pure_basic", "applied_basic", "industrialisation"], track),
            "frascati": take(["basic", "applied", "development"], track),
            "direction": ground.topic_direction(concept),
            "budget": money(budget),
            "state_funds": money(state),
            "own_funds": money(budget - state),
            **priced(ground, n),
            "start": dates(ground.as_of, start),
            "end": dates(ground.as_of, start + length),
            "papers": draw.between(0, 12, n),
            "outputs": offers.label.gather(about).reshape((n, 1)).arr.to_list(),
            **_appraised(ground, track),
        }
    )
    partners = actors.of("university", "institute", "private", "sme", "central_soe")
    second = partners[draw.below(len(partners), n)]
    rows = np.flatnonzero(second != offers.holder[about])
    role = take(["partner", "user", "subcontractor"], draw.which([5, 3, 1], len(rows)))
    share = np.full(n, 1.0)
    share[rows] = 0.7
    leads = pl.DataFrame(
        {
            "project": label,
            "organisation": actors.ids.gather(offers.holder[about]),
            "role": constant("lead", n),
            "share": share,
        }
    )
    rest = pl.DataFrame(
        {
            "project": label.gather(rows),
            "organisation": actors.ids.gather(second[rows]),
            "role": role,
            "share": pl.Series(np.full(len(rows), 0.3)),
        }
    )
    return frame, pl.concat([leads, rest]).sort("project", "organisation")


def _appraised(ground: Ground, track: Ints) -> dict[str, pl.Series]:
    """What a project is judged by: its quadrant and originality, its review period, and figures of two schemes.

    Most are coded as their track would have it, a few are not, and some are not coded at all.
    """
    draw, n = ground.draw("appraised"), len(track)
    coded, odd = draw.chance(0.85, n), draw.chance(0.1, n)
    seeks, useful = (track <= 1) ^ odd, (track >= 1) ^ odd
    claims = ["principle", "method", "object", "combination", "improvement", "replication"]

    def known(values: pl.Series) -> pl.Series:
        return pl.select(pl.when(pl.Series(coded)).then(values)).to_series()

    return {
        "understanding": known(pl.Series(seeks)),
        "use_considered": known(pl.Series(useful)),
        "originality": known(take(claims, draw.which([1, 2, 2, 2, 4, 1], n))),
        "review_years": known(pl.Series(np.where(track == 0, draw.between(3, 6, n), draw.between(1, 3, n)) * 1.0)),
        "months": pl.Series(draw.between(18, 48, n)),
        "talent_titles": pl.Series(draw.between(0, 4, n)),
        "awards": pl.Series(draw.between(0, 2, n)),
        "maturity": known(pl.Series(np.clip(draw.between(2, 5, n) + 2 * (track == 2), 1, 9))),
        "autonomy": known(pl.Series(draw.uniform(0.05, 0.95, n).round(2))),
        "orders": known(money(draw.amounts(1, 3_000, n, unit=10_000) * (track == 2))),
    }


def conflicts(ground: Ground, actors: Actors, needs: Needs, offers: Offers) -> pl.DataFrame:
    """Declared relations between organisations; none stands between a need and its planted fits."""
    draw = ground.draw("conflicts")
    n = max(6, ground.size.needs // 40)
    a, b = draw.below(len(actors.kind), n), draw.below(len(actors.kind), n)
    planted = np.flatnonzero(offers.role == FIT)
    width = len(actors.kind)
    asking, holding = needs.buyer[offers.need[planted]], offers.holder[planted]
    taken = np.concatenate([asking * width + holding, holding * width + asking])
    rows = np.flatnonzero((a != b) & ~np.isin(a * width + b, taken))
    kinds = ["cooperation", "employment", "declared", "rivalry"]
    return pl.DataFrame(
        {
            "conflict": ids("CF", len(rows)),
            "a": actors.ids.gather(a[rows]),
            "b": actors.ids.gather(b[rows]),
            "kind": take(kinds, draw.below(len(kinds), len(rows))),
            "since": draw.days(ground.as_of, -800, -30, len(rows)),
        }
    )
